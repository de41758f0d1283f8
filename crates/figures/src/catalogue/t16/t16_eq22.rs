//! Equations 22 and 23 of Tian 2016: the second moments of a sector.

use std::f64::consts::TAU;

use relu_gating::sector_second_moment;

use crate::statistics::Comparisons;
use crate::{Context, Item, Kind, Outcome};

/// E\[x xᵀ; x in a sector\] by Monte Carlo.
pub const ITEM: Item = Item {
    id: "t16-eq22",
    kind: Kind::Experiment,
    paper: "T16 Eq 22–23; T17s Eq 3–4",
    title: "Second moments of a sector against Monte Carlo",
    run,
};

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let angles = context.pick(12, 48, 96);
    let samples = context.pick(20_000, 200_000, 1_000_000);
    let found = context.map("angles", angles, |task, random| {
        let opening = TAU * (task as f64 + 0.5) / angles as f64;
        let products_at = |x: &[f64; 3]| {
            // (x₁, x₂) = (r sin φ, r cos φ).
            let inside = x[0].atan2(x[1]).rem_euclid(TAU) <= opening;
            let pairs = [(0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2)];
            pairs.map(|(i, j)| if inside { x[i] * x[j] } else { 0.0 })
        };
        let moment = sector_second_moment(opening)?;
        let [[a, b], [_, d]] = moment.in_plane;
        let truth = [a, b, d, 0.0, 0.0, moment.out_of_plane];
        Ok(Comparisons::of_means(random, samples, products_at, &truth))
    })?;
    let all = Comparisons::joined(&found);
    let outcome = all.outcome(&format!("entries of R(φ₀) at {angles} openings φ₀, d = 3"));
    Ok(all.evidence(outcome, context))
}
