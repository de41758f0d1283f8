use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rayon::prelude::*;

use crate::cell::Cell;
use crate::config::Config;
use crate::error::Error;
use crate::heat_map::HeatMap;
use crate::table;
use crate::tally::Tally;
use arrays::write::{UNFINISHED, once, whole};

/// The part i of n of a grid: cells i−1, i−1+n, i−1+2n, ….
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// The whole grid.
    pub const ALL: Self = Self { index: 0, count: 1 };

    fn contains(self, cell: &Cell) -> bool {
        cell.index % self.count == self.index
    }
}

impl FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self {
                index: index - 1,
                count,
            }),
            _ => Err(Error::Shard {
                text: text.to_owned(),
            }),
        }
    }
}

/// What a sweep reports while it runs.
pub trait Progress: Sync {
    /// So many cells are to be computed; so many were found finished.
    fn begin(&self, cells: usize, finished: usize);
    /// A cell is finished.
    fn step(&self);
}

/// What a sweep left in its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Cells of the grid.
    pub cells: usize,
    /// Cells of the shard, or of all parts.
    pub finished: usize,
    /// Finished cells that were found, and not computed again.
    pub reused: usize,
    /// Runs of the finished cells.
    pub runs: usize,
    /// Runs that ended at loss zero.
    pub global: usize,
    /// Whether all cells of the grid are there, and with them `sweep.csv`.
    pub complete: bool,
}

/// Computes the cells of a shard that `folder` does not have yet; with all cells of the grid there, it writes `sweep.csv`. Runs
/// on the rayon pool of the caller.
///
/// # Errors
/// A folder of something else, of another configuration, or in use; a file that cannot be written.
pub fn run(
    config: &Config,
    shard: Shard,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Summary, Error> {
    let _lock = claim(config, folder)?;
    let cells = config.cells();
    let part: Vec<&Cell> = cells.iter().filter(|cell| shard.contains(cell)).collect();
    let missing: Vec<&Cell> = part
        .iter()
        .copied()
        .filter(|cell| load(config, folder, cell.index).is_none())
        .collect();
    progress.begin(part.len(), part.len() - missing.len());
    missing.par_iter().try_for_each(|cell| {
        let ends = (0..config.replicates)
            .into_par_iter()
            .map(|replicate| cell.run(config.seed, config.stop_gradient, replicate))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|reason| Error::Cell {
                cell: cell.index,
                reason,
            })?;
        save(folder, &Tally::of(cell.index, &ends))?;
        progress.step();
        Ok::<(), Error>(())
    })?;
    finish(config, folder, &cells, part.len() - missing.len())
}

/// Joins the folders of shards into `folder`, as if one run had computed all cells.
///
/// # Errors
/// Parts of different configurations, a missing cell, or what [`run`] refuses; nothing is written then.
pub fn merge(parts: &[PathBuf], folder: &Path) -> Result<Summary, Error> {
    let mut config: Option<(Config, String)> = None;
    for part in parts {
        let (found, text) = read_config(part)?.ok_or_else(|| Error::NoPart {
            folder: part.display().to_string(),
        })?;
        match &config {
            Some((first, known)) if *first != found => {
                return Err(Error::Different {
                    folder: part.display().to_string(),
                    key: difference(known, &text),
                });
            }
            Some(_) => {}
            None => config = Some((found, text)),
        }
    }
    let Some((config, _)) = config else {
        return Err(Error::Missing {
            missing: 0,
            cells: 0,
            first: 0,
        });
    };
    let cells = config.cells();
    let mut tallies: Vec<Option<Tally>> = vec![None; cells.len()];
    for part in parts {
        for cell in &cells {
            let Some(found) = load(&config, part, cell.index) else {
                continue;
            };
            match &tallies[cell.index] {
                Some(known) if *known != found => {
                    return Err(Error::Conflict {
                        folder: part.display().to_string(),
                        cell: cell.index,
                    });
                }
                _ => tallies[cell.index] = Some(found),
            }
        }
    }
    let missing = tallies.iter().filter(|tally| tally.is_none()).count();
    if missing > 0 {
        return Err(Error::Missing {
            missing,
            cells: cells.len(),
            first: tallies.iter().position(Option::is_none).unwrap_or(0),
        });
    }
    let _lock = claim(&config, folder)?;
    for tally in tallies.iter().flatten() {
        save(folder, tally)?;
    }
    finish(&config, folder, &cells, cells.len())
}

/// The shares of runs that reach loss zero, of a folder that [`run`] or [`merge`] wrote.
///
/// # Errors
/// A folder without a configuration.
pub fn heat_map(folder: &Path) -> Result<HeatMap, Error> {
    let (config, _) = read_config(folder)?.ok_or_else(|| Error::NoPart {
        folder: folder.display().to_string(),
    })?;
    let cells = config.cells();
    let tallies: Vec<Tally> = cells
        .iter()
        .filter_map(|cell| load(&config, folder, cell.index))
        .collect();
    Ok(HeatMap::of(&cells, &tallies))
}

/// Counts what is there, and writes the table if nothing is missing.
fn finish(config: &Config, folder: &Path, cells: &[Cell], reused: usize) -> Result<Summary, Error> {
    let tallies: Vec<Tally> = cells
        .iter()
        .filter_map(|cell| load(config, folder, cell.index))
        .collect();
    let complete = tallies.len() == cells.len();
    if complete {
        whole(
            &folder.join("sweep.csv"),
            table::csv(config, cells, &tallies).as_bytes(),
        )?;
    }
    Ok(Summary {
        cells: cells.len(),
        finished: tallies.len(),
        reused,
        runs: tallies.iter().map(Tally::runs).sum(),
        global: tallies.iter().map(Tally::global).sum(),
        complete,
    })
}

/// Makes the folder the one of this configuration, and holds it until the file returned is dropped.
fn claim(config: &Config, folder: &Path) -> Result<File, Error> {
    let shown = || folder.display().to_string();
    let failed = |reason| Error::Folder {
        folder: shown(),
        reason,
    };
    if folder.exists() && !folder.is_dir() {
        let reason = "it is a file, a folder is needed";
        return Err(failed(io::Error::new(io::ErrorKind::NotADirectory, reason)));
    }
    fs::create_dir_all(folder).map_err(failed)?;
    let canonical = config.canonical();
    if let Some((found, text)) = read_config(folder)? {
        if found != *config {
            return Err(Error::Different {
                folder: shown(),
                key: difference(&text, &canonical),
            });
        }
    } else {
        let foreign = fs::read_dir(folder)
            .map_err(failed)?
            .filter_map(Result::ok)
            .any(|entry| !unfinished(&entry.path()));
        if foreign {
            return Err(Error::Foreign { folder: shown() });
        }
        once(&folder.join(CONFIG), canonical.as_bytes())?;
    }
    let lock = File::open(folder.join(CONFIG)).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Error::Busy { folder: shown() }),
        Err(TryLockError::Error(reason)) => return Err(failed(reason)),
    }
    let cells = folder.join(CELLS);
    fs::create_dir_all(&cells).map_err(failed)?;
    // What a killed sweep left half written.
    for place in [folder, &cells] {
        for entry in fs::read_dir(place).map_err(failed)?.filter_map(Result::ok) {
            if unfinished(&entry.path()) {
                fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
    }
    Ok(lock)
}

const CONFIG: &str = "config.toml";
const CELLS: &str = "cells";

fn unfinished(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with(UNFINISHED))
}

/// The configuration of a folder, if it has one.
fn read_config(folder: &Path) -> Result<Option<(Config, String)>, Error> {
    let path = folder.join(CONFIG);
    if !path.exists() {
        return Ok(None);
    }
    let file = path.display().to_string();
    let bytes = arrays::read::bytes(&path)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Some((Config::parse(&file, &text)?, text)))
}

/// The key of the first line that two configurations do not share.
fn difference(a: &str, b: &str) -> String {
    let line = b
        .lines()
        .find(|line| !a.lines().any(|other| other == *line));
    let key = line.map(|line| line.split('=').next().unwrap_or(line).trim());
    key.filter(|key| !key.is_empty())
        .unwrap_or("a list")
        .to_owned()
}

fn place(folder: &Path, cell: usize) -> PathBuf {
    folder.join(CELLS).join(format!("{cell:07}.json"))
}

fn save(folder: &Path, tally: &Tally) -> Result<(), Error> {
    // Numbers of a tally are finite.
    let mut text = serde_json::to_string(tally).unwrap_or_default();
    text.push('\n');
    Ok(whole(&place(folder, tally.cell), text.as_bytes())?)
}

/// A finished cell; a file that is damaged or of another number of runs counts as not finished.
fn load(config: &Config, folder: &Path, cell: usize) -> Option<Tally> {
    let text = fs::read_to_string(place(folder, cell)).ok()?;
    let tally: Tally = serde_json::from_str(&text).ok()?;
    (tally.cell == cell && tally.runs() == config.replicates as usize).then_some(tally)
}
