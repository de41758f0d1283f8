//! In a plane, two students with both teachers inside their open cone, or both outside the closed one, are not critical.

use critical_points::{
    Bisector, ConeCase, Magnitudes, NormalEquation, OutOfPlaneFamily, Separability, TwoUnits,
};
use proptest::prelude::*;

use crate::strategies::{config, gradient, matrix, norm, rows, weights};

type Pair = [[f64; 2]; 2];

fn pair(rows: &[Vec<f64>]) -> Pair {
    [[rows[0][0], rows[0][1]], [rows[1][0], rows[1][1]]]
}

fn four() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<Vec<f64>>)> {
    (matrix(2, 2), matrix(2, 2))
}

/// Whether v lies strictly inside Cone(a, b): both coordinates in the basis (a, b) are positive, by Cramer's rule.
fn inside(v: &[f64], a: &[f64], b: &[f64]) -> bool {
    let det = |u: &[f64], w: &[f64]| u[0] * w[1] - u[1] * w[0];
    let whole = det(a, b);
    det(v, b) / whole > 0.0 && det(a, v) / whole > 0.0
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn oracle_excluded_points_are_not_critical((student, teacher) in four(), lengths in prop::array::uniform2(0.1..3.0_f64)) {
        let case = ConeCase::of(pair(&student), pair(&teacher))?;
        let within = [0, 1].map(|k| inside(&teacher[k], &student[0], &student[1]));
        prop_assert_eq!(case.excludes(), within[0] == within[1]);
        if !case.excludes() {
            return Ok(());
        }
        // L₁₂ and L₂₁ have the announced sign for both teachers.
        let [w1, w2] = pair(&student);
        for teacher in pair(&teacher) {
            let triple = TwoUnits::from_vectors(w1, w2, teacher)?;
            let sign = if case == ConeCase::BothInside { 1.0 } else { -1.0 };
            prop_assert!(sign * triple.l12() > 0.0 && sign * triple.l21() > 0.0);
        }
        // No gradient vanishes: neither at the norms that the angles ask for, nor at others.
        let equation = NormalEquation::new(&weights(&student), &weights(&teacher))?;
        if let Ok(solved) = Magnitudes::solve(&equation) {
            let resolved = solved.largest_residual() > solved.resolution();
            // Near a boundary of the cone L is small, and doubles cannot tell.
            let clear = pair(&teacher).iter().all(|t| TwoUnits::from_vectors(w1, w2, *t).is_ok_and(|x| x.l12().abs() > 1e-9));
            prop_assert!(resolved || !clear || solved.condition() > 1e4);
        }
        let scaled: Vec<Vec<f64>> = student.iter().zip(lengths).map(|(row, t)| row.iter().map(|x| t * x).collect()).collect();
        prop_assert!(norm(&gradient(&scaled, &teacher)) > 1e-10);
    }

    #[test]
    fn oracle_the_general_test_agrees((student, teacher) in four()) {
        let case = ConeCase::of(pair(&student), pair(&teacher))?;
        if let Some(exclusion) = Separability::new(&weights(&student))?.rule_out(&weights(&teacher))? {
            prop_assert!(case.excludes());
            prop_assert_eq!(exclusion.positive, case == ConeCase::BothInside);
        }
    }

    #[test]
    fn symmetry_exchange_and_scale((student, teacher) in four(), a in 0.1..10.0_f64, b in 0.1..10.0_f64) {
        let (s, t) = (pair(&student), pair(&teacher));
        let case = ConeCase::of(s, t)?;
        prop_assert_eq!(ConeCase::of([s[1], s[0]], t)?, case);
        prop_assert_eq!(ConeCase::of(s, [t[1], t[0]])?, case);
        prop_assert_eq!(ConeCase::of([s[0].map(|x| a * x), s[1].map(|x| b * x)], t)?, case);
        // Students in the cone of the teachers, as printed, or teachers in that of the students, as in the proof: both
        // in or both out is the same for either.
        prop_assert_eq!(ConeCase::of(t, s)?.excludes(), case.excludes());
    }
}

#[test]
fn nonvacuity_one_inside_can_be_critical() {
    let student = [
        vec![1.133_650_383_172_768, 0.387_234_894_506_982],
        vec![-0.044_406_394_858_249, -0.040_926_759_662_807],
    ];
    let teacher = [vec![1.0, 0.0], vec![0.0, 0.5]];
    assert_eq!(
        ConeCase::of(pair(&student), pair(&teacher)).unwrap(),
        ConeCase::OneInside
    );
    assert!(norm(&gradient(&student, &teacher)) < 1e-14);
}

#[test]
fn nonvacuity_closed_cones() {
    // Students equal to the teachers lie in the closed cone of the teachers, and are critical.
    let teacher = [vec![1.0, 0.0], vec![0.3, 0.7]];
    assert_eq!(
        ConeCase::of(pair(&teacher), pair(&teacher)).unwrap(),
        ConeCase::OnBoundary
    );
    assert!(norm(&gradient(&teacher, &teacher)) < 1e-100);
    assert!(ConeCase::of([[0.0, 0.0], [1.0, 0.0]], pair(&teacher)).is_err());
}

#[test]
fn refutes_different_students() {
    // Printed: w₁ ≠ w₂, both in Cone(w₁*, w₂*), is not critical. Students (0.3, 0.7)·S on the bisector of (1, 0), (0, 1):
    let teacher = [vec![1.0, 0.0], vec![0.0, 1.0]];
    let student = rows(
        &Bisector::new(&teacher[0], &teacher[1])
            .unwrap()
            .collinear(0.3)
            .unwrap(),
    );
    assert!(norm(&student[0]) < 0.5 * norm(&student[1]));
    for row in &student {
        assert!(inside(row, &teacher[0], &teacher[1]));
    }
    assert!(norm(&gradient(&student, &teacher)) < 1e-15);
    assert_eq!(
        ConeCase::of(pair(&student), pair(&teacher)).unwrap(),
        ConeCase::CollinearStudents
    );
}

#[test]
fn refutes_students_out_of_the_plane() {
    // Three dimensions: neither teacher lies in the plane of the students, so both are outside their closed cone.
    let family = OutOfPlaneFamily::new(std::f64::consts::FRAC_PI_4).unwrap();
    let (student, teacher) = (family.students(3).unwrap(), family.teachers(3).unwrap());
    let (w, v) = (rows(&student), rows(&teacher));
    let cross = [0, 1, 2].map(|i| {
        let (j, k) = ((i + 1) % 3, (i + 2) % 3);
        w[0][j] * w[1][k] - w[0][k] * w[1][j]
    });
    for teacher in &v {
        let height: f64 = cross.iter().zip(teacher).map(|(n, x)| n * x).sum();
        assert!(height.abs() / norm(&cross) > 0.7, "{height}");
    }
    // Height ±0.4091, and no student on the line of the other.
    assert!((w[0][2].abs() - 0.409_132_475_081_778_45).abs() < 1e-14 && w[0][2] * w[1][2] < 0.0);
    // They are critical all the same: L₁₂ has no strict sign there.
    assert!(norm(&gradient(&w, &v)) < 1e-14);
    let functions = Separability::new(&student).unwrap();
    assert!(functions.rule_out(&teacher).unwrap().is_none());
    for matrix in functions.all(&teacher).unwrap() {
        assert!(matrix.norm_max() < 1e-13);
    }
}
