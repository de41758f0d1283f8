use faer::{Mat, MatRef};

use super::upward;

/// All matrices within entrywise radii of a midpoint.
///
/// # Examples
/// ```
/// use proofs::linear_algebra::BallMatrix;
/// let ball = BallMatrix::exact(faer::mat![[2.0, 1.0], [1.0, 3.0]]);
/// assert_eq!(ball.radius()[(0, 1)], 0.0);
/// ```
#[derive(Debug, Clone)]
pub struct BallMatrix {
    midpoint: Mat<f64>,
    radius: Mat<f64>,
}

impl BallMatrix {
    /// A known matrix.
    pub fn exact(midpoint: Mat<f64>) -> Self {
        let radius = Mat::zeros(midpoint.nrows(), midpoint.ncols());
        Self { midpoint, radius }
    }

    /// Entrywise bounds, `bounds(i, j)` = (least, greatest).
    pub fn from_bounds(
        rows: usize,
        columns: usize,
        bounds: impl Fn(usize, usize) -> (f64, f64),
    ) -> Self {
        let mut midpoint = Mat::zeros(rows, columns);
        let mut radius = Mat::zeros(rows, columns);
        for j in 0..columns {
            for i in 0..rows {
                let (low, high) = bounds(i, j);
                let middle = f64::midpoint(low, high);
                midpoint[(i, j)] = middle;
                radius[(i, j)] = (middle - low).max(high - middle).next_up();
            }
        }
        Self { midpoint, radius }
    }

    /// The midpoint.
    pub fn midpoint(&self) -> MatRef<'_, f64> {
        self.midpoint.as_ref()
    }

    /// The radii.
    pub fn radius(&self) -> MatRef<'_, f64> {
        self.radius.as_ref()
    }

    /// Whether every entry and every radius is a finite number.
    pub fn is_finite(&self) -> bool {
        self.midpoint.as_ref().is_all_finite() && self.radius.as_ref().is_all_finite()
    }

    /// The rows and columns with the given indices.
    #[must_use]
    pub fn principal(&self, indices: &[usize]) -> Self {
        let of = |a: &Mat<f64>| {
            Mat::from_fn(indices.len(), indices.len(), |i, j| {
                a[(indices[i], indices[j])]
            })
        };
        Self {
            midpoint: of(&self.midpoint),
            radius: of(&self.radius),
        }
    }

    /// A bound of ‖A‖₂ for every symmetric A within the radii: the largest row sum.
    pub(crate) fn symmetric_norm(&self) -> f64 {
        let n = self.midpoint.nrows();
        let row = |i: usize| {
            upward::sum(
                (0..n).map(|j| upward::add(self.midpoint[(i, j)].abs(), self.radius[(i, j)])),
            )
        };
        (0..n).map(row).fold(0.0, largest)
    }

    /// A bound of ‖E‖₂ for symmetric errors E within the radii.
    pub(crate) fn radius_norm(&self) -> f64 {
        let n = self.midpoint.nrows();
        let row =
            |i: usize| upward::sum((0..n).map(|j| self.radius[(i, j)].max(self.radius[(j, i)])));
        (0..n).map(row).fold(0.0, largest)
    }
}

/// The larger of the two, NaN if one is.
pub(crate) fn largest(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}
