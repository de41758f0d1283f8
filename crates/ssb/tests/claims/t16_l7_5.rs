//! The relations among α, θ, φ and φ* in the triangle.

use std::f64::consts::FRAC_PI_2;

use gaussian_oracle::multiprecision::{self, relative_error};
use proptest::prelude::*;

use crate::strategies::{circulant, config, in_region, magnitude, neurons, planar};

/// An arctangent of a quotient of a few rounded sums.
const ACCURACY: f64 = 8.0 * f64::EPSILON;

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn oracle_angles_are_those_of_the_weights(k in 2..=6_usize, (x, y) in in_region()) {
        let angles = planar(k).angles(x, y)?;
        let (student, teacher) = (circulant(x, y, k), circulant(1.0, 0.0, k));
        for (angle, u, v) in [
            (angles.theta(), &student[0], &teacher[0]),
            (angles.phi(), &student[0], &student[1]),
            (angles.phi_star(), &student[0], &teacher[1]),
        ] {
            let error = relative_error(&[angle], &[multiprecision::angle(u, v).theta]);
            prop_assert!(error <= ACCURACY, "{error:e} at ({x}, {y}), K = {k}");
        }
    }
}

proptest! {
    #![proptest_config(config(1024))]

    #[test]
    fn oracle_relations(k in neurons(), (x, y) in in_region()) {
        let angles = planar(k).angles(x, y)?;
        let (theta, phi, phi_star) = (angles.theta(), angles.phi(), angles.phi_star());
        let bound = (k as f64 - 1.0).sqrt().atan(); // arccos(1/√K)
        prop_assert!((0.0..=FRAC_PI_2).contains(&phi));
        prop_assert!((0.0..=FRAC_PI_2).contains(&phi_star));
        prop_assert!((0.0..=bound * (1.0 + ACCURACY)).contains(&theta));
        let gap = angles.alpha() * (x - y);
        prop_assert!((phi.cos() - (1.0 - gap * gap)).abs() <= 4.0 * ACCURACY);
        prop_assert!((phi.sin() - gap * (2.0 - gap * gap).sqrt()).abs() <= 4.0 * ACCURACY);
        prop_assert!(phi_star >= phi * (1.0 - ACCURACY));
        prop_assert!(phi_star >= theta * (1.0 - ACCURACY));
        // Strictness, where doubles can see it.
        if y > 1e-3 * x {
            prop_assert!(phi_star > phi);
        }
        if x - y > 1e-3 * x {
            prop_assert!(phi_star > theta);
        }
    }

    #[test]
    fn symmetry_scaling(k in neurons(), (x, y) in in_region(), exponent in -20..20_i32) {
        // The angles see the direction of (x, y) alone; a power of two changes no digit.
        let factor = 2f64.powi(exponent);
        let (one, other) = (planar(k).angles(x, y)?, planar(k).angles(factor * x, factor * y)?);
        prop_assert_eq!(
            [one.theta(), one.phi(), one.phi_star()],
            [other.theta(), other.phi(), other.phi_star()]
        );
        prop_assert!((other.alpha() * factor - one.alpha()).abs() <= ACCURACY * one.alpha());
    }

    #[test]
    fn symmetry_reflection_of_the_plane(x in 0.0..1.0_f64, y in 1e-3..1.0_f64) {
        // For K = 2 the exchange x ↔ y exchanges θ and φ* and keeps φ.
        let (one, other) = (planar(2).angles(x, y)?, planar(2).angles(y, x)?);
        prop_assert!((one.theta() - other.phi_star()).abs() <= ACCURACY);
        prop_assert_eq!(one.phi(), other.phi());
    }

    #[test]
    fn nonvacuity_outside_the_triangle(k in neurons(), x in 1e-3..1.0_f64, gap in magnitude(-2.0..1.0)) {
        // Above the diagonal θ is the larger angle, and below y = 0 the student is farther from its fellows than from
        // their teachers.
        let above = planar(k).angles(x, x * (1.0 + gap))?;
        prop_assert!(above.phi_star() < above.theta());
        let below = planar(2).angles(x, -x * gap.min(0.9))?;
        prop_assert!(below.phi_star() < below.phi() && below.phi() > FRAC_PI_2);
    }
}

#[test]
fn oracle_equality_only_on_the_lower_edge() {
    for k in [2, 3, 10, 1000] {
        let on = planar(k).angles(0.7, 0.0).unwrap();
        assert_eq!((on.phi(), on.phi_star()), (FRAC_PI_2, FRAC_PI_2));
        let above = planar(k).angles(0.7, 1e-12).unwrap();
        assert!(above.phi_star() - above.phi() > 1e-12);
    }
}

#[test]
fn refutes_the_chain_under_eq_48_at_two_neurons() {
    // Printed: (x + (K−1)y)² > x² + (K−1)²y² > x² + (K−1)y². At K = 2 both sides of the second ">" are x² + y².
    let chain = |k: f64, x: f64, y: f64| {
        let others = k - 1.0;
        [
            (x + others * y).powi(2),
            x * x + others * others * y * y,
            x * x + others * y * y,
        ]
    };
    let [_, middle, last] = chain(2.0, 0.5, 0.25);
    assert_eq!((middle, last), (0.3125, 0.3125));
    // The conclusion survives by the first ">", and from K = 3 on both are strict.
    let [first, middle, last] = chain(2.0, 0.5, 0.25);
    assert!(first > middle && middle >= last);
    let [first, middle, last] = chain(3.0, 0.5, 0.25);
    assert!(first > middle && middle > last);
}
