//! What is proved by interval arithmetic, not sampled.
//!
//! - [`Interval`]: outward rounded arithmetic and elementary functions; [`Dual`] and [`Jet`]: derivatives and Taylor
//!   coefficients over boxes; [`kernel`] and its parts, [`l12`], [`planar_velocity`], [`population_gradient`]: the
//!   quantities of the papers;
//! - [`Positive`], [`cover`]: adaptive bisection of a unit square until every [`Leaf`] has a [`Rule`] that makes a
//!   function positive;
//! - [`Theorem`]: what is proved so; [`Certificate`]: the leaves as a file; [`check_cover`]: the checker, which trusts nothing of
//!   the search, and decides with [`Exact`] polynomials what happens on edges;
//! - [`points`]: verified critical points, with the bounds of [`linear_algebra`];
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

mod arithmetic;
pub mod counterexample;
mod covers;
mod error;
pub mod linear_algebra;
pub mod points;
mod refutation;
mod statement;

pub use arithmetic::{
    Dual, Exact, Interval, Jet, Symbol, angle, arc_cosine, arc_cosine_of_supplement,
    arc_cosine_over_cube, dot, kernel, l12, norm, planar_velocity, population_gating,
    population_gradient,
};
pub use covers::{
    Cell, Certificate, Chart, Checked, Cover, Determinant, Edge, End, Leaf, Piece, PlanarFlow,
    Positive, Rule, Theorem, check_cover, check_functions, cone_charts, cover, determinant_root,
    overclaimed_cone,
};
pub use error::Error;
pub use refutation::{HingeTrap, Refutation, refutations};
pub use statement::{Document, LONGEST_TEXT, Statement, check, documents};

#[doc = include_str!("../CLAIMS.md")]
pub mod claims {}
