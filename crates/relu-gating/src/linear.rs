use faer::{Mat, MatRef};

use crate::error::Error;
use crate::gating::{check_data, product};

/// The ungated (linear) student, D ≡ I: gradient descent w ← w + η S (w* − w) with S = XᵀX/N of shape d × d.
///
/// The error w − w* is multiplied by I − ηS at every step, so descent converges to w* from every start if and only if
/// the [spectral radius](Self::spectral_radius) of I − ηS is below 1, that is, S has full rank and η < 2/λ_max(S).
///
/// # Source
/// Tian 2016, Eq 9; Tian 2017, §4 ("For linear case").
#[derive(Debug, Clone)]
pub struct LinearDynamics {
    second_moment: Mat<f64>,
    smallest: f64,
    largest: f64,
}

impl LinearDynamics {
    /// The dynamics of an N × d data matrix.
    ///
    /// # Errors
    /// No rows, no columns, non-finite entries, squares beyond the largest double, or an eigenvalue problem that does not converge.
    pub fn from_data(data: MatRef<'_, f64>) -> Result<Self, Error> {
        if data.ncols() == 0 {
            return Err(Error::Empty { name: "data" });
        }
        check_data(data, data.ncols())?;
        let mut second_moment = product(data.transpose(), data);
        let count = data.nrows() as f64;
        for j in 0..data.ncols() {
            for i in 0..data.ncols() {
                second_moment[(i, j)] /= count;
            }
        }
        if !second_moment.as_ref().is_all_finite() {
            return Err(Error::Overflow);
        }
        let eigenvalues =
            dense::eigenvalues(second_moment.as_ref()).map_err(|error| Error::Eigenvalues {
                size: data.ncols(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            smallest: eigenvalues.first().copied().unwrap_or(f64::NAN).max(0.0),
            largest: eigenvalues.last().copied().unwrap_or(f64::NAN),
            second_moment,
        })
    }

    /// The population dynamics of x ~ N(0, I_d), S = I.
    ///
    /// # Errors
    /// d = 0.
    pub fn population(dimension: usize) -> Result<Self, Error> {
        if dimension == 0 {
            return Err(Error::Empty { name: "dimension" });
        }
        Ok(Self {
            second_moment: Mat::identity(dimension, dimension),
            smallest: 1.0,
            largest: 1.0,
        })
    }

    /// S = XᵀX/N, of shape d × d.
    pub fn second_moment(&self) -> MatRef<'_, f64> {
        self.second_moment.as_ref()
    }

    /// ρ(I − ηS) = max(|1 − ηλ_min|, |1 − ηλ_max|), the factor by which the error shrinks or grows a step.
    pub fn spectral_radius(&self, step: f64) -> f64 {
        (1.0 - step * self.smallest)
            .abs()
            .max((1.0 - step * self.largest).abs())
    }

    /// 2/λ_max(S): descent converges for every step below it, if S has full rank.
    pub fn largest_step(&self) -> f64 {
        2.0 / self.largest
    }

    /// One step w + η S (w* − w).
    ///
    /// # Errors
    /// `w` or `teacher` of a length other than d.
    pub fn step(&self, w: &[f64], teacher: &[f64], step: f64) -> Result<Vec<f64>, Error> {
        let d = self.second_moment.ncols();
        for (name, length) in [("w", w.len()), ("teacher", teacher.len())] {
            if length != d {
                return Err(Error::LengthMismatch {
                    left: name,
                    left_length: length,
                    right: "a row of the data",
                    right_length: d,
                });
            }
        }
        let error = Mat::from_fn(d, 1, |i, _| teacher[i] - w[i]);
        let pull = product(self.second_moment.as_ref(), error.as_ref());
        Ok((0..d).map(|i| w[i] + step * pull[(i, 0)]).collect())
    }
}
