use crate::error::{Error, check, check_length};
use crate::top_layer::TopLayer;

/// A two-layer network f(W; x) = V σ(W x − b) with a fixed top layer; σ = max(·, 0), W is k × d with one neuron a row.
///
/// # Source
/// Long, Yin & Xin 2021, §2, Eq 1 (which leaves out the bias that the line above it has).
#[derive(Debug, Clone, PartialEq)]
pub struct HingeNetwork {
    top: TopLayer,
    biases: Vec<f64>,
}

impl HingeNetwork {
    /// A network without biases.
    pub fn new(top: TopLayer) -> Self {
        let biases = vec![0.0; top.neurons()];
        Self { top, biases }
    }

    /// The simplified network (7): f̃ = Σ_{j ≤ k} σ(w_j·x) − Σ_{j > k} σ(w_j·x), as f₁ − f₂ of v = ½ and n = 2.
    ///
    /// # Errors
    /// A count of zero.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, Eq 7.
    pub fn simplified(positive: usize, negative: usize) -> Result<Self, Error> {
        Ok(Self::new(TopLayer::grouped(&[positive, negative], 0.5)?))
    }

    /// The same network with biases b_j ≥ 0, one a neuron.
    ///
    /// # Errors
    /// Another length than k, or a bias that is negative or not finite.
    pub fn with_biases(mut self, biases: &[f64]) -> Result<Self, Error> {
        check_length(
            "biases",
            biases.len(),
            self.top.neurons(),
            "one bias a neuron",
        )?;
        for &bias in biases {
            check(
                "bias",
                bias,
                bias >= 0.0 && bias.is_finite(),
                "a bias must be finite and not negative",
            )?;
        }
        self.biases = biases.to_vec();
        Ok(self)
    }

    /// V.
    pub fn top(&self) -> &TopLayer {
        &self.top
    }

    /// b, one a neuron.
    pub fn biases(&self) -> &[f64] {
        &self.biases
    }

    /// Whether all biases are 0, and f(W; r x) = r f(W; x) for r ≥ 0.
    pub fn is_homogeneous(&self) -> bool {
        self.biases.iter().all(|&b| b == 0.0)
    }

    /// h_j = w_j·x − b_j of every neuron.
    ///
    /// # Errors
    /// `weights` is not k·d long, row by row, for the d of `x`.
    pub fn activations(&self, weights: &[f64], x: &[f64]) -> Result<Vec<f64>, Error> {
        check_length(
            "weights",
            weights.len(),
            self.top.neurons() * x.len(),
            "k times d, row by row",
        )?;
        Ok((0..self.top.neurons())
            .map(|j| self.activation(weights, x, j))
            .collect())
    }

    pub(crate) fn activation(&self, weights: &[f64], x: &[f64], neuron: usize) -> f64 {
        let row = &weights[neuron * x.len()..(neuron + 1) * x.len()];
        row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() - self.biases[neuron]
    }

    /// (f₁, …, f_n).
    ///
    /// # Errors
    /// As [`HingeNetwork::activations`].
    pub fn outputs(&self, weights: &[f64], x: &[f64]) -> Result<Vec<f64>, Error> {
        let h = self.activations(weights, x)?;
        let v = self.top.matrix();
        Ok((0..self.top.classes())
            .map(|i| {
                h.iter()
                    .enumerate()
                    .map(|(j, &h)| v[(i, j)] * h.max(0.0))
                    .sum()
            })
            .collect())
    }

    /// The class with the greatest output; `None` if two classes share it, as where no neuron is active.
    ///
    /// # Errors
    /// As [`HingeNetwork::activations`].
    pub fn predict(&self, weights: &[f64], x: &[f64]) -> Result<Option<usize>, Error> {
        let f = self.outputs(weights, x)?;
        let greatest = f.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut best = (0..f.len()).filter(|&i| f[i] == greatest);
        let first = best.next();
        Ok(if best.next().is_none() { first } else { None })
    }

    /// Σ_{i ≠ y} max{0, 1 − f_y + f_i}.
    ///
    /// # Errors
    /// As [`HingeNetwork::activations`], or a label that is no class.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, Eq 2.
    pub fn sample_loss(&self, weights: &[f64], x: &[f64], label: usize) -> Result<f64, Error> {
        check_label(label, self.top.classes())?;
        let f = self.outputs(weights, x)?;
        Ok((0..f.len())
            .filter(|&i| i != label)
            .map(|i| (1.0 - f[label] + f[i]).max(0.0))
            .sum())
    }
}

pub(crate) fn check_label(label: usize, classes: usize) -> Result<(), Error> {
    if label < classes {
        Ok(())
    } else {
        Err(Error::Count {
            name: "label",
            value: label,
            requirement: "labels are 0, …, n − 1 for n classes",
        })
    }
}
