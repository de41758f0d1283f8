use std::f64::consts::{FRAC_2_PI, PI, TAU};

use super::check_dimension;
use crate::error::Error;

/// From this argument on the asymptotic series of ln Γ(z + ½) − ln Γ(z) is used.
///
/// Its first neglected term, 691/(180224 z¹¹), is 2e-16 there.
const ASYMPTOTIC: f64 = 16.0;

/// V_d/V_{d−1} = √π Γ((d+1)/2)/Γ(d/2 + 1), the ratio of the volumes of the unit balls of ℝᵈ and ℝᵈ⁻¹.
///
/// By V_d/V_{d−2} = 2π/d up to d = 30 and by an asymptotic series beyond, so that the relative error stays at a few
/// units in the last place for every d; differences of ln Γ would lose the digits of ln Γ(d/2).
///
/// # Examples
/// ```
/// use teacher_student::single_unit::ball_volume_ratio;
/// assert_eq!(ball_volume_ratio(1)?, 2.0); // a segment of length 2 over a point
/// assert!((ball_volume_ratio(3)? - 4.0 / 3.0).abs() < 1e-15); // (4π/3)/π
/// # Ok::<(), teacher_student::Error>(())
/// ```
///
/// # Errors
/// d = 0.
///
/// # Source
/// Tian 2016, Eq 39 and 40.
pub fn ball_volume_ratio(dimension: usize) -> Result<f64, Error> {
    check_dimension(dimension)?;
    // With z = (d + 1)/2 the ratio is √π Γ(z)/Γ(z + ½).
    let z = f64::midpoint(dimension as f64, 1.0);
    if z >= ASYMPTOTIC {
        return Ok((PI / z).sqrt() * (-log_excess(z)).exp());
    }
    // W_d = W_{d−2} (d − 1)/d from W_1 = 2 or W_2 = π/2.
    let (mut ratio, first) = if dimension % 2 == 1 {
        (2.0, 3)
    } else {
        (PI / 2.0, 4)
    };
    for k in (first..=dimension).step_by(2) {
        ratio *= (k - 1) as f64 / k as f64;
    }
    Ok(ratio)
}

/// ln Γ(z + ½) − ln Γ(z) − ½ ln z = −Σ (1 − 4⁻ᵏ) B_{2k} z^{1−2k}/(k(2k − 1)).
fn log_excess(z: f64) -> f64 {
    let y = (z * z).recip();
    -(1.0 / 8.0
        + y * (-1.0 / 192.0 + y * (1.0 / 640.0 + y * (-17.0 / 14_336.0 + y * (31.0 / 18_432.0)))))
        / z
}

/// Bounds on V_d/V_{d−1}.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VolumeRatioBounds {
    /// √(2π/(d+1)), below it: Gautschi's (also Wendel's) inequality.
    pub gautschi_lower: f64,
    /// √(2π/d), above it: Gautschi's (also Wendel's) inequality.
    pub gautschi_upper: f64,
    /// √(2π/(d + 2/π)), below it: Watson's inequality x + ¼ < (Γ(x+1)/Γ(x+½))² ≤ x + 1/π for x ≥ 0, at x = d/2.
    pub watson_lower: f64,
    /// √(2π/(d + ½)), above it: Watson's inequality.
    pub watson_upper: f64,
}

/// The bounds of Gautschi and Wendel and the sharper ones of Watson on the [`ball_volume_ratio`].
///
/// Theorem 6 of Tian 2017 takes the lower one of Gautschi as its radius; with Watson's it holds for the larger radius
/// r ≤ ε√(2π/(d + 2/π))‖w*‖.
///
/// # Errors
/// d = 0.
///
/// # Source
/// Tian 2016, Eq 41 and 42 (W. Gautschi 1959; J. G. Wendel 1948); G. N. Watson 1959.
pub fn ball_volume_ratio_bounds(dimension: usize) -> Result<VolumeRatioBounds, Error> {
    check_dimension(dimension)?;
    let d = dimension as f64;
    Ok(VolumeRatioBounds {
        gautschi_lower: (TAU / (d + 1.0)).sqrt(),
        gautschi_upper: (TAU / d).sqrt(),
        watson_lower: (TAU / (d + FRAC_2_PI)).sqrt(),
        watson_upper: (TAU / (d + 0.5)).sqrt(),
    })
}
