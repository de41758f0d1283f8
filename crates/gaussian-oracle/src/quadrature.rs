//! Adaptive Gauss–Kronrod quadrature, and Gaussian expectations over a sector of a plane.
//!
//! A gated expectation E[1(x·e > 0) 1(x·w > 0) g(x)] over x ~ N(0, I) only involves the plane of e
//! and w. There the two half planes meet in a sector of opening π − ∠(e, w), and in polar
//! coordinates the integrand is smooth inside it, so the rule converges to rounding error.

mod sector;

use crate::Error;
pub use sector::{Sector, gated_expectation_plane, population_gating, relu_correlation};

/// The finest subdivision.
const INTERVALS: usize = 4000;

/// Kronrod nodes of [0, 1] in decreasing order; the odd positions are the Gauss nodes.
const NODES: [f64; 8] = [
    0.991_455_371_120_812_6,
    0.949_107_912_342_758_5,
    0.864_864_423_359_769_1,
    0.741_531_185_599_394_4,
    0.586_087_235_467_691_1,
    0.405_845_151_377_397_2,
    0.207_784_955_007_898_47,
    0.0,
];
const KRONROD: [f64; 8] = [
    0.022_935_322_010_529_224,
    0.063_092_092_629_978_55,
    0.104_790_010_322_250_18,
    0.140_653_259_715_525_92,
    0.169_004_726_639_267_9,
    0.190_350_578_064_785_4,
    0.204_432_940_075_298_9,
    0.209_482_141_084_727_83,
];
/// Gauss weights of the nodes at positions 1, 3, 5, 7.
const GAUSS: [f64; 4] = [
    0.129_484_966_168_869_7,
    0.279_705_391_489_276_64,
    0.381_830_050_505_118_9,
    0.417_959_183_673_469_4,
];

/// A value and an estimate of its absolute error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// An estimate of |value − exact|; pessimistic for smooth integrands.
    pub error: f64,
}

#[derive(Clone, Copy)]
struct Piece {
    a: f64,
    b: f64,
    value: f64,
    error: f64,
    modulus: f64,
}

/// ∫_a^b f(t) dt by adaptive bisection with the G7–K15 pair.
///
/// Stops when the error estimate is at most `tolerance` · ∫|f|: relative, yet well defined when the
/// integral itself vanishes by cancellation. Tolerances down to 1e−14 are within reach. b < a gives
/// the negative of the reversed integral.
///
/// # Examples
/// ```
/// let half = gaussian_oracle::quadrature::integrate(|t| t, 0.0, 1.0, 1e-13)?;
/// assert!((half.value - 0.5).abs() < 1e-15);
/// # Ok::<(), gaussian_oracle::Error>(())
/// ```
///
/// # Errors
/// [`Error::IntegrandNotFinite`], [`Error::QuadratureNotConverged`], and [`Error::Range`] for an
/// infinite end or a tolerance that is not positive.
pub fn integrate(
    f: impl FnMut(f64) -> f64,
    a: f64,
    b: f64,
    tolerance: f64,
) -> Result<Estimate, Error> {
    integrate_pieces(f, &[a, b], tolerance)
}

/// ∫ f(t) dt from the first to the last breakpoint, cut at the others.
///
/// Kinks and jumps of f belong among the breakpoints. See [`integrate`].
///
/// # Errors
/// As [`integrate`].
pub fn integrate_pieces(
    mut f: impl FnMut(f64) -> f64,
    breakpoints: &[f64],
    tolerance: f64,
) -> Result<Estimate, Error> {
    try_integrate_pieces(|t| Ok(f(t)), breakpoints, tolerance)
}

fn try_integrate_pieces(
    mut f: impl FnMut(f64) -> Result<f64, Error>,
    breakpoints: &[f64],
    tolerance: f64,
) -> Result<Estimate, Error> {
    if let Some(&end) = breakpoints.iter().find(|end| !end.is_finite()) {
        return Err(Error::Range {
            reason: "every end must be finite",
            value: end,
        });
    }
    if tolerance.is_nan() || tolerance <= 0.0 {
        return Err(Error::Range {
            reason: "the tolerance must be positive",
            value: tolerance,
        });
    }
    let mut pieces = Vec::new();
    for ends in breakpoints.windows(2) {
        pieces.push(rule(&mut f, ends[0], ends[1])?);
    }
    loop {
        // Summed afresh from the smallest: no drift from running updates.
        let error: f64 = pieces.iter().map(|p| p.error).sum();
        let modulus: f64 = pieces.iter().map(|p| p.modulus).sum();
        if error <= tolerance * modulus {
            let value = pieces.iter().map(|p| p.value).sum();
            return Ok(Estimate { value, error });
        }
        let worst = (0..pieces.len())
            .max_by(|&i, &j| pieces[i].error.total_cmp(&pieces[j].error))
            .unwrap_or_default();
        let Piece { a, b, .. } = pieces[worst];
        let middle = f64::midpoint(a, b);
        if pieces.len() >= INTERVALS || middle == a || middle == b {
            return Err(Error::QuadratureNotConverged {
                value: pieces.iter().map(|p| p.value).sum(),
                error,
                intervals: pieces.len(),
            });
        }
        pieces[worst] = rule(&mut f, a, middle)?;
        pieces.push(rule(&mut f, middle, b)?);
    }
}

/// One application of the G7–K15 pair, with QUADPACK's error estimate.
fn rule(f: &mut impl FnMut(f64) -> Result<f64, Error>, a: f64, b: f64) -> Result<Piece, Error> {
    let (centre, half) = (f64::midpoint(a, b), 0.5 * (b - a));
    let mut at = |t: f64| -> Result<f64, Error> {
        let value = f(t)?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(Error::IntegrandNotFinite { at: t, value })
        }
    };
    let mut samples = [0.0; 15];
    let mut weights = [0.0; 15];
    let (mut gauss, mut kronrod) = (0.0, 0.0);
    for (k, &node) in NODES.iter().enumerate() {
        let (left, right) = if node == 0.0 {
            (at(centre)?, 0.0)
        } else {
            (at(centre - half * node)?, at(centre + half * node)?)
        };
        kronrod += KRONROD[k] * (left + right);
        if k % 2 == 1 {
            gauss += GAUSS[k / 2] * (left + right);
        }
        samples[k] = left;
        weights[k] = KRONROD[k];
        if node != 0.0 {
            samples[14 - k] = right;
            weights[14 - k] = KRONROD[k];
        }
    }
    let mean = 0.5 * kronrod;
    let weighted = |g: &dyn Fn(f64) -> f64| -> f64 {
        samples.iter().zip(&weights).map(|(&s, w)| w * g(s)).sum()
    };
    let modulus = half.abs() * weighted(&f64::abs);
    let spread = half.abs() * weighted(&|s| (s - mean).abs());
    let mut error = (half * (kronrod - gauss)).abs();
    if spread != 0.0 && error != 0.0 {
        error = spread * (200.0 * error / spread).powf(1.5).min(1.0);
    }
    Ok(Piece {
        a,
        b,
        value: half * kronrod,
        // A few roundings of ∫|f| always remain.
        error: error.max(8.0 * f64::EPSILON * modulus),
        modulus,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    /// Ten times the tolerance asked for: the error estimates are pessimistic, roundings are not.
    const CLOSE: f64 = 1e-12;
    const TOLERANCE: f64 = 1e-13;

    #[track_caller]
    fn close(left: f64, right: f64) {
        assert!(
            (left - right).abs() <= CLOSE * right.abs().max(1.0),
            "{left} {right}"
        );
    }

    #[test]
    fn weights_are_exact_to_degree_22() {
        for degree in 0..=22_i32 {
            let exact = if degree % 2 == 0 {
                2.0 / f64::from(degree + 1)
            } else {
                0.0
            };
            let piece = rule(&mut |t: f64| Ok(t.powi(degree)), -1.0, 1.0).unwrap();
            assert!((piece.value - exact).abs() < 1e-15, "degree {degree}");
        }
        let piece = rule(&mut |t: f64| Ok(t.powi(24)), -1.0, 1.0).unwrap();
        assert!((piece.value - 2.0 / 25.0).abs() > 1e-9);
    }

    #[test]
    fn known_integrals() -> Result<(), Error> {
        close(integrate(f64::sin, 0.0, PI, TOLERANCE)?.value, 2.0);
        close(integrate(f64::sin, PI, 0.0, TOLERANCE)?.value, -2.0);
        close(
            integrate(f64::exp, 0.0, 1.0, TOLERANCE)?.value,
            1f64.exp() - 1.0,
        );
        close(integrate(f64::sqrt, 0.0, 1.0, TOLERANCE)?.value, 2.0 / 3.0);
        close(
            integrate(|t: f64| (10.0 * t).sin(), -1.0, 1.0, TOLERANCE)?.value,
            0.0,
        );
        close(
            integrate_pieces(f64::abs, &[-1.0, 0.0, 2.0], TOLERANCE)?.value,
            2.5,
        );
        Ok(())
    }

    #[test]
    fn refuses_what_it_cannot_do() {
        let pole = integrate(|t: f64| 1.0 / t, -1.0, 1.0, TOLERANCE);
        assert!(matches!(pole, Err(Error::IntegrandNotFinite { .. })));
        assert!(matches!(
            integrate(f64::sin, 0.0, f64::INFINITY, TOLERANCE),
            Err(Error::Range { .. })
        ));
        assert!(matches!(
            integrate(f64::sin, 0.0, 1.0, f64::NAN),
            Err(Error::Range { .. })
        ));
        let greedy = integrate(f64::sin, 0.0, 1.0, 1e-18);
        assert!(matches!(greedy, Err(Error::QuadratureNotConverged { .. })));
    }
}
