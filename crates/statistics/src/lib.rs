//! Means, shares, quantiles and slopes with their uncertainty: what sweeps and reports say about samples.

use statrs::function::beta::inv_beta_reg;

/// A mean with the half-width of its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
    /// The number of samples.
    pub samples: usize,
}

/// Standard errors on each side of a 99 % confidence interval.
pub const SIGMAS_99: f64 = 2.575_829_303_548_901;

impl Mean {
    /// The mean of independent values.
    pub fn of(values: &[f64]) -> Self {
        let samples = values.len();
        let count = samples as f64;
        let value = values.iter().sum::<f64>() / count;
        let spread: f64 = values.iter().map(|x| (x - value) * (x - value)).sum();
        let error = (spread / (count - 1.0).max(1.0) / count).sqrt();
        Self {
            value,
            error,
            samples,
        }
    }

    /// A share `hits / samples`, with its binomial standard error.
    pub fn share(hits: usize, samples: usize) -> Self {
        let value = hits as f64 / samples as f64;
        Self {
            value,
            error: (value * (1.0 - value) / samples as f64).sqrt(),
            samples,
        }
    }

    /// The half-width of the 99 % confidence interval.
    pub fn half_width_99(&self) -> f64 {
        SIGMAS_99 * self.error
    }

    /// How many standard errors the mean is away from `truth`.
    pub fn deviation(&self, truth: f64) -> f64 {
        if self.value == truth {
            0.0
        } else {
            (self.value - truth).abs() / self.error
        }
    }
}

/// Mean and spread of a stream of values (Welford).
#[derive(Debug, Clone, Copy, Default)]
pub struct Running {
    count: usize,
    mean: f64,
    spread: f64,
}

impl Running {
    /// Takes one value.
    pub fn push(&mut self, value: f64) {
        self.count += 1;
        let step = value - self.mean;
        self.mean += step / self.count as f64;
        self.spread += step * (value - self.mean);
    }

    /// The mean of the values taken.
    pub fn mean(&self) -> Mean {
        let count = self.count as f64;
        let error = (self.spread / (count - 1.0).max(1.0) / count).sqrt();
        Mean {
            value: self.mean,
            error,
            samples: self.count,
        }
    }
}

/// The Clopper–Pearson interval of a share of which `hits` of `samples` were seen: it covers the true share with at least
/// the probability `level`, whatever that share is.
///
/// Its ends are the quantiles (1 − level)/2 of Beta(hits, samples − hits + 1) and (1 + level)/2 of
/// Beta(hits + 1, samples − hits).
pub fn clopper_pearson(hits: usize, samples: usize, level: f64) -> (f64, f64) {
    let tail = (1.0 - level) / 2.0;
    let (seen, missed) = (hits as f64, samples.saturating_sub(hits) as f64);
    let low = if hits == 0 {
        0.0
    } else {
        inv_beta_reg(seen, missed + 1.0, tail)
    };
    // The upper end by the exchange of hits and misses: its tail is as small as that of the lower one.
    let high = if hits >= samples {
        1.0
    } else {
        1.0 - inv_beta_reg(missed, seen + 1.0, tail)
    };
    (low, high)
}

/// The quantiles `shares` of `values` by linear interpolation; NaN without values.
pub fn quantiles<const N: usize>(values: &[f64], shares: [f64; N]) -> [f64; N] {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    shares.map(|share| {
        let Some(last) = sorted.len().checked_sub(1) else {
            return f64::NAN;
        };
        let place = share * last as f64;
        // In [0, last]: the share is.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let below = (place.floor() as usize).min(last);
        let above = (below + 1).min(last);
        sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
    })
}

/// The least-squares line through points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// The slope.
    pub slope: f64,
    /// The value at 0.
    pub intercept: f64,
    /// The standard error of the slope.
    pub slope_error: f64,
}

/// Fits a line to `(x, y)`.
pub fn fit(points: &[(f64, f64)]) -> Line {
    let count = points.len() as f64;
    let mean_x = points.iter().map(|p| p.0).sum::<f64>() / count;
    let mean_y = points.iter().map(|p| p.1).sum::<f64>() / count;
    let spread: f64 = points.iter().map(|p| (p.0 - mean_x).powi(2)).sum();
    let joint: f64 = points.iter().map(|p| (p.0 - mean_x) * (p.1 - mean_y)).sum();
    let slope = joint / spread;
    let intercept = mean_y - slope * mean_x;
    let rest: f64 = points
        .iter()
        .map(|p| (p.1 - intercept - slope * p.0).powi(2))
        .sum();
    let slope_error = (rest / (count - 2.0).max(1.0) / spread).sqrt();
    Line {
        slope,
        intercept,
        slope_error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(
            quantiles(&[3.0, 1.0, 2.0], [0.0, 0.25, 0.5, 1.0]),
            [1.0, 1.5, 2.0, 3.0]
        );
    }

    /// Closed forms at the ends, and a printed value: 95 % for 5 of 20 is (0.086571, 0.491046).
    #[test]
    fn shares_have_exact_intervals() {
        let (low, high) = clopper_pearson(0, 100, 0.99);
        assert_eq!(low, 0.0);
        assert!(
            (high - (1.0 - 0.005_f64.powf(0.01))).abs() < 1e-12,
            "{high}"
        );
        let (low, high) = clopper_pearson(5, 20, 0.95);
        assert!((low - 0.086_571).abs() < 1e-6 && (high - 0.491_046).abs() < 1e-6);
        let (low, high) = clopper_pearson(20_000, 20_000, 0.99);
        assert_eq!(high, 1.0);
        assert!(
            (low - 0.005_f64.powf(1.0 / 20_000.0)).abs() < 1e-12,
            "{low}"
        );
    }

    #[test]
    fn a_line_is_found() {
        let line = fit(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]);
        assert_eq!((line.slope, line.intercept), (2.0, 1.0));
        assert!(line.slope_error < 1e-12);
    }
}
