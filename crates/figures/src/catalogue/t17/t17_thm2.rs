//! Theorem 2 of Tian 2017: out-of-plane critical points lie on manifolds.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use critical_points::{AntipodalFamily, OutOfPlaneFamily, RotationOrbit, Spectrum};
use teacher_student::{Network, Objective, Population, Weights};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, Legend, Stroke};

/// The explicit families: gradients, dimensions of the orbits, nullities.
pub const ITEM: Item = Item {
    id: "t17-thm2",
    kind: Kind::Experiment,
    paper: "T17 Thm 2; T17s L1",
    title: "Out-of-plane critical points",
    run,
};

const DIMENSIONS: [usize; 4] = [3, 4, 5, 8];
/// Rounding of weights of order one.
const CRITICAL: f64 = 1e-14;
/// Curvatures below this are zero: rounding is 1e-15, and those that do not vanish are above 1e-4.
const FLAT: f64 = 1e-10;

struct Point {
    family: &'static str,
    angle: f64,
    dimension: usize,
    gradient: f64,
    loss: f64,
    orbit: usize,
    spectrum: Spectrum,
    defect: f64,
}

fn point(
    family: &'static str,
    angle: f64,
    teacher: Weights,
    student: &Weights,
) -> anyhow::Result<Point> {
    let orbit = RotationOrbit::new(&teacher, student)?;
    let dimension = teacher.dimension();
    let population = Population::matching(Network::new(teacher));
    let hessian = population.hessian(student.as_mat())?;
    Ok(Point {
        family,
        angle,
        dimension,
        gradient: population.gradient(student.as_mat())?.norm_l2(),
        loss: population.loss(student.as_mat())?,
        orbit: orbit.dimension(),
        defect: orbit.kernel_defect(&hessian)?,
        spectrum: Spectrum::of(&hessian)?.resolved_to(FLAT)?,
    })
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let angles = context.pick(15_u32, 75, 300);
    let mut points = Vec::new();
    for step in 0..angles {
        let angle = 0.05 + (FRAC_PI_2 - 0.1) * f64::from(step) / f64::from(angles - 1);
        for dimension in DIMENSIONS {
            let family = OutOfPlaneFamily::new(angle)?;
            points.push(point(
                "a b ± c q",
                angle,
                family.teachers(dimension)?,
                &family.students(dimension)?,
            )?);
        }
    }
    let orthonormal = OutOfPlaneFamily::new(FRAC_PI_4)?;
    let special = point(
        "a b ± c q",
        FRAC_PI_4,
        orthonormal.teachers(4)?,
        &orthonormal.students(4)?,
    )?;
    for dimension in DIMENSIONS {
        let mut axis = vec![0.0; dimension];
        axis[0] = 1.0;
        let family = AntipodalFamily::new(axis)?;
        let mut across = vec![0.0; dimension];
        across[1] = 1.0;
        points.push(point(
            "collinear, w₂* = −w₁*",
            FRAC_PI_2,
            family.teachers()?,
            &family.students(&across, &[1.0, 1.0])?,
        )?);
    }

    let mut table = Table::new(
        "points",
        &[
            "family",
            "alpha",
            "d",
            "loss",
            "gradient",
            "orbit",
            "nullity",
            "negative",
            "positive",
            "kernel_defect",
        ],
    );
    let (mut slope, mut defect, mut wrong): (f64, f64, usize) = (0.0, 0.0, 0);
    for p in &points {
        let spectrum = &p.spectrum;
        table.row(&[
            &p.family,
            &p.angle,
            &p.dimension,
            &p.loss,
            &p.gradient,
            &p.orbit,
            &spectrum.null(),
            &spectrum.negative(),
            &spectrum.positive(),
            &p.defect,
        ]);
        slope = slope.max(p.gradient);
        defect = defect.max(p.defect);
        // The collinear points also move along the split of their length.
        let explained = if p.family.starts_with('a') {
            p.orbit
        } else {
            p.orbit + 1
        };
        wrong += usize::from(spectrum.null() != explained);
    }
    let holds = slope <= CRITICAL && defect <= CRITICAL && wrong == 0;
    Ok(Outcome::new(
        Verdict::of(holds),
        format!(
            "{} points of two families, d = 3…8: gradients below {slope:.1e}; the nullity is the dimension d − 3 of the \
             orbit (d − 2, and one for the split, for collinear students) in all but {wrong}. For d = K + 1 = 3 the points \
             a b ± c q are isolated.",
            points.len()
        ),
    )
    .with("largest_gradient", slope)
    .with("largest_curvature_along_an_orbit", defect)
    .with("orthonormal_theta", orthonormal.theta())
    .with("orthonormal_a", orthonormal.inside())
    .with("orthonormal_c", orthonormal.outside())
    .with("orthonormal_loss", special.loss)
    .with("orthonormal_nullity_in_four_dimensions", special.spectrum.null())
    .with_figure(
        Picture::new(
            "Out-of-plane critical points of two students for unit teachers at ±α about b: w₁,₂ = a b ± c q, any unit \
             q ⟂ Π*. The components a along b and c out of the plane, and the angle θ of the students over π.",
        )
        .parameter("dimensions", DIMENSIONS.to_vec())
        .panel("a", "The family against α", draw()?)
        .table(table),
    ))
}

fn draw() -> anyhow::Result<String> {
    let mut lines = [Vec::new(), Vec::new(), Vec::new()];
    for step in 1..200 {
        let angle = FRAC_PI_2 * f64::from(step) / 200.0;
        let family = OutOfPlaneFamily::new(angle)?;
        for (line, value) in
            lines
                .iter_mut()
                .zip([family.inside(), family.outside(), family.theta() / PI])
        {
            line.push((angle, value));
        }
    }
    let mut chart = Chart::new(
        "The family against α",
        Axis::linear("α, half of the teachers' angle", 0.0, FRAC_PI_2).in_pi(),
        Axis::linear("", 0.0, 1.1).step(0.2),
    )
    .size(600.0, 420.0)
    .legend(Legend::Outside);
    for ((name, line), colour) in ["a", "c", "θ/π"].iter().zip(&lines).zip(COLOURS) {
        chart = chart.line(name, colour, Stroke::Solid, line);
    }
    Ok(chart.svg())
}
