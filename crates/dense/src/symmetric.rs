use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::{Mat, MatMut, MatRef, Par, Spec};

use crate::error::{Error, square};

/// The eigenvalues of a symmetric matrix, ascending; only its lower triangle is read.
///
/// # Errors
/// A matrix that is not square, or entries that are not finite.
pub fn eigenvalues(matrix: MatRef<'_, f64>) -> Result<Vec<f64>, Error> {
    decompose(matrix, ComputeEigenvectors::No, None)
}

/// The eigenvalues of a symmetric matrix, ascending, with orthonormal eigenvectors: A = U diag(λ) Uᵀ.
///
/// # Examples
/// ```
/// let eigen = dense::Eigen::new(faer::mat![[0.0, 0.0], [2.0, 0.0]].as_ref())?; // the lower triangle counts
/// assert!((eigen.values()[1] - 2.0).abs() < 1e-15);
/// assert!((eigen.vectors()[(0, 1)] - eigen.vectors()[(1, 1)]).abs() < 1e-15);
/// # Ok::<(), dense::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Eigen {
    values: Vec<f64>,
    vectors: Mat<f64>,
}

impl Eigen {
    /// Decomposes a symmetric matrix, of which only the lower triangle is read.
    ///
    /// # Errors
    /// A matrix that is not square, or entries that are not finite.
    pub fn new(matrix: MatRef<'_, f64>) -> Result<Self, Error> {
        let mut vectors = Mat::zeros(matrix.nrows(), matrix.ncols());
        let values = decompose(matrix, ComputeEigenvectors::Yes, Some(vectors.as_mut()))?;
        Ok(Self { values, vectors })
    }

    /// λ, ascending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// U, one eigenvector a column.
    pub fn vectors(&self) -> MatRef<'_, f64> {
        self.vectors.as_ref()
    }
}

fn decompose(
    matrix: MatRef<'_, f64>,
    compute: ComputeEigenvectors,
    vectors: Option<MatMut<'_, f64>>,
) -> Result<Vec<f64>, Error> {
    let n = square(matrix)?;
    let failed = Error::NoConvergence {
        what: "eigenvalues",
        rows: n,
        columns: n,
    };
    // The upper triangle does not count, so it may hold anything.
    if (0..n).any(|c| (c..n).any(|r| !matrix[(r, c)].is_finite())) {
        return Err(failed);
    }
    let mut values = Diag::zeros(n);
    let scratch = self_adjoint_evd_scratch::<f64>(n, compute, Par::Seq, Spec::default());
    self_adjoint_evd(
        matrix,
        values.as_mut(),
        vectors,
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Spec::default(),
    )
    .map_err(|_| failed)?;
    Ok(values.column_vector().iter().copied().collect())
}
