//! Table 1 of Long, Yin & Xin 2021: iterations to convergence from two kinds of start.

use hinge_classifier::{HingeNetwork, PaperStart, PolarGrid, Rays, Training, TrainingEnd};
use serde_json::{Map, json};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, Legend, Mark, Stroke};

/// Mean and standard deviation of the iterations for 6 to 24 neurons, beside the printed ones.
pub const ITEM: Item = Item {
    id: "lyx-table1",
    kind: Kind::Figure,
    paper: "LYX Table 1",
    title: "Iterations from random and half-space starts",
    run,
};

const NEURONS: [usize; 10] = [6, 8, 10, 12, 14, 16, 18, 20, 22, 24];
const STARTS: [(PaperStart, &str); 2] = [
    (PaperStart::Random, "random"),
    (PaperStart::HalfSpace, "half-space"),
];
/// Means and standard deviations of the paper, over 100 runs each.
const PRINTED: [[(f64, f64); 10]; 2] = [
    [
        (578.90, 205.43),
        (423.96, 190.91),
        (313.29, 178.67),
        (242.72, 178.94),
        (183.53, 108.60),
        (141.00, 80.66),
        (126.52, 62.07),
        (102.09, 32.32),
        (90.65, 28.01),
        (82.93, 26.76),
    ],
    [
        (672.41, 226.53),
        (582.16, 200.81),
        (550.19, 180.59),
        (517.26, 172.46),
        (500.42, 215.87),
        (487.42, 220.48),
        (478.25, 202.71),
        (412.46, 195.92),
        (454.08, 203.00),
        (416.82, 216.58),
    ],
];
const PRINTED_RUNS: usize = 100;
const STEP: f64 = 0.1;
/// Thirty times the longest mean; see [`SLOW`].
const LIMIT: usize = 20_000;
/// The largest share of all runs that may have no number of iterations.
const SLOW: f64 = 0.01;
/// The largest |z| of a cell.
const ALLOWED: f64 = 3.0;

/// Mean and standard deviation of the iterations of the runs that reached loss 0.
fn mean_and_std(iterations: &[f64]) -> (f64, f64) {
    let n = iterations.len() as f64;
    let mean = iterations.iter().sum::<f64>() / n;
    let square: f64 = iterations.iter().map(|x| (x - mean) * (x - mean)).sum();
    (mean, (square / (n - 1.0)).sqrt())
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let runs = context.pick(60, 1000, 3000);
    let grid = PolarGrid::paper();
    let training = Training::new(STEP)?.limit(LIMIT);
    let mut table = Table::new(
        "cells",
        &[
            "start",
            "neurons",
            "mean",
            "std",
            "half_width_99",
            "mean_of_100",
            "std_of_100",
            "printed_mean",
            "printed_std",
            "z",
            "converged",
            "stuck",
            "unfinished",
        ],
    );
    let (mut means, mut stds, mut zs) = (Map::new(), Map::new(), Map::new());
    let (mut worst, mut stuck_all, mut unfinished_all) = (0.0_f64, 0, 0);
    let (mut stuck_cells, mut slow_cells) = (Map::new(), Map::new());
    let mut curves = [const { Vec::new() }; 2];
    for (row, (start, name)) in STARTS.into_iter().enumerate() {
        for (column, neurons) in NEURONS.into_iter().enumerate() {
            let network = HingeNetwork::simplified(neurons / 2, neurons / 2)?;
            let objective = Rays::plane(network, 0, &grid)?;
            let cell = format!("{name} {neurons}");
            let ends = context.map(&cell, runs, |_, random| {
                let start = start.draw(random, neurons, 2);
                let run = training.run(&objective, &start)?;
                Ok((run.ending, run.iterations))
            })?;
            let reached = |(ending, _): &&(TrainingEnd, usize)| *ending == TrainingEnd::Goal;
            let iterations: Vec<f64> = ends
                .iter()
                .filter(reached)
                .map(|end| end.1 as f64)
                .collect();
            let first: Vec<f64> = ends
                .iter()
                .take(PRINTED_RUNS)
                .filter(reached)
                .map(|end| end.1 as f64)
                .collect();
            let stuck = ends
                .iter()
                .filter(|end| end.0 == TrainingEnd::CriticalPoint)
                .count();
            let unfinished = ends.len() - iterations.len() - stuck;
            anyhow::ensure!(
                iterations.len() > 1,
                "no run of the cell {cell} reached loss 0"
            );
            let (mean, std) = mean_and_std(&iterations);
            let (mean_100, std_100) = mean_and_std(&first);
            let (printed, printed_std) = PRINTED[row][column];
            let variance = std * std / iterations.len() as f64
                + printed_std * printed_std / PRINTED_RUNS as f64;
            let z = (printed - mean) / variance.sqrt();
            let half_width = 2.576 * std / (iterations.len() as f64).sqrt();
            worst = worst.max(z.abs());
            stuck_all += stuck;
            unfinished_all += unfinished;
            if stuck > 0 {
                stuck_cells.insert(cell.clone(), json!(stuck));
            }
            if unfinished > 0 {
                slow_cells.insert(cell.clone(), json!(unfinished));
            }
            means.insert(cell.clone(), json!(mean));
            stds.insert(cell.clone(), json!(std));
            zs.insert(cell, json!(z));
            curves[row].push((neurons as f64, mean, std));
            table.row(&[
                &name,
                &neurons,
                &mean,
                &std,
                &half_width,
                &mean_100,
                &std_100,
                &printed,
                &printed_std,
                &z,
                &iterations.len(),
                &stuck,
                &unfinished,
            ]);
        }
    }
    let picture = Picture::new(CAPTION)
        .parameter("setting", "l₁ alone on the 80 × 11 grid, k positive and k negative neurons, mean over the points, η = 0.1, stop at loss exactly 0")
        .parameter("half-space start", "|·| on the first coordinate of all 2k neurons")
        .parameter("z", "(printed mean − mean)/√(std²/runs + printed std²/100)")
        .panel("a", "Iterations to loss 0", panel(&curves))
        .metric("mean", means)
        .metric("std", stds)
        .metric("z", zs)
        .metric("largest_z", worst)
        .metric("runs_a_cell", runs)
        .metric("stuck_at_a_critical_point", stuck_cells.clone())
        .metric("unfinished_at_the_limit", slow_cells.clone())
        .metric("limit", LIMIT)
        .table(table);
    Ok(Outcome::new(
        Verdict::of(worst < ALLOWED && ((stuck_all + unfinished_all) as f64) < SLOW * (20 * runs) as f64),
        format!(
            "With {runs} runs a cell the largest |z| of the twenty printed means is {worst:.2}. Of {} runs {stuck_all} stop at a \
             critical point that is not a global minimum, and {unfinished_all} have positive loss after {LIMIT} iterations; they \
             are counted, and are in no mean.",
            runs * 20
        ),
    )
    .with("largest_z", worst)
    .with("allowed", ALLOWED)
    .with("runs_a_cell", runs)
    .with("stuck_at_a_critical_point", stuck_cells)
    .with("unfinished_at_the_limit", slow_cells)
    .with("seed", context.seed())
    .with_figure(picture))
}

const CAPTION: &str = "Long, Yin & Xin 2021, Table 1, as a picture: the mean number of iterations to loss exactly 0 against \
the number of neurons 2k, with a band of one standard deviation, and the printed means as marks. Random starts are N(0, I); \
half-space starts have a positive first coordinate and never satisfy the geometric condition. Runs that end at a critical \
point with positive loss, or are unfinished after 20 000 iterations, are counted in the table and are in no mean.";

fn panel(curves: &[Vec<(f64, f64, f64)>; 2]) -> String {
    let mut chart = Chart::new(
        "Iterations to loss 0",
        Axis::linear("number of neurons 2k", 5.0, 25.0)
            .step(2.0)
            .decimals(0),
        Axis::linear("iterations", 0.0, 950.0)
            .step(100.0)
            .decimals(0),
    );
    for (row, (_, name)) in STARTS.into_iter().enumerate() {
        let colour = COLOURS[row];
        let line: Vec<(f64, f64)> = curves[row].iter().map(|c| (c.0, c.1)).collect();
        let band: Vec<(f64, f64, f64)> = curves[row]
            .iter()
            .map(|c| (c.0, c.1 - c.2, c.1 + c.2))
            .collect();
        let printed: Vec<(f64, f64)> = NEURONS
            .iter()
            .zip(PRINTED[row])
            .map(|(&k, cell)| (k as f64, cell.0))
            .collect();
        chart = chart
            .band(colour, &band)
            .line(&format!("{name} start"), colour, Stroke::Solid, &line)
            .points(&format!("{name}, printed"), colour, Mark::Diamond, &printed);
    }
    chart.legend(Legend::TopRight).svg()
}
