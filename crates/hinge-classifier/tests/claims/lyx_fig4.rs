//! The largest norm of the weights over a run with eight neurons.

use hinge_classifier::{HingeNetwork, PaperStart, PolarGrid, Rays, Training};

use crate::naive::{Naive, stream, turned};

fn rays() -> Rays {
    Rays::plane(
        HingeNetwork::simplified(4, 4).unwrap(),
        0,
        &PolarGrid::paper(),
    )
    .unwrap()
}

fn norms(start: PaperStart, runs: u64) -> (f64, f64) {
    let training = Training::new(0.1).unwrap();
    let values: Vec<f64> = (0..runs)
        .map(|run| {
            training
                .run(&rays(), &start.draw(&mut stream(121, run), 8, 2))
                .unwrap()
                .largest_norm
        })
        .collect();
    let mean = values.iter().sum::<f64>() / runs as f64;
    let square: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, (square / (runs as f64 - 1.0)).sqrt())
}

#[test]
fn oracle_mean_and_deviation() {
    // 10.04 and 1.84 over 2000 runs, each with the standard error of 400.
    let (mean, deviation) = norms(PaperStart::Random, 400);
    assert!((mean - 10.04).abs() < 5.0 * 1.84 / 20.0, "{mean}");
    assert!(
        (deviation - 1.84).abs() < 5.0 * 1.84 / 800f64.sqrt(),
        "{deviation}"
    );
}

#[test]
fn oracle_the_norm_of_a_run_point_by_point() {
    let start = PaperStart::Random.draw(&mut stream(122, 0), 8, 2);
    let training = Training::new(0.1).unwrap();
    let fast = training
        .clone()
        .recording(&[])
        .run(&rays(), &start)
        .unwrap();
    let slow = training.run(&Naive::paper(4), &start).unwrap();
    assert!((fast.largest_norm - slow.largest_norm).abs() < 1e-10);
    let greatest = fast
        .history
        .norms
        .iter()
        .map(|norms| norms.iter().sum::<f64>())
        .fold(0.0, f64::max);
    assert_eq!(greatest, fast.largest_norm);
}

#[test]
fn symmetry_rotation_by_the_grid() {
    let start = PaperStart::Random.draw(&mut stream(123, 0), 8, 2);
    let training = Training::new(0.1).unwrap();
    let a = training.run(&rays(), &start).unwrap();
    let b = training
        .run(&rays(), &turned(&start, std::f64::consts::PI / 40.0))
        .unwrap();
    assert!((a.largest_norm - b.largest_norm).abs() < 1e-9);
}

#[test]
fn nonvacuity_other_starts_have_other_norms() {
    let (mean, deviation) = norms(PaperStart::HalfSpace, 400);
    assert!((mean - 10.04).abs() > 5.0 * deviation / 20.0, "{mean}");
}
