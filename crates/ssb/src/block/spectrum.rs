use faer::Mat;

use super::BlockDynamics;
use crate::error::Error;

impl BlockDynamics {
    /// The same weights with every block of three or more members divided into one, one and the rest, and every pair into two
    /// of one: blocks and coordinates.
    ///
    /// # Errors
    /// A state of the wrong length or not finite.
    pub fn refined(&self, state: &[f64]) -> Result<(Self, Vec<f64>), Error> {
        self.check_state(state)?;
        let (mut sizes, mut parent) = (Vec::new(), Vec::new());
        for (block, &size) in self.sizes.iter().enumerate() {
            let parts: &[usize] = match size {
                1 => &[1],
                2 => &[1, 1],
                _ => &[1, 1, size - 2],
            };
            sizes.extend_from_slice(parts);
            parent.extend(std::iter::repeat_n(block, parts.len()));
        }
        let fine = Self::new(&sizes)?;
        let (m, m_fine) = (self.sizes.len(), sizes.len());
        let mut coordinates = vec![0.0; fine.coordinates];
        for a in 0..m_fine {
            coordinates[fine.diagonal[a]] = state[self.diagonal[parent[a]]];
            for b in 0..m_fine {
                if a != b || sizes[a] > 1 {
                    coordinates[fine.off[a * m_fine + b]] =
                        state[self.off[parent[a] * m + parent[b]]];
                }
            }
        }
        Ok((fine, coordinates))
    }

    /// The eigenvalues of the full K² × K² Hessian at the lifted weights, ascending; each is listed at least once, not with its
    /// multiplicity.
    ///
    /// The Hessian commutes with G = S_p₁ × … × S_pₘ. Under G, ℝᴷˣᴷ is a sum of copies of the trivial representation, the
    /// standard ones, and those of the Young diagrams (p−2, 2) and (p−2, 1, 1) of each block, and products of the standard ones of
    /// two blocks. Each has a vector that is fixed when every block is divided into 1, 1 and p − 2. Hence every
    /// eigenvalue has an eigenvector in the space of the [refined](Self::refined) blocks, where the Hessian is a matrix of at
    /// most 9m² + m rows: its eigenvalues are those of the full Hessian, whatever K is.
    ///
    /// # Examples
    /// ```
    /// use ssb::BlockDynamics;
    /// let blocks = BlockDynamics::new(&[999, 1])?;
    /// let values = blocks.hessian_eigenvalues(&blocks.teacher())?;
    /// // At the teacher the least eigenvalue is ¼ − 1/2π for every K.
    /// assert!((values[0] - (0.25 - 0.5 / std::f64::consts::PI)).abs() < 1e-13);
    /// # Ok::<(), ssb::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`gradient`](Self::gradient), or eigenvalues that do not converge.
    ///
    /// # Source
    /// Arjevani & Field 2020 study the spectrum of such points by the same representations.
    pub fn hessian_eigenvalues(&self, state: &[f64]) -> Result<Vec<f64>, Error> {
        let (fine, coordinates) = self.refined(state)?;
        let jacobian = fine.jacobian(&coordinates)?;
        let roots: Vec<f64> = fine
            .multiplicities()
            .iter()
            .map(|&n| (n as f64).sqrt())
            .collect();
        let n = roots.len();
        let scaled = |i: usize, j: usize| roots[i] * jacobian[(i, j)] / roots[j];
        let symmetric = Mat::from_fn(n, n, |i, j| f64::midpoint(scaled(i, j), scaled(j, i)));
        dense::eigenvalues(symmetric.as_ref()).map_err(|reason| Error::Eigenvalues {
            size: n,
            reason: reason.to_string(),
        })
    }
}
