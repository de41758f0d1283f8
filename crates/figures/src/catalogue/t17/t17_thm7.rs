//! Theorem 7 of Tian 2017: where the symmetric dynamics ends.

use serde_json::json;
use ssb::{PlanarDynamics, SymmetricSaddle};
use teacher_student::{DormandPrince, Integrator as _, Network, Population, Record, Stop, Weights};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, MARK, Mark, Stroke};

/// Limits from a grid of starts, the diagonal included, and the spectrum at the saddle.
pub const ITEM: Item = Item {
    id: "t17-thm7",
    kind: Kind::Experiment,
    paper: "T17 Thm 7; T16 Thm 4.1, Cor 4.2",
    title: "Limits of the symmetric dynamics",
    run,
};

const NEURONS: [usize; 6] = [2, 3, 5, 10, 30, 100];
const DRAWN: usize = 5;
/// Hessians up to this K: the matrix has K² rows.
const SPECTRA: [usize; 5] = [2, 3, 4, 6, 8];
/// A run has converged when it is this near its limit.
const NEAR: f64 = 1e-6;
/// Longer than any start of the grid needs: the slowest rate is that of K = 2 near (1, 0).
const PATIENCE: f64 = 1e4;
/// Eigenvalues of this size are zero: the entries are of order K and round at 1e-15.
const ZERO: f64 = 1e-10;

struct Run {
    neurons: usize,
    start: [f64; 2],
    diagonal: bool,
    arrived: bool,
    time: f64,
    path: Vec<(f64, f64)>,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let grid = context.pick(8_usize, 16, 32);
    let mut starts = Vec::new();
    for neurons in NEURONS {
        for column in 1..=grid {
            for row in 0..=column {
                let start = [column as f64 / grid as f64, row as f64 / grid as f64];
                starts.push((neurons, start, row == column));
            }
        }
    }
    let method = DormandPrince::default().relative_tolerance(1e-9);
    let runs = context.map("starts", starts.len(), |task, _| {
        let (neurons, start, diagonal) = starts[task];
        let dynamics = PlanarDynamics::new(neurons)?;
        let saddle = SymmetricSaddle::new(neurons)?.coordinate();
        let target = if diagonal {
            vec![saddle, saddle]
        } else {
            vec![1.0, 0.0]
        };
        let stop = Stop::new()
            .time(PATIENCE)
            .distance_below(target.clone(), NEAR);
        let path = method.integrate(&dynamics, &start, &stop, &Record::EveryStep(1))?;
        let end = path.end();
        Ok(Run {
            neurons,
            start,
            diagonal,
            arrived: (end[0] - target[0]).hypot(end[1] - target[1]) <= 2.0 * NEAR,
            time: path.end_time(),
            path: path
                .states()
                .iter()
                .map(|state| (state[0], state[1]))
                .collect(),
        })
    })?;
    let spectra = context.map("spectra", SPECTRA.len(), |task, _| signature(SPECTRA[task]))?;

    let arrived = runs
        .iter()
        .filter(|run| run.arrived && !run.diagonal)
        .count();
    let inside = runs.iter().filter(|run| !run.diagonal).count();
    let at_saddle = runs
        .iter()
        .filter(|run| run.arrived && run.diagonal)
        .count();
    let diagonal = runs.len() - inside;
    let expected = |k: usize| ((k - 1) * (k - 1), k - 1, k);
    let right = SPECTRA
        .iter()
        .zip(&spectra)
        .all(|(k, found)| *found == expected(*k));

    let mut table = Table::new("limits", &["K", "x0", "y0", "time", "arrived"]);
    for run in &runs {
        table.row(&[
            &run.neurons,
            &run.start[0],
            &run.start[1],
            &run.time,
            &run.arrived,
        ]);
    }
    let picture = Picture::new(
        "Tian 2017, Theorem 7: the flow for K = 5 from a grid of starts. Below the diagonal every trajectory ends at \
         the teacher (1, 0) (star); on the diagonal it ends at the saddle (diamond).",
    )
    .parameter("K drawn", DRAWN)
    .parameter("K run", NEURONS.to_vec())
    .parameter("starts", format!("({grid} columns) x = i/{grid}, y = j/{grid}, 0 ≤ j ≤ i"))
    .panel("a", "Trajectories for K = 5", draw(&runs)?)
    .table(table);
    Ok(Outcome::new(
        Verdict::of(arrived == inside && at_saddle == diagonal && right),
        format!(
            "{arrived} of {inside} starts with x > y reached (1, 0), {at_saddle} of {diagonal} with x = y the saddle, \
             K = 2…100; the Hessian at the saddle has (K−1)² negative, K−1 zero and K positive eigenvalues."
        ),
    )
    .with("longest_time", runs.iter().map(|run| run.time).fold(0.0, f64::max))
    .with("distance_of_arrival", NEAR)
    .with(
        "signatures",
        SPECTRA
            .iter()
            .zip(&spectra)
            .map(|(k, (negative, zero, positive))| {
                json!(format!("K = {k}: {negative} negative, {zero} zero, {positive} positive"))
            })
            .collect::<Vec<_>>(),
    )
    .with_figure(picture))
}

/// The numbers of negative, zero and positive eigenvalues of the full Hessian at the saddle.
fn signature(neurons: usize) -> anyhow::Result<(usize, usize, usize)> {
    let teacher = Network::new(Weights::orthonormal(neurons, neurons)?);
    let saddle = SymmetricSaddle::new(neurons)?.coordinate();
    let student = PlanarDynamics::new(neurons)?.lift(saddle, saddle)?;
    let hessian = Population::matching(teacher).hessian(student.as_mat())?;
    let values = hessian
        .self_adjoint_eigenvalues(faer::Side::Lower)
        .map_err(|reason| anyhow::anyhow!("no eigenvalues for K = {neurons}: {reason:?}"))?;
    let negative = values.iter().filter(|value| **value < -ZERO).count();
    let positive = values.iter().filter(|value| **value > ZERO).count();
    Ok((negative, values.len() - negative - positive, positive))
}

fn draw(runs: &[Run]) -> anyhow::Result<String> {
    let saddle = SymmetricSaddle::new(DRAWN)?.coordinate();
    let mut chart = Chart::new(
        "Trajectories for K = 5",
        Axis::linear("x", -0.03, 1.03).step(0.2),
        Axis::linear("y", -0.03, 1.03).step(0.2),
    )
    .size(540.0, 520.0)
    .legend(Legend::TopLeft)
    .line("", GUIDE, Stroke::Dashed, &[(0.0, 0.0), (1.0, 1.0)]);
    for run in runs.iter().filter(|run| run.neurons == DRAWN) {
        let colour = if run.diagonal { COLOURS[1] } else { COLOURS[0] };
        chart = chart.thin(colour, &run.path);
    }
    Ok(chart
        .points("saddle", COLOURS[1], Mark::Diamond, &[(saddle, saddle)])
        .points("w*", MARK, Mark::Star, &[(1.0, 0.0)])
        .svg())
}
