//! The commands: each reads its files, computes, writes what `-o` asks for, and returns a report.

mod angles;
mod certify;
mod critical_points;
mod derivatives;
mod files;
mod flow;
mod geometric_condition;
mod memory;
#[cfg(feature = "plots")]
mod pictures;
mod planar;
mod problem;
mod reference;
mod report;
mod separability;
mod sweep;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use relu_lab::files::read::shown;
use relu_lab::files::write;

use files::Files;
use reference::{Man, Reference};
use report::Report;

/// The version, the commit, and the features this program was built with.
#[cfg(feature = "plots")]
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (commit ",
    env!("RELU_LAB_COMMIT"),
    ", features: plots)"
);
/// The version, the commit, and the features this program was built with.
#[cfg(not(feature = "plots"))]
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (commit ",
    env!("RELU_LAB_COMMIT"),
    ", features: none)"
);

/// Exact analysis of two-layer ReLU networks with Gaussian inputs, from weights in files.
///
/// A weight matrix is K x d with one neuron a row, in .npy, in .npz or .safetensors (as FILE.npz:NAME) or as a table of numbers;
/// `-` reads standard input. The loss is one half of the mean square, per sample.
#[derive(Debug, Parser)]
#[command(name = "relu-lab", version = VERSION, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    task: Task,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Print the result as one JSON object, with all digits
    #[arg(long, global = true, help_heading = "Common options")]
    json: bool,
    /// Threads; 0 takes one for each core. The result does not depend on it
    #[arg(
        long,
        global = true,
        value_name = "N",
        default_value_t = 0,
        value_parser = threads,
        allow_hyphen_values = true,
        help_heading = "Common options"
    )]
    jobs: usize,
    /// Print neither the result as text nor progress
    #[arg(short, long, global = true, help_heading = "Common options")]
    quiet: bool,
}

/// The seed of a command that draws random numbers.
#[derive(Debug, Args)]
pub(crate) struct Seed {
    /// Seed of all random numbers; 0 if left out, or that of a sweep's configuration
    #[arg(long, value_name = "N", value_parser = seed, allow_hyphen_values = true)]
    seed: Option<u64>,
}

impl Common {
    /// Whether to show progress: on a terminal, unless told to be quiet.
    fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }
}

#[derive(Debug, Subcommand)]
enum Task {
    Loss(derivatives::Loss),
    Gradient(derivatives::Gradient),
    Hessian(derivatives::Hessian),
    Angles(angles::Angles),
    Flow(flow::Flow),
    CriticalPoints(critical_points::CriticalPoints),
    Certify(certify::Certify),
    Check(certify::Check),
    Separability(separability::Table),
    GeometricCondition(geometric_condition::GeometricCondition),
    Planar(planar::Planar),
    Sweep(sweep::Sweep),
    Merge(sweep::Merge),
    Schema(reference::Schema),
    Completions(reference::Completions),
    Man(Man),
    #[command(hide = true)]
    Reference(Reference),
}

impl Task {
    fn work(&self) -> &dyn Work {
        match self {
            Self::Loss(task) => task,
            Self::Gradient(task) => task,
            Self::Hessian(task) => task,
            Self::Angles(task) => task,
            Self::Flow(task) => task,
            Self::CriticalPoints(task) => task,
            Self::Certify(task) => task,
            Self::Check(task) => task,
            Self::Separability(task) => task,
            Self::GeometricCondition(task) => task,
            Self::Planar(task) => task,
            Self::Sweep(task) => task,
            Self::Merge(task) => task,
            Self::Schema(task) => task,
            Self::Completions(task) => task,
            Self::Man(task) => task,
            Self::Reference(task) => task,
        }
    }
}

/// A command: the files it reads and writes, which are compared before any work, and the work.
trait Work {
    fn files(&self) -> Files<'_>;
    fn run(&self, common: &Common) -> anyhow::Result<Report>;
}

/// Runs a command and gives the text for standard output.
pub(crate) fn run(cli: &Cli) -> anyhow::Result<String> {
    let common = &cli.common;
    // Matrix products on one thread: their last bits depend on the number of threads.
    faer::set_global_parallelism(faer::Par::Seq);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(common.jobs)
        .build()
        .with_context(|| format!("cannot start {} threads", common.jobs))?;
    let report = pool.install(|| {
        let work = cli.task.work();
        work.files().check()?;
        work.run(common)
    })?;
    if common.json {
        return report.json();
    }
    Ok(match &report {
        Report::Fields(_) if common.quiet => String::new(),
        Report::Fields(_) | Report::Document(_) => report.text(),
    })
}

/// Answers a command line that is not understood, or asks for help.
pub(crate) fn refuse(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let code = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
                ExitCode::from(2)
            } else {
                ExitCode::SUCCESS
            };
            // A reader that has gone away is no error; a full disk is one.
            match error.print().and_then(|()| io::stdout().flush()) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    let _ = writeln!(io::stderr(), "error: cannot write standard output: {error}");
                    ExitCode::FAILURE
                }
                _ => code,
            }
        }
        kind => {
            let text = error.render().to_string();
            let mut parts = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let first = parts.next().unwrap_or("error: wrong command line");
            let first = first.trim_end_matches(':');
            let wanted = text.lines().map(str::trim).filter(|line| {
                line.starts_with("tip:") || line.starts_with("[possible") || line.starts_with('<')
            });
            let rest: Vec<&str> = wanted
                .chain(text.lines().map(str::trim).filter(|line| {
                    line.starts_with("--") && kind == ErrorKind::MissingRequiredArgument
                }))
                .collect();
            let rest = if rest.is_empty() {
                String::new()
            } else {
                format!(" ({})", rest.join("; "))
            };
            let _ = writeln!(io::stderr(), "{first}{rest}");
            ExitCode::from(2)
        }
    }
}

/// A command line that asks for what does not go together: exit status 2.
#[derive(Debug)]
pub(crate) struct Misuse(String);

impl std::fmt::Display for Misuse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misuse {}

/// The error for such a command line.
fn misuse(sentence: impl Into<String>) -> anyhow::Error {
    Misuse(sentence.into()).into()
}

/// Writes all files or none.
fn write_all(files: &[(&PathBuf, Vec<u8>)]) -> anyhow::Result<()> {
    let files: Vec<(&Path, &[u8])> = files
        .iter()
        .map(|(path, bytes)| (path.as_path(), bytes.as_slice()))
        .collect();
    Ok(write::all(&files)?)
}

/// A number that is finite and positive, on the command line.
fn positive(text: &str) -> Result<f64, String> {
    let value = number(text)?;
    if value > 0.0 {
        Ok(value)
    } else {
        Err("it must be positive".to_owned())
    }
}

/// A number that is finite and not negative, on the command line.
fn not_negative(text: &str) -> Result<f64, String> {
    let value = number(text)?;
    if value >= 0.0 {
        Ok(value)
    } else {
        Err("it must not be negative".to_owned())
    }
}

fn number(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "it must be a number".to_owned())?;
    if value.is_finite() {
        Ok(value)
    } else {
        Err("it must be finite".to_owned())
    }
}

/// A whole number of at least 1, on the command line.
fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1 is needed".to_owned()),
        Ok(value) => Ok(value),
        Err(_) => Err("it must be a whole number of at least 1".to_owned()),
    }
}

/// A seed, on the command line.
fn seed(text: &str) -> Result<u64, String> {
    let refused = |_| format!("it must be a whole number from 0 to {}", u64::MAX);
    text.parse().map_err(refused)
}

/// The most threads: more than a machine has, and fewer than it cannot start.
const MOST_THREADS: usize = 1024;

/// A number of threads, on the command line.
fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(value) if value <= MOST_THREADS => Ok(value),
        _ => Err(format!("it must be a whole number up to {MOST_THREADS}")),
    }
}
