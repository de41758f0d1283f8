//! Floating-point numbers that keep their digits: one copy of what every closed form of this workspace stands on.
//!
//! [`exponent`], [`times_power_of_two`] and [`scaled`] take a power of two out of a vector, so that no square leaves the
//! range of a double. [`DoubleDouble`] computes with about 32 digits where an answer of a double computation cancels.
//! [`norm`] and [`distance`] are Euclidean, for entries anywhere in the range of a double. [`supplement_and_sine`] and its
//! companions are elementary functions without branches, for loops in wide registers.
//!
//! Invariants: this crate knows nothing of networks, of angles between vectors, or of time; it depends on no other crate;
//! every function is total: it neither panics nor allocates beyond its result.
//!
//! ```
//! use numeric::{DoubleDouble, norm};
//!
//! // The squares are no doubles, the norm is.
//! let far = 2f64.powi(800);
//! assert_eq!(norm(&[3.0 * far, 4.0 * far]), 5.0 * far);
//! // 1 + 1e-20 − 1: a double sum returns 0.
//! let sum = DoubleDouble::dot(&[1.0, 1e-20, -1.0], &[1.0, 1.0, 1.0]);
//! assert_eq!(sum.value(), 1e-20);
//! ```

mod branchless;
mod double_double;
mod norm;
mod scaling;

pub use branchless::{
    SMALL_ARC_TANGENT_REACH, sine_of_cosine, small_arc_tangent, supplement_and_sine,
};
pub use double_double::{DoubleDouble, two_product, two_sum};
pub use norm::{distance, inner_product, norm};
pub use scaling::{exponent, largest_exponent, scaled, times_power_of_two};
