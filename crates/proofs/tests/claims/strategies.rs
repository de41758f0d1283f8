//! Seeds, and what several claims share.

use gaussian_oracle::multiprecision::Real;
use proofs::{Cell, Interval};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed};

/// A fixed number of cases from a fixed seed.
pub(crate) fn config(cases: u32) -> Config {
    Config {
        cases,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(66),
        failure_persistence: None,
        ..Config::default()
    }
}

/// Whether the 512-bit value lies in the interval.
pub(crate) fn holds(interval: Interval, value: &Real) -> bool {
    let above = !interval.low().is_finite() || Real::from(interval.low()) <= *value;
    let below = !interval.high().is_finite() || *value <= Real::from(interval.high());
    above && below
}

/// Cells of the unit square of different shapes.
pub(crate) fn cell() -> impl Strategy<Value = Cell> {
    (0..8_u32, 0..8_u32, any::<u64>(), any::<u64>()).prop_map(|(l, m, i, j)| Cell {
        index: [i % (1 << l), j % (1 << m)],
        level: [l, m],
    })
}

/// The point of a cell at shares of its sides.
pub(crate) fn inside(cell: Cell, shares: [f64; 2]) -> [f64; 2] {
    [0, 1].map(|axis| {
        let [low, high] = cell.ends(axis);
        low + shares[axis] * (high - low)
    })
}
