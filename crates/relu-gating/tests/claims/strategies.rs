//! Generators of valid inputs, and small functions of the tests.

use proptest::prelude::*;

pub(crate) use testkit::{config, dot, norm, relative_distance, rotated, times, vector};

/// An angle anywhere in [0, π], or with a distance to 0 or π spread evenly over the scales from 1e-9 to 1.
pub(crate) fn angle() -> impl Strategy<Value = f64> {
    use std::f64::consts::PI;
    prop_oneof![
        0.0..PI,
        (-9.0..0.0_f64).prop_map(|x| 10f64.powf(x)),
        (-9.0..0.0_f64).prop_map(|x| PI - 10f64.powf(x)),
    ]
}

/// A scale spread evenly over the exponents of ten from −150 to 150.
pub(crate) fn scale() -> impl Strategy<Value = f64> {
    (-150.0..150.0_f64).prop_map(|x| 10f64.powf(x))
}

/// Two vectors of a common length in 2..=6, about the drawn angle apart (to rounding; the oracle sees the same doubles).
pub(crate) fn pair() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    (2..=6_usize)
        .prop_flat_map(|d| (vector(d), vector(d), angle()))
        .prop_map(|(e, other, theta)| {
            let w = at_angle(&e, &other, theta);
            (e, w)
        })
}

/// A vector of the length of `e`, `theta` away from it towards `other`.
pub(crate) fn at_angle(e: &[f64], other: &[f64], theta: f64) -> Vec<f64> {
    let square = dot(e, e);
    let along = dot(e, other) / square;
    let mut across: Vec<f64> = other.iter().zip(e).map(|(o, e)| o - along * e).collect();
    if norm(&across) < 1e-3 {
        // Nearly parallel draws: turn a quarter in the first two coordinates instead.
        across = vec![0.0; e.len()];
        across[0] = -e[1];
        across[1] = e[0];
        if norm(&across) < 1e-3 {
            across = vec![1.0; e.len()];
            let along = dot(e, &across) / square;
            for (a, e) in across.iter_mut().zip(e) {
                *a -= along * e;
            }
        }
        let along = dot(e, &across) / square;
        for (a, e) in across.iter_mut().zip(e) {
            *a -= along * e;
        }
    }
    let stretch = square.sqrt() / norm(&across);
    e.iter()
        .zip(&across)
        .map(|(e, a)| theta.cos() * e + theta.sin() * stretch * a)
        .collect()
}
