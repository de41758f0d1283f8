use std::sync::OnceLock;

use faer::{Mat, MatMut, MatRef};
use numeric::{exponent, times_power_of_two};

use crate::angles::AngleTable;
use crate::error::Error;
use crate::objective::{Objective, Scales};
use crate::pairing::{Pairing, Side};
use crate::scratch::Scratch;
use crate::weights::{Directions, Network, Weights, check_top};

mod blocks;
mod bounded;
mod gradient;
mod hessian;
mod hessian_product;
mod loss;
mod plain;
mod sources;
mod tile;

pub use bounded::Bounded;
pub use plain::PlainGradient;

/// The exact population objective of a student x ↦ Σ_j a_j σ(w_j·x) that learns a teacher x ↦ Σ_k b_k σ(w*_k·x) from
/// x ~ N(0, I_d): loss ½E[(student − teacher)²], its gradient and its Hessian, in closed form.
///
/// K students and K′ teachers may differ in number. Loss and gradient are matrix products of size K × (K+K′) × d plus
/// one angle a pair. A student close to a teacher is paired with it, and what the two share is cancelled before
/// rounding: the relative error of loss and gradient stays near 1e-15·K also at distance 1e-8 (and less) from the
/// teacher or from a permutation of it, where the plain formulas lose 8 digits of the gradient and all of the loss.
/// For the loss this holds while the distance is below a third of the angle between any two teachers (and of its supplement);
/// beside teachers that are closer its relative error grows, to 1e-9 at worst at distance 1e-8. Where several students share one
/// teacher, or one student several teachers, there are no pairs and the plain sums cancel:
/// [`loss_with_bound`](Self::loss_with_bound) and [`gradient_with_bound`](Self::gradient_with_bound) have the digits there,
/// and say how many. The Hessian is as accurate
/// as its largest block: neurons of very different norms cost the digits of their ratio.
///
/// Norms of the effective weights |a_j|w_j may lie between 1e-150 and 1e150. A loss below the smallest normal double is an
/// error, not zero.
///
/// # Examples
/// ```
/// use teacher_student::{Network, Objective, Population, Weights};
/// let teacher = Network::new(Weights::orthonormal(3, 5)?);
/// let population = Population::matching(teacher);
/// let student = Weights::from_rows(&[
///     vec![1.0, 0.1, 0.0, 0.0, 0.0],
///     vec![0.0, 1.0, 0.0, 0.2, 0.0],
///     vec![0.3, 0.0, 1.0, 0.0, 0.0],
/// ])?;
/// let loss = population.loss(&student)?;
/// let gradient = population.gradient(&student)?;
/// let hessian = population.hessian(&student)?;
/// assert!(loss > 0.0 && gradient.shape() == (3, 5) && hessian.shape() == (15, 15));
/// # Ok::<(), teacher_student::Error>(())
/// ```
///
/// # Source
/// Tian 2017, Eq 2, 4 and 8; Tian 2016, Eq 12–13.
#[derive(Debug, Clone)]
pub struct Population {
    teacher: Network,
    student_top: Vec<f64>,
    directions: Directions,
    /// b_k w*_k, K′ × d.
    effective: Mat<f64>,
    /// b_k‖w*_k‖.
    teacher_lengths: Vec<f64>,
    scales: Scales,
    /// Angles among the teachers, which only the loss asks for.
    angles: OnceLock<AngleTable>,
    parallel: bool,
    scratch: Scratch<gradient::Workspace>,
}

impl Population {
    /// A student with the given fixed top weights, one for each of its K neurons.
    ///
    /// # Errors
    /// No student neurons, or a top weight that is not finite.
    pub fn new(teacher: Network, student_top: Vec<f64>) -> Result<Self, Error> {
        if student_top.is_empty() {
            return Err(Error::TopWeightCount {
                what: "the student",
                length: 0,
                neurons: 1,
            });
        }
        check_top("the student", &student_top, student_top.len())?;
        Ok(Self::with_valid_top(teacher, student_top))
    }

    /// A student of the teacher's own architecture: as many neurons, the same top weights.
    pub fn matching(teacher: Network) -> Self {
        let top = teacher.top_weights().to_vec();
        Self::with_valid_top(teacher, top)
    }

    fn with_valid_top(teacher: Network, student_top: Vec<f64>) -> Self {
        let directions = Directions::of(teacher.weights());
        let mut effective = teacher.weights().as_mat().to_owned();
        for c in 0..effective.ncols() {
            for (v, b) in effective
                .col_as_slice_mut(c)
                .iter_mut()
                .zip(teacher.top_weights())
            {
                *v *= b;
            }
        }
        let teacher_lengths: Vec<f64> = teacher
            .top_weights()
            .iter()
            .zip(&directions.norms)
            .map(|(b, norm)| b * norm)
            .collect();
        Self {
            scales: Scales::new(teacher_lengths.iter().copied(), &student_top),
            teacher,
            student_top,
            directions,
            effective,
            teacher_lengths,
            angles: OnceLock::new(),
            parallel: false,
            scratch: Scratch::default(),
        }
    }

    /// Spreads every single gradient, Hessian and Hessian product over the threads of rayon's current pool, for networks of hundreds of neurons.
    ///
    /// Many runs are better spread as whole runs. The result has the same bits either way.
    #[must_use]
    pub fn on_all_threads(mut self) -> Self {
        self.parallel = true;
        self
    }

    /// The teacher.
    pub fn teacher(&self) -> &Network {
        &self.teacher
    }

    /// Top weights of the student.
    pub fn student_top_weights(&self) -> &[f64] {
        &self.student_top
    }

    /// The Hessian ∂²loss/∂w∂w at a K × d weight matrix, of shape Kd × Kd; entry (j·d + i, j′·d + i′) belongs to
    /// entry i of neuron j and entry i′ of neuron j′.
    ///
    /// Diagonal blocks a_j²I/2 + a_j(Σ_{k≠j} a_k S(w_j, w_k) − Σ_k b_k S(w_j, w*_k)) with
    /// S(w, v) = (‖v‖ sin θ/2π‖w‖)(I − ŵŵᵀ + nnᵀ); off-diagonal blocks a_j a_k E[xxᵀ 1(w_j·x>0) 1(w_k·x>0)].
    ///
    /// # Errors
    /// Wrong shape, non-finite entries, or a zero neuron.
    pub fn hessian<'a>(&self, student: impl Into<MatRef<'a, f64>>) -> Result<Mat<f64>, Error> {
        let student = student.into();
        let size = student.nrows() * student.ncols();
        self.check_shape(student)?;
        let mut hessian = Mat::zeros(size, size);
        self.hessian_into(student, hessian.as_mut())?;
        Ok(hessian)
    }

    /// As [`hessian`](Self::hessian), into a Kd × Kd matrix at hand with contiguous columns: a fresh one costs the system more
    /// time than its entries cost the processor.
    ///
    /// # Errors
    /// Wrong shapes, columns of `hessian` that are not contiguous, non-finite entries, or a zero neuron.
    pub fn hessian_into<'a>(
        &self,
        student: impl Into<MatRef<'a, f64>>,
        mut hessian: MatMut<'_, f64>,
    ) -> Result<(), Error> {
        let student = student.into();
        let directions = self.student_directions(student)?;
        let size = student.nrows() * student.ncols();
        if hessian.shape() != (size, size) || hessian.row_stride() != 1 {
            return Err(Error::Shape {
                what: "the Hessian (with contiguous columns)",
                rows: hessian.nrows(),
                columns: hessian.ncols(),
                expected_rows: size,
                expected_columns: size,
            });
        }
        if hessian::fill(self, &directions, hessian.as_mut()) {
            Ok(())
        } else {
            Err(Error::Overflow { what: "Hessian" })
        }
    }

    /// The Hessian at a K × d weight matrix times a K × d direction, without forming the Hessian: by
    /// matrix products of the size of the gradient's.
    ///
    /// # Errors
    /// Wrong shapes, non-finite entries, or a zero neuron.
    pub fn hessian_product<'a>(
        &self,
        student: impl Into<MatRef<'a, f64>>,
        direction: MatRef<'_, f64>,
    ) -> Result<Mat<f64>, Error> {
        let student = student.into();
        let directions = self.student_directions(student)?;
        if direction.shape() != student.shape() {
            return Err(Error::Shape {
                what: "the direction",
                rows: direction.nrows(),
                columns: direction.ncols(),
                expected_rows: student.nrows(),
                expected_columns: student.ncols(),
            });
        }
        Ok(hessian_product::hessian_product(
            self,
            &directions,
            direction,
        ))
    }

    /// The norm of the smallest effective teacher neuron that has a top weight other than zero.
    pub(crate) fn smallest_neuron(&self) -> f64 {
        self.scales.smallest
    }

    /// The exponent of the norm of the largest effective teacher neuron.
    pub(crate) fn unit(&self) -> i32 {
        let lengths = self.teacher_lengths.iter();
        let largest = lengths.fold(0.0_f64, |most, length| most.max(length.abs()));
        exponent(largest).unwrap_or(0)
    }

    /// The problem in units of 2^`exponent`: all weights are divided by it, and losses by its square.
    ///
    /// # Errors
    /// A teacher neuron so much smaller than the unit that it becomes zero, or one that overflows.
    pub(crate) fn in_units(&self, exponent: i32) -> Result<Self, Error> {
        let teacher = self.teacher.weights().as_mat();
        let scaled = Mat::from_fn(teacher.nrows(), teacher.ncols(), |k, i| {
            times_power_of_two(teacher[(k, i)], -exponent)
        });
        let top = self.teacher.top_weights().to_vec();
        let network = Network::with_top_weights(Weights::new(scaled)?, top)?;
        Ok(Self::with_valid_top(network, self.student_top.clone()))
    }

    fn plain_loss(&self, student: MatRef<'_, f64>, directions: &Directions) -> Result<f64, Error> {
        let evaluation = self.evaluation(student, directions);
        let value = loss::loss(&evaluation, self.teacher_angles());
        if value.is_finite() {
            // A mean of squares: rounding may leave it just below zero.
            Ok(value.max(0.0))
        } else {
            // One that overflowed may be −∞.
            Err(Error::Overflow { what: "loss" })
        }
    }

    fn student_directions(&self, student: MatRef<'_, f64>) -> Result<Directions, Error> {
        self.check_shape(student)?;
        Directions::new("the student", student)
    }

    fn check_shape(&self, student: MatRef<'_, f64>) -> Result<(), Error> {
        let (k, d) = (self.student_top.len(), self.teacher.weights().dimension());
        if student.shape() == (k, d) {
            return Ok(());
        }
        Err(Error::Shape {
            what: "the student",
            rows: student.nrows(),
            columns: student.ncols(),
            expected_rows: k,
            expected_columns: d,
        })
    }

    fn teacher_angles(&self) -> &AngleTable {
        self.angles
            .get_or_init(|| AngleTable::among(&self.directions))
    }

    fn teacher_side(&self) -> Side<'_> {
        Side {
            weights: self.teacher.weights().as_mat(),
            directions: &self.directions,
            top: self.teacher.top_weights(),
        }
    }
}

/// Above this no square that matters has underflowed.
const SQUARES_SAFE: f64 = 1e-270;

fn finite(what: &'static str, matrix: Mat<f64>) -> Result<Mat<f64>, Error> {
    if matrix.as_ref().is_all_finite() {
        Ok(matrix)
    } else {
        Err(Error::Overflow { what })
    }
}

/// Everything about one student that the loss needs.
struct Evaluation<'a> {
    student: Side<'a>,
    teacher: Side<'a>,
    /// Angles among the students.
    inner: AngleTable,
    /// Angles between students and teachers.
    outer: AngleTable,
    pairing: Pairing,
}

impl Population {
    fn evaluation<'a>(
        &'a self,
        weights: MatRef<'a, f64>,
        directions: &'a Directions,
    ) -> Evaluation<'a> {
        let student = Side {
            weights,
            directions,
            top: &self.student_top,
        };
        let teacher = self.teacher_side();
        let outer = AngleTable::between(directions, &self.directions);
        let pairing = Pairing::new(student, teacher, [(0, outer.cosines.as_ref())]);
        Evaluation {
            student,
            teacher,
            inner: AngleTable::among(directions),
            outer,
            pairing,
        }
    }
}

impl Objective for Population {
    fn neurons(&self) -> usize {
        self.student_top.len()
    }

    fn dimension(&self) -> usize {
        self.teacher.weights().dimension()
    }

    fn loss<'a>(&self, student: impl Into<MatRef<'a, f64>>) -> Result<f64, Error> {
        let student = student.into();
        let directions = self.student_directions(student)?;
        let value = self.plain_loss(student, &directions)?;
        if value > SQUARES_SAFE {
            return Ok(value);
        }
        // Squares may have underflowed: only where the largest neuron is that small too.
        let students = self.student_top.iter().zip(&directions.norms);
        let lengths = students
            .map(|(a, norm)| a * norm)
            .chain(self.teacher_lengths.iter().copied());
        let largest = lengths.fold(0.0_f64, |most, length| most.max(length.abs()));
        if largest * largest > SQUARES_SAFE {
            return Ok(value);
        }
        let Some(unit) = exponent(largest) else {
            return Ok(value);
        };
        let problem = self.in_units(unit)?;
        let student = Mat::from_fn(student.nrows(), student.ncols(), |j, i| {
            times_power_of_two(student[(j, i)], -unit)
        });
        let directions = problem.student_directions(student.as_ref())?;
        let value = problem.plain_loss(student.as_ref(), &directions)?;
        let scaled = times_power_of_two(value, 2 * unit);
        if value > 0.0 && scaled < f64::MIN_POSITIVE {
            return Err(Error::Underflow { what: "loss" });
        }
        Ok(scaled)
    }

    fn gradient<'a>(&self, student: impl Into<MatRef<'a, f64>>) -> Result<Mat<f64>, Error> {
        let student = student.into();
        self.check_shape(student)?;
        let gradient = self.scratch.lend(|workspace| {
            workspace.directions.set("the student", student)?;
            Ok(gradient::gradient(self, student, workspace))
        })?;
        finite("gradient", gradient)
    }

    fn weight_scale(&self) -> f64 {
        self.scales.weight
    }

    fn gradient_scale(&self) -> f64 {
        self.scales.gradient
    }
}
