//! The command line: `lenet-mnist train` and `lenet-mnist install`.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use lenet_mnist::data::{self, DataSet};
use lenet_mnist::network::Widths;
use lenet_mnist::training::{Conditions, Pixels, Training};

/// Trains LeNet-5 on MNIST as Long, Yin & Xin (2021), §6.2.
#[derive(Debug, Parser)]
#[command(name = "lenet-mnist", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Trains; a training that was interrupted goes on.
    Train {
        /// Where the four files of MNIST are; `data/mnist` in the repository unless given.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// Where to write; `data/lenet` in the repository unless given.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Steps in all; a finished training goes on to more.
        #[arg(long, value_name = "N", default_value_t = 1800)]
        iterations: usize,
        /// The seed of the start and of the order of the images.
        #[arg(long, value_name = "N", default_value_t = 2021)]
        seed: u64,
        /// Images in a batch.
        #[arg(long, value_name = "N", default_value_t = 1000)]
        batch: usize,
        /// The step of the descent.
        #[arg(long, value_name = "X", default_value_t = 0.01)]
        rate: f64,
        /// How many training images are used; all unless given.
        #[arg(long, value_name = "N")]
        images: Option<usize>,
        /// Steps between two records of the weights.
        #[arg(long, value_name = "N", default_value_t = 50)]
        every: usize,
        /// Filters of the two convolutions and neurons of the first fully connected layer.
        #[arg(long, value_name = "A,B,C", value_parser = widths, default_value = "6,16,84")]
        widths: Widths,
        /// How brightnesses enter: in [0, 1], or with mean 0 and deviation 1.
        #[arg(long, value_enum, default_value_t = Pixels::Unit)]
        pixels: Pixels,
        /// The number of threads; one for each processor unless given. The results do not depend on it.
        #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
        threads: usize,
        /// Start again, whatever the directory holds.
        #[arg(long)]
        force: bool,
    },
    /// Copies the files of MNIST out of a directory if their checksums are the known ones.
    Install {
        /// The directory that has them.
        from: PathBuf,
        /// Where to put them; `data/mnist` in the repository unless given.
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
    },
}

fn widths(text: &str) -> Result<Widths, String> {
    let numbers: Vec<usize> = text
        .split(',')
        .map(|part| part.trim().parse())
        .collect::<Result<_, _>>()
        .map_err(|_| "expected three numbers, such as 6,16,84".to_owned())?;
    match numbers[..] {
        [first, second, hidden] => Ok(Widths {
            first,
            second,
            hidden,
        }),
        _ => Err("expected three numbers, such as 6,16,84".to_owned()),
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason:#}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Install { from, data } => {
            let to = data.unwrap_or_else(|| repository().join("data/mnist"));
            data::install(&from, &to)?;
            println!("MNIST is in {}", to.display());
            Ok(())
        }
        Command::Train {
            data,
            out,
            iterations,
            seed,
            batch,
            rate,
            images,
            every,
            widths,
            pixels,
            threads,
            force,
        } => {
            let data = DataSet::read(&data.unwrap_or_else(|| repository().join("data/mnist")))?;
            let out = out.unwrap_or_else(|| repository().join("data/lenet"));
            let conditions = Conditions {
                seed,
                batch,
                rate,
                images: images.unwrap_or(data.train.labels.len()),
                every,
                widths,
                pixels,
                data: data.checksums.clone(),
            };
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .with_context(|| format!("cannot start {threads} threads"))?;
            pool.install(|| train(&out, conditions, &data, iterations, force))
        }
    }
}

fn train(
    out: &Path,
    conditions: Conditions,
    data: &DataSet,
    iterations: usize,
    force: bool,
) -> anyhow::Result<()> {
    anyhow::ensure!(
        iterations > 0,
        "--iterations 0 trains nothing; use 1 or more"
    );
    let every = conditions.every;
    let mut training = Training::open(out, conditions, data, force)?;
    anyhow::ensure!(
        training.iteration() <= iterations,
        "the training in {} has {} iterations already; ask for as many, or start again with --force",
        out.display(),
        training.iteration()
    );
    if training.is_complete(iterations) {
        println!("{}: complete", out.display());
        return Ok(());
    }
    let bar = ProgressBar::new(iterations as u64).with_style(ProgressStyle::with_template(
        "{bar:30} {pos}/{len} {msg} ({eta} left)",
    )?);
    bar.set_position(training.iteration() as u64);
    let lines = !std::io::stderr().is_terminal();
    while training.iteration() < iterations {
        training.step()?;
        let history = training.history();
        let (Some(loss), Some(accuracy)) = (history.losses.last(), history.accuracies.last())
        else {
            continue;
        };
        let test = history.tests.last().map_or(f32::NAN, |test| test[2]);
        let words = format!(
            "loss {loss:.4}, accuracy {:.1} %, test {:.2} %",
            100.0 * accuracy,
            100.0 * test
        );
        if lines && training.iteration().is_multiple_of(every) {
            eprintln!("{}/{iterations} {words}", training.iteration());
        }
        bar.set_message(words);
        bar.inc(1);
    }
    training.finish()?;
    bar.finish_and_clear();
    if let Some([at, loss, accuracy]) = training.history().tests.last() {
        println!(
            "{}: {at} iterations, test loss {loss:.4}, test accuracy {:.2} %",
            out.display(),
            100.0 * accuracy
        );
    }
    Ok(())
}

/// The root of the repository.
fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}
