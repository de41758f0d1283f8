//! The panels.

use charts::{Axis, COLOURS, Chart, GUIDE, Legend, MARK, Mark, Stroke};

use super::families::Member;
use super::{Cell, LEVEL};

pub(super) fn shares(cells: &[Cell]) -> String {
    let last = cells.iter().map(|c| c.teachers).max().unwrap_or(6) as f64 + 0.5;
    let mut chart = Chart::new(
        "Runs that end in a spurious minimum",
        Axis::linear("teachers K = d", 5.5, last).step(2.0),
        Axis::linear("share of runs", 0.0, 1.0)
            .step(0.2)
            .decimals(1),
    )
    .legend(Legend::TopLeft);
    for (extra, name, colour) in [
        (0, "n = K students", COLOURS[0]),
        (1, "n = K + 1 students", COLOURS[1]),
    ] {
        let row: Vec<&Cell> = cells
            .iter()
            .filter(|c| c.students == c.teachers + extra)
            .collect();
        if row.is_empty() {
            continue;
        }
        let points: Vec<(f64, f64)> = row.iter().map(|c| (c.teachers as f64, c.share())).collect();
        chart =
            chart
                .line(name, colour, Stroke::Solid, &points)
                .points("", colour, Mark::Dot, &points);
        for cell in &row {
            let (low, high) = cell.interval(LEVEL);
            chart = chart.thin(
                colour,
                &[(cell.teachers as f64, low), (cell.teachers as f64, high)],
            );
        }
        let theirs: Vec<(f64, f64)> = row
            .iter()
            .filter_map(|c| Some((c.teachers as f64, c.reference? as f64 / 1000.0)))
            .collect();
        let label = if extra == 0 { "Safran & Shamir" } else { "" };
        chart = chart.points(label, MARK, Mark::Diamond, &theirs);
    }
    chart.svg()
}

/// The losses of the minima that were found, and the families through them.
pub(super) fn losses(cells: &[Cell], families: &[Vec<Member>]) -> String {
    let last = cells.iter().map(|c| c.teachers).max().unwrap_or(6) as f64 + 0.5;
    let found: Vec<(f64, f64)> = cells
        .iter()
        .filter(|c| c.students == c.teachers)
        .flat_map(|c| c.minima.iter().map(|m| (c.teachers as f64, m.loss)))
        .collect();
    let top = found.iter().map(|p| p.1).fold(0.03, f64::max) * 1.15;
    let mut chart = Chart::new(
        "Loss of every spurious minimum found, n = K",
        Axis::linear("K", 5.5, last).step(2.0),
        Axis::linear("loss", 0.0, top),
    )
    .legend(Legend::TopLeft);
    for (family, colour) in families.iter().zip(COLOURS) {
        let Some(first) = family.first() else {
            continue;
        };
        let line: Vec<(f64, f64)> = family
            .iter()
            .filter(|m| {
                m.neurons as f64 <= last && m.neurons >= 6 && m.loss <= top && m.least > 0.0
            })
            .map(|m| (m.neurons as f64, m.loss))
            .collect();
        if line.is_empty() {
            continue;
        }
        chart = chart.line(&name(first.reversed), colour, Stroke::Solid, &line);
    }
    chart
        .points("found by descent", MARK, Mark::Disc, &found)
        .svg()
}

/// K times the loss, and the least eigenvalue, against K.
pub(super) fn growth(
    families: &[Vec<Member>],
    title: &str,
    label: &str,
    value: impl Fn(&Member) -> f64,
    axis: (f64, f64),
    legend: Legend,
) -> String {
    let largest = families
        .iter()
        .flatten()
        .map(|m| m.neurons)
        .max()
        .unwrap_or(10) as f64;
    let mut chart = Chart::new(
        title,
        Axis::log("K", 4.0, 1.2 * largest),
        Axis::linear(label, axis.0, axis.1),
    )
    .legend(legend)
    .line(
        "",
        GUIDE,
        Stroke::Dashed,
        &[(4.0, 0.0), (1.2 * largest, 0.0)],
    );
    for (family, colour) in families.iter().zip(COLOURS) {
        let Some(first) = family.first() else {
            continue;
        };
        let line: Vec<(f64, f64)> = family
            .iter()
            .map(|m| (m.neurons as f64, value(m)))
            .filter(|p| p.1 >= axis.0 && p.1 <= axis.1)
            .collect();
        chart = chart.line(&name(first.reversed), colour, Stroke::Solid, &line);
    }
    chart.svg()
}

fn name(reversed: usize) -> String {
    format!("K−{reversed}, {reversed}")
}
