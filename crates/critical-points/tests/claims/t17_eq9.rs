//! The normal equation Y E = B* W*.

use std::f64::consts::{PI, TAU};

use critical_points::NormalEquation;
use proptest::prelude::*;

use crate::strategies::{config, difference, gradient, matrix, networks, norm, turned, weights};

/// Ten terms of at most 4π a row entry, each with a few roundings.
const ACCURACY: f64 = 1e-13;

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn oracle_the_residual_is_the_gradient((student, teacher) in networks()) {
        let residual = NormalEquation::new(&weights(&student), &weights(&teacher))?.residual();
        let exact = gradient(&student, &teacher);
        let d = student[0].len();
        for j in 0..student.len() {
            for i in 0..d {
                let off = (residual[(j, i)] - TAU * exact[j * d + i]).abs();
                prop_assert!(off <= ACCURACY, "{off:e}");
            }
        }
    }

    #[test]
    fn symmetry_rotations_keep_y_and_b((student, teacher) in networks(), angle in 0.0..6.0_f64) {
        let plain = NormalEquation::new(&weights(&student), &weights(&teacher))?;
        let other = NormalEquation::new(&weights(&turned(&student, 0, angle)), &weights(&turned(&teacher, 0, angle)))?;
        prop_assert!(difference(&plain.y(), &other.y()) <= ACCURACY);
        // An angle near 0 or π moves by the rounding of the rotated vectors, of size 1e-16.
        prop_assert!(difference(&plain.b_star(), &other.b_star()) <= ACCURACY);
    }

    /// To the last bit: the angle of two students, in whichever order, is one number.
    #[test]
    fn symmetry_angles_of_pairs((student, teacher) in networks()) {
        let m_r = NormalEquation::new(&weights(&student), &weights(&teacher))?.m_r();
        prop_assert_eq!(m_r.transpose(), m_r.as_ref());
    }

    #[test]
    fn symmetry_permutation_of_the_students(student in matrix(3, 4), teacher in matrix(2, 4)) {
        let mut other = student.clone();
        other.swap(0, 2);
        let plain = NormalEquation::new(&weights(&student), &weights(&teacher))?.residual();
        let permuted = NormalEquation::new(&weights(&other), &weights(&teacher))?.residual();
        for (j, k) in [(0, 2), (1, 1), (2, 0)] {
            for i in 0..4 {
                prop_assert!((plain[(j, i)] - permuted[(k, i)]).abs() <= ACCURACY);
            }
        }
    }
}

#[test]
fn nonvacuity_other_weights_and_other_signs() {
    // Y and B* of the definition: with cosines or without the sine terms nothing vanishes at the teacher.
    let teacher = weights(&[vec![1.0, 0.0], vec![1.0, 1.0]]);
    let equation = NormalEquation::new(&teacher, &teacher).unwrap();
    assert!(equation.residual().norm_max() < 1e-15);
    assert!((equation.y()[(0, 1)] - 0.75 * PI * 2f64.sqrt()).abs() < 1e-14);
    // At another point it does not vanish, and neither does the gradient.
    let student = [vec![1.0, 0.1], vec![1.0, 1.0]];
    let residual = NormalEquation::new(&weights(&student), &teacher)
        .unwrap()
        .residual();
    let exact = gradient(&student, &[vec![1.0, 0.0], vec![1.0, 1.0]]);
    assert!(residual.norm_max() > 0.05 && norm(&exact) > 0.01);
    assert!(NormalEquation::new(&weights(&[vec![1.0]]), &teacher).is_err());
}
