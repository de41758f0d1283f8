//! The command line of the comparison.

use std::path::PathBuf;

use clap::{Args, Parser};

/// Compares the workspace with NumPy, SciPy, Numba and JAX, and writes docs/BENCHMARKS.md, docs/benchmarks.json and a chart.
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo xtask peers")]
pub struct Options {
    /// Smaller inputs and fewer rounds, into target/peers/quick: whether everything runs and agrees.
    #[arg(long)]
    pub quick: bool,
    /// Only these tasks; the others keep what the file says of them.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub task: Vec<String>,
    /// PyTorch as well.
    #[arg(long)]
    pub with_torch: bool,
    /// Something other than the comparison.
    #[command(flatten)]
    pub instead: Instead,
    /// The interpreter with the libraries; `cargo xtask peers` makes one.
    #[arg(long, value_name = "PYTHON", default_value = "python3")]
    pub python: PathBuf,
    /// One measurement of memory in a process of its own.
    #[arg(long, hide = true, num_args = 1.., value_name = "PROBE")]
    pub probe: Option<Vec<String>>,
}

/// What is done instead of the comparison.
#[derive(Debug, Clone, Args)]
#[group(multiple = false)]
pub struct Instead {
    /// Measure how time and memory grow instead.
    #[arg(long)]
    pub scale: bool,
    /// Measure nothing: write page and charts from docs/benchmarks.json.
    #[arg(long)]
    pub render: bool,
}
