//! What the tests of this workspace share: seeded configurations of property tests, strategies that draw valid inputs, vectors,
//! and rotations.
//!
//! Invariants: for tests only (`publish = false`, a dev-dependency everywhere); it depends on no crate that it helps to test
//! but `numeric`; every draw comes from a seed that is written down, so that all machines see the same cases.

mod rotations;
mod strategies;
mod vectors;

pub use rotations::{rotated, turned};
pub use strategies::{config, magnitude, matrix, seeded, vector};
pub use vectors::{from_rows, relative_distance, rows, times};

pub use numeric::{distance, inner_product as dot, norm};
