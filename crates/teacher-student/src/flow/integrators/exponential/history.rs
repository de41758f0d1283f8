//! Past points of a run, and the exponential Adams formulas on them.

use super::rule::{Rule, differences};
use super::split::{Reduced, Split};
use crate::flow::integrators::run::add;

/// A point of the trajectory, or the one that has been predicted.
pub(super) struct Point {
    pub(super) time: f64,
    pub(super) state: Vec<f64>,
    pub(super) rate: Vec<f64>,
    /// Coordinates of state and rate on the fast part.
    fast: [Reduced; 2],
}

impl Point {
    pub(super) fn new(time: f64, state: Vec<f64>, rate: Vec<f64>, split: Option<&Split>) -> Self {
        let mut point = Self {
            time,
            state,
            rate,
            fast: Default::default(),
        };
        point.reduce(split);
        point
    }

    /// Takes the coordinates on another fast part.
    pub(super) fn reduce(&mut self, split: Option<&Split>) {
        self.fast = split.map_or_else(Default::default, |split| {
            [split.reduce(&self.state), split.reduce(&self.rate)]
        });
    }
}

/// The formulas of one step from `origin`: with x' = −Ax + N, x(h) = x + ∫₀ʰ e^(−A(h−s)) (f + A(x_origin − x)(s)) ds where
/// the bracket is a polynomial through its values at `points`; the first node counts first.
pub(super) struct Formulas<'a> {
    split: Option<&'a Split>,
    origin: &'a Point,
    points: Vec<&'a Point>,
    length: f64,
    differences: Vec<Vec<f64>>,
    /// Moments without decay, then of the three curvatures.
    moments: Vec<Vec<f64>>,
}

impl<'a> Formulas<'a> {
    pub(super) fn new(
        rule: &Rule,
        split: Option<&'a Split>,
        origin: &'a Point,
        points: Vec<&'a Point>,
        length: f64,
    ) -> Self {
        let nodes: Vec<f64> = points
            .iter()
            .map(|point| (point.time - origin.time) / length)
            .collect();
        let mut moments = vec![rule.moments(0.0, &nodes)];
        if let Some(split) = split {
            for curvature in split.curvatures() {
                moments.push(rule.moments(curvature * length, &nodes));
            }
        }
        Self {
            split,
            origin,
            points,
            length,
            differences: differences(&nodes),
            moments,
        }
    }

    /// The change of state over the step by the polynomial through the first `order` points.
    pub(super) fn change(&self, order: usize) -> Vec<f64> {
        self.sum(0..order)
    }

    /// What the point after the first `order` changes.
    pub(super) fn correction(&self, order: usize) -> Vec<f64> {
        self.sum(order..order + 1)
    }

    fn sum(&self, terms: std::ops::Range<usize>) -> Vec<f64> {
        let count = terms.end;
        let weights: Vec<Vec<f64>> = self
            .moments
            .iter()
            .map(|moments| {
                let mut weights = vec![0.0; count];
                for i in terms.clone() {
                    for (weight, factor) in weights.iter_mut().zip(&self.differences[i]) {
                        *weight += self.length * moments[i] * factor;
                    }
                }
                weights
            })
            .collect();
        let mut change = vec![0.0; self.origin.state.len()];
        let plain: Vec<(f64, &[f64])> = weights[0]
            .iter()
            .zip(&self.points)
            .map(|(weight, point)| (*weight, point.rate.as_slice()))
            .collect();
        add(&mut change, &plain);
        if let Some(split) = self.split {
            // On the fast part the exponential formula takes the place of the plain one.
            let curvatures = split.curvatures();
            let at_origin = &self.origin.fast[0].0;
            let coordinates: Vec<f64> = (0..at_origin.len())
                .map(|c| {
                    let class = Split::class(c);
                    (0..count)
                        .map(|j| {
                            let [state, rate] = &self.points[j].fast;
                            let slow = rate.0[c] + curvatures[class] * (state.0[c] - at_origin[c]);
                            weights[class + 1][j] * slow - weights[0][j] * rate.0[c]
                        })
                        .sum()
                })
                .collect();
            split.lift(&coordinates, &mut change);
        }
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exact points of ẋ = (−x + 3y, −3x − y): the formula through p of them has local order p + 1.
    #[test]
    fn orders_of_convergence() {
        let point = |t: f64| {
            let (x, y) = ((-t).exp() * (3.0 * t).cos(), -(-t).exp() * (3.0 * t).sin());
            Point::new(t, vec![x, y], vec![-x + 3.0 * y, -3.0 * x - y], None)
        };
        let rule = Rule::new();
        for order in 1..=8 {
            let error = |h: f64| {
                let points: Vec<Point> = (0..=order).map(|j| point(h * (1.0 - j as f64))).collect();
                let at = |formulas: Formulas<'_>, count| {
                    let change = formulas.change(count);
                    let moved = points[1].state.iter().zip(change).map(|(x, c)| x + c);
                    let off = moved
                        .zip(&points[0].state)
                        .map(|(x, exact)| (x - exact).powi(2));
                    off.sum::<f64>().sqrt()
                };
                let predictor =
                    Formulas::new(&rule, None, &points[1], points[1..].iter().collect(), h);
                let corrector = Formulas::new(&rule, None, &points[1], points.iter().collect(), h);
                [at(predictor, order), at(corrector, order)]
            };
            let (coarse, fine) = (error(0.1), error(0.05));
            for i in 0..2 {
                let found = (coarse[i] / fine[i]).log2();
                assert!((found - (order + 1) as f64).abs() < 0.9, "{order}: {found}");
            }
        }
    }
}
