//! What a smoothed ReLU does to the singularity at the origin: the mean update becomes continuous there, but it is 0 there only
//! if the slope of the smoothed function at 0 is 0.

use std::f64::consts::{PI, TAU};

use gaussian_oracle::quadrature;
use proptest::prelude::*;
use teacher_student::single_unit::polar_rate;

use crate::strategies::config;

/// A smoothed ReLU with its slope.
#[derive(Debug, Clone, Copy)]
enum Smooth {
    /// δ ln(1 + e^{t/δ}), with the slope ½ at 0.
    Softplus(f64),
    /// 0, then t²/2δ up to t = δ, then t − δ/2: the slope at 0 is 0.
    Quadratic(f64),
}

impl Smooth {
    fn value(self, t: f64) -> f64 {
        match self {
            Self::Softplus(width) => t.max(0.0) + width * (-t.abs() / width).exp().ln_1p(),
            Self::Quadratic(width) if t < width => t.max(0.0).powi(2) / (2.0 * width),
            Self::Quadratic(width) => t - width / 2.0,
        }
    }

    fn slope(self, t: f64) -> f64 {
        match self {
            Self::Softplus(width) => (1.0 + (-t / width).exp()).recip(),
            Self::Quadratic(width) => (t / width).clamp(0.0, 1.0),
        }
    }
}

/// Relative to the mean of the absolute value of the integrand.
const TOLERANCE: f64 = 1e-7;

/// E over the plane of f(x) for x ~ N(0, I); beyond 8 the density is below 1e-14.
fn expectation(f: impl Fn(f64, f64) -> f64) -> f64 {
    let density = |t: f64| (-t * t / 2.0).exp() / TAU.sqrt();
    let over = |g: &dyn Fn(f64) -> f64| {
        let cuts: Vec<f64> = (-8..=8).map(f64::from).collect();
        quadrature::integrate_pieces(|t| density(t) * g(t), &cuts, TOLERANCE)
            .unwrap()
            .value
    };
    over(&|x| over(&|y| f(x, y)))
}

/// E[Δw] = E[x s′(w·x)(s(w*·x) − s(w·x))] in the plane, student and teacher both smoothed.
fn update(smooth: Smooth, w: [f64; 2], teacher: [f64; 2]) -> [f64; 2] {
    let inner = |x: f64, y: f64| {
        let (student, target) = (w[0] * x + w[1] * y, teacher[0] * x + teacher[1] * y);
        smooth.slope(student) * (smooth.value(target) - smooth.value(student))
    };
    // Quadrature is relative to the integrand: a component that vanishes by symmetry is taken with the other.
    let first = expectation(|x, y| x * inner(x, y));
    [first, expectation(|x, y| (x + y) * inner(x, y)) - first]
}

fn direction(angle: f64) -> [f64; 2] {
    [angle.cos(), angle.sin()]
}

fn gap(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The limit at the origin is s′(0) E[s′(w*·x)] w*, from every direction.
#[test]
fn oracle_the_update_is_continuous_at_the_origin() {
    let teacher = [1.0, 0.0];
    for smooth in [Smooth::Softplus(0.3), Smooth::Quadratic(0.3)] {
        let mean_slope = expectation(|x, _| smooth.slope(x));
        let limit = [smooth.slope(0.0) * mean_slope, 0.0];
        assert!(gap(update(smooth, [0.0, 0.0], teacher), limit) < 1e-6);
        for angle in [0.0, 1.0, 2.0, 3.0] {
            let near = direction(angle).map(|c| 1e-4 * c);
            let found = update(smooth, near, teacher);
            // s″ ≤ 1/δ and E‖x‖⁴ = 8 bound the change over a distance of 1e-4.
            assert!(gap(found, limit) < 3e-3, "{smooth:?} {angle}: {found:?}");
        }
    }
}

proptest! {
    #![proptest_config(config(6))]

    #[test]
    fn symmetry_rotation(angle in 0.0..TAU, turn in 0.0..TAU, size in 0.01..1.0_f64) {
        let smooth = Smooth::Softplus(0.4);
        let rotate = |v: [f64; 2]| [turn.cos() * v[0] - turn.sin() * v[1], turn.sin() * v[0] + turn.cos() * v[1]];
        let w = direction(angle).map(|c| size * c);
        let plain = update(smooth, w, [1.0, 0.0]);
        let turned = update(smooth, rotate(w), rotate([1.0, 0.0]));
        prop_assert!(gap(rotate(plain), turned) < 1e-5, "{plain:?} {turned:?}");
    }
}

/// Without smoothing the limit depends on the direction: ṙ → h(θ)/2π, from ½ towards the teacher to 0 against it.
#[test]
fn nonvacuity_the_relu_itself_is_discontinuous() {
    let inward = |theta: f64| {
        let angle = relu_gating::Angle::from_radians(theta).unwrap();
        polar_rate(1e-9, 1.0, angle).unwrap().norm
    };
    assert!((inward(0.0) - 0.5).abs() < 1e-8);
    assert!((inward(PI / 2.0) - TAU.recip()).abs() < 1e-8);
    assert!(inward(3.1) < 1e-4);
}

/// "Smoothing out ReLU around the origin … will yield Δw → 0 when w → 0": for softplus Δw → ½E[s′(w*·x)]w*, of length ¼ for
/// ‖w*‖ = 1 and every width, so that 0 is no critical point. It does yield 0 if s′(0) = 0.
#[test]
fn refutes_that_smoothing_makes_the_update_vanish() {
    for width in [0.05, 0.3, 1.0] {
        // By symmetry s′(t) + s′(−t) = 1, so E[s′(w*·x)] = ½.
        let found = update(Smooth::Softplus(width), [0.0, 0.0], [0.6, 0.8]);
        assert!(gap(found, [0.15, 0.2]) < 1e-6, "{width}: {found:?}");
        let flat = update(Smooth::Quadratic(width), [0.0, 0.0], [0.6, 0.8]);
        assert!(gap(flat, [0.0, 0.0]) == 0.0, "{flat:?}");
    }
}
