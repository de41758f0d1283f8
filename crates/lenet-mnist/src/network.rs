//! The simplified LeNet-5: two convolutions with pooling and two fully connected layers.
//!
//! ```text
//! 28 × 28  --5 × 5, padding 2-->  c₁ × 28 × 28  --ReLU, pool 2-->  c₁ × 14 × 14
//!          --5 × 5------------->  c₂ × 10 × 10  --ReLU, pool 2-->  25 c₂
//!          --hidden------------>  h             --ReLU---------->  --output-->  10
//! ```
//!
//! The two fully connected layers are F6 and the output of LeNet-5; its layer C5 is left out.

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::idx::CLASSES;

/// Height and width of an image.
pub const SIDE: usize = 28;
/// Height and width of a filter.
pub const KERNEL: usize = 5;
/// Pixels of zeros around an image, as LeNet-5 has them.
pub const PADDING: usize = 2;
/// Pixels in each of the pictures that the second pooling leaves.
const POOLED: usize = 25;
/// A batch is worked on in parts of so many images, whatever the number of threads.
const PART: usize = 50;

/// The parameters, one array a kind, in the order of [`Widths::shapes`].
pub type Arrays = [Vec<f32>; 8];

/// How wide the layers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Widths {
    /// Filters of the first convolution.
    pub first: usize,
    /// Filters of the second convolution.
    pub second: usize,
    /// Neurons of the first fully connected layer.
    pub hidden: usize,
}

impl Widths {
    /// Those of C1, C3 and F6 of LeNet-5.
    pub const LENET_5: Self = Self {
        first: 6,
        second: 16,
        hidden: 84,
    };

    /// The length of the vectors that enter the first fully connected layer.
    pub fn inputs(&self) -> usize {
        self.second * POOLED
    }

    /// The shapes of filters and biases of both convolutions, then of weights (one neuron a row) and biases of both fully
    /// connected layers.
    pub fn shapes(&self) -> [Vec<usize>; 8] {
        [
            vec![self.first, 1, KERNEL, KERNEL],
            vec![self.first],
            vec![self.second, self.first, KERNEL, KERNEL],
            vec![self.second],
            vec![self.hidden, self.inputs()],
            vec![self.hidden],
            vec![CLASSES, self.hidden],
            vec![CLASSES],
        ]
    }
}

/// The parameters of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// The widths they belong to.
    pub widths: Widths,
    /// The numbers.
    pub arrays: Arrays,
}

/// What a network says about labelled images.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// The sum of the cross-entropies −ln p(label).
    pub loss: f64,
    /// How many images have their label as the largest output.
    pub correct: usize,
    /// The vectors that enter the last layer, one image a row.
    pub features: Vec<f32>,
}

/// The tensors of a network; the numbers are laid out by [`Widths::shapes`].
struct Layers {
    first: (Tensor<4>, Tensor<1>),
    second: (Tensor<4>, Tensor<1>),
    hidden: (Tensor<2>, Tensor<1>),
    output: (Tensor<2>, Tensor<1>),
}

impl Parameters {
    /// Every number of a layer uniform in ±1/√(inputs of a neuron), the usual start of such layers.
    pub fn draw(widths: Widths, random: &mut ChaCha8Rng) -> Self {
        let shapes = widths.shapes();
        let arrays = std::array::from_fn(|kind| {
            // A bias has the range of its weights.
            let inputs: usize = shapes[kind / 2 * 2][1..].iter().product();
            let range = 1.0 / (inputs as f32).sqrt();
            let count = shapes[kind].iter().product();
            (0..count)
                .map(|_| range * (2.0 * random.random::<f32>() - 1.0))
                .collect()
        });
        Self { widths, arrays }
    }

    /// Weights of the first fully connected layer, one neuron a row.
    pub fn hidden(&self) -> &[f32] {
        &self.arrays[4]
    }

    /// Weights of the last layer, one class a row.
    pub fn output(&self) -> &[f32] {
        &self.arrays[6]
    }

    /// One step of gradient descent.
    pub fn descend(&mut self, gradient: &Arrays, rate: f32) {
        for (numbers, slopes) in self.arrays.iter_mut().zip(gradient) {
            for (number, slope) in numbers.iter_mut().zip(slopes) {
                *number -= rate * slope;
            }
        }
    }

    fn layers(&self, device: &Device) -> Layers {
        let shapes = self.widths.shapes();
        let data = |kind: usize| TensorData::new(self.arrays[kind].clone(), shapes[kind].clone());
        Layers {
            first: (
                Tensor::from_data(data(0), device),
                Tensor::from_data(data(1), device),
            ),
            second: (
                Tensor::from_data(data(2), device),
                Tensor::from_data(data(3), device),
            ),
            hidden: (
                Tensor::from_data(data(4), device),
                Tensor::from_data(data(5), device),
            ),
            output: (
                Tensor::from_data(data(6), device),
                Tensor::from_data(data(7), device),
            ),
        }
    }

    /// Loss, number of correct answers and features of images; `pixels` holds [`SIDE`]² numbers an image.
    ///
    /// # Errors
    /// When a result cannot be read back.
    pub fn answers(&self, pixels: &[f32], labels: &[u8]) -> anyhow::Result<Answers> {
        let parts = parts(pixels, labels, |pixels, labels| {
            let device = Device::flex();
            let layers = self.layers(&device);
            let features = layers.features(images(pixels, &device));
            let outputs = layers.outputs(features.clone());
            let mut answers = judge(&outputs.try_into_vec_as::<f32>()?, labels);
            answers.features = features.try_into_vec_as::<f32>()?;
            Ok(answers)
        })?;
        let mut all = Answers::default();
        for part in parts {
            all.loss += part.loss;
            all.correct += part.correct;
            all.features.extend(part.features);
        }
        Ok(all)
    }

    /// The gradient of the mean cross-entropy over images, and the answers without features.
    ///
    /// # Errors
    /// When a result cannot be read back.
    pub fn gradient(&self, pixels: &[f32], labels: &[u8]) -> anyhow::Result<(Answers, Arrays)> {
        let count = labels.len() as f32;
        let parts = parts(pixels, labels, |pixels, labels| {
            // A graph of its own for each part: its leaves are shared with none.
            let device = Device::flex().autodiff();
            let layers = self.layers(&device).requiring_gradients();
            let outputs = layers.outputs(layers.features(images(pixels, &device)));
            let answers = judge(&outputs.clone().try_into_vec_as::<f32>()?, labels);
            let targets = Tensor::<2>::from_data(one_hot(labels), &device);
            let loss = (log_softmax(outputs, 1) * targets).sum() / -count;
            let mut slopes = loss.backward();
            Ok((answers, layers.gradients(&mut slopes)?))
        })?;
        let mut all = Answers::default();
        let mut gradient: Arrays = self
            .arrays
            .each_ref()
            .map(|numbers| vec![0.0; numbers.len()]);
        for (answers, part) in parts {
            all.loss += answers.loss;
            all.correct += answers.correct;
            for (sums, slopes) in gradient.iter_mut().zip(&part) {
                for (sum, slope) in sums.iter_mut().zip(slopes) {
                    *sum += slope;
                }
            }
        }
        Ok((all, gradient))
    }
}

impl Layers {
    fn requiring_gradients(self) -> Self {
        let Self {
            first,
            second,
            hidden,
            output,
        } = self;
        Self {
            first: (first.0.require_grad(), first.1.require_grad()),
            second: (second.0.require_grad(), second.1.require_grad()),
            hidden: (hidden.0.require_grad(), hidden.1.require_grad()),
            output: (output.0.require_grad(), output.1.require_grad()),
        }
    }

    /// What enters the last layer.
    fn features(&self, images: Tensor<4>) -> Tensor<2> {
        let convolve = |input, layer: &(Tensor<4>, Tensor<1>), padding| {
            let options = ConvOptions::new([1, 1], [padding, padding], [1, 1], 1);
            let output = conv2d(input, layer.0.clone(), Some(layer.1.clone()), options);
            max_pool2d(relu(output), MaxPoolOptions::new([2, 2]))
        };
        let pictures = convolve(convolve(images, &self.first, PADDING), &self.second, 0);
        relu(connect(pictures.flatten::<2>(1, 3), &self.hidden))
    }

    fn outputs(&self, features: Tensor<2>) -> Tensor<2> {
        connect(features, &self.output)
    }

    fn gradients(&self, slopes: &mut burn::tensor::Gradients) -> anyhow::Result<Arrays> {
        fn read<const D: usize>(
            leaf: &Tensor<D>,
            slopes: &mut burn::tensor::Gradients,
        ) -> anyhow::Result<Vec<f32>> {
            let slope = leaf
                .grad_remove(slopes)
                .ok_or_else(|| anyhow::anyhow!("a parameter without gradient"))?;
            Ok(slope.try_into_vec_as::<f32>()?)
        }
        Ok([
            read(&self.first.0, slopes)?,
            read(&self.first.1, slopes)?,
            read(&self.second.0, slopes)?,
            read(&self.second.1, slopes)?,
            read(&self.hidden.0, slopes)?,
            read(&self.hidden.1, slopes)?,
            read(&self.output.0, slopes)?,
            read(&self.output.1, slopes)?,
        ])
    }
}

/// x ↦ xWᵀ + b with one neuron a row of W.
fn connect(input: Tensor<2>, layer: &(Tensor<2>, Tensor<1>)) -> Tensor<2> {
    input.matmul(layer.0.clone().transpose()) + layer.1.clone().unsqueeze::<2>()
}

/// Works on parts of a batch in parallel; the results come in the order of the parts.
fn parts<T: Send>(
    pixels: &[f32],
    labels: &[u8],
    work: impl Fn(&[f32], &[u8]) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    anyhow::ensure!(
        pixels.len() == labels.len() * SIDE * SIDE,
        "{} pixels for {} labels",
        pixels.len(),
        labels.len()
    );
    pixels
        .par_chunks(PART * SIDE * SIDE)
        .zip(labels.par_chunks(PART))
        .map(|(pixels, labels)| work(pixels, labels))
        .collect()
}

fn images(pixels: &[f32], device: &Device) -> Tensor<4> {
    let count = pixels.len() / (SIDE * SIDE);
    Tensor::from_data(
        TensorData::new(pixels.to_vec(), [count, 1, SIDE, SIDE]),
        device,
    )
}

fn one_hot(labels: &[u8]) -> TensorData {
    let mut targets = vec![0.0_f32; labels.len() * CLASSES];
    for (image, label) in labels.iter().enumerate() {
        targets[image * CLASSES + usize::from(*label)] = 1.0;
    }
    TensorData::new(targets, [labels.len(), CLASSES])
}

/// Loss and number of correct answers from the outputs, in double precision.
fn judge(outputs: &[f32], labels: &[u8]) -> Answers {
    let mut answers = Answers::default();
    for (row, label) in outputs.chunks_exact(CLASSES).zip(labels) {
        let row: Vec<f64> = row.iter().map(|output| f64::from(*output)).collect();
        let most = row.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b));
        let sum: f64 = row.iter().map(|output| (output - most).exp()).sum();
        let own = row[usize::from(*label)];
        answers.loss += most + sum.ln() - own;
        // A tie with a smaller digit counts as that digit.
        let rivals = &row[..usize::from(*label)];
        answers.correct += usize::from(own >= most && rivals.iter().all(|other| *other < own));
    }
    answers
}
