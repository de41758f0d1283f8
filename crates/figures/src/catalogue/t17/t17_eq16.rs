//! Equations 15 and 16 of Tian 2017: the loss does not increase along the flow.

use faer::{Mat, MatRef};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use teacher_student::{
    DormandPrince, Empirical, GradientFlow, Integrator, Network, Objective, Population, Record,
    RungeKutta4, Stop, VectorField as _, Weights, state_of,
};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, Legend, Stroke};

/// The loss along population and sampled flows from random starts.
pub const ITEM: Item = Item {
    id: "t17-eq16",
    kind: Kind::Experiment,
    paper: "T17 Eq 15–16; T16 Eq 2",
    title: "The loss along the flow",
    run,
};

const NEURONS: usize = 4;
const DIMENSION: usize = 6;
const SAMPLES: usize = 400;
const END: f64 = 30.0;
const STEP: f64 = 0.005;
/// The integrator keeps a relative error of 1e-9 a step; a rise of the loss below this is its doing.
const RISE: f64 = 1e-10;
/// Step of the central difference along the flow, whose truncation is of order h².
const DIFFERENCE: f64 = 1e-4;
/// Allowed between d loss/dt and −‖∇‖², relative: h² times third derivatives of order one.
const SLOPE: f64 = 1e-6;

/// One flow: the loss at some times, its largest rise, and the largest relative gap of Eq 16.
struct Run {
    losses: Vec<(f64, f64)>,
    rise: f64,
    gap: f64,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let flows = context.pick(6, 20, 60);
    let runs = context.map("flows", 2 * flows, |task, random| {
        let teacher = Network::new(Weights::new(matrix(random, NEURONS, DIMENSION))?);
        let start = matrix(random, NEURONS, DIMENSION);
        if task < flows {
            let method = DormandPrince::default().relative_tolerance(1e-9);
            follow(
                &method,
                &GradientFlow::new(Population::matching(teacher)),
                start.as_ref(),
                1,
            )
        } else {
            let data = matrix(random, SAMPLES, DIMENSION);
            let objective = Empirical::new(data, &teacher, vec![1.0; NEURONS])?;
            // The sampled gradient jumps at every gate: a fixed step, no error control.
            let method = RungeKutta4::new(STEP);
            follow(&method, &GradientFlow::new(objective), start.as_ref(), 10)
        }
    })?;
    let worst = |of: fn(&Run) -> f64, part: &[Run]| part.iter().map(of).fold(0.0, f64::max);
    let (population, sampled) = runs.split_at(flows);
    let rise = worst(|run| run.rise, population);
    let gap = worst(|run| run.gap, population);
    let rise_sampled = worst(|run| run.rise, sampled);

    let mut table = Table::new("loss", &["flow", "run", "time", "loss"]);
    let mut charts = Vec::new();
    for (name, part) in [("population", population), ("sampled", sampled)] {
        let mut chart = Chart::new(
            &format!("Loss along the {name} flow"),
            Axis::linear("time (per sample)", 0.0, END).step(5.0),
            Axis::log("loss", 1e-3, 1e2),
        )
        .legend(Legend::Hidden);
        for (index, run) in part.iter().enumerate() {
            for (time, loss) in &run.losses {
                table.row(&[&name, &index, time, loss]);
            }
            chart = chart.line(
                "",
                COLOURS[index % COLOURS.len()],
                Stroke::Solid,
                &run.losses,
            );
        }
        charts.push((name, chart.svg()));
    }
    let mut picture = Picture::new(
        "Tian 2017, Equations 15 and 16: the loss along the gradient flow from random starts, for the population loss \
         and for the loss of a sample. It never rises.",
    )
    .parameter("K", NEURONS)
    .parameter("d", DIMENSION)
    .parameter("teacher, start", "independent N(0, 1) entries")
    .parameter("samples", SAMPLES)
    .parameter("integrator, population", "Dormand–Prince, relative tolerance 1e-9")
    .parameter("integrator, sampled", format!("Runge–Kutta 4, step {STEP}"));
    for (name, svg) in charts {
        picture = picture.panel(name, &format!("Loss along the {name} flow"), svg);
    }
    Ok(Outcome::new(
        Verdict::of(rise <= RISE && rise_sampled <= RISE && gap <= SLOPE),
        format!(
            "Along {flows} population flows and {flows} sampled ones the loss {}; \
             dJ/dt = −‖∇J‖² holds to {gap:.1e}.",
            if rise.max(rise_sampled) > 0.0 {
                format!(
                    "rose by at most {:.1e} between steps",
                    rise.max(rise_sampled)
                )
            } else {
                "never rose".to_owned()
            }
        ),
    )
    .with("largest_rise_population", rise)
    .with("largest_rise_sampled", rise_sampled)
    .with("allowed_rise", RISE)
    .with("relative_gap_of_slope", gap)
    .with("allowed_gap", SLOPE)
    .with("seed", context.seed())
    .with_figure(picture.table(table)))
}

fn follow<O: Objective>(
    method: &dyn Integrator,
    flow: &GradientFlow<O>,
    start: MatRef<'_, f64>,
    every: usize,
) -> anyhow::Result<Run> {
    let stop = Stop::new().time(END);
    let path = method.integrate(flow, &state_of(start), &stop, &Record::EveryStep(every))?;
    let mut losses = Vec::new();
    let mut gap: f64 = 0.0;
    let mut rate = vec![0.0; start.nrows() * start.ncols()];
    for (index, (time, state)) in path.times().iter().zip(path.states()).enumerate() {
        losses.push((*time, flow.objective().loss(flow.weights(state)?)?));
        if index % 10 == 0 {
            flow.evaluate(state, &mut rate)
                .map_err(|reason| anyhow::anyhow!(reason))?;
            let square: f64 = rate.iter().map(|r| r * r).sum();
            let step = DIFFERENCE / square.sqrt();
            let at = |sign: f64| {
                let moved: Vec<f64> = state
                    .iter()
                    .zip(&rate)
                    .map(|(w, r)| w + sign * step * r)
                    .collect();
                flow.objective().loss(flow.weights(&moved)?)
            };
            let slope = (at(1.0)? - at(-1.0)?) / (2.0 * step);
            // Rounding of the loss, 1e-16, is divided by 2h: below 1e-3 the slope has too few digits.
            if square > 1e-3 {
                gap = gap.max((slope / -square - 1.0).abs());
            }
        }
    }
    let rise = losses
        .windows(2)
        .map(|pair| pair[1].1 - pair[0].1)
        .fold(0.0, f64::max);
    Ok(Run { losses, rise, gap })
}

fn matrix<R: Rng>(random: &mut R, rows: usize, columns: usize) -> Mat<f64> {
    Mat::from_fn(rows, columns, |_, _| random.sample(StandardNormal))
}
