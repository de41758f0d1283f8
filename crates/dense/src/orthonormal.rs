use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::householder::{
    apply_block_householder_sequence_on_the_left_in_place_scratch as apply_scratch,
    apply_block_householder_sequence_on_the_left_in_place_with_conj as apply,
};
use faer::linalg::qr::no_pivoting::factor::{
    qr_in_place, qr_in_place_scratch, recommended_block_size,
};
use faer::{Conj, Mat, MatRef, Par, Spec};

/// Orthonormal columns with the span of the columns of an m × n matrix of full rank: the first min(m, n) columns of Q in
/// A = QR.
///
/// # Examples
/// ```
/// let q = dense::orthonormal(faer::mat![[3.0], [4.0]].as_ref());
/// assert!((q[(0, 0)].abs() - 0.6).abs() < 1e-15 && q.shape() == (2, 1));
/// ```
pub fn orthonormal(matrix: MatRef<'_, f64>) -> Mat<f64> {
    let (rows, columns) = matrix.shape();
    let size = rows.min(columns);
    let mut factors = matrix.to_owned();
    let block = recommended_block_size::<f64>(rows, columns);
    let mut coefficients = Mat::zeros(block, size);
    let scratch = qr_in_place_scratch::<f64>(rows, columns, block, Par::Seq, Spec::default());
    qr_in_place(
        factors.as_mut(),
        coefficients.as_mut(),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Spec::default(),
    );
    let mut q = Mat::identity(rows, size);
    apply(
        factors.as_ref().subcols(0, size),
        coefficients.as_ref(),
        Conj::No,
        q.as_mut(),
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(apply_scratch::<f64>(rows, block, size))),
    );
    q
}
