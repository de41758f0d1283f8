//! Figure 2 of Tian 2016: sampling near the origin, and the flow of one unit in the plane.

use std::f64::consts::{PI, TAU};

use anyhow::Context as _;
use serde_json::json;
use teacher_student::single_unit::{
    basin_probability, guaranteed_probability, guaranteed_ratio, in_basin, uniform_in_ball,
};
use teacher_student::{
    DormandPrince, GradientFlow, Integrator as _, Network, Population, Record, Stop, Trajectory,
    VectorField as _, Weights,
};

use crate::statistics::clopper_pearson;
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, MARK, Mark, Stroke};

/// The balls of the sampling strategy, the slab that bounds its loss, and the phase portrait for d = 2.
pub const ITEM: Item = Item {
    id: "t16-fig2",
    kind: Kind::Figure,
    paper: "T16 Fig 2; T17 Fig 5",
    title: "Sampling near the origin, and the flow of one unit",
    run,
};

const TEACHER: [f64; 2] = [1.0, 0.0];
/// r/‖w*‖ of the drawn balls: large enough to be seen.
const DRAWN: f64 = 0.6;
const DRAWN_CLOSE: f64 = 0.5;
const ANGLES: usize = 12;
/// Radii, in ‖w*‖, of the circles on which the drawn trajectories start.
const RADII: [f64; 2] = [0.05, 2.0];
/// A trajectory has arrived this near w*.
const NEAR: f64 = 1e-3;
const PATIENCE: f64 = 1e3;
/// Confidence of the comparison that decides.
const LEVEL_VERDICT: f64 = 1.0 - 5.7e-7;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let samples = context.pick(20_000, 200_000, 2_000_000);
    let cells = context.pick(16, 16, 24);
    let flow = flow()?;

    let mut starts = Vec::new();
    for radius in RADII {
        for index in 0..ANGLES {
            // Half a step off, so that no start lies on the opposite ray.
            let angle = TAU * (index as f64 + 0.5) / ANGLES as f64;
            starts.push([radius * angle.cos(), radius * angle.sin()]);
        }
    }
    let method = DormandPrince::default().relative_tolerance(1e-9);
    let stop = Stop::new()
        .time(PATIENCE)
        .distance_below(TEACHER.to_vec(), NEAR);
    let paths = context.map("paths", starts.len(), |task, _| {
        Ok(method.integrate(&flow, &starts[task], &stop, &Record::EveryStep(1))?)
    })?;
    let arrived = paths
        .iter()
        .filter(|path| path.outcome().is_converged())
        .count();
    let mut outside = 0;
    for start in &starts {
        outside += usize::from(!in_basin(start, &TEACHER)?);
    }

    // The share of B_r in Ω by counting, for the ball drawn in (b).
    let hits = context.map("samples", 10, |_, random| {
        let mut hits = 0;
        let mut w = [0.0; 2];
        for _ in 0..samples / 10 {
            uniform_in_ball(random, DRAWN_CLOSE, &mut w)?;
            hits += usize::from(in_basin(&w, &TEACHER)?);
        }
        Ok(hits)
    })?;
    let hits: usize = hits.into_iter().sum();
    let exact = basin_probability(2, DRAWN_CLOSE)?.probability;
    let slab = slab_bound(DRAWN_CLOSE);
    let (low, high) = clopper_pearson(hits, samples, LEVEL_VERDICT);
    let counted = low <= exact && exact <= high;

    let jump = [0.0, PI / 2.0, PI].map(|angle| limit_at_origin(&flow, angle));
    let mut limits = Vec::new();
    for limit in jump {
        let [u, v] = limit?;
        limits.push(json!([u, v]));
    }

    let mut table = Table::new("trajectories", &["path", "time", "x", "y"]);
    for (index, path) in paths.iter().enumerate() {
        for (time, state) in path.times().iter().zip(path.states()) {
            table.row(&[&index, time, &state[0], &state[1]]);
        }
    }
    let epsilon = DRAWN_CLOSE / guaranteed_ratio(2, 1.0)?;
    let (whole, near) = (
        "(c) Flow of one unit, d = 2",
        "(c) The same near the singularity",
    );
    let picture = Picture::new(CAPTION)
        .parameter("balls", format!("d = 2, r = {DRAWN}‖w*‖ in (a), r = {DRAWN_CLOSE}‖w*‖ in (b)"))
        .parameter("trajectories", format!("{ANGLES} from each of the circles ‖w⁰‖ = 0.05‖w*‖ and 2‖w*‖, Dormand–Prince, relative tolerance 1e-9, to a distance of {NEAR}"))
        .parameter("arrows", format!("{cells} × {cells}, directions only"))
        .parameter("not stated in the papers", "the radii; they are drawn larger than the theorem would have them")
        .panel("a", "(a) Sampling strategy", strategy()?)
        .panel("b", "(b) The part of the ball that is lost", lost())
        .panel("c", whole, portrait(whole, &flow, cells, &paths, ((-2.2, 2.6), 2.2))?)
        .panel("c-origin", near, portrait(near, &flow, cells, &paths, ((-0.2, 0.4), 0.275))?)
        .metric("share_of_ball_in_omega", exact)
        .metric("share_counted", hits as f64 / samples as f64)
        .metric("slab_bound", slab)
        .metric("epsilon_of_ball", epsilon)
        .metric("guarantee", guaranteed_probability(epsilon)?)
        .metric("field_at_origin_ahead_across_behind", limits.clone())
        .metric("arrived", arrived)
        .table(table);
    Ok(Outcome::new(
        Verdict::of(arrived == starts.len() && counted && slab < exact),
        format!(
            "All {} trajectories drawn end at w*, {outside} of them from outside Ω. Of the ball r = {DRAWN_CLOSE}‖w*‖ in \
             the plane a share of {exact:.4} lies in Ω ({:.4} counted), the slab bound says {slab:.4}. The field has \
             a different limit at the origin from each direction.",
            starts.len(),
            hits as f64 / samples as f64
        ),
    )
    .with("samples", samples)
    .with("interval_of_counted_share", json!([low, high]))
    .with("confidence", "1 − 5.7e-7")
    .with("field_at_origin_ahead_across_behind", limits)
    .with("seed", context.seed())
    .with_figure(picture))
}

const CAPTION: &str = "Tian 2016, Figure 2 (Tian 2017, Figure 5), in units of ‖w*‖ = 1. (a) Starts are drawn from the ball \
B_r around the origin; those in Ω = {‖w − w*‖ < ‖w*‖} (shaded, with their share) are known to converge. (b) Near the origin Ω is almost the half space \
x > 0: what is lost of half the ball lies in the slab 0 < x < δ of height δ = r²/2‖w*‖, in which the spheres ‖w‖ = r and ∂Ω \
meet. (c) The population flow for d = 2. The origin is a singularity, where the field depends on the direction of approach. \
Orange trajectories start outside Ω: they converge too. The dashed ray {−c w*} is the only set of starts that do not.";

fn flow() -> anyhow::Result<GradientFlow<Population>> {
    let teacher = Network::new(Weights::from_rows(&[TEACHER.to_vec()])?);
    Ok(GradientFlow::new(Population::matching(teacher)))
}

fn velocity(flow: &GradientFlow<Population>, w: [f64; 2]) -> anyhow::Result<[f64; 2]> {
    let mut rate = [0.0; 2];
    flow.evaluate(&w, &mut rate)
        .map_err(|reason| anyhow::anyhow!(reason))?;
    Ok(rate)
}

/// The field near the origin in the direction of an angle to w*.
fn limit_at_origin(flow: &GradientFlow<Population>, angle: f64) -> anyhow::Result<[f64; 2]> {
    velocity(flow, [1e-12 * angle.cos(), 1e-12 * angle.sin()])
}

/// ½ − δV_{d−1}(r)/V_d(r) for d = 2: the rectangle of height δ and width 2r is lost at most.
fn slab_bound(radius: f64) -> f64 {
    let height = radius * radius / 2.0;
    0.5 - height * 2.0 * radius / (PI * radius * radius)
}

fn circle(centre: f64, radius: f64) -> Vec<(f64, f64)> {
    arc(centre, radius, 0.0, TAU)
}

fn arc(centre: f64, radius: f64, from: f64, to: f64) -> Vec<(f64, f64)> {
    (0..=200)
        .map(|step| from + (to - from) * f64::from(step) / 200.0)
        .map(|angle| (centre + radius * angle.cos(), radius * angle.sin()))
        .collect()
}

/// The edges of B_r ∩ Ω or of its complement in the right half of B_r over the abscissae `from` to `to`, upper half.
fn upper(
    from: f64,
    to: f64,
    low: impl Fn(f64) -> f64,
    high: impl Fn(f64) -> f64,
) -> Vec<(f64, f64, f64)> {
    (0..=100)
        .map(|step| from + (to - from) * f64::from(step) / 100.0)
        .map(|x| (x, low(x), high(x).max(low(x))))
        .collect()
}

fn mirrored(edges: &[(f64, f64, f64)]) -> Vec<(f64, f64, f64)> {
    edges
        .iter()
        .map(|&(x, low, high)| (x, -high, -low))
        .collect()
}

/// The half height of a sphere around (centre, 0).
fn height(centre: f64, radius: f64) -> impl Fn(f64) -> f64 {
    move |x| {
        (radius * radius - (x - centre) * (x - centre))
            .max(0.0)
            .sqrt()
    }
}

fn strategy() -> anyhow::Result<String> {
    let meet = DRAWN * DRAWN / 2.0;
    let inside: Vec<(f64, f64, f64)> = upper(
        0.0,
        DRAWN,
        |_| 0.0,
        |x| height(1.0, 1.0)(x).min(height(0.0, DRAWN)(x)),
    );
    let share = basin_probability(2, DRAWN)?.probability;
    Ok(Chart::new(
        "(a) Sampling strategy",
        Axis::linear("component along w*", -1.0, 2.2)
            .step(0.5)
            .decimals(1),
        Axis::linear("component across w*", -1.25, 1.25)
            .step(0.5)
            .decimals(1),
    )
    .size(590.0, 480.0)
    .legend(Legend::Hidden)
    .band(COLOURS[2], &inside)
    .band(COLOURS[2], &mirrored(&inside))
    .line("", COLOURS[0], Stroke::Solid, &circle(1.0, 1.0))
    .line("", COLOURS[1], Stroke::Solid, &circle(0.0, DRAWN))
    .line("", GUIDE, Stroke::Dashed, &[(0.0, 0.0), (1.0, 0.0)])
    .line(
        "",
        GUIDE,
        Stroke::Dashed,
        &[(0.0, 0.0), (-DRAWN * 0.8, DRAWN * 0.6)],
    )
    .points(
        "",
        COLOURS[1],
        Mark::Disc,
        &[
            (meet, height(0.0, DRAWN)(meet)),
            (meet, -height(0.0, DRAWN)(meet)),
        ],
    )
    .points("", MARK, Mark::Disc, &[(0.0, 0.0)])
    .points("", MARK, Mark::Star, &[(1.0, 0.0)])
    .note("w*", MARK, 1.12, 0.0)
    .note("0", MARK, -0.08, -0.12)
    .note("r", MARK, -0.2, 0.24)
    .note("‖w*‖", MARK, 0.8, 0.02)
    .note("Ω", MARK, 1.6, 0.45)
    .note("B_r", MARK, -0.42, -0.62)
    .note(&format!("{:.0} %", 100.0 * share), MARK, 0.31, -0.32)
    .svg())
}

fn lost() -> String {
    let radius = DRAWN_CLOSE;
    let delta = radius * radius / 2.0;
    let gap = upper(0.0, delta, height(1.0, 1.0), height(0.0, radius));
    let kept: Vec<(f64, f64, f64)> = upper(
        0.0,
        radius,
        |_| 0.0,
        |x| height(1.0, 1.0)(x).min(height(0.0, radius)(x)),
    );
    let top = height(0.0, radius)(delta);
    Chart::new(
        "(b) The part of the ball that is lost",
        Axis::linear("component along w*", -0.25, 0.65)
            .step(0.1)
            .decimals(1),
        Axis::linear("component across w*", -0.6, 0.6)
            .step(0.2)
            .decimals(1),
    )
    .size(460.0, 590.0)
    .legend(Legend::Hidden)
    .band(COLOURS[2], &kept)
    .band(COLOURS[2], &mirrored(&kept))
    .band(COLOURS[1], &gap)
    .band(COLOURS[1], &mirrored(&gap))
    .line(
        "",
        COLOURS[0],
        Stroke::Solid,
        &arc(1.0, 1.0, PI - 0.62, PI + 0.62),
    )
    .line(
        "",
        COLOURS[1],
        Stroke::Solid,
        &arc(0.0, radius, -2.05, 2.05),
    )
    .line("", GUIDE, Stroke::Dashed, &[(0.0, -0.6), (0.0, 0.6)])
    .line("", GUIDE, Stroke::Dashed, &[(delta, -0.6), (delta, 0.6)])
    .points("", COLOURS[1], Mark::Disc, &[(delta, top), (delta, -top)])
    .points("", MARK, Mark::Disc, &[(0.0, 0.0)])
    .note("0", MARK, -0.03, -0.03)
    .pointer("δ = r²/2‖w*‖", MARK, (0.33, 0.53), (delta, 0.53))
    .pointer("lost", MARK, (-0.14, 0.28), (0.045, 0.36))
    .note("∂Ω", MARK, 0.08, 0.46)
    .note("∂B_r", MARK, 0.5, 0.25)
    .note("B_r ∩ Ω", MARK, 0.27, 0.0)
    .svg()
}

/// The flow in the window `along` × `across`, with arrows of a length.
fn portrait(
    title: &str,
    flow: &GradientFlow<Population>,
    cells: usize,
    paths: &[Trajectory],
    (along, across): ((f64, f64), f64),
) -> anyhow::Result<String> {
    let (left, right) = along;
    let width = (right - left) / cells as f64;
    let mut arrows = Vec::new();
    for column in 0..cells {
        for row in 0..cells {
            let x = left + width * (column as f64 + 0.5);
            let y = -across + 2.0 * across * (row as f64 + 0.5) / cells as f64;
            let [u, v] = velocity(flow, [x, y])?;
            arrows.push((x, y, u, v));
        }
    }
    let step = if across > 1.0 { 1.0 } else { 0.1 };
    let mut chart = Chart::new(
        title,
        Axis::linear("component along w*", left, right).step(step),
        Axis::linear("component across w*", -across, across).step(step),
    )
    .size(740.0, 580.0)
    .legend(Legend::Outside)
    .directions("#9a9a9a", 0.62 * width, &arrows)
    .line("∂Ω", COLOURS[0], Stroke::Dashed, &circle(1.0, 1.0))
    .line(
        "ray {−c w*}",
        MARK,
        Stroke::Dotted,
        &[(0.0, 0.0), (left, 0.0)],
    );
    let groups = [
        (true, "from Ω", COLOURS[2]),
        (false, "from outside Ω", COLOURS[1]),
    ];
    for (inside, name, colour) in groups {
        let mut name = name;
        for path in paths {
            let start = path.states().first().context("a path has a start")?;
            if in_basin(start, &TEACHER)? == inside {
                let points: Vec<(f64, f64)> = path.states().iter().map(|w| (w[0], w[1])).collect();
                chart = chart.line(name, colour, Stroke::Solid, &points);
                name = "";
            }
        }
    }
    if right > 1.0 {
        chart = chart.points("w*", MARK, Mark::Star, &[(1.0, 0.0)]);
    }
    Ok(chart
        .points("singularity", COLOURS[3], Mark::Disc, &[(0.0, 0.0)])
        .svg())
}
