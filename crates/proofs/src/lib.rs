//! What is proved by interval arithmetic, not sampled.
//!
//! - [`Interval`]: outward rounded arithmetic and elementary functions; [`Dual`] and [`Jet`]: derivatives and Taylor
//!   coefficients over boxes; [`kernel`] and its parts, [`l12`], [`planar_velocity`], [`population_gradient`]: the
//!   quantities of the papers;
//! - [`Positive`], [`cover`]: adaptive bisection of a unit square until every [`Leaf`] has a [`Rule`] that makes a
//!   function positive;
//! - [`Theorem`]: what is proved so; [`Certificate`]: the leaves as a file; [`check_cover`]: the checker, which trusts nothing of
//!   the search, and decides with [`Exact`] polynomials what happens on edges;
//! - [`check`]: any certificate that the project writes, and the [`Statement`] that it proves;
//! - [`refutations`]: printed statements that contradict a strict inequality; [`counterexample`]: by how much, at any input.
//!
//! `docs/PROOFS.md` has the mathematics of each proof.
//!
//! Invariants: no decision rests on a rounding to nearest; no randomness; the same certificate on any number of threads.
//!
//! ```
//! use proofs::{Certificate, Theorem, check_cover};
//! let certificate = Theorem::FlowUpToBound.prove()?;
//! let file = certificate.text();
//! let checked = check_cover(&Certificate::read(&file)?)?;
//! assert_eq!(checked.theorem, Theorem::FlowUpToBound);
//! # Ok::<(), proofs::Error>(())
//! ```

#[cfg(all(target_arch = "x86", not(target_feature = "sse2")))]
compile_error!("the registers of x87 are wider than doubles: intervals need SSE2");

mod certificate;
pub mod certify;
mod checker;
mod cone;
pub mod counterexample;
mod cover;
mod dual;
mod error;
mod exact;
mod fields;
mod interval;
mod jet;
mod kernel;
mod lyapunov;
mod planar;
mod rational;
mod refutation;
mod statement;
mod theorem;
pub mod verified;

pub use certificate::{Certificate, Cover};
pub use checker::{Checked, check_cover, check_functions};
pub use cone::{Chart, Piece, cone_charts, overclaimed_cone};
pub use cover::{Cell, Edge, End, Leaf, Positive, Rule, cover};
pub use dual::Dual;
pub use error::Error;
pub use exact::{Exact, Symbol};
pub use fields::{l12, planar_velocity, population_gating, population_gradient};
pub use interval::Interval;
pub use jet::Jet;
pub use kernel::{
    angle, arc_cosine, arc_cosine_of_supplement, arc_cosine_over_cube, dot, kernel, norm,
};
pub use lyapunov::{Determinant, determinant_root};
pub use planar::PlanarFlow;
pub use refutation::{HingeTrap, Refutation, refutations};
pub use statement::{Document, LONGEST_TEXT, Statement, check, documents};
pub use theorem::Theorem;

#[doc = include_str!("../CLAIMS.md")]
pub mod claims {}
