//! Equation 7 of Tian 2017: other isotropic inputs.

use std::f64::consts::PI;

use relu_gating::{
    Angle, CoefficientEstimate, Gaussian, RotationInvariant, UniformBall, UniformCube,
    UniformSphere, estimate_coefficients,
};

use crate::statistics::{Comparisons, Mean};
use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, Mark, Stroke};

/// A(θ) and B(θ) of four laws, estimated, against Equation 5 times E‖x‖²/d.
pub const ITEM: Item = Item {
    id: "t17-eq7",
    kind: Kind::Experiment,
    paper: "T17 Eq 7",
    title: "Mass and asymmetry of isotropic inputs",
    run,
};

const DIMENSION: usize = 3;
const LAWS: [&str; 4] = ["Gaussian", "sphere", "ball", "cube"];

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let angles = context.pick(9, 23, 47);
    let samples = context.pick(20_000, 200_000, 1_000_000);
    let angle_of = |place: usize| PI * (place as f64 + 1.0) / (angles as f64 + 1.0);
    let estimates = context.map("laws", LAWS.len() * angles, |task, random| {
        let angle = angle_of(task % angles);
        // Directions with no axis of the cube in their plane.
        let e = [2.0 / 3.0, 2.0 / 3.0, 1.0 / 3.0];
        let normal = [1.0 / 3.0, -2.0 / 3.0, 2.0 / 3.0];
        let w: Vec<f64> = e
            .iter()
            .zip(normal)
            .map(|(e, n)| angle.cos() * e + angle.sin() * n)
            .collect();
        Ok(match task / angles {
            0 => estimate_coefficients(&Gaussian, random, &e, &w, samples)?,
            1 => estimate_coefficients(&UniformSphere { radius: 1.0 }, random, &e, &w, samples)?,
            2 => estimate_coefficients(&UniformBall { radius: 1.0 }, random, &e, &w, samples)?,
            _ => estimate_coefficients(&UniformCube { half_width: 0.5 }, random, &e, &w, samples)?,
        })
    })?;

    let d = DIMENSION as f64;
    let moments = [
        Gaussian.mean_square_norm(DIMENSION) / d,
        UniformSphere { radius: 1.0 }.mean_square_norm(DIMENSION) / d,
        UniformBall { radius: 1.0 }.mean_square_norm(DIMENSION) / d,
        1.0 / 12.0,
    ];
    let mut invariant = Comparisons::default();
    let mut cube = Comparisons::default();
    let mut table = Table::new(
        "coefficients",
        &[
            "law", "theta", "A_over_m", "A_error", "B_over_m", "B_error", "A_closed", "B_closed",
        ],
    );
    let mut points: [[Vec<(f64, f64)>; 2]; 4] = Default::default();
    for (task, found) in estimates.iter().enumerate() {
        let (law, angle) = (task / angles, angle_of(task % angles));
        let closed = Angle::from_radians(angle)?;
        let (a, b) = (
            Gaussian.mass(DIMENSION, closed),
            Gaussian.asymmetry(DIMENSION, closed),
        );
        let [mass, asymmetry] = scaled(found, moments[law]);
        let comparisons = if law == 3 { &mut cube } else { &mut invariant };
        comparisons.add(mass, a);
        comparisons.add(asymmetry, b);
        points[law][0].push((angle, mass.value));
        points[law][1].push((angle, asymmetry.value));
        table.row(&[
            &LAWS[law],
            &angle,
            &mass.value,
            &mass.error,
            &asymmetry.value,
            &asymmetry.error,
            &a,
            &b,
        ]);
    }

    let picture = Picture::new(
        "Tian 2017, Equation 7: the coefficients of the mass term A(θ) and of the asymmetry term B(θ), divided by \
         m = E‖x‖²/d, for inputs from four laws; the lines are Equation 5. For every rotation-invariant law (Gaussian, \
         sphere, ball) the estimates lie on them. The cube is not rotation invariant and leaves them.",
    )
    .parameter("dimension", DIMENSION)
    .parameter("samples", samples)
    .parameter("plane", "spanned by (2, 2, 1)/3 and (1, −2, 2)/3")
    .panel("a", "Mass A(θ)/m", panel("Mass A(θ)/m", 0.6, &points, 0)?)
    .panel("b", "Asymmetry B(θ)/m", panel("Asymmetry B(θ)/m", 0.2, &points, 1)?)
    .table(table);
    let outcome = Outcome::new(
        Verdict::of(invariant.hold()),
        invariant.sentence("estimates of A and B for Gaussian, sphere and ball inputs"),
    )
    .with(
        "cube",
        cube.sentence("estimates for the cube, which is not rotation invariant,"),
    )
    .with("dimension", DIMENSION);
    Ok(invariant.evidence(outcome, context).with_figure(picture))
}

/// The estimates of A and B divided by m.
fn scaled(found: &CoefficientEstimate, m: f64) -> [Mean; 2] {
    let samples = found.samples;
    [
        Mean {
            value: found.mass / m,
            error: found.mass_error / m,
            samples,
        },
        Mean {
            value: found.asymmetry / m,
            error: found.asymmetry_error / m,
            samples,
        },
    ]
}

fn panel(
    title: &str,
    top: f64,
    points: &[[Vec<(f64, f64)>; 2]; 4],
    which: usize,
) -> anyhow::Result<String> {
    let mut line = Vec::new();
    for place in 0..=100 {
        let angle = Angle::from_radians(PI * f64::from(place) / 100.0)?;
        let value = [
            Gaussian.mass(DIMENSION, angle),
            Gaussian.asymmetry(DIMENSION, angle),
        ][which];
        line.push((angle.radians(), value));
    }
    let marks = [Mark::Disc, Mark::Square, Mark::Triangle, Mark::Diamond];
    let mut chart = Chart::new(
        title,
        Axis::linear("angle θ between e and w", 0.0, PI).in_pi(),
        Axis::linear(title, 0.0, top).step(0.1).decimals(1),
    )
    .legend(if which == 0 {
        Legend::TopRight
    } else {
        Legend::TopLeft
    })
    .line("Eq 5", GUIDE, Stroke::Solid, &line);
    for law in 0..LAWS.len() {
        chart = chart.points(LAWS[law], COLOURS[law], marks[law], &points[law][which]);
    }
    Ok(chart.svg())
}
