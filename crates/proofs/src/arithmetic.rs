//! Numbers that are certain: outward rounded intervals with derivatives and Taylor coefficients over boxes, rational numbers, and
//! exact polynomials; and the quantities of the papers in them.

mod dual;
mod exact;
mod fields;
mod interval;
mod jet;
mod kernel;
mod rational;

pub use dual::Dual;
pub use exact::{Exact, Symbol};
pub use fields::{l12, planar_velocity, population_gating, population_gradient};
pub use interval::Interval;
pub use jet::Jet;
pub use kernel::{
    angle, arc_cosine, arc_cosine_of_supplement, arc_cosine_over_cube, dot, kernel, norm,
};

pub(crate) use fields::l12_as_printed;
pub(crate) use rational::Between;
