//! Equation 8 of Tian 2017: the population gradient of several units.

use faer::Mat;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use teacher_student::{Network, Objective as _, Population, Weights};

use crate::statistics::{Comparisons, Running};
use crate::{Context, Item, Kind, Outcome, Verdict};

/// The gradient of random students and teachers by Monte Carlo, entry by entry.
pub const ITEM: Item = Item {
    id: "t17-eq8",
    kind: Kind::Experiment,
    paper: "T17 Eq 4, 8; T16 Eq 12–13",
    title: "Gradient of several units against Monte Carlo",
    run,
};

const DIMENSION: usize = 5;

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let networks = context.pick(12, 40, 120);
    let samples = context.pick(20_000, 100_000, 1_000_000);
    let found = context.map("networks", networks, |task, random| {
        // Students and teachers of any number of units, top weights of either sign.
        let (students, teachers) = (1 + task % 4, 1 + task / 4 % 3);
        let student = matrix(random, students);
        let teacher = matrix(random, teachers);
        let top: Vec<f64> = (0..students)
            .map(|_| random.sample(StandardNormal))
            .collect();
        let teacher_top: Vec<f64> = (0..teachers)
            .map(|_| random.sample(StandardNormal))
            .collect();
        let network =
            Network::with_top_weights(Weights::new(teacher.clone())?, teacher_top.clone())?;
        let gradient = Population::new(network, top.clone())?.gradient(student.as_ref())?;

        let mut sums = vec![Running::default(); students * DIMENSION];
        let mut x = [0.0; DIMENSION];
        for _ in 0..samples {
            x.fill_with(|| random.sample(StandardNormal));
            let response = |weights: &Mat<f64>, unit: usize| -> f64 {
                x.iter()
                    .enumerate()
                    .map(|(i, x)| x * weights[(unit, i)])
                    .sum()
            };
            let output = |weights: &Mat<f64>, top: &[f64]| -> f64 {
                top.iter()
                    .enumerate()
                    .map(|(j, a)| a * response(weights, j).max(0.0))
                    .sum()
            };
            let miss = output(&student, &top) - output(&teacher, &teacher_top);
            for unit in 0..students {
                let open = response(&student, unit) > 0.0;
                let pull = if open { top[unit] * miss } else { 0.0 };
                for (i, x) in x.iter().enumerate() {
                    sums[unit * DIMENSION + i].push(pull * x);
                }
            }
        }
        let mut comparisons = Comparisons::default();
        for (place, sum) in sums.iter().enumerate() {
            comparisons.add(sum.mean(), gradient[(place / DIMENSION, place % DIMENSION)]);
        }
        Ok(comparisons)
    })?;
    let all = Comparisons::joined(&found);
    let outcome = Outcome::new(
        Verdict::of(all.hold()),
        all.sentence(&format!(
            "entries of the gradients of {networks} random networks"
        )),
    )
    .with("students", "K = 1…4, top weights N(0, 1)")
    .with("teachers", "K′ = 1…3, top weights N(0, 1)")
    .with("dimension", DIMENSION);
    Ok(all.evidence(outcome, context))
}

fn matrix<R: Rng>(random: &mut R, rows: usize) -> Mat<f64> {
    Mat::from_fn(rows, DIMENSION, |_, _| random.sample(StandardNormal))
}
