//! The curves and the sign map of Figure 10.

use std::f64::consts::PI;

use critical_points::{TwoUnits, sign_grid_picture};
use gaussian_oracle::multiprecision::Real;
use proptest::prelude::*;

use crate::strategies::{config, relative};
use crate::t17_conj1::textbook;

/// As for Conjecture 1.
const ACCURACY: f64 = 1e-14;

/// θ of panels (a) and (b).
const PANELS: [f64; 2] = [3.0 * PI / 8.0, 7.0 * PI / 8.0];

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn oracle_curves(panel in 0..2_usize, phi in 1e-3..6.25_f64) {
        let theta = PANELS[panel];
        let exact = textbook(&Real::from(theta), &Real::from(phi));
        prop_assert!(relative(TwoUnits::from_radians(theta, phi)?.l12(), &exact) <= ACCURACY);
    }

    #[test]
    fn symmetry_the_curves_mirror_each_other(panel in 0..2_usize, phi in 0.0..3.0_f64) {
        // L₂₁(φ) = L₁₂(θ − φ).
        let theta = PANELS[panel];
        let (one, other) = (TwoUnits::from_radians(theta, phi)?, TwoUnits::from_radians(theta, theta - phi)?);
        prop_assert!((one.l21() - other.l12()).abs() <= 1e-14);
    }
}

#[test]
fn oracle_zero_crossings() {
    // Exactly two on the circle, at φ = 0 and φ = θ, for both functions.
    for theta in PANELS {
        for exchanged in [false, true] {
            let n = 20_000;
            let mut signs: Vec<bool> = (0..n)
                .map(|j| TwoUnits::from_radians(theta, 2.0 * PI * (f64::from(j) + 0.5) / f64::from(n)).unwrap())
                .map(|triple| if exchanged { triple.l21() } else { triple.l12() } > 0.0)
                .collect();
            let inside = signs.iter().filter(|s| **s).count();
            assert!((inside as f64 / f64::from(n) * 2.0 * PI - theta).abs() < 1e-3);
            signs.dedup();
            assert_eq!(signs, [true, false]);
        }
    }
}

#[test]
fn nonvacuity_the_reduced_picture_keeps_both_signs() {
    // Cells that the lines φ = θ and φ = 0 cross have both signs or a zero, all others one.
    let (grid, cells) = sign_grid_picture(400, 800, 20, 40).unwrap();
    assert_eq!((grid.violations, grid.undecided), (0, 0));
    for (index, cell) in cells.iter().enumerate() {
        let (row, column) = (index / 40, index % 40);
        if column > row && column > 0 {
            assert!(cell.greatest < 0.0, "{row} {column} {cell:?}");
        } else if column < row && column > 0 {
            assert!(cell.least > 0.0, "{row} {column} {cell:?}");
        } else {
            assert!(cell.greatest >= 0.0);
        }
    }
    let extremes = cells.iter().fold((0.0_f64, 0.0_f64), |m, c| {
        (m.0.min(c.least), m.1.max(c.greatest))
    });
    assert!(extremes.0 < -1.6 && extremes.1 > 0.5, "{extremes:?}");
}
