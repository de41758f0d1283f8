//! Reference values of the closed forms, straight from the papers, with 512 bits.
//!
//! Doubles enter exactly, exponents reach ±2³¹, so nothing under- or overflows on the way, and the
//! angle comes from the exact 2 × 2 minors u_i v_j − u_j v_i. Every double input is therefore
//! answered to far more digits than a double holds, however near to 0 or π its angle and however
//! extreme its length.

mod network;
mod pair;
mod planar;
mod real;

pub use network::{population_gradient, population_hessian, population_loss};
pub use pair::{
    Angle, angle, gated_second_moment, kernel, population_gating, sector_second_moment,
    single_unit_gradient, single_unit_loss,
};
pub use planar::{lyapunov_determinant, lyapunov_matrix, planar_field, planar_saddle};
pub use real::{PRECISION, Real, largest_relative_error, relative_error};
