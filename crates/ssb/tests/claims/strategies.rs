//! Generators of valid inputs, and small functions of the tests.

use faer::{Mat, MatRef};
use gaussian_oracle::multiprecision::Real;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use ssb::PlanarDynamics;
use teacher_student::{DormandPrince, Integrator, Record, Stop, Trajectory, VectorField};

/// `cases` cases from a fixed seed: the same on every machine.
pub(crate) fn config(cases: u32) -> Config {
    Config {
        cases,
        rng_seed: RngSeed::Fixed(20_170_309),
        ..Config::default()
    }
}

/// K from 2 to a million.
pub(crate) fn neurons() -> impl Strategy<Value = usize> {
    prop_oneof![
        2..=6_usize,
        7..=200_usize,
        Just(1000_usize),
        Just(1_000_000)
    ]
}

/// A number spread evenly over the exponents of ten.
pub(crate) fn magnitude(exponents: std::ops::Range<f64>) -> impl Strategy<Value = f64> {
    exponents.prop_map(|e| 10f64.powf(e))
}

/// A point of Ω = {0 ≤ y < x ≤ 1}, uniform, or close to one of its edges on all scales down to 1e-9.
pub(crate) fn in_region() -> impl Strategy<Value = (f64, f64)> {
    let gap = prop_oneof![1e-9..1.0_f64, magnitude(-9.0..0.0)];
    let x = prop_oneof![
        1e-6..=1.0_f64,
        magnitude(-6.0..0.0),
        magnitude(-9.0..-1.0).prop_map(|e| 1.0 - e)
    ];
    (x, gap, any::<bool>()).prop_map(|(x, gap, low)| {
        // x·gap above the lower edge, or below the diagonal.
        let y = if low { x * gap } else { x - x * gap };
        if y < x { (x, y) } else { (x, 0.0) }
    })
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

pub(crate) fn planar(neurons: usize) -> PlanarDynamics {
    PlanarDynamics::new(neurons).unwrap()
}

/// The K × K matrix with x on and y off the diagonal.
pub(crate) fn circulant(x: f64, y: f64, neurons: usize) -> Vec<Vec<f64>> {
    let row = |j| (0..neurons).map(|i| if i == j { x } else { y }).collect();
    (0..neurons).map(row).collect()
}

pub(crate) fn rows(matrix: MatRef<'_, f64>) -> Vec<Vec<f64>> {
    (0..matrix.nrows())
        .map(|i| (0..matrix.ncols()).map(|j| matrix[(i, j)]).collect())
        .collect()
}

pub(crate) fn matrix(rows: &[Vec<f64>]) -> Mat<f64> {
    Mat::from_fn(rows.len(), rows[0].len(), |i, j| rows[i][j])
}

pub(crate) fn doubles(values: &[Real]) -> Vec<f64> {
    values.iter().map(Real::to_f64).collect()
}

pub(crate) fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

pub(crate) fn distance(a: &[f64], b: &[f64]) -> f64 {
    let difference: Vec<f64> = a.iter().zip(b).map(|(x, y)| x - y).collect();
    norm(&difference)
}

/// Follows a field with error control until its rate is below 1e-9, or for a long time.
pub(crate) fn follow(field: &dyn VectorField, start: &[f64]) -> Trajectory {
    follow_for(field, start, 1e4)
}

pub(crate) fn follow_for(field: &dyn VectorField, start: &[f64], time: f64) -> Trajectory {
    DormandPrince::default()
        .relative_tolerance(1e-9)
        .absolute_tolerance(1e-12)
        .integrate(
            field,
            start,
            &Stop::new().time(time).rate_below(1e-9),
            &Record::EveryStep(1),
        )
        .unwrap()
}
