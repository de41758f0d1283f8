//! The network: a fixed top layer over ReLU neurons.

mod top_layer;
pub(crate) mod wide;

pub use top_layer::TopLayer;

use crate::error::{Error, check, check_finite, check_length, check_rows};

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
    /// `weights` is not k·d long, row by row, for the d of `x`; an entry that is not finite.
    pub fn activations(&self, weights: &[f64], x: &[f64]) -> Result<Vec<f64>, Error> {
        self.check_inputs(weights, x)?;
        Ok((0..self.top.neurons())
            .map(|j| self.activation(weights, x, j))
            .collect())
    }

    fn check_inputs(&self, weights: &[f64], x: &[f64]) -> Result<(), Error> {
        check_length(
            "weights",
            weights.len(),
            self.top.neurons() * x.len(),
            "k times d, row by row",
        )?;
        check_finite("x", x)?;
        check_rows(weights, x.len())
    }

    pub(crate) fn activation(&self, weights: &[f64], x: &[f64], neuron: usize) -> f64 {
        let row = &weights[neuron * x.len()..(neuron + 1) * x.len()];
        let h = row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() - self.biases[neuron];
        if h.is_finite() {
            h
        } else {
            self.wide_activation(weights, x, neuron)
        }
    }

    /// f_i − f_r = Σ_j (v_{i,j} − v_{r,j}) σ(h_j) from the activations h.
    ///
    /// A neuron that votes for neither class has no part in it, however large it is.
    pub(crate) fn margin(
        &self,
        h: &[f64],
        (weights, x): (&[f64], &[f64]),
        class: usize,
        other: usize,
    ) -> f64 {
        let twice = 2.0 * self.top.modulus();
        let margin = h
            .iter()
            .enumerate()
            .map(|(j, h)| self.top.sign(class, other, j) * twice * h.max(0.0))
            .filter(|term| *term != 0.0)
            .sum::<f64>();
        if margin.is_finite() {
            margin
        } else {
            self.wide_margin(weights, x, class, other)
        }
    }

    /// (f₁, …, f_n).
    ///
    /// Outputs share what every neuron adds to all of them; for differences of outputs use [`HingeNetwork::margins`].
    ///
    /// # Errors
    /// As [`HingeNetwork::activations`].
    pub fn outputs(&self, weights: &[f64], x: &[f64]) -> Result<Vec<f64>, Error> {
        let h = self.activations(weights, x)?;
        let v = self.top.matrix();
        let output = |i: usize| {
            let terms = h.iter().enumerate().map(|(j, &h)| v[(i, j)] * h.max(0.0));
            let sum: f64 = terms.sum();
            if sum.is_finite() {
                sum
            } else {
                self.wide_output(weights, x, i)
            }
        };
        Ok((0..self.top.classes()).map(output).collect())
    }

    /// f_y − f_r for every class r, 0 for r = y: sums of differences of votes, so that digits which the outputs share are
    /// not lost.
    ///
    /// # Examples
    /// ```
    /// use hinge_classifier::{HingeNetwork, TopLayer};
    /// // The third neuron votes for nobody: every output contains −½·10¹⁷.
    /// let top = TopLayer::from_rows(&[&[0.5, -0.5, -0.5], &[-0.5, 0.5, -0.5]])?;
    /// let margins = HingeNetwork::new(top).margins(&[0.1, 0.2, 1e17], &[1.0], 0)?;
    /// assert_eq!(margins, [0.0, -0.1]);
    /// # Ok::<(), hinge_classifier::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`HingeNetwork::activations`], or a label that is no class.
    pub fn margins(&self, weights: &[f64], x: &[f64], label: usize) -> Result<Vec<f64>, Error> {
        check_label(label, self.top.classes())?;
        let h = self.activations(weights, x)?;
        Ok((0..self.top.classes())
            .map(|other| self.margin(&h, (weights, x), label, other))
            .collect())
    }

    /// The class with the greatest output; `None` if two classes share it, as where no neuron is active.
    ///
    /// # Errors
    /// As [`HingeNetwork::activations`].
    pub fn predict(&self, weights: &[f64], x: &[f64]) -> Result<Option<usize>, Error> {
        let h = self.activations(weights, x)?;
        let margin = |class, other| self.margin(&h, (weights, x), class, other);
        let classes = self.top.classes();
        // A class that beats every other one takes the lead at its turn and keeps it.
        let best = (1..classes).fold(0, |best, class| {
            if margin(class, best) > 0.0 {
                class
            } else {
                best
            }
        });
        let unique = (0..classes).all(|other| other == best || margin(best, other) > 0.0);
        Ok(unique.then_some(best))
    }

    /// Σ_{i ≠ y} max{0, 1 − f_y + f_i}.
    ///
    /// # Errors
    /// As [`HingeNetwork::activations`], or a label that is no class.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, Eq 2.
    pub fn sample_loss(&self, weights: &[f64], x: &[f64], label: usize) -> Result<f64, Error> {
        let margins = self.margins(weights, x, label)?;
        let others = margins.iter().enumerate().filter(|(i, _)| *i != label);
        Ok(others.map(|(_, margin)| (1.0 - margin).max(0.0)).sum())
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
