//! Figure 4 of Long, Yin & Xin 2021: iterations against neurons, and the largest norm of the weights.

use hinge_classifier::{HingeNetwork, PaperStart, PolarGrid, Rays, Training, TrainingEnd};
use serde_json::{Map, json};

use crate::statistics::quantiles;
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, Legend, MARK, Stroke};

/// Box plots of the iterations for 6 to 24 neurons, and the histogram of max_t Σ‖w_j‖ for eight neurons.
pub const ITEM: Item = Item {
    id: "lyx-fig4",
    kind: Kind::Figure,
    paper: "LYX Fig 4",
    title: "Iterations against neurons; the largest norm",
    run,
};

const NEURONS: [usize; 10] = [6, 8, 10, 12, 14, 16, 18, 20, 22, 24];
const HISTOGRAM_NEURONS: usize = 8;
const STEP: f64 = 0.1;
const LIMIT: usize = 20_000;
/// The axis of the histogram.
const NORMS: (f64, f64) = (4.0, 18.0);
const BINS: usize = 28;
/// Top of the axis of the box plots.
const TOP: f64 = 1400.0;

fn trained(
    context: &Context,
    part: &str,
    neurons: usize,
    runs: usize,
) -> anyhow::Result<Vec<(TrainingEnd, f64, f64)>> {
    let network = HingeNetwork::simplified(neurons / 2, neurons / 2)?;
    let objective = Rays::plane(network, 0, &PolarGrid::paper())?;
    let training = Training::new(STEP)?.limit(LIMIT);
    context.map(part, runs, |_, random| {
        let run = training.run(&objective, &PaperStart::Random.draw(random, neurons, 2))?;
        Ok((run.ending, run.iterations as f64, run.largest_norm))
    })
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let runs = context.pick(40, 500, 2000);
    let many = context.pick(100, 2000, 20_000);
    let mut boxes = Vec::new();
    let mut stuck = Map::new();
    let mut table = Table::new(
        "boxes",
        &[
            "neurons",
            "q05",
            "q25",
            "median",
            "q75",
            "q95",
            "converged",
            "stuck",
        ],
    );
    let mut medians = Map::new();
    for neurons in NEURONS {
        let ends = trained(context, &format!("box {neurons}"), neurons, runs)?;
        let iterations: Vec<f64> = ends
            .iter()
            .filter(|end| end.0 == TrainingEnd::Goal)
            .map(|end| end.1)
            .collect();
        let fallen = ends
            .iter()
            .filter(|end| end.0 == TrainingEnd::CriticalPoint)
            .count();
        if fallen > 0 {
            stuck.insert(neurons.to_string(), json!(fallen));
        }
        let [a, b, c, d, e] = quantiles(&iterations, [0.05, 0.25, 0.5, 0.75, 0.95]);
        boxes.push([a, b, c, d, e]);
        medians.insert(neurons.to_string(), json!(c));
        table.row(&[&neurons, &a, &b, &c, &d, &e, &iterations.len(), &fallen]);
    }
    let ends = trained(context, "histogram", HISTOGRAM_NEURONS, many)?;
    let norms: Vec<f64> = ends.iter().map(|end| end.2).collect();
    let mean = norms.iter().sum::<f64>() / many as f64;
    let square: f64 = norms.iter().map(|x| (x - mean) * (x - mean)).sum();
    let std = (square / (many as f64 - 1.0)).sqrt();
    let [q25, q50, q75] = quantiles(&norms, [0.25, 0.5, 0.75]);
    let greatest = norms.iter().copied().fold(0.0, f64::max);
    let mut counts = Table::new("norms", &["run", "largest_norm", "iterations", "ending"]);
    for (index, end) in ends.iter().enumerate() {
        let ending = format!("{:?}", end.0);
        counts.row(&[&index, &end.2, &end.1, &ending]);
    }
    let falling = 2.0 * boxes[NEURONS.len() - 1][2] < boxes[0][2];
    let unfinished = ends
        .iter()
        .filter(|end| end.0 == TrainingEnd::Limit)
        .count();
    let picture = Picture::new(CAPTION)
        .parameter("setting", "as in Table 1: l₁ on the grid, k positive and k negative neurons, N(0, I) starts, η = 0.1, stop at loss exactly 0")
        .parameter("runs", format!("{runs} a box, {many} in the histogram"))
        .parameter("not stated in the paper", "the numbers of neurons on the left, and the number of runs there; boxes span the quartiles, whiskers 5 % to 95 %")
        .panel("a", "Iterations against neurons", panel_boxes(&boxes))
        .panel("b", "Largest norm of the weights", panel_norms(&norms, many))
        .metric("median_iterations", medians)
        .metric("norm_mean", mean)
        .metric("norm_std", std)
        .metric("norm_quartiles", json!([q25, q50, q75]))
        .metric("norm_greatest", greatest)
        .metric("stuck_at_a_critical_point", stuck.clone())
        .table(table)
        .table(counts);
    Ok(Outcome::new(
        Verdict::of(falling && 100 * unfinished < many && greatest.is_finite()),
        format!(
            "The median falls from {:.0} iterations with 6 neurons to {:.0} with 24. Over {many} runs with 8 neurons \
             max_t |Wᵗ| is {mean:.2} ± {std:.2} (quartiles {q25:.2}, {q50:.2}, {q75:.2}), and never above {greatest:.2}.",
            boxes[0][2], boxes[9][2]
        ),
    )
    .with("norm_mean_half_width_99", 2.576 * std / (many as f64).sqrt())
    .with("unfinished_in_the_histogram", unfinished)
    .with("stuck_at_a_critical_point", stuck)
    .with("seed", context.seed())
    .with_figure(picture))
}

const CAPTION: &str = "Long, Yin & Xin 2021, Figure 4. Left: iterations to loss exactly 0 against the number of neurons 2k; a \
box spans the quartiles with the median as a line, whiskers reach from 5 % to 95 %. Right: the largest norm max_t Σ_j ‖w_j‖ \
over a run with 2k = 8.";

fn panel_boxes(boxes: &[[f64; 5]]) -> String {
    let names: Vec<String> = NEURONS.iter().map(ToString::to_string).collect();
    let mut chart = Chart::new(
        "Iterations to loss 0",
        Axis::names("number of neurons 2k", &names),
        Axis::linear("iterations", 0.0, TOP).step(200.0).decimals(0),
    )
    .legend(Legend::Hidden);
    for (place, &[low, first, middle, third, high]) in boxes.iter().enumerate() {
        let x = place as f64;
        let (left, right) = (x - 0.3, x + 0.3);
        chart = chart
            .line("", COLOURS[0], Stroke::Solid, &[(x, low), (x, first)])
            .line(
                "",
                COLOURS[0],
                Stroke::Solid,
                &[(x, third), (x, high.min(TOP))],
            )
            .line(
                "",
                COLOURS[0],
                Stroke::Solid,
                &[(x - 0.15, low), (x + 0.15, low)],
            )
            .line(
                "",
                COLOURS[0],
                Stroke::Solid,
                &[(x - 0.15, high), (x + 0.15, high)],
            )
            .tile("#d6e6f2", (left, right), (first, third))
            .line(
                "",
                COLOURS[0],
                Stroke::Solid,
                &[
                    (left, first),
                    (right, first),
                    (right, third),
                    (left, third),
                    (left, first),
                ],
            )
            .line(
                "",
                COLOURS[1],
                Stroke::Solid,
                &[(left, middle), (right, middle)],
            );
    }
    chart.svg()
}

fn panel_norms(norms: &[f64], runs: usize) -> String {
    let width = (NORMS.1 - NORMS.0) / BINS as f64;
    let mut counts = [0_usize; BINS];
    for (bin, count) in counts.iter_mut().enumerate() {
        let from = NORMS.0 + bin as f64 * width;
        *count = norms
            .iter()
            .filter(|&&x| x >= from && x < from + width)
            .count();
    }
    let highest = counts.iter().copied().max().unwrap_or(1) as f64;
    let step = [5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]
        .into_iter()
        .find(|step| highest / step < 8.0)
        .unwrap_or(2000.0);
    let top = (1.1 * highest / step).ceil() * step;
    let mut chart = Chart::new(
        &format!("Largest norm, 2k = {HISTOGRAM_NEURONS}, {runs} runs"),
        Axis::linear("max_t Σ‖w_j‖", NORMS.0, NORMS.1)
            .step(2.0)
            .decimals(0),
        Axis::linear("runs", 0.0, top).step(step).decimals(0),
    )
    .legend(Legend::Hidden);
    for (bin, &count) in counts.iter().enumerate() {
        let (from, to) = (
            NORMS.0 + bin as f64 * width,
            NORMS.0 + (bin + 1) as f64 * width,
        );
        let height = count as f64;
        chart = chart.tile("#9ec5de", (from, to), (0.0, height)).line(
            "",
            COLOURS[0],
            Stroke::Solid,
            &[(from, 0.0), (from, height), (to, height), (to, 0.0)],
        );
    }
    let [middle] = quantiles(norms, [0.5]);
    chart
        .line("", MARK, Stroke::Dashed, &[(middle, 0.0), (middle, top)])
        .svg()
}
