use faer::Mat;
use relu_gating::{Angle, arc_cosine};
use teacher_student::Weights;

use crate::directions::Directions;
use crate::error::{Error, same_dimension};
use crate::magnitudes::ReducedMatrix;
use crate::normal_equation::product_entry;

/// The separability functions L_jj′ of K students: what one teacher contributes to the equation (j, j′) once the norms
/// are solved for.
///
/// For a unit teacher e* with θ_l* = ∠(e*, e_l) and v = (h(θ_1*), …, h(θ_K*)),
///
/// L_jj′(e*) = (π − θ_j*) cos θ_j′* + sin θ_j* cos θ_j′^j − vᵀ M_r⁻¹ m_jj′.
///
/// L_jj′ = 0 for e* = e_l, L_jj ≡ 0, and at the norms w̄ that solve M_r w̄ = M_r* w̄*
///
/// M w̄ − M* w̄* = −Σ_k ‖w_k*‖ L_jj′(e_k*):
///
/// if for one pair (j, j′) all teachers have L_jj′ of one strict sign, the students are not critical, whatever their
/// norms. Absolute errors grow with the condition number of M_r; for two students in a plane
/// [`TwoUnits`](crate::TwoUnits) has none.
///
/// # Examples
/// ```
/// use critical_points::Separability;
/// use teacher_student::Weights;
/// let students = Weights::from_rows(&[vec![1.0, 0.0], vec![0.6, 0.8]])?;
/// let functions = Separability::new(&students)?;
/// assert!(functions.l(&[0.9, 0.3])?[(0, 1)] > 0.0); // inside the cone
/// assert!(functions.l(&[0.0, 1.0])?[(0, 1)] < 0.0); // outside
/// let teacher = Weights::from_rows(&[vec![0.9, 0.3], vec![0.9, 0.6]])?;
/// let exclusion = functions.rule_out(&teacher)?.expect("both teachers inside the cone");
/// assert!(exclusion.pair == (0, 1) && exclusion.positive);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Source
/// Tian 2017, Eq 14, Proposition 1, Theorem 3; supplement, Lemma 2, Eq 29–34.
#[derive(Debug, Clone)]
pub struct Separability {
    unit: Vec<Vec<f64>>,
    angles: Vec<Vec<Angle>>,
    reduced: ReducedMatrix,
}

/// Why Theorem 3 rules a point out: all teachers have L_jj′ of one sign.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Exclusion {
    /// (j, j′).
    pub pair: (usize, usize),
    /// The common sign.
    pub positive: bool,
    /// The least |L_jj′| over the teachers.
    pub least: f64,
    /// The rounding error of that value, which it exceeds.
    pub resolution: f64,
}

impl Separability {
    /// The functions of K students; their norms do not count.
    ///
    /// # Errors
    /// [`Error::Singular`] where M_r is not invertible in double precision; a norm beyond the largest double.
    pub fn new(student: &Weights) -> Result<Self, Error> {
        let directions = Directions::new("a student's norm", student)?;
        let angles = directions.angles_among()?;
        Ok(Self {
            reduced: ReducedMatrix::new(&angles)?,
            unit: directions.unit,
            angles,
        })
    }

    /// K.
    pub fn neurons(&self) -> usize {
        self.unit.len()
    }

    /// The condition number of M_r.
    pub fn condition(&self) -> f64 {
        self.reduced.condition
    }

    /// All L_jj′ of one teacher direction, entry (j, j′) of a K × K matrix.
    ///
    /// # Errors
    /// A zero or non-finite vector, or one of another dimension.
    pub fn l(&self, teacher: &[f64]) -> Result<Mat<f64>, Error> {
        Ok(self.evaluate(teacher)?.0)
    }

    /// The matrices of L_jj′ of all teachers, one a teacher.
    ///
    /// # Errors
    /// Teachers of another dimension.
    pub fn all(&self, teacher: &Weights) -> Result<Vec<Mat<f64>>, Error> {
        rows(teacher).iter().map(|row| self.l(row)).collect()
    }

    /// −Σ_k ‖w_k*‖ L_jj′(e_k*), entry (j, j′): the residual M w̄ − M* w̄* at the norms that solve the diagonal equations.
    ///
    /// # Errors
    /// Teachers of another dimension, or a norm beyond the largest double.
    pub fn residual(&self, teacher: &Weights) -> Result<Mat<f64>, Error> {
        let norms = Directions::new("a teacher's norm", teacher)?.norms;
        let mut total = Mat::zeros(self.neurons(), self.neurons());
        for (matrix, norm) in self.all(teacher)?.iter().zip(norms) {
            total -= faer::Scale(norm) * matrix;
        }
        Ok(total)
    }

    /// The test of Theorem 3: a pair (j, j′) for which all teachers have L_jj′ of one sign, beyond rounding, so that no
    /// norms of the students make them critical. None is no statement.
    ///
    /// Of several pairs the one with the largest |L_jj′| over its rounding error.
    ///
    /// # Errors
    /// Teachers of another dimension.
    pub fn rule_out(&self, teacher: &Weights) -> Result<Option<Exclusion>, Error> {
        let found = rows(teacher)
            .iter()
            .map(|row| self.evaluate(row))
            .collect::<Result<Vec<_>, _>>()?;
        let mut best: Option<Exclusion> = None;
        for j in 0..self.neurons() {
            for other in (0..self.neurons()).filter(|l| *l != j) {
                let positive = found.iter().all(|(l, bound)| l[(j, other)] > *bound);
                let negative = found.iter().all(|(l, bound)| l[(j, other)] < -*bound);
                if !(positive || negative) {
                    continue;
                }
                let clearness = |e: &Exclusion| e.least / e.resolution;
                let share = |(l, bound): &(Mat<f64>, f64)| l[(j, other)].abs() / bound;
                let Some((l, bound)) = found.iter().min_by(|a, b| share(a).total_cmp(&share(b)))
                else {
                    continue;
                };
                let exclusion = Exclusion {
                    pair: (j, other),
                    positive,
                    least: l[(j, other)].abs(),
                    resolution: *bound,
                };
                if best.is_none_or(|b| clearness(&exclusion) > clearness(&b)) {
                    best = Some(exclusion);
                }
            }
        }
        Ok(best)
    }

    /// L and a bound of the absolute rounding error of its entries.
    fn evaluate(&self, teacher: &[f64]) -> Result<(Mat<f64>, f64), Error> {
        same_dimension(
            "the teacher",
            teacher.len(),
            "the students",
            self.unit[0].len(),
        )?;
        let outer = self
            .unit
            .iter()
            .map(|e| Ok(Angle::between(e, teacher)?))
            .collect::<Result<Vec<_>, Error>>()?;
        let neurons = self.neurons();
        let v = Mat::from_fn(neurons, 1, |l, _| arc_cosine(outer[l]));
        let x = self.reduced.solve(&v);
        let matrix = Mat::from_fn(neurons, neurons, |j, l| {
            let own = product_entry(outer[j], outer[l], self.angles[l][j]);
            let taken: f64 = (0..neurons)
                .map(|k| {
                    x[k] * product_entry(self.angles[j][k], self.angles[l][k], self.angles[l][j])
                })
                .sum();
            own - taken
        });
        let size = 1.0 + x.iter().map(|t| t.abs()).sum::<f64>();
        Ok((matrix, self.reduced.amplification() * size))
    }
}

fn rows(weights: &Weights) -> Vec<Vec<f64>> {
    let matrix = weights.as_mat();
    (0..weights.neurons())
        .map(|j| (0..weights.dimension()).map(|i| matrix[(j, i)]).collect())
        .collect()
}
