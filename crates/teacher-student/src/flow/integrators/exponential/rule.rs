//! Integrals of interpolating polynomials against a decaying exponential.

/// The Gauss–Legendre rule on [0, 1].
pub(super) struct Rule {
    nodes: Vec<(f64, f64)>,
}

/// Enough for e^(−DECAY·s) times a polynomial of degree 14, to rounding.
const POINTS: usize = 28;
/// e^−DECAY is below rounding.
const DECAY: f64 = 40.0;

impl Rule {
    pub(super) fn new() -> Self {
        let n = POINTS as f64;
        let nodes = (0..POINTS)
            .map(|i| {
                let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
                let mut slope = 1.0;
                for _ in 0..8 {
                    let (mut before, mut value) = (1.0, x);
                    for j in 2..=POINTS {
                        let j = j as f64;
                        let next = ((2.0 * j - 1.0) * x * value - (j - 1.0) * before) / j;
                        (before, value) = (value, next);
                    }
                    slope = n * (x * value - before) / (x * x - 1.0);
                    x -= value / slope;
                }
                (
                    f64::midpoint(1.0, x),
                    1.0 / ((1.0 - x) * (1.0 + x) * slope * slope),
                )
            })
            .collect();
        Self { nodes }
    }

    /// ∫₀¹ e^(−z(1−s)) π_i(s) ds for the Newton polynomials π_i(s) = ∏_{l<i}(s − s_l) of the nodes s_l; z ≥ 0.
    pub(super) fn moments(&self, z: f64, nodes: &[f64]) -> Vec<f64> {
        // The exponential is nothing before this.
        let length = (DECAY / z.max(DECAY)).min(1.0);
        let mut moments = vec![0.0; nodes.len()];
        for (point, weight) in &self.nodes {
            let back = length * (1.0 - point);
            let mut term = weight * length * (-z * back).exp();
            for (moment, node) in moments.iter_mut().zip(nodes) {
                *moment += term;
                term *= (1.0 - back) - node;
            }
        }
        moments
    }
}

/// 1/∏_{l≤i, l≠j}(s_j − s_l): the factor of the value at node j in the i-th divided difference, for j ≤ i.
pub(super) fn differences(nodes: &[f64]) -> Vec<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(nodes.len());
    for (i, last) in nodes.iter().enumerate() {
        let mut row: Vec<f64> = rows.last().cloned().unwrap_or_default();
        for (factor, node) in row.iter_mut().zip(nodes) {
            *factor /= node - last;
        }
        let own: f64 = nodes[..i].iter().map(|node| last - node).product();
        row.push(own.recip());
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_the_exponential_integrals() {
        let rule = Rule::new();
        let nodes = [0.0, -1.0, -2.5];
        for z in [0.0_f64, 1e-3, 0.5, 3.0, 39.0, 41.0, 1e4] {
            let found = rule.moments(z, &nodes);
            // By φ₁, φ₂ and φ₃ in closed form, or by series where that cancels.
            let phi = |k: u32| -> f64 {
                let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
                if z < 1.0 {
                    (0..30_u32)
                        .map(|j| (-z).powi(j.cast_signed()) / factorial(j + k))
                        .sum()
                } else {
                    (1..=k).fold((-z).exp(), |value, j| (1.0 / factorial(j - 1) - value) / z)
                }
            };
            let (one, first, second) = (phi(1), phi(2), 2.0 * phi(3));
            for (found, expected) in found.iter().zip([one, first, second + first]) {
                assert!(
                    (found - expected).abs() <= 1e-13 * expected,
                    "{z}: {found} {expected}"
                );
            }
        }
    }

    #[test]
    fn divided_differences_of_a_cube() {
        let nodes = [1.0, 0.0, -0.5, -2.0, -3.0];
        let rows = differences(&nodes);
        let of_cube = |i: usize| -> f64 {
            rows[i]
                .iter()
                .zip(nodes)
                .map(|(factor, s)| factor * s * s * s)
                .sum()
        };
        assert!((of_cube(3) - 1.0).abs() < 1e-14 && of_cube(4).abs() < 1e-14);
    }
}
