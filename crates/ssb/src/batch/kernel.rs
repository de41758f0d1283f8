//! The planar velocity without branches, for many points at once.

use std::f64::consts::{FRAC_1_PI, FRAC_PI_2, FRAC_PI_4, PI};

/// 1/2π.
const TURN: f64 = 0.5 * FRAC_1_PI;

/// (ẋ, ẏ) at (x, y), per sample, by the formulas of [`PlanarDynamics`](crate::PlanarDynamics) for K − 1 = `others` and norms
/// between 1e-100 and 1e100; NaN at the origin.
///
/// Without `CLOSE` the point must not be [`close`].
///
/// Sines of half angles stand for those of angles: every difference that the scalar form forms without loss is formed so here.
// The body must be compiled for the registers that the caller has chosen.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(super) fn velocity<const CLOSE: bool>(others: f64, root: f64, x: f64, y: f64) -> (f64, f64) {
    // For K = 2 exchanging the students exchanges x and y.
    let exchanged = others == 1.0 && y.abs() > x.abs();
    let (a, b) = if exchanged { (y, x) } else { (x, y) };
    let (right, down) = by_terms::<CLOSE>(others, root, a, b);
    if exchanged {
        (down, right)
    } else {
        (right, down)
    }
}

/// Whether a point is so close to the diagonal, seen from the origin, that the difference of the velocities is formed apart.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(super) fn close(others: f64, x: f64, y: f64) -> bool {
    let gap = x - y;
    gap * gap < 0.25 * (x * x + others * y * y)
}

#[allow(clippy::inline_always)]
#[inline(always)]
fn by_terms<const CLOSE: bool>(others: f64, root: f64, x: f64, y: f64) -> (f64, f64) {
    let (excess, gap) = (x - 1.0, x - y);
    let square = x * x + others * y * y;
    let norm = square.sqrt();
    let near_one = (excess * (x + 1.0) + others * y * y) / (norm + 1.0);
    let norm_excess = if norm > 0.5 && norm < 2.0 {
        near_one
    } else {
        norm - 1.0
    };
    let others_length = root * y.abs();
    let (sum, distance) = (x + y, gap.abs());
    let mean = (sum * sum + 2.0 * (others - 1.0) * y * y).sqrt();
    let inner = y * (2.0 * x + (others - 1.0) * y);
    let rest = (x * x + (others - 1.0) * y * y).sqrt();

    let shrink = 1.0 / norm;
    let (cos_x, cos_y) = (x * shrink, y * shrink);
    let sin_theta = others_length * shrink;
    let theta = atan2(others_length, x);
    let (sin_psi, cos_psi) = (inner * shrink * shrink, distance * mean * shrink * shrink);
    let psi = atan2(inner, distance * mean);
    let (sin_psi_star, cos_psi_star) = (cos_y, rest * shrink);
    let psi_star = atan2(y, rest);
    let scaled_gap = gap * shrink;

    let interaction = others
        * (norm_excess - norm * versine(sin_psi, cos_psi) + versine(sin_psi_star, cos_psi_star));
    let sum = excess + others * y;
    let down = FRAC_PI_2 * (sum + y) - cos_y * sin_theta + psi * (x + (others - 1.0) * y)
        - psi_star
        + cos_y * interaction;

    let direct = FRAC_PI_2 * (sum + excess)
        + (theta - cos_x * sin_theta)
        + others * psi * y
        + cos_x * interaction;
    if !CLOSE {
        return (-TURN * direct, -TURN * down);
    }

    // sin((θ+φ*)/2) from half angles; cos φ* = sin ψ*.
    let (sin_half, cos_half) = halves(sin_theta, cos_x);
    let (sin_half_star, cos_half_star) = halves(cos_psi_star, sin_psi_star);
    let middle = sin_half * cos_half_star + cos_half * sin_half_star;
    let half = 0.5 * scaled_gap / middle;
    let turn = 2.0 * atan2(half, ((1.0 - half) * (1.0 + half)).max(0.0).sqrt());
    let mutual = others * (norm * cos_psi - cos_psi_star);
    let difference = turn - gap * (FRAC_PI_2 - psi) + scaled_gap * (sin_theta - mutual);
    let right = if close(others, x, y) {
        down - difference
    } else {
        direct
    };
    (-TURN * right, -TURN * down)
}

/// 1 − cos, of sin and cos ≥ 0.
#[allow(clippy::inline_always)]
#[inline(always)]
fn versine(sine: f64, cosine: f64) -> f64 {
    sine * sine / (1.0 + cosine)
}

/// (sin θ/2, cos θ/2), each accurate relative to itself, of sin θ ≥ 0 and cos θ.
#[allow(clippy::inline_always)]
#[inline(always)]
fn halves(sine: f64, cosine: f64) -> (f64, f64) {
    let large = (0.5 * (1.0 + cosine.abs())).sqrt();
    let small = sine / (2.0 * large);
    if cosine > 0.0 {
        (small, large)
    } else {
        (large, small)
    }
}

const P: [f64; 5] = [
    -6.485_021_904_942_025e1,
    -1.228_866_684_490_136_1e2,
    -7.500_855_792_314_705e1,
    -1.615_753_718_733_365e1,
    -8.750_608_600_031_904e-1,
];
const Q: [f64; 5] = [
    1.945_506_571_482_614e2,
    4.853_903_996_359_137e2,
    4.328_810_604_912_902_6e2,
    1.650_270_098_316_988_6e2,
    2.485_846_490_142_306_4e1,
];

/// The angle of (x, y) in [−π, π] without branches, to 2 units of rounding; the rational function is that of Moshier's Cephes.
///
/// The smaller over the larger coordinate is brought below tan(π/8) by a rotation of π/4, before the one division.
#[allow(clippy::inline_always)]
#[inline(always)]
fn atan2(y: f64, x: f64) -> f64 {
    let (across, along) = (y.abs(), x.abs());
    let steep = across > along;
    let (low, high) = if steep {
        (along, across)
    } else {
        (across, along)
    };
    let turned = low > 0.414_213_562_373_095_03 * high;
    let (top, bottom) = if turned {
        (low - high, low + high)
    } else {
        (low, high)
    };
    let bottom = if bottom > f64::MIN_POSITIVE {
        bottom
    } else {
        f64::MIN_POSITIVE
    };
    let t = top / bottom;
    let z = t * t;
    let p = P.iter().rev().fold(0.0_f64, |sum, c| sum.mul_add(z, *c));
    let q = Q.iter().rev().fold(1.0_f64, |sum, c| sum.mul_add(z, *c));
    let small = t.mul_add(z * p / q, t);
    let angle = if turned { FRAC_PI_4 + small } else { small };
    let angle = if steep { FRAC_PI_2 - angle } else { angle };
    let angle = if x < 0.0 { PI - angle } else { angle };
    angle.copysign(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PlanarDynamics;

    #[test]
    fn angles_agree_with_the_library() {
        let unit = f64::EPSILON / 2.0;
        for i in 0..200_000 {
            let t = f64::from(i) * 1e-4 - 10.0;
            for (y, x) in [
                (t.sin(), t.cos()),
                (t, 1.0),
                (1e-9 * t, -3.0),
                (t, 1e-7),
                ((4.0 * t).exp2(), 1.0),
            ] {
                let expected = y.atan2(x);
                let error = (atan2(y, x) - expected).abs();
                assert!(error <= 4.0 * unit * expected.abs(), "{y} {x}");
            }
        }
        assert_eq!(atan2(0.0, 1.0), 0.0);
        assert_eq!(atan2(1.0, 0.0), FRAC_PI_2);
        assert_eq!(atan2(0.0, -1.0), PI);
        assert_eq!(atan2(0.0, 0.0), 0.0);
    }

    /// Everywhere, next to the teacher, and next to the diagonal, where the difference keeps its relative accuracy.
    #[test]
    fn velocities_agree_with_the_scalar_form() {
        for neurons in [2, 3, 5, 100] {
            let planar = PlanarDynamics::new(neurons).unwrap();
            let others = neurons as f64 - 1.0;
            for i in 0..20_000 {
                let (s, t) = (
                    (f64::from(i) * 0.618_033_988_75).fract(),
                    (f64::from(i) * 0.754_877_666_2).fract(),
                );
                let small = (-30.0 * s).exp();
                let points = [
                    (3.0 * s - 1.0, 3.0 * t - 1.5),
                    (1.0 + small * (t - 0.5), small * t),
                    (t + small, t),
                    (1e-3 * s, 1e-3 * t),
                    (s, 0.0),
                ];
                for (x, y) in points {
                    if x == 0.0 && y == 0.0 {
                        continue;
                    }
                    let [a, b] = planar.velocity(x, y).unwrap();
                    let root = others.sqrt();
                    let (found_a, found_b) = velocity::<true>(others, root, x, y);
                    if !close(others, x, y) {
                        assert!(velocity::<false>(others, root, x, y) == (found_a, found_b));
                    }
                    // Relative to the angles, of which the velocity is a sum, and to their distance from the teacher.
                    let size = a
                        .abs()
                        .max(b.abs())
                        .max((x - 1.0).hypot(others * y).min(1.0));
                    let error = (found_a - a).abs().max((found_b - b).abs());
                    assert!(error <= 1e-14 * size, "{neurons} {x} {y}: {error:e}");
                    let gap = (x - y).abs() / x.hypot(y);
                    if gap < 1e-3 {
                        let off = ((found_a - found_b) - (a - b)).abs();
                        assert!(
                            off <= 1e-13 * gap + 4e-16 * size,
                            "{neurons} {x} {y}: {off:e}"
                        );
                    }
                }
                let (a, b) = velocity::<true>(others, others.sqrt(), t + 0.1, t + 0.1);
                assert!(a == b);
            }
        }
    }
}
