use std::fmt;
use std::sync::{Mutex, PoisonError};

use faer::Mat;

/// Memory that outlives a call, so that the next one need not ask the system for it: one piece for each call under way.
pub(crate) struct Scratch<T>(Mutex<Vec<T>>);

impl<T: Default> Scratch<T> {
    /// Lends a piece to `work`; one that `work` did not fill is as the last user left it.
    pub(crate) fn lend<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let pieces = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let piece = pieces().pop();
        let mut piece = piece.unwrap_or_default();
        let result = work(&mut piece);
        pieces().push(piece);
        result
    }
}

impl<T> Default for Scratch<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

/// A clone begins without memory of its own.
impl<T> Clone for Scratch<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<T> fmt::Debug for Scratch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scratch")
    }
}

/// Gives a matrix the shape, with entries that do not matter.
pub(crate) fn reshape(matrix: &mut Mat<f64>, rows: usize, columns: usize) {
    if matrix.shape() != (rows, columns) {
        *matrix = Mat::zeros(rows, columns);
    }
}
