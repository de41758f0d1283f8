//! What can be learnt of a symmetric matrix from its products with vectors.

use faer::Mat;
use numeric::{inner_product, norm};

/// A pivot this small against the matrix is the rounding of zero.
const SINGULAR: f64 = 16.0 * f64::EPSILON;

/// Solves A x = b for a symmetric, possibly singular or indefinite A given by its products, by the minimum-residual
/// method of Paige & Saunders (1975), from x = 0.
///
/// Stops when ‖b − Ax‖ ≤ `tolerance`·‖b‖, when the Krylov space is exhausted, or after `limit` products. For a singular A and
/// a consistent b the solution has no part in the kernel.
pub(crate) fn minres<E>(
    mut product: impl FnMut(&[f64]) -> Result<Vec<f64>, E>,
    b: &[f64],
    tolerance: f64,
    limit: usize,
) -> Result<Vec<f64>, E> {
    let n = b.len();
    let mut x = vec![0.0; n];
    let b_norm = norm(b);
    if b_norm == 0.0 {
        return Ok(x);
    }
    // Lanczos vectors v_k, v_{k−1} and the last two search directions.
    let mut v: Vec<f64> = b.iter().map(|t| t / b_norm).collect();
    let mut v_before = vec![0.0; n];
    let (mut direction, mut direction_before) = (vec![0.0; n], vec![0.0; n]);
    let mut beta = 0.0;
    let mut residual = b_norm;
    // The largest entry of the tridiagonal matrix so far.
    let mut size = 0.0_f64;
    // Two Givens rotations of the tridiagonal matrix.
    let (mut c, mut s, mut c_before, mut s_before) = (1.0, 0.0, 1.0, 0.0);
    for _ in 0..limit {
        let mut w = product(&v)?;
        let alpha = inner_product(&w, &v);
        for i in 0..n {
            w[i] -= alpha * v[i] + beta * v_before[i];
        }
        let beta_next = norm(&w);
        let epsilon = s_before * beta;
        let middle = c_before * beta;
        let delta = c * middle + s * alpha;
        let gamma_bar = -s * middle + c * alpha;
        let gamma = gamma_bar.hypot(beta_next);
        size = size.max(alpha.abs()).max(beta_next);
        // On the rest of the Krylov space the matrix is zero to rounding: what is left of b has no preimage.
        if gamma <= SINGULAR * size {
            break;
        }
        let (c_next, s_next) = (gamma_bar / gamma, beta_next / gamma);
        let step = c_next * residual;
        for i in 0..n {
            let next = (v[i] - delta * direction[i] - epsilon * direction_before[i]) / gamma;
            direction_before[i] = direction[i];
            direction[i] = next;
            x[i] += step * next;
        }
        residual *= -s_next;
        (c_before, s_before, c, s) = (c, s, c_next, s_next);
        if residual.abs() <= tolerance * b_norm || beta_next <= f64::EPSILON * gamma {
            break;
        }
        for i in 0..n {
            v_before[i] = v[i];
            v[i] = w[i] / beta_next;
        }
        beta = beta_next;
    }
    Ok(x)
}

/// The least Ritz value of a symmetric matrix on the Krylov space of `start`, by the Lanczos method with full
/// reorthogonalisation: an upper bound of its least eigenvalue, and that eigenvalue if the space is exhausted.
pub(crate) fn lanczos_least<E>(
    mut product: impl FnMut(&[f64]) -> Result<Vec<f64>, E>,
    start: Vec<f64>,
    steps: usize,
) -> Result<f64, E> {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(steps);
    let (mut diagonal, mut off_diagonal) = (Vec::new(), Vec::new());
    let mut next = start;
    for _ in 0..steps {
        let length = norm(&next);
        if let (Some(_), Some(&scale)) = (basis.last(), diagonal.first()) {
            if length <= 1e-12 * f64::abs(scale) {
                break;
            }
            off_diagonal.push(length);
        }
        let v: Vec<f64> = next.iter().map(|t| t / length).collect();
        next = product(&v)?;
        diagonal.push(inner_product(&next, &v));
        basis.push(v);
        for _ in 0..2 {
            for u in &basis {
                let part = inner_product(&next, u);
                for (t, u) in next.iter_mut().zip(u) {
                    *t -= part * u;
                }
            }
        }
    }
    let n = diagonal.len();
    let tridiagonal = Mat::from_fn(n, n, |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => off_diagonal[i.min(j)],
        _ => 0.0,
    });
    // The solver fails on non-finite input only, for which NaN is the answer.
    Ok(dense::eigenvalues(tridiagonal.as_ref())
        .ok()
        .and_then(|values| values.first().copied())
        .unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn solve(matrix: &[[f64; 3]; 3], b: [f64; 3]) -> Vec<f64> {
        let product = |v: &[f64]| -> Result<Vec<f64>, Infallible> {
            Ok(matrix.iter().map(|row| inner_product(row, v)).collect())
        };
        let Ok(x) = minres(product, &b, 1e-14, 10);
        x
    }

    #[test]
    fn indefinite_systems_are_solved() {
        let matrix = [[2.0, 1.0, 0.0], [1.0, -3.0, 0.5], [0.0, 0.5, 1.0]];
        let x = solve(&matrix, [1.0, 2.0, 3.0]);
        for (row, b) in matrix.iter().zip([1.0, 2.0, 3.0]) {
            assert!((inner_product(row, &x) - b).abs() < 1e-12);
        }
    }

    #[test]
    fn the_least_eigenvalue_is_found() {
        let matrix: [[f64; 3]; 3] = [[2.0, -1.0, -1.0], [-1.0, 2.0, -1.0], [-1.0, -1.0, 2.0]];
        // Eigenvalues 0, 3, 3.
        let product = |v: &[f64]| -> Result<Vec<f64>, Infallible> {
            Ok(matrix.iter().map(|row| inner_product(row, v)).collect())
        };
        let Ok(least) = lanczos_least(product, vec![1.0, 0.2, -0.4], 3);
        assert!(least.abs() < 1e-12, "{least}");
    }

    /// Where b is not in the range, the solution is that of the part of b that is, in every unit of the matrix.
    #[test]
    fn inconsistent_systems_are_solved_as_far_as_they_can() {
        for unit in [1e-200, 1e-8, 1.0, 1e8, 1e200] {
            // Kernel (1, 1, 1); b has the part (2, 2, 2) in it.
            let matrix = [[2.0, -1.0, -1.0], [-1.0, 2.0, -1.0], [-1.0, -1.0, 2.0]]
                .map(|row: [f64; 3]| row.map(|a| unit * a));
            let x = solve(&matrix, [3.0, 0.0, 3.0]);
            // A x = (1, −2, 1) has the solution (1/3, −2/3, 1/3)/unit plus kernel.
            let image: Vec<f64> = matrix.iter().map(|row| inner_product(row, &x)).collect();
            for (found, right) in image.iter().zip([1.0, -2.0, 1.0]) {
                assert!((found - right).abs() < 1e-12, "{unit:e}: {image:?}");
            }
        }
        assert_eq!(solve(&[[0.0; 3]; 3], [1.0, 2.0, 3.0]), [0.0; 3]);
    }

    #[test]
    fn the_kernel_of_a_singular_matrix_is_left_alone() {
        // Kernel (1, 1, 1); the right-hand side has no part in it.
        let matrix = [[2.0, -1.0, -1.0], [-1.0, 2.0, -1.0], [-1.0, -1.0, 2.0]];
        let x = solve(&matrix, [1.0, -2.0, 1.0]);
        assert!(x.iter().sum::<f64>().abs() < 1e-13 && (x[1] + 2.0 / 3.0).abs() < 1e-13);
    }
}
