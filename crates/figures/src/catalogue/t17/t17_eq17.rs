//! Equations 17 and 18 of Tian 2017: symmetric weights have symmetric gradients.

use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use ssb::{OrthogonalGroup, SymmetricReduction};
use teacher_student::{
    GradientDescent, GradientFlow, Integrator as _, Objective as _, Record, Stop, state_of,
};

use crate::{Context, Item, Kind, Outcome, Verdict};

/// The gradient of one neuron, moved by the group, against the gradient of all.
pub const ITEM: Item = Item {
    id: "t17-eq17",
    kind: Kind::Experiment,
    paper: "T17 Eq 17–18; T16 Eq 14–15",
    title: "Gradients and trajectories keep the symmetry",
    run,
};

/// Two evaluations of one gradient: a few dozen roundings of numbers of its size.
const TOLERANCE: f64 = 1e-12;
/// The rounding of 100 steps, each of which may enlarge what is there by a factor of 1 + η·(K/2).
const DRIFT: f64 = 1e-10;
const STEPS: usize = 100;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let runs = context.pick(12, 60, 240);
    let found = context.map("runs", runs, |task, random| {
        // Cyclic shifts of 2 to 8 coordinates, all permutations of 3, quarter turns of the plane.
        let group = match task % 3 {
            0 => OrthogonalGroup::cyclic(2 + task / 3 % 7)?,
            1 => OrthogonalGroup::symmetric(3)?,
            _ => quarter_turns()?,
        };
        let dimension = group.dimension();
        let teacher = vector(random, dimension);
        let start = vector(random, dimension);
        let reduction = SymmetricReduction::new(group, teacher)?;
        let population = reduction.population()?;
        let weights = reduction.group().orbit(&start)?;
        let full = population.gradient(weights.as_mat())?;
        let lifted = reduction.lifted_gradient(&start)?;
        let gap = (&full - &lifted).norm_max() / full.norm_max();

        let step = 0.5 / weights.neurons() as f64;
        let path = GradientDescent::new(step).integrate(
            &GradientFlow::new(population),
            &state_of(weights.as_mat()),
            &Stop::new().steps(STEPS),
            &Record::Ends,
        )?;
        let end = path.end();
        let orbit = state_of(reduction.group().orbit(&end[..dimension])?.as_mat());
        let size = end.iter().fold(0.0_f64, |size, w| size.max(w.abs()));
        let drift = end
            .iter()
            .zip(&orbit)
            .fold(0.0_f64, |worst, (a, b)| worst.max((a - b).abs()))
            / size;
        Ok((gap, drift))
    })?;
    let gap = found.iter().map(|f| f.0).fold(0.0, f64::max);
    let drift = found.iter().map(|f| f.1).fold(0.0, f64::max);
    Ok(Outcome::new(
        Verdict::of(gap <= TOLERANCE && drift <= DRIFT),
        format!(
            "For {runs} random starts under three kinds of groups, P_j ∇J_1 is the gradient of neuron j to {gap:.1e}, \
             and {STEPS} steps of descent leave the orbit by at most {drift:.1e}."
        ),
    )
    .with("groups", "cyclic shifts of 2…8 coordinates, permutations of 3, quarter turns of the plane")
    .with("largest_relative_gap", gap)
    .with("allowed_gap", TOLERANCE)
    .with("largest_relative_drift", drift)
    .with("allowed_drift", DRIFT)
    .with("seed", context.seed()))
}

fn quarter_turns() -> anyhow::Result<OrthogonalGroup> {
    let turn = |cos: f64, sin: f64| {
        faer::Mat::from_fn(2, 2, |i, j| match (i, j) {
            (0, 0) | (1, 1) => cos,
            (0, 1) => -sin,
            _ => sin,
        })
    };
    let turns = vec![
        turn(1.0, 0.0),
        turn(0.0, 1.0),
        turn(-1.0, 0.0),
        turn(0.0, -1.0),
    ];
    Ok(OrthogonalGroup::from_matrices(turns, 1e-14)?)
}

fn vector<R: Rng>(random: &mut R, dimension: usize) -> Vec<f64> {
    (0..dimension)
        .map(|_| random.sample(StandardNormal))
        .collect()
}
