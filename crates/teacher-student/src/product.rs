use faer::{Accum, Mat, MatRef, Par, linalg::matmul::matmul};

/// A·B on one thread: the same bits whatever the number of cores, which are better spent on whole runs.
pub(crate) fn product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let mut result = Mat::zeros(a.nrows(), b.ncols());
    matmul(result.as_mut(), Accum::Replace, a, b, 1.0, Par::Seq);
    result
}
