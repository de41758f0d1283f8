use faer::{Mat, MatRef};
use numeric::norm;

use crate::error::Error;
use crate::weights::check_top;

/// Why a vector field has no value at a state.
pub type FieldError = Box<dyn std::error::Error + Send + Sync>;

/// An autonomous vector field on ℝⁿ, the right-hand side of ẋ = f(x).
pub trait VectorField {
    /// n, the length of a state.
    fn dimension(&self) -> usize;

    /// Writes f(`state`) to `rate`; both have length [`dimension`](Self::dimension).
    ///
    /// # Errors
    /// The field has no value at `state`, for instance where a neuron is zero.
    fn evaluate(&self, state: &[f64], rate: &mut [f64]) -> Result<(), FieldError>;

    /// A function that does not increase along the flow, if one is known: the loss of a gradient flow.
    ///
    /// # Errors
    /// The field has no value at `state`.
    fn potential(&self, _state: &[f64]) -> Result<Option<f64>, FieldError> {
        Ok(None)
    }

    /// What is singular within `resolution` of `state`, if anything is: a method whose error control does not see
    /// distances that small ends there.
    fn singularity(&self, _state: &[f64], _resolution: f64) -> Option<FieldError> {
        None
    }

    /// The top weights a of the two-layer network whose weights, neuron by neuron, are the state, if it is one:
    /// [`ExponentialAdams`](crate::ExponentialAdams) then follows the outliers of its Hessian exactly.
    fn top_weights(&self) -> Option<&[f64]> {
        None
    }
}

/// A loss on K × d weight matrices with its exact gradient.
pub trait Objective {
    /// K, the number of student neurons.
    fn neurons(&self) -> usize;

    /// d, the input dimension.
    fn dimension(&self) -> usize;

    /// The loss at a K × d weight matrix, per sample.
    ///
    /// # Errors
    /// Wrong shape, non-finite entries, or a zero neuron.
    fn loss(&self, student: MatRef<'_, f64>) -> Result<f64, Error>;

    /// The gradient +∂loss/∂w at a K × d weight matrix, of shape K × d.
    ///
    /// # Errors
    /// Wrong shape, non-finite entries, or a zero neuron.
    fn gradient(&self, student: MatRef<'_, f64>) -> Result<Mat<f64>, Error>;

    /// The top weights of the student, if it is a two-layer network: see [`VectorField::top_weights`].
    fn top_weights(&self) -> Option<&[f64]> {
        None
    }
}

/// The gradient flow ẇ = −∇ loss(w) of an [`Objective`].
///
/// A state is the K × d weight matrix row by row: neuron j occupies entries j·d to (j+1)·d.
#[derive(Debug, Clone)]
pub struct GradientFlow<O> {
    objective: O,
    top: Option<Vec<f64>>,
}

impl<O: Objective> GradientFlow<O> {
    /// The flow of an objective.
    pub fn new(objective: O) -> Self {
        Self {
            objective,
            top: None,
        }
    }

    /// Names the top weights of a student whose objective does not, for methods that treat the outliers of its Hessian apart.
    ///
    /// # Errors
    /// Their number is not K, or one is not finite.
    pub fn with_top_weights(mut self, top: Vec<f64>) -> Result<Self, Error> {
        check_top("the student", &top, self.objective.neurons())?;
        self.top = Some(top);
        Ok(self)
    }

    /// The objective that decreases along the flow.
    pub fn objective(&self) -> &O {
        &self.objective
    }

    /// A state as the K × d matrix it stands for.
    ///
    /// # Errors
    /// `state` does not have K·d entries.
    pub fn weights<'a>(&self, state: &'a [f64]) -> Result<MatRef<'a, f64>, Error> {
        let (k, d) = (self.objective.neurons(), self.objective.dimension());
        if state.len() == k * d {
            Ok(MatRef::from_row_major_slice(state, k, d))
        } else {
            Err(Error::StartLength {
                length: state.len(),
                dimension: k * d,
            })
        }
    }
}

/// A K × d matrix as a state, neuron by neuron.
pub fn state_of(weights: MatRef<'_, f64>) -> Vec<f64> {
    (0..weights.nrows())
        .flat_map(|j| (0..weights.ncols()).map(move |i| weights[(j, i)]))
        .collect()
}

impl<O: Objective> VectorField for GradientFlow<O> {
    fn dimension(&self) -> usize {
        self.objective.neurons() * self.objective.dimension()
    }

    fn evaluate(&self, state: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        let gradient = self.objective.gradient(self.weights(state)?)?;
        let d = gradient.ncols();
        for (j, row) in rate.chunks_exact_mut(d).enumerate() {
            for (i, entry) in row.iter_mut().enumerate() {
                *entry = -gradient[(j, i)];
            }
        }
        Ok(())
    }

    fn potential(&self, state: &[f64]) -> Result<Option<f64>, FieldError> {
        Ok(Some(self.objective.loss(self.weights(state)?)?))
    }

    fn top_weights(&self) -> Option<&[f64]> {
        self.top.as_deref().or_else(|| self.objective.top_weights())
    }

    /// A neuron of norm at most `resolution`: the gradient is discontinuous where it vanishes.
    fn singularity(&self, state: &[f64], resolution: f64) -> Option<FieldError> {
        state
            .chunks_exact(self.objective.dimension())
            .map(norm)
            .enumerate()
            .find(|&(_, norm)| norm <= resolution)
            .map(|(row, norm)| Error::VanishingNeuron { row, norm }.into())
    }
}
