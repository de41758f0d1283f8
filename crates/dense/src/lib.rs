//! Products and factorisations of dense real matrices on one thread.
//!
//! The methods of faer's matrices, and `*` between two of them, take the parallelism that is set for the whole process, and
//! blocked sums round otherwise on another number of threads. A result that is to have the same bits everywhere states its
//! parallelism in every call. The functions here do, and are otherwise those of faer:
//!
//! - A·B by [`product`];
//! - [`eigenvalues`] and [`Eigen`] of a symmetric matrix;
//! - [`Cholesky`] of a positive definite matrix, [`Lu`] of a square one;
//! - [`singular_values`] and [`Singular`], [`orthonormal`] columns with the span of the given ones.
//!
//! Invariants: this crate depends on no other crate of the workspace; it reads no global state and starts no thread.
//!
//! ```
//! let matrix = faer::mat![[2.0, 1.0], [1.0, 2.0]];
//! let values = dense::eigenvalues(matrix.as_ref())?;
//! assert!((values[0] - 1.0).abs() < 1e-15 && (values[1] - 3.0).abs() < 1e-15);
//! # Ok::<(), dense::Error>(())
//! ```

mod cholesky;
mod error;
mod lu;
mod orthonormal;
mod product;
mod singular;
mod symmetric;

pub use cholesky::Cholesky;
pub use error::Error;
pub use lu::Lu;
pub use orthonormal::orthonormal;
pub use product::product;
pub use singular::{Singular, singular_values};
pub use symmetric::{Eigen, eigenvalues};
