use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use relu_lab::files::read;
use relu_lab::sweep::{self, Config, Progress, Shard, Summary};

use super::files::Files;
use super::report::{Field, Kind, Report};
use super::{Common, Seed, Work, shown};

/// A grid of descents with replicates, into a folder
///
/// A sweep that was stopped goes on where it was when started again with the same folder. With all cells there the folder
/// has sweep.csv, one row a cell, and heatmap.svg. --seed replaces the seed of the configuration.
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab sweep sweep.toml -o results\n\n\
                  sweep.toml, every key but the first two with its default:\n  \
                  replicates = 20\n  neurons = [2, 3]\n  dimension = []          # d = K\n  noise = [0.0]\n  \
                  start = [{ law = \"xavier\" }]   # symmetric x0 y0, gaussian deviation, xavier, he, lecun, ball radius, near-teacher distance\n  \
                  teacher = [\"orthonormal\"]     # gaussian\n  top = [\"ones\"]              # alternating\n  \
                  rule = [{ method = \"adaptive\", time = 10000.0 }]   # chebyshev, exponential, each with tolerance; gd step steps, rk4 step steps\n  \
                  seed = 0\n  confidence = 0.95\n  stop_gradient = 1e-9")]
pub(crate) struct Sweep {
    /// The configuration
    #[arg(value_name = "CONFIG.toml")]
    config: OsString,
    /// Compute part i of n only, i from 1 to n; join parts by `relu-lab merge`
    #[arg(long, value_name = "I/N", allow_hyphen_values = true)]
    shard: Option<String>,
    /// The folder of the results
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    seed: Seed,
}

/// Joins the parts of a sweep into one folder
///
/// The result equals that of a single run byte for byte. Parts of different configurations are refused.
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab merge part1 part2 -o results")]
pub(crate) struct Merge {
    /// Folders of the parts
    #[arg(value_name = "DIR", required = true)]
    parts: Vec<PathBuf>,
    /// The folder of the results
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

/// Fields of both.
const FIELDS: &[Field] = &[
    Field::new("cells", Kind::Count, "cells of the grid"),
    Field::new("finished", Kind::Count, "cells in the folder"),
    Field::new("reused", Kind::Count, "cells that were found finished"),
    Field::new("runs", Kind::Count, "runs of the finished cells"),
    Field::new("global", Kind::Count, "runs that ended at loss zero"),
    Field::new(
        "complete",
        Kind::Truth,
        "whether sweep.csv and heatmap.svg are there",
    ),
];

impl Sweep {
    pub(crate) const FIELDS: &[Field] = FIELDS;
}

impl Work for Sweep {
    fn files(&self) -> Files<'_> {
        Files::none().read([&self.config]).fill(&self.output)
    }

    fn run(&self, common: &Common) -> Result<Report> {
        let folder = &self.output;
        let shard = match &self.shard {
            Some(text) => text.parse()?,
            None => Shard::ALL,
        };
        let bytes = read::bytes(&self.config)?;
        let Ok(text) = std::str::from_utf8(&bytes) else {
            bail!("{} is not UTF-8 text", shown(&self.config));
        };
        let mut config = Config::parse(&shown(&self.config), text)?;
        config.seed = self.seed.seed.unwrap_or(config.seed);
        let bar = Bar(common.shows_progress().then(ProgressBar::no_length));
        let summary = sweep::run(&config, shard, folder, &bar)?;
        if let Some(bar) = &bar.0 {
            bar.finish_and_clear();
        }
        finish(summary, folder)
    }
}

impl Merge {
    pub(crate) const FIELDS: &[Field] = FIELDS;
}

impl Work for Merge {
    fn files(&self) -> Files<'_> {
        Files::none().read(&self.parts).fill(&self.output)
    }

    fn run(&self, _: &Common) -> Result<Report> {
        finish(sweep::merge(&self.parts, &self.output)?, &self.output)
    }
}

/// Draws what a finished sweep shows, and reports.
fn finish(summary: Summary, folder: &Path) -> Result<Report> {
    #[cfg(feature = "plots")]
    if summary.complete {
        let picture = super::pictures::heat_map(&sweep::heat_map(folder)?);
        relu_lab::files::write::whole(&folder.join("heatmap.svg"), picture.as_bytes())?;
    }
    #[cfg(not(feature = "plots"))]
    let _ = folder;
    Ok(Report::Fields(vec![
        ("cells", summary.cells.into()),
        ("finished", summary.finished.into()),
        ("reused", summary.reused.into()),
        ("runs", summary.runs.into()),
        ("global", summary.global.into()),
        ("complete", summary.complete.into()),
    ]))
}

/// A bar on a terminal, or nothing.
struct Bar(Option<ProgressBar>);

impl Progress for Bar {
    fn begin(&self, cells: usize, finished: usize) {
        if let Some(bar) = &self.0 {
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} cells, {eta} left");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.set_length(cells as u64);
            bar.set_position(finished as u64);
        }
    }

    fn step(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }
}
