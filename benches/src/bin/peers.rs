//! `cargo xtask peers`.

use std::process::ExitCode;

use clap::Parser;
use workspace_benches::peers::{options::Options, run};

fn main() -> ExitCode {
    match run::run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
