//! Activations and margins beyond the range of doubles: a double times a power of two.

use super::HingeNetwork;

/// ⌊log₂|x|⌋ of a finite x ≠ 0.
pub(crate) fn exponent(x: f64) -> i32 {
    let field = |x: f64| i32::try_from((x.to_bits() >> 52) & 0x7ff).unwrap_or(0);
    match field(x) {
        // Subnormal: 2⁵⁴ brings it into the normal range.
        0 => field(x * 18_014_398_509_481_984.0) - 1023 - 54,
        normal => normal - 1023,
    }
}

/// x·2ᵏ, rounded at most twice; 0 or ±∞ outside the range.
pub(crate) fn times_power_of_two(x: f64, k: i32) -> f64 {
    let power = |k: i32| f64::from_bits(u64::try_from(k + 1023).unwrap_or(1023) << 52);
    let (mut x, mut k) = (x, k.clamp(-4000, 4000));
    while k < -1000 {
        x *= power(-1000);
        k += 1000;
    }
    while k > 1000 {
        x *= power(1000);
        k -= 1000;
    }
    x * power(k)
}

/// ‖x‖ of finite entries, whose squares may overflow or vanish; ∞ only where the norm does.
pub(crate) fn norm(vector: &[f64]) -> f64 {
    let largest = vector.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    let scale = exponent(largest);
    let squares = vector
        .iter()
        .map(|&x| times_power_of_two(x, -scale).powi(2));
    times_power_of_two(squares.sum::<f64>().sqrt(), scale)
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
        if value == 0.0 {
            return Self {
                value,
                exponent: power,
            };
        }
        let own = exponent(value);
        Self {
            value: times_power_of_two(value, -own),
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
            .map(|term| times_power_of_two(term.value, term.exponent.saturating_sub(top)));
        Self::normal(scaled.sum(), top)
    }

    fn times(self, other: f64) -> Self {
        let other = Self::normal(other, 0);
        Self::normal(self.value * other.value, self.exponent + other.exponent)
    }

    fn rounded(self) -> f64 {
        times_power_of_two(self.value, self.exponent)
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
