//! Verified linear algebra: floating-point products with a priori error bounds, no change of the rounding mode.
//!
//! A matrix that is known only up to an error is a [`BallMatrix`], a midpoint and entrywise radii. Products of
//! midpoints are ordinary floating-point products, in any order of summation and with or without fused operations;
//! their error is bounded by γ_n|A||B| + n·2⁻¹⁰⁷⁴, γ_n = nu/(1 − nu), u = 2⁻⁵³ (Higham 2002, §3.1 and §2.1 for the
//! underflow term), and norms of that bound are summed upwards. Approximate factorisations (LU, Cholesky, eigenvectors)
//! are never trusted: only their residuals are, which are such products.
//!
//! # Source
//! Rump 2010, "Verification methods: rigorous results using floating-point arithmetic", §10–13.

mod ball_matrix;
mod definite;
mod inertia;
mod preconditioner;
pub(crate) mod upward;

pub use ball_matrix::BallMatrix;
pub use definite::least_eigenvalue_above;
pub use inertia::SpectralEnclosure;
pub(crate) use preconditioner::Preconditioner;
