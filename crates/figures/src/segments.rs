//! Two straight lines that meet: where a curve changes its pace.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use crate::statistics::quantiles;

/// The fewest points of a fit, and the fewest left and right of its break.
const FEWEST: usize = 8;
const MARGIN: usize = 3;

/// y = level + slow·(x − at) before the break, level + fast·(x − at) after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoSegments {
    /// The abscissa of the break, one of those of the points.
    pub at: f64,
    /// The ordinate there.
    pub level: f64,
    /// The slope before it.
    pub slow: f64,
    /// The slope after it.
    pub fast: f64,
    /// The sum of the squared residuals.
    pub rest: f64,
}

impl TwoSegments {
    /// The least-squares fit to points in ascending order; `None` with fewer than eight of them.
    ///
    /// For each possible break τ the model is linear in 1, x and (x − τ)₊; sums from the right give every τ its residual in
    /// constant time.
    pub fn fit(points: &[(f64, f64)]) -> Option<Self> {
        let count = points.len();
        if count < FEWEST {
            return None;
        }
        let n = count as f64;
        let mean_x = points.iter().map(|p| p.0).sum::<f64>() / n;
        let mean_y = points.iter().map(|p| p.1).sum::<f64>() / n;
        let centred: Vec<(f64, f64)> = points
            .iter()
            .map(|p| (p.0 - mean_x, p.1 - mean_y))
            .collect();
        let sum = |term: fn(&(f64, f64)) -> f64| centred.iter().map(term).sum::<f64>();
        let (xx, xy, yy) = (sum(|p| p.0 * p.0), sum(|p| p.0 * p.1), sum(|p| p.1 * p.1));
        let mut right = [0.0_f64; 5];
        let mut best: Option<Self> = None;
        for place in (0..count).rev() {
            let (tau, y) = centred[place];
            if place >= MARGIN && place + MARGIN < count {
                // Sums of h, hh, hx, hy for h = (x − τ)₊ over the points right of τ.
                let [ones, x, ys, x_x, x_y] = right;
                let h = x - tau * ones;
                let hh = x_x - tau * (2.0 * x - tau * ones) - h * h / n;
                let (hx, hy) = (x_x - tau * x, x_y - tau * ys);
                let determinant = xx * hh - hx * hx;
                let slow = (xy * hh - hy * hx) / determinant;
                let bend = (hy * xx - xy * hx) / determinant;
                let rest = yy - slow * xy - bend * hy;
                if rest.is_finite() && best.is_none_or(|best| rest < best.rest) {
                    best = Some(Self {
                        at: points[place].0,
                        level: mean_y + slow * tau - bend * h / n,
                        slow,
                        fast: slow + bend,
                        rest: rest.max(0.0),
                    });
                }
            }
            for (sum, term) in right.iter_mut().zip([1.0, tau, y, tau * tau, tau * y]) {
                *sum += term;
            }
        }
        best
    }

    /// The fitted value at `x`.
    pub fn value(&self, x: f64) -> f64 {
        let slope = if x < self.at { self.slow } else { self.fast };
        self.level + slope * (x - self.at)
    }

    /// An interval for the break at confidence `level` by the moving-block bootstrap: blocks of `block` neighbouring residuals
    /// are drawn `repeats` times, so their dependence up to that length counts.
    pub fn interval(
        &self,
        points: &[(f64, f64)],
        block: usize,
        repeats: usize,
        level: f64,
        random: &mut ChaCha8Rng,
    ) -> (f64, f64) {
        let block = block.clamp(1, points.len().max(1));
        let residuals: Vec<f64> = points.iter().map(|p| p.1 - self.value(p.0)).collect();
        let mut breaks = Vec::with_capacity(repeats);
        let mut drawn = Vec::with_capacity(points.len());
        for _ in 0..repeats {
            drawn.clear();
            while drawn.len() < points.len() {
                let from = random.random_range(0..=points.len() - block);
                drawn.extend_from_slice(&residuals[from..from + block]);
            }
            let again: Vec<(f64, f64)> = points
                .iter()
                .zip(&drawn)
                .map(|(point, residual)| (point.0, self.value(point.0) + residual))
                .collect();
            breaks.extend(Self::fit(&again).map(|fit| fit.at));
        }
        let [low, high] = quantiles(&breaks, [(1.0 - level) / 2.0, f64::midpoint(1.0, level)]);
        (low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng as _;
    use rand_distr::{Distribution as _, StandardNormal};

    /// A curve with a break at 300 of 500 points, with noise of the given size and correlation.
    fn curve(noise: f64, memory: f64, random: &mut ChaCha8Rng) -> Vec<(f64, f64)> {
        let mut state = 0.0;
        (0..500)
            .map(|t| {
                let x = f64::from(t);
                let draw: f64 = StandardNormal.sample(random);
                state = memory * state + noise * draw;
                let fall = if x < 300.0 {
                    0.001 * x
                } else {
                    0.3 + 0.006 * (x - 300.0)
                };
                (x, 2.3 - fall + state)
            })
            .collect()
    }

    #[test]
    fn a_clean_break_is_found_exactly() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let points = curve(0.0, 0.0, &mut random);
        let fit = TwoSegments::fit(&points).expect("enough points");
        assert_eq!(fit.at, 300.0);
        assert!((fit.slow + 0.001).abs() < 1e-12 && (fit.fast + 0.006).abs() < 1e-12);
        assert!((fit.level - 2.0).abs() < 1e-12 && fit.rest < 1e-20);
        assert!((fit.value(0.0) - 2.3).abs() < 1e-11 && (fit.value(400.0) - 1.4).abs() < 1e-11);
        assert!(TwoSegments::fit(&points[..7]).is_none());
    }

    /// The residual sums of the fast formula are those of the definition.
    #[test]
    fn the_residual_is_the_sum_of_squares() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let points = curve(0.05, 0.0, &mut random);
        let fit = TwoSegments::fit(&points).expect("enough points");
        let sum: f64 = points.iter().map(|p| (p.1 - fit.value(p.0)).powi(2)).sum();
        assert!((fit.rest - sum).abs() < 1e-10 * sum, "{} {sum}", fit.rest);
        // No other break or slopes nearby are better.
        for (at, slow, fast) in [(5.0, 0.0, 0.0), (0.0, 1e-5, 0.0), (0.0, 0.0, -1e-5)] {
            let other = TwoSegments {
                at: fit.at + at,
                slow: fit.slow + slow,
                fast: fit.fast + fast,
                ..fit
            };
            let worse: f64 = points
                .iter()
                .map(|p| (p.1 - other.value(p.0)).powi(2))
                .sum();
            assert!(worse > sum);
        }
    }

    /// Intervals of 90 % from 100 curves whose noise has a memory of several points: the number that cover is
    /// binomial(100, 0.9) if they are right, below 78 with probability 2e-4.
    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let (mut covered, mut alone) = (0, 0);
        for _ in 0..100 {
            let points = curve(0.02, 0.7, &mut random);
            let fit = TwoSegments::fit(&points).expect("enough points");
            let mut covers = |block| {
                let (low, high) = fit.interval(&points, block, 200, 0.9, &mut random);
                usize::from((low..=high).contains(&300.0))
            };
            covered += covers(25);
            alone += covers(1);
        }
        assert!(covered >= 78, "{covered}");
        // Residuals drawn one by one forget the memory, and promise too much.
        assert!(alone + 15 < covered, "{alone} {covered}");
    }
}
