//! Proposition 1 of Long, Yin & Xin 2021 on the paper's finite data: runs that stop with positive loss.

use hinge_classifier::{
    HingeLoss as _, HingeNetwork, PaperStart, PlanarPopulation, PolarGrid, Rays, Training,
    TrainingEnd, UniformAnnulus,
};

use crate::statistics::clopper_pearson;
use crate::{Context, Item, Kind, Outcome, Verdict};

/// The share of random starts that end at a critical point with positive loss, and of those that are not done.
pub const ITEM: Item = Item {
    id: "lyx-prop1",
    kind: Kind::Experiment,
    paper: "LYX Prop 1",
    title: "Critical points that are not global minima",
    run,
};

const STEP: f64 = 0.1;
/// Sines of angles between neurons below this count as a line.
const ON_A_LINE: f64 = 0.2;
const LIMIT: usize = 20_000;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let runs = context.pick(300, 10_000, 100_000);
    let network = HingeNetwork::simplified(3, 3)?;
    let objective = Rays::plane(network.clone(), 0, &PolarGrid::paper())?;
    let density = PlanarPopulation::new(network, 0, &UniformAnnulus::new(2, 1.0, 2.0)?)?;
    let training = Training::new(STEP)?.limit(LIMIT);
    let ends = context.map("runs", runs, |_, random| {
        let run = training.run(&objective, &PaperStart::Random.draw(random, 6, 2))?;
        let stuck = run.ending == TrainingEnd::CriticalPoint;
        // The same weights under the density: does the gradient vanish there too?
        let pull = if stuck {
            norm(&density.gradient(&run.weights)?)
        } else {
            f64::INFINITY
        };
        Ok((
            run.ending,
            run.loss,
            pull,
            norm(&objective.gradient(&run.weights)?),
            widest(&run.weights),
        ))
    })?;
    let stuck: Vec<_> = ends
        .iter()
        .filter(|end| end.0 == TrainingEnd::CriticalPoint)
        .collect();
    let unfinished = ends
        .iter()
        .filter(|end| !matches!(end.0, TrainingEnd::CriticalPoint | TrainingEnd::Goal))
        .count();
    let losses: Vec<f64> = stuck.iter().map(|end| end.1).collect();
    let (low, high) = clopper_pearson(stuck.len(), runs, 0.99);
    let least_pull = stuck.iter().map(|end| end.2).fold(f64::INFINITY, f64::min);
    let slow_sine = ends
        .iter()
        .filter(|end| end.0 == TrainingEnd::Limit)
        .map(|end| end.4)
        .fold(0.0, f64::max);
    let honest = stuck.iter().all(|end| end.3 == 0.0 && end.1 > 0.0);
    let outcome = Outcome::new(
        Verdict::of(honest && slow_sine < ON_A_LINE && least_pull > 0.0),
        format!(
            "{} of {runs} random runs with six neurons stop on the paper's grid with gradient exactly 0 and positive loss, a share \
             of {:.4} (99 % interval {low:.4} to {high:.4}). \
             {unfinished} have positive loss after {LIMIT} iterations: their three \
             positive neurons lie on one line (largest sine {slow_sine:.3}) and grow slowly.",
            stuck.len(),
            stuck.len() as f64 / runs as f64
        ),
    )
    .with("interval_99", serde_json::json!([low, high]))
    .with("unfinished", unfinished)
    .with("seed", context.seed());
    Ok(if losses.is_empty() {
        outcome
    } else {
        outcome
            .with(
                "least_loss_times_80",
                80.0 * losses.iter().copied().fold(f64::INFINITY, f64::min),
            )
            .with(
                "greatest_loss_times_80",
                80.0 * losses.iter().copied().fold(0.0, f64::max),
            )
            .with("least_gradient_under_density", least_pull)
    })
}

fn norm(gradient: &[f64]) -> f64 {
    gradient.iter().map(|g| g * g).sum::<f64>().sqrt()
}

/// The largest |sin| of the angles between the three positive neurons.
fn widest(weights: &[f64]) -> f64 {
    let mut widest = 0.0_f64;
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        let (u, w) = (&weights[2 * a..2 * a + 2], &weights[2 * b..2 * b + 2]);
        let sine = (u[0] * w[1] - u[1] * w[0]) / (norm(u) * norm(w));
        widest = widest.max(sine.abs());
    }
    widest
}
