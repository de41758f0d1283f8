use dense::Cholesky;
use faer::Mat;
use relu_gating::{Angle, arc_cosine};

use crate::error::Error;
use crate::normal_equation::NormalEquation;

/// The norms that the angles ask for: the solution of M_r w̄ = M_r* w̄*, and what is left of the other equations.
///
/// Given all angles and the teachers' norms, the diagonal equations (j, j) determine the students' norms if M_r is
/// invertible. A point is then critical (within the span of the students) exactly if all norms are positive and the
/// solution also satisfies the equations (j, j′), j ≠ j′.
///
/// # Examples
/// ```
/// use critical_points::{Magnitudes, NormalEquation};
/// use teacher_student::Weights;
/// let teacher = Weights::orthonormal(2, 2)?;
/// let directions = Weights::from_rows(&[vec![5.0, 0.0], vec![0.0, 0.1]])?;
/// let solved = Magnitudes::solve(&NormalEquation::new(&directions, &teacher)?)?;
/// assert!((solved.norms()[0] - 1.0).abs() < 1e-15 && solved.largest_residual() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Source
/// Tian 2017, Eq 13 and the text after it.
#[derive(Debug, Clone)]
pub struct Magnitudes {
    norms: Vec<f64>,
    residual: Mat<f64>,
    condition: f64,
    resolution: f64,
}

impl Magnitudes {
    /// Solves for the norms and inserts them; the norms of the students in `equation` do not count.
    ///
    /// # Errors
    /// [`Error::Singular`] if the condition number of M_r exceeds 1/(16Kε).
    pub fn solve(equation: &NormalEquation) -> Result<Self, Error> {
        let neurons = equation.students();
        let angles: Vec<Vec<Angle>> = (0..neurons)
            .map(|j| (0..neurons).map(|k| equation.angle(j, k)).collect())
            .collect();
        let reduced = ReducedMatrix::new(&angles)?;
        let other = equation.teacher_norms();
        let m_r_star = equation.m_r_star();
        let right = Mat::from_fn(neurons, 1, |j, _| {
            (0..other.len()).map(|k| m_r_star[(j, k)] * other[k]).sum()
        });
        let norms = reduced.solve(&right);
        let size: f64 = norms.iter().map(|x| x.abs()).sum::<f64>() + other.iter().sum::<f64>();
        Ok(Self {
            residual: equation.projected_residual_at(&norms),
            resolution: reduced.amplification() * size,
            condition: reduced.condition,
            norms,
        })
    }

    /// w̄. A norm that is not positive says that no critical point has these angles.
    pub fn norms(&self) -> &[f64] {
        &self.norms
    }

    /// M w̄ − M* w̄* at these norms, entry (j, j′): zero on the diagonal, and everywhere at a critical point.
    pub fn residual(&self) -> &Mat<f64> {
        &self.residual
    }

    /// The largest entry of the [`residual`](Self::residual).
    pub fn largest_residual(&self) -> f64 {
        self.residual.norm_max()
    }

    /// A bound of the rounding error of the residual: what is below it decides nothing.
    pub fn resolution(&self) -> f64 {
        self.resolution
    }

    /// The condition number of M_r.
    pub fn condition(&self) -> f64 {
        self.condition
    }
}

/// M_r with its Cholesky factors and condition number.
#[derive(Debug, Clone)]
pub(crate) struct ReducedMatrix {
    factors: Cholesky,
    pub(crate) condition: f64,
    neurons: usize,
}

impl ReducedMatrix {
    pub(crate) fn new(angles: &[Vec<Angle>]) -> Result<Self, Error> {
        let neurons = angles.len();
        let matrix = Mat::from_fn(neurons, neurons, |j, k| arc_cosine(angles[j][k]));
        let eigenvalues = crate::spectrum::symmetric_eigenvalues(&matrix)?;
        let (least, greatest) = (eigenvalues[0], eigenvalues[neurons - 1]);
        let condition = if least > 0.0 {
            greatest / least
        } else {
            f64::INFINITY
        };
        // Entries carry a few roundings of π: eigenvalues below 16Kε of the greatest mean nothing.
        let limit = 1.0 / (16.0 * neurons as f64 * f64::EPSILON);
        let factors = Cholesky::new(matrix.as_ref());
        match factors {
            Ok(factors) if condition <= limit => Ok(Self {
                factors,
                condition,
                neurons,
            }),
            _ => Err(singular(angles, condition, limit)),
        }
    }

    /// M_r⁻¹ times a column.
    pub(crate) fn solve(&self, right: &Mat<f64>) -> Vec<f64> {
        let solution = self.factors.solve(right.as_ref());
        (0..self.neurons).map(|j| solution[(j, 0)]).collect()
    }

    /// A bound of the error of M x − m, for x from [`solve`](Self::solve), relative to ‖x‖₁ + ‖m‖: backward error
    /// 8Kε of M_r, entries of at most π + 1 with a few roundings, times the condition number.
    pub(crate) fn amplification(&self) -> f64 {
        32.0 * f64::EPSILON * self.neurons as f64 * (1.0 + self.condition)
    }
}

fn singular(angles: &[Vec<Angle>], condition: f64, limit: f64) -> Error {
    let neurons = angles.len();
    let mut nearest = (0, 0, f64::INFINITY);
    let mut antipodal_pairs = 0;
    for j in 0..neurons {
        for k in 0..j {
            let angle = angles[j][k];
            antipodal_pairs += usize::from(angle.supplement() <= crate::dependence::COINCIDENT);
            if angle.radians() < nearest.2 {
                nearest = (k, j, angle.radians());
            }
        }
    }
    Error::Singular {
        neurons,
        condition,
        limit,
        first: nearest.0,
        second: nearest.1,
        angle: nearest.2,
        antipodal_pairs,
    }
}
