//! Figure 5 of Long, Yin & Xin 2021: the weights during training, and the two phases of the loss.

use anyhow::Context as _;
use hinge_classifier::{HingeNetwork, History, PolarGrid, Rays, Training, fan};
use serde_json::json;

use crate::statistics::fit;
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, MARK, Mark, Stroke};

/// Six snapshots in the paper's Kelvin picture, and the loss on both scales with its slopes.
pub const ITEM: Item = Item {
    id: "lyx-fig5",
    kind: Kind::Figure,
    paper: "LYX Fig 5",
    title: "Weights, data and loss during one training run",
    run,
};

const STEP: f64 = 0.1;
/// Products below this are taken for 0: rays at ±90° are orthogonal to the second neuron, and rounding gives ±6e-17.
const TIE: f64 = 1e-12;
/// The condition first holds, and the loss is first 0, after that many steps.
const CONDITION_AT: usize = 129;
const ZERO_AT: usize = 265;
const SNAPSHOTS: [usize; 6] = [0, 40, 90, CONDITION_AT, 180, ZERO_AT];
const LETTERS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let grid = PolarGrid::paper();
    let network = HingeNetwork::simplified(3, 3)?;
    let training = Training::new(STEP)?
        .recording(&[0, 1, 2])
        .snapshots(&SNAPSHOTS);
    let tied = Rays::plane(network.clone(), 0, &grid)?.with_tie(TIE)?;
    let run = training.run(&tied, &fan())?;
    let untied = training.run(&Rays::plane(network.clone(), 0, &grid)?, &fan())?;
    let history = &run.history;
    let condition = history.first().context("the condition never holds")?;
    let condition_untied = untied
        .history
        .first()
        .context("the condition never holds")?;
    let phases = Phases::of(history, condition);

    let mut table = Table::new(
        "history",
        &["iteration", "loss", "errors", "condition", "norms"],
    );
    for t in 0..history.losses.len() {
        let norms: f64 = history.norms[t].iter().sum();
        table.row(&[
            &t,
            &history.losses[t],
            &history.errors[t],
            &history.condition[t],
            &norms,
        ]);
    }
    let mut weights = Table::new("snapshots", &["iteration", "neuron", "x", "y"]);
    let mut picture = Picture::new(CAPTION)
        .parameter("setting", "k = 3 + 3 neurons from the fan of the paper, l₁ on the grid, η = 0.1, stop at loss exactly 0")
        .parameter("tie rule", "a gate is open where w_j·x > 1e-12; with > 0 the rays at ±90° see ±6e-17 instead of 0")
        .parameter("not stated in the paper", "the iterations of the snapshots");
    for ((iteration, state), letter) in run.snapshots.iter().zip(LETTERS) {
        for (j, row) in state.chunks_exact(2).enumerate() {
            weights.row(&[iteration, &(j + 1), &row[0], &row[1]]);
        }
        let title = format!("({letter}) t = {iteration}");
        picture = picture.panel(letter, &title, kelvin(&title, &network, &grid, state)?);
    }
    let linear = loss_panel("(g) Loss, linear scale", history, condition, false);
    let log = loss_panel("(h) Loss, logarithmic scale", history, condition, true);
    let picture = picture
        .panel("g", "(g) Loss, linear scale", linear)
        .panel("h", "(h) Loss, logarithmic scale", log)
        .metric("condition_first_holds", condition)
        .metric("iterations", run.iterations)
        .metric(
            "without_tie_rule",
            json!({ "condition_first_holds": condition_untied, "iterations": untied.iterations }),
        )
        .metric("loss_at_condition", history.losses[condition])
        .metric(
            "linear_slopes_before_after",
            json!([phases.linear.0, phases.linear.1]),
        )
        .metric(
            "log_slopes_before_after",
            json!([phases.log.0, phases.log.1]),
        )
        .table(table)
        .table(weights);
    let expected = condition == CONDITION_AT && run.iterations == ZERO_AT && run.loss == 0.0;
    let log_ratio = phases.log.1 / phases.log.0;
    let linear_ratio = phases.linear.1 / phases.linear.0;
    Ok(Outcome::new(
        Verdict::of(expected && log_ratio > 1.0),
        format!(
            "The geometric condition first holds at t = {condition} and the loss is 0 at t = {} ({condition_untied} and {} \
             without the tie rule). The logarithm of the loss falls {log_ratio:.1} times as fast after the condition as before \
             it; the loss itself falls {linear_ratio:.2} times as fast: \"slow to fast\" is seen on a logarithmic scale only.",
            run.iterations, untied.iterations
        ),
    )
    .with("loss_at_start_condition_end", json!([history.losses[0], history.losses[condition], run.loss]))
    .with("seed", context.seed())
    .with_figure(picture))
}

const CAPTION: &str = "Long, Yin & Xin 2021, Figure 5. (a)–(f) Blue: the data under x ↦ x/‖x‖². Orange: directions w̃_j of the \
positive neurons, on the unit circle. Green: the negative neurons u_j. Dashed: ρ(θ) = min{1, σ(f̃(θ))}; a blue point inside the \
curve costs nothing. (g), (h) The loss; the dotted line is where the geometric condition first holds, dashed lines are least-squares \
fits of the two phases.";

/// Least-squares slopes of the loss and of its logarithm per iteration, before and after the condition.
struct Phases {
    linear: (f64, f64),
    log: (f64, f64),
}

impl Phases {
    fn of(history: &History, condition: usize) -> Self {
        let slope = |first: usize, last: usize, log: bool| {
            let points: Vec<(f64, f64)> = (first..=last)
                .filter(|&t| history.losses[t] > 0.0)
                .map(|t| {
                    let loss = history.losses[t];
                    (t as f64, if log { loss.ln() } else { loss })
                })
                .collect();
            fit(&points).slope
        };
        let end = history.losses.len() - 1;
        Self {
            linear: (slope(0, condition, false), slope(condition, end, false)),
            log: (slope(0, condition, true), slope(condition, end, true)),
        }
    }
}

fn kelvin(
    title: &str,
    network: &HingeNetwork,
    grid: &PolarGrid,
    weights: &[f64],
) -> anyhow::Result<String> {
    let mut data = Vec::new();
    for direction in grid.directions() {
        for radius in grid.radii() {
            data.push((direction[0] / radius, direction[1] / radius));
        }
    }
    let mut curve = Vec::new();
    for step in 0..=720 {
        let (sin, cos) = (f64::from(step) * std::f64::consts::PI / 360.0).sin_cos();
        let f = network.outputs(weights, &[cos, sin])?;
        let rho = (f[0] - f[1]).clamp(0.0, 1.0);
        curve.push((rho * cos, rho * sin));
    }
    let rows: Vec<(f64, f64)> = weights
        .chunks_exact(2)
        .map(|row| (row[0], row[1]))
        .collect();
    let unit: Vec<(f64, f64)> = rows[..3]
        .iter()
        .map(|w| (w.0 / w.0.hypot(w.1), w.1 / w.0.hypot(w.1)))
        .collect();
    let mut chart = Chart::new(
        title,
        Axis::linear("", -1.15, 1.15).step(0.5).decimals(1),
        Axis::linear("", -1.15, 1.15).step(0.5).decimals(1),
    )
    .size(430.0, 430.0)
    .legend(Legend::Hidden)
    .points("", COLOURS[5], Mark::Dot, &data)
    .line("", COLOURS[1], Stroke::Dashed, &curve);
    for &w in &unit {
        chart = chart.line("", COLOURS[4], Stroke::Solid, &[(0.0, 0.0), w]);
    }
    for &u in &rows[3..] {
        chart = chart.line("", COLOURS[2], Stroke::Solid, &[(0.0, 0.0), u]);
    }
    Ok(chart
        .points("", COLOURS[4], Mark::Disc, &unit)
        .points("", COLOURS[2], Mark::Square, &rows[3..])
        .points("", MARK, Mark::Dot, &[(0.0, 0.0)])
        .svg())
}

fn loss_panel(title: &str, history: &History, condition: usize, log: bool) -> String {
    let last = history.losses.len() - 1;
    let (low, high) = if log {
        (1e-4, 3.0)
    } else {
        (0.0, history.losses[0] * 1.1)
    };
    let y = if log {
        Axis::log("loss l₁", low, high)
    } else {
        Axis::linear("loss l₁", low, high).step(0.1).decimals(1)
    };
    let points: Vec<(f64, f64)> = history
        .losses
        .iter()
        .enumerate()
        .map(|(t, &loss)| (t as f64, loss))
        .collect();
    let mut chart = Chart::new(
        title,
        Axis::linear("iteration", 0.0, 280.0).step(40.0).decimals(0),
        y,
    )
    .line("loss", COLOURS[0], Stroke::Solid, &points)
    .line(
        "condition holds",
        MARK,
        Stroke::Dotted,
        &[(condition as f64, low), (condition as f64, high)],
    );
    for (first, end) in [(0, condition), (condition, last)] {
        let phase: Vec<(f64, f64)> = (first..=end)
            .filter(|&t| history.losses[t] > 0.0)
            .map(|t| {
                (
                    t as f64,
                    if log {
                        history.losses[t].ln()
                    } else {
                        history.losses[t]
                    },
                )
            })
            .collect();
        let line = fit(&phase);
        let at = |t: f64| {
            let value = line.intercept + line.slope * t;
            (t, if log { value.exp() } else { value })
        };
        if let (Some(first), Some(end)) = (phase.first(), phase.last()) {
            chart = chart.line("", GUIDE, Stroke::Dashed, &[at(first.0), at(end.0)]);
        }
    }
    chart
        .legend(if log {
            Legend::BottomLeft
        } else {
            Legend::TopRight
        })
        .svg()
}
