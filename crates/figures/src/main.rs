//! The command line: `figures reproduce` and `figures claims`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use figures::catalogue::ITEMS;
use figures::engine::runner::{Ran, Settings, run};
use figures::{Kind, Scale};
use ledger::{Ledger, workspace};

/// Recomputes the papers' statements and figures.
#[derive(Debug, Parser)]
#[command(name = "figures", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the catalogue and writes the report.
    #[command(after_help = "\
Examples:
  cargo xtask reproduce                     everything, at the papers' scale
  cargo xtask reproduce --quick             everything, reduced, in under a minute
  cargo xtask reproduce fig7 fig8           two figures
  cargo xtask reproduce --with-mnist        with LeNet-5, trained first (cargo xtask mnist gets the data)
  cargo xtask reproduce --out /tmp/report --seed 7 --jobs 1

A run that was interrupted continues where it stopped. The report is DIR/index.html, the same
for programs DIR/summary.json. The exit status is 1 when a verdict is `fail`.")]
    Reproduce {
        /// The items to run; all of them if none is named.
        ids: Vec<String>,
        /// The same items, reduced.
        #[arg(long, conflicts_with = "full")]
        quick: bool,
        /// Larger samples and the studies beyond the papers.
        #[arg(long)]
        full: bool,
        /// Where to write; `reproduction` in the workspace unless given.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// The seed of every random number.
        #[arg(long, value_name = "N", default_value_t = 2017)]
        seed: u64,
        /// The number of threads; one for each processor unless given. The results do not depend on it.
        #[arg(long, value_name = "N")]
        jobs: Option<usize>,
        /// Run finished items again.
        #[arg(long)]
        force: bool,
        /// The training that lyx-fig6 and lyx-fig7 read; `data/lenet` in the workspace unless given.
        #[arg(long, value_name = "DIR")]
        training: Option<PathBuf>,
        /// Print the known ids and stop.
        #[arg(long)]
        list: bool,
    },
    /// Compares the ledgers with code, tests, proofs and the catalogue, and writes docs/CLAIMS.md.
    Claims {
        /// Write nothing: fail if docs/CLAIMS.md is not up to date.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match start(Arguments::parse().command) {
        Ok(status) => status,
        Err(reason) => {
            eprintln!("error: {reason:#}");
            ExitCode::from(2)
        }
    }
}

fn start(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Reproduce { list: true, .. } => {
            for item in ITEMS {
                println!("{:<12} {}  ({})", item.id, item.title, item.paper);
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Reproduce {
            ids,
            quick,
            full,
            out,
            seed,
            jobs,
            force,
            training,
            list: false,
        } => {
            let scale = match (quick, full) {
                (true, _) => Scale::Quick,
                (_, true) => Scale::Full,
                _ => Scale::Default,
            };
            let out = out.unwrap_or_else(|| workspace().join("reproduction"));
            let jobs =
                jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
            let settings = Settings {
                ids,
                scale,
                out,
                seed,
                jobs,
                force,
                training: training.unwrap_or_else(|| workspace().join("data/lenet")),
                talk: true,
            };
            let ledger = Ledger::read(&workspace())?;
            Ok(conclude(&run(ITEMS, &ledger, &settings)?, &settings))
        }
        Command::Claims { check } => {
            let items: Vec<ledger::Item> = ITEMS
                .iter()
                .map(|item| ledger::Item {
                    id: item.id,
                    proves: item.kind == Kind::Proof,
                })
                .collect();
            println!("{}", ledger::run(&workspace(), &items, check)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn conclude(ran: &Ran, settings: &Settings) -> ExitCode {
    println!("report: {}", settings.out.join("index.html").display());
    if ran.failed.is_empty() {
        println!(
            "{} items, none failed",
            ran.computed.len() + ran.taken_over.len()
        );
        ExitCode::SUCCESS
    } else {
        println!("failed: {}", ran.failed.join(", "));
        ExitCode::FAILURE
    }
}
