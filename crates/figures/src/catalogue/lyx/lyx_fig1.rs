//! Figure 1 of Long, Yin & Xin 2021: the geometric condition on the sphere.

use charts::{COLOURS, Sphere};
use faer::Mat;
use hinge_classifier::{GeometricCondition, Hull, geometric_condition};
use rand_distr::{Distribution, StandardNormal};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};

/// A set of directions that satisfies the condition, and one that does not.
pub const ITEM: Item = Item {
    id: "lyx-fig1",
    kind: Kind::Figure,
    paper: "LYX Fig 1",
    title: "The geometric condition on the sphere",
    run,
};

const POINTS: usize = 10;
/// In the configuration that fails, no direction is nearer to the plane than this.
const ABOVE: f64 = 0.08;
/// The least margin of the configuration that holds: 0 must be seen inside.
const INSIDE: f64 = 0.2;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let mut random = context.random("directions", 0);
    let mut draw = || -> Mat<f64> {
        let mut weights = Mat::zeros(POINTS, 3);
        for j in 0..POINTS {
            (0..3).for_each(|i| weights[(j, i)] = StandardNormal.sample(&mut random));
        }
        weights
    };
    // Random directions until 0 is well inside.
    let holding = loop {
        let weights = draw();
        if Hull::of(weights.as_ref())?.margin() > INSIDE {
            break weights;
        }
    };
    // Those of another set, moved to one side of a plane.
    let plane = [0.25, 0.15, (1.0_f64 - 0.25 * 0.25 - 0.15 * 0.15).sqrt()];
    let mut failing = draw();
    for j in 0..POINTS {
        let length = (0..3).map(|i| failing[(j, i)].powi(2)).sum::<f64>().sqrt();
        (0..3).for_each(|i| failing[(j, i)] /= length);
        let height: f64 = (0..3).map(|i| plane[i] * failing[(j, i)]).sum();
        (0..3).for_each(|i| failing[(j, i)] += (height.abs() + ABOVE - height) * plane[i]);
    }
    let mut table = Table::new("directions", &["panel", "neuron", "x", "y", "z"]);
    let mut facets = Table::new("facets", &["panel", "offset", "corners"]);
    let mut picture = Picture::new(
        "Long, Yin & Xin 2021, Figure 1: the hull of ten directions on the unit sphere. Left, 0 is in its interior and the geometric \
         condition holds; right, all directions are on one side of a plane through 0, with the normal n that proves it.",
    )
    .parameter("directions", POINTS as u64);
    let mut verdicts = Vec::new();
    for (name, weights, colour) in [("a", &holding, COLOURS[0]), ("b", &failing, COLOURS[1])] {
        let hull = Hull::of(weights.as_ref())?;
        let verdict = geometric_condition(weights.as_ref())?;
        verdict.verify(weights.as_ref())?;
        let points: Vec<[f64; 3]> = hull
            .directions()
            .iter()
            .map(|w| [w[0], w[1], w[2]])
            .collect();
        for (j, point) in points.iter().enumerate() {
            table.row(&[&name, &j, &point[0], &point[1], &point[2]]);
        }
        let title = match verdict.holds() {
            Some(true) => "0 inside the hull: GC holds",
            _ => "0 outside the hull: GC fails",
        };
        let mut drawing = Sphere::new(title, colour, 32.0, 24.0).points(&points);
        for facet in hull.facets() {
            let corners: Vec<[f64; 3]> = facet.corners.iter().map(|&j| points[j]).collect();
            drawing = drawing.face(
                &corners,
                [facet.normal[0], facet.normal[1], facet.normal[2]],
            );
            facets.row(&[&name, &facet.offset, &format!("{:?}", facet.corners)]);
        }
        drawing = match &verdict {
            GeometricCondition::Holds(_) => drawing
                .note(&format!("a ball of radius {:.3} around 0", hull.margin()))
                .note("is inside the hull"),
            GeometricCondition::Fails(hemisphere) => {
                let n = hemisphere.normal();
                let least = points
                    .iter()
                    .map(|w| (0..3).map(|i| w[i] * n[i]).sum::<f64>())
                    .fold(f64::INFINITY, f64::min);
                drawing
                    .half_space([n[0], n[1], n[2]])
                    .note(&format!("⟨n, w⟩ ≥ {least:.3} for all directions:"))
                    .note("a closed half-space contains them")
            }
            GeometricCondition::Undecided(_) => drawing,
        };
        picture = picture
            .panel(name, title, drawing.svg())
            .metric(&format!("margin_{name}"), hull.margin());
        verdicts.push((verdict.holds(), hull.margin(), hull.facets().len()));
    }
    let agrees = verdicts[0].0 == Some(true)
        && verdicts[1].0 == Some(false)
        && verdicts[0].1 > 0.0
        && verdicts[1].1 < 0.0
        && verdicts.iter().all(|v| v.2 == 2 * POINTS - 4);
    Ok(Outcome::new(
        Verdict::of(agrees),
        format!(
            "Left the condition holds with the margin {:.3}; right it fails, 0 is {:.3} outside. Both verdicts are proved; both hulls have \
             2k − 4 = {} triangles.",
            verdicts[0].1,
            -verdicts[1].1,
            2 * POINTS - 4
        ),
    )
    .with("seed", context.seed())
    .with_figure(picture.table(table).table(facets)))
}
