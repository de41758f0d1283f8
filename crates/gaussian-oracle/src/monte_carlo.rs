//! Seeded Monte Carlo means with confidence intervals.
//!
//! The slowest oracle and the one that trusts least: it only needs the statistic itself. A check
//! states its confidence, so its false alarm rate is known, and a fixed seed makes it repeatable.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use statrs::function::erf::erfc_inv;

/// Samples accumulated before they are merged: bounds the growth of rounding.
const CHUNK: usize = 4096;

/// The mean of a vector-valued statistic, with the standard error of every component.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// Sample mean, one entry a component.
    pub mean: Vec<f64>,
    /// Standard error of the mean, one entry a component.
    pub standard_error: Vec<f64>,
    /// Number of samples.
    pub samples: usize,
}

impl Interval {
    /// Half widths of the two-sided normal intervals that cover every component at once with
    /// probability at least `confidence`.
    ///
    /// z · standard error, P(|Z| > z) = (1 − confidence)/components: Bonferroni's correction.
    ///
    /// # Panics
    /// Unless 0 < confidence < 1.
    pub fn half_width(&self, confidence: f64) -> Vec<f64> {
        let z = self.quantile(confidence);
        self.standard_error.iter().map(|s| z * s).collect()
    }

    /// Whether every component of `expected` lies in its interval; see [`Interval::half_width`].
    ///
    /// A NaN anywhere is not covered.
    ///
    /// # Panics
    /// As [`Interval::half_width`], and unless `expected` has one entry a component.
    pub fn covers(&self, expected: &[f64], confidence: f64) -> bool {
        assert_eq!(
            expected.len(),
            self.mean.len(),
            "one expected value a component"
        );
        let pairs = expected.iter().zip(&self.mean);
        pairs
            .zip(self.half_width(confidence))
            .all(|((expected, mean), half)| (expected - mean).abs() <= half)
    }

    /// The largest |expected − mean| / standard error, for messages; 0/0 counts as 0.
    ///
    /// # Panics
    /// Unless `expected` has one entry a component.
    pub fn worst_deviation(&self, expected: &[f64]) -> f64 {
        assert_eq!(
            expected.len(),
            self.mean.len(),
            "one expected value a component"
        );
        let pairs = expected.iter().zip(&self.mean);
        pairs
            .zip(&self.standard_error)
            .map(|((expected, mean), error)| {
                let off = (expected - mean).abs();
                if off == 0.0 { 0.0 } else { off / error }
            })
            .fold(
                0.0,
                |worst, z| if z > worst || z.is_nan() { z } else { worst },
            )
    }

    fn quantile(&self, confidence: f64) -> f64 {
        assert!(
            confidence > 0.0 && confidence < 1.0,
            "a confidence lies strictly between 0 and 1, not {confidence}"
        );
        // P(|Z| > z) = erfc(z/√2)
        std::f64::consts::SQRT_2 * erfc_inv((1.0 - confidence) / self.mean.len().max(1) as f64)
    }
}

/// Count, mean and sum of squared deviations, merged by Chan's formula.
struct Moments {
    count: f64,
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Moments {
    fn new(dimension: usize) -> Self {
        Self {
            count: 0.0,
            mean: vec![0.0; dimension],
            deviation: vec![0.0; dimension],
        }
    }

    fn push(&mut self, value: &[f64]) {
        self.count += 1.0;
        let slots = self.mean.iter_mut().zip(&mut self.deviation);
        for ((mean, deviation), value) in slots.zip(value) {
            let delta = value - *mean;
            *mean += delta / self.count;
            *deviation += delta * (value - *mean);
        }
    }

    fn merge(&mut self, other: &Self) {
        let count = self.count + other.count;
        for k in 0..self.mean.len() {
            let delta = other.mean[k] - self.mean[k];
            self.mean[k] += delta * (other.count / count);
            self.deviation[k] +=
                other.deviation[k] + delta * delta * (self.count * other.count / count);
        }
        self.count = count;
    }
}

/// The mean of `samples` draws of a statistic with `dimension` components.
///
/// `sample` writes one draw into its slice, which is zeroed before each call. The generator is
/// `ChaCha8` from `seed`, the accumulation sequential: equal arguments give equal bits.
///
/// # Examples
/// ```
/// use gaussian_oracle::monte_carlo::{mean, standard_normal};
/// let second_moment = mean(1, 20_000, 1, |rng, out| {
///     let mut x = [0.0];
///     standard_normal(rng, &mut x);
///     out[0] = x[0] * x[0];
/// });
/// assert!(second_moment.covers(&[1.0], 0.999));
/// ```
///
/// # Panics
/// With fewer than 2 samples.
pub fn mean(
    seed: u64,
    samples: usize,
    dimension: usize,
    mut sample: impl FnMut(&mut ChaCha8Rng, &mut [f64]),
) -> Interval {
    assert!(samples >= 2, "a standard error needs at least 2 samples");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = vec![0.0; dimension];
    let mut total = Moments::new(dimension);
    let mut left = samples;
    while left > 0 {
        let mut chunk = Moments::new(dimension);
        for _ in 0..left.min(CHUNK) {
            draw.fill(0.0);
            sample(&mut rng, &mut draw);
            chunk.push(&draw);
        }
        left -= left.min(CHUNK);
        total.merge(&chunk);
    }
    let scale = total.count * (total.count - 1.0);
    Interval {
        standard_error: total.deviation.iter().map(|s| (s / scale).sqrt()).collect(),
        mean: total.mean,
        samples,
    }
}

/// Fills `x` with independent N(0, 1).
pub fn standard_normal(rng: &mut ChaCha8Rng, x: &mut [f64]) {
    x.fill_with(|| StandardNormal.sample(rng));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaussian(rng: &mut ChaCha8Rng, out: &mut [f64]) {
        standard_normal(rng, out);
        out[1] = out[1] * out[1] + 5.0;
        out[2] = 7.0;
    }

    #[test]
    fn moments_of_a_gaussian() {
        let found = mean(3, 50_000, 3, gaussian);
        assert!(found.covers(&[0.0, 6.0, 7.0], 0.999), "{found:?}");
        assert!(!found.covers(&[0.0, 6.1, 7.0], 0.999));
        assert!(!found.covers(&[0.0, f64::NAN, 7.0], 0.999));
        assert_eq!(found.standard_error[2], 0.0);
        assert!((found.standard_error[0] * 50_000f64.sqrt() - 1.0).abs() < 0.02);
        assert!((found.standard_error[1] * 25_000f64.sqrt() - 1.0).abs() < 0.05);
        assert!(found.worst_deviation(&[0.0, 6.0, 7.0]) < 4.0);
        assert_eq!(found.worst_deviation(&found.mean), 0.0);
    }

    #[test]
    fn equal_seeds_give_equal_bits() {
        assert_eq!(mean(5, 10_000, 3, gaussian), mean(5, 10_000, 3, gaussian));
        assert_ne!(mean(5, 10_000, 3, gaussian), mean(6, 10_000, 3, gaussian));
    }

    #[test]
    fn normal_quantiles() {
        let one = |components: usize| Interval {
            mean: vec![0.0; components],
            standard_error: vec![1.0; components],
            samples: 2,
        };
        assert!((one(1).half_width(0.95)[0] - 1.959_963_984_540_054).abs() < 1e-9);
        // Bonferroni: 0.9 over two components asks each for 0.95.
        assert!((one(2).half_width(0.90)[1] - 1.959_963_984_540_054).abs() < 1e-9);
    }

    #[test]
    fn coverage_is_as_claimed() {
        let hits = (0..400)
            .filter(|&seed| mean(seed, 500, 2, standard_normal).covers(&[0.0, 0.0], 0.9))
            .count();
        // Binomial(400, ≥ 0.9): mean 361, standard deviation 6.
        assert!((340..=382).contains(&hits), "{hits}");
    }
}
