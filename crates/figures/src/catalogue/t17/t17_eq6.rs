//! Equation 6 of Tian 2017: the population gradient of one unit.

use rand::RngExt;
use relu_gating::{Gaussian, InputLaw, single_unit_gradient};

use crate::statistics::Comparisons;
use crate::{Context, Item, Kind, Outcome};

/// E\[∇J\] of one unit by Monte Carlo, coordinate by coordinate.
pub const ITEM: Item = Item {
    id: "t17-eq6",
    kind: Kind::Experiment,
    paper: "T17 Eq 6; T16 Eq 11",
    title: "Gradient of one unit against Monte Carlo",
    run,
};

const DIMENSION: usize = 4;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let pairs = context.pick(16, 60, 200);
    let samples = context.pick(20_000, 200_000, 1_000_000);
    let found = context.map("pairs", pairs, |_, random| {
        let mut w = [0.0; DIMENSION];
        let mut teacher = [0.0; DIMENSION];
        Gaussian.sample(random, &mut w);
        Gaussian.sample(random, &mut teacher);
        let length = 0.2 + 3.0 * random.random::<f64>();
        for w in &mut w {
            *w *= length;
        }
        let gradient_at = |x: &[f64; DIMENSION]| {
            let student: f64 = x.iter().zip(&w).map(|(x, w)| x * w).sum();
            let target: f64 = x.iter().zip(&teacher).map(|(x, w)| x * w).sum();
            let residual = if student > 0.0 {
                student - target.max(0.0)
            } else {
                0.0
            };
            x.map(|x| residual * x)
        };
        let truth = single_unit_gradient(&w, &teacher)?;
        Ok(Comparisons::of_means(random, samples, gradient_at, &truth))
    })?;
    let all = Comparisons::joined(&found);
    let outcome = all.outcome(&format!(
        "coordinates of the gradient at {pairs} random pairs (w, w*)"
    ));
    Ok(all.evidence(outcome.with("dimension", DIMENSION), context))
}
