use anyhow::Result;
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, MARK, Mark, Stroke};
use relu_lab::sweep::HeatMap;
use ssb::{PlanarDynamics, SymmetricSaddle};
use teacher_student::Trajectory;

use super::flow::Point;
use super::planar::{EDGE, Planar};

/// Loss and gradient norm on a logarithmic axis.
pub(super) fn descent(points: &[Point]) -> String {
    let curve = |value: fn(&Point) -> f64| -> Vec<(f64, f64)> {
        points
            .iter()
            .map(|point| (point.time, value(point)))
            .collect()
    };
    let (loss, gradient) = (curve(|p| p.loss), curve(|p| p.gradient_norm));
    let values = loss.iter().chain(&gradient).map(|p| p.1);
    let values = values.filter(|v| *v > 0.0 && v.is_finite());
    let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    let (low, high) = if low <= high { (low, high) } else { (0.1, 1.0) };
    let (bottom, top) = (
        low.log10().floor(),
        high.log10().ceil().max(low.log10().floor() + 1.0),
    );
    let every = ((top - bottom) / 6.0).ceil().max(1.0);
    let end = points.last().map(|point| point.time);
    let end = end.filter(|end| *end > 0.0).unwrap_or(1.0);
    Chart::new(
        "Descent",
        Axis::linear("time", 0.0, end),
        Axis::log("loss, gradient norm", 10f64.powf(bottom), 10f64.powf(top)).step(every),
    )
    .line("loss", COLOURS[0], Stroke::Solid, &loss)
    .line("gradient norm", COLOURS[1], Stroke::Dashed, &gradient)
    .svg()
}

/// Field, saddle and trajectories of the planar dynamics.
pub(super) fn planar(
    neurons: usize,
    planar: &PlanarDynamics,
    saddle: &SymmetricSaddle,
    runs: &[Trajectory],
) -> Result<String> {
    let axis = Planar::axis(24);
    let mut arrows = Vec::new();
    for &x in &axis {
        for &y in &axis {
            let [u, v] = planar.velocity(x, y)?;
            arrows.push((x, y, u, v));
        }
    }
    let mut chart = Chart::new(
        &format!("Symmetric dynamics of {neurons} students"),
        Axis::linear("x, on the own teacher", 0.0, EDGE),
        Axis::linear("y, on each other teacher", 0.0, EDGE),
    )
    .size(660.0, 520.0)
    .legend(Legend::Outside)
    .directions("#b5b5b5", 0.034, &arrows)
    .line("", GUIDE, Stroke::Dashed, &[(0.0, 0.0), (EDGE, EDGE)]);
    for (index, run) in runs.iter().enumerate() {
        let points: Vec<(f64, f64)> = run.states().iter().map(|s| (s[0], s[1])).collect();
        let colour = COLOURS[index % COLOURS.len()];
        chart = chart.line("", colour, Stroke::Solid, &points);
    }
    let at = saddle.coordinate();
    Ok(chart
        .points("saddle", COLOURS[1], Mark::Diamond, &[(at, at)])
        .points("teacher", MARK, Mark::Star, &[(1.0, 0.0)])
        .svg())
}

/// One tile a pair of values, with its share where there are few.
pub(super) fn heat_map(map: &HeatMap) -> String {
    let mut chart = Chart::new(
        "Share of runs that reach loss zero",
        Axis::names(map.across.name, &map.across.values),
        Axis::names(map.upward.name, &map.upward.values),
    )
    .legend(Legend::Hidden);
    let few = map.across.values.len() <= 12 && map.upward.values.len() <= 20;
    for column in 0..map.across.values.len() {
        for (row, shares) in map.shares.iter().enumerate() {
            let Some(share) = shares[column] else {
                continue;
            };
            let (i, j) = (column as f64, row as f64);
            chart = chart.tile(&shade(share), (i - 0.5, i + 0.5), (j - 0.5, j + 0.5));
            if few {
                chart = chart.note(&format!("{:.0} %", 100.0 * share), MARK, i, j);
            }
        }
    }
    chart.svg()
}

/// From white to a blue on which dark letters can be read.
fn shade(share: f64) -> String {
    // In [0, 255]: the share is in [0, 1].
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let mix = |from: f64, to: f64| (from + (to - from) * share).round() as u8;
    format!(
        "#{:02x}{:02x}{:02x}",
        mix(250.0, 105.0),
        mix(250.0, 175.0),
        mix(252.0, 225.0)
    )
}
