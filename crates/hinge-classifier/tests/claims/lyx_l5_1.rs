//! Norms of positive neurons grow, those of negative ones shrink.

use hinge_classifier::{
    ClassBounds, HingeLoss as _, HingeNetwork, PaperStart, PlanarPopulation, TopLayer,
    UniformAnnulus,
};
use proptest::prelude::*;

use crate::config;
use crate::naive::{norm, stream};

/// Rounding of a norm of order ten.
const ROUNDING: f64 = 1e-14;

fn law() -> UniformAnnulus {
    UniformAnnulus::new(2, 1.0, 2.0).unwrap()
}

fn network(v: f64) -> HingeNetwork {
    HingeNetwork::new(TopLayer::grouped(&[3, 3], v).unwrap())
}

/// Norms before and after a step.
fn step(network: HingeNetwork, weights: &[f64], eta: f64) -> Vec<(f64, f64)> {
    let objective = PlanarPopulation::new(network, 0, &law()).unwrap();
    let gradient = objective.gradient(weights).unwrap();
    let moved: Vec<f64> = weights
        .iter()
        .zip(&gradient)
        .map(|(w, g)| w - eta * g)
        .collect();
    weights
        .chunks_exact(2)
        .zip(moved.chunks_exact(2))
        .map(|(a, b)| (norm(a), norm(b)))
        .collect()
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn oracle_norms_move_as_the_lemma_says(run in 0_u64..1_000_000, scale in 0.02..4.0_f64, v in 0.05..5.0_f64, eta in 1e-3..100.0_f64, r in 0.01..1.0_f64) {
        let weights: Vec<f64> = PaperStart::Random.draw(&mut stream(51, run), 6, 2).iter().map(|w| scale * w).collect();
        for (before, after) in &step(network(v), &weights, eta)[..3] {
            prop_assert!(after - before >= -ROUNDING * before.max(1.0));
        }
        let eta = ClassBounds::new(&network(v), 0, law())?.shrinking_step(r)?;
        for (before, after) in &step(network(v), &weights, eta)[3..] {
            prop_assert!(*before <= r || after - before <= ROUNDING * before.max(1.0), "{before} {after}");
        }
    }
}

#[test]
fn oracle_the_greatest_slice() {
    // d = 2: chords at distance a of two concentric circles; d = 3: annuli; d = 5: shells of dimension 4, volume π²/2.
    let slice = |d: i32, a: f64, r: f64| {
        let h = (r * r - a * a).max(0.0).sqrt();
        match d {
            2 => 2.0 * h,
            3 => std::f64::consts::PI * h * h,
            _ => std::f64::consts::PI.powi(2) / 2.0 * h.powi(4),
        }
    };
    let volume = |d: i32| match d {
        2 => std::f64::consts::PI,
        3 => 4.0 / 3.0 * std::f64::consts::PI,
        _ => 8.0 / 15.0 * std::f64::consts::PI.powi(2),
    };
    for d in [2, 3, 5] {
        for (m, outer) in [(1.0_f64, 2.0_f64), (0.1, 3.0), (1.9, 2.0)] {
            let density = 1.0 / (volume(d) * (outer.powi(d) - m.powi(d)));
            let greatest = (0..=20_000)
                .map(|i| f64::from(i) / 10_000.0 * m)
                .map(|a| density * (slice(d, a, outer) - slice(d, a, m)))
                .fold(0.0, f64::max);
            let law = UniformAnnulus::new(usize::try_from(d).unwrap(), m, outer).unwrap();
            assert!(
                (law.slice() / greatest - 1.0).abs() < 1e-12,
                "{d} {} {greatest}",
                law.slice()
            );
            assert!((law.density() / density - 1.0).abs() < 1e-12);
        }
    }
    // The proof's C_p ≤ M^{d−1} p_max.
    assert!(law().slice() > 1.7 * 2.0 * law().density());
}

#[test]
fn symmetry_scale() {
    let small = UniformAnnulus::new(3, 1.0, 2.0).unwrap();
    let large = UniformAnnulus::new(3, 3.0, 6.0).unwrap();
    assert!((small.slice() / large.slice() - 3.0).abs() < 1e-12);
    let bounds = ClassBounds::new(&network(0.5), 0, law()).unwrap();
    assert!(
        (bounds.shrinking_step(0.2).unwrap() / bounds.shrinking_step(0.1).unwrap() - 2.0).abs()
            < 1e-12
    );
}

#[test]
fn nonvacuity_small_negative_neurons_grow() {
    let weights = [
        0.3, 0.0, 0.3, 0.1, 0.3, -0.1, 0.001, 0.0, 0.0, 0.0, 0.0, 0.0,
    ];
    let eta = ClassBounds::new(&network(0.5), 0, law())
        .unwrap()
        .shrinking_step(0.5)
        .unwrap();
    let norms = step(network(0.5), &weights, eta);
    assert!(norms[3].1 > 10.0 * norms[3].0);
    assert!(
        ClassBounds::new(&network(0.5), 0, law())
            .unwrap()
            .shrinking_step(0.0)
            .is_err()
    );
}

#[test]
fn refutes_the_printed_step_for_large_v() {
    let (r, eta, v) = (0.1, 0.05, 100.0);
    let network = network(v);
    assert!(
        ClassBounds::new(&network, 0, law())
            .unwrap()
            .printed_step_allowed(eta, r)
    );
    let weights = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0];
    let norms = step(network, &weights, eta);
    assert!(
        norms[3].0 > r && norms[3].1 > 20.0 * norms[3].0,
        "{norms:?}"
    );
}

#[test]
fn refutes_the_squares_in_the_bound_of_the_gradient() {
    // |∇_{w_j} l_i| ≤ 2vM Σ_r P[Ω]², as printed, in a cone of directions that no positive neuron sees: half width 11.5°.
    let half = 11.5_f64.to_radians();
    let open = std::f64::consts::FRAC_PI_2 + half;
    let weights = [
        1e3 * open.cos(),
        1e3 * open.sin(),
        1e3 * open.cos(),
        -1e3 * open.sin(),
        -1e3,
        0.0,
        0.01,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
    ];
    let objective = PlanarPopulation::new(network(0.5), 0, &law()).unwrap();
    let gradient = norm(&objective.gradient(&weights).unwrap()[6..8]);
    let probability = half / std::f64::consts::PI;
    assert!((probability - 0.064).abs() < 5e-4);
    assert!((gradient - 0.098).abs() < 2e-3, "{gradient}");
    // With v = ½ and M = 2: the printed bound, and the one with P in place of P².
    let (printed, corrected) = (2.0 * probability * probability, 2.0 * probability);
    assert!(printed < 0.0085 && gradient > 10.0 * printed && gradient <= corrected);
}
