//! Equation 9 of Tian 2016: without gates, descent converges from everywhere.

use faer::Mat;
use rand::RngExt;
use relu_gating::{Gaussian, InputLaw, LinearDynamics};

use crate::{Context, Item, Kind, Outcome, Verdict};

/// The measured rate of linear descent against the spectral radius, and its divergence past 2/λ.
pub const ITEM: Item = Item {
    id: "t16-eq9",
    kind: Kind::Experiment,
    paper: "T16 Eq 9",
    title: "Linear descent: measured rate of convergence",
    run,
};

const DIMENSION: usize = 6;
const SAMPLES: usize = 40;
/// Steps before the rate is measured, and over which it is.
const SETTLE: usize = 4000;
const MEASURE: usize = 200;
/// After [`SETTLE`] steps the slower directions have died out unless two rates agree to 1e-3; over
/// [`MEASURE`] steps the mean rate is then known to this.
const TOLERANCE: f64 = 1e-3;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let runs = context.pick(24, 100, 400);
    let found = context.map("runs", runs, |task, random| {
        let mut x = [0.0; DIMENSION];
        let mut data = Mat::zeros(SAMPLES, DIMENSION);
        for row in 0..SAMPLES {
            Gaussian.sample(random, &mut x);
            for (column, value) in x.iter().enumerate() {
                data[(row, column)] = *value;
            }
        }
        let dynamics = LinearDynamics::from_data(data.as_ref())?;
        // Every third run has a step that is too large.
        let share = random.random::<f64>();
        let over = task % 3 == 2;
        let share = if over {
            1.01 + 0.2 * share
        } else {
            0.05 + 0.94 * share
        };
        let step = share * dynamics.largest_step();
        let rate = measure(&dynamics, step)?;
        Ok((over, rate, dynamics.spectral_radius(step)))
    })?;
    let mut worst: f64 = 0.0;
    let (mut converged, mut diverged, mut right) = (0, 0, true);
    for (over, rate, radius) in &found {
        worst = worst.max((rate - radius).abs());
        right &= (*rate > 1.0) == *over;
        if *over { diverged += 1 } else { converged += 1 }
    }
    Ok(Outcome::new(
        Verdict::of(right && worst <= TOLERANCE),
        format!(
            "{converged} runs with η < 2/λ_max converged and {diverged} with a larger η diverged; the measured factor \
             per step differs from ρ(I − ηS) by at most {worst:.1e}."
        ),
    )
    .with("runs", runs)
    .with("largest_difference_of_rates", worst)
    .with("tolerance", TOLERANCE)
    .with("dimension", DIMENSION)
    .with("samples", SAMPLES)
    .with("seed", context.seed()))
}

/// The mean factor per step by which the distance to the teacher changes, after settling.
fn measure(dynamics: &LinearDynamics, step: f64) -> anyhow::Result<f64> {
    let teacher = [0.0; DIMENSION];
    let mut w: Vec<f64> = (0..DIMENSION).map(|i| 1.0 + 0.1 * i as f64).collect();
    let mut total = 0.0;
    for iteration in 0..SETTLE + MEASURE {
        w = dynamics.step(&w, &teacher, step)?;
        let norm = w.iter().map(|w| w * w).sum::<f64>().sqrt();
        if iteration >= SETTLE {
            total += norm.ln();
        }
        // The dynamics is linear: its rate does not depend on the length.
        for w in &mut w {
            *w /= norm;
        }
    }
    Ok((total / MEASURE as f64).exp())
}
