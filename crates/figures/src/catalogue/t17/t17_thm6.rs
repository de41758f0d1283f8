//! Theorem 6 of Tian 2017: how often uniform starts near the origin converge.

use rand::Rng;
use relu_gating::Angle;
use serde_json::json;
use teacher_student::single_unit::{
    basin_probability, guarantee_slack, guaranteed_probability, guaranteed_ratio, in_basin,
    polar_rate, uniform_in_ball,
};
use teacher_student::{DormandPrince, FieldError, Integrator as _, Record, Stop, VectorField};

use crate::statistics::clopper_pearson;
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, Legend, Mark, Stroke};

/// Measured frequencies of landing in Ω and of converging, beside the exact probability and the bound.
pub const ITEM: Item = Item {
    id: "t17-thm6",
    kind: Kind::Experiment,
    paper: "T17 Thm 6; T16 Thms 3.3, 7.4",
    title: "Uniform starts near the origin",
    run,
};

const DIMENSIONS: [usize; 9] = [2, 3, 5, 10, 20, 50, 100, 300, 1000];
const EPSILONS: [f64; 4] = [0.1, 0.25, 0.5, 1.0];
/// A run has converged this near w*, in ‖w*‖.
const NEAR: f64 = 1e-4;
/// From the opposite half space the angle takes a time of order log(1/(π − θ⁰)) to turn.
const PATIENCE: f64 = 1e4;
/// Starts of one task.
const BATCH: usize = 500;
const LEVEL: f64 = 0.99;
const LEVEL_VERDICT: f64 = 1.0 - 5.7e-7;

/// The runs of one dimension and one ε.
struct Cell {
    dimension: usize,
    epsilon: f64,
    starts: usize,
    landed: usize,
    /// Converged among those that landed in Ω, and among the others.
    converged: [usize; 2],
    exact: f64,
    bound: f64,
    slowest: f64,
}

impl Cell {
    fn all_converged(&self) -> usize {
        self.converged[0] + self.converged[1]
    }
}

struct Batch {
    landed: usize,
    converged: [usize; 2],
    slowest: f64,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let batches = context.pick(1_usize, 4, 100);
    let places = DIMENSIONS.len() * EPSILONS.len();
    let found = context.map("starts", places * batches, |task, random| {
        let place = task / batches;
        batch(
            DIMENSIONS[place / EPSILONS.len()],
            EPSILONS[place % EPSILONS.len()],
            random,
        )
    })?;
    let mut cells = Vec::new();
    for (place, parts) in found.chunks(batches).enumerate() {
        let (dimension, epsilon) = (
            DIMENSIONS[place / EPSILONS.len()],
            EPSILONS[place % EPSILONS.len()],
        );
        let ratio = guaranteed_ratio(dimension, epsilon)?;
        cells.push(Cell {
            dimension,
            epsilon,
            starts: BATCH * batches,
            landed: parts.iter().map(|part| part.landed).sum(),
            converged: [0, 1].map(|which| parts.iter().map(|part| part.converged[which]).sum()),
            exact: basin_probability(dimension, ratio)?.probability,
            bound: guaranteed_probability(epsilon)?,
            slowest: parts.iter().map(|part| part.slowest).fold(0.0, f64::max),
        });
    }

    let covered = |cell: &Cell, level: f64| {
        let (low, high) = clopper_pearson(cell.landed, cell.starts, level);
        low <= cell.exact && cell.exact <= high
    };
    let consistent = cells.iter().all(|cell| covered(cell, LEVEL_VERDICT));
    let above = cells.iter().all(|cell| {
        cell.exact >= cell.bound
            && clopper_pearson(cell.all_converged(), cell.starts, LEVEL_VERDICT).0 >= cell.bound
    });
    let starts: usize = cells.iter().map(|cell| cell.starts).sum();
    let converged: usize = cells.iter().map(Cell::all_converged).sum();
    let landed: usize = cells.iter().map(|cell| cell.landed).sum();
    let inside: usize = cells.iter().map(|cell| cell.converged[0]).sum();
    let (low, high) = clopper_pearson(converged, starts, LEVEL);
    let slowest = cells.iter().map(|cell| cell.slowest).fold(0.0, f64::max);

    let picture = Picture::new(CAPTION)
        .parameter("d", DIMENSIONS.to_vec())
        .parameter("ε", EPSILONS.to_vec())
        .parameter("starts for each d and ε", BATCH * batches)
        .parameter("start", "uniform in B_r, r = ε√(2π/(d+1))‖w*‖")
        .parameter("flow", format!("in the norm and the angle to w*, which determine it in any d; Dormand–Prince, relative tolerance 1e-6, to a distance of {NEAR}‖w*‖"))
        .parameter("intervals", "Clopper–Pearson, 99 %")
        .panel("frequency", "Frequencies against the bound", frequencies(&cells)?)
        .panel("slack", "Slack of the bound", slack()?)
        .table(table(&cells));
    Ok(Outcome::new(
        Verdict::of(consistent && above && inside == landed),
        format!(
            "{converged} of {starts} starts converge to w*, {} of them from outside Ω: at 99 % confidence a share above \
             {low:.5}, against a guarantee of at most {:.3}. The share that lands in Ω is the exact one: {} of {} \
             intervals of 99 % cover it.",
            converged - inside,
            (1.0 - EPSILONS[0]) / 2.0,
            cells.iter().filter(|cell| covered(cell, LEVEL)).count(),
            cells.len()
        ),
    )
    .with("starts", starts)
    .with("landed_in_omega", landed)
    .with("converged_from_omega", inside)
    .with("converged_from_outside", converged - inside)
    .with("not_converged", starts - converged)
    .with("share_converged", json!({ "share": converged as f64 / starts as f64, "low": low, "high": high }))
    .with("longest_time", slowest)
    .with("why", "the angle to w* decreases from every start off the ray −c w*, which has probability 0")
    .with("confidence", LEVEL)
    .with("seed", context.seed())
    .with_figure(picture))
}

const CAPTION: &str = "Tian 2017, Theorem 6: starts uniform in B_r with r = ε√(2π/(d+1))‖w*‖. Left: the share that lands in \
Ω (points with 99 % intervals), its exact probability (lines) and the bound (1 − ε)/2 (dashed); the squares above are the share \
that converges, with intervals too: it is 1 in every case. Right: the exact probability minus the bound, and its limit ½(ε − erf(ε√π/2)) \
(dashed): the bound on landing in Ω is tight for small ε, but landing in Ω is not needed.";

/// The flow of one unit in the polar coordinates (‖w‖, θ) of the plane of w and w*, for ‖w*‖ = 1.
struct Polar;

impl VectorField for Polar {
    fn dimension(&self) -> usize {
        2
    }

    fn evaluate(&self, state: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        let polar = polar_rate(state[0], 1.0, Angle::from_radians(state[1].max(0.0))?)?;
        rate.copy_from_slice(&[polar.norm, polar.angle]);
        Ok(())
    }
}

/// A batch of starts in dimension d. The flow stays in the plane of w⁰ and w*, where it is that of d = 2.
fn batch<R: Rng>(dimension: usize, epsilon: f64, random: &mut R) -> anyhow::Result<Batch> {
    let radius = guaranteed_ratio(dimension, epsilon)?;
    let method = DormandPrince::default()
        .relative_tolerance(1e-6)
        .absolute_tolerance(1e-9);
    let stop = Stop::new()
        .time(PATIENCE)
        .distance_below(vec![1.0, 0.0], NEAR);
    let mut teacher = vec![0.0; dimension];
    teacher[0] = 1.0;
    let mut w = vec![0.0; dimension];
    let mut batch = Batch {
        landed: 0,
        converged: [0; 2],
        slowest: 0.0,
    };
    for _ in 0..BATCH {
        uniform_in_ball(random, radius, &mut w)?;
        let inside = in_basin(&w, &teacher)?;
        batch.landed += usize::from(inside);
        let norm = w.iter().map(|x| x * x).sum::<f64>().sqrt();
        let start = [norm, Angle::between(&w, &teacher)?.radians()];
        let path = method.integrate(&Polar, &start, &stop, &Record::Ends)?;
        if path.outcome().is_converged() {
            batch.converged[usize::from(!inside)] += 1;
        }
        batch.slowest = batch.slowest.max(path.end_time());
    }
    Ok(batch)
}

fn frequencies(cells: &[Cell]) -> anyhow::Result<String> {
    let mut chart = Chart::new(
        "Starts that land in Ω and starts that converge",
        Axis::log("dimension d", 1.5, 1500.0),
        Axis::linear("probability", 0.0, 1.05).step(0.1).decimals(1),
    )
    .size(700.0, 480.0)
    .legend(Legend::Outside);
    for (index, epsilon) in EPSILONS.into_iter().enumerate() {
        let colour = COLOURS[index];
        let bound = guaranteed_probability(epsilon)?;
        let mut exact = Vec::new();
        for d in (2..=20).chain((25..=1000).step_by(25)) {
            exact.push((
                d as f64,
                basin_probability(d, guaranteed_ratio(d, epsilon)?)?.probability,
            ));
        }
        // A little apart, so that the intervals can be told from each other.
        let shift = 1.06_f64.powf(index as f64 - 1.5);
        let row: Vec<&Cell> = cells
            .iter()
            .filter(|cell| cell.epsilon == epsilon)
            .collect();
        let share = |cell: &&Cell, hits: usize| {
            (
                shift * cell.dimension as f64,
                hits as f64 / cell.starts as f64,
            )
        };
        let landed: Vec<(f64, f64)> = row.iter().map(|cell| share(cell, cell.landed)).collect();
        let converged: Vec<(f64, f64)> = row
            .iter()
            .map(|cell| share(cell, cell.all_converged()))
            .collect();
        chart = chart
            .line(&format!("Ω, ε = {epsilon}"), colour, Stroke::Solid, &exact)
            .line("", colour, Stroke::Dashed, &[(1.5, bound), (1500.0, bound)])
            .points("", colour, Mark::Disc, &landed)
            .points(
                if index == 0 { "converge, any ε" } else { "" },
                colour,
                Mark::Square,
                &converged,
            );
        for cell in row {
            for hits in [cell.landed, cell.all_converged()] {
                let (low, high) = clopper_pearson(hits, cell.starts, LEVEL);
                let x = shift * cell.dimension as f64;
                chart = chart.thin(colour, &[(x, low), (x, high)]);
            }
        }
    }
    Ok(chart.svg())
}

fn slack() -> anyhow::Result<String> {
    let mut chart = Chart::new(
        "Exact probability of Ω minus (1 − ε)/2",
        Axis::log("dimension d", 2.0, 1e4),
        Axis::log("slack", 1e-5, 1.0),
    )
    .legend(Legend::TopRight);
    for (index, epsilon) in EPSILONS.into_iter().enumerate() {
        let mut points = Vec::new();
        for step in 0..=60 {
            let d = 2.0 * 5000_f64.powf(f64::from(step) / 60.0);
            // In [2, 10⁴].
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let d = d.round() as usize;
            points.push((d as f64, guarantee_slack(d, epsilon)?));
        }
        let limit = (epsilon
            - statrs::function::erf::erf(epsilon * std::f64::consts::PI.sqrt() / 2.0))
            / 2.0;
        chart = chart
            .line(
                &format!("ε = {epsilon}"),
                COLOURS[index],
                Stroke::Solid,
                &points,
            )
            .line(
                "",
                COLOURS[index],
                Stroke::Dashed,
                &[(2.0, limit), (1e4, limit)],
            );
    }
    Ok(chart.svg())
}

fn table(cells: &[Cell]) -> Table {
    let header = [
        "d",
        "epsilon",
        "starts",
        "landed_in_omega",
        "landed_low",
        "landed_high",
        "exact_probability",
        "bound",
        "converged",
        "converged_low",
        "converged_high",
        "converged_from_outside",
        "longest_time",
    ];
    let mut table = Table::new("frequencies", &header);
    for cell in cells {
        let landed = clopper_pearson(cell.landed, cell.starts, LEVEL);
        let converged = clopper_pearson(cell.all_converged(), cell.starts, LEVEL);
        table.row(&[
            &cell.dimension,
            &cell.epsilon,
            &cell.starts,
            &cell.landed,
            &landed.0,
            &landed.1,
            &cell.exact,
            &cell.bound,
            &cell.all_converged(),
            &converged.0,
            &converged.1,
            &cell.converged[1],
            &cell.slowest,
        ]);
    }
    table
}
