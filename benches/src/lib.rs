//! Criterion benchmarks, one target per crate
