//! Theorem 7.6 of Tian 2016: the flow stays in the triangle.

use serde_json::json;
use ssb::{SymmetricRegion, first_outward_epsilon};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, Stroke};

/// The flow across the three edges, and the first ε at which the slanted one leaks.
pub const ITEM: Item = Item {
    id: "t16-thm7.6",
    kind: Kind::Experiment,
    paper: "T16 Thm 7.6; T17s L4",
    title: "Flow across the edges of the triangle",
    run,
};

/// K and the first ε with f₃ ≤ 0 on the edge, from a scan in steps of 0.001 with 50 digits.
const REFERENCE: [(usize, f64); 4] = [(10, 1.0), (30, 0.762), (100, 0.722), (1000, 0.709)];
/// The step of that scan.
const TOLERANCE: f64 = 1e-3;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let steps = context.pick(100_usize, 400, 2000);
    let found = context.map("K", REFERENCE.len(), |task, _| {
        Ok(first_outward_epsilon(REFERENCE[task].0)?)
    })?;
    let worst = REFERENCE
        .iter()
        .zip(&found)
        .map(|((_, reference), found)| (found - reference).abs())
        .fold(0.0, f64::max);

    let (mut inward, mut beyond) = (true, f64::NEG_INFINITY);
    for (neurons, _) in REFERENCE {
        let region = SymmetricRegion::new(neurons, 0.0)?;
        for step in 1..=steps {
            let place = step as f64 / steps as f64;
            inward &= region.bottom_flow(place)? >= 0.0 && region.right_flow(place)? < 0.0;
            beyond = beyond.max(region.bottom_flow(1.0 + place)?);
        }
    }

    let mut table = Table::new("slanted_edge", &["K", "epsilon", "y_of_least", "least_f3"]);
    let mut chart = Chart::new(
        "Least flow off the diagonal along x = y + ε",
        Axis::linear("ε", 0.0, 1.0).step(0.2),
        Axis::linear("least f₃/(K − 1)", -0.2, 0.2).step(0.1),
    )
    .legend(Legend::TopRight)
    .line("", GUIDE, Stroke::Dashed, &[(0.0, 0.0), (1.0, 0.0)]);
    for ((neurons, _), colour) in REFERENCE.into_iter().zip(COLOURS) {
        let region = SymmetricRegion::new(neurons, 0.0)?;
        let mut points = Vec::new();
        for step in 1..=100 {
            let epsilon = f64::from(step) / 100.0;
            let [y, least] = region.least_diagonal_flow(epsilon)?;
            table.row(&[&neurons, &epsilon, &y, &least]);
            points.push((epsilon, least / (neurons as f64 - 1.0)));
        }
        chart = chart.line(&format!("K = {neurons}"), colour, Stroke::Solid, &points);
    }
    let mut picture = Picture::new(
        "Tian 2016, Theorem 7.6: the least f₃, 2π times the flow away from the diagonal, on the slanted edge \
         x = y + ε, 0 ≤ y ≤ 1 − ε. Where it is negative the triangle of that ε leaks; for small ε it never is.",
    )
    .panel("a", "Least f₃ on the slanted edge", chart.svg())
    .table(table);
    for ((neurons, _), epsilon) in REFERENCE.iter().zip(&found) {
        picture = picture.metric(&format!("first_outward_epsilon_K={neurons}"), *epsilon);
    }
    Ok(Outcome::new(
        Verdict::of(worst <= TOLERANCE && inward && beyond < 0.0),
        format!(
            "First ε with f₃ ≤ 0: {}. The lower edge up to x = 1 and the right edge let nothing out; on y = 0, x > 1 \
             the flow leaves, so the printed region, without x ≤ 1, is not invariant.",
            REFERENCE
                .iter()
                .zip(&found)
                .map(|((neurons, _), epsilon)| format!("{epsilon:.4} (K = {neurons})"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    )
    .with("reference", json!(REFERENCE.map(|(k, epsilon)| format!("{epsilon} (K = {k})"))))
    .with("largest_difference", worst)
    .with("allowed", TOLERANCE)
    .with("largest_f1_beyond_x_1", beyond)
    .with_figure(picture))
}
