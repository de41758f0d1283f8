//! Figure 8 of Tian 2017: the symmetric dynamics in the plane.

use anyhow::Context as _;
use serde_json::json;
use ssb::{PlanarDynamics, SymmetricSaddle};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, MARK, Mark, Stroke};

/// Fields, trajectories and convergence of the planar dynamics for K = 2, 5, 10.
pub const ITEM: Item = Item {
    id: "fig8",
    kind: Kind::Figure,
    paper: "T17 Fig 8; T16 Fig 4",
    title: "Symmetric dynamics in the (x, y) plane",
    run,
};

/// The step of `dynamics.py` in the author's repository `yuandong-tian/ICML17_ReLU`, commit 5e5331f: 0.01/2π for the field of
/// Eq 16, which is 2π times the one per sample. From there are the number of iterations, the marks and the dashed lines too.
const STEP: f64 = 0.01;
const ITERATIONS: usize = 1000;
/// Iterations from one mark to the next.
const EVERY: usize = 100;
const START: [f64; 2] = [1e-3, 0.0];
const NEURONS: [usize; 3] = [2, 5, 10];

/// Values of the author's script after that many iterations, to five decimals: K, iteration, x, y.
const REFERENCE: [(usize, usize, f64, f64); 7] = [
    (2, 100, 0.38733, 0.28464),
    (2, 500, 0.80408, 0.22003),
    (2, 1000, 0.96759, 0.03405),
    (5, 100, 0.47646, 0.16245),
    (5, 500, 0.96653, 0.01288),
    (5, 1000, 0.99923, 0.00029),
    (10, 100, 0.72559, 0.05679),
];
/// Half a unit of the fifth decimal of the reference, and the rounding of the comparison.
const TOLERANCE: f64 = 5.001e-6;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let cells = context.pick(20, 20, 30);
    let paths = context.map("paths", NEURONS.len(), |index, _| descend(NEURONS[index]))?;

    let mut worst: f64 = 0.0;
    for (neurons, iteration, x, y) in REFERENCE {
        let index = NEURONS
            .iter()
            .position(|k| *k == neurons)
            .context("K is one of the three")?;
        let [found_x, found_y] = paths[index][iteration];
        worst = worst.max((found_x - x).abs()).max((found_y - y).abs());
    }
    let verdict = Verdict::of(worst <= TOLERANCE);
    let mut outcome = Outcome::new(
        verdict,
        format!(
            "Largest difference to the {} reference values of (x, y), given to five decimals: {worst:.1e}.",
            2 * REFERENCE.len()
        ),
    )
    .with("largest_difference", worst)
    .with("tolerance", TOLERANCE);

    let mut picture = Picture::new(CAPTION)
        .parameter(
            "step",
            "0.01/2π times the field of Eq 16 (0.01 times the field per sample)",
        )
        .parameter("start", "(10⁻³, 0)")
        .parameter("iterations", ITERATIONS)
        .parameter("arrows", format!("{cells} × {cells}, directions only"))
        .parameter(
            "not stated in the paper",
            "the grid of arrows; step, iterations, marks and dashed lines are those of dynamics.py in the author's repository, commit 5e5331f",
        );
    let mut fields = Table::new("field", &["K", "x", "y", "dx_dt", "dy_dt"]);
    for (name, neurons) in [("a", 2), ("b", 5)] {
        let title = format!("({name}) Vector field in the (x, y) plane, K = {neurons}");
        picture = picture.panel(name, &title, field(&title, neurons, cells, &mut fields)?);
    }
    picture = picture
        .panel(
            "c",
            "(c) Trajectories in the (x, y) plane",
            trajectories(&paths)?,
        )
        .panel(
            "d",
            "(d) Convergence, linear axis",
            convergence(&paths, false),
        )
        .panel(
            "d-log",
            "(d) Convergence, logarithmic axis",
            convergence(&paths, true),
        )
        .table(fields);

    let mut table = Table::new(
        "trajectories",
        &["K", "iteration", "x", "y", "squared_distance"],
    );
    for (neurons, path) in NEURONS.iter().zip(&paths) {
        for (iteration, point) in path.iter().enumerate() {
            table.row(&[
                neurons,
                &iteration,
                &point[0],
                &point[1],
                &distance(*neurons, *point),
            ]);
        }
        let marks: Vec<_> = (1..=10)
            .map(|hundred| {
                let [x, y] = path[100 * hundred];
                json!({ "iteration": 100 * hundred, "x": x, "y": y })
            })
            .collect();
        picture = picture.metric(&format!("K={neurons}"), marks);
        let (peak, point) = path
            .iter()
            .enumerate()
            .max_by(|a, b| a.1[1].total_cmp(&b.1[1]))
            .context("a path has points")?;
        outcome = outcome.with(
            &format!("detour_K={neurons}"),
            format!("y rises to {:.4} at iteration {peak}", point[1]),
        );
    }
    Ok(outcome.with_figure(picture.table(table)))
}

const CAPTION: &str = "Tian 2017, Figure 8 (Tian 2016, Figure 4). (a), (b) Directions of the planar \
flow for K = 2 and K = 5; the diamond is the saddle on the diagonal y = x, the star the teacher (1, 0). \
(c) Gradient descent from (10⁻³, 0), on the axis of the teacher, for K = 2, 5, 10: every trajectory makes \
a detour through y > 0. Discs mark every hundredth iteration; the dashed lines lead from each saddle to the teacher. (d) Squared distance ‖w − w*‖² = (x−1)² + (K−1)y² \
of a weight vector to its teacher against the iterations, on the linear axis of the paper and on a \
logarithmic one: the larger K is, the faster the convergence.";

/// Squared distance of w = (x, y, …, y) to w* = (1, 0, …, 0).
fn distance(neurons: usize, [x, y]: [f64; 2]) -> f64 {
    (x - 1.0) * (x - 1.0) + (neurons as f64 - 1.0) * y * y
}

/// Gradient descent from the start: the points of iterations 0, 1, ….
fn descend(neurons: usize) -> anyhow::Result<Vec<[f64; 2]>> {
    let dynamics = PlanarDynamics::new(neurons)?;
    let mut path = vec![START];
    let [mut x, mut y] = START;
    for _ in 0..ITERATIONS {
        let [dx, dy] = dynamics.velocity(x, y)?;
        x += STEP * dx;
        y += STEP * dy;
        path.push([x, y]);
    }
    Ok(path)
}

fn field(title: &str, neurons: usize, cells: usize, table: &mut Table) -> anyhow::Result<String> {
    let dynamics = PlanarDynamics::new(neurons)?;
    let mut arrows = Vec::new();
    for column in 0..cells {
        for row in 0..cells {
            let x = (column as f64 + 0.5) / cells as f64;
            let y = (row as f64 + 0.5) / cells as f64;
            let [dx, dy] = dynamics.velocity(x, y)?;
            table.row(&[&neurons, &x, &y, &dx, &dy]);
            arrows.push((x, y, dx, dy));
        }
    }
    let star = SymmetricSaddle::new(neurons)?.coordinate();
    Ok(Chart::new(
        title,
        Axis::linear("x", -0.03, 1.03).step(0.2),
        Axis::linear("y", -0.03, 1.03).step(0.2),
    )
    .size(520.0, 500.0)
    .legend(Legend::Hidden)
    .line("", GUIDE, Stroke::Dashed, &[(0.0, 0.0), (1.0, 1.0)])
    .directions(COLOURS[0], 0.8 / cells as f64, &arrows)
    .points("", COLOURS[1], Mark::Diamond, &[(star, star)])
    .points("", MARK, Mark::Star, &[(1.0, 0.0)])
    .svg())
}

fn trajectories(paths: &[Vec<[f64; 2]>]) -> anyhow::Result<String> {
    let mut chart = Chart::new(
        "(c) Trajectories in the (x, y) plane",
        Axis::linear("x", -0.03, 1.03).step(0.2),
        Axis::linear("y", -0.05, 0.6).step(0.1),
    )
    .size(600.0, 480.0)
    .line("y = x", GUIDE, Stroke::Dashed, &[(0.0, 0.0), (0.6, 0.6)]);
    for ((neurons, path), colour) in NEURONS.iter().zip(paths).zip(COLOURS) {
        let points: Vec<(f64, f64)> = path.iter().map(|p| (p[0], p[1])).collect();
        let marks: Vec<(f64, f64)> = points.iter().copied().step_by(EVERY).collect();
        let star = SymmetricSaddle::new(*neurons)?.coordinate();
        chart = chart
            .line(&format!("K = {neurons}"), colour, Stroke::Solid, &points)
            .points("", colour, Mark::Disc, &marks)
            .line("", GUIDE, Stroke::Dashed, &[(star, star), (1.0, 0.0)])
            .points("", colour, Mark::Diamond, &[(star, star)])
            .note("saddle", colour, star - 0.07, star + 0.005);
        // Below the lowest trajectory, above the others.
        let shift = if *neurons == 10 { -0.035 } else { 0.02 };
        for (words, (x, y)) in [("100", marks[1]), ("200", marks[2])] {
            chart = chart.note(words, colour, x, y + shift);
        }
    }
    Ok(chart
        .points("w* = (1, 0)", MARK, Mark::Star, &[(1.0, 0.0)])
        .svg())
}

fn convergence(paths: &[Vec<[f64; 2]>], log: bool) -> String {
    let y = if log {
        Axis::log("squared distance ‖w − w*‖²", 1e-8, 1.0)
    } else {
        Axis::linear("squared distance ‖w − w*‖²", 0.0, 1.0).step(0.2)
    };
    let title = if log {
        "(d) Convergence, logarithmic axis"
    } else {
        "(d) Convergence, linear axis"
    };
    let mut chart = Chart::new(
        title,
        Axis::linear("iterations", 0.0, 1000.0).step(200.0),
        y,
    )
    .size(600.0, 480.0);
    for ((neurons, path), colour) in NEURONS.iter().zip(paths).zip(COLOURS) {
        let points: Vec<(f64, f64)> = path
            .iter()
            .enumerate()
            .map(|(iteration, point)| (iteration as f64, distance(*neurons, *point)))
            .collect();
        let marks: Vec<(f64, f64)> = points.iter().copied().step_by(EVERY).collect();
        chart = chart
            .line(&format!("K = {neurons}"), colour, Stroke::Solid, &points)
            .points("", colour, Mark::Disc, &marks);
    }
    chart.svg()
}
