use faer::MatRef;
use thiserror::Error;

/// Why a matrix has no such factorisation.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A matrix that is not square.
    #[error("the matrix has shape {rows} x {columns}: it must be square")]
    NotSquare {
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// An iteration that did not converge, as happens for entries that are not finite.
    #[error(
        "the {what} of a {rows} x {columns} matrix did not converge: its entries must be finite"
    )]
    NoConvergence {
        /// Eigenvalues or singular values.
        what: &'static str,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// A symmetric matrix that is not positive definite in double precision.
    #[error("the matrix is not positive definite: pivot {pivot} is not positive")]
    NotDefinite {
        /// The first pivot that is not positive.
        pivot: usize,
    },
}

pub(crate) fn square(matrix: MatRef<'_, f64>) -> Result<usize, Error> {
    let (rows, columns) = matrix.shape();
    if rows == columns {
        Ok(rows)
    } else {
        Err(Error::NotSquare { rows, columns })
    }
}
