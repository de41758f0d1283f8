//! The sampled gating of many samples that are drawn on the way, beside drawing them.

use std::hint::black_box;

use anyhow::{Result, ensure};
use arrays::Array;
use rayon::prelude::*;
use relu_gating::{Gaussian, InputLaw as _, estimate_gating, population_gating};
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

/// Samples of a piece of the filling.
const CHUNK: usize = 8192;
/// Σ of the variances of the d entries is below d for unit vectors, ‖E F‖ above 0.1: relative error √(d/N)/0.1, and six of it.
const DEVIATIONS: f64 = 60.0;

/// Our estimate.
pub(crate) fn sampled(samples: usize, e: &[f64], w: &[f64]) -> Result<Vec<f64>> {
    let estimate = estimate_gating(&Gaussian, e, w, samples, |index| {
        stream(SEED, 1_000_000 + index)
    })?;
    Ok(estimate.mean)
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
    let chunks = samples.div_ceil(CHUNK);
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
                .map(|chunk| {
                    let mut row = vec![0.0; d];
                    let mut rng = stream(SEED, 1_000_000 + chunk as u64);
                    for _ in 0..CHUNK.min(samples - chunk * CHUNK) {
                        Gaussian.sample(&mut rng, &mut row);
                        black_box(&row);
                    }
                    row[0]
                })
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
                let mean = sampled(samples, &e, &w)?;
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
