use gaussian_oracle::multiprecision::Real;
use proofs::{Interval, PlanarFlow, Positive, Rule, Theorem, check_cover, cover, planar_velocity};
use proptest::prelude::*;

use super::flow_up_to_bound::{around, scaled_flow, shrink};
use super::strategies::{config, holds};

#[test]
fn oracle_the_proof_is_found_and_checked() {
    let certificate = Theorem::FlowOnSlantedEdge.prove().expect("a theorem");
    assert_eq!(
        check_cover(&certificate).expect("it stands").theorem,
        Theorem::FlowOnSlantedEdge
    );
}

#[test]
fn oracle_enclosures_contain_the_multiprecision_value() {
    let flow = PlanarFlow::SlantedEdge { tenths: 7.0 };
    proptest!(config(400), |(n in 0..6_u32, y in 0.001..0.999_f64, level in 0..10_u32)| {
        let (k, q) = shrink(n);
        let (value, _) = scaled_flow(k, q, y, |_, _| Real::from(7.0) / Real::from(10.0));
        let t = (y / q).atan() / q.recip().atan();
        let found = flow.enclosure(around(q, t, level), Rule::Value);
        prop_assert!(holds(found, &value), "K = {k}, y = {y}: {found}");
    });
}

/// The other two edges of the corrected region: up on y = 0, to the left on x = 1, by the estimate of the proof.
#[test]
fn oracle_the_other_edges_are_inward() {
    proptest!(config(400), |(k in 2..200_usize, s in 0.001..0.999_f64)| {
        let count = Interval::from(k as f64);
        let [_, up] = planar_velocity(count, Interval::from(s), Interval::ZERO);
        prop_assert!(up.low() > 0.0, "K = {k}, x = {s}: {up}");
        let y = Interval::from(s);
        let [right, _] = planar_velocity(count, Interval::ONE, y);
        // −2πẋ/(K−1) ≥ y(π/2 − cos θ), cos θ ≤ 1.
        let bound = (count - 1.0) * y * (Interval::HALF_PI - 1.0);
        prop_assert!((-right).high() >= bound.low() && right.high() < 0.0, "K = {k}, y = {s}: {right}");
    });
}

/// For K = 2 exchanging the neurons exchanges x and y: f₃ is odd.
#[test]
fn symmetry_the_exchange_of_two_neurons() {
    proptest!(config(200), |(x in 0.1..1.0_f64, y in 0.1..1.0_f64)| {
        let two = Interval::from(2.0);
        let [a, b] = planar_velocity(two, Interval::from(x), Interval::from(y));
        let [c, d] = planar_velocity(two, Interval::from(y), Interval::from(x));
        prop_assert!((a - b).intersection(d - c).is_some());
    });
}

#[test]
fn nonvacuity_the_edge_cannot_be_farther() {
    // 1/√2 is the limit for K → ∞.
    let error = cover(&PlanarFlow::SlantedEdge { tenths: 7.5 }, 20)
        .expect_err("it is false")
        .to_string();
    assert!(error.contains("negative"), "{error}");
}
