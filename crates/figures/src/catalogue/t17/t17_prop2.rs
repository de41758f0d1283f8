//! Proposition 2 of Tian 2017: deeper students that learn by its gradient.

use faer::Mat;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use teacher_student::initialization::he;
use teacher_student::multilayer::{DeepNetwork, Multilayer};
use teacher_student::{GradientDescent, Integrator as _, Record, Stop, Weights};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, Legend, Stroke};

/// Loss curves of 3- and 4-layer students, and the gradient against differences of the loss.
pub const ITEM: Item = Item {
    id: "t17-prop2",
    kind: Kind::Experiment,
    paper: "T17 Prop 2; T16 Lemmas 2.1, 7.1",
    title: "Students of three and four layers",
    run,
};

const DIMENSION: usize = 8;
const SAMPLES: usize = 1000;
/// The hidden layers; the output is the sum of the last one, as in a two-layer network of K units.
const ARCHITECTURES: [(&str, &[usize]); 2] = [("3 layers", &[10, 6]), ("4 layers", &[10, 8, 6])];
const STEP: f64 = 0.02;
/// The near starts: each weight moved by this share of a fresh weight of the same layer.
const NEAR: f64 = 0.3;
/// Every loss must fall below this share of the loss at the start.
const LEARNT: f64 = 0.2;
/// Step of the central difference along a random direction of length one, and what it allows: h² times a third
/// derivative, and the kinks of the samples within h of a gate, together found below this share.
const DIFFERENCE: f64 = 1e-6;
const AGREE: f64 = 1e-4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Near,
    Random,
}

struct Run {
    architecture: usize,
    start: Start,
    /// Iteration, loss, and the loss on fresh data.
    losses: Vec<(usize, f64, f64)>,
    gap: f64,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let repeats = context.pick(1, 4, 12);
    let iterations = context.pick(200, 4000, 20_000);
    let tasks = 2 * ARCHITECTURES.len() * repeats;
    let runs = context.map("runs", tasks, |task, random| {
        let start = if task % 2 == 0 {
            Start::Near
        } else {
            Start::Random
        };
        learn(task / 2 % ARCHITECTURES.len(), start, iterations, random)
    })?;
    let share = |run: &Run, of: fn(&(usize, f64, f64)) -> f64| match (
        run.losses.first(),
        run.losses.last(),
    ) {
        (Some(first), Some(last)) => of(last) / of(first),
        _ => f64::INFINITY,
    };
    let worst = |wanted: Start| {
        runs.iter()
            .filter(|run| run.start == wanted)
            .map(|run| share(run, |l| l.1))
            .fold(0.0, f64::max)
    };
    let fresh = runs
        .iter()
        .map(|run| share(run, |l| l.2))
        .fold(0.0, f64::max);
    let gap = runs.iter().map(|run| run.gap).fold(0.0, f64::max);
    // A reduced run stops early.
    let allowed = context.pick(1.0, LEARNT, LEARNT);

    let mut table = Table::new(
        "losses",
        &[
            "layers",
            "start",
            "run",
            "iteration",
            "loss",
            "loss_on_fresh_data",
        ],
    );
    let mut picture = Picture::new(CAPTION)
        .parameter("networks", format!("d = {DIMENSION}; hidden layers 10, 6 (3 layers) and 10, 8, 6 (4 layers); the output is the sum of the last layer"))
        .parameter("teacher", "entries N(0, 2/inputs of the layer)")
        .parameter("near start", format!("teacher + {NEAR} × weights drawn as the teacher's"))
        .parameter("random start", "drawn as the teacher, independently")
        .parameter("data", format!("{SAMPLES} samples of N(0, I), as many fresh ones"))
        .parameter("descent", format!("η = {STEP}, {iterations} iterations"));
    for (index, (name, _)) in ARCHITECTURES.iter().enumerate() {
        let title = format!("Loss of a student with {name}");
        let mut chart = Chart::new(
            &title,
            Axis::linear("iteration", 0.0, iterations as f64),
            Axis::log("loss relative to the start", 1e-3, 1.0),
        )
        .legend(Legend::BottomLeft);
        let mut named = [false; 2];
        for (number, run) in runs
            .iter()
            .enumerate()
            .filter(|(_, run)| run.architecture == index)
        {
            let (place, start) = if run.start == Start::Near {
                (0, "near start")
            } else {
                (1, "random start")
            };
            let scale = run.losses.first().map_or(1.0, |first| first.1);
            let fresh_scale = run.losses.first().map_or(1.0, |first| first.2);
            let curve: Vec<(f64, f64)> = run
                .losses
                .iter()
                .map(|l| (l.0 as f64, l.1 / scale))
                .collect();
            let fresh: Vec<(f64, f64)> = run
                .losses
                .iter()
                .map(|l| (l.0 as f64, l.2 / fresh_scale))
                .collect();
            let label = if named[place] { "" } else { start };
            named[place] = true;
            chart = chart
                .line(label, COLOURS[place], Stroke::Solid, &curve)
                .line("", COLOURS[place], Stroke::Dotted, &fresh);
            for (iteration, loss, fresh) in &run.losses {
                table.row(&[name, &start, &number, iteration, loss, fresh]);
            }
        }
        picture = picture.panel(
            if index == 0 { "three" } else { "four" },
            &title,
            chart.svg(),
        );
    }
    Ok(Outcome::new(
        Verdict::of(worst(Start::Near).max(worst(Start::Random)) <= allowed && gap <= AGREE),
        format!(
            "All {} students of three and four layers learn by the gradient of the proposition: after {iterations} \
             iterations the loss is at most {:.1e} of its start from near starts and {:.1e} from random ones. The \
             gradient agrees with differences of the loss to {gap:.0e}.",
            runs.len(),
            worst(Start::Near),
            worst(Start::Random)
        ),
    )
    .with("largest_share_of_loss_near", worst(Start::Near))
    .with("largest_share_of_loss_random", worst(Start::Random))
    .with("largest_share_of_loss_on_fresh_data", fresh)
    .with("allowed_share", allowed)
    .with("largest_gap_to_differences", gap)
    .with("allowed_gap", AGREE)
    .with("seed", context.seed())
    .with_figure(picture.table(table)))
}

const CAPTION: &str = "Tian 2017, Proposition 2: ReLU students of three and four layers that learn a teacher of their own \
architecture by gradient descent with the gradient X_cᵀD_jQ_jΣ(Qu − Q*u*), from starts near the teacher and from \
independent ones. Solid: the loss on the training data; dotted: on fresh data.";

fn learn<R: Rng>(
    architecture: usize,
    start: Start,
    iterations: usize,
    random: &mut R,
) -> anyhow::Result<Run> {
    let widths = ARCHITECTURES[architecture].1;
    let teacher = draw(random, widths)?;
    let other = draw(random, widths)?;
    let start_state: Vec<f64> = match start {
        Start::Near => teacher
            .state()
            .iter()
            .zip(other.state())
            .map(|(w, v)| w + NEAR * v)
            .collect(),
        Start::Random => other.state(),
    };
    let mut data = || Mat::from_fn(SAMPLES, DIMENSION, |_, _| random.sample(StandardNormal));
    let problem = Multilayer::matching(data(), &teacher)?;
    let fresh = Multilayer::matching(data(), &teacher)?;
    let gap = difference(&problem, &start_state, random)?;
    let stop = Stop::new().steps(iterations);
    let path = GradientDescent::new(STEP).integrate(
        &problem,
        &start_state,
        &stop,
        &Record::EveryStep((iterations / 200).max(1)),
    )?;
    let losses = path
        .times()
        .iter()
        .zip(path.states())
        .map(|(time, state)| {
            let student = problem.network(state)?;
            // A whole number of steps, far below 2⁵³.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let iteration = (time / STEP).round() as usize;
            Ok((iteration, problem.loss(&student)?, fresh.loss(&student)?))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Run {
        architecture,
        start,
        losses,
        gap,
    })
}

fn draw<R: Rng>(random: &mut R, widths: &[usize]) -> anyhow::Result<DeepNetwork> {
    let mut inputs = DIMENSION;
    let mut layers: Vec<Weights> = Vec::new();
    for &width in widths {
        layers.push(he(random, width, inputs)?);
        inputs = width;
    }
    Ok(DeepNetwork::new(layers)?)
}

/// Relative gap between the gradient and a central difference of the loss along the gradient turned a little.
fn difference<R: Rng>(problem: &Multilayer, state: &[f64], random: &mut R) -> anyhow::Result<f64> {
    let gradient: Vec<f64> = problem
        .gradient(&problem.network(state)?)?
        .iter()
        .flat_map(|layer| teacher_student::state_of(layer.as_ref()))
        .collect();
    let size = norm(&gradient);
    let mut direction: Vec<f64> = gradient.iter().map(|g| g / size).collect();
    let spread = (direction.len() as f64).sqrt();
    for entry in &mut direction {
        *entry += random.sample::<f64, _>(StandardNormal) / spread;
    }
    let length = norm(&direction);
    let at = |sign: f64| {
        let moved: Vec<f64> = state
            .iter()
            .zip(&direction)
            .map(|(w, v)| w + sign * DIFFERENCE * v / length)
            .collect();
        anyhow::Ok(problem.loss(&problem.network(&moved)?)?)
    };
    let slope = (at(1.0)? - at(-1.0)?) / (2.0 * DIFFERENCE);
    let formula: f64 = gradient
        .iter()
        .zip(&direction)
        .map(|(g, v)| g * v / length)
        .sum();
    Ok((slope / formula - 1.0).abs())
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}
