//! Losses of a hinge network with their gradients: on labelled points, on rays, and on a planar population.

mod planar_population;
mod rays;
mod sampled;

pub use planar_population::PlanarPopulation;
pub use rays::Rays;
pub use sampled::SampledHinge;

use crate::error::{Error, check_length, check_rows};
use crate::network::TopLayer;
use rays::fan::Memory;

/// What one evaluation of a loss finds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// The loss.
    pub loss: f64,
    /// The mean over the classes of the share of their data that is not classified as its label, in [0, 1].
    ///
    /// A tie of outputs is no classification. Classes of different sizes count the same, as in the loss (1/n) Σ l_i.
    pub errors: f64,
}

/// Memory that a loss uses again from call to call; [`Default`] makes an empty one.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    activations: Vec<f64>,
    margins: Vec<f64>,
    pull: Vec<f64>,
    counts: Vec<f64>,
    wrong: Vec<bool>,
    /// Whether products could overflow.
    wide: bool,
    /// One a class.
    fans: Vec<Memory>,
}

/// A hinge loss of k × d weights, row by row, with its gradient.
pub trait HingeLoss: Sync {
    /// k.
    fn neurons(&self) -> usize;

    /// d.
    fn dimension(&self) -> usize;

    /// V, where the loss is that of a network: it says which neurons vote for a class.
    fn top(&self) -> Option<&TopLayer> {
        None
    }

    /// The loss, the share of errors, and the gradient by the paper's formula
    /// ∇_{w_j} l = −Σ_{r ≠ y} (v_{y,j} − v_{r,j}) E[1{f_y < f_r + 1} 1{w_j·x > b_j} x] into `gradient`.
    ///
    /// At a kink (f_y = f_r + 1 or w_j·x = b_j) this picks the one-sided derivative whose gates are closed. A loss beyond the
    /// range of doubles is ∞.
    ///
    /// # Errors
    /// `weights` or `gradient` that is not k·d long, or a weight that is not finite.
    fn evaluate(
        &self,
        weights: &[f64],
        gradient: &mut [f64],
        scratch: &mut Scratch,
    ) -> Result<Evaluation, Error>;

    /// [`HingeLoss::evaluate`] without the gradient and with memory of its own.
    ///
    /// # Errors
    /// As [`HingeLoss::evaluate`].
    fn loss(&self, weights: &[f64]) -> Result<Evaluation, Error> {
        let mut gradient = vec![0.0; self.neurons() * self.dimension()];
        self.evaluate(weights, &mut gradient, &mut Scratch::default())
    }

    /// The gradient alone.
    ///
    /// # Errors
    /// As [`HingeLoss::evaluate`].
    fn gradient(&self, weights: &[f64]) -> Result<Vec<f64>, Error> {
        let mut gradient = vec![0.0; self.neurons() * self.dimension()];
        self.evaluate(weights, &mut gradient, &mut Scratch::default())?;
        Ok(gradient)
    }

    /// Checks the arguments of [`HingeLoss::evaluate`].
    ///
    /// # Errors
    /// As [`HingeLoss::evaluate`].
    fn check(&self, weights: &[f64], gradient: &[f64]) -> Result<(), Error> {
        let (k, d) = (self.neurons(), self.dimension());
        check_length("weights", weights.len(), k * d, "k times d, row by row")?;
        check_length("gradient", gradient.len(), k * d, "k times d, row by row")?;
        check_rows(weights, d)
    }
}
