//! Out-of-plane critical points are not isolated for d ≥ K + 2, and may be for d = K + 1.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

use critical_points::{AntipodalFamily, OutOfPlaneFamily, PrincipalPlane, RotationOrbit, Spectrum};
use proptest::prelude::*;

use crate::strategies::{
    config, gradient, hessian, loss, magnitude, matrix, norm, rows, turned, weights,
};

/// The rounding of the weights, times a Hessian of norm 2.
const CRITICAL: f64 = 1e-15;
/// The same with the longest students of small α, of length 1.1.
const FLAT: f64 = 1e-14;

fn family(half_angle: f64) -> OutOfPlaneFamily {
    OutOfPlaneFamily::new(half_angle).unwrap()
}

#[test]
fn oracle_the_orthonormal_case() {
    let found = family(FRAC_PI_4);
    assert!((found.theta() - 1.007_973_334_776_267_2).abs() < 4e-16);
    assert!((found.inside() - 0.741_867_051_060_490_2).abs() < 4e-16);
    assert!((found.outside() - 0.409_132_475_081_778_45).abs() < 4e-16);
    for d in 3..=6 {
        let (teacher, student) = (found.teachers(d).unwrap(), found.students(d).unwrap());
        assert!(norm(&gradient(&rows(&student), &rows(&teacher))) < CRITICAL);
        assert!((loss(&rows(&student), &rows(&teacher)) - 0.073_612_932_527_6).abs() < 1e-13);
        // One direction out of the plane, rank p = 1 in q = d − 2: q − 1 = d − 3 dimensions, and no other zero.
        let orbit = RotationOrbit::new(&teacher, &student).unwrap();
        let curvature = hessian(&rows(&student), &rows(&teacher));
        let spectrum = Spectrum::of(&curvature).unwrap();
        assert_eq!((orbit.outside_rank(), orbit.dimension()), (1, d - 3));
        assert_eq!(spectrum.null(), d - 3);
        assert!(spectrum.margin() > 1e8);
        assert!(orbit.kernel_defect(&curvature).unwrap() < CRITICAL);
    }
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn oracle_every_angle(half_angle in prop_oneof![0.01..1.56_f64, magnitude(-6.0..-1.0)], normal in matrix(1, 3)) {
        let found = family(half_angle);
        let teacher = found.teachers(5)?;
        let student = found.students_along(&normal[0])?;
        prop_assert!(norm(&gradient(&rows(&student), &rows(&teacher))) < FLAT);
        prop_assert!((PrincipalPlane::new(&teacher)?.departure(&student)? - (found.theta() / 2.0).sin()).abs() < 1e-9);
        let orbit = RotationOrbit::new(&teacher, &student)?;
        prop_assert_eq!(orbit.dimension(), 2);
        prop_assert!(orbit.kernel_defect(&hessian(&rows(&student), &rows(&teacher)))? < FLAT);
    }

    #[test]
    fn symmetry_the_orbit_is_critical(half_angle in 0.05..1.5_f64, turn in 0.0..6.0_f64) {
        // Rotations of the last coordinates fix the teachers: another point, the same loss, no gradient.
        let found = family(half_angle);
        let teacher = rows(&found.teachers(4)?);
        let student = rows(&found.students(4)?);
        let moved = turned(&student, 2, turn);
        prop_assert!(norm(&gradient(&moved, &teacher)) < FLAT);
        prop_assert!((loss(&moved, &teacher) - loss(&student, &teacher)).abs() < FLAT);
        // The tangent is the derivative of that motion, up to its sign and length.
        let orbit = RotationOrbit::new(&weights(&teacher), &weights(&student))?;
        let small = 1e-6;
        let ahead = turned(&student, 2, small);
        let moved: Vec<f64> = ahead.concat().iter().zip(student.concat()).map(|(a, b)| (a - b) / small).collect();
        let inner: f64 = (0..8).map(|i| orbit.tangents()[(i, 0)] * moved[i]).sum();
        prop_assert!((inner.abs() / norm(&moved) - 1.0).abs() < 1e-5);
    }

    #[test]
    fn symmetry_tangents_are_orthonormal_and_keep_the_loss(teacher in matrix(2, 5), student in matrix(3, 5)) {
        // At any point: p = 3 = q, three dimensions, all orthogonal to the gradient.
        let orbit = RotationOrbit::new(&weights(&teacher), &weights(&student))?;
        prop_assert_eq!((orbit.plane().rank(), orbit.outside_rank(), orbit.dimension()), (2, 3, 3));
        let tangents = orbit.tangents();
        let product = tangents.transpose() * tangents;
        let slope = gradient(&student, &teacher);
        for i in 0..3 {
            for j in 0..3 {
                let expected = if i == j { 1.0 } else { 0.0 };
                prop_assert!((product[(i, j)] - expected).abs() < 1e-13);
            }
            let along: f64 = (0..15).map(|r| tangents[(r, i)] * slope[r]).sum();
            prop_assert!(along.abs() < 1e-14);
        }
    }

    #[test]
    fn oracle_opposite_teachers(direction in matrix(1, 4), shares in prop::array::uniform2(0.2..5.0_f64), length in 0.2..3.0_f64) {
        // Π* is a line: a sphere of directions of dimension d − 2 = 2, and one more for the split of the length.
        let family = AntipodalFamily::new(vec![0.0, 0.6 * length, 0.0, -0.8 * length])?;
        let teacher = family.teachers()?;
        prop_assume!(direction[0][0].abs() + direction[0][2].abs() > 0.2);
        let student = family.students(&direction[0], &shares)?;
        let bound = 1e-14 * (1.0 + length);
        prop_assert!(norm(&gradient(&rows(&student), &rows(&teacher))) < bound);
        let orbit = RotationOrbit::new(&teacher, &student)?;
        prop_assert_eq!((orbit.plane().rank(), orbit.outside_rank(), orbit.dimension()), (1, 1, 2));
        let curvature = hessian(&rows(&student), &rows(&teacher));
        let scale = 1.0 + 5.0 / shares[0].min(shares[1]);
        prop_assert!(orbit.kernel_defect(&curvature)? < bound * scale);
        let spectrum = Spectrum::of(&curvature)?.resolved_to(1e-10)?;
        prop_assert_eq!(spectrum.null(), 3, "{:?}", spectrum.eigenvalues());
    }
}

#[test]
fn nonvacuity_one_dimension_less_is_isolated() {
    // d = K + 1: the same points, but only the mirror image is left of the orbit, and the Hessian is invertible.
    for half_angle in [0.3, FRAC_PI_4, 1.0, 1.3] {
        let found = family(half_angle);
        let (teacher, student) = (found.teachers(3).unwrap(), found.students(3).unwrap());
        assert!(norm(&gradient(&rows(&student), &rows(&teacher))) < FLAT);
        assert!(
            PrincipalPlane::new(&teacher)
                .unwrap()
                .departure(&student)
                .unwrap()
                > 0.05
        );
        assert_eq!(
            RotationOrbit::new(&teacher, &student).unwrap().dimension(),
            0
        );
        let spectrum = Spectrum::of(&hessian(&rows(&student), &rows(&teacher))).unwrap();
        assert_eq!(spectrum.null(), 0);
        assert!(spectrum.margin() > 1e6, "{spectrum:?}");
    }
    assert!(family(FRAC_PI_4).students(2).is_err());
    assert!(OutOfPlaneFamily::new(FRAC_PI_2).is_err() && OutOfPlaneFamily::new(0.0).is_err());
}

#[test]
fn nonvacuity_in_plane_points_are_isolated() {
    // The teacher itself, in five dimensions: no rotation moves it, and the Hessian is invertible.
    let teacher = weights(&[vec![1.0, 0.0, 0.0, 0.0, 0.0], vec![0.0, 1.0, 0.0, 0.0, 0.0]]);
    let orbit = RotationOrbit::new(&teacher, &teacher).unwrap();
    assert_eq!((orbit.outside_rank(), orbit.dimension()), (0, 0));
    let spectrum = Spectrum::of(&hessian(&rows(&teacher), &rows(&teacher))).unwrap();
    assert_eq!(spectrum.null(), 0);
    // Where the gradient does not vanish a tangent need not be in the kernel.
    let student = weights(&[vec![0.5, 0.0, 0.7, 0.0, 0.0], vec![0.0, 0.5, 0.0, 0.2, 0.0]]);
    let orbit = RotationOrbit::new(&teacher, &student).unwrap();
    assert!(
        orbit.dimension() == 3
            && orbit
                .kernel_defect(&hessian(&rows(&student), &rows(&teacher)))
                .unwrap()
                > 0.01
    );
}
