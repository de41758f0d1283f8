use std::f64::consts::TAU;

use faer::{Accum, Mat, MatRef, Par, linalg::matmul::matmul};
use numeric::largest_exponent;

use crate::arc_cosine::arc_cosine;
use crate::error::{Error, check_finite, check_lengths};
use crate::plane::Plane;

/// The population gating E[F(e, w)] = E[x (x·w) 1(x·e > 0) 1(x·w > 0)] for x ~ N(0, I), per sample, length d:
///
/// E[F(e, w)] = ((π − θ) w + ‖w‖ sin θ ê)/2π = ((π − θ) w⊥ + ‖w‖ h(θ) ê)/2π,
///
/// with θ = ∠(e, w), ê = e/‖e‖ (only the direction of `e` counts) and w⊥ = w − (w·ê)ê.
///
/// The second form is the one evaluated. Its two terms are orthogonal and each is accurate relative to itself, also
/// as θ → π, where w and ‖w‖ê nearly cancel in the first form and ‖E F‖ ~ ‖w‖(π − θ)²/2π. The relative error of the
/// returned vector is a few units in the last place for all θ and all norms for which the result is a normal double.
///
/// | θ | result |
/// |---|---|
/// | 0 | w/2 |
/// | π/2 | w/4 + ‖w‖ê/2π |
/// | π | 0 |
///
/// # Examples
/// ```
/// use relu_gating::population_gating;
/// let f = population_gating(&[1.0, 0.0], &[0.0, 2.0])?;
/// assert!((f[0] - 1.0 / std::f64::consts::PI).abs() < 1e-15 && (f[1] - 0.5).abs() < 1e-15);
/// # Ok::<(), relu_gating::Error>(())
/// ```
///
/// # Errors
/// Empty, unequal lengths, non-finite entries, a zero vector, or a result beyond the largest double.
///
/// # Source
/// Tian 2017, Thm 1, Eq 5; Tian 2016, Lemmas 3.1 and 7.2.
pub fn population_gating(e: &[f64], w: &[f64]) -> Result<Vec<f64>, Error> {
    let plane = Plane::new("e", e, "w", w)?;
    let angle = plane.angle();
    plane.combine(arc_cosine(angle) / TAU, angle.supplement() / TAU)
}

/// The sampled gating (1/N) Xᵀ D(e) D(w) X w on a data matrix X of shape N × d, a vector of length d.
///
/// D(u) = diag(Xu > 0). Divide by nothing further: the mean over the N rows is returned.
///
/// # Errors
/// No rows, `e` or `w` of a length other than d, non-finite entries, a zero vector, or products beyond the largest double.
///
/// # Source
/// Tian 2017, §4, F(e, w) = XᵀD(e)D(w)Xw (there summed over the samples).
pub fn sampled_gating(data: MatRef<'_, f64>, e: &[f64], w: &[f64]) -> Result<Vec<f64>, Error> {
    check_finite("e", e)?;
    check_finite("w", w)?;
    check_lengths("e", e, "w", w)?;
    largest_exponent(e).ok_or(Error::ZeroVector { name: "e" })?;
    largest_exponent(w).ok_or(Error::ZeroVector { name: "w" })?;
    check_data(data, w.len())?;
    let directions = Mat::from_fn(w.len(), 2, |i, j| if j == 0 { e[i] } else { w[i] });
    let mut responses = product(data, directions.as_ref());
    let count = data.nrows() as f64;
    for i in 0..data.nrows() {
        let passes = responses[(i, 0)] > 0.0 && responses[(i, 1)] > 0.0;
        responses[(i, 1)] = if passes { responses[(i, 1)] } else { 0.0 };
    }
    let mut mean = Mat::zeros(w.len(), 1);
    matmul(
        mean.as_mut(),
        Accum::Replace,
        data.transpose(),
        responses.as_ref().subcols(1, 1),
        count.recip(),
        Par::Seq,
    );
    if mean.as_ref().is_all_finite() {
        Ok((0..w.len()).map(|i| mean[(i, 0)]).collect())
    } else {
        Err(Error::Overflow)
    }
}

/// A·B on one thread: the same bits whatever the number of cores.
pub(crate) fn product(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> Mat<f64> {
    let mut result = Mat::zeros(a.nrows(), b.ncols());
    matmul(result.as_mut(), Accum::Replace, a, b, 1.0, Par::Seq);
    result
}

/// Checks that a data matrix has rows of the given length and finite entries.
pub(crate) fn check_data(data: MatRef<'_, f64>, dimension: usize) -> Result<(), Error> {
    if data.nrows() == 0 {
        return Err(Error::TooFewSamples { needed: 1 });
    }
    if data.ncols() != dimension {
        return Err(Error::LengthMismatch {
            left: "a row of the data",
            left_length: data.ncols(),
            right: "w",
            right_length: dimension,
        });
    }
    for j in 0..data.ncols() {
        for i in 0..data.nrows() {
            if !data[(i, j)].is_finite() {
                return Err(Error::NotFinite {
                    name: "data (column-major index)",
                    index: i + j * data.nrows(),
                    value: data[(i, j)],
                });
            }
        }
    }
    Ok(())
}
