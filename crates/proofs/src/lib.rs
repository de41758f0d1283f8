//! What is proved by interval arithmetic, not sampled.

pub mod certify;
mod error;
mod interval;
mod kernel;
pub mod verified;

pub use error::Error;
pub use interval::Interval;
pub use kernel::{
    angle, arc_cosine, arc_cosine_of_supplement, arc_cosine_over_cube, dot, kernel, norm,
};
