//! Collinear students on the bisector of two teachers.

use std::f64::consts::PI;

use critical_points::{Bisector, Spectrum};
use relu_gating::arc_cosine;
use teacher_student::{Network, Objective, Population, Weights};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};

/// Saddles for equal norms, and the gradient that is left for unequal ones.
pub const ITEM: Item = Item {
    id: "t17-saddle-k2",
    kind: Kind::Experiment,
    paper: "T17 §5.3",
    title: "Collinear saddles of two students",
    run,
};

/// Rounding of weights of order one.
const CRITICAL: f64 = 1e-14;
const RATIOS: [f64; 5] = [1.1, 1.5, 2.0, 5.0, 10.0];

fn teachers(half: f64, ratio: f64) -> [[f64; 2]; 2] {
    [
        [half.cos(), half.sin()],
        [ratio * half.cos(), -ratio * half.sin()],
    ]
}

fn population(teachers: [[f64; 2]; 2]) -> anyhow::Result<Population> {
    let rows: Vec<Vec<f64>> = teachers.iter().map(|row| row.to_vec()).collect();
    Ok(Population::matching(Network::new(Weights::from_rows(
        &rows,
    )?)))
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let angles = context.pick(20_u32, 200, 2000);
    let mut table = Table::new(
        "points",
        &[
            "alpha",
            "norm_ratio",
            "share",
            "gradient",
            "expected",
            "least_eigenvalue",
            "curvature",
        ],
    );
    let (mut slope, mut off, mut saddles, mut points): (f64, f64, usize, usize) = (0.0, 0.0, 0, 0);
    for step in 1..angles {
        let half = 0.5 * PI * f64::from(step) / f64::from(angles);
        let [first, second] = teachers(half, 1.0);
        let bisector = Bisector::new(&first, &second)?;
        let problem = population([first, second])?;
        for share in [0.1, 0.5, 0.8] {
            let student = bisector.collinear(share)?;
            let gradient = problem.gradient(student.as_mat())?.norm_l2();
            let spectrum = Spectrum::of(&problem.hessian(student.as_mat())?)?;
            slope = slope.max(gradient);
            points += 1;
            saddles += usize::from(spectrum.negative() >= 1 && spectrum.positive() >= 1);
            let curvature = bisector.escape_curvature(share)?;
            table.row(&[
                &half,
                &1.0,
                &share,
                &gradient,
                &0.0,
                &spectrum.eigenvalues()[0],
                &curvature,
            ]);
        }
        for ratio in RATIOS {
            // On the bisector, at the printed length.
            let length = (1.0 + ratio) * arc_cosine(bisector.half_angle()) / PI;
            let row = vec![0.5 * length, 0.0];
            let student = Weights::from_rows(&[row.clone(), row])?;
            let gradient = population(teachers(half, ratio))?
                .gradient(student.as_mat())?
                .norm_l2();
            let expected = 2f64.sqrt() * (PI - half) * half.sin() * (ratio - 1.0) / (2.0 * PI);
            off = off.max((gradient - expected).abs() / expected);
            table.row(&[&half, &ratio, &0.5, &gradient, &expected, &"", &""]);
        }
    }
    Ok(Outcome::new(
        Verdict::of(slope <= CRITICAL && saddles == points && off <= 1e-10),
        format!(
            "Equal norms: {saddles} of {points} collinear points are saddles with a gradient below {slope:.1e}. Norms 1 and r: on the \
             bisector, at the printed length, the gradient is √2 (π−α) sin α (r−1)/2π, to {off:.1e} of itself: never critical."
        ),
    )
    .with("largest_gradient_equal_norms", slope)
    .with("largest_relative_difference", off)
    .with_figure(Picture::new("Collinear students on the bisector.").table(table)))
}
