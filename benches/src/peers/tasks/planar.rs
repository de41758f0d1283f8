//! Trajectories of the planar dynamics from many starts, all to one time.

use anyhow::{Context as _, Result, ensure};
use rayon::prelude::*;
use relu_gating::{InputLaw as _, UniformCube};
use relu_lab::files::Array;
use serde_json::json;
use ssb::PlanarDynamics;
use teacher_student::initialization::stream;
use teacher_student::{DormandPrince, Integrator as _, Record, Stop};

use crate::peers::case::{Call, Case, Other, Target, Task};
use crate::problems::SEED;

pub(super) const TASK: Task = Task {
    name: "planar",
    title: "planar flow, K = 5, to time 10",
    cases: |quick| {
        vec![Box::new(move |threads| {
            let count = match (quick, threads) {
                (true, _) => 500,
                (false, 1) => 100_000,
                (false, _) => 1_000_000,
            };
            case(count).map(Some)
        })]
    },
};

const NEURONS: usize = 5;
const TIME: f64 = 10.0;
/// The largest error of an end point that ours and the peer may have.
const ERROR: f64 = 1e-7;
/// Our relative tolerance, and the peer's steps: the cheapest powers of ten and of two that keep the error.
const RELATIVE: f64 = 1e-8;
const STEPS: usize = 128;
/// Starts on which both are held to a tight reference.
const CHECKED: usize = 200;

fn ends(starts: &[f64], relative: f64) -> Result<Vec<f64>> {
    let planar = PlanarDynamics::new(NEURONS)?;
    let method = DormandPrince::builder()
        .relative_tolerance(relative)
        .absolute_tolerance(relative)
        .build()?;
    let stop = Stop::new().time(TIME);
    let ends: Result<Vec<Vec<f64>>> = starts
        .par_chunks(2)
        .with_min_len(64)
        .map(|start| {
            Ok(method
                .integrate(&planar, start, &stop, &Record::Ends)?
                .end()
                .to_vec())
        })
        .collect();
    Ok(ends?.concat())
}

fn largest(a: &[f64], b: &[f64]) -> f64 {
    let apart = a.iter().zip(b).map(|(x, y)| (x - y).abs());
    apart.fold(0.0, f64::max)
}

fn case(count: usize) -> Result<Case> {
    // x in (0.1, 1.1), 0 ≤ y < 0.9 x: the side of the diagonal that flows to the teacher.
    let mut starts = vec![0.0; 2 * count];
    UniformCube { half_width: 0.5 }.sample(&mut stream(SEED, 6), &mut starts);
    for pair in starts.chunks_exact_mut(2) {
        pair[0] += 0.6;
        pair[1] = 0.9 * pair[0] * (pair[1] + 0.5);
    }
    let checked = &starts[..2 * CHECKED.min(count)];
    let reference = ends(checked, 1e-12)?;
    let error = largest(&ends(checked, RELATIVE)?, &reference);
    ensure!(
        error <= ERROR,
        "our error is {error:.1e}, more than {ERROR:.0e}"
    );
    let array = Array::new(vec![count, 2], starts.clone()).context("two numbers a start")?;
    Ok(Case {
        size: format!("{count} trajectories, error ≤ {ERROR:.0e}"),
        inputs: vec![("starts", array)],
        parameters: json!({"neurons": NEURONS, "time": TIME, "steps": STEPS}),
        ours: Call::new(move || ends(&starts, RELATIVE), Clone::clone),
        others: vec![Other::python("numba", "Numba RK4", ERROR)],
        targets: vec![Target::named("Numba", 10.0)],
        memory: None,
    })
}
