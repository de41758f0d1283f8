use faer::Mat;

use super::inertia::product;
use super::{BallMatrix, upward};

/// Whether the least eigenvalue of every symmetric matrix within the ball is proved to be greater than `bound`.
///
/// An approximate Cholesky factor L of H − (bound + s)I, s a small shift, leaves a residual E = H − (bound + s)I − LLᵀ that is bounded
/// by one verified product; LLᵀ ≥ 0 then gives λ_min(H) ≥ bound + s − ‖E‖₂ − ‖radius‖₂. Shares nothing with
/// [`SpectralEnclosure`](super::SpectralEnclosure) but the product.
///
/// # Examples
/// ```
/// use proofs::linear_algebra::{BallMatrix, least_eigenvalue_above};
/// let matrix = BallMatrix::exact(faer::mat![[2.0, 1.0], [1.0, 2.0]]); // eigenvalues 1 and 3
/// assert!(least_eigenvalue_above(&matrix, 0.999_999_999) && !least_eigenvalue_above(&matrix, 1.000_000_001));
/// ```
pub fn least_eigenvalue_above(matrix: &BallMatrix, bound: f64) -> bool {
    let n = matrix.midpoint().nrows();
    if !matrix.is_finite() || !bound.is_finite() || n != matrix.midpoint().ncols() {
        return false;
    }
    let lower = matrix.midpoint();
    let scale = matrix.symmetric_norm();
    let step = upward::multiply(
        upward::gamma(n + 2),
        upward::multiply(4.0 * n as f64, scale),
    );
    let step = upward::add(step, matrix.radius_norm());
    let target = bound + step;
    // The entries of the shifted matrix are rounded once: |fl(h − t) − (h − t)| ≤ u|h − t|.
    let shifted = Mat::from_fn(n, n, |i, j| {
        let entry = if i >= j { lower[(i, j)] } else { lower[(j, i)] };
        if i == j { entry - target } else { entry }
    });
    let rounding = (0..n).fold(0.0, |most: f64, i| {
        most.max(upward::multiply(f64::EPSILON, shifted[(i, i)].abs()))
    });
    let Ok(factor) = dense::Cholesky::new(shifted.as_ref()) else {
        return false;
    };
    let l = factor.lower();
    let norm = upward::frobenius(l);
    let mut residual = product(l, l.transpose());
    for j in 0..n {
        for i in 0..n {
            let difference = shifted[(i, j)] - residual[(i, j)];
            residual[(i, j)] = difference.abs().next_up();
        }
    }
    let error = [
        upward::frobenius(residual.as_ref()),
        upward::product_error([n, n, n], norm, norm),
        matrix.radius_norm(),
        rounding,
    ]
    .into_iter()
    .fold(0.0, upward::add);
    (target - error).next_down() > bound
}
