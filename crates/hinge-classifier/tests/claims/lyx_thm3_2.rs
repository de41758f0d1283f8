//! Without bias gradient descent converges while the weights stay bounded.

use hinge_classifier::{
    DataSet, Goal, HingeNetwork, PaperStart, PlanarPopulation, Rays, Subspaces, TopLayer, Training,
    TrainingEnd, UniformAnnulus, planar_condition,
};

use crate::naive::{largest_difference, norm, stream, turned};

fn population(k: usize) -> PlanarPopulation {
    let law = UniformAnnulus::new(2, 1.0, 2.0).unwrap();
    PlanarPopulation::new(HingeNetwork::simplified(k, k).unwrap(), 0, &law).unwrap()
}

#[test]
fn oracle_runs_under_a_density_converge() {
    let training = Training::new(0.1)
        .unwrap()
        .until(Goal::LossBelow(1e-5))
        .unwrap()
        .limit(50_000)
        .recording(&[0, 1, 2, 3]);
    for run in 0..12 {
        let start = if run % 2 == 0 {
            PaperStart::Random
        } else {
            PaperStart::HalfSpace
        };
        let run = training
            .run(&population(4), &start.draw(&mut stream(91, run), 8, 2))
            .unwrap();
        assert_eq!(run.ending, TrainingEnd::Goal, "loss {}", run.loss);
        let history = run.history;
        assert_eq!(history.errors.last(), Some(&0.0));
        assert_eq!(history.condition.last(), Some(&true));
        assert!(run.largest_norm < 40.0);
    }
}

#[test]
fn oracle_three_classes_in_three_dimensions_each() {
    let spaces = Subspaces::coordinate(&[3, 3, 3]).unwrap();
    let law = UniformAnnulus::new(3, 1.0, 2.0).unwrap();
    let data = DataSet::drawn(&mut stream(92, 0), &spaces, &[law, law, law], 150).unwrap();
    let network = HingeNetwork::new(TopLayer::alternating(3, 30, 0.5).unwrap());
    let rays = Rays::points(network.clone(), &data).unwrap();
    let run = Training::new(0.2)
        .unwrap()
        .limit(20_000)
        .run(&rays, &PaperStart::Random.draw(&mut stream(92, 1), 30, 9))
        .unwrap();
    assert_eq!((run.ending, run.loss), (TrainingEnd::Goal, 0.0));
    for (i, &label) in data.labels().iter().enumerate() {
        let x: Vec<f64> = (0..9).map(|c| data.points()[(i, c)]).collect();
        assert_eq!(network.predict(&run.weights, &x).unwrap(), Some(label));
    }
}

#[test]
fn symmetry_rotation() {
    // Negative neurons that come near the origin jump about there: a few steps only.
    let start = PaperStart::Random.draw(&mut stream(93, 0), 8, 2);
    let training = Training::new(0.1).unwrap().limit(10);
    let a = training.run(&population(4), &start).unwrap();
    let b = training
        .run(&population(4), &turned(&start, 0.777))
        .unwrap();
    assert!(largest_difference(&turned(&a.weights, 0.777), &b.weights) < 1e-8);
}

#[test]
fn nonvacuity_identical_neurons_diverge_slowly() {
    let mut start = vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
    start.extend([0.0; 6]);
    let mut sizes = Vec::new();
    for limit in [1000, 2000, 4000, 8000] {
        let run = Training::new(0.1)
            .unwrap()
            .limit(limit)
            .run(&population(3), &start)
            .unwrap();
        assert_eq!(run.ending, TrainingEnd::Limit);
        assert!(run.loss > 0.5);
        sizes.push(norm(&run.weights[..2]));
    }
    assert!(
        sizes.windows(2).all(|pair| pair[1] > 1.1 * pair[0]),
        "{sizes:?}"
    );
    // Two positive neurons in a plane can never meet the condition.
    for run in 0..100 {
        let w = PaperStart::Random.draw(&mut stream(94, run), 2, 2);
        assert!(!planar_condition(&[[w[0], w[1]], [w[2], w[3]]]).unwrap());
    }
}

#[test]
fn refutes_that_two_dimensions_a_class_are_not_needed() {
    // d_i = 1: one neuron at w > 0 is active on half the data, the other half is never seen, and the weights are bounded.
    let spaces = Subspaces::coordinate(&[1, 1]).unwrap();
    let law = UniformAnnulus::new(1, 1.0, 2.0).unwrap();
    let data = DataSet::drawn(&mut stream(95, 0), &spaces, &[law, law], 100).unwrap();
    let rays = Rays::points(HingeNetwork::simplified(1, 1).unwrap(), &data).unwrap();
    let run = Training::new(0.1)
        .unwrap()
        .limit(100_000)
        .run(&rays, &[0.5, 0.0, 0.0, 0.5])
        .unwrap();
    assert_eq!(run.ending, TrainingEnd::CriticalPoint);
    assert!(run.loss > 0.3 && run.largest_norm < 10.0);
}
