//! Benchmarks of the workspace, in four kinds:
//!
//! - criterion targets, one per crate: `cargo bench -p workspace-benches`;
//! - [`peers`]: the same answers by NumPy, SciPy, Numba and JAX, timed in turn with ours: `cargo xtask peers`;
//! - [`scale`]: exponents, memory, the largest sizes: `cargo xtask peers --scale`;
//! - [`instructions`]: instruction counts of hot kernels: `cargo xtask bench-check`.
//!
//! Each compares the answer of what it times with that of a named alternative first: read the ratio, not the seconds.

pub mod instructions;
mod machine;
#[cfg(feature = "peers")]
pub mod peers;
pub mod problems;
#[cfg(feature = "peers")]
pub mod scale;
