//! Iterations to loss 0 from two kinds of start.

use hinge_classifier::{
    Goal, HingeNetwork, PaperStart, PolarGrid, Rays, Training, TrainingEnd, planar_condition,
};

use crate::naive::{Naive, largest_difference, stream, turned};

fn rays(k: usize) -> Rays {
    Rays::plane(
        HingeNetwork::simplified(k, k).unwrap(),
        0,
        &PolarGrid::paper(),
    )
    .unwrap()
}

fn iterations(start: PaperStart, k: usize, runs: u64, training: &Training) -> Vec<f64> {
    let objective = rays(k);
    (0..runs)
        .map(|run| {
            training
                .run(&objective, &start.draw(&mut stream(101, run), 2 * k, 2))
                .unwrap()
        })
        .filter(|run| run.ending == TrainingEnd::Goal)
        .map(|run| run.iterations as f64)
        .collect()
}

/// (printed − mean)/√(std²/runs + printed std²/100).
fn z(values: &[f64], printed: (f64, f64)) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (printed.0 - mean) / (square / (n - 1.0) / n + printed.1.powi(2) / 100.0).sqrt()
}

#[test]
fn oracle_eighty_directions_are_880_points() {
    let training = Training::new(0.1).unwrap();
    for k in [3, 5] {
        for run in 0..4 {
            let start =
                [PaperStart::Random, PaperStart::HalfSpace][usize::try_from(run).unwrap() % 2];
            let start = start.draw(&mut stream(102, run), 2 * k, 2);
            let fast = training.run(&rays(k), &start).unwrap();
            let slow = training.run(&Naive::paper(k), &start).unwrap();
            assert_eq!(
                (fast.iterations, fast.ending),
                (slow.iterations, slow.ending)
            );
            assert!(largest_difference(&fast.weights, &slow.weights) < 1e-10);
        }
    }
}

#[test]
fn oracle_printed_means() {
    // A false alarm has a probability of 3 in 1000 a cell; the seed is fixed.
    let training = Training::new(0.1).unwrap().limit(20_000);
    for (start, k, printed) in [
        (PaperStart::Random, 3, (578.90, 205.43)),
        (PaperStart::Random, 12, (82.93, 26.76)),
        (PaperStart::HalfSpace, 3, (672.41, 226.53)),
        (PaperStart::HalfSpace, 12, (416.82, 216.58)),
    ] {
        let z = z(&iterations(start, k, 200, &training), printed);
        assert!(z.abs() < 3.0, "{start:?} {k}: {z}");
    }
}

#[test]
fn symmetry_turned_and_mirrored_starts() {
    // The grid is its own image under 4.5° and under reflection, up to rounding.
    let training = Training::new(0.1).unwrap();
    for run in 0..10 {
        let start = PaperStart::Random.draw(&mut stream(103, run), 8, 2);
        let plain = training.run(&rays(4), &start).unwrap();
        let rotated = training
            .run(&rays(4), &turned(&start, std::f64::consts::PI / 8.0))
            .unwrap();
        let mirror: Vec<f64> = start
            .iter()
            .enumerate()
            .map(|(i, w)| if i % 2 == 0 { *w } else { -w })
            .collect();
        let mirrored = training.run(&rays(4), &mirror).unwrap();
        assert_eq!(plain.iterations, rotated.iterations);
        assert_eq!(plain.iterations, mirrored.iterations);
    }
}

#[test]
fn nonvacuity_other_settings_do_not_match() {
    // A run in hundreds has its positive neurons on one line and takes a hundred thousand steps: it has no part in a mean.
    let other_step = Training::new(0.2).unwrap().limit(20_000);
    let other_goal = Training::new(0.1)
        .unwrap()
        .until(Goal::LossBelow(0.05))
        .unwrap();
    for training in [other_step, other_goal] {
        let z = z(
            &iterations(PaperStart::Random, 3, 200, &training),
            (578.90, 205.43),
        );
        assert!(z > 5.0, "{z}");
    }
    // Half-space starts never satisfy the condition, random ones often do.
    let holds = |start: PaperStart, run: u64| {
        let weights = start.draw(&mut stream(104, run), 12, 2);
        let rows: Vec<[f64; 2]> = weights.chunks_exact(2).map(|w| [w[0], w[1]]).collect();
        planar_condition(&rows).unwrap()
    };
    assert_eq!(
        (0..1000)
            .filter(|&run| holds(PaperStart::HalfSpace, run))
            .count(),
        0
    );
    assert!(
        (0..1000)
            .filter(|&run| holds(PaperStart::Random, run))
            .count()
            > 900
    );
}
