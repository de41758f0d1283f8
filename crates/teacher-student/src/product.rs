use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, ColRef, Mat, MatRef, Par};

use crate::scratch::reshape;

/// Rows from which half a product and its reflection cost less than the whole.
const WORTH_HALVING: usize = 64;

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
    let n = a.nrows();
    if n < WORTH_HALVING {
        return product(a, a.transpose());
    }
    let mut result = Mat::zeros(n, n);
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
    for k in 1..n {
        for i in 0..k {
            result[(i, k)] = result[(k, i)];
        }
    }
    result
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

/// Σ x_i y_i in four interleaved sums, which the compiler keeps in registers.
pub(crate) fn inner_product(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (x_blocks, x_rest) = x.as_chunks::<4>();
    let (y_blocks, y_rest) = y.as_chunks::<4>();
    for (x, y) in x_blocks.iter().zip(y_blocks) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}
