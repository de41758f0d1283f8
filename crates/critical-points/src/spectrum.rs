use faer::Mat;

use crate::error::Error;

/// Eigenvalues of a symmetric matrix, ascending.
pub(crate) fn symmetric_eigenvalues(matrix: &Mat<f64>) -> Result<Vec<f64>, Error> {
    let (rows, columns) = matrix.shape();
    let failed = |reason: String| Error::Decomposition {
        what: "eigenvalues",
        rows,
        columns,
        reason,
    };
    // The solver answers NaN with NaN.
    if let Some(value) = (0..columns)
        .flat_map(|j| (0..rows).map(move |i| matrix[(i, j)]))
        .find(|x| !x.is_finite())
    {
        return Err(failed(format!("it has the entry {value}")));
    }
    dense::eigenvalues(matrix.as_ref()).map_err(|error| failed(error.to_string()))
}

/// The eigenvalues of a Hessian, divided by sign with a stated resolution.
///
/// # Examples
/// ```
/// use critical_points::Spectrum;
/// let hessian = faer::mat![[1.0, 0.0], [0.0, 1e-17]];
/// let spectrum = Spectrum::of(&hessian)?;
/// assert_eq!((spectrum.negative(), spectrum.null(), spectrum.positive()), (0, 1, 1));
/// # Ok::<(), critical_points::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    eigenvalues: Vec<f64>,
    resolution: f64,
}

impl Spectrum {
    /// The spectrum of a symmetric n × n matrix H with the resolution 64 n ε ‖H‖, the rounding error of its entries and
    /// of the eigenvalues: what is nearer to zero counts as zero.
    ///
    /// The error of the point at which H was taken is not known here: see [`resolved_to`](Self::resolved_to).
    ///
    /// # Errors
    /// A matrix that is not square, has non-finite entries, or whose eigenvalues do not converge.
    pub fn of(hessian: &Mat<f64>) -> Result<Self, Error> {
        let (rows, columns) = hessian.shape();
        if rows != columns || rows == 0 {
            return Err(Error::Shape {
                name: "hessian",
                rows,
                columns,
                expected_rows: columns.max(1),
                expected_columns: columns.max(1),
            });
        }
        let eigenvalues = symmetric_eigenvalues(hessian)?;
        let largest = eigenvalues[0].abs().max(eigenvalues[rows - 1].abs());
        Ok(Self {
            eigenvalues,
            resolution: 64.0 * rows as f64 * f64::EPSILON * largest,
        })
    }

    /// The same eigenvalues with a coarser resolution.
    ///
    /// # Errors
    /// A resolution below the rounding error, or NaN.
    pub fn resolved_to(mut self, resolution: f64) -> Result<Self, Error> {
        if resolution.is_finite() && resolution >= self.resolution {
            self.resolution = resolution;
            Ok(self)
        } else {
            Err(Error::OutOfRange {
                name: "resolution",
                value: resolution,
                requirement: "it must be finite and not below the rounding error of the eigenvalues",
            })
        }
    }

    /// All eigenvalues, ascending.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// Eigenvalues within this of zero are not told from zero.
    pub fn resolution(&self) -> f64 {
        self.resolution
    }

    /// The number of negative eigenvalues: the index of a critical point.
    pub fn negative(&self) -> usize {
        self.count(|x| x < -self.resolution)
    }

    /// The number of eigenvalues that are not told from zero: the nullity.
    pub fn null(&self) -> usize {
        self.count(|x| x.abs() <= self.resolution)
    }

    /// The number of positive eigenvalues.
    pub fn positive(&self) -> usize {
        self.count(|x| x > self.resolution)
    }

    /// The least |eigenvalue| beyond the resolution over the resolution: how clear the counts are. Infinite if all are
    /// zero.
    pub fn margin(&self) -> f64 {
        let least = self
            .eigenvalues
            .iter()
            .map(|x| x.abs())
            .filter(|x| *x > self.resolution)
            .fold(f64::INFINITY, f64::min);
        least / self.resolution
    }

    fn count(&self, of: impl Fn(f64) -> bool) -> usize {
        self.eigenvalues.iter().filter(|x| of(**x)).count()
    }
}
