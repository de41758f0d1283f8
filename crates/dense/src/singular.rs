use faer::diag::Diag;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::svd::{ComputeSvdVectors, svd, svd_scratch};
use faer::{Mat, MatMut, MatRef, Par, Spec};

use crate::error::Error;

/// The singular values of a matrix, descending.
///
/// # Errors
/// Entries that are not finite.
pub fn singular_values(matrix: MatRef<'_, f64>) -> Result<Vec<f64>, Error> {
    decompose(matrix, ComputeSvdVectors::No, [None, None])
}

/// The singular values of a matrix, descending, with singular vectors: A = U diag(σ) Vᵀ.
///
/// # Examples
/// ```
/// let parts = dense::Singular::new(faer::mat![[3.0, 0.0], [0.0, 4.0], [0.0, 0.0]].as_ref())?;
/// assert_eq!(parts.values(), &[4.0, 3.0]);
/// assert_eq!((parts.left().shape(), parts.right().shape()), ((3, 3), (2, 2)));
/// # Ok::<(), dense::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Singular {
    left: Mat<f64>,
    right: Mat<f64>,
    values: Vec<f64>,
}

impl Singular {
    /// All singular vectors of an m × n matrix: U is m × m, V is n × n.
    ///
    /// # Errors
    /// Entries that are not finite.
    pub fn new(matrix: MatRef<'_, f64>) -> Result<Self, Error> {
        let (rows, columns) = matrix.shape();
        Self::with(matrix, ComputeSvdVectors::Full, [rows, columns])
    }

    /// Those of the min(m, n) singular values alone.
    ///
    /// # Errors
    /// Entries that are not finite.
    pub fn thin(matrix: MatRef<'_, f64>) -> Result<Self, Error> {
        let size = matrix.nrows().min(matrix.ncols());
        Self::with(matrix, ComputeSvdVectors::Thin, [size, size])
    }

    fn with(
        matrix: MatRef<'_, f64>,
        compute: ComputeSvdVectors,
        [lefts, rights]: [usize; 2],
    ) -> Result<Self, Error> {
        let mut left = Mat::zeros(matrix.nrows(), lefts);
        let mut right = Mat::zeros(matrix.ncols(), rights);
        let vectors = [Some(left.as_mut()), Some(right.as_mut())];
        let values = decompose(matrix, compute, vectors)?;
        Ok(Self {
            left,
            right,
            values,
        })
    }

    /// U, one left singular vector a column.
    pub fn left(&self) -> MatRef<'_, f64> {
        self.left.as_ref()
    }

    /// V, one right singular vector a column.
    pub fn right(&self) -> MatRef<'_, f64> {
        self.right.as_ref()
    }

    /// σ, descending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

fn decompose(
    matrix: MatRef<'_, f64>,
    compute: ComputeSvdVectors,
    [left, right]: [Option<MatMut<'_, f64>>; 2],
) -> Result<Vec<f64>, Error> {
    let (rows, columns) = matrix.shape();
    let failed = Error::NoConvergence {
        what: "singular values",
        rows,
        columns,
    };
    if !matrix.is_all_finite() {
        return Err(failed);
    }
    let mut values = Diag::zeros(rows.min(columns));
    let scratch = svd_scratch::<f64>(rows, columns, compute, compute, Par::Seq, Spec::default());
    svd(
        matrix,
        values.as_mut(),
        left,
        right,
        Par::Seq,
        MemStack::new(&mut MemBuffer::new(scratch)),
        Spec::default(),
    )
    .map_err(|_| failed)?;
    Ok(values.column_vector().iter().copied().collect())
}
