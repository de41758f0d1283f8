use std::f64::consts::PI;

use relu_gating::{Angle, arc_cosine};
use teacher_student::Weights;

use crate::directions::Directions;
use crate::error::{Error, same_dimension};

/// Norms that differ by less than this share count as equal: it moves the gradient by as much.
const EQUAL_NORMS: f64 = 1e-12;
/// Teachers with sin ∠ below this have no bisector, or one direction, in double precision.
const COLLINEAR: f64 = 1e-12;

/// The critical points of two students on the bisector of two teachers of equal length ρ at an angle 2α:
///
/// - collinear, w₁ = s b, w₂ = (S − s) b with S = 2ρ h(α)/π and any 0 < s < S, a segment of saddles;
/// - antiparallel, w₁ = (2ρ/π) h(α) b and w₂ = −(2ρ/π) h(π−α) b, one teacher on either side of their line.
///
/// b is the unit vector in the direction of w₁* + w₂*. For both, the sum of the gatings of the teachers,
/// E\[F(b, w₁*)\] + E\[F(b, w₂*)\] = (ρ/π) h(α) b, has no component across b because the norms are equal. With unequal
/// norms it has one, (π−α) sin α (‖w₁*‖ − ‖w₂*‖)/2π, and no collinear point on the bisector is critical.
///
/// # Examples
/// ```
/// use critical_points::Bisector;
/// let bisector = Bisector::new(&[1.0, 0.0], &[0.0, 1.0])?;
/// assert!((bisector.collinear_length() - 8f64.sqrt() * 0.534154943091895).abs() < 1e-14); // x* = 0.534…
/// assert!(bisector.escape_curvature(0.5)? < 0.0); // a saddle
/// assert!(Bisector::new(&[1.0, 0.0], &[0.0, 2.0]).is_err()); // unequal norms
/// # Ok::<(), critical_points::Error>(())
/// ```
///
/// # Source
/// Tian 2017, §5.3: the collinear points, printed without the hypothesis on the norms; whether a point with exactly one
/// teacher inside Cone(w₁, w₂) can be critical is left open there, and the antiparallel pair, whose cone is the limit of
/// half-planes with one teacher, is one. Derived here.
#[derive(Debug, Clone, PartialEq)]
pub struct Bisector {
    direction: Vec<f64>,
    across: Vec<f64>,
    half_angle: Angle,
    norm: f64,
}

impl Bisector {
    /// Two teachers of equal norm (to 1e-12 of it), not on one line.
    ///
    /// # Errors
    /// Zero or non-finite vectors, different dimensions, unequal norms, or teachers on one line: with equal directions
    /// the collinear students are global minima, with opposite ones see [`AntipodalFamily`](crate::AntipodalFamily).
    pub fn new(first: &[f64], second: &[f64]) -> Result<Self, Error> {
        same_dimension(
            "the first teacher",
            first.len(),
            "the second teacher",
            second.len(),
        )?;
        let weights = Weights::from_rows(&[first.to_vec(), second.to_vec()])?;
        let teachers = Directions::new("a teacher's norm", &weights)?;
        let [one, two] = [teachers.norms[0], teachers.norms[1]];
        if (one - two).abs() > EQUAL_NORMS * one.max(two) {
            return Err(Error::UnequalNorms {
                first: one,
                second: two,
            });
        }
        let (u, v) = (&teachers.unit[0], &teachers.unit[1]);
        let sine = Angle::between(u, v)?.sin();
        if sine < COLLINEAR {
            return Err(Error::CollinearTeachers {
                sine,
                advice: "for equal directions collinear students are global minima, for opposite ones use AntipodalFamily",
            });
        }
        let combined = |sign: f64| {
            let sum: Vec<f64> = u.iter().zip(v).map(|(a, b)| a + sign * b).collect();
            let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
            (sum.iter().map(|x| x / length).collect::<Vec<f64>>(), length)
        };
        let ((direction, long), (across, wide)) = (combined(1.0), combined(-1.0));
        Ok(Self {
            direction,
            across,
            half_angle: Angle::from_parts(wide, long),
            norm: 0.5 * (one + two),
        })
    }

    /// b, the unit vector of the bisector.
    pub fn direction(&self) -> &[f64] {
        &self.direction
    }

    /// α, half of the angle between the teachers.
    pub fn half_angle(&self) -> Angle {
        self.half_angle
    }

    /// S = 2ρ h(α)/π, the common length of all collinear students together: π w̄ᵀ1 = h(α) w̄*ᵀ1.
    pub fn collinear_length(&self) -> f64 {
        2.0 * self.norm * (arc_cosine(self.half_angle) / PI)
    }

    /// The collinear saddle with w₁ = share·S·b, w₂ = (1−share)·S·b.
    ///
    /// # Errors
    /// A share outside (0, 1).
    pub fn collinear(&self, share: f64) -> Result<Weights, Error> {
        check_share(share)?;
        let total = self.collinear_length();
        self.students(share * total, (1.0 - share) * total)
    }

    /// The second derivative of the loss along (n, −n)/√2, n across b in the plane of the teachers, at a collinear
    /// saddle: −(ρ sin α/π)(1/‖w₁‖ + 1/‖w₂‖), always negative.
    ///
    /// # Errors
    /// A share outside (0, 1).
    pub fn escape_curvature(&self, share: f64) -> Result<f64, Error> {
        check_share(share)?;
        let total = self.collinear_length();
        let inverse = 1.0 / (share * total) + 1.0 / ((1.0 - share) * total);
        Ok(-self.norm * self.half_angle.sin() / PI * inverse)
    }

    /// n, the unit vector across b in the plane of the teachers.
    pub fn across(&self) -> &[f64] {
        &self.across
    }

    /// The antiparallel critical point, w₁ = (2ρ/π) h(α) b and w₂ = −(2ρ/π) h(π−α) b.
    ///
    /// # Errors
    /// None for a valid bisector; the signature is that of its parts.
    pub fn antiparallel(&self) -> Result<Weights, Error> {
        let length = |angle| 2.0 * self.norm * (arc_cosine(angle) / PI);
        self.students(length(self.half_angle), -length(self.half_angle.opposite()))
    }

    fn students(&self, first: f64, second: f64) -> Result<Weights, Error> {
        let row = |length: f64| self.direction.iter().map(|x| length * x).collect();
        Ok(Weights::from_rows(&[row(first), row(second)])?)
    }
}

fn check_share(share: f64) -> Result<(), Error> {
    if share > 0.0 && share < 1.0 {
        Ok(())
    } else {
        Err(Error::OutOfRange {
            name: "share",
            value: share,
            requirement: "the first student's share of the length must lie inside (0, 1)",
        })
    }
}
