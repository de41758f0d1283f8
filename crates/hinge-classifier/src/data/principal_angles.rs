//! Subspaces at any angles: how far from orthogonal, how far from dependent.

use dense::product;
use faer::{Mat, MatRef};

use super::Subspaces;
use crate::Error;

impl Subspaces {
    /// Subspaces at any angles, each given by any basis: a d_i × d matrix with a vector a row.
    ///
    /// # Errors
    /// No subspace, dependent vectors in a basis, bases of different spaces, an entry that is not finite.
    pub fn spanned(bases: &[MatRef<'_, f64>]) -> Result<Self, Error> {
        Self::any(bases)
    }

    /// The principal angles between two subspaces in [0, π/2], in ascending order: min(d_i, d_r) of them.
    ///
    /// Their cosines are the singular values of Q_iQ_rᵀ and their sines those of Q_r(I − Q_iᵀQ_i), for orthonormal frames Q; the
    /// angle is taken from both, so that it is as accurate near 0 as near π/2.
    ///
    /// # Examples
    /// ```
    /// use hinge_classifier::Subspaces;
    /// let planes = Subspaces::planes_at_angle(0.3)?;
    /// let angles = planes.principal_angles(0, 1)?;
    /// assert!((angles[0] - 0.3).abs() < 1e-15 && (angles[1] - std::f64::consts::FRAC_PI_2).abs() < 1e-15);
    /// # Ok::<(), hinge_classifier::Error>(())
    /// ```
    ///
    /// # Errors
    /// A subspace that is not there.
    ///
    /// # Source
    /// Å. Björck and G. Golub, Numerical methods for computing angles between linear subspaces, Math. Comp. 27 (1973). LYX §6.1
    /// and §6.2 speak of the angle between subspaces.
    pub fn principal_angles(&self, first: usize, second: usize) -> Result<Vec<f64>, Error> {
        let (first, second) = (self.frame(first)?, self.frame(second)?);
        // The smaller of the two is projected.
        let (large, small) = if first.nrows() < second.nrows() {
            (second, first)
        } else {
            (first, second)
        };
        let shared = product(small, large.transpose());
        let mut rest = small - product(shared.as_ref(), large);
        // Projected twice, the rest is orthogonal to rounding.
        let again = product(rest.as_ref(), large.transpose());
        rest -= product(again.as_ref(), large);
        let cosines = singular_values(shared.as_ref())?;
        let sines = singular_values(rest.as_ref())?;
        Ok(cosines
            .iter()
            .zip(sines.iter().rev())
            .map(|(cosine, sine)| sine.atan2(*cosine))
            .collect())
    }

    /// The smallest singular value of all frames together, in [0, 1]: 1 if the subspaces are orthogonal, 0 if they are linearly
    /// dependent. It is the least ‖Σ x_i‖ over x_i ∈ V_i with Σ ‖x_i‖² = 1.
    ///
    /// # Errors
    /// When the singular values cannot be computed.
    pub fn independence(&self) -> Result<f64, Error> {
        let frames: Vec<MatRef<'_, f64>> = (0..self.len())
            .map(|i| self.frame(i))
            .collect::<Result<_, _>>()?;
        let rows: usize = frames.iter().map(MatRef::nrows).sum();
        if rows > self.dimension() {
            return Ok(0.0);
        }
        let mut all = Mat::<f64>::zeros(rows, self.dimension());
        let mut from = 0;
        for frame in frames {
            all.as_mut()
                .subrows_mut(from, frame.nrows())
                .copy_from(frame);
            from += frame.nrows();
        }
        Ok(singular_values(all.as_ref())?
            .last()
            .copied()
            .unwrap_or(0.0))
    }
}

/// Singular values in descending order, as many as the matrix has rows or columns.
fn singular_values(matrix: MatRef<'_, f64>) -> Result<Vec<f64>, Error> {
    dense::singular_values(matrix).map_err(|_| Error::Count {
        name: "singular values",
        value: 0,
        requirement: "the iteration for them must converge",
    })
}
