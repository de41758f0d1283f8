//! E[F(e, w)] = ((π − θ)w + ‖w‖ sin θ e)/2π.

use gaussian_oracle::multiprecision::{self, relative_error};
use gaussian_oracle::vectors::{Vectors, exact};
use gaussian_oracle::{monte_carlo, quadrature};
use proptest::prelude::*;
use relu_gating::{Angle, Error, population_gating, sampled_gating};

use crate::strategies::{config, dot, norm, pair, relative_distance, rotated, scale, times};

/// Promised for every angle: the two orthogonal parts each carry a few units of rounding, times √d.
const ACCURACY: f64 = 1e-14;
/// The quadrature is asked for 1e-12, and builds its frame in doubles; gates narrower than 0.01 are left to the others.
const QUADRATURE: f64 = 1e-11;
const NARROW: f64 = 0.01;

proptest! {
    #![proptest_config(config(1024))]

    #[test]
    fn oracle_multiprecision((e, w) in pair(), e_scale in scale(), w_scale in scale()) {
        let (e, w) = (times(e_scale, &e), times(w_scale, &w));
        let computed = population_gating(&e, &w)?;
        let error = relative_error(&computed, &multiprecision::population_gating(&e, &w));
        prop_assert!(error <= ACCURACY, "relative error {error:e} at angle {:?}", Angle::between(&e, &w));
    }

    #[test]
    fn oracle_angle((a, b) in pair(), a_scale in scale(), b_scale in scale()) {
        let (a, b) = (times(a_scale, &a), times(b_scale, &b));
        let angle = Angle::between(&a, &b)?;
        let reference = multiprecision::angle(&a, &b);
        for (computed, exact) in [(angle.radians(), &reference.theta), (angle.supplement(), &reference.supplement)] {
            let error = relative_error(&[computed], std::slice::from_ref(exact));
            prop_assert!(error <= 1e-15, "relative error {error:e} of {computed:e}");
        }
        let exchanged = Angle::between(&b, &a)?.radians();
        prop_assert!((angle.radians() - exchanged).abs() <= 1e-15 * exchanged);
    }

    #[test]
    fn symmetry_rotation_scaling_and_reflection((e, w) in pair(), turn in 0.0..6.3_f64, factor in 0.1..10.0_f64) {
        let base = population_gating(&e, &w)?;
        // Rotating both vectors rotates the result; rounding of the rotated input moves a narrow gate relatively more.
        let tolerance = 1e-14 + 1e-15 / Angle::between(&e, &w)?.supplement();
        let turned = population_gating(&rotated(&e, 0, 1, turn), &rotated(&w, 0, 1, turn))?;
        prop_assert!(relative_distance(&turned, &rotated(&base, 0, 1, turn)) <= tolerance);
        // Homogeneous of degree 1 in w, 0 in e.
        let scaled = population_gating(&times(4.0, &e), &times(factor, &w))?;
        prop_assert!(relative_distance(&scaled, &times(factor, &base)) <= 1e-14 + 1e-15 / Angle::between(&e, &w)?.supplement());
        // F(e, w) + F(−e, w) = E[xxᵀ 1(x·w>0)] w = w/2.
        let mirrored = population_gating(&times(-1.0, &e), &w)?;
        let sum: Vec<f64> = base.iter().zip(&mirrored).map(|(a, b)| a + b).collect();
        prop_assert!(relative_distance(&sum, &times(0.5, &w)) <= 1e-14);
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn oracle_quadrature((e, w) in pair()) {
        let computed = population_gating(&e, &w)?;
        prop_assume!(Angle::between(&e, &w)?.supplement() > NARROW);
        let reference = quadrature::population_gating(&e, &w, 1e-12)?;
        prop_assert!(relative_distance(&computed, &reference) * norm(&reference) <= QUADRATURE * norm(&w));
    }
}

#[test]
fn oracle_monte_carlo() {
    let (e, w) = ([1.0, 0.5, 0.0, -0.2], [-0.3, 1.0, 0.7, 0.1]);
    let sampled = monte_carlo::mean(1, 400_000, 4, |rng, out| {
        let mut x = [0.0; 4];
        monte_carlo::standard_normal(rng, &mut x);
        let response = dot(&x, &w);
        if response > 0.0 && dot(&x, &e) > 0.0 {
            out.copy_from_slice(&times(response, &x));
        }
    });
    let expected = population_gating(&e, &w).unwrap();
    assert!(sampled.covers(&expected, 0.999), "{sampled:?} {expected:?}");
    // Power: an error of 2 % of the norm would have been seen.
    let wrong = times(1.02, &expected);
    assert!(!sampled.covers(&wrong, 0.999));
}

#[test]
fn oracle_vectors() {
    for vector in Vectors::bundled().unwrap().gating {
        let computed = population_gating(&vector.e, &vector.w).unwrap();
        let reference = exact(&vector.gating);
        if computed.iter().all(|x| *x == 0.0) {
            assert!(
                reference
                    .iter()
                    .all(gaussian_oracle::multiprecision::Real::is_zero)
            );
        } else {
            let error = relative_error(&computed, &reference);
            assert!(error <= ACCURACY, "{}: {error:e}", vector.note);
        }
        let theta = Angle::between(&vector.e, &vector.w).unwrap().radians();
        assert!(relative_error(&[theta], &exact(&[vector.theta])) <= 1e-15);
    }
}

#[test]
fn oracle_ends_of_the_range() {
    // Parallel: half; antiparallel: nothing; also for the largest and smallest doubles.
    for size in [1.0, f64::MAX, f64::MIN_POSITIVE, f64::from_bits(2)] {
        let w = [0.0, size];
        let half = population_gating(&[0.0, 3.0], &w).unwrap();
        assert!(half[0] == 0.0 && (half[1] - size / 2.0).abs() <= 4e-16 * size);
        assert_eq!(population_gating(&[0.0, -1e-300], &w).unwrap(), [0.0, 0.0]);
    }
    let overflow = population_gating(&[vec![1.0], vec![0.0; 99]].concat(), &[1.7e308; 100]);
    assert_eq!(overflow, Err(Error::Overflow));
}

#[test]
fn symmetry_sampled_gating_is_a_mean_over_rows() {
    let rows = [[1.0, 2.0], [-1.0, 0.5], [0.3, 0.1], [0.2, -0.9]];
    let data = faer::Mat::from_fn(4, 2, |i, j| rows[i][j]);
    let reversed = faer::Mat::from_fn(4, 2, |i, j| rows[3 - i][j]);
    let (e, w) = ([1.0, 0.1], [0.2, 1.0]);
    let mut by_hand = [0.0; 2];
    for row in rows {
        if dot(&row, &e) > 0.0 && dot(&row, &w) > 0.0 {
            for (sum, x) in by_hand.iter_mut().zip(row) {
                *sum += dot(&row, &w) * x / 4.0;
            }
        }
    }
    let sampled = sampled_gating(data.as_ref(), &e, &w).unwrap();
    assert!(relative_distance(&sampled, &by_hand) < 1e-15);
    let shuffled = sampled_gating(reversed.as_ref(), &e, &w).unwrap();
    assert!(relative_distance(&shuffled, &sampled) < 1e-15);
}

/// Without the Gaussian hypothesis the formula fails: x uniform on {±1}², with the same second moments.
#[test]
fn nonvacuity_other_inputs_need_another_formula() {
    let corners = faer::Mat::from_fn(4, 2, |i, j| if (i >> j) & 1 == 0 { 1.0 } else { -1.0 });
    let (e, w) = ([1.0, 0.2], [0.3, 1.0]);
    let exact = sampled_gating(corners.as_ref(), &e, &w).unwrap();
    let formula = population_gating(&e, &w).unwrap();
    assert!(relative_distance(&exact, &formula) > 0.05);
}

/// The textbook evaluation, with acos of a clamped cosine and the first form of the formula, misses the bound.
#[test]
fn nonvacuity_textbook_evaluation_loses_the_digits() {
    let textbook = |e: &[f64], w: &[f64]| -> Vec<f64> {
        let (pi, norm_w) = (std::f64::consts::PI, norm(w));
        let theta = (dot(e, w) / (norm(e) * norm_w)).clamp(-1.0, 1.0).acos();
        e.iter()
            .zip(w)
            .map(|(e_i, w_i)| {
                ((pi - theta) * w_i + norm_w * theta.sin() * e_i / norm(e)) / (2.0 * pi)
            })
            .collect()
    };
    let (e, w) = ([0.6, 0.8], [-0.6 - 8e-6, -0.8 + 6e-6]);
    let reference = multiprecision::population_gating(&e, &w);
    assert!(relative_error(&textbook(&e, &w), &reference) > 1e-6);
    assert!(relative_error(&population_gating(&e, &w).unwrap(), &reference) <= ACCURACY);
}
