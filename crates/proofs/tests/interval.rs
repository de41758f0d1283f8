//! Containment: an interval result holds the 512-bit value, for random and for adversarial arguments.

use gaussian_oracle::multiprecision::{self as exact, Real};
use proofs::{Interval, arc_cosine, arc_cosine_of_supplement, kernel};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed};

fn config(cases: u32) -> Config {
    Config {
        cases,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(20),
        ..Config::default()
    }
}

fn holds(interval: Interval, value: &Real) -> bool {
    let above = !interval.low().is_finite() || Real::from(interval.low()) <= *value;
    let below = !interval.high().is_finite() || *value <= Real::from(interval.high());
    above && below
}

/// Doubles of every size, and those where rounding, underflow and overflow begin.
fn double() -> impl Strategy<Value = f64> {
    let edges = vec![
        0.0,
        1.0,
        -1.0,
        0.1,
        2.0,
        -3.0,
        f64::MIN_POSITIVE,
        f64::from_bits(1),
        -f64::from_bits(1),
        f64::MAX,
        f64::MIN,
        1e-300,
        -1e-300,
        1e300,
        f64::EPSILON,
        1.0 + f64::EPSILON,
        1.0 - f64::EPSILON / 2.0,
        1.5e-154,
        1e154,
        std::f64::consts::PI,
    ];
    prop_oneof![
        2 => -4.0..4.0_f64,
        2 => any::<i64>().prop_map(|bits| f64::from_bits(bits.cast_unsigned())).prop_filter("finite", |x| x.is_finite()),
        1 => prop::sample::select(edges),
    ]
}

/// An interval and a member of it.
fn member() -> impl Strategy<Value = (Interval, f64)> {
    (double(), double(), 0.0..=1.0_f64, any::<bool>()).prop_map(|(a, b, t, point)| {
        if point {
            return (Interval::from(a), a);
        }
        let x = Interval::between(a, b);
        let inside = (x.low() * (1.0 - t) + x.high() * t).clamp(x.low(), x.high());
        (x, inside)
    })
}

#[test]
fn arithmetic_contains_the_exact_result() {
    proptest!(config(20_000), |((x, a) in member(), (y, b) in member())| {
        let (p, q) = (Real::from(a), Real::from(b));
        prop_assert!(holds(x + y, &(&p + &q)), "{x} + {y}");
        prop_assert!(holds(x - y, &(&p - &q)), "{x} - {y}");
        prop_assert!(holds(x * y, &(&p * &q)), "{x} * {y}");
        if b != 0.0 {
            prop_assert!(holds(x / y, &(&p / &q)), "{x} / {y}");
        }
        prop_assert!(holds(x.sqr(), &(&p * &p)), "{x} squared");
        prop_assert!(holds(x.powi(3), &(&(&p * &p) * &p)), "{x} cubed");
        if a >= 0.0 {
            prop_assert!(holds(x.sqrt(), &p.sqrt()), "root of {x}");
        }
        prop_assert!(x.hull(y).contains(a) && x.hull(y).contains(b));
        prop_assert!(x.mig() <= a.abs() && a.abs() <= x.mag());
        prop_assert!(x.contains(x.mid()));
        prop_assert_eq!(x.intersection(y).is_some_and(|both| both.contains(a)), y.contains(a));
    });
}

#[test]
fn exact_results_stay_points() {
    let (a, b) = (Interval::from(0.75), Interval::from(-3.0));
    for result in [
        a + b,
        a - b,
        a * b,
        b / a,
        a.sqr(),
        Interval::from(2.25).sqrt(),
    ] {
        assert!(result.is_point(), "{result}");
    }
}

#[test]
fn elementary_functions_contain_the_exact_result() {
    proptest!(config(2500), |(a in -40.0..40.0_f64, w in 0.0..4.0_f64, t in 0.0..=1.0_f64, thin in any::<bool>())| {
        let x = if thin { Interval::from(a) } else { Interval::between(a, a + w) };
        let inside = if thin { a } else { (a + t * w).clamp(x.low(), x.high()) };
        let exactly = Real::from(inside);
        prop_assert!(holds(x.sin(), &exactly.sin()), "sin {x}");
        prop_assert!(holds(x.cos(), &exactly.cos()), "cos {x}");
        prop_assert!(holds(x.atan(), &exactly.atan()), "atan {x}");
        let u = Interval::between((a / 40.0).clamp(-1.0, 1.0), (inside / 40.0).clamp(-1.0, 1.0));
        prop_assert!(holds(u.acos(), &Real::from(u.high()).acos()), "acos {u}");
        prop_assert!(holds(u.asin(), &(&(&Real::pi() / &Real::from(2.0)) - &Real::from(u.low()).acos())), "asin {u}");
    });
}

#[test]
fn sine_and_cosine_near_multiples_of_half_pi() {
    for k in -9_i32..=9 {
        let near = f64::from(k) * std::f64::consts::FRAC_PI_2;
        for x in [near, near.next_up(), near.next_down()] {
            let point = Interval::from(x);
            assert!(holds(point.sin(), &Real::from(x).sin()), "sin {x}");
            assert!(holds(point.cos(), &Real::from(x).cos()), "cos {x}");
            let box_ = Interval::between(x.next_down().next_down(), x.next_up().next_up());
            let exact_extreme = f64::from((k.rem_euclid(4) - 2).abs() - 1);
            assert!(box_.cos().contains(exact_extreme), "cos {box_}");
        }
    }
    assert_eq!(
        Interval::between(0.0, 7.0).sin(),
        Interval::between(-1.0, 1.0)
    );
    assert_eq!(Interval::from(1e300).cos(), Interval::between(-1.0, 1.0));
    let up = Interval::between(0.1, 0.2).sin();
    assert!(up.low() > 0.099 && up.high() < 0.199);
}

#[test]
fn the_angle_of_a_box_contains_that_of_its_points() {
    proptest!(config(2000), |(a in -2.0..2.0_f64, b in -2.0..2.0_f64, w in 0.0..1.0_f64, v in 0.0..1.0_f64,
                             s in 0.0..=1.0_f64, t in 0.0..=1.0_f64)| {
        let (x, y) = (Interval::between(a, a + w), Interval::between(b, b + v));
        let (p, q) = ((a + s * w).clamp(x.low(), x.high()), (b + t * v).clamp(y.low(), y.high()));
        prop_assert!(y.atan2(x).contains(q.atan2(p)), "atan2({y}, {x})");
    });
    let upper = Interval::between(0.0, 1e-300).atan2(Interval::between(-1.0, -0.5));
    assert!(upper.low() > 3.1 && upper.high() == Interval::PI.high());
    let signed = Interval::from(-0.0).atan2(Interval::from(-1.0));
    assert!(signed.low() > 3.0, "{signed}");
}

#[test]
fn the_constants_contain_pi() {
    assert!(holds(Interval::PI, &Real::pi()));
    assert!(holds(Interval::HALF_PI, &(&Real::pi() / &Real::from(2.0))));
    assert!(holds(Interval::TAU, &(&Real::pi() * &Real::from(2.0))));
}

#[test]
fn what_is_undefined_says_nothing() {
    let one = Interval::ONE;
    assert_eq!(one / Interval::ZERO, Interval::ENTIRE);
    assert_eq!(Interval::from(f64::NAN), Interval::ENTIRE);
    assert_eq!(Interval::from(-1.0).sqrt(), Interval::ENTIRE);
    assert_eq!(Interval::from(2.0).acos(), Interval::ENTIRE);
    assert_eq!(Interval::ENTIRE * Interval::ZERO, Interval::ZERO);
    let huge = Interval::from(f64::MAX) + Interval::from(f64::MAX);
    assert_eq!((huge.low(), huge.high()), (f64::MAX, f64::INFINITY));
    let error = Interval::new(1.0, 0.5).expect_err("refused").to_string();
    assert!(error.contains("[1, 0.5]"), "{error}");
    assert!(Interval::new(f64::NAN, 0.5).is_err());
    assert!(Interval::new(f64::INFINITY, f64::INFINITY).is_err());
}

#[test]
fn the_arc_cosine_kernel_contains_the_exact_value() {
    proptest!(config(1500), |(exponent in -300.0..0.5_f64, theta in 0.0..3.1_f64, w in 0.0..0.5_f64)| {
        let s = 10_f64.powf(exponent).min(3.1);
        let found = arc_cosine_of_supplement(Interval::from(s));
        prop_assert!(holds(found, &exact::Angle::from_supplement(s).arc_cosine()), "{s}: {found}");
        if exponent > -90.0 {
            // A series in doubles: a few dozen operations of relative error 2⁻⁵².
            prop_assert!(found.width() <= 1e-13 * found.high(), "{s}: {found}");
        }
        let h = arc_cosine(Interval::between(theta, theta + w));
        prop_assert!(holds(h, &exact::Angle::from_radians(theta).arc_cosine()), "{theta}: {h}");
    });
}

#[test]
fn the_kernel_of_vectors_contains_the_exact_value() {
    proptest!(config(500), |(u in prop::collection::vec(-2.0..2.0_f64, 3), v in prop::collection::vec(-2.0..2.0_f64, 3),
                            share in 0..4)| {
        // Nearly parallel and nearly opposite pairs too.
        let v: Vec<f64> = match share {
            0 => v,
            1 => u.iter().zip(&v).map(|(a, b)| a + 1e-9 * b).collect(),
            2 => u.iter().zip(&v).map(|(a, b)| -a + 1e-9 * b).collect(),
            _ => u.iter().map(|a| 2.0 * a).collect(),
        };
        let boxed = |w: &[f64]| w.iter().map(|&x| Interval::from(x)).collect::<Vec<_>>();
        let found = kernel(&boxed(&u), &boxed(&v)).expect("of one length");
        prop_assert!(holds(found, &exact::kernel(&u, &v)), "{found}");
        prop_assert!(found.width() <= 1e-13, "{found}");
    });
}
