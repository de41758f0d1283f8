//! Constants and bounds of Long, Yin & Xin (2021) for one class.

mod phases;

pub use phases::{FastPhase, SlowPhase};

use crate::data::{DataLaw, UniformAnnulus};
use crate::error::{Error, check_length, check_positive};
use crate::network::{HingeNetwork, check_label};

/// The constants of the paper's bounds for one class under the uniform law on an annulus.
///
/// # Source
/// Long, Yin & Xin 2021, Prop 2, Lemmas 4.2 and 5.1, Prop 3 and 4.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassBounds {
    law: UniformAnnulus,
    modulus: f64,
    classes: usize,
    neurons: usize,
    positive: usize,
    biases: Vec<f64>,
    positive_neurons: Vec<usize>,
}

impl ClassBounds {
    /// The bounds for the subproblem of one class.
    ///
    /// # Errors
    /// No such class, or a law in fewer than two dimensions, where the statements fail.
    pub fn new(network: &HingeNetwork, class: usize, law: UniformAnnulus) -> Result<Self, Error> {
        check_label(class, network.top().classes())?;
        if law.dimension() < 2 {
            return Err(Error::Count {
                name: "dimension",
                value: law.dimension(),
                requirement: "the bounds need at least two dimensions a class",
            });
        }
        let positive_neurons = network.top().positive(class);
        Ok(Self {
            law,
            modulus: network.top().modulus(),
            classes: network.top().classes(),
            neurons: network.top().neurons(),
            positive: positive_neurons.len(),
            biases: network.biases().to_vec(),
            positive_neurons,
        })
    }

    /// r/(2v max{C_p M², nM}): with a step below it, the norm of a neuron with v_{i,j} < 0 does not grow while it is above r.
    ///
    /// # Errors
    /// r not positive.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, Lemma 5.1, corrected: the printed bounds r/(C_p M²) and r/(2ηnM) lack factors v.
    pub fn shrinking_step(&self, r: f64) -> Result<f64, Error> {
        check_positive("r", r)?;
        let (_, outer) = self.law.radii();
        let largest = (self.law.slice() * outer * outer).max(self.classes as f64 * outer);
        Ok(r / (2.0 * self.modulus * largest))
    }

    /// Whether a step meets the two printed conditions η < r/(C_p M²) and η < r/(2ηnM) of Lemma 5.1.
    pub fn printed_step_allowed(&self, step: f64, r: f64) -> bool {
        let (_, outer) = self.law.radii();
        step < r / (self.law.slice() * outer * outer)
            && step * step < r / (2.0 * self.classes as f64 * outer)
    }

    /// The radius (1/(2v) + b_j)/m of the ball that the hull of the positive neurons has to contain in Prop 2, for the
    /// largest bias.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, Prop 2, corrected: the printed (1 + b_j)/m is too small for v < ½.
    pub fn minimizer_radius(&self) -> f64 {
        let bias = self.biases.iter().copied().fold(0.0, f64::max);
        (1.0 / (2.0 * self.modulus) + bias) / self.law.radii().0
    }

    /// A global minimum of l_i, k × d row by row: a regular simplex around the ball of [`ClassBounds::minimizer_radius`] for
    /// the first d + 1 positive neurons, and 0 for the others.
    ///
    /// # Errors
    /// Fewer than d + 1 positive neurons.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, Prop 2.
    pub fn global_minimum(&self) -> Result<Vec<f64>, Error> {
        let d = self.law.dimension();
        if self.positive <= d {
            return Err(Error::Count {
                name: "positive neurons",
                value: self.positive,
                requirement: "a hull around 0 needs d + 1 of them",
            });
        }
        let mut weights = vec![0.0; self.neurons * d];
        // The inscribed ball of a regular simplex has 1/d of the circumscribed radius; one part in 10⁹ for rounding.
        let radius = self.minimizer_radius() * d as f64 * (1.0 + 1e-9);
        for (vertex, &j) in simplex(d).iter().zip(&self.positive_neurons) {
            for (c, x) in vertex.iter().enumerate() {
                weights[j * d + c] = radius * x;
            }
        }
        Ok(weights)
    }

    /// A Lipschitz constant L of ∇l_i in the norm |W| = Σ‖w_j‖:
    ///
    /// L = 2v(n − 1)(8kv p |S^{d−1}| M^{d+2}/(1 − 2vΣb) + 2C_p M³/min b).
    ///
    /// The first term bounds the change of the sets {f_i < f_r + 1}: on a ray the margin φ has rφ′ ≥ φ − 2vΣb, so near
    /// φ = 1 it is steep. The second bounds the change of the gates, which lie outside ‖x‖ ≥ m for ‖w_j‖ < b_j/M.
    /// In the Frobenius norm the constant is √k L.
    ///
    /// # Errors
    /// A bias of 0, or 2vΣb ≥ 1.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, Lemma 4.2, corrected: the printed Σb < 1 is not enough for v > ½.
    pub fn gradient_lipschitz(&self) -> Result<f64, Error> {
        check_length("biases", self.biases.len(), self.neurons, "one a neuron")?;
        let sum: f64 = self.biases.iter().sum();
        let scaled = 2.0 * self.modulus * sum;
        let least = self.biases.iter().copied().fold(f64::INFINITY, f64::min);
        if least <= 0.0 || scaled >= 1.0 {
            return Err(Error::Biases {
                sum,
                scaled,
                requirement: "every bias must be positive and 2vΣb below 1",
            });
        }
        let (_, outer) = self.law.radii();
        let d = self.law.dimension();
        // p |S^{d−1}| Mᵈ = d/(1 − (m/M)ᵈ).
        let full = d as f64 / self.law.filled(d);
        let sets = 8.0 * self.neurons as f64 * self.modulus * full * outer.powi(2) / (1.0 - scaled);
        let gates = 2.0 * self.law.slice() * outer.powi(3) / least;
        Ok(2.0 * self.modulus * (self.classes as f64 - 1.0) * (sets + gates))
    }

    /// η₀ = 2/(√k L): below it every step of gradient descent on l_i decreases the loss.
    ///
    /// # Errors
    /// As [`ClassBounds::gradient_lipschitz`].
    ///
    /// # Source
    /// Long, Yin & Xin 2021, Theorem 3.1, corrected: the proof's η < L/2 must be η < 2/L, L in the Frobenius norm.
    pub fn descent_step(&self) -> Result<f64, Error> {
        Ok(2.0 / ((self.neurons as f64).sqrt() * self.gradient_lipschitz()?))
    }
}

/// The d + 1 unit vertices of a regular simplex around 0 in ℝᵈ.
fn simplex(d: usize) -> Vec<Vec<f64>> {
    let mut vertices = vec![vec![0.0; d]; d + 1];
    for c in 0..d {
        let used: f64 = vertices[c][..c].iter().map(|x| x * x).sum();
        let height = (1.0 - used).sqrt();
        vertices[c][c] = height;
        for later in c + 1..=d {
            let so_far: f64 = (0..c).map(|i| vertices[c][i] * vertices[later][i]).sum();
            vertices[later][c] = (-1.0 / d as f64 - so_far) / height;
        }
    }
    vertices
}
