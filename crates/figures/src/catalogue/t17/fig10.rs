//! Figure 10 of Tian 2017: the separability functions of two students.

use std::f64::consts::PI;

use critical_points::{SignExtremes, SignGrid, TwoUnits, sign_grid_picture};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, MARK, Mark, Stroke};

/// L₁₂ and L₂₁ against φ at two angles θ, and the sign of L₁₂ over (θ, φ).
pub const ITEM: Item = Item {
    id: "fig10",
    kind: Kind::Figure,
    paper: "T17 Fig 10",
    title: "The functions L12 and L21 of two students",
    run,
};

const POINTS: usize = 1440;
/// Cells of the reduced picture: θ by φ.
const CELLS: [usize; 2] = [48, 64];

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let grids: &[(usize, usize)] = context.pick(
        &[(1000, 1000), (1000, 2000)],
        &[(10_000, 10_000), (10_000, 20_000)],
        &[(10_000, 10_000), (10_000, 20_000), (100_000, 100_000)],
    );
    let mut picture = Picture::new(CAPTION)
        .parameter("e₁, e₂, e*", "(1, 0), (cos θ, sin θ), (cos φ, sin φ)")
        .parameter("grid", "θ = πi/(n+1), i = 1…n; φ = 2πj/m, j = 0…m−1")
        .parameter(
            "grid of the paper",
            "fig_verify.py in the author's repository, commit 5e5331f: 10⁴ values of θ on [0, π], ends included, and the 2·10⁴ inner ones of 20 002 values of φ on [0, 2π]",
        );

    let mut curves = Table::new("curves", &["theta", "phi", "L12", "L21"]);
    let mut crossings = 0;
    for (name, label, theta) in [("a", "3π/8", 3.0 * PI / 8.0), ("b", "7π/8", 7.0 * PI / 8.0)] {
        let title = format!("({name}) θ = {label}");
        let (svg, wrong) = curve(&title, theta, &mut curves)?;
        crossings += wrong;
        picture = picture.panel(name, &title, svg);
    }

    let mut counts = Table::new(
        "grids",
        &[
            "n_theta",
            "n_phi",
            "inside",
            "outside",
            "boundary",
            "violations",
            "undecided",
            "boundary_off_zero",
        ],
    );
    let (mut wrong, mut undecided, mut points) = (0, 0, 0);
    let mut sizes = Vec::new();
    for (index, &(n, m)) in grids.iter().enumerate() {
        let (grid, cells) = sign_grid_picture(n, m, CELLS[0], CELLS[1])?;
        let SignGrid {
            inside,
            outside,
            boundary,
            violations,
            ..
        } = grid;
        counts.row(&[
            &n,
            &m,
            &inside,
            &outside,
            &boundary,
            &violations,
            &grid.undecided,
            &grid.boundary_off_zero,
        ]);
        wrong += violations + grid.boundary_off_zero;
        undecided += grid.undecided;
        points += grid.points();
        sizes.push(format!("{n} × {m}"));
        if index == 0 {
            let title = "(c) Sign and size of L12";
            picture = picture.panel("c", title, map(title, &cells));
            picture = picture.table(table_of(&cells));
        }
    }
    let verdict = Verdict::of(wrong == 0 && undecided == 0 && crossings == 0);
    let outcome = Outcome::new(
        verdict,
        format!(
            "{points} points on the grids {}: {wrong} with the wrong sign, {undecided} within rounding of zero off the \
             boundary of the cone. Both curves of both panels change sign at φ = 0 and φ = θ only.",
            sizes.join(", ")
        ),
    )
    .with("points", points)
    .with("violations", wrong)
    .with("undecided", undecided)
    .with("unexpected_sign_changes", crossings);
    Ok(outcome.with_figure(
        picture
            .metric("points", points)
            .metric("violations", wrong)
            .metric("undecided", undecided)
            .table(curves)
            .table(counts),
    ))
}

const CAPTION: &str = "Tian 2017, Figure 10. Two students at the angle θ, and a teacher direction e* at the angle φ from \
the first. (a), (b) L12 and L21 against φ: positive between the dashed lines φ = 0 and φ = θ, where e* lies in the cone of \
the students, negative outside. (c) L12 over (φ, θ), reduced to cells: a cell shows the value of largest size on the grid \
in it; dark cells hold both signs, and lie on the line φ = θ. Every point of the grid was evaluated together with a bound \
of its rounding error.";

/// The panel, and how many of its signs contradict the cone.
fn curve(title: &str, theta: f64, table: &mut Table) -> anyhow::Result<(String, usize)> {
    let mut lines = [Vec::new(), Vec::new()];
    let mut wrong = 0;
    for j in 0..=POINTS {
        let phi = (2.0 * PI) * (j as f64 / POINTS as f64);
        let triple = TwoUnits::from_radians(theta, phi)?;
        let values = [triple.l12(), triple.l21()];
        table.row(&[&theta, &phi, &values[0], &values[1]]);
        for (line, value) in lines.iter_mut().zip(values) {
            line.push((phi, value));
            // The doubles nearest to θ and 2π lie beside the boundary, where the values are below 1e-15.
            let side = f64::from(triple.side());
            wrong += usize::from(value * side <= 0.0 && value.abs() > 1e-15);
        }
    }
    let lowest = lines.iter().flatten().map(|p| p.1).fold(0.0, f64::min);
    let highest = lines.iter().flatten().map(|p| p.1).fold(0.0, f64::max);
    let (low, high) = (1.1 * lowest, 1.15 * highest);
    let svg = Chart::new(
        title,
        Axis::linear("φ", 0.0, 2.0 * PI).in_pi(),
        Axis::linear("L", low, high),
    )
    .size(560.0, 400.0)
    .legend(Legend::BottomLeft)
    .line("", GUIDE, Stroke::Solid, &[(0.0, 0.0), (2.0 * PI, 0.0)])
    .line("", GUIDE, Stroke::Dashed, &[(theta, low), (theta, high)])
    .line("L12", COLOURS[0], Stroke::Solid, &lines[0])
    .line("L21", COLOURS[1], Stroke::Solid, &lines[1])
    .svg();
    Ok((svg, wrong))
}

/// Classes of L₁₂: greatest value, name, colour. From deep blue through pale to orange.
const CLASSES: [(f64, &str, &str); 7] = [
    (-1.0, "below −1", "#08306b"),
    (-0.3, "−1 … −0.3", "#2171b5"),
    (-0.1, "−0.3 … −0.1", "#6baed6"),
    (0.0, "−0.1 … 0", "#c6dbef"),
    (0.1, "0 … 0.1", "#fee6ce"),
    (0.3, "0.1 … 0.3", "#fdae6b"),
    (f64::INFINITY, "above 0.3", "#d94801"),
];

/// Where cell number `index` lies: (φ, θ) of its centre.
fn centre(index: usize) -> (f64, f64) {
    let [rows, columns] = CELLS;
    let (row, column) = (index / columns, index % columns);
    (
        2.0 * PI * (column as f64 + 0.5) / columns as f64,
        PI * (row as f64 + 0.5) / rows as f64,
    )
}

fn map(title: &str, cells: &[SignExtremes]) -> String {
    let mut classes: Vec<Vec<(f64, f64)>> = vec![Vec::new(); CLASSES.len()];
    let mut mixed = Vec::new();
    for (index, cell) in cells.iter().enumerate() {
        // Rounding leaves 1e-16 on the boundary.
        let both = cell.least < -1e-12 && cell.greatest > 1e-12;
        if both {
            mixed.push(centre(index));
            continue;
        }
        let value = if -cell.least > cell.greatest {
            cell.least
        } else {
            cell.greatest
        };
        if let Some(class) = CLASSES.iter().position(|class| value <= class.0) {
            classes[class].push(centre(index));
        }
    }
    let mut chart = Chart::new(
        title,
        Axis::linear("φ", 0.0, 2.0 * PI).in_pi(),
        Axis::linear("θ", 0.0, PI).in_pi(),
    )
    .size(720.0, 480.0)
    .legend(Legend::Outside);
    for ((_, name, colour), points) in CLASSES.iter().zip(&classes) {
        chart = chart.points(name, colour, Mark::Square, points);
    }
    chart.points("both signs", MARK, Mark::Square, &mixed).svg()
}

fn table_of(cells: &[SignExtremes]) -> Table {
    let mut table = Table::new("cells", &["phi", "theta", "least_L12", "greatest_L12"]);
    for (index, cell) in cells.iter().enumerate() {
        let (phi, theta) = centre(index);
        table.row(&[&phi, &theta, &cell.least, &cell.greatest]);
    }
    table
}
