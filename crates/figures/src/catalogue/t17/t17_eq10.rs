//! Equations 10–13 of Tian 2017: the projected normal equation, and the norms it asks for.

use critical_points::{Bisector, Error, Magnitudes, NormalEquation};
use faer::Mat;
use rand::RngExt as _;
use teacher_student::initialization::gaussian;
use teacher_student::{Network, Objective as _, Population, Weights};

use crate::{Context, Item, Kind, Outcome, Verdict};

/// M w̄ − M* w̄* beside the gradient, the printed factor Θ*, and norms recovered at critical points.
pub const ITEM: Item = Item {
    id: "t17-eq10",
    kind: Kind::Experiment,
    paper: "T17 Eq 10–13; T17s Eq 20–28",
    title: "The projected normal equation",
    run,
};

const TASKS: usize = 8;
/// Inner products of rows of 2π times the gradient with unit vectors, relative to the sum of the norms.
const ACCURACY: f64 = 1e-14;
/// Norms solved for at a condition number of at most 100.
const RECOVERED: f64 = 1e-13;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let samples = context.pick(50, 1000, 20_000);
    let found = context.map("networks", TASKS, |_, random| {
        let (mut projected, mut corrected, mut as_printed) = (0.0_f64, 0.0_f64, f64::INFINITY);
        let (mut recovered, mut singular) = (0.0_f64, 0_usize);
        for _ in 0..samples {
            let (k, teachers, d) = (
                random.random_range(2..=5),
                random.random_range(1..=5),
                random.random_range(2..=5),
            );
            let (student, teacher) = (
                gaussian(random, k, d, 1.0)?,
                gaussian(random, teachers, d, 1.0)?,
            );
            let equation = NormalEquation::new(&student, &teacher)?;
            let gradient = Population::new(Network::new(teacher.clone()), vec![1.0; k])?
                .gradient(student.as_mat())?;
            let scale = equation
                .norms()
                .iter()
                .chain(equation.teacher_norms())
                .sum::<f64>();
            let by_matrices = equation.projected_residual();
            for j in 0..k {
                for l in 0..k {
                    let inner: f64 = (0..d)
                        .map(|c| gradient[(j, c)] * student.as_mat()[(l, c)])
                        .sum();
                    let exact = std::f64::consts::TAU * inner / equation.norms()[l];
                    projected = projected.max((by_matrices[(j, l)] - exact).abs() / scale);
                }
            }
            // W* Eᵀ = diag(w̄*) cos Θ*, where Θ* is printed.
            let (mut right, mut printed) = (0.0_f64, 0.0_f64);
            for j in 0..k {
                for l in 0..teachers {
                    let inner: f64 = (0..d)
                        .map(|c| student.as_mat()[(j, c)] * teacher.as_mat()[(l, c)])
                        .sum();
                    let inner = inner / equation.norms()[j];
                    let (angle, norm) = (equation.teacher_angle(j, l), equation.teacher_norms()[l]);
                    right = right.max((inner - norm * angle.cos()).abs() / norm);
                    printed = printed.max((inner - norm * angle.radians()).abs() / norm);
                }
            }
            (corrected, as_printed) = (corrected.max(right), as_printed.min(printed));
            // At a critical point the norms follow from the angles: the teacher itself, its neurons renamed.
            let point = Weights::new(Mat::from_fn(teachers, d, |j, c| {
                teacher.as_mat()[((j + 1) % teachers, c)]
            }))?;
            match Magnitudes::solve(&NormalEquation::new(&point, &teacher)?) {
                Ok(solved) if solved.condition() <= 100.0 => {
                    for j in 0..teachers {
                        let norm = point.as_mat().row(j).norm_l2();
                        recovered = recovered.max((solved.norms()[j] - norm).abs() / scale);
                    }
                }
                Ok(_) => {}
                Err(Error::Singular { .. }) => singular += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(([projected, corrected, as_printed, recovered], singular))
    })?;
    let most = |which: usize| found.iter().map(|f| f.0[which]).fold(0.0, f64::max);
    let printed = found.iter().map(|f| f.0[2]).fold(f64::INFINITY, f64::min);
    // Antiparallel students that are critical, and the same directions for teachers that allow none.
    let point = Bisector::new(&[1.0, 0.2], &[0.2, 1.0])?.antiparallel()?;
    let at_point = Magnitudes::solve(&NormalEquation::new(
        &point,
        &Weights::from_rows(&[vec![1.0, 0.2], vec![0.2, 1.0]])?,
    )?);
    let words = match &at_point {
        Ok(solved) => format!("{:.1e}", solved.largest_residual()),
        Err(error) => error.to_string(),
    };
    let holds =
        most(0) <= ACCURACY && most(1) <= ACCURACY && printed > 1e-3 && most(3) <= RECOVERED;
    Ok(Outcome::new(
        Verdict::of(holds),
        format!(
            "{} random networks: M w̄ − M* w̄* is the projected gradient to {:.1e} of the sum of the norms, and the norms of a permuted teacher \
             follow from its angles to {:.1e}. W* Eᵀ is diag(w̄*) cos Θ* to {:.1e}; with Θ*, as printed, the error is never below {printed:.2}.",
            TASKS * samples,
            most(0),
            most(3),
            most(1)
        ),
    )
    .with("largest_difference", most(0))
    .with("largest_error_with_cos", most(1))
    .with("least_error_as_printed", printed)
    .with("largest_error_of_a_norm", most(3))
    .with("singular_sets", found.iter().map(|f| f.1).sum::<usize>())
    .with("residual_at_antiparallel_students", words)
    .with("seed", context.seed()))
}
