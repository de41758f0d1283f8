//! A critical point at which the network is not constant has loss 0: under a density in two dimensions or more.

use hinge_classifier::{
    ClassBounds, DataSet, HingeLoss as _, HingeNetwork, PaperStart, PlanarPopulation, PolarGrid,
    Rays, Subspaces, TopLayer, Training, TrainingEnd, UniformAnnulus,
};

use crate::naive::{RayIntegral, largest_difference, norm, stream, turned};

/// The three directions of the counterexample, in degrees, at norm 40; negative neurons at rest.
fn dark_ray() -> Vec<f64> {
    let mut weights = Vec::new();
    for degrees in [0.5_f64, 1.0, 179.5] {
        let (sin, cos) = degrees.to_radians().sin_cos();
        weights.extend([40.0 * cos, 40.0 * sin]);
    }
    weights.extend([0.0; 6]);
    weights
}

fn population(k: usize) -> PlanarPopulation {
    let law = UniformAnnulus::new(2, 1.0, 2.0).unwrap();
    PlanarPopulation::new(HingeNetwork::simplified(k, k).unwrap(), 0, &law).unwrap()
}

#[test]
fn oracle_the_closed_form_against_integrals_along_rays() {
    for k in [1, 3, 5] {
        let closed = population(k);
        let mut s = vec![1.0; k];
        s.extend(vec![-1.0; k]);
        let rays = RayIntegral {
            s,
            b: vec![0.0; 2 * k],
            radii: (1.0, 2.0),
            rays: 20_000,
        };
        for run in 0..10 {
            let scale = [0.1, 0.5, 1.0, 3.0][usize::try_from(run).unwrap() % 4];
            let weights: Vec<f64> = PaperStart::Random
                .draw(&mut stream(21, run), 2 * k, 2)
                .iter()
                .map(|w| scale * w)
                .collect();
            // The integrand jumps at the gates: the midpoint rule is off by the spacing times the jump there.
            assert!(
                (closed.loss(&weights).unwrap().loss - rays.loss(&weights).unwrap().loss).abs()
                    < 1e-6
            );
            assert!(
                (closed.loss(&weights).unwrap().errors - rays.loss(&weights).unwrap().errors).abs()
                    < 1e-3
            );
            assert!(
                largest_difference(
                    &closed.gradient(&weights).unwrap(),
                    &rays.gradient(&weights).unwrap()
                ) < 2e-3
            );
        }
    }
}

#[test]
fn oracle_no_gradient_vanishes_at_positive_loss_under_a_density() {
    let mut seen = 0;
    for k in [1, 2, 3, 6] {
        let objective = population(k);
        for run in 0..300 {
            let scale = [0.05, 1.0, 5.0][usize::try_from(run).unwrap() % 3];
            let weights: Vec<f64> = PaperStart::Random
                .draw(&mut stream(22, run), 2 * k, 2)
                .iter()
                .map(|w| scale * w)
                .collect();
            let loss = objective.loss(&weights).unwrap().loss;
            if loss > 1e-3 {
                seen += 1;
                assert!(
                    norm(&objective.gradient(&weights).unwrap()) > 1e-8,
                    "loss {loss} at {weights:?}"
                );
            }
        }
    }
    assert!(seen > 1000);
}

#[test]
fn symmetry_rotation() {
    let objective = population(3);
    let weights = PaperStart::Random.draw(&mut stream(23, 0), 6, 2);
    let rotated = turned(&weights, 1.234);
    assert!(
        (objective.loss(&weights).unwrap().loss - objective.loss(&rotated).unwrap().loss).abs()
            < 1e-13
    );
    let gradient = turned(&objective.gradient(&weights).unwrap(), 1.234);
    assert!(largest_difference(&gradient, &objective.gradient(&rotated).unwrap()) < 1e-13);
}

#[test]
fn refutes_the_finite_data_of_the_paper() {
    let network = HingeNetwork::simplified(3, 3).unwrap();
    let grid = Rays::plane(network, 0, &PolarGrid::paper()).unwrap();
    for move_ in 0..20 {
        // On an open set: every weight of the positive neurons moved by up to 10⁻².
        let shift = PaperStart::Random.draw(&mut stream(24, move_), 6, 2);
        let weights: Vec<f64> = dark_ray()
            .iter()
            .zip(&shift)
            .enumerate()
            .map(|(i, (w, s))| {
                if i < 6 {
                    w + if move_ == 0 {
                        0.0
                    } else {
                        1e-2 * s.clamp(-1.0, 1.0)
                    }
                } else {
                    *w
                }
            })
            .collect();
        assert!(grid.gradient(&weights).unwrap().iter().all(|&g| g == 0.0));
        assert!((grid.loss(&weights).unwrap().loss - 1.0 / 80.0).abs() < 1e-15);
    }
    let run = Training::new(0.1).unwrap().run(&grid, &dark_ray()).unwrap();
    assert_eq!(
        (run.ending, run.iterations),
        (TrainingEnd::CriticalPoint, 0)
    );
    // Under a density the same weights are not critical.
    assert!(norm(&population(3).gradient(&dark_ray()).unwrap()) > 1e-6);
}

#[test]
fn nonvacuity_a_constant_network_and_one_dimension() {
    let objective = population(3);
    assert!(
        objective
            .gradient(&[0.0; 12])
            .unwrap()
            .iter()
            .all(|&g| g == 0.0)
    );
    assert!((objective.loss(&[0.0; 12]).unwrap().loss - 1.0).abs() < 1e-14);
    // One dimension a class: the half line that no neuron sees stays.
    let spaces = Subspaces::coordinate(&[1, 1]).unwrap();
    let law = UniformAnnulus::new(1, 1.0, 2.0).unwrap();
    let data = DataSet::drawn(&mut stream(25, 0), &spaces, &[law, law], 50).unwrap();
    let rays = Rays::points(HingeNetwork::simplified(1, 1).unwrap(), &data).unwrap();
    let weights = [5.0, 0.0, 0.0, 5.0];
    assert!(
        rays.gradient(&weights).unwrap().iter().all(|&g| g == 0.0)
            && rays.loss(&weights).unwrap().loss > 0.2
    );
}

/// A three-class network with a neuron for each class and two that vote for nobody.
fn with_idle_neurons() -> HingeNetwork {
    let v = [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 0, 0]];
    let rows = v.map(|row| row.map(|vote| f64::from(vote) - 0.5));
    HingeNetwork::new(TopLayer::from_rows(&rows).unwrap())
}

#[test]
fn refutes_neurons_that_vote_for_nobody() {
    // w₁ = w₂ = 0, w₃ = (1, 0) votes for nobody: f₁ = f₂ ≢ 0, the gradient is 0 and the loss 1.
    let top = TopLayer::from_rows(&[[0.5, -0.5, -0.5], [-0.5, 0.5, -0.5]]).unwrap();
    let network = HingeNetwork::new(top);
    let law = UniformAnnulus::new(2, 1.0, 2.0).unwrap();
    let objective = PlanarPopulation::new(network.clone(), 0, &law).unwrap();
    let weights = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    assert!(network.outputs(&weights, &[2.0, 0.0]).unwrap()[0] == -1.0);
    assert!(
        objective
            .gradient(&weights)
            .unwrap()
            .iter()
            .all(|&g| g == 0.0)
    );
    assert!((objective.loss(&weights).unwrap().loss - 1.0).abs() < 1e-15);
    let run = Training::new(0.1)
        .unwrap()
        .run(&objective, &weights)
        .unwrap();
    assert_eq!(
        (run.ending, run.iterations),
        (TrainingEnd::CriticalPoint, 0)
    );
}

#[test]
fn oracle_critical_points_on_a_lattice_of_weights() {
    // Weights of a lattice meet many exact critical points. At each of them the loss is 0, or f_1 ≡ f_r for all r: then
    // no neuron that votes is active. The gradient of the others is far from 0.
    let law = UniformAnnulus::new(2, 1.0, 2.0).unwrap();
    let objective = PlanarPopulation::new(with_idle_neurons(), 0, &law).unwrap();
    let small = [[0.0, 0.0], [0.5, 0.0], [-4.0, 4.0]];
    let (mut flat, mut other) = (0, 0);
    for code in 0..3_usize.pow(5) {
        let weights: Vec<f64> = (0..5_u32)
            .flat_map(|j| small[code / 3_usize.pow(j) % 3])
            .collect();
        let gradient = norm(&objective.gradient(&weights).unwrap());
        let loss = objective.loss(&weights).unwrap().loss;
        let voters_rest = weights[..6].iter().all(|&w| w == 0.0);
        if voters_rest {
            flat += 1;
            assert!(gradient == 0.0 && (loss - 2.0).abs() < 1e-14);
        } else {
            // One positive neuron covers half of the plane at most: the loss is positive.
            other += 1;
            assert!(loss > 0.5 && gradient > 1e-3, "{weights:?}: {gradient}");
        }
    }
    assert_eq!((flat, other), (9, 234));
    // A global minimum is critical too, whatever the idle neurons do.
    let top = TopLayer::from_rows(&[[0.5, 0.5, 0.5, -0.5, -0.5], [-0.5, -0.5, -0.5, 0.5, -0.5]]);
    let network = HingeNetwork::new(top.unwrap());
    let bounds = ClassBounds::new(&network, 0, law).unwrap();
    let objective = PlanarPopulation::new(network, 0, &law).unwrap();
    let mut minimum = bounds.global_minimum().unwrap();
    minimum[8..].copy_from_slice(&[7.0, -3.0]);
    assert_eq!(objective.loss(&minimum).unwrap().loss, 0.0);
    assert!(
        objective
            .gradient(&minimum)
            .unwrap()
            .iter()
            .all(|&g| g == 0.0)
    );
}
