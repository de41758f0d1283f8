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
/// Directions on the circles.
const DIRECTIONS: usize = 240;
/// Points of the image: θ by φ.
const IMAGE: [usize; 2] = [120, 960];
/// Shades of each sign.
const SHADES: f64 = 16.0;
/// Cells of the table: θ by φ.
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
        let beside = format!("({name}) Sign of L12, θ = {label}");
        picture = picture.panel(name, &title, svg).panel(
            &format!("{name}-circle"),
            &beside,
            circle(&beside, theta)?,
        );
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
            let title = "(c) L12 over φ and θ";
            picture = picture.panel("c", title, image(title)?);
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
the students, negative outside. Beside them the circle of the directions e*, orange where L12 > 0 and blue where L12 < 0, with the rays of \
e₁ and e₂. (c) The values of L12 over (φ, θ): orange is positive, blue negative, the colour is full at half of the largest size of \
each sign; the line is φ = θ. The table of cells has the least and greatest value on parts of the grid, every point of which was \
evaluated together with a bound of its rounding error.";

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

/// Where cell number `index` lies: (φ, θ) of its centre.
fn centre(index: usize) -> (f64, f64) {
    let [rows, columns] = CELLS;
    let (row, column) = (index / columns, index % columns);
    (
        2.0 * PI * (column as f64 + 0.5) / columns as f64,
        PI * (row as f64 + 0.5) / rows as f64,
    )
}

/// The directions e* on the circle, coloured by the sign of L₁₂, and the rays of the students.
fn circle(title: &str, theta: f64) -> anyhow::Result<String> {
    let (mut positive, mut negative) = (Vec::new(), Vec::new());
    for j in 0..DIRECTIONS {
        // Between the rays of e₁ and of the doubles next to e₂.
        let phi = 2.0 * PI * (j as f64 + 0.5) / DIRECTIONS as f64;
        let side = if TwoUnits::from_radians(theta, phi)?.l12() > 0.0 {
            &mut positive
        } else {
            &mut negative
        };
        side.push((phi.cos(), phi.sin()));
    }
    let axis = |name: &str| Axis::linear(name, -1.25, 1.25).step(0.5).decimals(1);
    Ok(Chart::new(title, axis("e*₁"), axis("e*₂"))
        .size(460.0, 440.0)
        .legend(Legend::Outside)
        .line("e₁", MARK, Stroke::Solid, &[(0.0, 0.0), (1.0, 0.0)])
        .line(
            "e₂",
            MARK,
            Stroke::Dashed,
            &[(0.0, 0.0), (theta.cos(), theta.sin())],
        )
        .points("L12 > 0", COLOURS[1], Mark::Disc, &positive)
        .points("L12 < 0", COLOURS[0], Mark::Disc, &negative)
        .svg())
}

/// The values of L₁₂ as an image: in each row, neighbouring points of one shade are one tile.
fn image(title: &str) -> anyhow::Result<String> {
    let [rows, columns] = IMAGE;
    let mut values = Vec::with_capacity(rows * columns);
    for row in 0..rows {
        let theta = PI * (row as f64 + 0.5) / rows as f64;
        for column in 0..columns {
            let phi = 2.0 * PI * (column as f64 + 0.5) / columns as f64;
            values.push(TwoUnits::from_radians(theta, phi)?.l12());
        }
    }
    let highest = values.iter().copied().fold(0.0, f64::max);
    let lowest = values.iter().copied().fold(0.0, f64::min);
    let mut chart = Chart::new(
        title,
        Axis::linear("φ", 0.0, 2.0 * PI).in_pi(),
        Axis::linear("θ", 0.0, PI).in_pi(),
    )
    .size(720.0, 480.0)
    .legend(Legend::Hidden);
    for (row, line) in values.chunks(columns).enumerate() {
        let upward = (
            PI * row as f64 / rows as f64,
            PI * (row + 1) as f64 / rows as f64,
        );
        let shades: Vec<String> = line
            .iter()
            .map(|value| shade(*value, lowest, highest))
            .collect();
        let mut from = 0;
        for run in shades.chunk_by(|a, b| a == b) {
            let to = from + run.len();
            let across = |column: usize| 2.0 * PI * column as f64 / columns as f64;
            chart = chart.tile(&run[0], (across(from), across(to)), upward);
            from = to;
        }
    }
    Ok(chart
        .line("", MARK, Stroke::Solid, &[(0.0, 0.0), (PI, PI)])
        .svg())
}

/// White at 0, orange for positive and blue for negative values, full at half of the largest size, in [`SHADES`] steps.
fn shade(value: f64, lowest: f64, highest: f64) -> String {
    let (size, full) = if value > 0.0 {
        (value / highest, [217.0, 72.0, 1.0])
    } else {
        (value / lowest, [8.0, 81.0, 156.0])
    };
    let part = (2.0 * size.clamp(0.0, 0.5) * SHADES).ceil() / SHADES;
    let [red, green, blue] = full.map(|end| 255.0 + part * (end - 255.0));
    format!("rgb({red:.0},{green:.0},{blue:.0})")
}

fn table_of(cells: &[SignExtremes]) -> Table {
    let mut table = Table::new("cells", &["phi", "theta", "least_L12", "greatest_L12"]);
    for (index, cell) in cells.iter().enumerate() {
        let (phi, theta) = centre(index);
        table.row(&[&phi, &theta, &cell.least, &cell.greatest]);
    }
    table
}
