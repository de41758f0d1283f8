//! L_jj′ vanishes at the students' own directions, and L_jj everywhere.

use critical_points::{Separability, TwoUnits};
use gaussian_oracle::multiprecision::{Real, angle};
use gaussian_oracle::vectors::Vectors;
use proptest::prelude::*;

use crate::strategies::{config, matrix, turned, vector, weights};

/// Rounding of entries of size π + 1, times the condition number.
const PER_CONDITION: f64 = 1e-14;

/// Eq 14 with 512 bits: Gaussian elimination on M_r.
fn exact(students: &[Vec<f64>], teacher: &[f64]) -> Vec<Vec<f64>> {
    let count = students.len();
    let inner: Vec<Vec<_>> = students
        .iter()
        .map(|u| students.iter().map(|v| angle(u, v)).collect())
        .collect();
    let outer: Vec<_> = students.iter().map(|u| angle(u, teacher)).collect();
    let mut system: Vec<Vec<Real>> = (0..count)
        .map(|j| {
            let mut row: Vec<Real> = inner[j]
                .iter()
                .map(gaussian_oracle::multiprecision::Angle::arc_cosine)
                .collect();
            row.push(outer[j].arc_cosine());
            row
        })
        .collect();
    // M_r is positive definite: no pivoting.
    for p in 0..count {
        for i in 0..count {
            if i != p {
                let factor = &system[i][p] / &system[p][p];
                for c in p..=count {
                    system[i][c] = &system[i][c] - &factor * &system[p][c];
                }
            }
        }
    }
    let x: Vec<Real> = (0..count)
        .map(|j| &system[j][count] / &system[j][j])
        .collect();
    let entry = |j: usize, l: usize| {
        let own = &outer[j].supplement * &outer[l].cos + &outer[j].sin * &inner[l][j].cos;
        let taken: Real = (0..count)
            .map(|k| {
                &x[k]
                    * (&inner[j][k].supplement * &inner[l][k].cos
                        + &inner[j][k].sin * &inner[l][j].cos)
            })
            .sum();
        (own - taken).to_f64()
    };
    (0..count)
        .map(|j| (0..count).map(|l| entry(j, l)).collect())
        .collect()
}

fn students() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<f64>)> {
    (2..=4_usize, 2..=4_usize).prop_flat_map(|(k, d)| (matrix(k, d), vector(d)))
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn oracle_all_entries((students, teacher) in students()) {
        let functions = Separability::new(&weights(&students))?;
        let found = functions.l(&teacher)?;
        let bound = PER_CONDITION * functions.condition();
        for (j, row) in exact(&students, &teacher).iter().enumerate() {
            for (l, exact) in row.iter().enumerate() {
                prop_assert!((found[(j, l)] - exact).abs() <= bound, "{} {exact} {bound:e}", found[(j, l)]);
            }
            prop_assert!(found[(j, j)].abs() <= bound);
        }
    }

    #[test]
    fn oracle_zero_at_the_students((students, _) in students(), of in 0..4_usize, length in 0.1..9.0_f64) {
        let functions = Separability::new(&weights(&students))?;
        let own: Vec<f64> = students[of % students.len()].iter().map(|x| length * x).collect();
        prop_assert!(functions.l(&own)?.norm_max() <= PER_CONDITION * functions.condition());
    }

    #[test]
    fn oracle_two_students_in_closed_form(rows in matrix(3, 2)) {
        let plane = |k: usize| [rows[k][0], rows[k][1]];
        let functions = Separability::new(&weights(&rows[..2]))?;
        let triple = TwoUnits::from_vectors(plane(0), plane(1), plane(2))?;
        let found = functions.l(&rows[2])?;
        let bound = PER_CONDITION * functions.condition();
        prop_assert!((found[(0, 1)] - triple.l12()).abs() <= bound);
        prop_assert!((found[(1, 0)] - triple.l21()).abs() <= bound);
    }

    #[test]
    fn symmetry_rotation_scale_and_labels((students, teacher) in students(), turn in 0.0..6.0_f64, length in 0.1..9.0_f64) {
        let functions = Separability::new(&weights(&students))?;
        let plain = functions.l(&teacher)?;
        let mut others = turned(&students, 0, turn);
        for x in &mut others[0] {
            *x *= length;
        }
        others.swap(0, 1);
        let moved = Separability::new(&weights(&others))?.l(&turned(&[teacher], 0, turn)[0])?;
        let label = |j: usize| if j < 2 { 1 - j } else { j };
        for j in 0..students.len() {
            for l in 0..students.len() {
                let off = (plain[(j, l)] - moved[(label(j), label(l))]).abs();
                prop_assert!(off <= 10.0 * PER_CONDITION * functions.condition(), "{off:e}");
            }
        }
    }
}

#[test]
fn oracle_test_vectors() {
    for vector in Vectors::bundled().unwrap().normal_equation {
        let all = Separability::new(&weights(&vector.students))
            .unwrap()
            .all(&weights(&vector.teachers))
            .unwrap();
        for (k, l) in all.iter().enumerate() {
            assert!((l[(0, 1)] - vector.l12[k].nearest).abs() < PER_CONDITION);
            assert!((l[(1, 0)] - vector.l21[k].nearest).abs() < PER_CONDITION);
        }
    }
}

#[test]
fn nonvacuity_other_directions_and_a_singular_matrix() {
    let students = weights(&[vec![1.0, 0.0], vec![0.0, 1.0]]);
    let functions = Separability::new(&students).unwrap();
    // Not zero at −e_l, nor beside e_l, where it changes sign.
    assert!(functions.l(&[-1.0, 0.0]).unwrap()[(0, 1)] < -0.05);
    assert!(functions.l(&[1.0, 1e-3]).unwrap()[(0, 1)] > 1e-4);
    assert!(functions.l(&[1.0, -1e-3]).unwrap()[(0, 1)] < -1e-4);
    // Without an invertible M_r there is no L.
    assert!(Separability::new(&weights(&[vec![1.0, 0.0], vec![2.0, 0.0]])).is_err());
    assert!(functions.l(&[0.0, 0.0]).is_err() && functions.l(&[1.0]).is_err());
}
