use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::lu::partial_pivoting::{factor, inverse, solve};
use faer::perm::PermRef;
use faer::{Mat, MatRef, Par, Spec};

use crate::error::{Error, square};

/// The factorisation PA = LU of a square matrix, with row pivots.
///
/// A singular matrix has factors as well; what is solved with them then is not finite.
///
/// # Examples
/// ```
/// let factors = dense::Lu::new(faer::mat![[0.0, 2.0], [4.0, 0.0]].as_ref())?;
/// let x = factors.solve(faer::mat![[2.0], [8.0]].as_ref());
/// assert_eq!((x[(0, 0)], x[(1, 0)]), (2.0, 1.0));
/// assert_eq!(factors.inverse()[(0, 1)], 0.25);
/// # Ok::<(), dense::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lu {
    lower: Mat<f64>,
    upper: Mat<f64>,
    forward: Vec<usize>,
    backward: Vec<usize>,
}

impl Lu {
    /// Factorises a square matrix.
    ///
    /// # Errors
    /// A matrix that is not square.
    pub fn new(matrix: MatRef<'_, f64>) -> Result<Self, Error> {
        let n = square(matrix)?;
        let mut both = matrix.to_owned();
        let (mut forward, mut backward) = (vec![0_usize; n], vec![0_usize; n]);
        let scratch = factor::lu_in_place_scratch::<usize, f64>(n, n, Par::Seq, Spec::default());
        factor::lu_in_place(
            both.as_mut(),
            &mut forward,
            &mut backward,
            Par::Seq,
            MemStack::new(&mut MemBuffer::new(scratch)),
            Spec::default(),
        );
        let (mut lower, mut upper) = (Mat::identity(n, n), Mat::zeros(n, n));
        for c in 0..n {
            let (above, below) = both.col_as_slice(c).split_at(c + 1);
            upper.col_as_slice_mut(c)[..=c].copy_from_slice(above);
            lower.col_as_slice_mut(c)[c + 1..].copy_from_slice(below);
        }
        Ok(Self {
            lower,
            upper,
            forward,
            backward,
        })
    }

    fn permutation(&self) -> PermRef<'_, usize> {
        PermRef::new_checked(&self.forward, &self.backward, self.forward.len())
    }

    /// A⁻¹B.
    ///
    /// # Panics
    /// B has another number of rows than A.
    pub fn solve(&self, right: MatRef<'_, f64>) -> Mat<f64> {
        let mut solution = right.to_owned();
        let scratch =
            solve::solve_in_place_scratch::<usize, f64>(right.nrows(), right.ncols(), Par::Seq);
        solve::solve_in_place(
            self.lower.as_ref(),
            self.upper.as_ref(),
            self.permutation(),
            solution.as_mut(),
            Par::Seq,
            MemStack::new(&mut MemBuffer::new(scratch)),
        );
        solution
    }

    /// A⁻¹.
    pub fn inverse(&self) -> Mat<f64> {
        let n = self.forward.len();
        let mut result = Mat::zeros(n, n);
        let scratch = inverse::inverse_scratch::<usize, f64>(n, Par::Seq);
        inverse::inverse(
            result.as_mut(),
            self.lower.as_ref(),
            self.upper.as_ref(),
            self.permutation(),
            Par::Seq,
            MemStack::new(&mut MemBuffer::new(scratch)),
        );
        result
    }
}
