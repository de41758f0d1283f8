//! The output directory: which items are finished, and their files.
//!
//! ```text
//! DIR/index.html  summary.json      written last, when a run ends
//! DIR/items/<id>.json               the record of a finished item, written after its files
//! DIR/figures/<id>-<panel>.svg .png
//! DIR/data/<id>-<table>.csv
//! ```
//!
//! A record carries the lengths and checksums of its files and the fingerprint of the run. An
//! item counts as finished when all of it still fits; a run that was interrupted continues after
//! the last record.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use arrays::write::{UNFINISHED, with_folders};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::checksum::hexadecimal;
use super::item::{Item, Outcome, Scale, Verdict};

const LOCK: &str = ".lock";
/// Documents of more bytes are kept compressed.
const COMPRESSED_ABOVE: usize = 1 << 20;
const CLOCK: &str = ".seconds.json";

/// What has to agree for a finished item to be taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The seed.
    pub seed: u64,
    /// The scale.
    pub scale: Scale,
    /// The checksum of the program that ran.
    pub program: String,
}

impl Fingerprint {
    /// The fingerprint of this program with a seed and a scale.
    ///
    /// # Errors
    /// When the running executable cannot be read.
    pub fn of_this_program(seed: u64, scale: Scale) -> anyhow::Result<Self> {
        let path = std::env::current_exe().context("cannot find the running program")?;
        let bytes = std::fs::read(&path)
            .with_context(|| format!("cannot read the running program {}", path.display()))?;
        Ok(Self {
            seed,
            scale,
            program: hexadecimal(&bytes),
        })
    }
}

/// A finished item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The id of the item.
    pub id: String,
    /// The run it belongs to.
    pub fingerprint: Fingerprint,
    /// What it found.
    pub verdict: Verdict,
    /// The numbers that say so.
    pub evidence: Map<String, Value>,
    /// The figure without its drawings.
    pub figure: Option<Drawn>,
    /// Every file that belongs to it.
    pub files: Vec<Kept>,
    /// The stamp of the training it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
}

/// A figure whose drawings are on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// The caption.
    pub caption: String,
    /// The parameters.
    pub parameters: Map<String, Value>,
    /// The metrics.
    pub metrics: Map<String, Value>,
    /// The panels.
    pub panels: Vec<DrawnPanel>,
    /// The CSV files and documents, relative to the output directory.
    pub data: Vec<String>,
}

/// A panel on disk; paths are relative to the output directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawnPanel {
    /// What it shows.
    pub title: String,
    /// The SVG file.
    pub svg: String,
    /// The PNG file.
    pub png: String,
}

/// A file that belongs to a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Its path relative to the output directory.
    pub path: String,
    /// Its length in bytes.
    pub length: u64,
    /// Its checksum.
    pub checksum: String,
}

/// An output directory, locked for this process.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    fingerprint: Fingerprint,
    /// The stamp of the training that items read.
    input: String,
    seconds: BTreeMap<String, f64>,
    _lock: File,
}

impl Store {
    /// Opens or makes the directory, and removes what an interrupted run left unfinished.
    ///
    /// # Errors
    /// A sentence that names the directory when it cannot be made or written, or when another
    /// process works in it.
    pub fn open(root: &Path, fingerprint: Fingerprint, input: String) -> anyhow::Result<Self> {
        let refusal = || {
            format!(
                "cannot write into {}; choose another directory with --out",
                root.display()
            )
        };
        std::fs::create_dir_all(root).with_context(refusal)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(root.join(LOCK))
            .with_context(refusal)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another reproduction is writing into {}; wait for it or choose another directory with --out",
                root.display()
            ),
            Err(TryLockError::Error(error)) => return Err(error).with_context(refusal),
        }
        for folder in [
            root.to_path_buf(),
            root.join("items"),
            root.join("figures"),
            root.join("data"),
        ] {
            sweep(&folder);
        }
        let seconds = seconds_of(root);
        Ok(Self {
            root: root.to_path_buf(),
            fingerprint,
            input,
            seconds,
            _lock: lock,
        })
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The fingerprint of this run.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The record of an item, if it is finished: same fingerprint, same training where one was read, every file whole.
    pub fn finished(&self, id: &str) -> Option<Record> {
        let bytes = std::fs::read(self.record_path(id)).ok()?;
        let record: Record = serde_json::from_slice(&bytes).ok()?;
        let whole = record.files.iter().all(|kept| {
            std::fs::read(self.root.join(&kept.path)).is_ok_and(|bytes| {
                bytes.len() as u64 == kept.length && hexadecimal(&bytes) == kept.checksum
            })
        });
        let same = record.fingerprint == self.fingerprint
            && record
                .input
                .as_ref()
                .is_none_or(|input| *input == self.input);
        (record.id == id && same && whole).then_some(record)
    }

    /// Writes the files of an outcome, then its record.
    ///
    /// # Errors
    /// A sentence that names the path that could not be written.
    pub fn keep(&mut self, item: &Item, outcome: &Outcome, seconds: f64) -> anyhow::Result<Record> {
        self.forget(item.id)?;
        let mut files = Vec::new();
        let mut figure = None;
        if let Some(picture) = &outcome.figure {
            let mut panels = Vec::new();
            for panel in &picture.panels {
                let stem = format!("figures/{}-{}", item.id, panel.name);
                let (svg, png) = (format!("{stem}.svg"), format!("{stem}.png"));
                files.push(self.put(&svg, panel.svg.as_bytes())?);
                files.push(self.put(&png, &charts::rasterise(&panel.svg)?)?);
                panels.push(DrawnPanel {
                    title: panel.title.clone(),
                    svg,
                    png,
                });
            }
            let mut data = Vec::new();
            for table in &picture.tables {
                let path = format!("data/{}-{}.csv", item.id, table.name);
                files.push(self.put(&path, &table.csv()?)?);
                data.push(path);
            }
            for (name, bytes) in &picture.documents {
                let path = format!("data/{}-{name}", item.id);
                if bytes.len() > COMPRESSED_ABOVE {
                    let path = format!("{path}.gz");
                    files.push(self.put(&path, &compressed(bytes)?)?);
                    data.push(path);
                } else {
                    files.push(self.put(&path, bytes)?);
                    data.push(path);
                }
            }
            figure = Some(Drawn {
                caption: picture.caption.clone(),
                parameters: picture.parameters.clone(),
                metrics: picture.metrics.clone(),
                panels,
                data,
            });
        }
        let record = Record {
            id: item.id.to_owned(),
            fingerprint: self.fingerprint.clone(),
            verdict: outcome.verdict,
            evidence: outcome.evidence.clone(),
            figure,
            files,
            input: outcome.input.clone(),
        };
        self.seconds.insert(item.id.to_owned(), seconds);
        with_folders(&self.root.join(CLOCK), &serde_json::to_vec(&self.seconds)?)?;
        with_folders(&self.record_path(item.id), &pretty(&record)?)?;
        Ok(record)
    }

    /// Writes a file of the report.
    ///
    /// # Errors
    /// A sentence that names the path.
    pub fn write(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        Ok(with_folders(&self.root.join(path), bytes)?)
    }

    /// How long an item took when it ran, 0 if that is not known.
    pub fn seconds(&self, id: &str) -> f64 {
        self.seconds.get(id).copied().unwrap_or(0.0)
    }

    /// Removes the clock kept for restarts: `summary.json` holds the times now.
    pub fn close(&self) {
        let _ = std::fs::remove_file(self.root.join(CLOCK));
    }

    fn record_path(&self, id: &str) -> PathBuf {
        self.root.join("items").join(format!("{id}.json"))
    }

    /// Takes the record of `id` away, then the files it names.
    fn forget(&self, id: &str) -> anyhow::Result<()> {
        let path = self.record_path(id);
        let Ok(bytes) = std::fs::read(&path) else {
            return Ok(());
        };
        std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        if let Ok(record) = serde_json::from_slice::<Record>(&bytes) {
            for kept in record.files {
                let inside = Path::new(&kept.path)
                    .components()
                    .all(|part| matches!(part, std::path::Component::Normal(_)));
                if inside {
                    let _ = std::fs::remove_file(self.root.join(&kept.path));
                }
            }
        }
        Ok(())
    }

    fn put(&self, path: &str, bytes: &[u8]) -> anyhow::Result<Kept> {
        self.write(path, bytes)?;
        let length = bytes.len() as u64;
        Ok(Kept {
            path: path.to_owned(),
            length,
            checksum: hexadecimal(bytes),
        })
    }
}

/// The bytes as a gzip file without name and time, the same on every run.
fn compressed(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// JSON for people, with a newline at its end.
///
/// # Errors
/// When the value has no JSON form.
pub fn pretty(value: &impl Serialize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Removes temporaries of an interrupted run.
fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The times of items that ran before: of an interrupted run, else of the last summary.
fn seconds_of(root: &Path) -> BTreeMap<String, f64> {
    let mut seconds = BTreeMap::new();
    if let Some(summary) = json(&root.join("summary.json")) {
        for part in ["claims", "figures"] {
            for entry in summary[part].as_array().into_iter().flatten() {
                if let (Some(id), Some(value)) = (entry["id"].as_str(), entry["seconds"].as_f64()) {
                    seconds.insert(id.to_owned(), value);
                }
            }
        }
    }
    if let Some(Value::Object(clock)) = json(&root.join(CLOCK)) {
        for (id, value) in clock {
            seconds.extend(value.as_f64().map(|value| (id, value)));
        }
    }
    seconds
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}
