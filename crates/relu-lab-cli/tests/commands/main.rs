//! Every command on real files, most of them written by NumPy.

#[path = "../common/mod.rs"]
mod common;

mod derivatives;
mod dynamics;
mod examples;
mod formats;
mod geometric_condition;
mod help;
mod messages;
mod points;
mod scales;

use relu_lab::{Network, Population, Weights};

fn number(value: &serde_json::Value, name: &str) -> f64 {
    value[name]
        .as_f64()
        .unwrap_or_else(|| panic!("{name} in {value}"))
}

/// The student of `make.py`, typed again.
fn student() -> Weights {
    Weights::from_rows(&[
        vec![0.9, 0.1, 0.0, 0.2],
        vec![0.2, 1.1, -0.1, 0.0],
        vec![0.0, 0.3, 0.8, 0.1],
    ])
    .expect("weights")
}

fn population() -> Population {
    let teacher = Network::new(Weights::orthonormal(3, 4).expect("a teacher"));
    Population::matching(teacher)
}
