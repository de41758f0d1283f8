//! The problem splits over the subspaces.

use hinge_classifier::{
    DataSet, HingeLoss as _, HingeNetwork, PaperStart, PolarGrid, Rays, SampledHinge, Subspaces,
    TopLayer, Training,
};

use crate::naive::{largest_difference, stream};

/// Sums of a few thousand terms of order one, a hundred times over.
const ROUNDING: f64 = 1e-11;

fn setting() -> (Subspaces, PolarGrid, HingeNetwork) {
    let spaces = Subspaces::coordinate(&[2, 2, 2]).unwrap();
    let grid = PolarGrid::new(&[1.0, 1.5, 2.0], 20).unwrap();
    (
        spaces,
        grid,
        HingeNetwork::new(TopLayer::alternating(3, 9, 0.5).unwrap()),
    )
}

#[test]
fn oracle_the_gradient_is_made_of_the_subproblems() {
    let (spaces, grid, network) = setting();
    let whole = Rays::grid(network.clone(), &spaces, &grid).unwrap();
    for run in 0..20 {
        let weights = PaperStart::Random.draw(&mut stream(11, run), 9, 6);
        let gradient = whole.gradient(&weights).unwrap();
        let mut loss = 0.0;
        for class in 0..3 {
            let part = Rays::plane(network.clone(), class, &grid).unwrap();
            let inside = spaces.project(class, &weights).unwrap();
            loss += part.loss(&inside).unwrap().loss / 3.0;
            let own: Vec<f64> = part
                .gradient(&inside)
                .unwrap()
                .iter()
                .map(|g| g / 3.0)
                .collect();
            assert!(
                largest_difference(&spaces.project(class, &gradient).unwrap(), &own) < ROUNDING
            );
        }
        assert!((loss - whole.loss(&weights).unwrap().loss).abs() < ROUNDING);
    }
}

#[test]
fn oracle_training_splits() {
    let (spaces, grid, network) = setting();
    let whole = Rays::grid(network.clone(), &spaces, &grid).unwrap();
    let start = PaperStart::Random.draw(&mut stream(12, 0), 9, 6);
    let together = Training::new(0.3)
        .unwrap()
        .limit(100)
        .run(&whole, &start)
        .unwrap();
    for class in 0..3 {
        let part = Rays::plane(network.clone(), class, &grid).unwrap();
        let inside = spaces.project(class, &start).unwrap();
        let alone = Training::new(0.1)
            .unwrap()
            .limit(100)
            .run(&part, &inside)
            .unwrap();
        let end = spaces.project(class, &together.weights).unwrap();
        assert!(largest_difference(&end, &alone.weights) < ROUNDING);
    }
}

/// A step on l₁ alone, and the largest change of a sample loss of another class.
fn side_effect(
    spaces: &Subspaces,
    grid: &PolarGrid,
    network: &HingeNetwork,
    weights: &[f64],
) -> f64 {
    let data = DataSet::grid(spaces, grid).unwrap();
    let d = spaces.dimension();
    // l₁ in the whole space: the class alone as data, with the other classes at points that cost nothing to the gradient.
    let part = Rays::plane(network.clone(), 0, grid).unwrap();
    let inside = spaces.project(0, weights).unwrap();
    let gradient = part.gradient(&inside).unwrap();
    let mut moved = weights.to_vec();
    for (j, row) in gradient.chunks_exact(2).enumerate() {
        let lifted = spaces.lift(0, row).unwrap();
        for c in 0..d {
            moved[j * d + c] -= 0.5 * lifted[c];
        }
    }
    let mut largest = 0.0_f64;
    for (i, &label) in data.labels().iter().enumerate() {
        let x: Vec<f64> = (0..d).map(|c| data.points()[(i, c)]).collect();
        if label != 0 {
            let before = network.sample_loss(weights, &x, label).unwrap();
            let after = network.sample_loss(&moved, &x, label).unwrap();
            largest = largest.max((before - after).abs());
        }
    }
    largest
}

#[test]
fn oracle_a_step_on_one_class_leaves_the_others() {
    let (spaces, grid, network) = setting();
    for run in 0..10 {
        let weights = PaperStart::Random.draw(&mut stream(13, run), 9, 6);
        assert!(side_effect(&spaces, &grid, &network, &weights) < 1e-14);
    }
}

#[test]
fn symmetry_other_parts_of_the_weights_do_not_matter() {
    let (spaces, grid, network) = setting();
    let objective = SampledHinge::new(network, DataSet::grid(&spaces, &grid).unwrap()).unwrap();
    let weights = PaperStart::Random.draw(&mut stream(14, 0), 9, 6);
    let mut changed = weights.clone();
    for row in changed.chunks_exact_mut(6) {
        row[2..].iter_mut().for_each(|w| *w *= -3.0);
    }
    let class = |w: &[f64], i: usize| objective.class_loss(i, w).unwrap();
    assert!((class(&weights, 0) - class(&changed, 0)).abs() < 1e-14);
    assert!((class(&weights, 1) - class(&changed, 1)).abs() > 1e-3);
}

#[test]
fn nonvacuity_planes_at_an_angle_do_not_split() {
    let spaces = Subspaces::planes_at_angle(0.5).unwrap();
    let grid = PolarGrid::paper();
    let network = HingeNetwork::simplified(4, 4).unwrap();
    let weights = PaperStart::Random.draw(&mut stream(15, 0), 8, 4);
    assert!(side_effect(&spaces, &grid, &network, &weights) > 1e-3);
}
