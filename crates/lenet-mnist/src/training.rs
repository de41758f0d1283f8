//! Stochastic gradient descent in a directory: it goes on where it was interrupted.
//!
//! ```text
//! DIR/manifest.json                  seed, options, versions, checksums, results, time; written last: the run is complete
//! DIR/loss.npy  accuracy.npy         of the batch, before each step
//! DIR/test.npy                       iteration, loss, accuracy on the test images, a row each
//! DIR/weights/hidden-000050.npy      weights of the first fully connected layer after 50 steps, one neuron a row
//! DIR/weights/output-000050.npy      those of the last layer, one class a row
//! DIR/features.npy  labels.npy       at the end: what enters the last layer for the test images, one image a row
//! DIR/checkpoint.bin                 from which a run goes on, also to more iterations
//! ```

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, bail, ensure};
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::checkpoint::{self, State};
use crate::data::{DataSet, Labelled};
use crate::idx::CLASSES;
use crate::network::{KERNEL, PADDING, Parameters, SIDE, Widths};

/// Mean and standard deviation of the pixels of MNIST, in units of the largest brightness.
const MEAN: f32 = 0.1307;
const DEVIATION: f32 = 0.3081;
/// Images that are judged at once.
const JUDGED: usize = 1000;

/// How a brightness 0, …, 255 enters the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Pixels {
    /// p/255.
    Unit,
    /// (p/255 − 0.1307)/0.3081: mean 0 and deviation 1 over the training images of MNIST.
    Standard,
}

/// What determines every number of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// The seed of the start and of the order of the images.
    pub seed: u64,
    /// Images in a batch.
    pub batch: usize,
    /// The step.
    pub rate: f64,
    /// How many of the training images are used, from the first.
    pub images: usize,
    /// Steps between two records of the weights.
    pub every: usize,
    /// The widths of the layers.
    pub widths: Widths,
    /// How a brightness enters the network.
    pub pixels: Pixels,
    /// The SHA-256 of each file of the data.
    pub data: BTreeMap<String, String>,
}

/// What is written down on the way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The mean cross-entropy of the batch before each step.
    pub losses: Vec<f32>,
    /// The share of correct answers in the batch before each step.
    pub accuracies: Vec<f32>,
    /// Iteration, mean cross-entropy and share of correct answers on the test images.
    pub tests: Vec<[f32; 3]>,
}

/// A training in its directory.
#[derive(Debug)]
pub struct Training<'a> {
    data: &'a DataSet,
    directory: PathBuf,
    state: State,
    order: (usize, Vec<u32>),
    started: Instant,
    _lock: File,
}

impl<'a> Training<'a> {
    /// Opens a directory: the training in it goes on, or a new one begins. With `force` what is there does not count.
    ///
    /// # Errors
    /// A sentence for a number that makes no sense, a directory that cannot be written or is in use, a damaged checkpoint, or
    /// one of a training under other conditions.
    pub fn open(
        directory: &Path,
        conditions: Conditions,
        data: &'a DataSet,
        force: bool,
    ) -> anyhow::Result<Self> {
        check(&conditions, data)?;
        let lock = lock(directory)?;
        let path = directory.join("checkpoint.bin");
        let found = if force {
            None
        } else {
            checkpoint::read(&path)?
        };
        let state = if let Some(state) = found {
            ensure!(
                state.conditions == conditions,
                "the training in {} ran under other conditions; choose another --out, or start again with --force",
                directory.display()
            );
            state
        } else {
            let mut random = ChaCha8Rng::seed_from_u64(conditions.seed);
            let parameters = Parameters::draw(conditions.widths, &mut random);
            State {
                conditions,
                iteration: 0,
                parameters,
                history: History::default(),
                seconds: 0.0,
            }
        };
        let mut training = Self {
            data,
            directory: directory.to_path_buf(),
            state,
            order: (usize::MAX, Vec::new()),
            started: Instant::now(),
            _lock: lock,
        };
        if training.state.history.tests.is_empty() {
            training.forget()?;
            training.record()?;
        }
        Ok(training)
    }

    /// Steps done.
    pub fn iteration(&self) -> usize {
        self.state.iteration
    }

    /// What was seen so far.
    pub fn history(&self) -> &History {
        &self.state.history
    }

    /// The parameters after the steps done.
    pub fn parameters(&self) -> &Parameters {
        &self.state.parameters
    }

    /// Whether the directory holds the complete results of `iterations` steps.
    pub fn is_complete(&self, iterations: usize) -> bool {
        self.state.iteration == iterations && self.directory.join("manifest.json").is_file()
    }

    /// One step, and a record after every so many.
    ///
    /// # Errors
    /// When the loss is no number any more, or a record cannot be written.
    pub fn step(&mut self) -> anyhow::Result<()> {
        // From here on the results in the directory are those of a shorter run.
        self.withdraw()?;
        let (pixels, labels) = self.batch();
        let (answers, gradient) = self.state.parameters.gradient(&pixels, &labels)?;
        let count = labels.len() as f64;
        let loss = answers.loss / count;
        ensure!(
            loss.is_finite(),
            "the loss is {loss} at iteration {}: the rate {} is too large",
            self.state.iteration,
            self.state.conditions.rate
        );
        self.state
            .parameters
            .descend(&gradient, single(self.state.conditions.rate));
        self.state.iteration += 1;
        self.state.history.losses.push(single(loss));
        self.state
            .history
            .accuracies
            .push(single(answers.correct as f64 / count));
        if self
            .state
            .iteration
            .is_multiple_of(self.state.conditions.every)
        {
            self.record()?;
        }
        Ok(())
    }

    /// Writes the results; the manifest is the last file.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn finish(&mut self) -> anyhow::Result<()> {
        let recorded = self.state.history.tests.last();
        if recorded.is_none_or(|row| row[0] < self.state.iteration as f32) {
            self.record()?;
        }
        let history = &self.state.history;
        let steps = history.losses.len();
        self.put("loss.npy", &[steps], &history.losses)?;
        self.put("accuracy.npy", &[steps], &history.accuracies)?;
        let tests = history.tests.as_flattened();
        self.put("test.npy", &[history.tests.len(), 3], tests)?;
        let (test, features) = self.judge()?;
        let images = self.data.test.labels.len();
        let width = self.state.conditions.widths.hidden;
        self.put("features.npy", &[images, width], &features)?;
        let labels: Vec<f32> = self
            .data
            .test
            .labels
            .iter()
            .map(|l| f32::from(*l))
            .collect();
        self.put("labels.npy", &[images], &labels)?;
        let conditions = &self.state.conditions;
        let manifest = json!({
            "format": 1,
            "program": format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
            "burn": "0.22.1",
            "network": {
                "convolutions": [conditions.widths.first, conditions.widths.second],
                "kernel": KERNEL,
                "padding": [PADDING, 0],
                "pooling": "maximum of 2 x 2",
                "activation": "ReLU",
                "hidden": width,
                "inputs": conditions.widths.inputs(),
                "classes": CLASSES,
            },
            "conditions": conditions,
            "iterations": steps,
            "snapshots": (0..=steps).filter(|t| history.tests.iter().any(|row| row[0] == *t as f32)).collect::<Vec<_>>(),
            "mnist": self.data.is_mnist(),
            "test_images": images,
            "test_loss": test[1],
            "test_accuracy": test[2],
            "time": { "seconds": self.seconds(), "threads": rayon::current_num_threads() },
        });
        let mut text = serde_json::to_vec_pretty(&manifest)?;
        text.push(b'\n');
        let path = self.directory.join("manifest.json");
        Ok(arrays::write::with_folders(&path, &text)?)
    }

    /// The next batch: each epoch passes once over the images in a new order; what does not fill a batch is left out.
    fn batch(&mut self) -> (Vec<f32>, Vec<u8>) {
        let conditions = &self.state.conditions;
        let batches = conditions.images / conditions.batch;
        let (epoch, place) = (
            self.state.iteration / batches,
            self.state.iteration % batches,
        );
        if self.order.0 != epoch {
            let mut random = ChaCha8Rng::seed_from_u64(conditions.seed);
            random.set_stream(1 + epoch as u64);
            let count = u32::try_from(conditions.images).unwrap_or(u32::MAX);
            let mut order: Vec<u32> = (0..count).collect();
            order.shuffle(&mut random);
            self.order = (epoch, order);
        }
        let from = place * conditions.batch;
        let chosen = self.order.1[from..from + conditions.batch].iter();
        gather(
            &self.data.train,
            conditions.pixels,
            chosen.map(|i| *i as usize),
        )
    }

    /// Iteration, loss and accuracy on the test images, and their features.
    fn judge(&self) -> anyhow::Result<([f32; 3], Vec<f32>)> {
        let test = &self.data.test;
        let (mut loss, mut correct, mut features) = (0.0, 0, Vec::new());
        for from in (0..test.labels.len()).step_by(JUDGED) {
            let range = from..(from + JUDGED).min(test.labels.len());
            let (pixels, labels) = gather(test, self.state.conditions.pixels, range);
            let answers = self.state.parameters.answers(&pixels, &labels)?;
            loss += answers.loss;
            correct += answers.correct;
            features.extend(answers.features);
        }
        let count = test.labels.len() as f64;
        let row = [
            self.state.iteration as f32,
            single(loss / count),
            single(correct as f64 / count),
        ];
        Ok((row, features))
    }

    /// Writes the weights and the checkpoint.
    fn record(&mut self) -> anyhow::Result<()> {
        let (test, _) = self.judge()?;
        self.state.history.tests.push(test);
        let widths = self.state.conditions.widths;
        let at = self.state.iteration;
        let parameters = &self.state.parameters;
        self.put(
            &format!("weights/hidden-{at:06}.npy"),
            &[widths.hidden, widths.inputs()],
            parameters.hidden(),
        )?;
        self.put(
            &format!("weights/output-{at:06}.npy"),
            &[CLASSES, widths.hidden],
            parameters.output(),
        )?;
        self.state.seconds = self.seconds();
        self.started = Instant::now();
        checkpoint::write(&self.directory.join("checkpoint.bin"), &self.state)
    }

    fn seconds(&self) -> f64 {
        self.state.seconds + self.started.elapsed().as_secs_f64()
    }

    fn put(&self, name: &str, shape: &[usize], values: &[f32]) -> anyhow::Result<()> {
        let bytes = arrays::npy::encode_singles(shape, values)
            .with_context(|| format!("{} numbers for an array of shape {shape:?}", values.len()))?;
        Ok(arrays::write::with_folders(
            &self.directory.join(name),
            &bytes,
        )?)
    }

    fn withdraw(&self) -> anyhow::Result<()> {
        remove(&self.directory.join("manifest.json"))
    }

    /// Removes what another training left.
    fn forget(&self) -> anyhow::Result<()> {
        self.withdraw()?;
        remove(&self.directory.join("checkpoint.bin"))?;
        let Ok(entries) = std::fs::read_dir(self.directory.join("weights")) else {
            return Ok(());
        };
        for entry in entries.flatten() {
            remove(&entry.path())?;
        }
        Ok(())
    }
}

fn remove(path: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(path) {
        Err(reason) if reason.kind() != std::io::ErrorKind::NotFound => {
            bail!("cannot remove {}: {reason}", path.display())
        }
        _ => Ok(()),
    }
}

fn check(conditions: &Conditions, data: &DataSet) -> anyhow::Result<()> {
    let widths = conditions.widths;
    for (name, number) in [
        ("--batch", conditions.batch),
        ("--every", conditions.every),
        (
            "--widths",
            widths.first.min(widths.second).min(widths.hidden),
        ),
    ] {
        ensure!(number > 0, "{name} 0 leaves nothing to do; use 1 or more");
    }
    let there = data.train.labels.len();
    ensure!(
        conditions.images <= there,
        "--images {} asks for more than the {there} training images",
        conditions.images
    );
    ensure!(
        conditions.batch <= conditions.images,
        "--batch {} is more than the {} training images",
        conditions.batch,
        conditions.images
    );
    ensure!(
        conditions.rate.is_finite() && conditions.rate > 0.0,
        "--rate {} is no positive number",
        conditions.rate
    );
    Ok(())
}

fn lock(directory: &Path) -> anyhow::Result<File> {
    let refusal = || {
        format!(
            "cannot write into {}; choose another directory with --out",
            directory.display()
        )
    };
    std::fs::create_dir_all(directory).with_context(refusal)?;
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(directory.join(".lock"))
        .with_context(refusal)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!(
            "another training is writing into {}; wait for it or choose another directory with --out",
            directory.display()
        ),
        Err(TryLockError::Error(reason)) => Err(reason).with_context(refusal),
    }
}

/// Images as the network takes them, with their labels.
fn gather(
    from: &Labelled,
    pixels: Pixels,
    chosen: impl Iterator<Item = usize>,
) -> (Vec<f32>, Vec<u8>) {
    let scale = |p: &u8| match pixels {
        Pixels::Unit => f32::from(*p) / 255.0,
        Pixels::Standard => (f32::from(*p) / 255.0 - MEAN) / DEVIATION,
    };
    let (mut numbers, mut labels) = (Vec::new(), Vec::new());
    for index in chosen {
        numbers.reserve(SIDE * SIDE);
        numbers.extend(from.images.image(index).iter().map(scale));
        labels.push(from.labels[index]);
    }
    (numbers, labels)
}

/// The nearest number in single precision.
#[allow(clippy::cast_possible_truncation)]
fn single(value: f64) -> f32 {
    value as f32
}
