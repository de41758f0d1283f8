//! `cargo xtask bench-check`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use workspace_benches::instructions;

/// Counts the instructions of hot kernels and compares them with benches/instructions.toml.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench-check")]
struct Options {
    /// Accept what is counted now.
    #[arg(long)]
    update: bool,
    /// Run one kernel, here.
    #[arg(long, hide = true, requires = "times")]
    kernel: Option<String>,
    /// So many times.
    #[arg(long, hide = true)]
    times: Option<usize>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<bool> {
    match (&options.kernel, options.times) {
        (Some(kernel), Some(times)) => instructions::run_kernel(kernel, times).map(|()| true),
        _ => instructions::check(options.update),
    }
}
