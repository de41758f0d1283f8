//! The sampled gating of many samples that are drawn on the way, beside drawing them.

use std::hint::black_box;

use anyhow::{Result, ensure};
use faer::MatRef;
use rayon::prelude::*;
use relu_gating::{Gaussian, InputLaw as _, population_gating, sampled_gating};
use relu_lab::files::Array;
use serde_json::json;
use teacher_student::initialization::{gaussian, stream};

use crate::peers::case::{Call, Case, Other, Target, Task};
use crate::problems::SEED;

pub(crate) const TASK: Task = Task {
    name: "gating",
    title: "sampled gating, samples drawn on the way",
    cases: |quick| {
        let samples = if quick { 100_000 } else { 10_000_000 };
        vec![Box::new(move |threads| {
            case(samples, 50, threads).map(Some)
        })]
    },
};

/// Samples of a chunk, which has a stream of its own.
pub(crate) const CHUNK: usize = 1_000;
/// Σ of the variances of the d entries is below d for unit vectors, ‖E F‖ above 0.1: relative error √(d/N)/0.1, and six of it.
const DEVIATIONS: f64 = 60.0;

fn filled(chunk: usize, d: usize) -> Vec<f64> {
    let mut data = vec![0.0; CHUNK * d];
    Gaussian.sample(&mut stream(SEED, 1_000_000 + chunk as u64), &mut data);
    data
}

/// The mean over chunks that are drawn on the way.
pub(crate) fn sampled(chunks: usize, e: &[f64], w: &[f64]) -> Result<Vec<f64>> {
    let d = e.len();
    // Sums in the order of the chunks, whatever thread they come from.
    let parts: Result<Vec<Vec<f64>>> = (0..chunks)
        .into_par_iter()
        .map(|chunk| {
            let data = filled(chunk, d);
            let data = MatRef::from_row_major_slice(&data, CHUNK, d);
            Ok(sampled_gating(data, e, w)?)
        })
        .collect();
    let mut mean = vec![0.0; d];
    for part in parts? {
        for (m, x) in mean.iter_mut().zip(part) {
            *m += x / chunks as f64;
        }
    }
    Ok(mean)
}

fn case(samples: usize, d: usize, threads: usize) -> Result<Case> {
    let unit = |run: u64| -> Result<Vec<f64>> {
        let row = gaussian(&mut stream(SEED, run), 1, d, 1.0)?;
        let norm = row.as_mat().norm_l2();
        Ok(super::entries(row.as_mat())
            .iter()
            .map(|x| x / norm)
            .collect())
    };
    let (e, w) = (unit(7)?, unit(8)?);
    let chunks = samples / CHUNK;
    let tolerance = DEVIATIONS * (d as f64 / samples as f64).sqrt();
    let expected = population_gating(&e, &w)?;
    let inputs = vec![
        ("e", Array::vector(e.clone())),
        ("w", Array::vector(w.clone())),
    ];
    let filling = Call::new(
        move || {
            let last: Vec<f64> = (0..chunks)
                .into_par_iter()
                .map(|chunk| black_box(filled(chunk, d))[0])
                .collect();
            Ok(last)
        },
        |_| Vec::new(),
    );
    Ok(Case {
        size: format!("N = {samples}, d = {d}"),
        inputs,
        parameters: json!({"samples": samples, "threads": threads}),
        ours: Call::new(
            move || {
                let mean = sampled(chunks, &e, &w)?;
                let pairs = mean.iter().zip(&expected);
                let (apart, size) = pairs.fold((0.0, 0.0), |(apart, size), (m, x)| {
                    (apart + (m - x) * (m - x), size + x * x)
                });
                ensure!(
                    apart <= size * tolerance * tolerance,
                    "the mean is not that of the closed form"
                );
                Ok(mean)
            },
            Clone::clone,
        ),
        others: vec![
            Other::python("numpy", "NumPy", 1.5 * tolerance),
            Other::python("numpy", "NumPy, threads", 1.5 * tolerance),
            Other::python("jax", "JAX", 1.5 * tolerance),
            Other::native("filling the samples", filling),
        ],
        targets: vec![Target::named("filling", 1.0 / 1.5)],
        memory: None,
    })
}
