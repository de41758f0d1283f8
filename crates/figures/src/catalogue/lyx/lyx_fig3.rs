//! Figure 3 of Long, Yin & Xin 2021: iterations against the angle of the two planes, with noise.

use hinge_classifier::{
    DataSet, HingeNetwork, PaperStart, PolarGrid, Rays, Subspaces, Training, TrainingEnd,
};
use serde_json::{Map, json};

use crate::statistics::quantiles;
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, Legend, Mark, Stroke};

/// Medians and quartiles of the iterations for six angles, without noise and with two levels of noise.
pub const ITEM: Item = Item {
    id: "lyx-fig3",
    kind: Kind::Figure,
    paper: "LYX Fig 3",
    title: "Iterations against the angle of the planes",
    run,
};

const ANGLES: [f64; 6] = [
    std::f64::consts::FRAC_PI_2,
    1.081,
    0.754,
    0.590,
    0.427,
    0.263,
];
const NOISES: [f64; 3] = [0.0, 0.05, 0.1];
/// Positive and negative neurons.
const NEURONS: usize = 4;
const STEP: f64 = 0.1;
/// A run without noise is followed this far; one with noise, whose points cannot be taken by directions, less far.
const LIMIT: usize = 60_000;

struct Cell {
    angle: f64,
    noise: f64,
    /// Of every run; the limit for those that were not at loss 0 by then.
    quartiles: [f64; 3],
    zero: usize,
    stuck: usize,
    runs: usize,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let clean = context.pick(9, 101, 501);
    let noisy = context.pick(1, 9, 51);
    let limit_noisy = context.pick(300, 2000, 20_000);
    let mut cells = Vec::new();
    for noise in NOISES {
        let (runs, limit) = if noise > 0.0 {
            (noisy, limit_noisy)
        } else {
            (clean, LIMIT)
        };
        for angle in ANGLES {
            cells.push(cell(context, angle, noise, runs, limit)?);
        }
    }
    let mut table = Table::new(
        "cells",
        &[
            "angle",
            "noise",
            "q25",
            "median",
            "q75",
            "runs",
            "loss_zero",
            "stuck",
            "unfinished",
        ],
    );
    let mut medians = Map::new();
    let mut stuck = 0;
    for cell in &cells {
        let [low, middle, high] = cell.quartiles;
        let unfinished = cell.runs - cell.zero - cell.stuck;
        table.row(&[
            &cell.angle,
            &cell.noise,
            &low,
            &middle,
            &high,
            &cell.runs,
            &cell.zero,
            &cell.stuck,
            &unfinished,
        ]);
        medians.insert(
            format!("θ={:.3} σ={}", cell.angle, cell.noise),
            json!({ "q25": low, "median": middle, "q75": high, "runs": cell.runs, "loss_zero": cell.zero, "stuck": cell.stuck }),
        );
        stuck += cell.stuck;
    }
    let without: Vec<&Cell> = cells.iter().filter(|cell| cell.noise == 0.0).collect();
    let mostly = without.iter().all(|cell| 20 * cell.zero > 19 * cell.runs);
    let growing = without[1..]
        .windows(2)
        .all(|pair| pair[1].quartiles[1] > pair[0].quartiles[1])
        && without[5].quartiles[1] > 3.0 * without[0].quartiles[1];
    let noisy_zero: usize = cells
        .iter()
        .filter(|cell| cell.noise > 0.0)
        .map(|cell| cell.zero)
        .sum();
    let noisy_runs: usize = cells
        .iter()
        .filter(|cell| cell.noise > 0.0)
        .map(|cell| cell.runs)
        .sum();
    let list: Vec<String> = without
        .iter()
        .map(|cell| format!("{:.0} at θ = {:.3}", cell.quartiles[1], cell.angle))
        .collect();
    let picture = Picture::new(CAPTION)
        .parameter("setting", "4 + 4 neurons in ℝ⁴, gradient descent on l₁ + l₂, η = 0.1, N(0, I) starts, stop at loss exactly 0")
        .parameter("runs", format!("{clean} without noise, at most {LIMIT} iterations; {noisy} with noise, at most {limit_noisy}"))
        .parameter("not stated in the paper", "the noise (here N(0, σ²I₄) added to every point, σ = 0.05 and 0.1), the start, the angles, what is averaged")
        .panel("a", "Iterations against the angle", panel(&cells, limit_noisy as f64))
        .metric("medians", medians)
        .table(table);
    Ok(Outcome::new(
        Verdict::of(mostly && growing),
        format!(
            "Without noise the median number of iterations to loss 0 is {}; {stuck} runs stop at a critical point with positive \
             loss. With noise {noisy_zero} of {noisy_runs} runs reach loss exactly 0 within {limit_noisy} iterations.",
            list.join(", ")
        ),
    )
    .with("seed", context.seed())
    .with_figure(picture))
}

fn cell(
    context: &Context,
    angle: f64,
    noise: f64,
    runs: usize,
    limit: usize,
) -> anyhow::Result<Cell> {
    let spaces = Subspaces::planes_at_angle(angle)?;
    let grid = PolarGrid::paper();
    let network = HingeNetwork::simplified(NEURONS, NEURONS)?;
    let exact = Rays::grid(network.clone(), &spaces, &grid)?.summed();
    let data = DataSet::grid(&spaces, &grid)?;
    let training = Training::new(STEP)?.limit(limit);
    let ends = context.map(&format!("{angle} {noise}"), runs, |_, random| {
        let start = PaperStart::Random.draw(random, 2 * NEURONS, 4);
        let run = if noise > 0.0 {
            let moved = data.clone().with_noise(random, noise)?;
            training.run(&Rays::points(network.clone(), &moved)?.summed(), &start)?
        } else {
            training.run(&exact, &start)?
        };
        Ok((run.ending, run.iterations as f64))
    })?;
    // A run that is not at loss 0 by the limit, or never will be, counts as the limit: quantiles below it are those of all runs.
    let iterations: Vec<f64> = ends
        .iter()
        .map(|end| {
            if end.0 == TrainingEnd::Goal {
                end.1
            } else {
                limit as f64
            }
        })
        .collect();
    Ok(Cell {
        angle,
        noise,
        quartiles: quantiles(&iterations, [0.25, 0.5, 0.75]),
        zero: ends.iter().filter(|end| end.0 == TrainingEnd::Goal).count(),
        stuck: ends
            .iter()
            .filter(|end| end.0 == TrainingEnd::CriticalPoint)
            .count(),
        runs,
    })
}

const CAPTION: &str = "Long, Yin & Xin 2021, Figure 3: iterations to loss exactly 0 against the angle θ between the two planes; \
medians with bands from the first to the third quartile. Noise N(0, σ²I₄) is added to every point. Runs that have not reached loss \
0 by the limit count as the limit, so a curve at the top means that most runs have not.";

fn panel(cells: &[Cell], limit: f64) -> String {
    let mut chart = Chart::new(
        "Iterations to loss 0",
        Axis::linear("angle θ between the planes (radian)", 0.2, 1.6)
            .step(0.2)
            .decimals(1),
        Axis::log("iterations", 100.0, 100_000.0),
    );
    for (index, noise) in NOISES.into_iter().enumerate() {
        let mut own: Vec<&Cell> = cells.iter().filter(|cell| cell.noise == noise).collect();
        own.sort_by(|a, b| a.angle.total_cmp(&b.angle));
        let line: Vec<(f64, f64)> = own
            .iter()
            .map(|cell| (cell.angle, cell.quartiles[1]))
            .collect();
        let band: Vec<(f64, f64, f64)> = own
            .iter()
            .map(|cell| (cell.angle, cell.quartiles[0], cell.quartiles[2]))
            .collect();
        let name = if noise > 0.0 {
            format!("σ = {noise}")
        } else {
            "no noise".to_owned()
        };
        chart = chart
            .band(COLOURS[index], &band)
            .line(&name, COLOURS[index], Stroke::Solid, &line)
            .points("", COLOURS[index], Mark::Disc, &line);
    }
    chart
        .line(
            "limit with noise",
            charts::GUIDE,
            Stroke::Dashed,
            &[(0.2, limit), (1.6, limit)],
        )
        .legend(Legend::TopRight)
        .svg()
}
