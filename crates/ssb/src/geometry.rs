//! Small pieces of planar geometry that the reductions share.

use std::f64::consts::PI;

use relu_gating::sin_minus_x_cos;

/// The exponent e with 2^e ≤ |x| < 2^(e+1), within one for subnormals; `x` is finite and not zero.
pub(crate) fn exponent(x: f64) -> i32 {
    let biased = |x: f64| i32::try_from((x.to_bits() >> 52) & 0x7ff).unwrap_or(0) - 1023;
    if x.abs() < f64::MIN_POSITIVE {
        biased(x * 2f64.powi(64)) - 64
    } else {
        biased(x)
    }
}

/// x·2^k, exact unless the result leaves the range of a double; |k| ≤ 2000.
pub(crate) fn times_power_of_two(x: f64, k: i32) -> f64 {
    let half = k / 2;
    x * 2f64.powi(half) * 2f64.powi(k - half)
}

/// ε(ψ) = ψ sin ψ + cos ψ − 1: what the arc-cosine kernel at the angle π/2 − ψ has beyond its value 1 and its slope
/// (π/2) sin ψ. Of second order at ψ = 0, and even.
pub(crate) fn orthogonal_excess(psi: f64) -> f64 {
    let half = (0.5 * psi).sin();
    psi * psi.sin() - 2.0 * half * half
}

/// ε(π/2) − ε(π/2 − θ) = π sin²(θ/2) − (sin θ − θ cos θ): how far a student's kernel with its own teacher is from
/// the kernel with itself. Of second order at θ = 0.
pub(crate) fn self_deficit(theta: f64) -> f64 {
    let half = (0.5 * theta).sin();
    PI * half * half - sin_minus_x_cos(theta)
}

/// 2 sin²(a/2) = 1 − cos a.
pub(crate) fn versine(angle: f64) -> f64 {
    let half = (0.5 * angle).sin();
    2.0 * half * half
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_2;

    use super::*;

    #[test]
    fn exponents_bracket_their_number() {
        for x in [1.0, -3.5, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e-310] {
            let unit = times_power_of_two(x, -exponent(x)).abs();
            assert!((1.0..2.0).contains(&unit), "{x:e} became {unit}");
        }
    }

    #[test]
    fn the_two_kernel_remainders_agree() {
        for i in 0..=20 {
            let theta = f64::from(i) * PI / 20.0;
            let direct = orthogonal_excess(FRAC_PI_2) - orthogonal_excess(FRAC_PI_2 - theta);
            assert!((self_deficit(theta) - direct).abs() < 2e-15);
        }
    }
}
