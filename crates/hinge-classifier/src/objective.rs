use crate::rays::fan::Memory;

/// What one evaluation of an objective finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// The loss.
    pub loss: f64,
    /// The share of the data that is not classified as its label, in [0, 1]; a tie of outputs is no classification.
    pub errors: f64,
}

/// Memory that an objective uses again from call to call; [`Default`] makes an empty one.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    pub(crate) activations: Vec<f64>,
    pub(crate) margins: Vec<f64>,
    pub(crate) pull: Vec<f64>,
    pub(crate) counts: Vec<f64>,
    pub(crate) wrong: Vec<bool>,
    /// One a class.
    pub(crate) fans: Vec<Memory>,
}

/// A loss of k × d weights, row by row, with its gradient.
pub trait Objective: Sync {
    /// k.
    fn neurons(&self) -> usize;

    /// d.
    fn dimension(&self) -> usize;

    /// The loss, the share of errors, and the gradient by the paper's formula
    /// ∇_{w_j} l = −Σ_{r ≠ y} (v_{y,j} − v_{r,j}) E[1{f_y < f_r + 1} 1{w_j·x > b_j} x] into `gradient`.
    ///
    /// At a kink (f_y = f_r + 1 or w_j·x = b_j) this picks the one-sided derivative whose gates are closed.
    ///
    /// # Panics
    /// If `weights` or `gradient` is not k·d long.
    fn evaluate(&self, weights: &[f64], gradient: &mut [f64], scratch: &mut Scratch) -> Evaluation;

    /// [`Objective::evaluate`] without the gradient and with memory of its own.
    ///
    /// # Panics
    /// As [`Objective::evaluate`].
    fn loss(&self, weights: &[f64]) -> Evaluation {
        let mut gradient = vec![0.0; weights.len()];
        self.evaluate(weights, &mut gradient, &mut Scratch::default())
    }

    /// The gradient alone.
    ///
    /// # Panics
    /// As [`Objective::evaluate`].
    fn gradient(&self, weights: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; weights.len()];
        self.evaluate(weights, &mut gradient, &mut Scratch::default());
        gradient
    }
}
