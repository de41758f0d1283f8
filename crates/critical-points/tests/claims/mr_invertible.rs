//! M_r is invertible exactly if directions are distinct and the lines of antipodal pairs independent.

use std::f64::consts::{FRAC_PI_3, PI};

use critical_points::{Dependence, Error, Magnitudes, NormalEquation, Separability, Spectrum};
use faer::Mat;
use gaussian_oracle::multiprecision::{angle, kernel};
use proptest::prelude::*;

use crate::strategies::{config, magnitude, matrix, norm, turned, weights};

/// The Gram matrix of σ(e_j·x), times 2π, by the oracle.
fn gram(rows: &[Vec<f64>]) -> Mat<f64> {
    Mat::from_fn(rows.len(), rows.len(), |j, k| {
        let scale = norm(&rows[j]) * norm(&rows[k]);
        2.0 * PI * kernel(&rows[j], &rows[k]).to_f64() / scale
    })
}

/// Generic rows, with some repeated, some mirrored.
fn with_coincidences() -> impl Strategy<Value = Vec<Vec<f64>>> {
    (2..=3_usize, 1..=3_usize).prop_flat_map(|(d, k)| {
        (
            matrix(k, d),
            prop::collection::vec((0..k, any::<bool>(), 0.5..2.0_f64), 0..5),
        )
            .prop_map(|(mut rows, copies)| {
                for (of, opposite, length) in copies {
                    let sign = if opposite { -length } else { length };
                    rows.push(rows[of].iter().map(|x| sign * x).collect());
                }
                rows
            })
    })
}

/// Generic directions are further apart than this with near certainty, and then M_r has no eigenvalue between the
/// rounding 1e-13 and the resolution below.
const APART: f64 = 0.02;
const RESOLUTION: f64 = 1e-9;

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn oracle_nullity(rows in with_coincidences()) {
        // Leave out what is neither coincident nor clearly distinct.
        let unclear = rows.iter().enumerate().any(|(j, u)| rows[..j].iter().any(|v| {
            let found = angle(u, v);
            let small = found.theta.to_f64().min(found.supplement.to_f64());
            small > 1e-12 && small < APART
        }));
        prop_assume!(!unclear);
        let spectrum = Spectrum::of(&gram(&rows))?.resolved_to(RESOLUTION)?;
        let predicted = Dependence::of(&weights(&rows))?;
        prop_assert_eq!(spectrum.negative(), 0);
        prop_assert_eq!(spectrum.null(), predicted.nullity(), "{:?}", spectrum.eigenvalues());
        // The solver refuses exactly the singular ones.
        prop_assert_eq!(Separability::new(&weights(&rows)).is_err(), predicted.nullity() > 0);
    }

    #[test]
    fn symmetry_of_the_nullity(rows in with_coincidences(), turn in 0.0..6.0_f64) {
        let plain = Dependence::of(&weights(&rows))?;
        let mut other = turned(&rows, 0, turn);
        other.reverse();
        prop_assert_eq!(Dependence::of(&weights(&other))?, plain);
    }

    #[test]
    fn oracle_two_students(theta in prop_oneof![0.01..3.1_f64, magnitude(-5.0..0.0)]) {
        // Eigenvalues π ± h(θ).
        let rows = [vec![1.0, 0.0], vec![theta.cos(), theta.sin()]];
        let h = angle(&rows[0], &rows[1]).arc_cosine().to_f64();
        let condition = Separability::new(&weights(&rows))?.condition();
        let exact = (PI + h) / (PI - h);
        prop_assert!((condition / exact - 1.0).abs() <= 1e-15 * exact + 1e-14, "{condition:e} {exact:e}");
    }
}

#[test]
fn oracle_only_equal_students_are_singular_for_two() {
    let at =
        |theta: f64| Separability::new(&weights(&[vec![1.0, 0.0], vec![theta.cos(), theta.sin()]]));
    assert!(at(0.0).is_err() && at(1e-9).is_err());
    assert!(at(1e-6).is_ok() && at(PI).is_ok());
}

fn regular(corners: u32) -> Vec<Vec<f64>> {
    let turn = |k: u32| 2.0 * PI * f64::from(k) / f64::from(corners);
    (0..corners)
        .map(|k| vec![turn(k).cos(), turn(k).sin()])
        .collect()
}

#[test]
fn nonvacuity_distinct_directions_do_not_suffice() {
    // The hexagon: three antipodal pairs in a plane, six distinct directions, one dependence.
    let hexagon = weights(&regular(6));
    let predicted = Dependence::of(&hexagon).unwrap();
    assert_eq!(
        (
            predicted.distinct(),
            predicted.antipodal_pairs(),
            predicted.nullity()
        ),
        (6, 3, 1)
    );
    let error = Separability::new(&hexagon).unwrap_err();
    let Error::Singular {
        condition,
        antipodal_pairs,
        angle,
        ..
    } = error
    else {
        panic!("{error}");
    };
    assert!(condition > 1e14 && antipodal_pairs == 3 && (angle - FRAC_PI_3).abs() < 1e-14);
    let equation = NormalEquation::new(&hexagon, &weights(&regular(2))).unwrap();
    assert!(
        Magnitudes::solve(&equation)
            .unwrap_err()
            .to_string()
            .contains("3 pairs are antipodal")
    );
    // e₀ − e₁ + e₂ = 0, so σ(e₀x) − σ(−e₀x) − σ(e₁x) + σ(−e₁x) + σ(e₂x) − σ(−e₂x) = 0: the kernel of M_r.
    let kernel = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
    let image = equation.m_r() * Mat::from_fn(6, 1, |j, _| kernel[j]);
    assert!(image.norm_max() < 1e-14);
    // Two antipodal pairs, a square, are fine, and so are a pentagon and three pairs in space.
    assert!(Separability::new(&weights(&regular(4))).is_ok());
    assert!(Separability::new(&weights(&regular(5))).is_ok());
    let cross: Vec<Vec<f64>> = (0..6)
        .map(|k| {
            let mut row = vec![0.0; 3];
            row[k / 2] = if k % 2 == 0 { 1.0 } else { -1.0 };
            row
        })
        .collect();
    assert!(Separability::new(&weights(&cross)).is_ok());
    assert_eq!(Dependence::of(&weights(&cross)).unwrap().nullity(), 0);
}
