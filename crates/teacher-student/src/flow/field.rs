use std::fmt;
use std::sync::Arc;

use crate::error::Error;

/// Why a vector field has no value at a state: any error, in a type of known size that can be copied.
///
/// # Examples
/// ```
/// use teacher_student::FieldError;
/// let error = FieldError::new("the state has left the chart");
/// assert_eq!(error.to_string(), "the state has left the chart");
/// ```
#[derive(Clone)]
pub struct FieldError(Arc<dyn std::error::Error + Send + Sync>);

impl FieldError {
    /// From an error, or from a sentence.
    pub fn new(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Arc::from(reason.into()))
    }

    /// The error inside, which may be downcast.
    pub fn reason(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self.0.as_ref()
    }
}

impl fmt::Debug for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for FieldError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl From<Error> for FieldError {
    fn from(reason: Error) -> Self {
        Self::new(reason)
    }
}

impl From<relu_gating::Error> for FieldError {
    fn from(reason: relu_gating::Error) -> Self {
        Self::new(reason)
    }
}

impl From<&str> for FieldError {
    fn from(reason: &str) -> Self {
        Self::new(reason)
    }
}

impl From<String> for FieldError {
    fn from(reason: String) -> Self {
        Self::new(reason)
    }
}

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

    /// A typical size of the entries of a state: default tolerances near zero are relative to it. 1 unless the field says
    /// otherwise.
    fn state_scale(&self) -> f64 {
        1.0
    }

    /// A typical size of ‖f‖ far from its zeros: [`Stop::relative_rate_below`](crate::Stop::relative_rate_below) is relative
    /// to it. 1 unless the field says otherwise.
    fn rate_scale(&self) -> f64 {
        1.0
    }
}
