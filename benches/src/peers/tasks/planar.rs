//! Trajectories of the planar dynamics from many starts, all to one time.

use anyhow::{Context as _, Result, ensure};
use arrays::Array;
use rayon::prelude::*;
use relu_gating::{InputLaw as _, UniformCube};
use serde_json::json;
use ssb::PlanarDynamics;
use teacher_student::initialization::stream;
use teacher_student::{DormandPrince, Integrator, Record, RungeKutta4, Stop};

use crate::peers::case::{Call, Case, Other, Target, Task};
use crate::problems::SEED;

pub(super) const TASK: Task = Task {
    name: "planar",
    title: "planar flow, K = 5, to time 10",
    cases: |quick| {
        vec![Box::new(move |threads| {
            let count = match (quick, threads) {
                (true, _) => 500,
                (false, 1) => 20_000,
                (false, _) => 1_000_000,
            };
            case(count).map(Some)
        })]
    },
};

const NEURONS: usize = 5;
const TIME: f64 = 10.0;
/// The largest error of an end point that ours and the peer may have, on [`CHECKED`] starts.
const ERROR: f64 = 1e-7;
const CHECKED: usize = 200;

/// The reference, and the peer's method.
fn ends(starts: &[[f64; 2]], method: &(impl Integrator + Sync)) -> Result<Vec<f64>> {
    let planar = PlanarDynamics::new(NEURONS)?;
    let stop = Stop::new().time(TIME);
    let ends: Result<Vec<Vec<f64>>> = starts
        .par_iter()
        .map(|start| {
            let run = method.integrate(&planar, start, &stop, &Record::Ends)?;
            Ok(run.end().to_vec())
        })
        .collect();
    Ok(ends?.concat())
}

fn ours(starts: &[[f64; 2]], tolerance: f64) -> Result<Vec<f64>> {
    let ends = PlanarDynamics::new(NEURONS)?.flow_many(starts, TIME, tolerance)?;
    ensure!(
        ends.iter().all(|end| end.time == TIME),
        "a trajectory stopped early"
    );
    Ok(ends.iter().flat_map(|end| end.point).collect())
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
    let (starts, _) = starts.as_chunks::<2>();
    let starts = starts.to_vec();
    let checked = &starts[..CHECKED.min(count)];
    let tight = DormandPrince::default().relative_tolerance(1e-13);
    let reference = ends(checked, &tight.absolute_tolerance(1e-13))?;
    // Both at their cheapest: our largest power of ten, the peer's least power of two.
    let mut tolerance = 1e-2;
    while largest(&ours(checked, tolerance)?, &reference) > ERROR {
        tolerance /= 10.0;
    }
    let mut steps = 8_u32;
    let constant = |steps: u32| RungeKutta4::new(TIME / f64::from(steps));
    while largest(&ends(checked, &constant(steps))?, &reference) > ERROR {
        steps *= 2;
    }
    let array = Array::new(vec![count, 2], starts.as_flattened().to_vec())
        .context("two numbers a start")?;
    Ok(Case {
        size: format!(
            "{count} trajectories, error ≤ {ERROR:.0e} at tolerance {tolerance:.0e} and {steps} steps of RK4"
        ),
        inputs: vec![("starts", array)],
        parameters: json!({"neurons": NEURONS, "time": TIME, "steps": steps}),
        ours: Call::new(move || ours(&starts, tolerance), Clone::clone),
        others: vec![Other::python("numba", "Numba RK4", ERROR)],
        targets: vec![Target::named("Numba", 10.0)],
        memory: None,
    })
}
