//! Theorem 1 of Tian 2017: the population gating in closed form.

use std::f64::consts::PI;

use rand::RngExt;
use relu_gating::population_gating;

use crate::statistics::Comparisons;
use crate::{Context, Item, Kind, Outcome};

/// E\[F(e, w)\] by Monte Carlo, coordinate by coordinate.
pub const ITEM: Item = Item {
    id: "t17-thm1",
    kind: Kind::Experiment,
    paper: "T17 Thm 1, Eq 5; T16 L3.1, L7.2",
    title: "Population gating against Monte Carlo",
    run,
};

const DIMENSION: usize = 5;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let pairs = context.pick(16, 60, 200);
    let samples = context.pick(20_000, 200_000, 1_000_000);
    let found = context.map("pairs", pairs, |_, random| {
        let angle = PI * random.random::<f64>();
        let length = 0.1 + 2.0 * random.random::<f64>();
        let (mut e, mut w) = (vec![0.0; DIMENSION], vec![0.0; DIMENSION]);
        // Any plane serves: the samples do not know the axes.
        (e[0], w[0], w[1]) = (1.0, length * angle.cos(), length * angle.sin());
        let gated_at = |x: &[f64; DIMENSION]| {
            let along: f64 = x.iter().zip(&e).map(|(x, e)| x * e).sum();
            let response: f64 = x.iter().zip(&w).map(|(x, w)| x * w).sum();
            let gated = if along > 0.0 && response > 0.0 {
                response
            } else {
                0.0
            };
            x.map(|x| gated * x)
        };
        let truth = population_gating(&e, &w)?;
        Ok(Comparisons::of_means(random, samples, gated_at, &truth))
    })?;
    let all = Comparisons::joined(&found);
    let outcome = all.outcome(&format!(
        "coordinates of E F(e, w) at {pairs} random angles"
    ));
    Ok(all.evidence(outcome.with("dimension", DIMENSION), context))
}
