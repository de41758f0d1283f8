//! Symmetric reductions of the population dynamics of two-layer ReLU networks, and how the symmetry breaks.
//!
//! A teacher with a symmetry lets the student keep it: on weights that are fixed by a group of orthogonal maps the
//! gradient is fixed too, and K·d equations become a few.
//!
//! - one neuron and a finite group that makes the others from it: [`OrthogonalGroup`], [`SymmetricReduction`]
//!   (Tian 2017, Eq 17–18);
//! - two coordinates (x, y) for an orthonormal teacher: [`PlanarDynamics`] (Tian 2016, Eq 16), with its saddle
//!   [`SymmetricSaddle`], the triangle [`SymmetricRegion`] it does not leave, the coordinates [`Reparametrization`]
//!   of the proof, and the linear case [`DiagonalFlow`];
//! - a few numbers a block for weights fixed by S_p₁ × … × S_pₘ: [`BlockDynamics`], at a cost that does not depend
//!   on K; [`BlockDynamics::hessian_eigenvalues`] are those of the full K² × K² Hessian.
//!
//! All quantities are per sample (N = 1); only the boundary flows f₁, f₂, f₃ are 2π times that, as in the papers.
//!
//! Invariants: the crate has no randomness. Its systems are [`VectorField`](teacher_student::VectorField)s for the integrators of
//! `teacher_student`; only batches of planar trajectories ([`PlanarDynamics::flow_many`]) are integrated here, on the rayon
//! pool of the caller.
//!
//! ```
//! use ssb::PlanarDynamics;
//! let planar = PlanarDynamics::new(10)?;
//! let (mut x, mut y) = (1e-3, 0.0);
//! for _ in 0..1000 {
//!     let [dx, dy] = planar.velocity(x, y)?;
//!     (x, y) = (x + 0.01 * dx, y + 0.01 * dy);
//! }
//! assert!(1.0 - x < 1e-4 && y < 1e-4); // symmetry broken: each student has found its own teacher
//! # Ok::<(), ssb::Error>(())
//! ```

mod batch;
mod block;
mod diagonal;
mod error;
mod geometry;
mod group;
mod planar;
mod reduction;
mod region;
mod reparametrization;
mod saddle;

pub use batch::{PlanarEnd, PlanarLimit};
pub use block::BlockDynamics;
pub use diagonal::DiagonalFlow;
pub use error::Error;
pub use group::OrthogonalGroup;
pub use planar::{PlanarAngles, PlanarDynamics};
pub use reduction::SymmetricReduction;
pub use region::{SymmetricRegion, first_outward_epsilon};
pub use reparametrization::{BetaPoint, Reparametrization};
pub use saddle::{Eigenvalue, SymmetricSaddle, teacher_linearisation};

#[doc = include_str!("../CLAIMS.md")]
pub mod claims {}
