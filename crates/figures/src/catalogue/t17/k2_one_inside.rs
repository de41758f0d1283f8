//! Two students with exactly one teacher inside their cone: critical points, and how they bifurcate.

use std::f64::consts::PI;

use critical_points::{Bisector, ConeCase, Spectrum};
use faer::Mat;
use faer::linalg::solvers::Solve;
use teacher_student::{Network, Objective, Population, Weights};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, GUIDE, Legend, Stroke};

/// The antiparallel family, its continuation to unequal norms, and its bifurcation.
pub const ITEM: Item = Item {
    id: "k2-one-inside",
    kind: Kind::Experiment,
    paper: "T17 §5.3 (left open)",
    title: "Exactly one teacher inside the cone",
    run,
};

/// Ratios ‖w₂*‖/‖w₁*‖ of the diagram.
const RATIOS: [f64; 4] = [1.0, 0.95, 0.8, 0.5];
/// The last angle of the diagram: at π there is no bisector.
const LAST: f64 = 3.1;
/// A continuation step of h may move the students by this times √h, the growth at a bifurcation.
const JUMP: f64 = 1.0;
/// The gradient at which Newton's iteration ends.
const CRITICAL: f64 = 1e-13;
/// The angle of the teachers at which the antiparallel point bifurcates, to eight digits.
const BIFURCATION: f64 = 2.225_669_6;

struct Point {
    angle: f64,
    ratio: f64,
    branch: &'static str,
    student: Mat<f64>,
    gradient: f64,
    loss: f64,
    negative: usize,
    null: usize,
    case: ConeCase,
}

fn teachers(angle: f64, ratio: f64) -> [[f64; 2]; 2] {
    let half = 0.5 * angle;
    [
        [half.cos(), half.sin()],
        [ratio * half.cos(), -ratio * half.sin()],
    ]
}

fn population(angle: f64, ratio: f64) -> anyhow::Result<Population> {
    let rows: Vec<Vec<f64>> = teachers(angle, ratio)
        .iter()
        .map(|row| row.to_vec())
        .collect();
    Ok(Population::matching(Network::new(Weights::from_rows(
        &rows,
    )?)))
}

/// Newton's iteration; none if it does not arrive.
fn polished(problem: &Population, mut at: Mat<f64>) -> anyhow::Result<Option<Mat<f64>>> {
    for _ in 0..30 {
        let slope = problem.gradient(at.as_ref())?;
        if slope.norm_l2() <= CRITICAL {
            return Ok(Some(at));
        }
        let right = Mat::from_fn(4, 1, |i, _| slope[(i / 2, i % 2)]);
        let step = problem.hessian(at.as_ref())?.partial_piv_lu().solve(&right);
        at = Mat::from_fn(2, 2, |j, i| at[(j, i)] - step[(2 * j + i, 0)]);
        if !at.norm_max().is_finite() || at.norm_max() > 10.0 {
            return Ok(None);
        }
    }
    Ok(None)
}

fn antiparallel(angle: f64) -> anyhow::Result<Mat<f64>> {
    let [first, second] = teachers(angle, 1.0);
    Ok(Bisector::new(&first, &second)?
        .antiparallel()?
        .as_mat()
        .to_owned())
}

fn measured(
    problem: &Population,
    branch: &'static str,
    angle: f64,
    ratio: f64,
    student: Mat<f64>,
) -> anyhow::Result<Point> {
    let spectrum = Spectrum::of(&problem.hessian(student.as_ref())?)?;
    let row = |j: usize| [student[(j, 0)], student[(j, 1)]];
    Ok(Point {
        angle,
        ratio,
        branch,
        gradient: problem.gradient(student.as_ref())?.norm_l2(),
        loss: problem.loss(student.as_ref())?,
        negative: spectrum.negative(),
        null: spectrum.null(),
        case: ConeCase::of([row(0), row(1)], teachers(angle, ratio))?,
        student,
    })
}

/// The first eigenvalue that changes sign along the antiparallel family, in ascending place `index`.
fn eigenvalue(angle: f64, index: usize) -> anyhow::Result<f64> {
    let problem = population(angle, 1.0)?;
    let hessian = problem.hessian(antiparallel(angle)?.as_ref())?;
    Ok(Spectrum::of(&hessian)?.eigenvalues()[index])
}

fn bifurcation() -> anyhow::Result<f64> {
    let mut index = 0;
    while eigenvalue(2.0, index)? * eigenvalue(2.4, index)? > 0.0 {
        index += 1;
    }
    let (mut low, mut high) = (2.0, 2.4);
    let sign = eigenvalue(low, index)?;
    for _ in 0..45 {
        let middle = 0.5 * (low + high);
        if eigenvalue(middle, index)? * sign > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(0.5 * (low + high))
}

/// Continues a critical point in the angle, from `start` towards `end`, in steps so small that a jump to another branch
/// shows as a move longer than the step allows; ends there, or at a fold.
fn follow(
    mut at: Mat<f64>,
    branch: &'static str,
    ratio: f64,
    [start, end]: [f64; 2],
    step: f64,
) -> anyhow::Result<Vec<Point>> {
    let mut points = Vec::new();
    let direction = (end - start).signum();
    let mut travelled = 0.0;
    while travelled <= (end - start).abs() {
        let angle = start + direction * travelled;
        let problem = population(angle, ratio)?;
        let Some(next) = polished(&problem, at.clone())? else {
            break;
        };
        if (&next - &at).norm_l2() > JUMP * step.sqrt() {
            break;
        }
        points.push(measured(&problem, branch, angle, ratio, next.clone())?);
        at = next;
        travelled += step;
    }
    Ok(points)
}

/// The antiparallel point at `angle`, continued to a ratio of the norms.
fn continued(angle: f64, ratio: f64) -> anyhow::Result<Option<Mat<f64>>> {
    let mut at = antiparallel(angle)?;
    let steps = 100;
    for index in 1..=steps {
        let now = 1.0 + (ratio - 1.0) * f64::from(index) / f64::from(steps);
        match polished(&population(angle, now)?, at)? {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let step = context.pick(0.02, 0.005, 0.001);
    let mut points = Vec::new();
    for ratio in RATIOS {
        // From the right angle to both sides, and from nearly opposite teachers back to the fold.
        let legs = [
            ("antiparallel", 0.5 * PI, 0.1),
            ("antiparallel", 0.5 * PI, LAST),
            ("from π", LAST, 0.5 * PI),
        ];
        for (branch, start, end) in legs {
            if branch == "from π" && ratio == 1.0 {
                continue;
            }
            let Some(at) = continued(start, ratio)? else {
                continue;
            };
            points.extend(follow(at, branch, ratio, [start, end], step)?);
        }
    }
    // The further branch of equal norms: students turned off the bisector.
    let middle = 2.4;
    if let Some(at) = polished(
        &population(middle, 1.0)?,
        turned(&antiparallel(middle)?, 0.4),
    )? {
        for end in [BIFURCATION, LAST] {
            points.extend(follow(
                at.clone(),
                "further branch",
                1.0,
                [middle, end],
                step,
            )?);
        }
    }
    // At the bifurcation the branch ends on the antiparallel family.
    points.retain(|p| p.branch != "further branch" || tilt(&p.student) > 1e-3);
    let found = bifurcation()?;
    // Room for the legend above the curves.
    let highest = 1.35 * points.iter().map(|p| p.loss).fold(0.0, f64::max);
    let mut table = Table::new(
        "points",
        &[
            "angle",
            "norm_ratio",
            "branch",
            "w1_x",
            "w1_y",
            "w2_x",
            "w2_y",
            "loss",
            "gradient",
            "negative",
            "null",
            "case",
        ],
    );
    for p in &points {
        let s = &p.student;
        let case = match p.case {
            ConeCase::OneInside => "one inside",
            ConeCase::CollinearStudents => "antiparallel students",
            _ => "other",
        };
        table.row(&[
            &p.angle,
            &p.ratio,
            &p.branch,
            &s[(0, 0)],
            &s[(0, 1)],
            &s[(1, 0)],
            &s[(1, 1)],
            &p.loss,
            &p.gradient,
            &p.negative,
            &p.null,
            &case,
        ]);
    }
    let slope = points.iter().map(|p| p.gradient).fold(0.0, f64::max);
    let saddles = points.iter().filter(|p| p.negative >= 1).count();
    let excluded = points.iter().filter(|p| p.case.excludes()).count();
    let further = points
        .iter()
        .filter(|p| p.branch == "further branch")
        .count();
    let holds = slope <= 1e-12
        && saddles == points.len()
        && excluded == 0
        && further > 0
        && (found - BIFURCATION).abs() < 5e-8;
    Ok(Outcome::new(
        Verdict::of(holds),
        format!(
            "{} critical points with one teacher on either side, over the teachers' angle and the ratio of their norms: {saddles} \
             are saddles. For equal norms the antiparallel family bifurcates at the angle {found:.7}; {further} points of the \
             branch that begins there.",
            points.len()
        ),
    )
    .with("largest_gradient", slope)
    .with("bifurcation", found)
    .with("points_excluded_by_theorem_4", excluded)
    .with_figure(
        Picture::new(
            "Critical points of two students with exactly one teacher inside their cone, or with antiparallel students, against \
             the angle of the teachers. (a) Loss. (b) Tilt of the first student from the bisector. For equal norms the students \
             lie on the bisector (tilt 0), and a further branch begins at the dashed line. For unequal norms the two separate: the points \
             near the bisector for nearly opposite teachers (dashed curves) end at a fold.",
        )
        .parameter("norm ratios", RATIOS.to_vec())
        .panel("a", "(a) Loss", draw("(a) Loss", "loss", &points, |p| p.loss, highest))
        .panel("b", "(b) Tilt of the first student", draw("(b) Tilt of the first student", "angle to the bisector", &points, |p| tilt(&p.student), 1.6))
        .table(table),
    ))
}

fn turned(student: &Mat<f64>, angle: f64) -> Mat<f64> {
    let (sine, cosine) = angle.sin_cos();
    Mat::from_fn(2, 2, |j, i| {
        let (x, y) = (student[(j, 0)], student[(j, 1)]);
        if i == 0 {
            cosine * x - sine * y
        } else {
            sine * x + cosine * y
        }
    })
}

/// The angle of the first student to the bisector of the teachers, the first axis.
fn tilt(student: &Mat<f64>) -> f64 {
    student[(0, 1)].atan2(student[(0, 0)]).abs()
}

fn draw(
    title: &str,
    label: &str,
    points: &[Point],
    value: impl Fn(&Point) -> f64,
    top: f64,
) -> String {
    let mut chart = Chart::new(
        title,
        Axis::linear("angle of the teachers", 0.0, PI).in_pi(),
        Axis::linear(label, 0.0, top),
    )
    .size(640.0, 420.0)
    .legend(Legend::TopLeft)
    .line(
        "",
        GUIDE,
        Stroke::Dashed,
        &[(BIFURCATION, 0.0), (BIFURCATION, top)],
    );
    let branch = |name: &str, ratio: f64| -> Vec<(f64, f64)> {
        let of = points
            .iter()
            .filter(|p| p.branch == name && p.ratio == ratio);
        let mut line: Vec<(f64, f64)> = of.map(|p| (p.angle, value(p))).collect();
        line.sort_by(|a, b| a.0.total_cmp(&b.0));
        line
    };
    for (ratio, colour) in RATIOS.iter().zip(COLOURS) {
        chart = chart.line(
            &format!("norm ratio {ratio}"),
            colour,
            Stroke::Solid,
            &branch("antiparallel", *ratio),
        );
        let other = branch("from π", *ratio);
        if !other.is_empty() {
            chart = chart.line("", colour, Stroke::Dashed, &other);
        }
    }
    chart
        .line(
            "further branch, ratio 1",
            COLOURS[4],
            Stroke::Dotted,
            &branch("further branch", 1.0),
        )
        .svg()
}
