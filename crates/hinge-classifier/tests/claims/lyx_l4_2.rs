//! With positive biases the gradient is Lipschitz.

use hinge_classifier::{
    ClassBounds, Error, HingeLoss as _, HingeNetwork, PaperStart, PlanarPopulation, TopLayer,
    UniformAnnulus,
};

use crate::naive::{RayIntegral, column_distance, largest_difference, stream, turned};

const RADII: (f64, f64) = (1.0, 2.0);

fn law() -> UniformAnnulus {
    UniformAnnulus::new(2, RADII.0, RADII.1).unwrap()
}

/// Two positive and two negative neurons.
fn population(v: f64, b: &[f64]) -> (RayIntegral, Result<f64, Error>) {
    let half = b.len() / 2;
    let layer = TopLayer::grouped(&[half, b.len() - half], v).unwrap();
    let network = HingeNetwork::new(layer).with_biases(b).unwrap();
    let s = (0..b.len())
        .map(|j| if j < half { 2.0 * v } else { -2.0 * v })
        .collect();
    let bound = ClassBounds::new(&network, 0, law())
        .unwrap()
        .gradient_lipschitz();
    (
        RayIntegral {
            s,
            b: b.to_vec(),
            radii: RADII,
            rays: 3000,
        },
        bound,
    )
}

#[test]
fn oracle_difference_quotients_stay_below_the_constant() {
    let mut largest = 0.0_f64;
    for (v, b) in [
        (0.5, [0.1, 0.2, 0.1, 0.2]),
        (1.0, [0.05, 0.1, 0.2, 0.1]),
        (0.2, [0.5, 0.9, 0.3, 0.5]),
    ] {
        let (objective, bound) = population(v, &b);
        let bound = bound.unwrap();
        for run in 0..60 {
            let mut random = stream(41, run);
            let a = PaperStart::Random.draw(&mut random, 4, 2);
            // The gates of the rays jump by one ray at a time: distances well above their spacing.
            let size = [0.3, 0.1, 0.03][usize::try_from(run).unwrap() % 3];
            let shift = PaperStart::Random.draw(&mut random, 4, 2);
            let b: Vec<f64> = a.iter().zip(&shift).map(|(a, s)| a + size * s).collect();
            let change = column_distance(
                &objective.gradient(&a).unwrap(),
                &objective.gradient(&b).unwrap(),
                2,
            );
            let quotient = change / column_distance(&a, &b, 2);
            largest = largest.max(quotient / bound);
            assert!(quotient <= bound, "{quotient} above {bound}");
        }
    }
    assert!(largest > 1e-4, "the constant is {largest} of what is seen");
}

#[test]
fn symmetry_rotation_and_scale() {
    let (objective, bound) = population(0.5, &[0.1, 0.2, 0.1, 0.2]);
    let weights = PaperStart::Random.draw(&mut stream(42, 0), 4, 2);
    let angle = 100.0 * std::f64::consts::TAU / 3000.0;
    let rotated = turned(&objective.gradient(&weights).unwrap(), angle);
    assert!(
        largest_difference(
            &rotated,
            &objective.gradient(&turned(&weights, angle)).unwrap()
        ) < 1e-12
    );
    // Data twice as large and weights half as large leave the outputs: gradients double, L quadruples.
    let layer = TopLayer::grouped(&[2, 2], 0.5).unwrap();
    let network = HingeNetwork::new(layer)
        .with_biases(&[0.1, 0.2, 0.1, 0.2])
        .unwrap();
    let doubled = UniformAnnulus::new(2, 2.0, 4.0).unwrap();
    let scaled = ClassBounds::new(&network, 0, doubled)
        .unwrap()
        .gradient_lipschitz()
        .unwrap();
    assert!((scaled / bound.unwrap() - 4.0).abs() < 1e-12);
}

#[test]
fn nonvacuity_without_bias_the_gradient_jumps_at_the_origin() {
    let (_, bound) = population(0.5, &[0.1, 0.0]);
    assert!(matches!(bound, Err(Error::Biases { .. })));
    let objective =
        PlanarPopulation::new(HingeNetwork::simplified(1, 1).unwrap(), 0, &law()).unwrap();
    for size in [1e-2, 1e-4, 1e-8] {
        let change = column_distance(
            &objective.gradient(&[size, 0.0, 0.0, 0.0]).unwrap(),
            &objective.gradient(&[-size, 0.0, 0.0, 0.0]).unwrap(),
            2,
        );
        assert!(change > 0.9, "{change}");
    }
}

#[test]
fn refutes_the_printed_condition_for_large_v() {
    // v = 1 and b = (0.1, 0.6): Σb = 0.7 < 1, as printed. With w₁ = w₂ = (1, 0), the first neuron positive and the second
    // negative, the margin is exactly 1 wherever ⟨w, x⟩ > 0.6.
    let (objective, bound) = population(1.0, &[0.1, 0.6]);
    match bound {
        Err(Error::Biases { sum, scaled, .. }) => assert!(sum < 1.0 && scaled >= 1.0),
        other => panic!("{other:?}"),
    }
    for size in [1e-3, 1e-6] {
        let low = objective.gradient(&[1.0 - size, 0.0, 1.0, 0.0]).unwrap();
        let high = objective.gradient(&[1.0 + size, 0.0, 1.0, 0.0]).unwrap();
        let jump = column_distance(&low, &high, 2);
        assert!((jump - 1.81).abs() < 0.03, "{jump}");
    }
}

#[test]
fn refutes_the_constant_of_the_proof() {
    // dφ/dr ≥ (φ − Σb)/r ≥ (½ − Σb)/M "=: C > 0" is no bound for ½ ≤ Σb < 1, which the lemma allows; what φ near 1 gives
    // is (1 − 2vΣb)/M.
    let (b, outer) = ([0.3, 0.3], 2.0);
    let sum: f64 = b.iter().sum();
    assert!(sum < 1.0 && (0.5 - sum) / outer < 0.0);
    // v = ½, one positive neuron (1.3, 0) on the ray of e₁: φ = 1.3 r − 0.3 = 1 at r = 1, with the slope 1.3.
    let slope: f64 = 1.3;
    let phi = |r: f64| slope * r - b[0];
    assert!((phi(1.0) - 1.0).abs() < 1e-15);
    assert!(slope >= (phi(1.0) - sum) / 1.0 && slope >= (1.0 - sum) / outer);
    // The lemma holds with the constant of the corrected bound.
    let (_, bound) = population(0.5, &b);
    assert!(bound.unwrap().is_finite());
}
