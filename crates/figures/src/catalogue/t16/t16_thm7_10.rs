//! Theorem 7.10 of Tian 2016: every trajectory of the triangle converges.

use rand::RngExt;
use ssb::PlanarDynamics;
use teacher_student::{DormandPrince, Integrator as _, Record, Stop};

use crate::statistics::quantiles;
use crate::{Context, Item, Kind, Outcome, Verdict};

/// Trajectories from random points of the triangle.
pub const ITEM: Item = Item {
    id: "t16-thm7.10",
    kind: Kind::Experiment,
    paper: "T16 Thm 7.10; T17s L8",
    title: "Convergence of random trajectories",
    run,
};

const NEURONS: [usize; 6] = [2, 3, 5, 10, 30, 100];
const NEAR: f64 = 1e-8;
const PATIENCE: f64 = 1e4;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let each = context.pick(10, 50, 1000);
    let method = DormandPrince::default().relative_tolerance(1e-9);
    let found = context.map("starts", NEURONS.len() * each, |task, random| {
        let dynamics = PlanarDynamics::new(NEURONS[task % NEURONS.len()])?;
        let (a, b): (f64, f64) = (random.random(), random.random());
        let stop = Stop::new()
            .time(PATIENCE)
            .distance_below(vec![1.0, 0.0], NEAR);
        let start = [a.max(b), a.min(b)];
        let path = method.integrate(&dynamics, &start, &stop, &Record::EveryStep(1))?;
        let end = path.end();
        let losses = path
            .states()
            .iter()
            .map(|state| dynamics.loss(state[0], state[1]))
            .collect::<Result<Vec<f64>, _>>()?;
        let rise = losses
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .fold(0.0, f64::max);
        let inside = path
            .states()
            .iter()
            .all(|s| s[1] >= -NEAR && s[0] > s[1] && s[0] <= 1.0 + NEAR);
        Ok((
            (end[0] - 1.0).hypot(end[1]) <= 2.0 * NEAR,
            path.end_time(),
            rise,
            inside,
        ))
    })?;
    let arrived = found.iter().filter(|f| f.0).count();
    let inside = found.iter().filter(|f| f.3).count();
    let times: Vec<f64> = found.iter().map(|f| f.1).collect();
    let [median, last] = quantiles(&times, [0.5, 1.0]);
    Ok(Outcome::new(
        Verdict::of(arrived == found.len() && inside == found.len()),
        format!(
            "{arrived} of {} trajectories from random points with 0 ≤ y < x ≤ 1, K = 2…100, came within {NEAR:.0e} of \
             (x, y) = (1, 0), that is (y, ε) = (0, 1); {inside} stayed in the triangle.",
            found.len()
        ),
    )
    .with("median_time", median)
    .with("longest_time", last)
    .with("largest_rise_of_the_loss", found.iter().map(|f| f.2).fold(0.0, f64::max))
    .with("seed", context.seed()))
}
