//! Lemma 7.7 of Tian 2016: the coordinates (β, ε).

use rand::RngExt;
use ssb::{PlanarDynamics, Reparametrization};

use crate::{Context, Item, Kind, Outcome, Verdict};

/// There and back between (x, y) and (β, ε), and the identity for β.
pub const ITEM: Item = Item {
    id: "t16-l7.7",
    kind: Kind::Experiment,
    paper: "T16 L7.7; T17s L5",
    title: "Reparametrisation by β",
    run,
};

const NEURONS: [usize; 7] = [2, 3, 5, 10, 30, 100, 1000];
/// Roundings of a dozen operations, relative.
const TOLERANCE: f64 = 1e-13;

/// A few units in the last place.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let points = context.pick(2000, 50_000, 500_000);
    let found = context.map("K", NEURONS.len(), |task, random| {
        let neurons = NEURONS[task];
        let k = neurons as f64;
        let map = Reparametrization::new(neurons)?;
        let dynamics = PlanarDynamics::new(neurons)?;
        let (mut there, mut identity): (f64, f64) = (0.0, 0.0);
        let mut outside = 0_usize;
        for _ in 0..points {
            let (a, b): (f64, f64) = (random.random(), random.random());
            let (x, y) = (a.max(b), a.min(b));
            if x <= y {
                continue;
            }
            let point = map.forward(x, y)?;
            let [x_back, y_back] = map.inverse(&point);
            there = there.max((x - x_back).hypot(y - y_back) / x);
            let angles = dynamics.angles(x, y)?;
            let beta = angles.theta().cos() + (k - 1.0).sqrt() * angles.theta().sin();
            identity = identity.max((beta / point.beta() - 1.0).abs());
            // β < √K is the same as β₂ > 0, and rounds to √K where β₂ is below 1e-8.
            let inside = point.beta() >= 1.0 - ROUNDING
                && point.beta() <= k.sqrt() * (1.0 + ROUNDING)
                && point.beta_two() > 0.0
                && point.beta_two() <= 1.0;
            outside += usize::from(!inside);
        }
        Ok((there, identity, outside))
    })?;
    let there = found.iter().map(|f| f.0).fold(0.0, f64::max);
    let identity = found.iter().map(|f| f.1).fold(0.0, f64::max);
    let outside: usize = found.iter().map(|f| f.2).sum();
    Ok(Outcome::new(
        Verdict::of(there <= TOLERANCE && identity <= TOLERANCE && outside == 0),
        format!(
            "At {} random points, K = 2…1000: there and back to {there:.1e}, β = cos θ + √(K−1) sin θ to \
             {identity:.1e}, and {outside} values of β outside [1, √K).",
            points * NEURONS.len()
        ),
    )
    .with("largest_gap_there_and_back", there)
    .with("largest_gap_of_the_identity", identity)
    .with("allowed", TOLERANCE)
    .with("seed", context.seed()))
}
