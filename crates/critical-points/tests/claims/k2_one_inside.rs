//! With exactly one teacher inside Cone(w₁, w₂) a point can be critical: the antiparallel family.

use std::f64::consts::PI;

use critical_points::{Bisector, ConeCase, Error, Spectrum};
use proptest::prelude::*;

use crate::strategies::{config, gradient, hessian, loss, newton, norm, rows, turned};
use crate::t17_saddle_k2::teachers;

/// The rounding of weights of length up to 6, times a Hessian of norm 2.
const CRITICAL: f64 = 1e-14;

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn oracle_antiparallel_points(teacher in teachers()) {
        let bisector = Bisector::new(&teacher[0], &teacher[1])?;
        let student = rows(&bisector.antiparallel()?);
        prop_assert!(norm(&gradient(&student, &teacher)) < CRITICAL);
        // The lengths (2ρ/π) h(α) and (2ρ/π) h(π−α), from the definition of h.
        let (half, length) = (bisector.half_angle().radians(), norm(&teacher[0]));
        let h = |x: f64| (PI - x) * x.cos() + x.sin();
        prop_assert!((norm(&student[0]) - 2.0 * length / PI * h(half)).abs() < 1e-13);
        prop_assert!((norm(&student[1]) - 2.0 * length / PI * h(PI - half)).abs() < 1e-13);
        // Never a minimum.
        let spectrum = Spectrum::of(&hessian(&student, &teacher))?;
        prop_assert!(spectrum.negative() >= 1 && spectrum.positive() >= 1);
    }

    #[test]
    fn symmetry_exchange_and_rotation(teacher in teachers(), turn in 0.0..6.0_f64) {
        let student = rows(&Bisector::new(&teacher[0], &teacher[1])?.antiparallel()?);
        let exchanged = rows(&Bisector::new(&teacher[1], &teacher[0])?.antiparallel()?);
        let moved = turned(&teacher, 0, turn);
        let turned_students = rows(&Bisector::new(&moved[0], &moved[1])?.antiparallel()?);
        for (j, row) in turned(&student, 0, turn).iter().enumerate() {
            for i in 0..3 {
                prop_assert!((student[j][i] - exchanged[j][i]).abs() < 1e-14);
                // The bisector of teachers at an angle near π is as uncertain as their sum.
                prop_assert!((row[i] - turned_students[j][i]).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn oracle_one_teacher_on_either_side() {
    // The cone of antiparallel students is the limit of half-planes; opened a little towards either teacher it holds
    // exactly that one.
    let teacher = [[1.0, 0.2], [0.2, 1.0]];
    let student = rows(
        &Bisector::new(&teacher[0], &teacher[1])
            .unwrap()
            .antiparallel()
            .unwrap(),
    );
    for turn in [-0.01, 0.01] {
        let second = &turned(&student, 0, turn)[1];
        let pair = [[student[0][0], student[0][1]], [second[0], second[1]]];
        assert_eq!(ConeCase::of(pair, teacher).unwrap(), ConeCase::OneInside);
    }
}

/// Teachers of lengths 1 and `ratio` at `angle`, the first on the axis.
fn unequal(angle: f64, ratio: f64) -> Vec<Vec<f64>> {
    vec![
        vec![1.0, 0.0],
        vec![ratio * angle.cos(), ratio * angle.sin()],
    ]
}

#[test]
fn oracle_unequal_norms() {
    // The point for (1, 0), (0, ½), a non-degenerate saddle with exactly one teacher inside.
    let teacher = unequal(0.5 * PI, 0.5);
    let student = [
        vec![1.133_650_383_172_768, 0.387_234_894_506_982],
        vec![-0.044_406_394_858_249, -0.040_926_759_662_807],
    ];
    assert!(norm(&gradient(&student, &teacher)) < 2e-15);
    assert!((loss(&student, &teacher) - 0.032_116_665_8).abs() < 5e-11);
    let spectrum = Spectrum::of(&hessian(&student, &teacher)).unwrap();
    assert_eq!(spectrum.null(), 0);
    assert!(spectrum.negative() >= 1 && spectrum.positive() >= 1 && spectrum.margin() > 1e6);
    // It continues the antiparallel point of equal norms.
    let start = unequal(0.5 * PI, 1.0);
    let mut at = rows(
        &Bisector::new(&start[0], &start[1])
            .unwrap()
            .antiparallel()
            .unwrap(),
    );
    for step in 1..=50 {
        at = newton(&at, &unequal(0.5 * PI, 1.0 - 0.01 * f64::from(step)));
    }
    for (found, row) in at.concat().iter().zip(student.concat()) {
        assert!((found - row).abs() < 1e-13, "{at:?}");
    }
}

#[test]
fn oracle_bifurcation() {
    // At the teacher angle 2.2256696 the antiparallel point loses a direction: an eigenvalue within the plane changes
    // its sign, and the further branch begins.
    let negative = |angle: f64| {
        let teacher = unequal(angle, 1.0);
        let student = rows(
            &Bisector::new(&teacher[0], &teacher[1])
                .unwrap()
                .antiparallel()
                .unwrap(),
        );
        Spectrum::of(&hessian(&student, &teacher))
            .unwrap()
            .negative()
    };
    assert_eq!(negative(2.225_669_5), negative(2.0));
    assert_eq!(negative(2.225_669_7), negative(2.4));
    assert_ne!(negative(2.0), negative(2.4));
}

#[test]
fn nonvacuity_other_points_on_the_line() {
    let teacher = unequal(1.0, 1.0);
    let bisector = Bisector::new(&teacher[0], &teacher[1]).unwrap();
    let student = rows(&bisector.antiparallel().unwrap());
    // Both students on one side with these lengths, or turned off the bisector, are not critical.
    let folded = [student[0].clone(), student[1].iter().map(|x| -x).collect()];
    assert!(norm(&gradient(&folded, &teacher)) > 0.01);
    assert!(norm(&gradient(&turned(&student, 0, 0.05), &teacher)) > 0.005);
    // Unequal norms: no antiparallel pair in closed form.
    let teacher = unequal(1.0, 0.5);
    assert!(matches!(
        Bisector::new(&teacher[0], &teacher[1]),
        Err(Error::UnequalNorms { .. })
    ));
}
