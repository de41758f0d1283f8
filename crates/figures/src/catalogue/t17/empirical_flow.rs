//! Gradient descent on a sample against that on the population, as the sample grows.

use faer::Mat;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use teacher_student::initialization::gaussian;
use teacher_student::{
    DormandPrince, Empirical, GradientDescent, GradientFlow, Integrator, Network, Population,
    Record, Stop, Trajectory, VectorField, Weights, state_of,
};

use crate::statistics::{Line, Mean, SIGMAS_99, SIGMAS_VERDICT, fit};
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, Mark, Stroke};

/// The largest distance between the two along a run, against the number of samples.
pub const ITEM: Item = Item {
    id: "empirical-flow",
    kind: Kind::Experiment,
    paper: "T17 Eq 8, 15",
    title: "Descent on samples follows the population flow",
    run,
};

const NEURONS: usize = 3;
const DIMENSION: usize = 6;
const STEP: f64 = 0.1;
const END: f64 = 10.0;
/// Standard deviation of the start, whose teacher is orthonormal.
const START: f64 = 0.3;
const COUNTS: [usize; 7] = [100, 300, 1000, 3000, 10_000, 30_000, 100_000];
/// The exponent is fitted from here: below, a sample of a few gates does not determine the run.
const FITTED: usize = 1000;
/// Terms of order 1/N change the fitted exponent by less than this.
const BIAS: f64 = 0.02;

/// The largest distances, over ‖W*‖, of descent on N samples to descent on the population and to its flow.
struct Run {
    descent: f64,
    flow: f64,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let starts = context.pick(6_usize, 16, 60);
    let counts: &[usize] = context.pick(&COUNTS[..5], &COUNTS, &COUNTS);
    let tasks = starts * counts.len();
    let found = context.map("runs", tasks, |task, random| {
        // The largest samples first, so that the threads end together.
        let samples = counts[counts.len() - 1 - task / starts];
        // The start of a number is the same for every N.
        let start = gaussian(
            &mut context.random("start", (task % starts) as u64),
            NEURONS,
            DIMENSION,
            START,
        )?;
        compare(&start, samples, random)
    })?;
    let steps = context.map("steps", starts, |task, _| {
        let start = gaussian(
            &mut context.random("start", task as u64),
            NEURONS,
            DIMENSION,
            START,
        )?;
        let population = GradientFlow::new(population()?);
        let descent = descend(&population, &start)?;
        Ok(largest_gap(&descent, &flow(&population, &start)?))
    })?;
    let step_error = Mean::of(&steps.iter().map(|gap: &f64| gap.ln()).collect::<Vec<_>>());

    let mut table = Table::new(
        "distances",
        &["N", "run", "to_population_descent", "to_population_flow"],
    );
    let mut curve: Vec<Point> = Vec::new();
    for (samples, runs) in counts.iter().rev().zip(found.chunks(starts)) {
        for (index, run) in runs.iter().enumerate() {
            table.row(&[samples, &index, &run.descent, &run.flow]);
        }
        curve.push(Point {
            samples: *samples as f64,
            descent: logarithms(runs, |run| run.descent),
            flow: logarithms(runs, |run| run.flow),
        });
    }
    let line = exponent(counts, &found, starts);
    let holds = (line.slope + 0.5).abs() <= SIGMAS_VERDICT * line.slope_error + BIAS;

    let picture = Picture::new(CAPTION)
        .parameter("K", NEURONS)
        .parameter("d", DIMENSION)
        .parameter("teacher", "orthonormal")
        .parameter(
            "start",
            format!("independent N(0, {START}²) entries, the same for every N"),
        )
        .parameter("descent", format!("η = {STEP} to time {END}"))
        .parameter("flow", "Dormand–Prince, relative tolerance 1e-9")
        .parameter("runs for each N", starts)
        .panel(
            "distance",
            "Distance to the population",
            draw(&curve, step_error),
        )
        .metric("exponent", line.slope)
        .metric("exponent_half_width_99", SIGMAS_99 * line.slope_error)
        .metric(
            "distance_of_population_descent_to_flow",
            step_error.value.exp(),
        )
        .table(table);
    Ok(Outcome::new(
        Verdict::of(holds),
        format!(
            "The largest distance up to time {END} between descent on N samples and on the population falls as \
             N^({:.3} ± {:.3}), N = {FITTED} to {}; to the flow it stops at {:.1e}, the error of the step η = {STEP}.",
            line.slope,
            SIGMAS_99 * line.slope_error,
            counts[counts.len() - 1],
            step_error.value.exp()
        ),
    )
    .with("exponent", line.slope)
    .with("exponent_half_width_99", SIGMAS_99 * line.slope_error)
    .with("allowed", format!("−1/2 within {SIGMAS_VERDICT} standard errors + {BIAS}"))
    .with("runs_for_each_n", starts)
    .with("seed", context.seed())
    .with_figure(picture))
}

const CAPTION: &str = "Gradient descent on the loss of N samples against the expected gradient of Tian 2017, Equation 8: the \
largest distance ‖W_N(t) − W(t)‖/‖W*‖ up to a fixed time, geometric mean over runs with its 99 % interval. Against descent on the \
population with the same step it falls as N^(−1/2) (dashed); against the population flow it stops at the error of the step \
(dotted), which no sample removes.";

fn population() -> anyhow::Result<Population> {
    Ok(Population::matching(Network::new(Weights::orthonormal(
        NEURONS, DIMENSION,
    )?)))
}

fn times() -> Vec<f64> {
    (0..=40).map(|step| END * f64::from(step) / 40.0).collect()
}

fn descend(field: &dyn VectorField, start: &Weights) -> anyhow::Result<Trajectory> {
    let stop = Stop::new().time(END);
    Ok(GradientDescent::new(STEP).integrate(
        field,
        &state_of(start.as_mat()),
        &stop,
        &Record::At(times()),
    )?)
}

fn flow(field: &dyn VectorField, start: &Weights) -> anyhow::Result<Trajectory> {
    let stop = Stop::new().time(END);
    let method = DormandPrince::default().relative_tolerance(1e-9);
    Ok(method.integrate(
        field,
        &state_of(start.as_mat()),
        &stop,
        &Record::At(times()),
    )?)
}

/// One start, with fresh samples.
fn compare<R: Rng>(start: &Weights, samples: usize, random: &mut R) -> anyhow::Result<Run> {
    let data = Mat::from_fn(samples, DIMENSION, |_, _| random.sample(StandardNormal));
    let population = GradientFlow::new(population()?);
    let teacher = population.objective().teacher().clone();
    let sampled = GradientFlow::new(Empirical::new(data, &teacher, vec![1.0; NEURONS])?);
    let path = descend(&sampled, start)?;
    Ok(Run {
        descent: largest_gap(&path, &descend(&population, start)?),
        flow: largest_gap(&path, &flow(&population, start)?),
    })
}

/// The largest distance of two trajectories over their common times, over ‖W*‖ = √K.
fn largest_gap(a: &Trajectory, b: &Trajectory) -> f64 {
    let gap = |a: &[f64], b: &[f64]| {
        a.iter()
            .zip(b)
            .map(|(x, y)| (x - y).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let gaps = a.states().iter().zip(b.states()).map(|(a, b)| gap(a, b));
    gaps.fold(0.0, f64::max) / (NEURONS as f64).sqrt()
}

/// The mean logarithms at one N.
struct Point {
    samples: f64,
    descent: Mean,
    flow: Mean,
}

fn logarithms(runs: &[Run], of: fn(&Run) -> f64) -> Mean {
    Mean::of(&runs.iter().map(|run| of(run).ln()).collect::<Vec<_>>())
}

/// The exponent of the distance in N, a line through the logarithms with a free height for each start.
fn exponent(counts: &[usize], found: &[Run], starts: usize) -> Line {
    let groups: Vec<(f64, &[Run])> = counts
        .iter()
        .rev()
        .zip(found.chunks(starts))
        .filter(|(samples, _)| **samples >= FITTED)
        .map(|(samples, runs)| ((*samples as f64).ln(), runs))
        .collect();
    let mut points = Vec::new();
    for start in 0..starts {
        let column: Vec<(f64, f64)> = groups
            .iter()
            .map(|(place, runs)| (*place, runs[start].descent.ln()))
            .collect();
        let height = column.iter().map(|point| point.1).sum::<f64>() / column.len() as f64;
        points.extend(column.iter().map(|(place, log)| (*place, log - height)));
    }
    let line = fit(&points);
    // One height was fitted for each start, not one for all.
    let (count, free) = (points.len() as f64, starts as f64);
    Line {
        slope_error: line.slope_error * ((count - 2.0) / (count - free - 1.0)).sqrt(),
        ..line
    }
}

fn draw(curve: &[Point], step_error: Mean) -> String {
    let (from, to) = (70.0, 1.4 * curve[0].samples);
    let mut chart = Chart::new(
        &format!("Largest distance to the population up to time {END}"),
        Axis::log("samples N", from, to),
        Axis::log("relative distance", 2e-3, 1.0),
    )
    .legend(Legend::TopRight);
    for (name, colour) in [
        ("to population flow", COLOURS[1]),
        ("to population descent", COLOURS[0]),
    ] {
        let of = |point: &Point| {
            if colour == COLOURS[0] {
                point.descent
            } else {
                point.flow
            }
        };
        let points: Vec<(f64, f64)> = curve
            .iter()
            .map(|point| (point.samples, of(point).value.exp()))
            .collect();
        chart = chart.line(name, colour, Stroke::Solid, &points).points(
            "",
            colour,
            Mark::Disc,
            &points,
        );
        for point in curve {
            let (mean, half) = (of(point).value, of(point).half_width_99());
            chart = chart.thin(
                colour,
                &[
                    (point.samples, (mean - half).exp()),
                    (point.samples, (mean + half).exp()),
                ],
            );
        }
    }
    let first = curve[0].descent.value.exp();
    let guide = |samples: f64| (samples, first * (curve[0].samples / samples).sqrt());
    let step = step_error.value.exp();
    chart
        .line(
            "∝ N^(−1/2)",
            GUIDE,
            Stroke::Dashed,
            &[guide(from), guide(to)],
        )
        .line(
            "error of the step",
            COLOURS[1],
            Stroke::Dotted,
            &[(from, step), (to, step)],
        )
        .svg()
}
