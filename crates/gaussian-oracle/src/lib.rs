//! Independent oracles for expectations over a standard Gaussian.
//!
//! Every formula of the other crates is judged against values obtained here by means that share
//! no code with it: adaptive quadrature over a planar sector, seeded Monte Carlo with confidence
//! intervals, extrapolated finite differences, textbook formulas in multiprecision, and a file of
//! test vectors with 32 significant digits.
//!
//! Invariant: this crate depends on no other crate of the workspace, and nothing but tests and
//! reports depends on it.
//!
//! Conventions: inputs x ~ N(0, I), one sample (N = 1); a weight matrix has one neuron a row; the
//! loss is ½ E[(Σ_j a_j σ(w_j·x) − Σ_j b_j σ(v_j·x))²]; a gradient is +∂loss/∂w; a Hessian is
//! indexed neuron-major, j·d + i.

mod error;
pub mod finite_difference;
pub mod monte_carlo;
pub mod multiprecision;
pub mod quadrature;
pub mod vectors;

pub use error::Error;
