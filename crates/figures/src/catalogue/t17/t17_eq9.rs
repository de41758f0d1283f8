//! Equation 9 of Tian 2017: the gradient in angles and norms.

use critical_points::NormalEquation;
use faer::Mat;
use rand::RngExt as _;
use std::f64::consts::TAU;
use teacher_student::initialization::gaussian;
use teacher_student::{Network, Objective as _, Population, Weights};

use crate::{Context, Item, Kind, Outcome, Verdict};

/// The rows of Y E − B* W* beside 2π times the population gradient.
pub const ITEM: Item = Item {
    id: "t17-eq9",
    kind: Kind::Experiment,
    paper: "T17 Eq 9; T17s Eq 14–16",
    title: "The normal equation",
    run,
};

const TASKS: usize = 8;
/// Sums over up to 12 neurons of π‖w‖, each with a few roundings.
const ACCURACY: f64 = 1e-14;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let samples = context.pick(50, 1000, 20_000);
    let found = context.map("networks", TASKS, |_, random| {
        let (mut worst, mut turned) = (0.0_f64, 0.0_f64);
        for _ in 0..samples {
            let (k, teachers, d) = (
                random.random_range(1..=6),
                random.random_range(1..=6),
                random.random_range(2..=6),
            );
            let (student, teacher) = (
                gaussian(random, k, d, 1.0)?,
                gaussian(random, teachers, d, 1.0)?,
            );
            let equation = NormalEquation::new(&student, &teacher)?;
            let population = Population::new(Network::new(teacher.clone()), vec![1.0; k])?;
            let gradient = population.gradient(student.as_mat())?;
            let scale = equation
                .norms()
                .iter()
                .chain(equation.teacher_norms())
                .sum::<f64>();
            let off = Mat::from_fn(k, d, |j, c| {
                equation.residual()[(j, c)] - TAU * gradient[(j, c)]
            });
            worst = worst.max(off.norm_max() / scale);
            // Y depends on angles and norms only: turn everything by exchanging the axes.
            let exchanged = |w: &Weights| {
                Weights::new(Mat::from_fn(w.neurons(), d, |j, c| {
                    w.as_mat()[(j, d - 1 - c)]
                }))
            };
            let other = NormalEquation::new(&exchanged(&student)?, &exchanged(&teacher)?)?;
            turned = turned.max((other.y() - equation.y()).norm_max() / scale);
        }
        Ok([worst, turned])
    })?;
    let most = |which: usize| found.iter().map(|f| f[which]).fold(0.0, f64::max);
    Ok(Outcome::new(
        Verdict::of(most(0) <= ACCURACY && most(1) <= ACCURACY),
        format!(
            "{} random networks of up to 6 students and teachers: Y E − B* W* is 2π times the gradient, to {:.1e} of the sum of the norms; Y is \
             the same for the same angles and norms in another frame, to {:.1e}.",
            TASKS * samples,
            most(0),
            most(1)
        ),
    )
    .with("largest_difference", most(0))
    .with("largest_change_of_y_in_another_frame", most(1))
    .with("seed", context.seed()))
}
