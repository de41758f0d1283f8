use std::ops::Range;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// `cases` cases from one fixed seed: the same on every machine.
pub fn config(cases: u32) -> Config {
    seeded(cases, 20_170_309)
}

/// `cases` cases from a seed of its own.
pub fn seeded(cases: u32, seed: u64) -> Config {
    Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    }
}

/// A number spread evenly over the exponents of ten.
pub fn magnitude(exponents: Range<f64>) -> impl Strategy<Value = f64> {
    exponents.prop_map(|e| 10f64.powf(e))
}

/// A vector of length d with entries in [−1, 1], at least one of them above 1/2.
pub fn vector(d: usize) -> impl Strategy<Value = Vec<f64>> {
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

/// `count` rows of length d, each a [`vector`].
pub fn matrix(count: usize, d: usize) -> impl Strategy<Value = Vec<Vec<f64>>> {
    prop::collection::vec(vector(d), count)
}
