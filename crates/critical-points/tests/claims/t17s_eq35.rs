//! M and M* for two students, in closed form, and the global minimum of an orthonormal teacher.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use critical_points::{Magnitudes, NormalEquation};
use gaussian_oracle::multiprecision::population_gating;
use proptest::prelude::*;

use crate::strategies::{config, weights};

/// A few roundings of numbers up to π + 1.
const ENTRY: f64 = 4e-15;

fn unit(angle: f64) -> Vec<f64> {
    vec![angle.cos(), angle.sin()]
}

fn times(factor: f64, v: &[f64]) -> Vec<f64> {
    v.iter().map(|x| factor * x).collect()
}

/// Eq 36: rows (1,1), (1,2), (2,1), (2,2).
fn printed(theta: f64) -> [[f64; 2]; 4] {
    let h = (PI - theta) * theta.cos() + theta.sin();
    let mixed = (PI - theta) + theta.sin() * theta.cos();
    let along = PI * theta.cos();
    [[PI, h], [along, mixed], [mixed, along], [h, PI]]
}

proptest! {
    #![proptest_config(config(128))]

    /// Eq 36 against 2π e_j′·E[F(e_j, e_k)] in multiprecision, and against the library, whatever the norms.
    #[test]
    fn oracle_two_students(theta in 0.01..3.1_f64, a in 0.1..3.0_f64, b in 0.1..3.0_f64) {
        let directions = [unit(0.0), unit(theta)];
        let students = weights(&[times(a, &directions[0]), times(b, &directions[1])]);
        let equation = NormalEquation::new(&students, &weights(&[unit(0.3), unit(1.9)]))?;
        let (m, closed) = (equation.m(), printed(theta));
        for j in 0..2 {
            for l in 0..2 {
                for k in 0..2 {
                    let gating = population_gating(&directions[j], &directions[k]);
                    let exact: f64 = gating.iter().zip(&directions[l]).map(|(g, x)| g.to_f64() * x).sum();
                    prop_assert!((m[(2 * j + l, k)] - TAU * exact).abs() < 4.0 * ENTRY);
                    prop_assert!((closed[2 * j + l][k] - TAU * exact).abs() < 4.0 * ENTRY);
                }
            }
        }
    }

    /// Renaming the students reverses the order of the rows, and of the columns of M.
    #[test]
    fn symmetry_renaming(theta in 0.01..3.1_f64, first in 0.0..6.2_f64, second in 0.0..6.2_f64) {
        let teachers = weights(&[unit(first), unit(second)]);
        let one = NormalEquation::new(&weights(&[unit(0.0), unit(theta)]), &teachers)?;
        let other = NormalEquation::new(&weights(&[unit(theta), unit(0.0)]), &teachers)?;
        let (m, turned, star, turned_star) = (one.m(), other.m(), one.m_star(), other.m_star());
        for row in 0..4 {
            for k in 0..2 {
                prop_assert!((m[(row, k)] - turned[(3 - row, 1 - k)]).abs() < ENTRY);
                prop_assert!((star[(row, k)] - turned_star[(3 - row, k)]).abs() < ENTRY);
            }
        }
    }
}

/// Eq 39: students in the directions of an orthonormal teacher have M = M*, and the norms of the teacher are the only solution.
#[test]
fn oracle_global_minimum() {
    let teachers = weights(&[unit(0.0), unit(FRAC_PI_2)]);
    let students = weights(&[times(0.3, &unit(0.0)), times(5.0, &unit(FRAC_PI_2))]);
    let equation = NormalEquation::new(&students, &teachers).unwrap();
    let exact = [[PI, 1.0], [0.0, FRAC_PI_2], [FRAC_PI_2, 0.0], [1.0, PI]];
    for (row, entries) in exact.iter().enumerate() {
        for (k, value) in entries.iter().enumerate() {
            assert!((equation.m()[(row, k)] - value).abs() < ENTRY);
            assert!((equation.m_star()[(row, k)] - value).abs() < ENTRY);
        }
    }
    // Rank 2: the minor of the first and the last row is π² − 1.
    let solved = Magnitudes::solve(&equation).unwrap();
    assert!(solved.norms().iter().all(|x| (x - 1.0).abs() < 1e-14));
    assert!(solved.largest_residual() < 1e-13);
}

/// In other directions the norms of the diagonal equations leave the other two unsolved.
#[test]
fn nonvacuity_other_directions_have_no_norms() {
    let teachers = weights(&[unit(0.0), unit(FRAC_PI_2)]);
    for turn in [0.1, 0.3, -0.2] {
        let students = weights(&[unit(turn), unit(FRAC_PI_2 + 0.5 * turn)]);
        let solved =
            Magnitudes::solve(&NormalEquation::new(&students, &teachers).unwrap()).unwrap();
        assert!(solved.largest_residual() > 1e-2, "{turn}");
    }
}
