use super::TwoUnits;
use crate::error::Error;

/// How two teachers lie to the cone of two students in a plane: the hypothesis of Theorem 4.
///
/// All four vectors lie in one plane. In more dimensions Theorem 4 is false: the students (u, u, ±c), u = 0.5246 and
/// c = 0.4091, are critical before the teachers e₁ and e₂, both of which lie outside the plane of their cone.
///
/// Cones are open: a teacher on the boundary of Cone(w₁, w₂) counts as neither inside nor outside, and students on one
/// line span no cone. Without coincident directions, "both teachers inside or both outside Cone(w₁, w₂)" is the same
/// as "both students inside or both outside Cone(w₁*, w₂*)": on the circle the two arcs are nested or disjoint.
///
/// # Examples
/// ```
/// use critical_points::ConeCase;
/// let teachers = [[1.0, 0.0], [0.0, 1.0]];
/// let inside = ConeCase::of([[2.0, 1.0], [1.0, 3.0]], teachers)?;
/// assert!(inside == ConeCase::BothOutside && inside.excludes());
/// let crossed = ConeCase::of([[2.0, 1.0], [-1.0, -1.0]], teachers)?;
/// assert!(crossed == ConeCase::OneInside && !crossed.excludes());
/// # Ok::<(), critical_points::Error>(())
/// ```
///
/// # Source
/// Tian 2017, Theorem 4 and Figure 4 (b). As printed (w₁ ≠ w₂, no plane, cones not said to be open) it fails: two students of
/// different length on the bisector of equally long teachers are critical, and so are students equal to the teachers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConeCase {
    /// Both teachers inside Cone(w₁, w₂), in its plane: not critical, L₁₂ > 0 for both.
    BothInside,
    /// Both teachers outside the closed cone, in its plane: not critical, L₁₂ < 0 for both.
    BothOutside,
    /// One inside, one outside: Theorem 3 says nothing.
    OneInside,
    /// A teacher on the boundary of the cone.
    OnBoundary,
    /// The students lie on one line.
    CollinearStudents,
}

impl ConeCase {
    /// The case of two students and two teachers in a plane, each a non-zero vector.
    ///
    /// Decided by signs of cross products, which are evaluated with an error of two roundings of themselves: no
    /// tolerance enters.
    ///
    /// # Errors
    /// A zero or non-finite vector.
    pub fn of(students: [[f64; 2]; 2], teachers: [[f64; 2]; 2]) -> Result<Self, Error> {
        let mut sides = [0; 2];
        for (side, teacher) in sides.iter_mut().zip(teachers) {
            match TwoUnits::from_vectors(students[0], students[1], teacher) {
                Ok(triple) => *side = triple.side(),
                Err(Error::OutOfRange { .. }) => return Ok(Self::CollinearStudents),
                Err(error) => return Err(error),
            }
        }
        Ok(match sides {
            [1, 1] => Self::BothInside,
            [-1, -1] => Self::BothOutside,
            [0, _] | [_, 0] => Self::OnBoundary,
            _ => Self::OneInside,
        })
    }

    /// Whether Theorem 4, with Conjecture 1 proved, says that two students before two teachers in their plane are not a critical point.
    pub fn excludes(self) -> bool {
        matches!(self, Self::BothInside | Self::BothOutside)
    }
}
