//! The directory that the training of LeNet-5 leaves: plain arrays and a manifest.
//!
//! The program that writes it, `crates/lenet-mnist`, is a workspace of its own; the two share the files only.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use arrays::{Array, read};
use faer::Mat;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::engine::checksum::hexadecimal;
use crate::{Context, Outcome, Verdict};

const MANIFEST: &str = "manifest.json";
/// The version of the directory that is understood.
const FORMAT: u64 = 1;

/// What the manifest says.
#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    format: u64,
    /// Layers and their widths.
    pub network: Network,
    /// Seed and options.
    pub conditions: Conditions,
    /// Steps of the training.
    pub iterations: usize,
    /// The iterations whose weights are there, in ascending order.
    pub snapshots: Vec<usize>,
    /// Whether the data are those of MNIST, bit by bit.
    pub mnist: bool,
    /// The number of test images.
    pub test_images: usize,
    /// The mean cross-entropy on them at the end.
    pub test_loss: f64,
    /// The share of correct answers on them at the end.
    pub test_accuracy: f64,
    /// How long it took.
    pub time: Time,
}

/// Layers and their widths.
#[derive(Debug, Clone, Deserialize)]
pub struct Network {
    /// Filters of the two convolutions.
    pub convolutions: [usize; 2],
    /// Length of the vectors that enter the first fully connected layer.
    pub inputs: usize,
    /// Neurons of the first fully connected layer.
    pub hidden: usize,
    /// Neurons of the last layer.
    pub classes: usize,
}

/// What determines every number of a training.
#[derive(Debug, Clone, Deserialize)]
pub struct Conditions {
    /// The seed.
    pub seed: u64,
    /// Images in a batch.
    pub batch: usize,
    /// The step.
    pub rate: f64,
    /// The number of training images.
    pub images: usize,
    /// How brightnesses enter: `unit` or `standard`.
    pub pixels: String,
}

/// How long a training took.
#[derive(Debug, Clone, Deserialize)]
pub struct Time {
    /// Seconds of wall time, interruptions left out.
    pub seconds: f64,
    /// The number of threads at its end.
    pub threads: usize,
}

/// A complete training.
#[derive(Debug, Clone)]
pub struct TrainingRun {
    directory: PathBuf,
    /// What its manifest says.
    pub manifest: Manifest,
}

/// One of the two fully connected layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The first: F6 of LeNet-5.
    Hidden,
    /// The last.
    Output,
}

impl Layer {
    /// The name of its files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::Output => "output",
        }
    }
}

impl TrainingRun {
    /// The training in a directory; `None` if there is no complete one.
    ///
    /// # Errors
    /// A sentence that names a manifest that cannot be read, or is that of another format.
    pub fn open(directory: &Path) -> anyhow::Result<Option<Self>> {
        let path = directory.join(MANIFEST);
        if !path.is_file() {
            return Ok(None);
        }
        let bytes =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let manifest: Manifest = serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is no manifest of a training", path.display()))?;
        ensure!(
            manifest.format == FORMAT,
            "{} has format {}; this program reads format {FORMAT}",
            path.display(),
            manifest.format
        );
        Ok(Some(Self {
            directory: directory.to_path_buf(),
            manifest,
        }))
    }

    /// Whether data, batch and rate are those of the paper; reduced runs decide nothing.
    pub fn is_that_of_the_paper(&self) -> bool {
        let Conditions {
            batch,
            rate,
            images,
            ..
        } = self.manifest.conditions;
        self.manifest.mnist && batch == 1000 && rate == 0.01 && images == 60_000
    }

    /// The batch losses, one before each step.
    ///
    /// # Errors
    /// As for every array: a sentence that names a file that is absent, damaged, or has another shape than the manifest says.
    pub fn losses(&self) -> anyhow::Result<Vec<f64>> {
        let steps = self.manifest.iterations;
        Ok(self.array("loss.npy", &[steps])?.data().to_vec())
    }

    /// Iteration, loss and accuracy on the test images.
    ///
    /// # Errors
    /// As [`TrainingRun::losses`].
    pub fn tests(&self) -> anyhow::Result<Vec<[f64; 3]>> {
        let tests = self.array("test.npy", &[self.manifest.snapshots.len(), 3])?;
        Ok(tests.data().as_chunks().0.to_vec())
    }

    /// The vectors that enter the last layer for the test images, a row each, and the digits.
    ///
    /// # Errors
    /// As [`TrainingRun::losses`], and for a label that is no class.
    pub fn features(&self) -> anyhow::Result<(Mat<f64>, Vec<usize>)> {
        let (images, classes) = (self.manifest.test_images, self.manifest.network.classes);
        let features = self.matrix("features.npy", images, self.manifest.network.hidden)?;
        let labels = self.array("labels.npy", &[images])?;
        let labels = labels.data().iter().map(|label| {
            let class = (0..classes).find(|class| *class as f64 == *label);
            class.with_context(|| format!("labels.npy has {label}, which is no class"))
        });
        Ok((features, labels.collect::<anyhow::Result<_>>()?))
    }

    /// The weights of a layer after `iteration` steps, one neuron a row.
    ///
    /// # Errors
    /// As [`TrainingRun::losses`].
    pub fn weights(&self, layer: Layer, iteration: usize) -> anyhow::Result<Mat<f64>> {
        let network = &self.manifest.network;
        let (rows, columns) = match layer {
            Layer::Hidden => (network.hidden, network.inputs),
            Layer::Output => (network.classes, network.hidden),
        };
        let name = format!("weights/{}-{iteration:06}.npy", layer.name());
        self.matrix(&name, rows, columns)
    }

    /// The parameters of a figure: the network, its training and its time.
    pub fn parameters(&self) -> Map<String, Value> {
        let Manifest {
            network,
            conditions,
            ..
        } = &self.manifest;
        let [first, second] = network.convolutions;
        let entries = [
            ("network", format!("convolutions 5 × 5 with {first} and {second} filters (padding 2 and 0), each with ReLU and 2 × 2 maxima; fully connected {} → {} → {}", network.inputs, network.hidden, network.classes).into()),
            ("training", format!("plain gradient descent on the cross-entropy, rate {}, batches of {} from {} images", conditions.rate, conditions.batch, conditions.images).into()),
            ("start", "uniform in ±1/√inputs, biases included".into()),
            ("pixels", match conditions.pixels.as_str() {
                "unit" => "in [0, 1]".into(),
                _ => "mean 0, deviation 1".into(),
            }),
            ("iterations", self.manifest.iterations.into()),
            ("data", if self.manifest.mnist { "MNIST (checksums known)" } else { "not those of MNIST" }.into()),
            ("seed_of_the_training", conditions.seed.into()),
            ("seconds_of_the_training", self.manifest.time.seconds.into()),
            ("threads_of_the_training", self.manifest.time.threads.into()),
        ];
        entries
            .into_iter()
            .map(|(name, value): (&str, Value)| (name.to_owned(), value))
            .collect()
    }

    fn array(&self, name: &str, shape: &[usize]) -> anyhow::Result<Array> {
        let path = self.directory.join(name);
        let array = read::array(&path)?;
        ensure!(
            array.shape() == shape,
            "{} has shape {:?}; the manifest promises {shape:?}",
            path.display(),
            array.shape()
        );
        ensure!(
            array.data().iter().all(|value| value.is_finite()),
            "{} has entries that are not finite",
            path.display()
        );
        Ok(array)
    }

    fn matrix(&self, name: &str, rows: usize, columns: usize) -> anyhow::Result<Mat<f64>> {
        let array = self.array(name, &[rows, columns])?;
        Ok(Mat::from_fn(rows, columns, |i, j| {
            array.data()[i * columns + j]
        }))
    }
}

/// What changes when the training in a directory changes.
pub fn stamp(directory: &Path) -> String {
    std::fs::read(directory.join(MANIFEST))
        .map_or_else(|_| "absent".to_owned(), |bytes| hexadecimal(&bytes))
}

/// The outcome without a training.
pub fn needs_data(context: &Context) -> Outcome {
    Outcome::new(
        Verdict::NeedsData,
        "No training of LeNet-5 was found. `cargo xtask mnist` gets the data, `cargo xtask reproduce --with-mnist` trains and draws.",
    )
    .read_from(stamp(context.training()))
}
