//! The run of Figure 5.

use hinge_classifier::{
    HingeNetwork, PolarGrid, Rays, Training, TrainingEnd, fan, planar_condition,
};

use crate::naive::{Naive, norm, paper_points};

fn rays(tie: f64) -> Rays {
    Rays::plane(
        HingeNetwork::simplified(3, 3).unwrap(),
        0,
        &PolarGrid::paper(),
    )
    .unwrap()
    .with_tie(tie)
    .unwrap()
}

#[test]
fn oracle_when_the_condition_and_loss_zero_come() {
    let training = Training::new(0.1).unwrap().recording(&[0, 1, 2]);
    let run = training.run(&rays(1e-12), &fan()).unwrap();
    let history = run.history;
    assert_eq!(
        (
            run.ending,
            run.iterations,
            history.first(),
            history.transition()
        ),
        (TrainingEnd::Goal, 265, Some(129), Some(129))
    );
    let mut naive = Naive::paper(3);
    naive.tie = 1e-12;
    let slow = training.run(&naive, &fan()).unwrap();
    assert_eq!((slow.iterations, slow.history.first()), (265, Some(129)));
}

#[test]
fn oracle_the_loss_falls_faster_on_a_logarithmic_scale_only() {
    let run = Training::new(0.1)
        .unwrap()
        .recording(&[0, 1, 2])
        .run(&rays(1e-12), &fan())
        .unwrap();
    let losses = run.history.losses;
    let slope = |from: usize, to: usize| (losses[from] - losses[to]) / (to - from) as f64;
    let log_slope =
        |from: usize, to: usize| (losses[from].ln() - losses[to].ln()) / (to - from) as f64;
    assert!(log_slope(129, 260) > 3.0 * log_slope(0, 129));
    assert!(slope(129, 260) < 1.2 * slope(0, 129));
}

#[test]
fn oracle_the_start() {
    let start = fan();
    for (j, row) in start.chunks_exact(2).enumerate() {
        assert!((norm(row) - 0.75).abs() < 1e-15);
        let degrees = row[1].atan2(row[0]).to_degrees();
        assert!((degrees - [30.0, 0.0, -30.0][j % 3]).abs() < 1e-12);
    }
    assert!(
        !planar_condition(&[
            [start[0], start[1]],
            [start[2], start[3]],
            [start[4], start[5]]
        ])
        .unwrap()
    );
}

#[test]
fn symmetry_the_weights_stay_mirror_images() {
    let run = Training::new(0.1)
        .unwrap()
        .limit(100)
        .run(&rays(1e-12), &fan())
        .unwrap();
    let w = run.weights;
    for offset in [0, 6] {
        assert!(
            (w[offset] - w[offset + 4]).abs() < 1e-10
                && (w[offset + 1] + w[offset + 5]).abs() < 1e-10
        );
        assert!(w[offset + 3].abs() < 1e-10);
    }
}

#[test]
fn nonvacuity_the_step_and_the_neurons_matter() {
    let half = Training::new(0.05)
        .unwrap()
        .run(&rays(1e-12), &fan())
        .unwrap();
    assert!(half.iterations > 400);
    // Two of the three positive neurons never meet the condition.
    let run = Training::new(0.1)
        .unwrap()
        .recording(&[0, 1])
        .run(&rays(1e-12), &fan())
        .unwrap();
    assert_eq!(run.history.first(), None);
}

#[test]
fn refutes_the_norms_of_the_reflected_points() {
    // "All data points have norm less than one under the Kelvin transformation": those of radius 1 stay at norm 1.
    let greatest = paper_points()
        .iter()
        .map(|x| {
            norm(&[
                x[0] / (x[0] * x[0] + x[1] * x[1]),
                x[1] / (x[0] * x[0] + x[1] * x[1]),
            ])
        })
        .fold(0.0, f64::max);
    assert!((greatest - 1.0).abs() < 1e-15);
}
