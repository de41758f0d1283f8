//! The network against the same formulas in plain loops and double precision.

use lenet_mnist::network::{KERNEL, PADDING, Parameters, SIDE, Widths};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

const WIDTHS: Widths = Widths {
    first: 2,
    second: 3,
    hidden: 7,
};

/// A stack of square pictures.
struct Pictures {
    side: usize,
    values: Vec<f64>,
}

impl Pictures {
    fn at(&self, channel: usize, row: isize, column: isize) -> f64 {
        match (usize::try_from(row), usize::try_from(column)) {
            (Ok(row), Ok(column)) if row < self.side && column < self.side => {
                self.values[(channel * self.side + row) * self.side + column]
            }
            _ => 0.0,
        }
    }

    /// Convolution, ReLU, and the maximum over squares of 2 × 2.
    fn convolved(&self, filters: &[f64], biases: &[f64], padding: usize) -> Self {
        let channels = self.values.len() / (self.side * self.side);
        let wide = self.side + 2 * padding + 1 - KERNEL;
        let signed = |x: usize| isize::try_from(x).expect("small");
        let sum = |out: usize, row: usize, column: usize| {
            let mut sum = biases[out];
            for channel in 0..channels {
                for i in 0..KERNEL {
                    for j in 0..KERNEL {
                        let filter =
                            filters[((out * channels + channel) * KERNEL + i) * KERNEL + j];
                        let (y, x) = (signed(row + i), signed(column + j));
                        sum += filter * self.at(channel, y - signed(padding), x - signed(padding));
                    }
                }
            }
            sum.max(0.0)
        };
        let side = wide / 2;
        let mut values = Vec::new();
        for out in 0..biases.len() {
            for row in 0..side {
                for column in 0..side {
                    let four = [(0, 0), (0, 1), (1, 0), (1, 1)];
                    let most = four
                        .map(|(i, j)| sum(out, 2 * row + i, 2 * column + j))
                        .into_iter()
                        .fold(0.0, f64::max);
                    values.push(most);
                }
            }
        }
        Self { side, values }
    }
}

fn connected(input: &[f64], weights: &[f64], biases: &[f64]) -> Vec<f64> {
    let rows = weights.chunks_exact(input.len()).zip(biases);
    rows.map(|(row, bias)| bias + row.iter().zip(input).map(|(w, x)| w * x).sum::<f64>())
        .collect()
}

/// Features of one image, and the cross-entropy of its label.
fn plain(arrays: &[Vec<f64>; 8], pixels: &[f32], label: u8) -> (Vec<f64>, f64) {
    let image = Pictures {
        side: SIDE,
        values: pixels.iter().map(|p| f64::from(*p)).collect(),
    };
    let pictures = image
        .convolved(&arrays[0], &arrays[1], PADDING)
        .convolved(&arrays[2], &arrays[3], 0);
    let features: Vec<f64> = connected(&pictures.values, &arrays[4], &arrays[5])
        .into_iter()
        .map(|x| x.max(0.0))
        .collect();
    let outputs = connected(&features, &arrays[6], &arrays[7]);
    let sum: f64 = outputs.iter().map(|x| x.exp()).sum();
    (features, sum.ln() - outputs[usize::from(label)])
}

fn setting(images: usize, seed: u64) -> (Parameters, Vec<f32>, Vec<u8>) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let parameters = Parameters::draw(WIDTHS, &mut random);
    let pixels = (0..images * SIDE * SIDE)
        .map(|_| 2.0 * random.random::<f32>() - 1.0)
        .collect();
    let labels = (0..images).map(|_| random.random_range(0..10)).collect();
    (parameters, pixels, labels)
}

fn doubles(parameters: &Parameters) -> [Vec<f64>; 8] {
    parameters
        .arrays
        .each_ref()
        .map(|numbers| numbers.iter().map(|x| f64::from(*x)).collect())
}

/// Single precision with sums of at most 150 terms of size 1.
const SINGLE: f64 = 1e-5;

#[test]
fn outputs_are_those_of_plain_loops() {
    let (parameters, pixels, labels) = setting(60, 1);
    let answers = parameters.answers(&pixels, &labels).expect("answers");
    let arrays = doubles(&parameters);
    let mut loss = 0.0;
    for (image, label) in labels.iter().enumerate() {
        let own = &pixels[image * SIDE * SIDE..(image + 1) * SIDE * SIDE];
        let (features, own_loss) = plain(&arrays, own, *label);
        loss += own_loss;
        let found = &answers.features[image * WIDTHS.hidden..(image + 1) * WIDTHS.hidden];
        for (found, expected) in found.iter().zip(&features) {
            assert!(
                (f64::from(*found) - expected).abs() < SINGLE,
                "image {image}"
            );
        }
    }
    assert!(
        (answers.loss - loss).abs() < 60.0 * SINGLE,
        "{} {loss}",
        answers.loss
    );
}

/// Central differences of the plain loops in double precision, whose error is far below that of single precision.
#[test]
fn the_gradient_is_that_of_differences() {
    let (parameters, pixels, labels) = setting(3, 2);
    let (answers, gradient) = parameters.gradient(&pixels, &labels).expect("a gradient");
    let arrays = doubles(&parameters);
    let mean = |arrays: &[Vec<f64>; 8]| {
        let images = pixels.chunks_exact(SIDE * SIDE).zip(&labels);
        images
            .map(|(pixels, label)| plain(arrays, pixels, *label).1)
            .sum::<f64>()
            / 3.0
    };
    assert!((answers.loss / 3.0 - mean(&arrays)).abs() < SINGLE);
    let step = 1e-6;
    for kind in 0..8 {
        for place in (0..arrays[kind].len()).step_by(arrays[kind].len().div_ceil(6)) {
            let moved = |by: f64| {
                let mut moved = arrays.clone();
                moved[kind][place] += by;
                mean(&moved)
            };
            let expected = (moved(step) - moved(-step)) / (2.0 * step);
            let found = f64::from(gradient[kind][place]);
            assert!(
                (found - expected).abs() < SINGLE * (1.0 + expected.abs()),
                "array {kind}, entry {place}: {found} instead of {expected}"
            );
        }
    }
}

#[test]
fn parts_of_a_batch_add_up() {
    let (parameters, pixels, labels) = setting(120, 3);
    let (_, whole) = parameters.gradient(&pixels, &labels).expect("a gradient");
    let half = 60 * SIDE * SIDE;
    let (_, first) = parameters
        .gradient(&pixels[..half], &labels[..60])
        .expect("a gradient");
    let (_, second) = parameters
        .gradient(&pixels[half..], &labels[60..])
        .expect("a gradient");
    for kind in 0..8 {
        for ((whole, first), second) in whole[kind].iter().zip(&first[kind]).zip(&second[kind]) {
            assert!((whole - (first + second) / 2.0).abs() < 1e-6);
        }
    }
}

/// The outputs of a softmax add up to 1, so the gradients of the rows of the last layer add up to 0: descent keeps the sum of
/// its rows.
#[test]
fn descent_keeps_the_sum_of_the_last_rows() {
    let (mut parameters, pixels, labels) = setting(50, 4);
    let sums = |parameters: &Parameters| -> Vec<f32> {
        let rows = parameters.output().chunks_exact(WIDTHS.hidden);
        (0..WIDTHS.hidden)
            .map(|i| rows.clone().map(|row| row[i]).sum())
            .collect()
    };
    let before = (sums(&parameters), parameters.output().to_vec());
    for _ in 0..20 {
        let (_, gradient) = parameters.gradient(&pixels, &labels).expect("a gradient");
        parameters.descend(&gradient, 0.5);
    }
    let moved = parameters
        .output()
        .iter()
        .zip(&before.1)
        .map(|(a, b)| (a - b).abs());
    assert!(moved.fold(0.0, f32::max) > 0.05, "the rows have not moved");
    for (after, before) in sums(&parameters).iter().zip(&before.0) {
        assert!((after - before).abs() < 1e-5, "{after} {before}");
    }
}
