use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

/// A·B.
///
/// # Examples
/// ```
/// let a = faer::mat![[1.0, 2.0]];
/// assert_eq!(dense::product(a.as_ref(), a.transpose())[(0, 0)], 5.0);
/// ```
///
/// # Panics
/// Inner dimensions that differ.
pub fn product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let mut result = Mat::zeros(a.nrows(), b.ncols());
    matmul(result.as_mut(), Accum::Replace, a, b, 1.0, Par::Seq);
    result
}
