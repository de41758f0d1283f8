//! Global minima exist.

use hinge_classifier::{ClassBounds, DataLaw, HingeNetwork, TopLayer, UniformAnnulus};

use crate::naive::{norm, stream};

/// The greatest sample loss of class 0 over points of the annulus, inner radius included.
fn worst(network: &HingeNetwork, law: &UniformAnnulus, weights: &[f64], seed: u64) -> f64 {
    let mut random = stream(31, seed);
    let mut x = vec![0.0; law.dimension()];
    let mut worst = 0.0_f64;
    for _ in 0..2000 {
        law.sample(&mut random, &mut x).unwrap();
        let length = norm(&x);
        for radius in [law.radii().0, length, law.radii().1] {
            let point: Vec<f64> = x.iter().map(|x| radius * x / length).collect();
            worst = worst.max(network.sample_loss(weights, &point, 0).unwrap());
        }
    }
    worst
}

fn network(classes: usize, per_class: usize, v: f64, bias: f64) -> HingeNetwork {
    let layer = TopLayer::alternating(classes, classes * per_class, v).unwrap();
    HingeNetwork::new(layer)
        .with_biases(&vec![bias; classes * per_class])
        .unwrap()
}

#[test]
fn oracle_the_simplex_is_a_global_minimum() {
    let mut seed = 0;
    for d in [2, 3, 5] {
        for v in [0.1, 0.5, 2.0] {
            for bias in [0.0, 0.3] {
                seed += 1;
                let law = UniformAnnulus::new(d, 0.7, 1.9).unwrap();
                let network = network(3, d + 1, v, bias);
                let bounds = ClassBounds::new(&network, 0, law).unwrap();
                assert_eq!(bounds.minimizer_radius(), (1.0 / (2.0 * v) + bias) / 0.7);
                let weights = bounds.global_minimum().unwrap();
                assert_eq!(worst(&network, &law, &weights, seed), 0.0);
                // And the vertices are a regular simplex around a ball of that radius.
                let rows: Vec<&[f64]> = network
                    .top()
                    .positive(0)
                    .iter()
                    .map(|&j| &weights[j * d..(j + 1) * d])
                    .collect();
                for a in &rows {
                    assert!((norm(a) / (bounds.minimizer_radius() * d as f64) - 1.0).abs() < 1e-8);
                    let sum: f64 = rows
                        .iter()
                        .map(|b| a.iter().zip(*b).map(|(x, y)| x * y).sum::<f64>())
                        .sum();
                    assert!(sum.abs() < 1e-10 * norm(a).powi(2));
                }
            }
        }
    }
}

#[test]
fn symmetry_larger_hulls_and_quiet_negative_neurons() {
    let law = UniformAnnulus::new(2, 1.0, 2.0).unwrap();
    let network = network(2, 4, 0.5, 0.2);
    let mut weights = ClassBounds::new(&network, 0, law)
        .unwrap()
        .global_minimum()
        .unwrap();
    // The fourth positive neuron anywhere, the negative ones inside the ball of radius b/M.
    weights[12] = 3.0;
    weights[13] = -7.0;
    for j in [1, 3, 5, 7] {
        weights[2 * j] = 0.0999;
    }
    assert_eq!(worst(&network, &law, &weights, 1), 0.0);
    let larger: Vec<f64> = weights
        .iter()
        .enumerate()
        .map(|(i, w)| if i / 2 % 2 == 0 { 2.0 * w } else { *w })
        .collect();
    assert_eq!(worst(&network, &law, &larger, 2), 0.0);
}

#[test]
fn nonvacuity_a_smaller_ball_or_a_loud_negative_neuron() {
    let law = UniformAnnulus::new(2, 1.0, 2.0).unwrap();
    let network = network(2, 3, 0.5, 0.2);
    let weights = ClassBounds::new(&network, 0, law)
        .unwrap()
        .global_minimum()
        .unwrap();
    let smaller: Vec<f64> = weights.iter().map(|w| 0.5 * w).collect();
    assert!(worst(&network, &law, &smaller, 1) > 0.01);
    let mut loud = weights;
    loud[2] = 2.0;
    assert!(worst(&network, &law, &loud, 2) > 0.1);
    // d positive neurons have no hull around 0.
    let few = HingeNetwork::simplified(2, 2).unwrap();
    assert!(
        ClassBounds::new(&few, 0, law)
            .unwrap()
            .global_minimum()
            .is_err()
    );
}

#[test]
fn refutes_the_printed_radius_below_one_half() {
    let (v, bias) = (0.1, 0.2);
    let law = UniformAnnulus::new(2, 1.0, 2.0).unwrap();
    let network = network(2, 3, v, bias);
    let bounds = ClassBounds::new(&network, 0, law).unwrap();
    // The hull contains a ball larger than the printed (1 + b)/m.
    let printed = 1.0 + bias;
    let scale = 1.05 * printed / bounds.minimizer_radius();
    let weights: Vec<f64> = bounds
        .global_minimum()
        .unwrap()
        .iter()
        .map(|w| scale * w)
        .collect();
    assert!(worst(&network, &law, &weights, 3) > 0.3);
}
