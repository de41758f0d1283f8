//! The command `relu-lab`: exact analysis of two-layer ReLU networks from weights in files.
//!
//! Standard output carries the result alone, standard error progress and errors. Exit status 0: done; 1: bad input, with
//! one line that says which; 2: a wrong command line.

mod command;

use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let cli = match command::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return command::refuse(&error),
    };
    match command::run(&cli) {
        Ok(text) => print(&text),
        Err(error) => {
            // One line, whatever the causes hold.
            let line = format!("{error:#}").replace('\n', " ");
            let _ = writeln!(io::stderr(), "error: {line}");
            if error.is::<command::Misuse>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Prints the result. A reader that has gone away is no error; a full disk is one.
fn print(text: &str) -> ExitCode {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: cannot write standard output: {error}");
            ExitCode::FAILURE
        }
    }
}
