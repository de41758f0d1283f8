use faer::{Accum, Mat, Par, linalg::matmul::matmul};

use super::{DeepNetwork, check_data};
use crate::error::Error;
use crate::flow::{FieldError, VectorField};
use crate::weights::{Weights, check_top};

/// The sampled loss (1/2N) Σ (g(x) − g*(x))² of a student of any depth, with its gradient by Proposition 2.
///
/// As a [`VectorField`] it is the flow ẇ = −∇loss on [states](DeepNetwork::state), so that every integrator trains it.
/// Teacher and student share nothing but the inputs: depths and widths may differ, because only g* enters. (The papers
/// assume the same size, which their R*_c needs.)
///
/// # Examples
/// ```
/// use teacher_student::multilayer::{DeepNetwork, Multilayer};
/// use teacher_student::{GradientDescent, Integrator, Record, Stop, Weights};
/// let network = |scale: f64| -> Result<DeepNetwork, teacher_student::Error> {
///     let first = Weights::from_rows(&[vec![scale, 0.2], vec![-0.1, 1.0]])?;
///     DeepNetwork::new(vec![first, Weights::from_rows(&[vec![1.0, 0.5]])?])
/// };
/// let data = faer::mat![[1.0, 0.3], [-0.4, 1.1], [0.7, -0.9]];
/// let problem = Multilayer::matching(data, &network(1.0)?)?;
/// let run = GradientDescent::new(0.1).integrate(
///     &problem, &network(0.6)?.state(), &Stop::new().steps(500), &Record::Ends)?;
/// let student = problem.network(run.end())?;
/// assert!(problem.loss(&student)? < 1e-6 * problem.loss(&network(0.6)?)?);
/// # Ok::<(), teacher_student::Error>(())
/// ```
///
/// # Source
/// Tian 2017, Proposition 2; Tian 2016, Lemmas 2.1 and 7.1, Eq 3–7.
#[derive(Debug, Clone)]
pub struct Multilayer {
    data: Mat<f64>,
    target: Vec<f64>,
    /// d_1, …, d_L of the student.
    widths: Vec<usize>,
    student_top: Vec<f64>,
}

impl Multilayer {
    /// Labels an N × d data matrix by the teacher, for a student with the given numbers of nodes a layer, from the
    /// input to the top, and given top weights.
    ///
    /// # Errors
    /// No samples, rows of a length other than d, a non-finite entry, no layers, a layer without nodes, or top weights
    /// that do not fit the last layer or are not finite.
    pub fn new(
        data: Mat<f64>,
        teacher: &DeepNetwork,
        widths: Vec<usize>,
        student_top: Vec<f64>,
    ) -> Result<Self, Error> {
        let target = teacher.outputs(data.as_ref())?;
        Self::with_targets(data, target, widths, student_top)
    }

    /// A student of the teacher's own architecture: the same widths and top weights.
    ///
    /// # Errors
    /// No samples, rows of a length other than d, or a non-finite entry.
    pub fn matching(data: Mat<f64>, teacher: &DeepNetwork) -> Result<Self, Error> {
        let widths = teacher.layers().iter().map(Weights::neurons).collect();
        Self::new(data, teacher, widths, teacher.top_weights().to_vec())
    }

    fn with_targets(
        data: Mat<f64>,
        target: Vec<f64>,
        widths: Vec<usize>,
        student_top: Vec<f64>,
    ) -> Result<Self, Error> {
        check_data(data.as_ref(), data.ncols())?;
        let empty = widths.iter().position(|w| *w == 0);
        if widths.is_empty() || empty.is_some() {
            return Err(Error::EmptyMatrix {
                what: "a layer of the student",
                rows: 0,
                columns: data.ncols(),
            });
        }
        check_top("the student", &student_top, widths[widths.len() - 1])?;
        Ok(Self {
            data,
            target,
            widths,
            student_top,
        })
    }

    /// N.
    pub fn samples(&self) -> usize {
        self.data.nrows()
    }

    /// Shapes d_c × d_{c−1} of the layers of the student.
    fn shapes(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let inputs = std::iter::once(self.data.ncols()).chain(self.widths.iter().copied());
        self.widths.iter().copied().zip(inputs)
    }

    /// The network a state stands for.
    ///
    /// # Errors
    /// A state of the wrong length, a non-finite entry, or a zero node.
    pub fn network(&self, state: &[f64]) -> Result<DeepNetwork, Error> {
        if state.len() != self.dimension() {
            return Err(Error::StartLength {
                length: state.len(),
                dimension: self.dimension(),
            });
        }
        let mut rest = state;
        let mut layers = Vec::with_capacity(self.widths.len());
        for (rows, columns) in self.shapes() {
            let (layer, after) = rest.split_at(rows * columns);
            rest = after;
            let matrix = Mat::from_fn(rows, columns, |j, i| layer[j * columns + i]);
            layers.push(Weights::new(matrix)?);
        }
        DeepNetwork::with_top_weights(layers, self.student_top.clone())
    }

    fn check(&self, student: &DeepNetwork) -> Result<(), Error> {
        let layers = student.layers();
        for (c, (rows, columns)) in self.shapes().enumerate() {
            let found = layers.get(c).map_or((0, 0), |layer| layer.as_mat().shape());
            if found != (rows, columns) {
                return Err(Error::Shape {
                    what: "a layer of the student",
                    rows: found.0,
                    columns: found.1,
                    expected_rows: rows,
                    expected_columns: columns,
                });
            }
        }
        if layers.len() != self.widths.len() {
            return Err(Error::Shape {
                what: "the list of layers",
                rows: layers.len(),
                columns: 1,
                expected_rows: self.widths.len(),
                expected_columns: 1,
            });
        }
        Ok(())
    }

    /// (1/2N) Σ (g(x) − g*(x))², with the student's own top weights.
    ///
    /// # Errors
    /// A student of another architecture, or a loss beyond the largest double.
    pub fn loss(&self, student: &DeepNetwork) -> Result<f64, Error> {
        self.check(student)?;
        let outputs = student.outputs(self.data.as_ref())?;
        let squares: f64 = outputs
            .iter()
            .zip(&self.target)
            .map(|(g, target)| (g - target).powi(2))
            .sum();
        let loss = squares / (2.0 * self.samples() as f64);
        if loss.is_finite() {
            Ok(loss)
        } else {
            Err(Error::Overflow { what: "loss" })
        }
    }

    /// The gradient +∂loss/∂W_c of every layer, from the input to the top, each of the shape of its W_c:
    ///
    /// ∇_{w_j} = (1/N) X_cᵀ D_j Q_j Σ_{j′}(Q_{j′}u_{j′} − Q*_{j′}u*_{j′}), the sum being g − g* at every layer.
    ///
    /// One matrix product a layer, (D ∘ Q ∘ r)ᵀX_c/N with the residual r = g − g* multiplied into every column: this
    /// is R_cᵀ(R_c w_c − R*_c w*_c)/N without the N × d_c d_{c−1} matrix R_c.
    ///
    /// # Errors
    /// A student of another architecture.
    pub fn gradient(&self, student: &DeepNetwork) -> Result<Vec<Mat<f64>>, Error> {
        self.check(student)?;
        let gating = student.gating(self.data.as_ref())?;
        let residual: Vec<f64> = gating
            .outputs()
            .iter()
            .zip(&self.target)
            .map(|(g, target)| g - target)
            .collect();
        let mut gradients = Vec::with_capacity(self.widths.len());
        for c in 0..self.widths.len() {
            let (Some(mut inflow), Some(inputs)) =
                (gating.gated_sensitivities(c), gating.inputs(c))
            else {
                break;
            };
            for j in 0..inflow.ncols() {
                for (row, r) in residual.iter().enumerate() {
                    inflow[(row, j)] *= r;
                }
            }
            let mut gradient = Mat::zeros(inflow.ncols(), inputs.ncols());
            matmul(
                gradient.as_mut(),
                Accum::Replace,
                inflow.transpose(),
                inputs,
                (self.samples() as f64).recip(),
                Par::Seq,
            );
            gradients.push(gradient);
        }
        Ok(gradients)
    }
}

impl VectorField for Multilayer {
    fn dimension(&self) -> usize {
        self.shapes().map(|(rows, columns)| rows * columns).sum()
    }

    fn evaluate(&self, state: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        let gradients = self.gradient(&self.network(state)?)?;
        let entries = gradients
            .iter()
            .flat_map(|gradient| crate::weights::state_of(gradient.as_ref()));
        for (slot, entry) in rate.iter_mut().zip(entries) {
            *slot = -entry;
        }
        Ok(())
    }

    fn potential(&self, state: &[f64]) -> Result<Option<f64>, FieldError> {
        Ok(Some(self.loss(&self.network(state)?)?))
    }
}
