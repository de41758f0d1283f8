//! Equation 16 of Tian 2016: two coordinates stand for all weights.

use rand::RngExt;
use ssb::PlanarDynamics;
use teacher_student::{Network, Objective as _, Population, Weights};

use crate::{Context, Item, Kind, Outcome, Verdict};

/// The planar velocity against the gradient of the full network.
pub const ITEM: Item = Item {
    id: "t16-eq16",
    kind: Kind::Experiment,
    paper: "T16 Eq 16–17; T17s Eq 69–70",
    title: "Planar dynamics against the full gradient",
    run,
};

const NEURONS: [usize; 7] = [2, 3, 5, 8, 13, 21, 34];
/// The sums of the full gradient have K terms of size up to 1; each rounds at 1e-16.
const TOLERANCE: f64 = 1e-12;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let points = context.pick(20, 200, 1000);
    let found = context.map("points", NEURONS.len() * points, |task, random| {
        let neurons = NEURONS[task % NEURONS.len()];
        let (x, y) = (
            2.0 * random.random::<f64>() - 0.5,
            2.0 * random.random::<f64>() - 0.5,
        );
        let dynamics = PlanarDynamics::new(neurons)?;
        let planar = dynamics.velocity(x, y)?;
        let teacher = Network::new(Weights::orthonormal(neurons, neurons)?);
        let gradient = Population::matching(teacher).gradient(dynamics.lift(x, y)?.as_mat())?;
        let mut gap: f64 = 0.0;
        for j in 0..neurons {
            for i in 0..neurons {
                let velocity = planar[usize::from(i != j)];
                gap = gap.max((velocity + gradient[(j, i)]).abs());
            }
        }
        Ok(gap / gradient.norm_max())
    })?;
    let worst = found.iter().copied().fold(0.0, f64::max);
    Ok(Outcome::new(
        Verdict::of(worst <= TOLERANCE),
        format!(
            "At {} random points of [−0.5, 1.5]², K = 2…34, all K² entries of the full gradient agree with the planar \
             velocity to {worst:.1e}.",
            found.len()
        ),
    )
    .with("largest_relative_gap", worst)
    .with("allowed", TOLERANCE)
    .with("K", NEURONS.to_vec())
    .with("seed", context.seed()))
}
