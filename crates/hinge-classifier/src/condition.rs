//! The geometric condition: 0 is in the interior of the convex hull of the directions of the neurons.

mod general;
mod hull;
mod margin;
mod planar;
mod projection;
mod proof;
mod wendel;

pub use general::{
    ClosedHemisphere, Effort, GeometricCondition, PositiveCombination, Undecided,
    geometric_condition, geometric_condition_with,
};
pub use hull::{Facet, Hull};
pub use margin::{MarginBounds, margin_bounds};
pub use planar::planar_condition;
pub use projection::{holds_in_projections, random_projection};
pub use proof::ConditionProof;
pub use wendel::{DyadicFraction, Wendel};
