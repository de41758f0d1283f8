use std::f64::consts::FRAC_1_PI;

use faer::{Mat, MatRef};
use numeric::{DoubleDouble, times_power_of_two};

use super::Population;
use crate::error::Error;
use crate::objective::Objective;
use crate::weights::Directions;

/// A computed quantity with a bound of its error.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounded<T> {
    /// The quantity.
    pub value: T,
    /// The size of its error is at most this, the Frobenius norm where it is a matrix.
    pub error_bound: f64,
}

/// More neurons than this, of student and teacher together, are summed in doubles: the work grows with their square.
const MOST_NEURONS: usize = 512;
/// The error of a sum of n kernels of vectors of length d, in double-doubles and in doubles, is at most this times n + d + 32
/// times the sum of the sizes of its terms: every operation rounds by at most 2^-103 or 2^-53, and each term takes a few dozen.
const DOUBLE_DOUBLE: f64 = 3.155_443_620_884_047e-30; // 2^-98
const DOUBLE: f64 = 4.0 * f64::EPSILON;
/// The documented relative error of a loss whose students are all paired with teachers that are far apart against the distance.
const PAIRED: f64 = 1e-12;

impl Population {
    /// The [loss](Objective::loss) with a bound of its error, at twenty to a hundred times its cost.
    ///
    /// Where several students share a teacher, or one student several teachers, the terms ½Σ c_i c_j κ(w_i, w_j) (c the top
    /// weights of the students and minus those of the teachers, κ the arc-cosine kernel) cancel and no pair of neurons says
    /// what they share: here all of them are summed in double-doubles, whose error is about 1e-28 of the sum of their sizes.
    /// Networks of more than 512 neurons are summed in doubles, with the bound that belongs to them.
    ///
    /// # Examples
    /// ```
    /// use teacher_student::{Network, Population, Weights};
    /// // Two students that share one teacher, up to 1e-9.
    /// let teacher = Network::new(Weights::from_rows(&[vec![2.0, 1e-9]])?);
    /// let population = Population::new(teacher, vec![1.0; 2])?;
    /// let student = Weights::from_rows(&[vec![1.0, 0.0], vec![1.0, 3e-9]])?;
    /// let loss = population.loss_with_bound(&student)?;
    /// // ¼‖2e-9 e₂‖², up to terms of third order.
    /// assert!((loss.value / 1e-18 - 1.0).abs() < 1e-8);
    /// assert!(loss.error_bound < 1e-8 * loss.value);
    /// # Ok::<(), teacher_student::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`loss`](Objective::loss).
    pub fn loss_with_bound<'a>(
        &self,
        student: impl Into<MatRef<'a, f64>>,
    ) -> Result<Bounded<f64>, Error> {
        let student = student.into();
        let plain = self.loss(student)?;
        let residual = Residual::new(self, student)?;
        let scale = |x: f64| times_power_of_two(x, 2 * residual.exponent);
        let terms = residual.rounding() * residual.size * residual.size / 4.0;
        if residual.neurons.len() > MOST_NEURONS {
            let error_bound = scale(DOUBLE * terms);
            return Ok(Bounded {
                value: plain,
                error_bound,
            });
        }
        let exact = scale(residual.loss());
        let error_bound = scale(DOUBLE_DOUBLE * terms) + f64::EPSILON * exact.abs();
        if self.pairs_are_far_apart(student)? && PAIRED * plain < error_bound {
            return Ok(Bounded {
                value: plain,
                error_bound: PAIRED * plain,
            });
        }
        Ok(Bounded {
            value: exact.max(0.0),
            error_bound,
        })
    }

    /// The [gradient](Objective::gradient) with a bound of the Frobenius norm of its error, in double-doubles as
    /// [`loss_with_bound`](Self::loss_with_bound).
    ///
    /// # Errors
    /// As [`gradient`](Objective::gradient).
    pub fn gradient_with_bound<'a>(
        &self,
        student: impl Into<MatRef<'a, f64>>,
    ) -> Result<Bounded<Mat<f64>>, Error> {
        let student = student.into();
        let plain = self.gradient(student)?;
        let residual = Residual::new(self, student)?;
        let scale = |x: f64| times_power_of_two(x, residual.exponent);
        let top = numeric::norm(&self.student_top);
        let terms = residual.rounding() * residual.size * top;
        if residual.neurons.len() > MOST_NEURONS {
            return Ok(Bounded {
                value: plain,
                error_bound: scale(DOUBLE * terms),
            });
        }
        let exact = residual.gradient(student.nrows());
        let value = Mat::from_fn(student.nrows(), student.ncols(), |j, i| scale(exact[j][i]));
        let error_bound = scale(DOUBLE_DOUBLE * terms) + f64::EPSILON * value.norm_l2();
        Ok(Bounded { value, error_bound })
    }

    /// Whether every student is paired with a teacher at a distance below a third of every angle between teachers, and of its
    /// supplement.
    fn pairs_are_far_apart(&self, student: MatRef<'_, f64>) -> Result<bool, Error> {
        let directions: Directions = self.student_directions(student)?;
        let at = self.evaluation(student, &directions);
        if !at.pairing.is_complete() {
            return Ok(false);
        }
        let reach = at
            .pairing
            .pairs
            .iter()
            .enumerate()
            .map(|(p, pair)| {
                numeric::norm(at.pairing.difference.col_as_slice(p)) / pair.teacher_norm
            })
            .fold(0.0, f64::max);
        let count = self.teacher.weights().neurons();
        let angles = self.teacher_angles();
        let least = (0..count)
            .flat_map(|k| (0..k).map(move |l| (k, l)))
            .map(|(k, l)| {
                let angle = angles.angle(k, l);
                angle.radians().min(angle.supplement())
            })
            .fold(f64::INFINITY, f64::min);
        Ok(3.0 * reach < least)
    }
}

/// A neuron of the residual, c σ(w·x).
struct Neuron {
    coefficient: f64,
    weights: Vec<f64>,
    square: DoubleDouble,
}

/// The residual student − teacher in units of 2^exponent: students first, then teachers with minus their top weights.
struct Residual {
    neurons: Vec<Neuron>,
    exponent: i32,
    /// Σ|c|‖w‖.
    size: f64,
}

impl Residual {
    fn new(population: &Population, student: MatRef<'_, f64>) -> Result<Self, Error> {
        let exponent = numeric::largest_exponent(&[
            student.norm_max(),
            population.teacher.weights().as_mat().norm_max(),
        ])
        .unwrap_or(0);
        let teacher = population.teacher.weights().as_mat();
        let students = (0..student.nrows()).map(|j| (population.student_top[j], student.row(j)));
        let teachers =
            (0..teacher.nrows()).map(|k| (-population.teacher.top_weights()[k], teacher.row(k)));
        let neurons: Vec<Neuron> = students
            .chain(teachers)
            .map(|(coefficient, row)| {
                let weights: Vec<f64> = row
                    .iter()
                    .map(|w| times_power_of_two(*w, -exponent))
                    .collect();
                Neuron {
                    coefficient,
                    square: DoubleDouble::dot(&weights, &weights),
                    weights,
                }
            })
            .collect();
        let size: f64 = neurons
            .iter()
            .map(|n| n.coefficient.abs() * n.square.value().sqrt())
            .sum();
        if size.is_finite() {
            Ok(Self {
                neurons,
                exponent,
                size,
            })
        } else {
            Err(Error::Overflow { what: "loss" })
        }
    }

    /// n + d + 32.
    fn rounding(&self) -> f64 {
        let dimension = self.neurons.first().map_or(0, |n| n.weights.len());
        (self.neurons.len() + dimension + 32) as f64
    }

    /// ½Σ c_i c_j κ(w_i, w_j).
    fn loss(&self) -> f64 {
        let mut sum = DoubleDouble::from(0.0);
        for (i, u) in self.neurons.iter().enumerate() {
            let square = DoubleDouble::product(u.coefficient, u.coefficient) * u.square;
            // κ(w, w) = ‖w‖²/2.
            sum = sum + square * DoubleDouble::from(0.25);
            for v in &self.neurons[..i] {
                let (across, supplement, along) = between(u, v);
                let kernel = (across + supplement * along) * inverse_of_two_pi();
                sum = sum + DoubleDouble::product(u.coefficient, v.coefficient) * kernel;
            }
        }
        sum.value()
    }

    /// a_j Σ c_k ((π − θ)w_k + ‖w_k‖ sin θ ŵ_j)/2π for the first `students` neurons.
    fn gradient(&self, students: usize) -> Vec<Vec<f64>> {
        self.neurons[..students]
            .iter()
            .enumerate()
            .map(|(j, w)| {
                let mut rows = vec![DoubleDouble::from(0.0); w.weights.len()];
                let mut own = DoubleDouble::from(0.0);
                for (k, v) in self.neurons.iter().enumerate() {
                    let c = DoubleDouble::from(v.coefficient);
                    let (across, supplement) = if j == k {
                        (DoubleDouble::from(0.0), DoubleDouble::PI)
                    } else {
                        let (across, supplement, _) = between(w, v);
                        (across, supplement)
                    };
                    own = own + c * across / w.square;
                    let share = c * supplement;
                    for (sum, x) in rows.iter_mut().zip(&v.weights) {
                        *sum = *sum + share * DoubleDouble::from(*x);
                    }
                }
                let factor = DoubleDouble::from(w.coefficient) * inverse_of_two_pi();
                rows.into_iter()
                    .zip(&w.weights)
                    .map(|(sum, x)| ((sum + own * DoubleDouble::from(*x)) * factor).value())
                    .collect()
            })
            .collect()
    }
}

/// ‖u‖‖v‖ sin θ, π − θ, and u·v = ‖u‖‖v‖ cos θ.
///
/// An error of the sine moves θ with it, and both together enter the kernel and its gradient multiplied by θ: where the
/// vectors are nearly parallel nothing is lost.
fn between(u: &Neuron, v: &Neuron) -> (DoubleDouble, DoubleDouble, DoubleDouble) {
    let along = DoubleDouble::dot(&u.weights, &v.weights);
    let across = (u.square * v.square - along * along).sqrt();
    let supplement = DoubleDouble::PI - DoubleDouble::atan2(across, along);
    (across, supplement, along)
}

fn inverse_of_two_pi() -> DoubleDouble {
    // One step of Newton's method from the double.
    let first = DoubleDouble::from(FRAC_1_PI / 2.0);
    let two_pi = DoubleDouble::PI + DoubleDouble::PI;
    first + first * (DoubleDouble::from(1.0) - first * two_pi)
}
