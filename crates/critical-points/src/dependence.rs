use relu_gating::Angle;
use teacher_student::Weights;

use crate::directions::Directions;
use crate::error::Error;
use crate::plane::PrincipalPlane;

/// Directions at an angle below this count as equal, above its supplement as opposite: π − h(θ) = πθ²/2 is then below
/// the rounding of π, so that M_r is singular in double precision.
pub(crate) const COINCIDENT: f64 = 1e-8;

/// The linear dependences among the functions σ(e_j·x) of K directions, and with them the nullity of M_r.
///
/// M_r/2π is the Gram matrix of these functions, so M_r is singular exactly if they are linearly dependent. σ(e·x) has
/// a kink across the hyperplane e·x = 0, which only a function with the same hyperplane can cancel: one of the same
/// direction, or of the opposite one, with σ(e·x) − σ(−e·x) = e·x. Hence
///
/// nullity M_r = (K − number of distinct directions) + (number of antipodal pairs − rank of their lines):
///
/// M_r is invertible if and only if the directions are distinct and the lines of the antipodal pairs are linearly
/// independent. Distinct directions alone do not suffice: three antipodal pairs in a plane, a hexagon, are singular.
///
/// # Examples
/// ```
/// use critical_points::Dependence;
/// use teacher_student::Weights;
/// let hexagon: Vec<Vec<f64>> = (0..6)
///     .map(|k| vec![(f64::from(k) * std::f64::consts::FRAC_PI_3).cos(), (f64::from(k) * std::f64::consts::FRAC_PI_3).sin()])
///     .collect();
/// let found = Dependence::of(&Weights::from_rows(&hexagon)?)?;
/// assert_eq!((found.distinct(), found.antipodal_pairs(), found.nullity()), (6, 3, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Source
/// Unstated in Tian 2017, which has "if M_r is full-rank" before Eq 14. Derived here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependence {
    neurons: usize,
    distinct: usize,
    pairs: usize,
    rank: usize,
}

impl Dependence {
    /// Counts coincident and opposite directions, at a tolerance of 1e-8 in the angle.
    ///
    /// # Errors
    /// A norm beyond the largest double, or singular values that do not converge.
    pub fn of(student: &Weights) -> Result<Self, Error> {
        let unit = Directions::new("a student's norm", student)?.unit;
        let mut distinct: Vec<&Vec<f64>> = Vec::new();
        for row in &unit {
            if nearest(&distinct, row, Angle::radians)? > COINCIDENT {
                distinct.push(row);
            }
        }
        let mut lines: Vec<Vec<f64>> = Vec::new();
        for (index, row) in distinct.iter().enumerate() {
            if nearest(&distinct[..index], row, Angle::supplement)? <= COINCIDENT {
                lines.push((*row).clone());
            }
        }
        let rank = if lines.is_empty() {
            0
        } else {
            PrincipalPlane::new(&Weights::from_rows(&lines)?)?.rank()
        };
        Ok(Self {
            neurons: unit.len(),
            distinct: distinct.len(),
            pairs: lines.len(),
            rank,
        })
    }

    /// The number of distinct directions.
    pub fn distinct(&self) -> usize {
        self.distinct
    }

    /// The number of pairs of opposite directions.
    pub fn antipodal_pairs(&self) -> usize {
        self.pairs
    }

    /// The dimension of the kernel of M_r.
    pub fn nullity(&self) -> usize {
        self.neurons - self.distinct + self.pairs - self.rank
    }
}

/// The least `distance` from `row` to `others`.
fn nearest(
    others: &[&Vec<f64>],
    row: &[f64],
    distance: impl Fn(Angle) -> f64,
) -> Result<f64, Error> {
    let mut least = f64::INFINITY;
    for other in others {
        least = least.min(distance(Angle::between(other, row)?));
    }
    Ok(least)
}
