//! The population gradient of one ReLU unit.

use gaussian_oracle::finite_difference;
use gaussian_oracle::multiprecision::{self, relative_error};
use gaussian_oracle::vectors::{Vectors, exact};
use proptest::prelude::*;
use relu_gating::{population_gating, single_unit_gradient, single_unit_loss};

use crate::strategies::{
    config, dot, norm, pair, relative_distance, rotated, scale, times, vector,
};

/// Nothing cancels in the frame of w and v across w: a few units of rounding.
const ACCURACY: f64 = 1e-14;

/// A student at a relative distance of 1e-14 to 1 from its teacher.
fn near_teacher() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    (2..=6_usize)
        .prop_flat_map(|d| (vector(d), vector(d), -14.0..0.0_f64))
        .prop_map(|(teacher, direction, exponent)| {
            let w = teacher
                .iter()
                .zip(direction)
                .map(|(v, d)| v + 10f64.powf(exponent) * d)
                .collect();
            (w, teacher)
        })
}

proptest! {
    #![proptest_config(config(1024))]

    #[test]
    fn oracle_multiprecision((w, v) in prop_oneof![pair(), near_teacher()], size in scale(), ratio in -6.0..6.0_f64) {
        let v = times(size, &v);
        for w in [times(size, &w), times(size * 10f64.powf(ratio), &w)] {
            if w == v {
                continue;
            }
            let error = relative_error(&single_unit_gradient(&w, &v)?, &multiprecision::single_unit_gradient(&w, &v));
            prop_assert!(error <= ACCURACY, "gradient: relative error {error:e}");
        }
    }

    #[test]
    fn symmetry_rotation_and_scaling((w, v) in near_teacher(), turn in 0.0..6.3_f64) {
        let gradient = single_unit_gradient(&w, &v)?;
        let doubled = single_unit_gradient(&times(2.0, &w), &times(2.0, &v))?;
        prop_assert_eq!(doubled, times(2.0, &gradient));
        let turned = single_unit_gradient(&rotated(&w, 0, 1, turn), &rotated(&v, 0, 1, turn))?;
        // Rounding of the rotated input moves w − v by a unit of rounding of w.
        let tolerance = 4e-16 * norm(&w);
        prop_assert!(relative_distance(&turned, &rotated(&gradient, 0, 1, turn)) * norm(&gradient) <= tolerance + 1e-14 * norm(&gradient));
    }

    #[test]
    fn symmetry_difference_of_two_gatings((w, v) in pair()) {
        let own = population_gating(&w, &w)?;
        let other = population_gating(&w, &v)?;
        let difference: Vec<f64> = own.iter().zip(&other).map(|(a, b)| a - b).collect();
        let gradient = single_unit_gradient(&w, &v)?;
        prop_assert!(relative_distance(&gradient, &difference) * norm(&difference) <= 1e-15 * norm(&w));
    }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn oracle_finite_differences((w, v) in pair()) {
        let slope = finite_difference::gradient(|w| single_unit_loss(w, &v).unwrap_or(f64::NAN), &w, 1e-2);
        let gradient = single_unit_gradient(&w, &v)?;
        for (a, b) in gradient.iter().zip(&slope.value) {
            prop_assert!((a - b).abs() <= 1e-9 + 10.0 * slope.error);
        }
    }
}

#[test]
fn oracle_vectors() {
    for vector in Vectors::bundled().unwrap().single_unit {
        let computed = single_unit_gradient(&vector.w, &vector.teacher).unwrap();
        let error = relative_error(&computed, &exact(&vector.gradient));
        assert!(error <= ACCURACY, "{}: {error:e}", vector.note);
    }
}

#[test]
fn oracle_vanishes_exactly_at_the_teacher_only() {
    let v = [0.3, -1.7, 1e-3];
    assert_eq!(single_unit_gradient(&v, &v).unwrap(), [0.0; 3]);
    let next = [0.3, (-1.7_f64).next_up(), 1e-3];
    assert!(norm(&single_unit_gradient(&next, &v).unwrap()) > 0.0);
}

/// Eq 6 as it is usually coded loses 8 digits at distance 1e-8.
#[test]
fn nonvacuity_textbook_evaluation_loses_the_digits() {
    let (w, v) = ([1.0 + 1e-8, 2.0, -0.5], [1.0, 2.0, -0.5]);
    let theta = (dot(&w, &v) / (norm(&w) * norm(&v)))
        .clamp(-1.0, 1.0)
        .acos();
    let pi = std::f64::consts::PI;
    let textbook: Vec<f64> = w
        .iter()
        .zip(&v)
        .map(|(w_i, v_i)| {
            (w_i - v_i) / 2.0 + (theta * v_i - norm(&v) / norm(&w) * theta.sin() * w_i) / (2.0 * pi)
        })
        .collect();
    let reference = multiprecision::single_unit_gradient(&w, &v);
    assert!(relative_error(&textbook, &reference) > 1e-9);
    assert!(relative_error(&single_unit_gradient(&w, &v).unwrap(), &reference) <= ACCURACY);
}

/// The gradient is not that of the linear network, (w − w*)/2, once the directions differ.
#[test]
fn nonvacuity_not_the_linear_gradient() {
    let gradient = single_unit_gradient(&[0.0, 1.0], &[1.0, 0.0]).unwrap();
    assert!(relative_distance(&gradient, &[-0.5, 0.5]) > 0.4);
}

/// At the origin the gradient has no limit: it depends on the direction of approach.
#[test]
fn nonvacuity_discontinuous_at_the_origin() {
    let v = [1.0, 0.0];
    let forth = single_unit_gradient(&[1e-300, 0.0], &v).unwrap();
    let back = single_unit_gradient(&[-1e-300, 0.0], &v).unwrap();
    assert!((forth[0] + 0.5).abs() < 1e-15 && back[0].abs() < 1e-15);
}
