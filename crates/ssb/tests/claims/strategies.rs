//! Generators of valid inputs, and small functions of the tests.

use gaussian_oracle::multiprecision::Real;
use proptest::prelude::*;
use ssb::PlanarDynamics;
use teacher_student::{DormandPrince, Integrator, Record, Stop, Trajectory, VectorField};

pub(crate) use testkit::{config, distance, from_rows as matrix, magnitude, norm, rows, vector};

/// K from 2 to a million.
pub(crate) fn neurons() -> impl Strategy<Value = usize> {
    prop_oneof![
        2..=6_usize,
        7..=200_usize,
        Just(1000_usize),
        Just(1_000_000)
    ]
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

pub(crate) fn planar(neurons: usize) -> PlanarDynamics {
    PlanarDynamics::new(neurons).unwrap()
}

/// The K × K matrix with x on and y off the diagonal.
pub(crate) fn circulant(x: f64, y: f64, neurons: usize) -> Vec<Vec<f64>> {
    let row = |j| (0..neurons).map(|i| if i == j { x } else { y }).collect();
    (0..neurons).map(row).collect()
}

pub(crate) fn doubles(values: &[Real]) -> Vec<f64> {
    values.iter().map(Real::to_f64).collect()
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
