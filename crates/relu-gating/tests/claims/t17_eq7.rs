//! Other isotropic inputs: E[F(e, w)] = A(θ)w + ‖w‖B(θ)e.

use std::f64::consts::PI;

use gaussian_oracle::monte_carlo;
use gaussian_oracle::quadrature;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use relu_gating::{
    Angle, Gaussian, InputLaw, RotationInvariant, UniformBall, UniformCube, UniformSphere,
    estimate_coefficients, population_gating,
};

use crate::strategies::{config, dot, pair, relative_distance, times};

/// A deviation that one standard normal number exceeds with probability 6e-7; below, some hundred are drawn.
const DEVIATIONS: f64 = 5.0;
const SAMPLES: usize = 200_000;

fn check<L: RotationInvariant>(law: &L, seed: u64, theta: f64, dimension: usize) {
    let mut e = vec![0.0; dimension];
    e[0] = 1.0;
    let mut w = vec![0.0; dimension];
    w[0] = 2.0 * theta.cos();
    w[dimension - 1] = 2.0 * theta.sin();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let estimate = estimate_coefficients(law, &mut rng, &e, &w, 40_000).unwrap();
    let angle = Angle::from_radians(theta).unwrap();
    let mass = (estimate.mass - law.mass(dimension, angle)) / estimate.mass_error;
    let asymmetry =
        (estimate.asymmetry - law.asymmetry(dimension, angle)) / estimate.asymmetry_error;
    assert!(
        mass.abs() < DEVIATIONS && asymmetry.abs() < DEVIATIONS,
        "d = {dimension}, θ = {theta}: {mass} {asymmetry}"
    );
    // Out of the plane of e and w the estimate is noise: d − 2 numbers of the size of the errors in it.
    let noise = (estimate.mass_error + estimate.asymmetry_error) * (dimension as f64).sqrt();
    assert!(
        estimate.out_of_plane < 2.0 * DEVIATIONS * noise,
        "d = {dimension}, θ = {theta}: {} {noise}",
        estimate.out_of_plane
    );
}

#[test]
fn oracle_monte_carlo_of_each_law() {
    for (index, dimension) in [2_usize, 3, 7, 20].into_iter().enumerate() {
        for step in 1..=6_u8 {
            let theta = PI * f64::from(step) / 7.0;
            let seed = 40 + 10 * index as u64 + u64::from(step);
            check(&Gaussian, seed, theta, dimension);
            check(&UniformSphere { radius: 1.5 }, seed, theta, dimension);
            check(&UniformBall { radius: 2.0 }, seed, theta, dimension);
        }
    }
}

/// T17 prints A(0) = N/2 "for other isotropic distributions". On the unit sphere in four dimensions A(0) = E(x·e)²/2 = 1/8
/// a sample: the second moment in one direction is E‖x‖²/d, and only E‖x‖² = d makes it 1.
#[test]
fn refutes_one_half_at_angle_zero_for_every_isotropic_law() {
    let e = [0.5, -0.5, 0.5, 0.5];
    let sampled = monte_carlo::mean(3, SAMPLES, 1, |rng, out| {
        let mut x = [0.0; 4];
        monte_carlo::standard_normal(rng, &mut x);
        let along = dot(&x, &e) / dot(&x, &x).sqrt();
        // F(e, e)·e for one sample.
        out[0] = along.max(0.0).powi(2);
    });
    assert!(sampled.covers(&[0.125], 0.9999), "{sampled:?}");
    assert!(sampled.worst_deviation(&[0.5]) > 100.0);
    for d in [1_usize, 2, 4, 100] {
        let mass = UniformSphere { radius: 1.0 }.mass(d, Angle::ZERO);
        assert!((mass * 2.0 * d as f64 - 1.0).abs() < 1e-15);
        let scaled = UniformSphere {
            radius: (d as f64).sqrt(),
        };
        assert!((scaled.mass(d, Angle::ZERO) - 0.5).abs() < 1e-15);
    }
}

/// The whole vector for the sphere, sampled and gated without any code of the library but the sampler.
#[test]
fn oracle_whole_vector_on_the_sphere() {
    let (e, w) = ([0.5, 1.0, -0.3, 0.2], [1.0, 0.4, 0.6, -0.7]);
    let sphere = UniformSphere { radius: 1.0 };
    let sampled = monte_carlo::mean(7, SAMPLES, 4, |rng, out| {
        let mut x = [0.0; 4];
        monte_carlo::standard_normal(rng, &mut x);
        let norm = dot(&x, &x).sqrt();
        let x = x.map(|v| v / norm);
        let response = dot(&x, &w);
        if response > 0.0 && dot(&x, &e) > 0.0 {
            out.copy_from_slice(&times(response, &x));
        }
    });
    let factor = sphere.mean_square_norm(4) / 4.0;
    let expected = times(factor, &population_gating(&e, &w).unwrap());
    assert!(sampled.covers(&expected, 0.999), "{sampled:?} {expected:?}");
}

/// E‖x‖² of the ball by quadrature of r^(d+1) over the radius.
#[test]
fn oracle_second_moment_of_the_ball() {
    for d in 1..8_i32 {
        let moment = |power: i32| {
            quadrature::integrate(|r| r.powi(power), 0.0, 3.0, 1e-12)
                .unwrap()
                .value
        };
        let reference = moment(d + 1) / moment(d - 1);
        let ball = UniformBall { radius: 3.0 };
        assert!(
            (ball.mean_square_norm(usize::try_from(d).unwrap()) / reference - 1.0).abs() < 1e-12
        );
    }
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn symmetry_boundary_values_and_reflection(theta in 0.0..PI, d in 1..50_usize, radius in 0.1..10.0_f64) {
        let laws = (UniformSphere { radius }, UniformBall { radius });
        let half = |law_second_moment: f64| law_second_moment / d as f64 / 2.0;
        for (mass_at_zero, mass_at_pi, asymmetry_ends, expected) in [
            (laws.0.mass(d, Angle::ZERO), laws.0.mass(d, Angle::STRAIGHT), laws.0.asymmetry(d, Angle::ZERO) + laws.0.asymmetry(d, Angle::STRAIGHT), half(laws.0.mean_square_norm(d))),
            (laws.1.mass(d, Angle::ZERO), laws.1.mass(d, Angle::STRAIGHT), laws.1.asymmetry(d, Angle::ZERO) + laws.1.asymmetry(d, Angle::STRAIGHT), half(laws.1.mean_square_norm(d))),
        ] {
            prop_assert!((mass_at_zero - expected).abs() <= 1e-15 * expected);
            prop_assert_eq!(mass_at_pi, 0.0);
            prop_assert_eq!(asymmetry_ends, 0.0);
        }
        // F(e, w) + F(−e, w) = (E‖x‖²/d) w/2: A(θ) + A(π−θ) is constant and B(θ) = B(π−θ).
        let angle = Angle::from_radians(theta)?;
        let sum = laws.0.mass(d, angle) + laws.0.mass(d, angle.opposite());
        prop_assert!((sum - half(laws.0.mean_square_norm(d))).abs() <= 1e-14 * sum);
        prop_assert_eq!(laws.0.asymmetry(d, angle), laws.0.asymmetry(d, angle.opposite()));
    }

    #[test]
    fn symmetry_gaussian_case_is_theorem_1((e, w) in pair()) {
        let angle = Angle::between(&e, &w)?;
        let (a, b) = (Gaussian.mass(w.len(), angle), Gaussian.asymmetry(w.len(), angle));
        let (norm_e, norm_w) = (dot(&e, &e).sqrt(), dot(&w, &w).sqrt());
        let composed: Vec<f64> = e.iter().zip(&w).map(|(e, w)| a * w + norm_w * b * e / norm_e).collect();
        let direct = population_gating(&e, &w)?;
        // The composed form cancels as θ → π, which is why the library does not use it.
        prop_assert!(relative_distance(&composed, &direct) <= 1e-14 + 4e-15 / angle.supplement().powi(2));
    }
}

/// The uniform cube is not rotation invariant: at the same angle, two pairs of directions differ.
#[test]
fn nonvacuity_the_cube_has_no_such_form() {
    let cube = UniformCube { half_width: 0.5 };
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (turn, theta) = (PI / 4.0, 1.2_f64);
    let along_axis = estimate_coefficients(
        &cube,
        &mut rng,
        &[1.0, 0.0],
        &[theta.cos(), theta.sin()],
        SAMPLES,
    )
    .unwrap();
    let diagonal = estimate_coefficients(
        &cube,
        &mut rng,
        &[turn.cos(), turn.sin()],
        &[(turn + theta).cos(), (turn + theta).sin()],
        SAMPLES,
    )
    .unwrap();
    let error = along_axis.mass_error.hypot(diagonal.mass_error);
    assert!((along_axis.mass - diagonal.mass).abs() > 5.0 * error);
    // In many dimensions x·e and x·w are sums of many terms, and the form returns with E x_i² = 1/12.
    let d = 400;
    let spread =
        |phase: f64| -> Vec<f64> { (0..d).map(|i| (0.7 * f64::from(i) + phase).sin()).collect() };
    let estimate =
        estimate_coefficients(&cube, &mut rng, &spread(0.0), &spread(theta), 50_000).unwrap();
    let angle = Angle::between(&spread(0.0), &spread(theta)).unwrap();
    let expected = Gaussian.mass(400, angle) / 12.0;
    assert!((estimate.mass - expected).abs() < DEVIATIONS * estimate.mass_error);
}

#[test]
fn nonvacuity_bad_estimates_are_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let law = UniformBall { radius: 1.0 };
    assert!(estimate_coefficients(&law, &mut rng, &[1.0, 0.0], &[2.0, 0.0], 10).is_err());
    assert!(estimate_coefficients(&law, &mut rng, &[1.0, 0.0], &[0.0, 2.0], 1).is_err());
    let mut x = [0.0; 3];
    law.sample(&mut rng, &mut x);
    assert!(dot(&x, &x) <= 1.0);
}
