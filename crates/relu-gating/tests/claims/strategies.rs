//! Generators of valid inputs, and small functions of the tests.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// `cases` cases from a fixed seed: the same on every machine.
pub(crate) fn config(cases: u32) -> Config {
    Config {
        cases,
        rng_seed: RngSeed::Fixed(20_170_309),
        ..Config::default()
    }
}

/// A vector of length d with entries in [−1, 1], at least one of them above 1/2.
pub(crate) fn vector(d: usize) -> impl Strategy<Value = Vec<f64>> {
    (
        prop::collection::vec(-1.0..1.0_f64, d),
        0..d,
        prop_oneof![-1.0..-0.5_f64, 0.5..1.0_f64],
    )
        .prop_map(|(mut v, index, entry)| {
            v[index] = entry;
            v
        })
}

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

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

pub(crate) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

pub(crate) fn times(factor: f64, v: &[f64]) -> Vec<f64> {
    v.iter().map(|x| factor * x).collect()
}

/// ‖a − b‖/‖b‖.
pub(crate) fn relative_distance(a: &[f64], b: &[f64]) -> f64 {
    let difference: Vec<f64> = a.iter().zip(b).map(|(x, y)| x - y).collect();
    norm(&difference) / norm(b)
}

/// The vector turned by `turn` in the plane of coordinates i and j.
pub(crate) fn rotated(v: &[f64], i: usize, j: usize, turn: f64) -> Vec<f64> {
    let mut rotated = v.to_vec();
    rotated[i] = turn.cos() * v[i] - turn.sin() * v[j];
    rotated[j] = turn.sin() * v[i] + turn.cos() * v[j];
    rotated
}
