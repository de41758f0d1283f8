//! Hinge-loss ReLU classifiers with a fixed top layer on data in orthogonal subspaces.

mod error;
mod geometric_condition;
mod hull;
mod wendel;

pub use error::Error;
pub use geometric_condition::{
    ClosedHemisphere, Effort, GeometricCondition, PositiveCombination, Undecided,
    geometric_condition, geometric_condition_with,
};
pub use hull::{Facet, Hull, MarginBounds, margin_bounds};
pub use wendel::{DyadicFraction, Wendel};
