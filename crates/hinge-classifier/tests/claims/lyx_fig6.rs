//! Subspaces of features: principal angles and independence.

use std::f64::consts::FRAC_PI_2;

use faer::{Mat, MatRef};
use hinge_classifier::Subspaces;
use proptest::prelude::*;

use crate::config;
use crate::enumeration::{gaussian, random};

/// Rounding of products and singular values of frames in ten dimensions.
const ROUNDING: f64 = 1e-14;

/// Two subspaces of ℝ¹⁰ whose principal angles are given, turned by a random rotation, each in a random basis.
fn at_angles(angles: &[f64], seed: u64) -> [Mat<f64>; 2] {
    let mut random = random(seed);
    let count = angles.len();
    let rotation = gaussian(10, 10, 0.0, &mut random).qr().compute_thin_Q();
    let first = Mat::from_fn(count, 10, |i, c| f64::from(u8::from(i == c)));
    let second = Mat::from_fn(count, 10, |i, c| {
        if c == i {
            angles[i].cos()
        } else if c == count + i {
            angles[i].sin()
        } else {
            0.0
        }
    });
    // Bases near the frames: far from dependent.
    let mut mixed = |frame: Mat<f64>| {
        let noise = gaussian(count, count, 0.0, &mut random);
        let basis = Mat::from_fn(count, count, |i, j| {
            f64::from(u8::from(i == j)) + 0.2 * noise[(i, j)]
        });
        basis * frame * &rotation
    };
    [mixed(first), mixed(second)]
}

fn spanned(bases: &[Mat<f64>]) -> Subspaces {
    let bases: Vec<MatRef<'_, f64>> = bases.iter().map(Mat::as_ref).collect();
    Subspaces::spanned(&bases).expect("independent rows")
}

proptest! {
    #![proptest_config(config(200))]

    /// Angles of a known construction, tiny ones and those next to π/2 included.
    #[test]
    fn oracle_known_angles(exponents in prop::collection::vec(-12.0..0.0_f64, 1..=4), flip in any::<u8>(), seed in any::<u64>()) {
        let mut angles: Vec<f64> = exponents
            .iter()
            .enumerate()
            .map(|(i, e)| {
                let small = 10_f64.powf(*e);
                if flip >> i & 1 == 1 { FRAC_PI_2 - small } else { small }
            })
            .collect();
        let found = spanned(&at_angles(&angles, seed)).principal_angles(0, 1).expect("two");
        angles.sort_by(f64::total_cmp);
        prop_assert_eq!(found.len(), angles.len());
        for (found, expected) in found.iter().zip(&angles) {
            prop_assert!((found - expected).abs() < 20.0 * ROUNDING, "{} {}", found, expected);
        }
    }

    /// The order of the subspaces, a rotation of the space and another basis change nothing.
    #[test]
    fn symmetry_order_rotation_and_basis(seed in any::<u64>()) {
        let mut random = random(seed);
        let bases = [gaussian(2, 7, 0.0, &mut random), gaussian(4, 7, 0.0, &mut random)];
        let rotation = gaussian(7, 7, 0.0, &mut random).qr().compute_thin_Q();
        let spaces = spanned(&bases);
        let angles = spaces.principal_angles(0, 1).expect("two");
        prop_assert_eq!(angles.len(), 2);
        let turned = spanned(&[&bases[0] * &rotation, &bases[1] * &rotation]);
        let scaled = spanned(&[bases[0].clone() * faer::Scale(-3.0), bases[1].clone()]);
        for other in [
            spaces.principal_angles(1, 0).expect("two"),
            turned.principal_angles(0, 1).expect("two"),
            scaled.principal_angles(0, 1).expect("two"),
        ] {
            for (a, b) in angles.iter().zip(&other) {
                prop_assert!((a - b).abs() < 1e-11);
            }
        }
        prop_assert!((spaces.independence().expect("a value") - turned.independence().expect("a value")).abs() < 1e-12);
    }
}

/// For two lines at the angle θ the least ‖x + y‖ with ‖x‖² + ‖y‖² = 1 is √(1 − cos θ).
#[test]
fn oracle_independence_of_two_lines() {
    for theta in [1e-3, 0.4_f64, 1.2, FRAC_PI_2] {
        let lines = [
            Mat::from_fn(1, 3, |_, c| [2.0, 0.0, 0.0][c]),
            Mat::from_fn(1, 3, |_, c| [theta.cos(), 0.0, theta.sin()][c]),
        ];
        let found = spanned(&lines).independence().expect("a value");
        let expected = 2.0_f64.sqrt() * (theta / 2.0).sin();
        assert!((found - expected).abs() < ROUNDING, "{theta}: {found}");
    }
}

/// Pairwise far apart and still dependent: three lines in a plane. Angles between pairs do not show it, independence does.
#[test]
fn nonvacuity_pairwise_angles_are_not_independence() {
    let line = |turn: f64| Mat::from_fn(1, 3, |_, c| [turn.cos(), turn.sin(), 0.0][c]);
    let star = spanned(&[
        line(0.0),
        line(std::f64::consts::FRAC_PI_3),
        line(2.0 * std::f64::consts::FRAC_PI_3),
    ]);
    for (i, r) in [(0, 1), (0, 2), (1, 2)] {
        let angle = star.principal_angles(i, r).expect("lines")[0];
        assert!((angle - std::f64::consts::FRAC_PI_3).abs() < ROUNDING);
    }
    assert!(star.independence().expect("a value") < ROUNDING);
    let axes = Subspaces::coordinate(&[1, 2]).expect("axes");
    assert!((axes.independence().expect("a value") - 1.0).abs() < ROUNDING);
    // More vectors than dimensions cannot be independent.
    let crowd = spanned(&[line(0.0), line(0.3), line(0.5), line(0.9)]);
    assert_eq!(crowd.independence().expect("a value"), 0.0);
    assert!(axes.principal_angles(0, 2).is_err());
}
