use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{
    LltRegularization, cholesky_in_place, cholesky_in_place_scratch,
};
use faer::linalg::cholesky::llt::solve::{solve_in_place, solve_in_place_scratch};
use faer::{Mat, MatRef, Par, Spec};

use crate::error::{Error, square};

/// The Cholesky factorisation A = LLᵀ of a positive definite matrix.
///
/// # Examples
/// ```
/// let factors = dense::Cholesky::new(faer::mat![[4.0, 0.0], [2.0, 5.0]].as_ref())?; // the lower triangle counts
/// assert_eq!((factors.lower()[(0, 0)], factors.lower()[(1, 0)], factors.lower()[(1, 1)]), (2.0, 1.0, 2.0));
/// let x = factors.solve(faer::mat![[6.0], [7.0]].as_ref()); // [4 2; 2 5] x = (6, 7)
/// assert_eq!((x[(0, 0)], x[(1, 0)]), (1.0, 1.0));
/// # Ok::<(), dense::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Cholesky {
    lower: Mat<f64>,
}

impl Cholesky {
    /// Factorises a symmetric matrix, of which only the lower triangle is read.
    ///
    /// # Errors
    /// A matrix that is not square, or not positive definite in double precision.
    pub fn new(matrix: MatRef<'_, f64>) -> Result<Self, Error> {
        let n = square(matrix)?;
        let mut lower = Mat::zeros(n, n);
        lower.copy_from_triangular_lower(matrix);
        let scratch = cholesky_in_place_scratch::<f64>(n, Par::Seq, Spec::default());
        cholesky_in_place(
            lower.as_mut(),
            LltRegularization::default(),
            Par::Seq,
            MemStack::new(&mut MemBuffer::new(scratch)),
            Spec::default(),
        )
        .map_err(|error| {
            let faer::linalg::solvers::LltError::NonPositivePivot { index } = error;
            Error::NotDefinite { pivot: index }
        })?;
        for c in 1..n {
            lower.col_as_slice_mut(c)[..c].fill(0.0);
        }
        Ok(Self { lower })
    }

    /// L.
    pub fn lower(&self) -> MatRef<'_, f64> {
        self.lower.as_ref()
    }

    /// A⁻¹B.
    ///
    /// # Panics
    /// B has another number of rows than A.
    pub fn solve(&self, right: MatRef<'_, f64>) -> Mat<f64> {
        let mut solution = right.to_owned();
        let scratch = solve_in_place_scratch::<f64>(right.nrows(), right.ncols(), Par::Seq);
        solve_in_place(
            self.lower.as_ref(),
            solution.as_mut(),
            Par::Seq,
            MemStack::new(&mut MemBuffer::new(scratch)),
        );
        solution
    }
}
