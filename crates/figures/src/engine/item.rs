//! What an item of the catalogue is, what it is given and what it hands back.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::checksum::checksum;
use super::progress::Progress;

/// One figure or one experiment of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// The id of the ledger row it belongs to, such as `fig8` or `t17-thm1`.
    pub id: &'static str,
    /// Whether it redraws a figure of a paper.
    pub kind: Kind,
    /// Where it comes from: paper and number.
    pub paper: &'static str,
    /// A title in a few words.
    pub title: &'static str,
    /// The computation.
    pub run: fn(&Context) -> anyhow::Result<Outcome>,
}

/// What an item stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A figure of a paper, drawn again.
    Figure,
    /// A numerical experiment about a claim; it may draw a picture too.
    Experiment,
    /// Statements proved by interval arithmetic, with their certificates.
    Proof,
}

/// How much work an item does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// The same items, reduced, for continuous integration.
    Quick,
    /// What the papers show.
    Default,
    /// Larger samples and the studies beyond the papers.
    Full,
}

impl Scale {
    /// The name used in `summary.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Default => "default",
            Self::Full => "full",
        }
    }
}

/// What an item found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The numbers agree with the statement.
    Pass,
    /// They do not.
    Fail,
    /// They decide nothing.
    Open,
    /// There are none: what the item reads has to be made first.
    #[serde(rename = "needs data")]
    NeedsData,
}

impl Verdict {
    /// [`Verdict::Pass`] when `holds`, [`Verdict::Fail`] otherwise.
    pub fn of(holds: bool) -> Self {
        if holds { Self::Pass } else { Self::Fail }
    }

    /// The name used in `summary.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Open => "open",
            Self::NeedsData => "needs data",
        }
    }
}

/// What an item is given: its scale, its random streams and a progress handle.
#[derive(Debug)]
pub struct Context {
    item: &'static str,
    scale: Scale,
    seed: u64,
    progress: Progress,
    training: PathBuf,
}

impl Context {
    /// The context of one run of `item`.
    pub fn new(item: &'static str, scale: Scale, seed: u64, progress: Progress) -> Self {
        Self {
            item,
            scale,
            seed,
            progress,
            training: PathBuf::new(),
        }
    }

    /// The same context with the directory of a training of LeNet-5.
    #[must_use]
    pub fn with_training(mut self, directory: &Path) -> Self {
        self.training = directory.to_path_buf();
        self
    }

    /// The directory of a training of LeNet-5, whether there is one or not.
    pub fn training(&self) -> &Path {
        &self.training
    }

    /// The scale asked for.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// The seed asked for.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The value that belongs to the scale asked for.
    pub fn pick<T>(&self, quick: T, default: T, full: T) -> T {
        match self.scale {
            Scale::Quick => quick,
            Scale::Default => default,
            Scale::Full => full,
        }
    }

    /// The random stream of task `task` of the part `part` of this item.
    ///
    /// The key is made of the seed, the item and the part, the ChaCha stream number is the
    /// task: what a task draws depends neither on other tasks nor on the thread that runs it.
    pub fn random(&self, part: &str, task: u64) -> ChaCha8Rng {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&checksum(self.item.as_bytes()).to_le_bytes());
        key[16..24].copy_from_slice(&checksum(part.as_bytes()).to_le_bytes());
        let mut random = ChaCha8Rng::from_seed(key);
        random.set_stream(task);
        random
    }

    /// Runs `tasks` tasks on the pool, each with its own stream, and returns their values in
    /// the order of the tasks.
    ///
    /// # Errors
    /// The error of the first task, in their order, that failed.
    pub fn map<T, F>(&self, part: &str, tasks: usize, task: F) -> anyhow::Result<Vec<T>>
    where
        T: Send,
        F: Fn(usize, &mut ChaCha8Rng) -> anyhow::Result<T> + Sync,
    {
        self.progress.expect(tasks);
        let results: Vec<anyhow::Result<T>> = (0..tasks)
            .into_par_iter()
            .map(|index| {
                let value = task(index, &mut self.random(part, index as u64));
                self.progress.advance();
                value
            })
            .collect();
        results.into_iter().collect()
    }
}

/// What an item hands back.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Does the statement survive?
    pub verdict: Verdict,
    /// The numbers that say so, in the order they should be read. The entry `finding`, a
    /// sentence, is what the report shows first.
    pub evidence: Map<String, Value>,
    /// Pictures and data, where there is something to see.
    pub figure: Option<Picture>,
    /// The stamp of the training that it was read from; it changes when the training does.
    pub input: Option<String>,
}

impl Outcome {
    /// An outcome with one sentence of evidence.
    pub fn new(verdict: Verdict, finding: impl Into<String>) -> Self {
        let mut evidence = Map::new();
        evidence.insert("finding".to_owned(), Value::String(finding.into()));
        Self {
            verdict,
            evidence,
            figure: None,
            input: None,
        }
    }

    /// Adds a piece of evidence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.evidence.insert(name.to_owned(), value.into());
        self
    }

    /// Says from which training it was read: it is worked out anew when the stamp changes.
    #[must_use]
    pub fn read_from(mut self, stamp: String) -> Self {
        self.input = Some(stamp);
        self
    }

    /// Adds the picture.
    #[must_use]
    pub fn with_figure(mut self, figure: Picture) -> Self {
        self.figure = Some(figure);
        self
    }
}

/// The panels, the data and the caption of a figure.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// The panels, each an SVG document.
    pub panels: Vec<Panel>,
    /// The data behind them.
    pub tables: Vec<Table>,
    /// Other files behind them, by name: certificates.
    pub documents: Vec<(String, Vec<u8>)>,
    /// The numbers a reader would take from the figure.
    pub metrics: Map<String, Value>,
    /// What is shown, and which figure of which paper it is.
    pub caption: String,
    /// The parameters, the unstated ones of the paper included.
    pub parameters: Map<String, Value>,
}

impl Picture {
    /// An empty picture with a caption.
    pub fn new(caption: impl Into<String>) -> Self {
        Self {
            caption: caption.into(),
            ..Self::default()
        }
    }

    /// Adds a panel; `name` becomes part of its file name.
    #[must_use]
    pub fn panel(mut self, name: &str, title: &str, svg: String) -> Self {
        self.panels.push(Panel {
            name: name.to_owned(),
            title: title.to_owned(),
            svg,
        });
        self
    }

    /// Adds a table.
    #[must_use]
    pub fn table(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }

    /// Adds a file that is kept as it is, or compressed if it is above a megabyte.
    #[must_use]
    pub fn document(mut self, name: &str, bytes: Vec<u8>) -> Self {
        self.documents.push((name.to_owned(), bytes));
        self
    }

    /// Adds a number to the metrics.
    #[must_use]
    pub fn metric(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.metrics.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a parameter.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }
}

/// One panel of a figure.
#[derive(Debug, Clone)]
pub struct Panel {
    /// A short name for files: `a`, `b-log`.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// The drawing.
    pub svg: String,
}

/// Data of a figure, written as CSV.
#[derive(Debug, Clone)]
pub struct Table {
    /// A short name for the file.
    pub name: String,
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows; numbers are printed so that they read back to the same bits.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table.
    pub fn new(name: &str, header: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            header: header.iter().map(ToString::to_string).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[&dyn Display]) {
        self.rows
            .push(cells.iter().map(ToString::to_string).collect());
    }

    /// The table as CSV.
    ///
    /// # Errors
    /// When a row has not as many cells as the header.
    pub fn csv(&self) -> anyhow::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.header)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        Ok(writer.into_inner()?)
    }
}
