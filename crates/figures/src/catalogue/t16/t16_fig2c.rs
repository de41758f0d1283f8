//! Figure 2(c) of Tian 2016: the geometry of the planar flow of one unit, from random starts.

use std::f64::consts::PI;

use rand::RngExt;
use relu_gating::Angle;
use teacher_student::single_unit::{in_basin, norm_floor};
use teacher_student::{
    DormandPrince, GradientFlow, Integrator as _, Network, Population, Record, Stop, Weights,
};

use crate::{Context, Item, Kind, Outcome, Verdict};

/// Invariance of Ω, decrease of the angle and distance from the origin along random trajectories.
pub const ITEM: Item = Item {
    id: "t16-fig2c",
    kind: Kind::Experiment,
    paper: "T16 Fig 2",
    title: "Geometry of the planar flow of one unit",
    run,
};

const TEACHER: [f64; 2] = [1.0, 0.0];
const LARGEST: f64 = 3.0;
const NEAR: f64 = 1e-6;
const PATIENCE: f64 = 1e3;
/// The integrator keeps a relative error of 1e-10 a step, over some hundred steps.
const SLACK: f64 = 1e-8;

struct Path {
    arrived: bool,
    inside: bool,
    left: bool,
    /// Largest rise of the angle between steps.
    rise: f64,
    /// Least ‖w‖ over its floor.
    clearance: f64,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let runs = context.pick(60, 600, 20_000);
    let teacher = Network::new(Weights::from_rows(&[TEACHER.to_vec()])?);
    let flow = GradientFlow::new(Population::matching(teacher));
    let method = DormandPrince::default().relative_tolerance(1e-10);
    let stop = Stop::new()
        .time(PATIENCE)
        .distance_below(TEACHER.to_vec(), NEAR);
    let paths = context.map("starts", runs, |_, random| {
        let norm = LARGEST * random.random::<f64>();
        let turn = PI * (2.0 * random.random::<f64>() - 1.0);
        let start = [norm * turn.cos(), norm * turn.sin()];
        let angle = Angle::between(&start, &TEACHER)?;
        let floor = norm_floor(norm, 1.0, angle)?;
        let inside = in_basin(&start, &TEACHER)?;
        let path = method.integrate(&flow, &start, &stop, &Record::EveryStep(1))?;
        let (mut before, mut rise, mut left) = (angle.radians(), 0.0_f64, false);
        let mut least = f64::INFINITY;
        for w in path.states() {
            let angle = Angle::between(w, &TEACHER)?.radians();
            rise = rise.max(angle - before);
            before = angle;
            left |= inside && !in_basin(w, &TEACHER)?;
            least = least.min(w[0].hypot(w[1]));
        }
        let arrived = path.outcome().is_converged();
        Ok(Path {
            arrived,
            inside,
            left,
            rise,
            clearance: least / floor,
        })
    })?;
    let count = |of: fn(&Path) -> bool| paths.iter().filter(|path| of(path)).count();
    let (arrived, inside, left) = (count(|p| p.arrived), count(|p| p.inside), count(|p| p.left));
    let rise = paths.iter().map(|path| path.rise).fold(0.0, f64::max);
    let clearance = paths
        .iter()
        .map(|path| path.clearance)
        .fold(f64::INFINITY, f64::min);
    Ok(Outcome::new(
        Verdict::of(arrived == runs && left == 0 && rise <= SLACK && clearance >= 1.0 - SLACK),
        format!(
            "Of {runs} random trajectories {arrived} reach w*; of {inside} that start in Ω {left} leave it; the angle to \
             w* never rises and none comes nearer to the origin than min(‖w⁰‖, ‖w*‖h(θ⁰)/π)."
        ),
    )
    .with("starts_outside", runs - inside)
    .with("largest_rise_of_angle", rise)
    .with("least_norm_over_floor", clearance)
    .with("allowed", SLACK)
    .with("seed", context.seed()))
}
