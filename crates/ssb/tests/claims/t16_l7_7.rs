//! The coordinates (β, ε).

use gaussian_oracle::multiprecision::{Real, relative_error};
use proptest::prelude::*;
use ssb::Reparametrization;

use crate::strategies::{config, in_region, magnitude, neurons, planar};

/// A handful of rounded operations.
const ACCURACY: f64 = 16.0 * f64::EPSILON;

/// β = √(K − (K−1)α²ε²) and β₂ = √((K − β²)/(K−1)) as printed.
fn printed(x: f64, y: f64, neurons: usize) -> [Real; 2] {
    let (k, others) = (Real::from(neurons as f64), Real::from(neurons as f64 - 1.0));
    let (x, y) = (Real::from(x), Real::from(y));
    let square = &x * &x + &others * &y * &y;
    let gap = &x - &y;
    let beta_square = &k - &others * &gap * &gap / square;
    let beta_two = ((&k - &beta_square) / others).sqrt();
    [beta_square.sqrt(), beta_two]
}

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn oracle_printed_formulas(k in neurons(), (x, y) in in_region()) {
        let point = Reparametrization::new(k)?.forward(x, y)?;
        for (computed, exact) in [point.beta(), point.beta_two()].into_iter().zip(printed(x, y, k)) {
            let error = relative_error(&[computed], &[exact]);
            prop_assert!(error <= ACCURACY, "{error:e} at ({x}, {y}), K = {k}");
        }
        prop_assert_eq!(point.epsilon(), x - y);
        // Eq 59.
        let angles = planar(k).angles(x, y)?;
        let beta = angles.theta().cos() + (k as f64 - 1.0).sqrt() * angles.theta().sin();
        prop_assert!((point.beta() - beta).abs() <= ACCURACY * beta);
        // Eq 58, its three rows.
        let kf = k as f64;
        let (b, b2, alpha) = (point.beta(), point.beta_two(), point.alpha());
        prop_assert!((alpha * y - (b - b2) / kf).abs() <= ACCURACY);
        prop_assert!((alpha * x - (b + (kf - 1.0) * b2) / kf).abs() <= ACCURACY);
        prop_assert!((alpha * (x - y) - b2).abs() <= ACCURACY);
    }

    #[test]
    fn oracle_round_trips(k in neurons(), (x, y) in in_region()) {
        let map = Reparametrization::new(k)?;
        let point = map.forward(x, y)?;
        let [back_x, back_y] = map.inverse(&point);
        prop_assert!((back_x - x).abs() <= ACCURACY * x && (back_y - y).abs() <= ACCURACY * x);
        // From (β, ε) alone: β fixes the direction to its own rounding, magnified by dy/dβ near the diagonal.
        if let Ok(again) = map.point(point.beta(), point.epsilon()) {
            prop_assert!((again.beta_two() - point.beta_two()).abs() * point.beta_two() <= 4.0 * ACCURACY);
            let [x2, y2] = map.inverse(&again);
            let forth = map.forward(x2, y2)?;
            prop_assert!((forth.beta() - point.beta()).abs() <= 4.0 * ACCURACY * point.beta());
        }
    }

    #[test]
    fn symmetry_scaling(k in neurons(), (x, y) in in_region(), exponent in -20..20_i32) {
        // β and β₂ see the direction alone, ε the size: the very point of the coordinates.
        let map = Reparametrization::new(k)?;
        let factor = 2f64.powi(exponent);
        let (one, other) = (map.forward(x, y)?, map.forward(factor * x, factor * y)?);
        prop_assert_eq!((one.beta(), one.beta_two()), (other.beta(), other.beta_two()));
        prop_assert_eq!(factor * one.epsilon(), other.epsilon());
    }

    #[test]
    fn nonvacuity_below_the_lower_edge(k in neurons(), x in 0.1..1.0_f64, share in magnitude(-3.0..-0.5)) {
        // For y < 0, β falls below 1 and β₂ rises above it; the map refuses such points.
        let y = -share * x / (k as f64);
        prop_assert!(Reparametrization::new(k)?.forward(x, y).is_err());
        let [beta, beta_two] = printed(x, y, k);
        prop_assert!(beta < Real::one() && beta_two > Real::one());
        // Below x + (K−1)y = 0 the root takes the wrong sign, and Eq 58 leads to another point.
        let y = -2.0 * x / (k as f64 - 1.0);
        let [beta, beta_two] = printed(x, y, k);
        let alpha = &beta_two / (Real::from(x) - Real::from(y));
        let back = ((&beta - &beta_two) / (alpha * Real::from(k as f64))).to_f64();
        prop_assert!((back - y).abs() > 0.1 * y.abs(), "{back} for {y}, K = {k}");
    }
}

#[test]
fn oracle_the_teacher_is_beta_one() {
    for k in [2, 5, 1000] {
        let map = Reparametrization::new(k).unwrap();
        let teacher = map.forward(1.0, 0.0).unwrap();
        assert_eq!((teacher.beta(), teacher.beta_two()), (1.0, 1.0));
        assert_eq!(map.inverse(&map.point(1.0, 1.0).unwrap()), [1.0, 0.0]);
    }
}

#[test]
fn refutes_the_closed_range_of_beta() {
    // T16 prints β ∈ [1, √K] together with ε > 0 and β₂ ∈ (0, 1]. At β = √K, β₂ = 0 and so ε = β₂/α = 0.
    for k in [2_usize, 4, 9, 100] {
        let map = Reparametrization::new(k).unwrap();
        let top = (k as f64).sqrt();
        let beta_two = ((k as f64 - top * top) / (k as f64 - 1.0)).max(0.0).sqrt();
        assert!(beta_two < 1e-7);
        assert!(map.point(top, 0.5).is_err());
        // The bound is approached, and never met, on the way to the diagonal.
        let mut last = 1.0;
        for gap in [0.5, 0.1, 0.01, 1e-3] {
            let beta = map.forward(0.5, 0.5 * (1.0 - gap)).unwrap().beta();
            assert!(beta > last && beta < top);
            last = beta;
        }
    }
}
