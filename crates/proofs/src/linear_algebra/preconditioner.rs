use faer::{Mat, MatRef};

use super::ball_matrix::largest;
use super::inertia::product;
use super::{BallMatrix, upward};

/// An approximate inverse R of a matrix, for a contraction bound of I − RJ.
#[derive(Debug, Clone)]
pub(crate) struct Preconditioner {
    inverse: Mat<f64>,
}

impl Preconditioner {
    /// `None` if the approximate inverse is not finite.
    pub(crate) fn new(matrix: MatRef<'_, f64>) -> Option<Self> {
        if matrix.nrows() == 0 || !matrix.is_all_finite() {
            return None;
        }
        let inverse = dense::Lu::new(matrix).ok()?.inverse();
        inverse.as_ref().is_all_finite().then_some(Self { inverse })
    }

    /// R f, rounded.
    pub(crate) fn apply(&self, f: &[f64]) -> Vec<f64> {
        let row = |i: usize| {
            f.iter()
                .enumerate()
                .map(|(j, x)| self.inverse[(i, j)] * x)
                .sum()
        };
        (0..f.len()).map(row).collect()
    }

    /// Upper bounds of |R f| for every f within `radius` of `midpoint`, componentwise.
    pub(crate) fn image(&self, midpoint: &[f64], radius: &[f64]) -> Vec<f64> {
        let n = midpoint.len();
        let error = upward::gamma(n + 1);
        (0..n)
            .map(|i| {
                let row = (0..n).map(|j| self.inverse[(i, j)]);
                let value: f64 = row.clone().zip(midpoint).map(|(r, f)| r * f).sum();
                let spread = row.zip(midpoint.iter().zip(radius)).map(|(r, (f, rad))| {
                    upward::multiply(r.abs(), upward::add(*rad, upward::multiply(error, f.abs())))
                });
                upward::add(
                    value.abs(),
                    upward::add(upward::sum(spread), upward::underflow(n)),
                )
            })
            .collect()
    }

    /// An upper bound of ‖I − RJ‖_∞ over all J in the ball.
    ///
    /// Row by row |I − fl(RJ)|1 + |R|(γ_n|J|1 + radius·1), all sums upwards.
    pub(crate) fn contraction(&self, jacobian: &BallMatrix) -> f64 {
        let n = self.inverse.nrows();
        let error = upward::gamma(n);
        let uncertain: Vec<f64> = (0..n)
            .map(|i| {
                upward::sum((0..n).map(|j| {
                    upward::add(
                        upward::multiply(error, jacobian.midpoint()[(i, j)].abs()),
                        jacobian.radius()[(i, j)],
                    )
                }))
            })
            .collect();
        let near_identity = product(self.inverse.as_ref(), jacobian.midpoint());
        let row = |i: usize| {
            let defect = (0..n).map(|j| {
                let target = f64::from(u8::from(i == j));
                (near_identity[(i, j)] - target).abs().next_up()
            });
            let spread = (0..n).map(|j| upward::multiply(self.inverse[(i, j)].abs(), uncertain[j]));
            // Underflow of n products in each of n entries of the row.
            upward::add(
                upward::add(upward::sum(defect), upward::sum(spread)),
                upward::multiply(n as f64, upward::underflow(n)),
            )
        };
        (0..n).map(row).fold(0.0, largest)
    }
}
