//! Criterion benchmarks of the workspace, one target per crate: `cargo bench -p workspace-benches`.
//!
//! Each target compares the answer of what it times with that of the named alternative first, and times both in the same
//! run: read the ratio, not the seconds.
