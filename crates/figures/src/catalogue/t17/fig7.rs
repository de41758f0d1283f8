//! Figure 7 of Tian 2017: the closed form of the gating against samples.

use std::f64::consts::{FRAC_PI_2, PI};

use faer::Mat;
use rand::{Rng, RngExt};
use relu_gating::{Gaussian, InputLaw, UniformCube, population_gating, sampled_gating};
use serde_json::json;

use crate::statistics::{Line, SIGMAS_99, SIGMAS_VERDICT, fit, quantiles};
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, Mark, Stroke};

/// Relative error of the closed form against the angle, the number of samples and the dimension.
pub const ITEM: Item = Item {
    id: "fig7",
    kind: Kind::Figure,
    paper: "T17 Fig 7; T16 Fig 3",
    title: "The closed form of the gating against samples",
    run,
};

/// Panel (a), where the paper states neither. With these two the error runs from 0.15 at θ = 0 to
/// 0.5 near θ = 3, which fills the paper's axis 0…0.7.
const DIMENSION_A: usize = 10;
const SAMPLES_A: usize = 1000;
const TOP_A: f64 = 0.7;
const BINS_A: usize = 32;

/// Panels (b) and (c), where the paper states neither.
const DIMENSIONS: [usize; 6] = [2, 5, 10, 20, 50, 100];
const TOP_BC: f64 = 0.40;

/// The slope is fitted where N ≥ 100 d: there ‖F̂‖, by which the error is divided, is itself off by
/// at most a hundredth, and the slope by at most this much.
const SAMPLES_PER_DIMENSION: usize = 100;
const SLOPE_BIAS: f64 = 0.005;
/// Uniform inputs follow the closed form only in many dimensions: the slope is judged from here.
const MANY: usize = 20;

/// Rows that are drawn at a time.
const BLOCK: usize = 1000;

/// F̂ and E F of one random pair.
struct Pair {
    sampled: Vec<f64>,
    closed: Vec<f64>,
}

impl Pair {
    /// ‖c·E F − F̂‖/‖F̂‖; NaN when no sample passed both gates.
    fn error(&self, scale: f64) -> f64 {
        let gap = self
            .closed
            .iter()
            .zip(&self.sampled)
            .map(|(closed, sampled)| (scale * closed - sampled).powi(2));
        (gap.sum::<f64>() / norm_squared(&self.sampled)).sqrt()
    }
}

/// The errors of all pairs of one dimension and one number of samples.
struct Cell {
    dimension: usize,
    samples: usize,
    scale: f64,
    errors: Vec<f64>,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let pairs_a = context.pick(600, 4000, 20_000);
    let pairs = context.pick(12, 40, 100);
    let counts: &[usize] = context.pick(
        &[100, 300, 1000, 3000, 10_000],
        &[
            100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000,
        ],
        &[
            100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000,
        ],
    );
    let points = context.map("a", pairs_a, |_, random| {
        let angle = PI * random.random::<f64>();
        let pair = draw(random, &Gaussian, DIMENSION_A, SAMPLES_A, angle)?;
        Ok((angle, pair.error(1.0)))
    })?;
    let gaussian = sweep(context, "b", &Gaussian, counts, pairs, false)?;
    let uniform = sweep(
        context,
        "c",
        &UniformCube { half_width: 0.5 },
        counts,
        pairs,
        true,
    )?;

    let slopes_b = slopes(&gaussian);
    let slopes_c = slopes(&uniform);
    let judged = slopes_b
        .iter()
        .chain(slopes_c.iter().filter(|(d, _)| *d >= MANY));
    let (mut holds, mut worst) = (true, 0.0_f64);
    for (_, line) in judged.clone() {
        holds &= (line.slope + 0.5).abs() <= SIGMAS_VERDICT * line.slope_error + SLOPE_BIAS;
        worst = worst.max((line.slope + 0.5).abs());
    }
    let growth = growth(&points);
    let grows = growth.1 > growth.0;

    let mut picture = Picture::new(CAPTION)
        .parameter("not stated in the paper", "dimensions, numbers of samples, numbers of pairs")
        .parameter("a", format!("d = {DIMENSION_A}, N = {SAMPLES_A}, {pairs_a} pairs, θ uniform on [0, π]"))
        .parameter("b", format!("x ~ N(0, I), {pairs} pairs for each d and N, {} if d ≤ 10, θ uniform on [0, π/2]", 5 * pairs))
        .parameter("c", "as (b) with entries uniform on [−1/2, 1/2]; one scale for all pairs of a d and an N, by least squares")
        .panel("a", "(a) Relative RMS error against the angle", panel_a(&points));
    for (name, law, cells) in [("b", "Gaussian", &gaussian), ("c", "uniform", &uniform)] {
        for log in [false, true] {
            let axis = if log { "logarithmic" } else { "linear" };
            let title = format!("({name}) Relative RMS error, {law} inputs, {axis} axis");
            let file = if log {
                format!("{name}-log")
            } else {
                name.to_owned()
            };
            picture = picture.panel(&file, &title, panel_bc(&title, cells, log));
        }
    }
    for (name, slopes) in [("slope_gaussian", &slopes_b), ("slope_uniform", &slopes_c)] {
        for (dimension, line) in slopes {
            picture = picture.metric(
                &format!("{name}_d={dimension}"),
                json!({ "slope": line.slope, "half_width_99": SIGMAS_99 * line.slope_error }),
            );
        }
    }
    let last = uniform
        .iter()
        .filter(|cell| Some(&cell.samples) == counts.last());
    for cell in last {
        picture = picture.metric(
            &format!("uniform_scale_times_12_d={}", cell.dimension),
            12.0 * cell.scale,
        );
    }
    picture = picture
        .metric("median_error_below_quarter_pi", growth.0)
        .metric("median_error_above_three_quarters_pi", growth.1)
        .metric(
            "pairs_above_axis_a",
            points.iter().filter(|p| p.1 > TOP_A).count(),
        )
        .metric(
            "pairs_without_active_sample_a",
            points.iter().filter(|p| p.1.is_nan()).count(),
        )
        .table(table_a(&points))
        .table(table_bc("b", &gaussian))
        .table(table_bc("c", &uniform));

    Ok(Outcome::new(
        Verdict::of(holds && grows),
        format!(
            "The error falls as a power of N: the {} fitted exponents lie within {worst:.3} of −1/2; its median grows \
             from {:.2} for θ < π/4 to {:.2} for θ > 3π/4.",
            judged.count(),
            growth.0,
            growth.1
        ),
    )
    .with("exponents_b", describe(&slopes_b))
    .with("exponents_c", describe(&slopes_c))
    .with("judged", format!("all d in (b), d ≥ {MANY} in (c), where N ≥ {SAMPLES_PER_DIMENSION} d"))
    .with("allowed", format!("{SIGMAS_VERDICT} standard errors + {SLOPE_BIAS}"))
    .with("pairs", pairs_a + gaussian.iter().chain(&uniform).map(|cell| cell.errors.len()).sum::<usize>())
    .with("seed", context.seed())
    .with_figure(picture))
}

const CAPTION: &str = "Tian 2017, Figure 7 (Tian 2016, Figure 3). Relative RMS error ‖E F(e, w) − F(e, w)‖/‖F(e, w)‖ \
of the closed form (Theorem 1) against the gating of N samples. (a) Against the angle of e and w: each dot is a random \
pair, the line the median and the band the 5th to 95th percentile; as θ → π few samples pass both gates. (b) Against the \
number of samples, Gaussian inputs: the mean over random pairs, on the linear axis that Tian 2017 prints and on the \
logarithmic one that the caption speaks of; the dashed line falls as N^(−1/2). (c) The same for inputs uniform on \
[−1/2, 1/2], up to a global scale: the error stops at the anisotropy of the cube when d is small, and follows the \
Gaussian case when d is large. The papers state neither dimensions nor numbers of samples; those used are listed below.";

fn norm_squared(vector: &[f64]) -> f64 {
    vector.iter().map(|v| v * v).sum()
}

/// A random pair of unit vectors at an angle, and the gating of fresh samples.
fn draw<L: InputLaw, R: Rng>(
    random: &mut R,
    law: &L,
    dimension: usize,
    samples: usize,
    angle: f64,
) -> anyhow::Result<Pair> {
    let mut e = vec![0.0; dimension];
    let mut normal = vec![0.0; dimension];
    Gaussian.sample(random, &mut e);
    Gaussian.sample(random, &mut normal);
    let length = norm_squared(&e).sqrt();
    for v in &mut e {
        *v /= length;
    }
    let along: f64 = e.iter().zip(&normal).map(|(a, b)| a * b).sum();
    normal.iter_mut().zip(&e).for_each(|(n, e)| *n -= along * e);
    let length = norm_squared(&normal).sqrt();
    let w: Vec<f64> = e
        .iter()
        .zip(&normal)
        .map(|(e, n)| angle.cos() * e + angle.sin() * n / length)
        .collect();

    let mut sampled = vec![0.0; dimension];
    let mut x = vec![0.0; dimension];
    let mut drawn = 0;
    while drawn < samples {
        let rows = BLOCK.min(samples - drawn);
        let mut data = Mat::zeros(rows, dimension);
        for row in 0..rows {
            law.sample(random, &mut x);
            for (column, value) in x.iter().enumerate() {
                data[(row, column)] = *value;
            }
        }
        let share = rows as f64 / samples as f64;
        let block = sampled_gating(data.as_ref(), &e, &w)?;
        sampled
            .iter_mut()
            .zip(block)
            .for_each(|(sum, value)| *sum += share * value);
        drawn += rows;
    }
    Ok(Pair {
        sampled,
        closed: population_gating(&e, &w)?,
    })
}

fn sweep<L: InputLaw + Sync>(
    context: &Context,
    part: &str,
    law: &L,
    counts: &[usize],
    pairs: usize,
    free_scale: bool,
) -> anyhow::Result<Vec<Cell>> {
    let tasks = DIMENSIONS.len() * counts.len();
    context
        .map(part, tasks, |task, random| {
            // The largest cells first, so that the threads end together.
            let (dimension, samples) = (
                DIMENSIONS[DIMENSIONS.len() - 1 - task % DIMENSIONS.len()],
                counts[counts.len() - 1 - task / DIMENSIONS.len()],
            );
            // Small d are cheap, and need more pairs: there the error depends on the directions.
            let pairs = pairs * if dimension <= 10 { 5 } else { 1 };
            let mut drawn = Vec::with_capacity(pairs);
            for _ in 0..pairs {
                let angle = FRAC_PI_2 * random.random::<f64>();
                drawn.push(draw(random, law, dimension, samples, angle)?);
            }
            let scale = if free_scale { best_scale(&drawn) } else { 1.0 };
            let errors = drawn
                .iter()
                .map(|pair| pair.error(scale))
                .filter(|e| e.is_finite())
                .collect();
            Ok(Cell {
                dimension,
                samples,
                scale,
                errors,
            })
        })
        .map(|mut cells| {
            cells.sort_by_key(|cell| (cell.dimension, cell.samples));
            cells
        })
}

/// The c that minimises Σ‖c·E F − F̂‖² over the pairs.
fn best_scale(pairs: &[Pair]) -> f64 {
    let joint: f64 = pairs
        .iter()
        .flat_map(|pair| pair.closed.iter().zip(&pair.sampled))
        .map(|(closed, sampled)| closed * sampled)
        .sum();
    joint
        / pairs
            .iter()
            .map(|pair| norm_squared(&pair.closed))
            .sum::<f64>()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The exponent of the error in N for every dimension, by least squares over all pairs.
fn slopes(cells: &[Cell]) -> Vec<(usize, Line)> {
    DIMENSIONS
        .into_iter()
        .map(|dimension| {
            let mut within: Vec<&Cell> = cells
                .iter()
                .filter(|cell| cell.dimension == dimension)
                .filter(|cell| cell.samples >= SAMPLES_PER_DIMENSION * dimension)
                .collect();
            if within.len() < 2 {
                within = cells
                    .iter()
                    .filter(|cell| cell.dimension == dimension)
                    .collect();
                within.drain(..within.len().saturating_sub(2));
            }
            let points: Vec<(f64, f64)> = within
                .iter()
                .flat_map(|cell| {
                    cell.errors
                        .iter()
                        .map(|error| ((cell.samples as f64).ln(), error.ln()))
                })
                .collect();
            (dimension, fit(&points))
        })
        .collect()
}

fn describe(slopes: &[(usize, Line)]) -> Vec<String> {
    slopes
        .iter()
        .map(|(d, line)| {
            format!(
                "d = {d}: {:.3} ± {:.3}",
                line.slope,
                SIGMAS_99 * line.slope_error
            )
        })
        .collect()
}

/// The median error below π/4 and above 3π/4.
fn growth(points: &[(f64, f64)]) -> (f64, f64) {
    let median = |wanted: &dyn Fn(f64) -> bool| {
        let errors: Vec<f64> = points
            .iter()
            .filter(|p| wanted(p.0) && p.1.is_finite())
            .map(|p| p.1)
            .collect();
        quantiles(&errors, [0.5])[0]
    };
    (
        median(&|angle| angle < PI / 4.0),
        median(&|angle| angle > 3.0 * PI / 4.0),
    )
}

fn panel_a(points: &[(f64, f64)]) -> String {
    let mut median = Vec::new();
    let mut band = Vec::new();
    let width = PI / BINS_A as f64;
    for bin in 0..BINS_A {
        let (low, high) = (bin as f64 * width, (bin + 1) as f64 * width);
        let errors: Vec<f64> = points
            .iter()
            .filter(|p| p.0 >= low && p.0 < high && p.1.is_finite())
            .map(|p| p.1)
            .collect();
        if !errors.is_empty() {
            let [bottom, middle, top] = quantiles(&errors, [0.05, 0.5, 0.95]);
            let centre = f64::midpoint(low, high);
            median.push((centre, middle));
            band.push((centre, bottom, top));
        }
    }
    let visible: Vec<(f64, f64)> = points.iter().copied().filter(|p| p.1 <= TOP_A).collect();
    Chart::new(
        "(a) Distribution of the relative RMS error over the angle",
        Axis::linear("angle θ between e and w (radian)", 0.0, PI)
            .step(0.5)
            .decimals(1),
        Axis::linear("relative RMS error", 0.0, TOP_A)
            .step(0.1)
            .decimals(1),
    )
    .legend(Legend::TopLeft)
    .points("pairs", COLOURS[5], Mark::Dot, &visible)
    .band(COLOURS[0], &band)
    .line("median", COLOURS[0], Stroke::Solid, &median)
    .line(
        "",
        GUIDE,
        Stroke::Dashed,
        &[(FRAC_PI_2, 0.0), (FRAC_PI_2, TOP_A)],
    )
    .note("π/2", GUIDE, FRAC_PI_2 + 0.1, 0.655)
    .svg()
}

fn panel_bc(title: &str, cells: &[Cell], log: bool) -> String {
    let last = cells.iter().map(|cell| cell.samples).max().unwrap_or(1) as f64;
    let y = if log {
        Axis::log("relative RMS error", 2e-3, 2.0)
    } else {
        Axis::linear("relative RMS error", 0.0, TOP_BC)
            .step(0.05)
            .decimals(2)
    };
    let mut chart = Chart::new(title, Axis::log("#samples N", 100.0, last), y).legend(if log {
        Legend::BottomLeft
    } else {
        Legend::TopRight
    });
    for (dimension, colour) in DIMENSIONS.into_iter().zip(COLOURS) {
        let points: Vec<(f64, f64)> = cells
            .iter()
            .filter(|cell| cell.dimension == dimension)
            .map(|cell| (cell.samples as f64, mean(&cell.errors)))
            .collect();
        let visible: Vec<(f64, f64)> = points
            .iter()
            .copied()
            .filter(|p| log || p.1 <= TOP_BC)
            .collect();
        chart = chart
            .line(&format!("d = {dimension}"), colour, Stroke::Solid, &points)
            .points("", colour, Mark::Dot, &visible);
    }
    if log {
        let guide = |samples: f64| (samples, 20.0 / samples.sqrt());
        chart = chart.line(
            "∝ N^(−1/2)",
            GUIDE,
            Stroke::Dashed,
            &[guide(100.0), guide(last)],
        );
    }
    chart.svg()
}

fn table_a(points: &[(f64, f64)]) -> Table {
    let mut table = Table::new("a", &["angle", "relative_error"]);
    for (angle, error) in points {
        table.row(&[angle, error]);
    }
    table
}

fn table_bc(name: &str, cells: &[Cell]) -> Table {
    let header = [
        "d",
        "N",
        "scale",
        "mean_relative_error",
        "p05",
        "median",
        "p95",
        "pairs",
    ];
    let mut table = Table::new(name, &header);
    for cell in cells {
        let [low, middle, high] = quantiles(&cell.errors, [0.05, 0.5, 0.95]);
        let (mean, pairs) = (mean(&cell.errors), cell.errors.len());
        table.row(&[
            &cell.dimension,
            &cell.samples,
            &cell.scale,
            &mean,
            &low,
            &middle,
            &high,
            &pairs,
        ]);
    }
    table
}
