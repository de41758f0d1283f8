//! Many descents of an orthonormal teacher, each to a small gradient.

use anyhow::Result;
use arrays::Array;
use critical_points::Descent;
use rayon::prelude::*;
use serde_json::json;
use teacher_student::Weights;
use teacher_student::initialization::{lecun, stream};

use crate::peers::case::{Builder, Call, Case, Other, Target, Task};
use crate::problems::{SEED, orthonormal};

pub(super) const TASK: Task = Task {
    name: "descents",
    title: "descents to ‖∇‖ ≤ 1e-9, orthonormal teacher, η = 0.1",
    cases,
};

const STEP: f64 = 0.1;
const GOAL: f64 = 1e-9;
const MOST: usize = 1_000_000;
/// A gradient of 1e-9 at curvatures above 1e-3 leaves a distance of 1e-6.
const TOLERANCE: f64 = 1e-6;

fn cases(quick: bool) -> Vec<Builder> {
    let sizes: &[usize] = if quick { &[6] } else { &[6, 12, 20] };
    sizes
        .iter()
        .map(|&k| -> Builder {
            Box::new(move |threads| {
                // On one thread the time of a run is what counts: some of them show it.
                let runs = match (quick, threads) {
                    (true, _) => 40,
                    (false, 1) => {
                        if k < 20 {
                            200
                        } else {
                            100
                        }
                    }
                    (false, _) => 1000,
                };
                case(k, runs).map(Some)
            })
        })
        .collect()
}

fn case(k: usize, runs: usize) -> Result<Case> {
    let population = orthonormal(k, k)?;
    let starts: Vec<Weights> = (0..runs)
        .map(|run| lecun(&mut stream(SEED, 100 + run as u64), k, k))
        .collect::<Result<_, _>>()?;
    let all: Vec<f64> = starts
        .iter()
        .flat_map(|start| super::entries(start.as_mat()))
        .collect();
    let inputs = Array::new(vec![runs, k, k], all).into_iter();
    let descent = Descent::new(STEP, GOAL)?.most_steps(MOST);
    Ok(Case {
        size: format!("K = {k}, {runs} runs"),
        inputs: inputs.map(|array| ("starts", array)).collect(),
        parameters: json!({"step": STEP, "goal": GOAL, "most": MOST}),
        ours: Call::new(
            move || {
                let ends: Result<Vec<Weights>> = starts
                    .par_iter()
                    .map(|start| Ok(descent.run(&population, start)?.weights().clone()))
                    .collect();
                ends
            },
            |ends| {
                ends.iter()
                    .flat_map(|end| super::entries(end.as_mat()))
                    .collect()
            },
        ),
        others: vec![Other::python("numba", "Numba", TOLERANCE)],
        targets: vec![Target::named("Numba", 5.0)],
        memory: None,
    })
}
