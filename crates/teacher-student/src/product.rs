use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, ColRef, Mat, MatRef, Par};

use crate::scratch::reshape;

/// Rows from which half a product and its reflection cost less than the whole.
pub(crate) const WORTH_HALVING: usize = 48;

/// A·B on one thread: the same bits whatever the number of cores, which are better spent on whole runs.
pub(crate) fn product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let mut result = Mat::new();
    product_in(&mut result, a, b);
    result
}

/// As [`product`], in the memory of `result`.
pub(crate) fn product_in(result: &mut Mat<f64>, a: MatRef<'_, f64>, b: MatRef<'_, f64>) {
    reshape(result, a.nrows(), b.ncols());
    matmul(result.as_mut(), Accum::Replace, a, b, 1.0, Par::Seq);
}

/// A·Aᵀ on one thread, from its lower half.
pub(crate) fn gram(a: MatRef<'_, f64>) -> Mat<f64> {
    if a.nrows() < WORTH_HALVING {
        return product(a, a.transpose());
    }
    let mut result = Mat::new();
    gram_in(&mut result, a);
    reflect(&mut result);
    result
}

/// The lower half of A·Aᵀ, in the memory of `result`; what is above the diagonal does not matter.
pub(crate) fn gram_in(result: &mut Mat<f64>, a: MatRef<'_, f64>) {
    reshape(result, a.nrows(), a.nrows());
    triangular::matmul(
        result.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        a,
        BlockStructure::Rectangular,
        a.transpose(),
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
}

/// Copies what is below the diagonal to above it, in squares that stay in cache.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(crate) fn reflect(matrix: &mut Mat<f64>) {
    const SIDE: usize = 16;
    let n = matrix.nrows();
    for left in (0..n).step_by(SIDE) {
        for top in (0..=left).step_by(SIDE) {
            for column in left..n.min(left + SIDE) {
                for row in top..column.min(top + SIDE) {
                    matrix[(row, column)] = matrix[(column, row)];
                }
            }
        }
    }
}

/// A column of a matrix whose columns are contiguous, as all those made here are.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(crate) fn column(matrix: MatRef<'_, f64>, index: usize) -> &[f64] {
    matrix
        .col(index)
        .try_as_col_major()
        .map_or(&[], ColRef::as_slice)
}
