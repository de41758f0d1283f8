//! Closed forms for **one pair of directions** of a bias-free ReLU network with Gaussian inputs.
//!
//! Everything follows from the angle θ between two vectors and their norms: the population gating E[F(e, w)], the
//! arc-cosine kernel E[σ(u·x)σ(v·x)], their derivatives, and the loss and gradient of a single unit. All quantities
//! are per sample (N = 1).
//!
//! Invariants: this crate knows nothing of networks; it draws random numbers only from a generator
//! that the caller hands in; it contains no `unsafe`; every function of finite non-zero input returns finite output or
//! an error, for norms over the whole range of a double.
//!
//! ```
//! use relu_gating::{Angle, kernel, population_gating};
//!
//! let (e, w) = ([1.0, 0.0, 0.0], [1.0, 1.0, 0.0]);
//! let angle = Angle::between(&e, &w)?;
//! let gating = population_gating(&e, &w)?;
//! // The kernel is the gating seen by the gate: E[σ(e·x)σ(w·x)] = e·E[F(e, w)].
//! assert!((kernel(&e, &w)? - gating[0]).abs() < 1e-15);
//! assert!((angle.radians() - std::f64::consts::FRAC_PI_4).abs() < 1e-15);
//! # Ok::<(), relu_gating::Error>(())
//! ```

mod angle;
mod arc_cosine;
mod curvature;
mod error;
mod gating;
mod isotropic;
mod linear;
mod plane;
mod sector;
mod single_unit;
mod streaming;

pub use angle::Angle;
pub use arc_cosine::{
    arc_cosine, arc_cosine_deficit, arc_cosine_derivatives, kernel, sin_minus_x_cos,
};
pub use curvature::{gate_derivative, gated_second_moment};
pub use error::Error;
pub use gating::{population_gating, sampled_gating};
pub use isotropic::{
    CoefficientEstimate, Gaussian, InputLaw, RotationInvariant, UniformBall, UniformCube,
    UniformSphere, estimate_coefficients,
};
pub use linear::LinearDynamics;
pub use sector::{SectorMoment, sector_second_moment};
pub use single_unit::{single_unit_gradient, single_unit_loss};
pub use streaming::{GatingEstimate, estimate_gating};

#[doc = include_str!("../CLAIMS.md")]
pub mod claims {}
