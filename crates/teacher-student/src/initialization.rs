//! Random starts. Every function draws from the generator it is handed, entries in row order; [`stream`] makes one
//! independent generator a run.

use faer::Mat;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use relu_gating::{InputLaw, UniformBall, UniformSphere};

use crate::error::{Error, check_setting};
use crate::weights::Weights;

/// The generator of one run: the stream numbered `run` of the ChaCha8 generator seeded by `seed`.
///
/// Streams of one seed do not overlap, so a run draws the same numbers whichever thread it is scheduled on, and runs
/// can be added or repeated one by one.
///
/// # Examples
/// ```
/// use teacher_student::initialization::{he, stream};
/// let again = || he(&mut stream(7, 3), 2, 5);
/// assert_eq!(again()?, again()?);
/// assert_ne!(again()?, he(&mut stream(7, 4), 2, 5)?);
/// # Ok::<(), teacher_student::Error>(())
/// ```
pub fn stream(seed: u64, run: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(run);
    rng
}

/// A noisy symmetric start: w_j = x⁰w*_j + y⁰ Σ_{j′≠j} w*_{j′} + ε_j, with ε_j ~ N(0, s²I), as many neurons as the
/// teacher.
///
/// # Errors
/// x⁰ or y⁰ not finite, s not finite or negative, or a neuron that is zero (possible only for s = 0).
///
/// # Source
/// Tian 2017, Theorem 7 (s = 0, orthonormal teacher), Conjecture 2 and Figure 9.
pub fn symmetric_with_noise<R: Rng + ?Sized>(
    rng: &mut R,
    teacher: &Weights,
    x0: f64,
    y0: f64,
    deviation: f64,
) -> Result<Weights, Error> {
    check_setting("x0", x0, x0.is_finite(), "it must be finite")?;
    check_setting("y0", y0, y0.is_finite(), "it must be finite")?;
    check_not_negative("deviation", deviation)?;
    let matrix = teacher.as_mat();
    let (k, d) = matrix.shape();
    let sums: Vec<f64> = (0..d)
        .map(|i| (0..k).map(|j| matrix[(j, i)]).sum())
        .collect();
    rows(k, d, |j, row| {
        for (i, entry) in row.iter_mut().enumerate() {
            let own = matrix[(j, i)];
            let others = sums[i] - own;
            *entry = x0 * own + y0 * others + deviation * normal(rng);
        }
    })
}

/// Independent N(0, s²) entries, K × d.
///
/// # Errors
/// K = 0, d = 0, or s not finite and positive.
pub fn gaussian<R: Rng + ?Sized>(
    rng: &mut R,
    neurons: usize,
    dimension: usize,
    deviation: f64,
) -> Result<Weights, Error> {
    check_positive("deviation", deviation)?;
    rows(neurons, dimension, |_, row| {
        row.fill_with(|| deviation * normal(rng));
    })
}

/// Gaussian entries of variance 2/(d + K), after Glorot & Bengio 2010 ("Xavier"), K × d.
///
/// # Errors
/// K = 0 or d = 0.
pub fn xavier<R: Rng + ?Sized>(
    rng: &mut R,
    neurons: usize,
    dimension: usize,
) -> Result<Weights, Error> {
    fan(rng, neurons, dimension, 2.0, dimension + neurons)
}

/// Gaussian entries of variance 2/d, after He et al. 2015, K × d.
///
/// # Errors
/// K = 0 or d = 0.
pub fn he<R: Rng + ?Sized>(
    rng: &mut R,
    neurons: usize,
    dimension: usize,
) -> Result<Weights, Error> {
    fan(rng, neurons, dimension, 2.0, dimension)
}

/// Gaussian entries of variance 1/d, after LeCun et al. 2012, K × d.
///
/// # Errors
/// K = 0 or d = 0.
pub fn lecun<R: Rng + ?Sized>(
    rng: &mut R,
    neurons: usize,
    dimension: usize,
) -> Result<Weights, Error> {
    fan(rng, neurons, dimension, 1.0, dimension)
}

/// Rows independent and uniform in the ball of the given radius around the origin of ℝᵈ, K × d.
///
/// # Errors
/// K = 0, d = 0, or a radius not finite and positive.
///
/// # Source
/// Tian 2017, Theorem 6, for K = 1.
pub fn uniform_ball<R: Rng + ?Sized>(
    rng: &mut R,
    neurons: usize,
    dimension: usize,
    radius: f64,
) -> Result<Weights, Error> {
    check_positive("radius", radius)?;
    rows(neurons, dimension, |_, row| {
        UniformBall { radius: 1.0 }.sample(rng, row);
        for entry in row {
            *entry *= radius;
        }
    })
}

/// The teacher plus a displacement of exactly the given Frobenius norm in a uniform direction of ℝᴷᵈ.
///
/// # Errors
/// A distance that is not finite or negative, or a neuron that is moved onto the origin.
pub fn near_teacher<R: Rng + ?Sized>(
    rng: &mut R,
    teacher: &Weights,
    distance: f64,
) -> Result<Weights, Error> {
    check_not_negative("distance", distance)?;
    let (k, d) = (teacher.neurons(), teacher.dimension());
    let mut direction = vec![0.0; k * d];
    UniformSphere { radius: 1.0 }.sample(rng, &mut direction);
    Weights::new(Mat::from_fn(k, d, |j, i| {
        teacher.as_mat()[(j, i)] + distance * direction[j * d + i]
    }))
}

fn fan<R: Rng + ?Sized>(
    rng: &mut R,
    neurons: usize,
    dimension: usize,
    gain: f64,
    fan: usize,
) -> Result<Weights, Error> {
    // An empty matrix is reported by its shape, whatever its fan.
    gaussian(rng, neurons, dimension, (gain / fan.max(1) as f64).sqrt())
}

fn rows(
    neurons: usize,
    dimension: usize,
    mut fill: impl FnMut(usize, &mut [f64]),
) -> Result<Weights, Error> {
    let mut matrix = Mat::zeros(neurons, dimension);
    let mut row = vec![0.0; dimension];
    for j in 0..neurons {
        fill(j, &mut row);
        for (i, entry) in row.iter().enumerate() {
            matrix[(j, i)] = *entry;
        }
    }
    Weights::new(matrix)
}

fn normal<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    StandardNormal.sample(rng)
}

fn check_positive(name: &'static str, value: f64) -> Result<(), Error> {
    let holds = value.is_finite() && value > 0.0;
    check_setting(name, value, holds, "it must be finite and positive")
}

fn check_not_negative(name: &'static str, value: f64) -> Result<(), Error> {
    let holds = value.is_finite() && value >= 0.0;
    check_setting(name, value, holds, "it must be finite and not negative")
}
