use std::ops::Range;

use faer::{Mat, Par, linalg::matmul::matmul};

use super::{BallMatrix, upward};

/// Enclosures of all eigenvalues of every symmetric matrix within a [`BallMatrix`].
///
/// With approximate eigenvectors Q of the midpoint, B = QᵀHQ is nearly diagonal. If ‖QᵀQ − I‖₂ ≤ δ < 1, then Q is
/// invertible, and by Ostrowski's theorem λ_k(B) = θ_k λ_k(H) with θ_k ∈ \[1−δ, 1+δ\]; by Weyl's λ_k(B) lies within
/// ‖B − D‖₂ of the k-th diagonal entry of B in ascending order. Both norms are bounded by verified products: 3 products
/// of n × n matrices beside the eigenvectors.
///
/// # Examples
/// ```
/// use proofs::linear_algebra::{BallMatrix, SpectralEnclosure};
/// let matrix = BallMatrix::exact(faer::mat![[0.0, 2.0], [2.0, 0.0]]);
/// let spectrum = SpectralEnclosure::of(&matrix).expect("the eigenvectors are nearly orthonormal");
/// assert_eq!((spectrum.negative(), spectrum.undecided().len(), spectrum.positive()), (1, 0, 1));
/// ```
///
/// # Source
/// Horn & Johnson, *Matrix analysis*, Theorems 4.3.1 (Weyl) and 4.5.9 (Ostrowski).
#[derive(Debug, Clone)]
pub struct SpectralEnclosure {
    /// Least and greatest value of every eigenvalue, in ascending order of the midpoints.
    bounds: Vec<[f64; 2]>,
}

impl SpectralEnclosure {
    /// `None` where nothing can be said: entries that are not finite, eigenvectors that do not converge or are not
    /// nearly orthonormal.
    pub fn of(matrix: &BallMatrix) -> Option<Self> {
        let n = matrix.midpoint().nrows();
        if !matrix.is_finite() || n != matrix.midpoint().ncols() {
            return None;
        }
        // Any symmetric H within the radii is H = S + E with the symmetric S below and |E| ≤ radius: where the midpoint
        // is not symmetric to the last bit, S has the entries of its lower half.
        let lower = matrix.midpoint();
        let symmetric = Mat::from_fn(
            n,
            n,
            |i, j| if i >= j { lower[(i, j)] } else { lower[(j, i)] },
        );
        let eigen = dense::Eigen::new(symmetric.as_ref()).ok()?;
        let q = eigen.vectors();
        let shape = [n, n, n];
        let q_norm = upward::frobenius(q);
        let mut gram = product(q.transpose(), q);
        for i in 0..n {
            gram[(i, i)] -= 1.0;
        }
        // The diagonal of the Gram matrix is near 1: subtracting 1 is exact between ½ and 2, and otherwise δ ≥ ½.
        let defect = upward::add(
            upward::frobenius(gram.as_ref()),
            upward::product_error(shape, q_norm, q_norm),
        );
        if defect.is_nan() || defect >= 0.5 {
            return None;
        }
        let image = product(symmetric.as_ref(), q);
        let mut diagonalised = product(q.transpose(), image.as_ref());
        let mut values: Vec<f64> = (0..n).map(|k| diagonalised[(k, k)]).collect();
        for k in 0..n {
            diagonalised[(k, k)] = 0.0;
        }
        let q_spectral = upward::root(upward::add(1.0, defect));
        let image_error =
            upward::product_error(shape, upward::frobenius(symmetric.as_ref()), q_norm);
        let error = [
            upward::frobenius(diagonalised.as_ref()),
            upward::product_error(shape, q_norm, upward::frobenius(image.as_ref())),
            upward::multiply(q_spectral, image_error),
            upward::multiply(
                upward::multiply(q_spectral, q_spectral),
                matrix.radius_norm(),
            ),
        ]
        .into_iter()
        .fold(0.0, upward::add);
        if !error.is_finite() || values.iter().any(|x| !x.is_finite()) {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let (least, greatest) = ((1.0 - defect).next_down(), upward::add(1.0, defect));
        let bounds = values
            .iter()
            .map(|value| {
                let (low, high) = ((value - error).next_down(), (value + error).next_up());
                [
                    (if low >= 0.0 {
                        low / greatest
                    } else {
                        low / least
                    })
                    .next_down(),
                    (if high >= 0.0 {
                        high / least
                    } else {
                        high / greatest
                    })
                    .next_up(),
                ]
            })
            .collect();
        Some(Self { bounds })
    }

    /// \[least, greatest\] for every eigenvalue, ascending.
    pub fn bounds(&self) -> &[[f64; 2]] {
        &self.bounds
    }

    /// Eigenvalues that are certainly negative.
    pub fn negative(&self) -> usize {
        self.bounds
            .iter()
            .take_while(|[_, high]| *high < 0.0)
            .count()
    }

    /// Eigenvalues that are certainly positive.
    pub fn positive(&self) -> usize {
        self.bounds
            .iter()
            .rev()
            .take_while(|[low, _]| *low > 0.0)
            .count()
    }

    /// The indices of the eigenvalues whose enclosure contains zero.
    pub fn undecided(&self) -> Range<usize> {
        self.negative()..self.bounds.len() - self.positive()
    }
}

pub(super) fn product(a: faer::MatRef<'_, f64>, b: faer::MatRef<'_, f64>) -> Mat<f64> {
    let mut c = Mat::zeros(a.nrows(), b.ncols());
    matmul(c.as_mut(), faer::Accum::Replace, a, b, 1.0, Par::Seq);
    c
}
