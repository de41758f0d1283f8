//! Hinge-loss ReLU classifiers with a fixed top layer on data in orthogonal subspaces.

mod error;
mod geometric_condition;

pub use error::Error;
pub use geometric_condition::{
    ClosedHemisphere, Effort, GeometricCondition, PositiveCombination, Undecided,
    geometric_condition, geometric_condition_with,
};
