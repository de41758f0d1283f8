//! The inputs of the benchmarks, from fixed seeds.

use anyhow::Result;
use faer::Mat;
use teacher_student::initialization::{gaussian, stream};
use teacher_student::{Network, Population, Weights};

/// The seed of all inputs; every input has a stream of its own.
pub const SEED: u64 = 20_170;

/// K Gaussian students against as many Gaussian teachers in dimension d, entries of variance 1/d.
///
/// # Errors
/// K = 0 or d = 0.
pub fn gaussian_pair(neurons: usize, dimension: usize) -> Result<(Population, Weights)> {
    let deviation = (dimension as f64).sqrt().recip();
    let teacher = gaussian(&mut stream(SEED, 0), neurons, dimension, deviation)?;
    let student = gaussian(&mut stream(SEED, 1), neurons, dimension, deviation)?;
    Ok((Population::matching(Network::new(teacher)), student))
}

/// The objective, on one thread or on as many as rayon's pool has.
pub fn on_threads(population: Population, threads: usize) -> Population {
    if threads > 1 {
        population.on_all_threads()
    } else {
        population
    }
}

/// The population objective of an orthonormal teacher and as many students.
///
/// # Errors
/// K = 0 or K > d.
pub fn orthonormal(neurons: usize, dimension: usize) -> Result<Population> {
    let teacher = Network::new(Weights::orthonormal(neurons, dimension)?);
    Ok(Population::matching(teacher))
}

/// k Gaussian neurons in dimension d, the cloud of directions of the geometric condition; with `half` those behind a fixed
/// normal are turned round, so that the condition fails.
///
/// # Errors
/// k = 0 or d = 0.
pub fn cloud(neurons: usize, dimension: usize, half: bool) -> Result<Mat<f64>> {
    let rows = gaussian(&mut stream(SEED, 2), neurons, dimension, 1.0)?;
    let normal = gaussian(&mut stream(SEED, 3), 1, dimension, 1.0)?;
    let mut cloud = rows.as_mat().to_owned();
    for j in 0..neurons {
        let height: f64 = (0..dimension)
            .map(|i| cloud[(j, i)] * normal.as_mat()[(0, i)])
            .sum();
        if half && height < 0.0 {
            (0..dimension).for_each(|i| cloud[(j, i)] = -cloud[(j, i)]);
        }
    }
    Ok(cloud)
}
