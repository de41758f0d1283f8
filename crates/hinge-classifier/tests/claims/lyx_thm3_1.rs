//! With positive biases gradient descent converges.

use hinge_classifier::{
    ClassBounds, Goal, HingeLoss as _, HingeNetwork, PaperStart, TopLayer, Training, TrainingEnd,
    UniformAnnulus,
};

use crate::naive::{RayIntegral, largest_difference, stream};

const RADII: (f64, f64) = (1.0, 2.0);
const BIASES: [f64; 6] = [0.1, 0.05, 0.1, 0.05, 0.1, 0.1];

fn population(rays: usize) -> (RayIntegral, ClassBounds) {
    let network = HingeNetwork::new(TopLayer::grouped(&[4, 2], 0.5).unwrap())
        .with_biases(&BIASES)
        .unwrap();
    let law = UniformAnnulus::new(2, RADII.0, RADII.1).unwrap();
    let bounds = ClassBounds::new(&network, 0, law).unwrap();
    let s = vec![1.0, 1.0, 1.0, 1.0, -1.0, -1.0];
    (
        RayIntegral {
            s,
            b: BIASES.to_vec(),
            radii: RADII,
            rays,
        },
        bounds,
    )
}

#[test]
fn oracle_below_the_step_every_step_descends() {
    let (objective, bounds) = population(720);
    let eta = bounds.descent_step().unwrap();
    let lipschitz = bounds.gradient_lipschitz().unwrap();
    assert!((eta * lipschitz * 6f64.sqrt() - 2.0).abs() < 1e-12);
    let training = Training::new(0.999 * eta)
        .unwrap()
        .limit(300)
        .recording(&[0, 1, 2, 3]);
    for run in 0..5 {
        let run = training
            .run(
                &objective,
                &PaperStart::Random.draw(&mut stream(81, run), 6, 2),
            )
            .unwrap();
        let losses = run.history.losses;
        assert!(losses.windows(2).all(|pair| pair[1] <= pair[0] + 1e-14));
        assert!(losses.last() < losses.first());
    }
}

#[test]
fn oracle_the_loss_and_the_errors_vanish() {
    // The step is allowed: below 2/(√k L). The annulus and the biases are chosen so that L is as small as it can be made.
    let (biases, radii) = ([0.04; 4], (0.5, 1.0));
    let network = HingeNetwork::new(TopLayer::grouped(&[3, 1], 0.5).unwrap())
        .with_biases(&biases)
        .unwrap();
    let law = UniformAnnulus::new(2, radii.0, radii.1).unwrap();
    let eta = ClassBounds::new(&network, 0, law)
        .unwrap()
        .descent_step()
        .unwrap();
    let objective = RayIntegral {
        s: vec![1.0, 1.0, 1.0, -1.0],
        b: biases.to_vec(),
        radii,
        rays: 120,
    };
    let training = Training::new(0.99 * eta)
        .unwrap()
        .until(Goal::LossBelow(1e-4))
        .unwrap()
        .limit(60_000)
        .recording(&[]);
    for run in 0..2 {
        let start = PaperStart::Random.draw(&mut stream(82, run), 4, 2);
        let run = training.run(&objective, &start).unwrap();
        assert_eq!(run.ending, TrainingEnd::Goal, "loss {}", run.loss);
        assert_eq!(objective.loss(&run.weights).unwrap().errors, 0.0);
        let losses = run.history.losses;
        assert!(losses.windows(2).all(|pair| pair[1] <= pair[0] + 1e-14));
        assert!(losses[0] > 0.01, "{}", losses[0]);
    }
}

#[test]
fn symmetry_neurons_of_a_class_change_places() {
    let (objective, _) = population(360);
    let start = PaperStart::Random.draw(&mut stream(83, 0), 6, 2);
    // Neurons 0 and 2 have the same bias.
    let mut exchanged = start.clone();
    exchanged[..2].copy_from_slice(&start[4..6]);
    exchanged[4..6].copy_from_slice(&start[..2]);
    let training = Training::new(0.1).unwrap().limit(50);
    let a = training.run(&objective, &start).unwrap().weights;
    let b = training.run(&objective, &exchanged).unwrap().weights;
    assert!(
        largest_difference(&a[..2], &b[4..6]) < 1e-10
            && largest_difference(&a[6..], &b[6..]) < 1e-10
    );
}

#[test]
fn nonvacuity_inactive_neurons_never_move() {
    let (objective, _) = population(360);
    // ‖w_j‖ < b_j/M: no data opens a gate.
    let start = vec![0.01; 12];
    let run = Training::new(0.1).unwrap().run(&objective, &start).unwrap();
    assert_eq!(
        (run.ending, run.iterations),
        (TrainingEnd::CriticalPoint, 0)
    );
    assert!((run.loss - 1.0).abs() < 1e-9);
}

#[test]
fn refutes_the_printed_range_of_the_step() {
    // "η < L/2": a step far below L/2 makes the loss grow, against Eq 5.
    let (objective, bounds) = population(720);
    let eta = 30.0;
    assert!(eta < bounds.gradient_lipschitz().unwrap() / 2.0);
    let start = [1.0, 0.0, -1.0, 0.3, 0.0, 1.0, 0.0, -1.0, 1.0, 0.0, 0.0, 1.0];
    let run = Training::new(eta)
        .unwrap()
        .limit(1)
        .recording(&[0])
        .run(&objective, &start)
        .unwrap();
    let losses = run.history.losses;
    assert!(losses[1] > losses[0] + 0.5, "{losses:?}");
}
