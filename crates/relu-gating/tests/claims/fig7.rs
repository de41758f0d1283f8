//! The experiment of Fig 7: the sampled gating approaches the closed form as N^(−1/2).

use faer::Mat;
use gaussian_oracle::multiprecision::Real;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use relu_gating::{Gaussian, InputLaw, UniformCube, population_gating, sampled_gating};

use crate::strategies::{at_angle, norm, relative_distance, times};

fn data<L: InputLaw>(law: &L, samples: usize, d: usize, rng: &mut ChaCha8Rng) -> Mat<f64> {
    let mut row = vec![0.0; d];
    let mut data = Mat::zeros(samples, d);
    for i in 0..samples {
        law.sample(rng, &mut row);
        for (j, x) in row.iter().enumerate() {
            data[(i, j)] = *x;
        }
    }
    data
}

/// The root mean square over repetitions of ‖E F − F‖/‖F‖, the closed form scaled by `second_moment`.
fn relative_error<L: InputLaw>(
    law: &L,
    second_moment: f64,
    theta: f64,
    samples: usize,
    d: usize,
) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(99);
    let repetitions = 40;
    let mut squares = 0.0;
    for _ in 0..repetitions {
        let (mut e, mut other) = (vec![0.0; d], vec![0.0; d]);
        Gaussian.sample(&mut rng, &mut e);
        Gaussian.sample(&mut rng, &mut other);
        let w = at_angle(&e, &other, theta);
        let closed = times(second_moment, &population_gating(&e, &w).unwrap());
        let sampled = sampled_gating(data(law, samples, d, &mut rng).as_ref(), &e, &w).unwrap();
        squares += relative_distance(&closed, &sampled).powi(2);
    }
    (squares / f64::from(repetitions)).sqrt()
}

/// The variance of the sampled gating is known exactly: E‖F̂ − EF‖² = (E[‖x‖²(x·w)² gated] − ‖EF‖²)/N.
///
/// At θ = 0 the first term is ‖w‖²(d + 2)/2 for the Gaussian, and ‖EF‖² = ‖w‖²/4.
#[test]
fn oracle_error_at_angle_zero() {
    let (d, samples) = (8.0_f64, 4000.0_f64);
    let expected = (Real::from(0.5 * d + 0.75) / Real::from(samples) / Real::from(0.25)).sqrt();
    let measured = relative_error(&Gaussian, 1.0, 0.0, 4000, 8);
    assert!(
        (measured / expected.to_f64() - 1.0).abs() < 0.2,
        "{measured} {}",
        expected.to_f64()
    );
}

#[test]
fn oracle_halves_with_four_times_the_samples() {
    let (coarse, fine) = (
        relative_error(&Gaussian, 1.0, 1.0, 500, 6),
        relative_error(&Gaussian, 1.0, 1.0, 8000, 6),
    );
    assert!((coarse / fine / 4.0 - 1.0).abs() < 0.25, "{coarse} {fine}");
}

#[test]
fn symmetry_scale_of_the_weight_does_not_count() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let x = data(&Gaussian, 300, 4, &mut rng);
    let (e, w) = ([1.0, 0.0, 0.2, 0.0], [0.3, 1.0, 0.0, 0.5]);
    let error = |w: &[f64]| {
        relative_distance(
            &population_gating(&e, w).unwrap(),
            &sampled_gating(x.as_ref(), &e, w).unwrap(),
        )
    };
    assert!((error(&w) - error(&times(8.0, &w))).abs() < 1e-15);
    assert!(norm(&w) > 0.0);
}

/// The error grows with the angle: few samples pass both gates as θ → π.
#[test]
fn symmetry_error_grows_with_the_angle() {
    let errors: Vec<f64> = [0.2, 1.5, 2.6]
        .map(|theta| relative_error(&Gaussian, 1.0, theta, 1000, 6))
        .to_vec();
    assert!(errors[0] < errors[1] && errors[1] < errors[2], "{errors:?}");
}

/// For the uniform cube the closed form (times 1/12) has a bias that stays as N grows, and shrinks with the dimension.
#[test]
fn nonvacuity_uniform_inputs_keep_a_bias_in_few_dimensions() {
    let cube = UniformCube { half_width: 0.5 };
    let samples = 40_000;
    let (plane, many) = (
        relative_error(&cube, 1.0 / 12.0, 1.0, samples, 2),
        relative_error(&cube, 1.0 / 12.0, 1.0, samples, 24),
    );
    let statistical = relative_error(&Gaussian, 1.0, 1.0, samples, 2);
    assert!(plane > 3.0 * statistical, "{plane} {statistical}");
    let statistical = relative_error(&Gaussian, 1.0, 1.0, samples, 24);
    assert!(many < 2.0 * statistical, "{many} {statistical}");
}
