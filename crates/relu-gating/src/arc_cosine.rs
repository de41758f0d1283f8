use std::f64::consts::TAU;

use numeric::times_power_of_two;

use crate::angle::Angle;
use crate::error::Error;
use crate::plane::Plane;

/// (−1)^(k+1) 2k/(2k+1)!, from k = 1.
const SERIES: [f64; 9] = [
    1.0 / 3.0,
    -1.0 / 30.0,
    1.0 / 840.0,
    -1.0 / 45_360.0,
    1.0 / 3_991_680.0,
    -1.0 / 518_918_400.0,
    1.0 / 93_405_312_000.0,
    -1.0 / 22_230_464_256_000.0,
    1.0 / 6_758_061_133_824_000.0,
];

/// sin x − x cos x for x ∈ [0, π], without the cancellation at 0 where it is x³/3.
///
/// Below 1 by its Taylor series Σ (−1)^(k+1) 2k/(2k+1)! x^(2k+1), truncated at 2e-17 relative.
#[inline]
pub fn sin_minus_x_cos(x: f64) -> f64 {
    if x < 1.0 {
        let y = x * x;
        let series = SERIES.iter().rev().fold(0.0, |sum, term| term + y * sum);
        x * y * series
    } else {
        x.sin() - x * x.cos()
    }
}

/// The angular part of the degree-one arc-cosine kernel, h(θ) = (π − θ) cos θ + sin θ.
///
/// h decreases from π at 0 to 0 at π, where it is (π−θ)³/3: beyond π/2 it is evaluated in the supplement
/// δ = π − θ as sin δ − δ cos δ, by its series where that cancels.
///
/// # Examples
/// ```
/// use relu_gating::{Angle, arc_cosine};
/// let near_pi = Angle::from_supplement(1e-5)?;
/// assert!((arc_cosine(near_pi) / (1e-15 / 3.0) - 1.0).abs() < 1e-10);
/// # Ok::<(), relu_gating::Error>(())
/// ```
///
/// # Source
/// Tian 2017 supplement (M_r = h(Θᵀ)); the kernel is due to Cho & Saul 2009.
#[inline]
pub fn arc_cosine(angle: Angle) -> f64 {
    let delta = angle.supplement();
    if angle.radians() <= delta {
        delta * angle.cos() + angle.sin()
    } else {
        sin_minus_x_cos(delta)
    }
}

/// π − h(θ), without the cancellation at 0 where it is πθ²/2.
///
/// 2π sin²(θ/2) − (sin θ − θ cos θ).
#[inline]
pub fn arc_cosine_deficit(angle: Angle) -> f64 {
    let theta = angle.radians();
    let half_sine = (theta / 2.0).sin();
    TAU * half_sine * half_sine - sin_minus_x_cos(theta)
}

/// h, h′ and h″ at θ: (π − θ) cos θ + sin θ, −(π − θ) sin θ, and sin θ − (π − θ) cos θ.
///
/// h and h′ have full relative accuracy; h″ has it too away from its one zero, near θ = 1.1.
#[inline]
pub fn arc_cosine_derivatives(angle: Angle) -> [f64; 3] {
    let delta = angle.supplement();
    [
        arc_cosine(angle),
        -delta * angle.sin(),
        angle.sin() - delta * angle.cos(),
    ]
}

/// The arc-cosine kernel E[σ(u·x) σ(v·x)] = ‖u‖‖v‖ h(θ)/2π for x ~ N(0, I), θ = ∠(u, v).
///
/// # Errors
/// Empty, unequal lengths, non-finite entries, a zero vector, or a result beyond the largest double.
///
/// # Source
/// Implied by Tian 2017, Eq 2 and Eq 5: E[σ(u·x) σ(v·x)] = u·E[F(u, v)].
pub fn kernel(u: &[f64], v: &[f64]) -> Result<f64, Error> {
    let forth = Plane::new("u", u, "v", v)?;
    let back = Plane::new("v", v, "u", u)?;
    let value = times_power_of_two(
        forth.norm() * back.norm() * (arc_cosine(forth.angle()) / TAU),
        forth.exponent() + back.exponent(),
    );
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::Overflow)
    }
}
