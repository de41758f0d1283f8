//! Ω_ε₀, with x ≤ 1, is not left by the flow.

use std::f64::consts::TAU;

use gaussian_oracle::multiprecision::{Real, planar_field, relative_error};
use proptest::prelude::*;
use ssb::{SymmetricRegion, first_outward_epsilon};

use crate::strategies::{config, follow, in_region, magnitude, neurons, planar};

/// Each flow is a sum of about ten terms with a few roundings, none larger than K times the result of its own scale.
const ACCURACY: f64 = 1e-12;

fn region(neurons: usize) -> SymmetricRegion {
    SymmetricRegion::new(neurons, 0.0).unwrap()
}

/// 2π(ẋ − ẏ) in multiprecision.
fn exact_gap_rate(x: f64, y: f64, neurons: usize) -> Real {
    let [dx, dy] = planar_field(x, y, neurons);
    dx - dy
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn oracle_bottom_and_right(k in neurons(), t in 1e-3..=1.0_f64, near in magnitude(-9.0..0.0)) {
        for t in [t, near] {
            // f₁ on y = 0, where it is inward up to x = 1.
            let x = 1.0 - t * 0.999;
            let [_, up] = planar_field(x, 0.0, k);
            prop_assert!(relative_error(&[region(k).bottom_flow(x)?], std::slice::from_ref(&up)) <= ACCURACY);
            prop_assert!(region(k).bottom_flow(x)? > 0.0 && up > Real::zero());
            // f₂ on x = 1, where it is inward.
            let [right, _] = planar_field(1.0, t, k);
            prop_assert!(relative_error(&[region(k).right_flow(t)?], std::slice::from_ref(&right)) <= ACCURACY);
            prop_assert!(region(k).right_flow(t)? < 0.0 && right < Real::zero());
        }
    }

    #[test]
    fn oracle_diagonal(k in neurons(), cell in 0..1024_u32, exponent in 1..40_i32) {
        // y and ε on binary grids, so that x = y + ε is exact and the oracle sees the same point.
        let (y, epsilon) = (f64::from(cell) / 1024.0, 2f64.powi(-exponent));
        let flow = region(k).diagonal_flow(y, epsilon)?;
        let exact = exact_gap_rate(y + epsilon, y, k);
        // Relative to ε, the size of the terms: f₃/ε stays exact as ε → 0 and where it vanishes.
        let terms = epsilon * (1.0 + (k as f64).sqrt() * (1.0 + 1.0 / (y + epsilon)));
        let off = (Real::from(flow) - &exact).abs().to_f64();
        prop_assert!(off <= 1e-14 * terms.max(exact.abs().to_f64()), "{off:e} of {flow:e} at y = {y}, ε = {epsilon:e}, K = {k}");
    }

    #[test]
    fn oracle_diagonal_near_the_teacher(k in neurons(), a in magnitude(-12.0..-3.0), b in magnitude(-12.0..-3.0)) {
        // Rounded so that y + ε is exact.
        let unit = 2f64.powi(-52);
        let (a, b) = ((a / unit).round() * unit, (b / unit).round() * unit);
        let (y, epsilon) = (b, 1.0 - a);
        let flow = region(k).diagonal_flow(y, epsilon)?;
        prop_assume!((y + epsilon) - epsilon == y);
        let exact = exact_gap_rate(y + epsilon, y, k);
        // To first order (π/2 + K − 1)a − (K − 2)b, which may vanish: relative to its two terms, or the value.
        let off = (Real::from(flow) - &exact).abs().to_f64();
        prop_assert!(off <= 64.0 * f64::EPSILON * ((k as f64) * (a + b)).max(flow.abs()), "{off:e} of {flow:e} at y = {y:e}, 1 − ε = {a:e}, K = {k}");
    }

    #[test]
    fn oracle_inward_below_the_first_epsilon(k in prop_oneof![2..=10_usize, Just(30), Just(100), Just(1000)], a in 0.0..1.0_f64, b in 0.0..1.0_f64, tiny in magnitude(-12.0..0.0)) {
        let first = first_outward(k);
        for share in [b, tiny] {
            let epsilon = share * first * 0.999;
            prop_assume!(epsilon > 0.0);
            let y = a * (1.0 - epsilon);
            prop_assert!(region(k).diagonal_flow(y, epsilon)? > 0.0, "y = {y}, ε = {epsilon}, K = {k}");
            prop_assert!(exact_gap_rate(y + epsilon, y, k) > Real::zero());
        }
    }

    #[test]
    fn symmetry_reflection(y in 0.0..1.0_f64, epsilon in magnitude(-9.0..0.0)) {
        // K = 2: the edge x = y + ε and its mirror image across the diagonal.
        let x = y + epsilon;
        let forth = region(2).diagonal_flow(y, epsilon)?;
        let back = region(2).diagonal_flow(x, -epsilon)?;
        // The rounding of x shifts the mirrored point.
        prop_assert!((forth + back).abs() <= 1e-14 * epsilon.max(forth.abs()) + 1e-15, "{forth:e} and {back:e}");
    }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn oracle_trajectories_stay(k in prop_oneof![2..=10_usize, Just(30), Just(100)], (x, y) in in_region()) {
        // The largest triangle that holds the start and whose edge is inward.
        let epsilon = (x - y).min(0.99 * first_outward(k));
        let inside = SymmetricRegion::new(k, epsilon)?;
        let run = follow(&planar(k), &[x, y]);
        for state in run.states() {
            // 1e-9: the local error that the integrator may make at every step.
            let (x, y) = (state[0], state[1]);
            prop_assert!(x <= 1.0 + 1e-9 && y >= -1e-9 && x - y >= inside.epsilon() * (1.0 - 1e-7) - 1e-11, "({x}, {y})");
        }
    }
}

/// The value of `first_outward_epsilon`, once a K.
fn first_outward(neurons: usize) -> f64 {
    match neurons {
        0..=13 => 1.0,
        14 => 0.896_412,
        30 => 0.761_722,
        100 => 0.721_582,
        _ => 0.708_496,
    }
}

#[test]
fn oracle_first_outward_epsilon() {
    for neurons in [2, 3, 5, 10, 13] {
        assert_eq!(first_outward_epsilon(neurons).unwrap(), 1.0);
    }
    for neurons in [14, 30, 100, 1000] {
        let found = first_outward_epsilon(neurons).unwrap();
        assert!(
            (found - first_outward(neurons)).abs() < 1e-5,
            "{found} at K = {neurons}"
        );
        // The sign changes there in multiprecision too, at the corner (1, 1 − ε).
        let at_corner = |epsilon: f64| exact_gap_rate(1.0, 1.0 - epsilon, neurons).to_f64();
        assert!(at_corner(found - 1e-6) > 0.0 && at_corner(found + 1e-6) < 0.0);
        let [y, least] = region(neurons).least_diagonal_flow(found).unwrap();
        assert!(least <= 0.0 && least > -1e-9 && (y - (1.0 - found)).abs() < 1e-9);
    }
}

#[test]
fn nonvacuity_a_large_epsilon_is_left() {
    // K = 30, ε₀ = 0.9 > 0.762: a start near the corner (1, 0.1) crosses x = y + 0.9 at once.
    let inside = SymmetricRegion::new(30, 0.9).unwrap();
    assert!(inside.contains(1.0, 0.1 - 1e-9));
    let run = follow(&planar(30), &[1.0, 0.1 - 1e-9]);
    let left = run.states().iter().any(|s| s[0] - s[1] < 0.9 - 1e-3);
    assert!(left);
    // Not so for K = 5, whose every triangle is kept.
    let run = follow(&planar(5), &[1.0, 0.1 - 1e-9]);
    assert!(run.states().iter().all(|s| s[0] - s[1] >= 0.9 - 1e-7));
}

#[test]
fn refutes_the_printed_region_without_x_at_most_one() {
    // Printed: Ω_ε₀ = {x ≥ 0, y ≥ 0, x ≥ y + ε₀}. It holds (1.5, 0), where 2πẏ = −(π/2)(x − 1) = −π/4.
    for k in [2, 5, 100] {
        let [_, y_rate] = planar(k).velocity(1.5, 0.0).unwrap();
        assert!((TAU * y_rate + std::f64::consts::FRAC_PI_4).abs() < 1e-14);
        let [_, exact] = planar_field(1.5, 0.0, k);
        assert!((exact.to_f64() + std::f64::consts::FRAC_PI_4).abs() < 1e-14);
        let run = follow(&planar(k), &[1.5, 0.0]);
        assert!(run.states().iter().any(|s| s[1] < -1e-3), "K = {k}");
        // With the missing condition the point is outside.
        assert!(!SymmetricRegion::new(k, 0.1).unwrap().contains(1.5, 0.0));
        assert!(SymmetricRegion::new(k, 0.1).unwrap().contains(1.0, 0.0));
    }
}
