//! L_jj′ of one strict sign over all teachers rules a point out.

use critical_points::{Bisector, Magnitudes, NormalEquation, Separability};
use proptest::prelude::*;

use crate::strategies::{config, difference, gradient, matrix, norm, rows, weights};

fn scaled_to(rows: &[Vec<f64>], norms: &[f64]) -> Vec<Vec<f64>> {
    rows.iter()
        .zip(norms)
        .map(|(row, length)| {
            let factor = length / norm(row);
            row.iter().map(|x| factor * x).collect()
        })
        .collect()
}

fn planar() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<Vec<f64>>)> {
    (2..=3_usize, 1..=3_usize, 2..=3_usize).prop_flat_map(|(k, l, d)| (matrix(k, d), matrix(l, d)))
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn oracle_the_identity((student, teacher) in planar()) {
        // M w̄ − M* w̄* = −Σ_k ‖w_k*‖ L_jj′(e_k*) at the norms of the diagonal equations.
        let (student, teacher) = (weights(&student), weights(&teacher));
        let solved = Magnitudes::solve(&NormalEquation::new(&student, &teacher)?)?;
        let by_l = Separability::new(&student)?.residual(&teacher)?;
        prop_assert!(difference(solved.residual(), &by_l) <= solved.resolution(), "{:e}", solved.resolution());
    }

    #[test]
    fn oracle_ruled_out_points_are_not_critical((student, teacher) in planar(), lengths in prop::array::uniform3(0.1..3.0_f64)) {
        let Some(exclusion) = Separability::new(&weights(&student))?.rule_out(&weights(&teacher))? else {
            return Ok(());
        };
        let (j, l) = exclusion.pair;
        prop_assert!(j != l && exclusion.least > exclusion.resolution);
        // At the norms of the diagonal equations, if they are norms, the component (j, l) of the gradient has the
        // announced sign; at any norms the gradient does not vanish.
        let solved = Magnitudes::solve(&NormalEquation::new(&weights(&student), &weights(&teacher))?)?;
        let residual = solved.residual()[(j, l)];
        prop_assert!(residual != 0.0 && (residual < 0.0) == exclusion.positive);
        if solved.norms().iter().all(|x| *x > 1e-3) {
            let slope = gradient(&scaled_to(&student, solved.norms()), &teacher);
            let total: f64 = teacher.iter().map(|v| norm(v)).sum();
            // 2π‖∇_j‖ ≥ |residual| ≥ least · Σ‖w_k*‖.
            prop_assert!(norm(&slope) * 6.283_186 >= exclusion.least * total * (1.0 - 1e-6));
        }
        let slope = gradient(&scaled_to(&student, &lengths[..student.len()]), &teacher);
        prop_assert!(norm(&slope) > 1e-12);
    }

    #[test]
    fn oracle_critical_points_are_not_ruled_out(teacher in matrix(3, 3), length in 0.1..9.0_f64) {
        // The teacher, and any norms in its directions; the antiparallel point of two equally long teachers.
        let mut student = teacher.clone();
        for x in &mut student[2] {
            *x *= length;
        }
        student.rotate_left(1);
        prop_assert!(Separability::new(&weights(&student))?.rule_out(&weights(&teacher))?.is_none());
        let pair = [teacher[0].clone(), scaled_to(&teacher[1..2], &[norm(&teacher[0])])[0].clone()];
        let point = Bisector::new(&pair[0], &pair[1])?.antiparallel()?;
        prop_assert!(norm(&gradient(&rows(&point), &pair)) < 1e-14);
        prop_assert!(Separability::new(&point)?.rule_out(&weights(&pair))?.is_none());
    }

    #[test]
    fn symmetry_norms_do_not_count((student, teacher) in planar(), length in 0.1..9.0_f64) {
        let plain = Separability::new(&weights(&student))?.rule_out(&weights(&teacher))?;
        let longer: Vec<f64> = (0..student.len()).map(|j| length * (1.0 + j as f64)).collect();
        let much: Vec<f64> = (0..teacher.len()).map(|k| 100.0 / (1.0 + k as f64)).collect();
        let other = Separability::new(&weights(&scaled_to(&student, &longer)))?.rule_out(&weights(&scaled_to(&teacher, &much)))?;
        prop_assert_eq!(plain.map(|e| e.positive), other.map(|e| e.positive));
    }
}

#[test]
fn nonvacuity_mixed_signs() {
    // A critical point whose teachers lie on different sides: L₁₂ has both signs, and nothing is ruled out.
    let student = weights(&[
        vec![1.133_650_383_172_768, 0.387_234_894_506_982],
        vec![-0.044_406_394_858_249, -0.040_926_759_662_807],
    ]);
    let teacher = weights(&[vec![1.0, 0.0], vec![0.0, 0.5]]);
    let functions = Separability::new(&student).unwrap();
    let signs: Vec<f64> = functions
        .all(&teacher)
        .unwrap()
        .iter()
        .map(|l| l[(0, 1)])
        .collect();
    assert!(signs[0] * signs[1] < 0.0, "{signs:?}");
    assert!(functions.rule_out(&teacher).unwrap().is_none());
    assert!(norm(&gradient(&rows(&student), &rows(&teacher))) < 1e-14);
    // With the second teacher alone on its side the sign is strict, and the same students are ruled out.
    let exclusion = functions
        .rule_out(&weights(&[vec![0.0, 0.5]]))
        .unwrap()
        .expect("one teacher has one sign");
    assert!(exclusion.least > 1e3 * exclusion.resolution);
}

#[test]
fn nonvacuity_a_zero_teacher_has_no_direction() {
    // w̄* ≠ 0: a teacher of norm zero is not a valid network, so the hypothesis cannot be broken unseen.
    assert!(teacher_student::Weights::from_rows(&[vec![0.0, 0.0]]).is_err());
}
