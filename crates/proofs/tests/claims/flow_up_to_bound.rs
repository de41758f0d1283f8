use gaussian_oracle::multiprecision::{Real, planar_field};
use proofs::{
    Cell, Interval, PlanarFlow, Positive, Rule, Theorem, check_cover, cover, planar_velocity,
};
use proptest::prelude::*;

use super::strategies::{config, holds};

/// q of the K for which it is a double: K = 1 + 4ⁿ.
pub(crate) fn shrink(n: u32) -> (f64, f64) {
    (
        1.0 + 4_f64.powi(n.cast_signed()),
        0.5_f64.powi(n.cast_signed()),
    )
}

/// The cell of a division around (q, t).
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Shares lie in [0, 1].
pub(crate) fn around(q: f64, t: f64, level: u32) -> Cell {
    let index =
        |share: f64| ((share * 2_f64.powi(level.cast_signed())) as u64).min((1 << level) - 1);
    Cell {
        index: [index(q), index(t)],
        level: [level, level],
    }
}

/// f₃ of T16, Eq 56, in the direction (1, y) at the gap ε = `share(β, β₂)`, times q²; and q cos θ + sin θ.
pub(crate) fn scaled_flow(
    k: f64,
    q: f64,
    y: f64,
    gap: impl Fn(&Real, &Real) -> Real,
) -> (Real, Real) {
    let (k, q, y) = (Real::from(k), Real::from(q), Real::from(y));
    let (one, two) = (Real::one(), Real::from(2.0));
    let others = &k - &one;
    let alpha = one.clone() / (&one + &others * (&y * &y)).sqrt();
    let theta = (others.sqrt() * &y).atan();
    let phi = (&alpha * &alpha * (&two * &y + (&k - &two) * (&y * &y))).acos();
    let phi_star = (&alpha * &y).acos();
    let beta_two = &alpha * (&one - &y);
    let beta = &alpha * (&one + &others * &y);
    let epsilon = gap(&beta, &beta_two);
    // αε = β₂ with the α of the point of gap ε, which is β₂/ε.
    let f3 = &phi_star - &theta - &epsilon * &phi
        + &beta_two * (&others * phi_star.sin() + theta.sin())
        - &epsilon * &others * phi.sin();
    (&q * &q * f3, &q * theta.cos() + theta.sin())
}

#[test]
fn oracle_the_proof_is_found_and_checked() {
    let certificate = Theorem::FlowUpToBound.prove().expect("a theorem");
    assert_eq!(
        check_cover(&certificate).expect("it stands").theorem,
        Theorem::FlowUpToBound
    );
}

#[test]
fn oracle_enclosures_contain_the_multiprecision_value() {
    let flow = PlanarFlow::UpToBound { share: 1.0 };
    proptest!(config(400), |(n in 0..6_u32, y in 0.001..0.999_f64, level in 0..10_u32)| {
        let (k, q) = shrink(n);
        let (value, weight) = scaled_flow(k, q, y, |beta, beta_two| beta_two / beta);
        let t = (y / q).atan() / q.recip().atan();
        let found = flow.enclosure(around(q, t, level), Rule::Value);
        prop_assert!(holds(found, &(weight * value)), "K = {k}, y = {y}: {found}");
    });
}

#[test]
fn oracle_the_velocity_contains_the_multiprecision_value() {
    proptest!(config(300), |(k in 2..40_usize, x in 0.05..1.5_f64, y in 0.0..1.2_f64)| {
        let found = planar_velocity(Interval::from(k as f64), Interval::from(x), Interval::from(y));
        for (found, value) in found.iter().zip(planar_field(x, y, k)) {
            prop_assert!(holds(*found, &value), "K = {k} ({x}, {y}): {found}");
        }
    });
}

/// On a ray f₃ is affine in ε: the whole lemma is in its value at the bound and in the slope.
#[test]
fn symmetry_the_flow_is_affine_along_a_ray() {
    proptest!(config(100), |(k in 2..30_usize, y in 0.01..0.95_f64, a in 0.1..1.0_f64, b in 1.0..2.0_f64)| {
        let at = |scale: f64| {
            let [x_rate, y_rate] =
                planar_velocity(Interval::from(k as f64), Interval::from(scale), scale * Interval::from(y));
            x_rate - y_rate
        };
        let middle = 0.5 * (at(a) + at(b));
        prop_assert!(at(0.5 * (a + b)).intersection(middle + Interval::around(0.0, 1e-12)).is_some());
    });
}

/// (1, 0) is the critical point that Theorem 7.9 speaks of, for every K.
#[test]
fn symmetry_the_teacher_is_at_rest_for_every_k() {
    for k in [2.0, 3.0, 10.0, 1e6] {
        for rate in planar_velocity(Interval::from(k), Interval::ONE, Interval::ZERO) {
            assert!(
                rate.contains(0.0) && rate.width() < 1e-9 * k,
                "K = {k}: {rate}"
            );
        }
    }
}

#[test]
fn nonvacuity_beyond_the_bound_the_flow_turns() {
    let error = cover(&PlanarFlow::UpToBound { share: 1.0625 }, 20)
        .expect_err("it is false")
        .to_string();
    assert!(error.contains("negative"), "{error}");
}
