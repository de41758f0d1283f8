//! Training of LYX Table 1: ten numbers of neurons, two kinds of start, many runs a cell.

use anyhow::Result;
use arrays::Array;
use hinge_classifier::{HingeNetwork, PaperStart, PolarGrid, Rays, Training};
use rayon::prelude::*;
use serde_json::json;
use teacher_student::initialization::stream;

use crate::peers::case::{Call, Case, Other, Target, Task};
use crate::problems::SEED;

pub(super) const TASK: Task = Task {
    name: "hinge",
    title: "hinge training, the 20 cells of Table 1",
    cases: |quick| {
        vec![Box::new(move |threads| {
            let runs = match (quick, threads) {
                (true, _) => 10,
                (false, 1) => 200,
                (false, _) => 1000,
            };
            case(runs).map(Some)
        })]
    },
};

const NEURONS: [usize; 10] = [6, 8, 10, 12, 14, 16, 18, 20, 22, 24];
const STEP: f64 = 0.1;
const LIMIT: usize = 20_000;
/// Iterations of a run; rounding moves the last one of a few runs, and long runs more than one.
const TOLERANCE: f64 = 1e-2;

struct Run {
    cell: usize,
    start: Vec<f64>,
}

fn case(runs: usize) -> Result<Case> {
    let grid = PolarGrid::paper();
    let objectives: Vec<Rays> = NEURONS
        .iter()
        .map(|&k| Rays::plane(HingeNetwork::simplified(k / 2, k / 2)?, 0, &grid))
        .collect::<Result<_, _>>()?;
    let training = Training::new(STEP)?.limit(LIMIT);
    let mut all = Vec::new();
    for kind in [PaperStart::Random, PaperStart::HalfSpace] {
        for (cell, &k) in NEURONS.iter().enumerate() {
            for run in 0..runs {
                let random = &mut stream(SEED + cell as u64, 10_000 + run as u64);
                let start = kind.draw(random, k, 2);
                all.push(Run { cell, start });
            }
        }
    }
    // For the peers: rows of one length, and how many neurons count.
    let width = 2 * NEURONS.iter().max().copied().unwrap_or(0);
    let padded = all.iter().flat_map(|run| {
        let rest = width - run.start.len();
        run.start
            .iter()
            .copied()
            .chain(std::iter::repeat_n(0.0, rest))
    });
    let starts = Array::new(vec![all.len(), width], padded.collect());
    let neurons = all.iter().map(|run| run.start.len() as f64 / 2.0).collect();
    let mut inputs = vec![("neurons", Array::vector(neurons))];
    inputs.extend(starts.map(|array| ("starts", array)));
    Ok(Case {
        size: format!("{runs} runs a cell"),
        inputs,
        parameters: json!({"step": STEP, "limit": LIMIT}),
        ours: Call::new(
            move || {
                let iterations: Result<Vec<f64>> = all
                    .par_iter()
                    .map(|run| {
                        let run = training.run(&objectives[run.cell], &run.start)?;
                        Ok(run.iterations as f64)
                    })
                    .collect();
                iterations
            },
            Clone::clone,
        ),
        others: vec![Other::python("numba", "Numba", TOLERANCE)],
        targets: vec![Target::named("Numba", 5.0)],
        memory: None,
    })
}
