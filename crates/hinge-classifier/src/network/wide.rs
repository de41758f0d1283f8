//! Activations and margins beyond the range of doubles: a double times a power of two.

use numeric::{exponent, times_power_of_two};

use super::HingeNetwork;

/// x·2ᵏ for any k: 0 or ±∞ outside the range.
pub(crate) fn times_power(x: f64, k: i32) -> f64 {
    times_power_of_two(x, k.clamp(-2000, 2000))
}

/// x = `value`·2^`exponent`.
#[derive(Debug, Clone, Copy)]
struct Wide {
    value: f64,
    exponent: i32,
}

impl Wide {
    /// With a value in ±[1, 2), or 0.
    fn normal(value: f64, power: i32) -> Self {
        let own = exponent(value).unwrap_or(0);
        Self {
            value: times_power(value, -own),
            exponent: power + own,
        }
    }

    /// Σ x_i, formed in the scale of the largest.
    fn sum(terms: &[Self]) -> Self {
        let filled = terms.iter().filter(|term| term.value != 0.0);
        let Some(top) = filled.map(|term| term.exponent).max() else {
            return Self {
                value: 0.0,
                exponent: 0,
            };
        };
        let scaled = terms
            .iter()
            .map(|term| times_power(term.value, term.exponent.saturating_sub(top)));
        Self::normal(scaled.sum(), top)
    }

    fn times(self, other: f64) -> Self {
        let other = Self::normal(other, 0);
        Self::normal(self.value * other.value, self.exponent + other.exponent)
    }

    fn rounded(self) -> f64 {
        times_power(self.value, self.exponent)
    }
}

impl HingeNetwork {
    fn wide(&self, weights: &[f64], x: &[f64], neuron: usize) -> Wide {
        let row = &weights[neuron * x.len()..(neuron + 1) * x.len()];
        let products = row
            .iter()
            .zip(x)
            .map(|(&w, &x)| Wide::normal(w, 0).times(x));
        let bias = Wide::normal(-self.biases[neuron], 0);
        Wide::sum(&products.chain([bias]).collect::<Vec<_>>())
    }

    /// w_j·x − b_j, also where products overflow; ±∞ only where the value does.
    pub(crate) fn wide_activation(&self, weights: &[f64], x: &[f64], neuron: usize) -> f64 {
        self.wide(weights, x, neuron).rounded()
    }

    /// f_i = Σ_j v_{i,j} σ(w_j·x − b_j), also where terms overflow; ±∞ only where the value does.
    pub(super) fn wide_output(&self, weights: &[f64], x: &[f64], class: usize) -> f64 {
        let terms: Vec<Wide> = (0..self.top.neurons())
            .map(|j| (j, self.wide(weights, x, j)))
            .filter(|(_, h)| h.value > 0.0)
            .map(|(j, h)| Wide {
                value: self.top.vote_sign(class, j) * h.value,
                exponent: h.exponent,
            })
            .collect();
        Wide::sum(&terms).times(self.top.modulus()).rounded()
    }

    /// f_i − f_r = Σ_j (v_{i,j} − v_{r,j}) σ(w_j·x − b_j), also where terms overflow; ±∞ only where the value does.
    pub(crate) fn wide_margin(
        &self,
        weights: &[f64],
        x: &[f64],
        class: usize,
        other: usize,
    ) -> f64 {
        let terms: Vec<Wide> = (0..self.top.neurons())
            .filter_map(|j| {
                let sign = self.top.sign(class, other, j);
                let h = self.wide(weights, x, j);
                (sign != 0.0 && h.value > 0.0).then_some(Wide {
                    value: sign * h.value,
                    exponent: h.exponent,
                })
            })
            .collect();
        Wide::sum(&terms).times(2.0 * self.top.modulus()).rounded()
    }
}
