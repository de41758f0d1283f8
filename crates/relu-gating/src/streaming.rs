use numeric::{largest_exponent, scaled};
use rand::Rng;
use rayon::prelude::*;

use crate::error::{Error, check_finite, check_lengths};
use crate::isotropic::InputLaw;

/// A Monte Carlo estimate of E[F(e, w)], per sample.
#[derive(Debug, Clone, PartialEq)]
pub struct GatingEstimate {
    /// The mean of F(e, w) over the samples, of length d.
    pub mean: Vec<f64>,
    /// The standard error of each of its entries.
    pub standard_error: Vec<f64>,
    /// How many samples passed both gates.
    pub passed: usize,
    /// N.
    pub samples: usize,
}

/// Samples of one stream.
const STREAM: usize = 8192;
/// Samples that are held at a time.
const ROWS: usize = 64;
/// Streams whose sums are held at a time.
const ROUND: usize = 4096;
/// Lanes of an inner product.
const LANES: usize = 16;

/// Estimates E[F(e, w)] = E[x (x·w) 1(x·e > 0) 1(x·w > 0)] for any law, from N samples of which 64 a thread are held at a time.
///
/// Sample i comes from the generator `stream`(⌊i/8192⌋). Streams are spread over the rayon pool of the caller and joined in
/// their order: the result is the same on any number of threads. Over N rows of data, [`sampled_gating`](crate::sampled_gating)
/// is the same sum.
///
/// # Examples
/// ```
/// use rand::SeedableRng;
/// use rand_chacha::ChaCha8Rng;
/// use relu_gating::{Gaussian, estimate_gating, population_gating};
/// let (e, w) = ([1.0, 0.0, 0.0], [1.0, 2.0, 0.0]);
/// let estimate = estimate_gating(&Gaussian, &e, &w, 100_000, |index| {
///     let mut rng = ChaCha8Rng::seed_from_u64(1);
///     rng.set_stream(index);
///     rng
/// })?;
/// for ((mean, error), exact) in estimate.mean.iter().zip(&estimate.standard_error).zip(population_gating(&e, &w)?) {
///     assert!((mean - exact).abs() < 5.0 * error);
/// }
/// # Ok::<(), relu_gating::Error>(())
/// ```
///
/// # Errors
/// Bad vectors, fewer than 2 samples, or a result beyond the largest double.
///
/// # Source
/// Tian 2017, §4, F(e, w) = XᵀD(e)D(w)Xw (there summed over the samples).
pub fn estimate_gating<L: InputLaw + Sync, R: Rng>(
    law: &L,
    e: &[f64],
    w: &[f64],
    samples: usize,
    stream: impl Fn(u64) -> R + Sync,
) -> Result<GatingEstimate, Error> {
    check_finite("e", e)?;
    check_finite("w", w)?;
    check_lengths("e", e, "w", w)?;
    let e_scale = largest_exponent(e).ok_or(Error::ZeroVector { name: "e" })?;
    let w_scale = largest_exponent(w).ok_or(Error::ZeroVector { name: "w" })?;
    if samples < 2 {
        return Err(Error::TooFewSamples { needed: 2 });
    }
    let gates = Gates {
        e: padded(&scaled(e, -e_scale)),
        w: padded(&scaled(w, -w_scale)),
        dimension: w.len(),
    };
    let mut total = Sums::new(gates.w.len());
    let streams = samples.div_ceil(STREAM);
    for round in (0..streams).step_by(ROUND) {
        let sums: Vec<Sums> = (round..streams.min(round + ROUND))
            .into_par_iter()
            .map(|index| {
                let count = STREAM.min(samples - index * STREAM);
                gates.sum(law, &mut stream(index as u64), count)
            })
            .collect();
        for part in &sums {
            total.merge(part);
        }
    }
    let n = samples as f64;
    let mean: Vec<f64> = total.first[..w.len()].iter().map(|s| s / n).collect();
    let standard_error: Vec<f64> = total.second[..w.len()]
        .iter()
        .zip(&mean)
        .map(|(square, m)| ((square / n - m * m).max(0.0) / (n - 1.0)).sqrt())
        .collect();
    let estimate = GatingEstimate {
        mean: scaled(&mean, w_scale),
        standard_error: scaled(&standard_error, w_scale),
        passed: total.passed,
        samples,
    };
    let mut numbers = estimate.mean.iter().chain(&estimate.standard_error);
    if numbers.all(|x| x.is_finite()) {
        Ok(estimate)
    } else {
        Err(Error::Overflow)
    }
}

/// `v` with zeros up to a multiple of the lanes.
fn padded(v: &[f64]) -> Vec<f64> {
    let mut padded = v.to_vec();
    padded.resize(v.len().div_ceil(LANES) * LANES, 0.0);
    padded
}

/// Σ F and Σ F², entry by entry, padded.
struct Sums {
    first: Vec<f64>,
    second: Vec<f64>,
    passed: usize,
}

impl Sums {
    fn new(width: usize) -> Self {
        Self {
            first: vec![0.0; width],
            second: vec![0.0; width],
            passed: 0,
        }
    }

    fn merge(&mut self, other: &Self) {
        for (sum, x) in self.first.iter_mut().zip(&other.first) {
            *sum += x;
        }
        for (sum, x) in self.second.iter_mut().zip(&other.second) {
            *sum += x;
        }
        self.passed += other.passed;
    }
}

/// e and w, of size one and padded.
struct Gates {
    e: Vec<f64>,
    w: Vec<f64>,
    dimension: usize,
}

impl Gates {
    fn sum<L: InputLaw, R: Rng>(&self, law: &L, rng: &mut R, count: usize) -> Sums {
        let width = self.w.len();
        let mut sums = Sums::new(width);
        let mut rows = vec![0.0; ROWS * width];
        let mut left = count;
        while left > 0 {
            let held = left.min(ROWS);
            let rows = &mut rows[..held * width];
            for row in rows.chunks_exact_mut(width) {
                law.sample(rng, &mut row[..self.dimension]);
            }
            pulp::Arch::new().dispatch(Pass {
                gates: self,
                rows,
                sums: &mut sums,
            });
            left -= held;
        }
        sums
    }
}

struct Pass<'a> {
    gates: &'a Gates,
    rows: &'a [f64],
    sums: &'a mut Sums,
}

impl pulp::NullaryFnOnce for Pass<'_> {
    type Output = ();

    // The bodies must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        let (gates, sums) = (self.gates, self.sums);
        for row in self.rows.chunks_exact(gates.w.len()) {
            let response = dot(row, &gates.w);
            if response > 0.0 && dot(row, &gates.e) > 0.0 {
                sums.passed += 1;
                let moments = sums.first.iter_mut().zip(&mut sums.second);
                for ((first, second), x) in moments.zip(row) {
                    let value = response * x;
                    *first += value;
                    *second += value * value;
                }
            }
        }
    }
}

#[allow(clippy::inline_always)]
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sum = [0.0; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sum[lane] += a[lane] * b[lane];
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            sum[lane] += sum[lane + width];
        }
        width /= 2;
    }
    sum[0]
}
