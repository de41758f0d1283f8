//! Figure 9 of Tian 2017: convergence from noisy starts, with unit and with other top weights.

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use serde_json::{Map, Value};
use teacher_student::initialization::{gaussian, symmetric_with_noise};
use teacher_student::{
    Ending, EndingTolerances, GradientDescent, GradientFlow, Integrator as _, Network, Population,
    Record, Stop, Weights, state_of,
};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, Stroke};

/// Relative error of gradient descent over 100 iterations in the eight settings of the paper, for two teachers.
pub const ITEM: Item = Item {
    id: "fig9",
    kind: Kind::Figure,
    paper: "T17 Fig 9; T16 Fig 5",
    title: "Convergence from noisy starts",
    run,
};

const NEURONS: usize = 5;
const DIMENSION: usize = 50;
const ITERATIONS: usize = 100;
const DRAWN: usize = 8;
/// The panels of the top row: unit top weights.
const TOP_ROW: usize = 4;
const X0: f64 = 1e-3;
/// η with unit top weights, and with others: with ½ some runs of U[1, 2] diverge.
const STEP: f64 = 0.5;
const STEP_TOP: f64 = 0.25;
/// A run is close to w* below this relative error.
const CLOSE: f64 = 0.05;

/// The fixed top weights of teacher and student.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Top {
    One,
    /// Uniform from the first to the second.
    Uniform(f64, f64),
    Normal,
}

impl Top {
    fn draw<R: Rng>(self, random: &mut R) -> f64 {
        match self {
            Self::One => 1.0,
            Self::Uniform(from, to) => from + (to - from) * random.random::<f64>(),
            Self::Normal => random.sample(StandardNormal),
        }
    }

    fn step(self) -> f64 {
        if self == Self::One { STEP } else { STEP_TOP }
    }
}

/// The eight panels: a name, the title of the paper, noise and top weights.
const PANELS: [(&str, &str, f64, Top); 8] = [
    ("a1", "noise = 0.5, top-w = 1", 0.5, Top::One),
    ("a2", "noise = 1.0, top-w = 1", 1.0, Top::One),
    ("a3", "noise = 1.5, top-w = 1", 1.5, Top::One),
    ("a4", "noise = 2.0, top-w = 1", 2.0, Top::One),
    (
        "b1",
        "noise = 0.5, top-w ~ U[1, 2]",
        0.5,
        Top::Uniform(1.0, 2.0),
    ),
    (
        "b2",
        "noise = 0.5, top-w ~ U[0.1, 1.1]",
        0.5,
        Top::Uniform(0.1, 1.1),
    ),
    (
        "b3",
        "noise = 0.5, top-w ~ U[0.01, 0.11]",
        0.5,
        Top::Uniform(0.01, 0.11),
    ),
    ("b4", "noise = 0.5, top-w ~ N(0, 1)", 0.5, Top::Normal),
];

/// The teacher: independent N(0, 1) entries, or orthonormal rows with K = d.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Teacher {
    Gaussian,
    Orthonormal,
}

/// One run: ‖W − W*‖/‖W*‖ after each iteration, and where it ends.
struct Run {
    errors: Vec<(f64, f64)>,
    mixed: bool,
    diverges: bool,
    end: &'static str,
}

impl Run {
    fn last(&self) -> f64 {
        if self.diverges {
            f64::INFINITY
        } else {
            self.errors.last().map_or(f64::INFINITY, |e| e.1)
        }
    }
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let runs = context.pick(DRAWN, DRAWN, 200);
    let long = context.pick(200, 10_000, 20_000);
    let setting = |part: &str, teacher: Teacher| -> anyhow::Result<Vec<Vec<Run>>> {
        let mut found = context
            .map(part, PANELS.len() * runs, |task, random| {
                let (_, _, noise, top) = PANELS[task % PANELS.len()];
                descend(teacher, noise, top, top.step(), long, random)
            })?
            .into_iter();
        let mut panels: Vec<Vec<Run>> = PANELS.iter().map(|_| Vec::new()).collect();
        while let Some(run) = found.next() {
            panels[0].push(run);
            for panel in &mut panels[1..] {
                panel.extend(found.next());
            }
        }
        Ok(panels)
    };
    let paper = setting("gaussian", Teacher::Gaussian)?;
    let orthonormal = setting("orthonormal", Teacher::Orthonormal)?;
    // The largest top weights with the step of the top row.
    let (_, _, noise, top) = PANELS[4];
    let fast = context.map("fast", runs, |_, random| {
        descend(Teacher::Gaussian, noise, top, STEP, 0, random)
    })?;
    let diverged = fast.iter().filter(|run| run.diverges).count();
    // The other reading of N(0, 10⁻³·noise): as a variance.
    let variance = context.map("variance", TOP_ROW * runs, |task, random| {
        let (_, _, noise, top) = PANELS[task / runs];
        descend(Teacher::Gaussian, (noise / X0).sqrt(), top, STEP, 0, random)
    })?;

    let close = |runs: &[Run]| runs.iter().filter(|run| run.last() < CLOSE).count();
    let mean = |runs: &[Run]| runs.iter().map(Run::last).sum::<f64>() / runs.len() as f64;
    let small_noise = close(&paper[0]) == runs && close(&paper[1]) == runs;
    let speeds: Vec<f64> = paper[4..7].iter().map(|panel| mean(panel)).collect();
    let ordered = speeds.is_sorted();
    let variance_close = close(&variance);
    let mixed: Vec<&Run> = paper[7].iter().filter(|run| run.mixed).collect();
    let mixed_close = mixed.iter().filter(|run| run.last() < CLOSE).count();
    let mixed_later = mixed.iter().filter(|run| run.end == TEACHER).count();

    let mut picture = Picture::new(CAPTION)
        .parameter("not stated in the paper", "K, d, the teacher, η, the error, and whether 10⁻³·noise is a deviation or a variance")
        .parameter("teacher", format!("first eight panels: K = {NEURONS}, d = {DIMENSION}, independent N(0, 1) entries; last eight: K = d = {NEURONS}, orthonormal"))
        .parameter("start", "w⁰ = 10⁻³w* + ε, entries of ε independent N(0, (10⁻³·noise)²); in the panels \"variance\" N(0, 10⁻³·noise)")
        .parameter("η", format!("{STEP} with unit top weights, {STEP_TOP} with others; per sample"))
        .parameter("relative RMS error", "‖W − W*‖/‖W*‖ (Frobenius), neuron by neuron, without renaming")
        .parameter("runs", format!("{DRAWN} drawn of {runs}, each with its own teacher, top weights and noise"))
        .parameter("endings", format!("after {long} more iterations or at a gradient of 10⁻⁸"));
    let mut table = Table::new(
        "errors",
        &["teacher", "panel", "run", "iteration", "relative_error"],
    );
    let mut endings = Table::new(
        "endings",
        &[
            "teacher",
            "panel",
            "run",
            "relative_error_at_100",
            "mixed_signs",
            "ending",
        ],
    );
    for (name, which, panels) in [
        ("", Teacher::Gaussian, &paper),
        ("-orthonormal", Teacher::Orthonormal, &orthonormal),
    ] {
        let teacher = if which == Teacher::Gaussian {
            "gaussian"
        } else {
            "orthonormal"
        };
        for ((panel, title, _, _), runs) in PANELS.iter().zip(panels) {
            for (index, run) in runs.iter().enumerate() {
                endings.row(&[&teacher, panel, &index, &run.last(), &run.mixed, &run.end]);
                for (iteration, error) in run.errors.iter().filter(|_| index < DRAWN) {
                    table.row(&[&teacher, panel, &index, iteration, error]);
                }
            }
            picture = picture
                .panel(
                    &format!("{panel}{name}"),
                    title,
                    match which {
                        Teacher::Gaussian => draw(title, 1.0, false, runs),
                        Teacher::Orthonormal => {
                            draw(&format!("orthonormal: {title}"), 1.5, true, runs)
                        }
                    },
                )
                .metric(&format!("{panel}{name}"), counts(runs));
        }
    }
    for ((panel, title, _, _), runs) in PANELS.iter().zip(variance.chunks(runs)) {
        let title = format!("variance: {title}");
        picture = picture
            .panel(
                &format!("{panel}-variance"),
                &title,
                draw(&title, 1.5, false, runs),
            )
            .metric(
                &format!("{panel}-variance"),
                format!("{} close after 100 iterations", close(runs)),
            );
    }
    picture = picture
        .metric(
            "diverged_with_step_1/2_and_top-w_U[1,2]",
            format!("{diverged} of {runs}"),
        )
        .table(table)
        .table(endings);
    Ok(Outcome::new(
        Verdict::of(
            small_noise && ordered && variance_close == 0 && 2 * mixed_close < mixed.len().max(1),
        ),
        format!(
            "N(0, 1) teacher: with unit top weights {}, {}, {}, {} of {runs} runs are within {CLOSE} of w* after 100 \
             iterations (noise 0.5, 1, 1.5, 2), and {variance_close} of {} with 10⁻³·noise read as a variance. Mean errors with top weights U[1,2], U[.1,1.1], U[.01,.11]: {:.2}, {:.2}, \
             {:.2}. With mixed signs {mixed_close} of {} are close after 100 iterations, {mixed_later} after {}. \
             Orthonormal teacher: {}, {}, {}, {} of {runs}.",
            close(&paper[0]), close(&paper[1]), close(&paper[2]), close(&paper[3]), variance.len(),
            speeds[0], speeds[1], speeds[2],
            mixed.len(), long + ITERATIONS,
            close(&orthonormal[0]), close(&orthonormal[1]), close(&orthonormal[2]), close(&orthonormal[3]),
        ),
    )
    .with("diverged_with_step_1/2_and_top_weights_U[1,2]", format!("{diverged} of {runs}"))
    .with("runs_of_each_panel", runs)
    .with("seed", context.seed())
    .with_figure(picture))
}

const CAPTION: &str = "Tian 2017, Figure 9 (Tian 2016, Figure 5): gradient descent from w⁰ = 10⁻³w* + ε, eight runs a panel. \
The paper states neither K, d, the teacher nor η; its curves are matched by a teacher with N(0, 1) entries, K = 5, d = 50 and \
η = 0.5 (first two rows of panels). N(0, 10⁻³·noise) is read as a deviation 10⁻³·noise; the panels \"variance\" read it as a variance, and no run is there. \
The row with top weights other than 1 has η = 0.25: with 0.5 some runs with a ∈ U[1, 2] \
diverge. The last eight panels show an orthonormal teacher, K = d = 5, with the same noise: there 100 iterations are not \
enough, and with large noise runs end at a permutation of w*, whose error without renaming is near √2·√(share of renamed neurons). \
Metrics count where the runs end when they go on.";

const TEACHER: &str = "teacher";

fn descend<R: Rng>(
    teacher: Teacher,
    noise: f64,
    top: Top,
    step: f64,
    long: usize,
    random: &mut R,
) -> anyhow::Result<Run> {
    let weights = match teacher {
        Teacher::Gaussian => gaussian(random, NEURONS, DIMENSION, 1.0)?,
        Teacher::Orthonormal => Weights::orthonormal(NEURONS, NEURONS)?,
    };
    let top: Vec<f64> = (0..NEURONS).map(|_| top.draw(random)).collect();
    let start = symmetric_with_noise(random, &weights, X0, 0.0, X0 * noise)?;
    let target = state_of(weights.as_mat());
    let scale = target.iter().map(|x| x * x).sum::<f64>().sqrt();
    let problem = Population::matching(Network::with_top_weights(weights, top.clone())?);
    let flow = GradientFlow::new(problem);
    let method = GradientDescent::new(step);
    let stop = Stop::new().steps(ITERATIONS);
    let path = method.integrate(
        &flow,
        &state_of(start.as_mat()),
        &stop,
        &Record::EveryStep(1),
    )?;
    let errors: Vec<(f64, f64)> = path
        .states()
        .iter()
        .enumerate()
        .map(|(iteration, state)| {
            let square: f64 = state
                .iter()
                .zip(&target)
                .map(|(w, v)| (w - v) * (w - v))
                .sum();
            (iteration as f64, square.sqrt() / scale)
        })
        .collect();
    let ending = Ending::classify(&flow, &path, &EndingTolerances::default())?;
    let diverges = matches!(ending, Ending::Diverged { .. });
    let end = if long == 0 || diverges {
        word(&ending)
    } else {
        let stop = Stop::new().steps(long).rate_below(1e-8);
        let path = method.integrate(&flow, path.end(), &stop, &Record::Ends)?;
        word(&Ending::classify(
            &flow,
            &path,
            &EndingTolerances::default(),
        )?)
    };
    let mixed = top.iter().any(|a| *a < 0.0) && top.iter().any(|a| *a > 0.0);
    Ok(Run {
        errors,
        mixed,
        diverges,
        end,
    })
}

fn word(ending: &Ending) -> &'static str {
    match ending {
        Ending::Teacher { .. } => TEACHER,
        Ending::Permutation { .. } => "permutation",
        Ending::OtherGlobalMinimum { .. } => "other global minimum",
        Ending::Critical { .. } => "spurious critical point",
        Ending::OnItsWay { .. } => "on its way",
        Ending::Diverged { .. } => "diverged",
        _ => "undefined gradient",
    }
}

fn counts(runs: &[Run]) -> Value {
    let mut counts = Map::new();
    let close = runs.iter().filter(|run| run.last() < CLOSE).count();
    counts.insert("close after 100 iterations".to_owned(), close.into());
    let mut ends: Vec<&str> = runs.iter().map(|run| run.end).collect();
    ends.sort_unstable();
    for group in ends.chunk_by(|a, b| a == b) {
        counts.insert(format!("then {}", group[0]), group.len().into());
    }
    Value::Object(counts)
}

/// The errors of some runs up to `top`, with a guide at 1 if wanted.
fn draw(title: &str, top: f64, guide: bool, runs: &[Run]) -> String {
    let mut chart = Chart::new(
        title,
        Axis::linear("#iteration", 0.0, ITERATIONS as f64).step(20.0),
        Axis::linear("relative RMS error", 0.0, top)
            .step(0.2)
            .decimals(1),
    )
    .size(420.0, 330.0)
    .legend(Legend::Hidden);
    if guide {
        chart = chart.line(
            "",
            GUIDE,
            Stroke::Dashed,
            &[(0.0, 1.0), (ITERATIONS as f64, 1.0)],
        );
    }
    for (index, run) in runs.iter().take(DRAWN).enumerate() {
        let visible: Vec<(f64, f64)> = run
            .errors
            .iter()
            .copied()
            .take_while(|e| e.1.is_finite())
            .collect();
        chart = chart.line("", COLOURS[index % COLOURS.len()], Stroke::Solid, &visible);
    }
    chart.svg()
}
