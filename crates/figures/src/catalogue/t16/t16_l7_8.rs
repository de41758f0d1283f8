//! Lemma 7.8 of Tian 2016: the sign of f₃ in (β, ε).

use ssb::Reparametrization;

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, Legend, Stroke};

/// The least f₃ over its domain.
pub const ITEM: Item = Item {
    id: "t16-l7.8",
    kind: Kind::Experiment,
    paper: "T16 L7.8; T17s L6",
    title: "Least f₃ over (β, ε)",
    run,
};

const NEURONS: [usize; 6] = [2, 5, 10, 30, 100, 1000];

/// What a scan of one K found.
struct Scan {
    least: f64,
    at: [f64; 2],
    corner: f64,
    points: usize,
    edge: Vec<(f64, f64)>,
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let grid = context.pick(60, 400, 1500);
    let scans = context.map("K", NEURONS.len(), |task, _| scan(NEURONS[task], grid))?;
    let least = scans
        .iter()
        .map(|scan| scan.least)
        .fold(f64::INFINITY, f64::min);
    let corner = scans
        .iter()
        .map(|scan| scan.corner.abs())
        .fold(0.0, f64::max);
    let points: usize = scans.iter().map(|scan| scan.points).sum();

    let mut table = Table::new("edge", &["K", "share", "f3_at_bound"]);
    let mut chart = Chart::new(
        "f₃ on the edge ε = β₂/β of its domain",
        Axis::log("(β − 1)/(√K − 1)", 1e-6, 1.0).step(1.0),
        Axis::log("f₃/(K − 1)", 1e-7, 1.0).step(1.0),
    )
    .legend(Legend::BottomRight);
    for ((neurons, scan), colour) in NEURONS.iter().zip(&scans).zip(COLOURS) {
        for (share, value) in &scan.edge {
            table.row(&[neurons, share, value]);
        }
        let points: Vec<(f64, f64)> = scan
            .edge
            .iter()
            .map(|p| (p.0, p.1 / (*neurons as f64 - 1.0)))
            .collect();
        chart = chart.line(&format!("K = {neurons}"), colour, Stroke::Solid, &points);
    }
    let picture = Picture::new(
        "Tian 2016, Lemma 7.8: f₃ on the edge ε = β₂/β of its domain, where it is least for each β. It falls to zero \
         only at β = 1, the teacher.",
    )
    .parameter("grid", format!("{grid} × {grid} points for each K, the shares of β − 1 spaced geometrically"))
    .panel("a", "f₃ on the edge of its domain", chart.svg())
    .table(table);
    let mut outcome = Outcome::new(
        Verdict::of(least > 0.0 && corner <= 1e-12),
        format!(
            "f₃ > 0 at all {points} points scanned off (1, 1), K = 2…1000; the least value is {least:.1e}, the value at \
             (1, 1) is {corner:.1e}."
        ),
    );
    for (neurons, scan) in NEURONS.iter().zip(&scans) {
        outcome = outcome.with(
            &format!("K={neurons}"),
            format!(
                "least {:.3e} at β = 1 + {:.3e}, ε = {:.6}",
                scan.least,
                scan.at[0] - 1.0,
                scan.at[1]
            ),
        );
    }
    Ok(outcome.with_figure(picture))
}

fn scan(neurons: usize, grid: usize) -> anyhow::Result<Scan> {
    let map = Reparametrization::new(neurons)?;
    let width = (neurons as f64).sqrt() - 1.0;
    let mut found = Scan {
        least: f64::INFINITY,
        at: [f64::NAN; 2],
        corner: map.diagonal_flow(&map.point(1.0, 1.0)?)?,
        points: 0,
        edge: Vec::new(),
    };
    for row in 0..grid {
        // Geometric from 1e-6 to just below 1: the critical corner is β = 1.
        let share = 10_f64.powf(-6.0 * (1.0 - row as f64 / grid as f64));
        let beta = 1.0 + width * share;
        let bound = map.point(beta, 1.0)?.epsilon_bound();
        for column in 1..=grid {
            let epsilon = bound * column as f64 / grid as f64;
            let value = map.diagonal_flow(&map.point(beta, epsilon)?)?;
            found.points += 1;
            if value < found.least {
                (found.least, found.at) = (value, [beta, epsilon]);
            }
            if column == grid {
                found.edge.push((share, value));
            }
        }
    }
    Ok(found)
}
