//! Collinear students on the bisector of two equally long teachers are saddles.

use critical_points::{Bisector, ConeCase, Error, Spectrum};
use faer::Mat;
use proptest::prelude::*;

use crate::strategies::{config, gradient, hessian, norm, rows, turned};

/// The rounding of weights of length up to 4, times a Hessian of norm 2.
const CRITICAL: f64 = 1e-14;

/// Two teachers of length ρ at an angle 2α in three dimensions, turned twice.
pub(crate) fn teachers() -> impl Strategy<Value = Vec<Vec<f64>>> {
    (0.02..1.55_f64, 0.1..3.0_f64, 0.0..6.0_f64, 0.0..6.0_f64).prop_map(|(half, length, a, b)| {
        let row = |sign: f64| vec![length * half.cos(), sign * length * half.sin(), 0.0];
        turned(&turned(&[row(1.0), row(-1.0)], 0, a), 1, b)
    })
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn oracle_saddles(teacher in teachers(), share in 0.02..0.98_f64) {
        let bisector = Bisector::new(&teacher[0], &teacher[1])?;
        let student = rows(&bisector.collinear(share)?);
        prop_assert!(norm(&gradient(&student, &teacher)) < CRITICAL);
        // The curvature along (n, −n)/√2 is the announced negative number; the loss also increases somewhere.
        let curvature = hessian(&student, &teacher);
        let n = bisector.across();
        let escape = Mat::from_fn(6, 1, |r, _| if r < 3 { n[r] } else { -n[r - 3] } / 2f64.sqrt());
        let along = (escape.transpose() * &curvature * &escape)[(0, 0)];
        let announced = bisector.escape_curvature(share)?;
        prop_assert!((along - announced).abs() <= 1e-12 * announced.abs() && announced < 0.0, "{along} {announced}");
        let spectrum = Spectrum::of(&curvature)?;
        prop_assert!(spectrum.negative() >= 1 && spectrum.positive() >= 1 && spectrum.null() >= 1);
    }

    #[test]
    fn symmetry_a_segment(teacher in teachers(), share in 0.02..0.98_f64) {
        // The loss is the same along the whole segment, whose direction is in the kernel; students may be exchanged.
        let bisector = Bisector::new(&teacher[0], &teacher[1])?;
        let (student, middle) = (rows(&bisector.collinear(share)?), rows(&bisector.collinear(0.5)?));
        let total = bisector.collinear_length();
        prop_assert!((norm(&student[0]) + norm(&student[1]) - total).abs() < 1e-14 * total.max(1.0));
        let b = bisector.direction();
        let along = Mat::from_fn(6, 1, |r, _| if r < 3 { b[r] } else { -b[r - 3] });
        prop_assert!((hessian(&student, &teacher) * along).norm_max() < 1e-13);
        let other = rows(&bisector.collinear(1.0 - share)?);
        for (x, y) in student[0].iter().zip(&other[1]) {
            prop_assert!((x - y).abs() < 1e-14);
        }
        let apart = crate::strategies::loss(&student, &teacher) - crate::strategies::loss(&middle, &teacher);
        prop_assert!(apart.abs() < 1e-13 * total.max(1.0).powi(2));
    }
}

#[test]
fn oracle_the_symmetric_saddle() {
    // Orthonormal teachers, equal shares: x* (1, 1) with x* = (√(K−1) − arccos(1/√K) + π)/πK at K = 2.
    let bisector = Bisector::new(&[1.0, 0.0], &[0.0, 1.0]).unwrap();
    for row in rows(&bisector.collinear(0.5).unwrap()) {
        assert!(
            row.iter()
                .all(|x| (x - 0.534_154_943_091_895).abs() < 1e-15)
        );
    }
}

#[test]
fn nonvacuity_other_lengths_and_directions() {
    let teacher = [vec![1.0, 0.0], vec![0.0, 1.0]];
    let bisector = Bisector::new(&teacher[0], &teacher[1]).unwrap();
    let student = rows(&bisector.collinear(0.3).unwrap());
    let longer: Vec<Vec<f64>> = student
        .iter()
        .map(|row| row.iter().map(|x| 1.1 * x).collect())
        .collect();
    assert!(norm(&gradient(&longer, &teacher)) > 0.1);
    assert!(norm(&gradient(&turned(&student, 0, 0.1), &teacher)) > 0.03);
    // Equal directions: the same length is a global minimum, not a saddle, and is refused.
    assert!(matches!(
        Bisector::new(&[1.0, 0.0], &[1.0, 0.0]),
        Err(Error::CollinearTeachers { .. })
    ));
    assert!(matches!(
        Bisector::new(&[1.0, 0.0], &[-1.0, 0.0]),
        Err(Error::CollinearTeachers { .. })
    ));
    assert!(bisector.collinear(0.0).is_err() && bisector.collinear(1.0).is_err());
}

#[test]
fn refutes_unequal_norms() {
    // Printed: the bisector and π w̄ᵀ1 = h(θ*/2) w̄*ᵀ1 suffice. Teachers (1, 0), (0, 2): each student has the gradient
    // (π−α) sin α/2π = 3√2/16 across the bisector, so ‖∇‖ = 3/8, whatever their norms.
    let teacher = [vec![1.0, 0.0], vec![0.0, 2.0]];
    let h = 2f64.sqrt() * 0.5 * (0.75 * std::f64::consts::PI + 1.0);
    let total = 3.0 * h / std::f64::consts::PI;
    for share in [0.2, 0.5] {
        let row = |part: f64| vec![part * total * 0.5f64.sqrt(); 2];
        let student = [row(share), row(1.0 - share)];
        let slope = norm(&gradient(&student, &teacher));
        assert!((slope - 0.375).abs() < 1e-14, "{slope}");
    }
    let error = Bisector::new(&teacher[0], &teacher[1]).unwrap_err();
    assert!(
        matches!(error, Error::UnequalNorms { .. }) && error.to_string().contains("norms 1 and 2")
    );
    assert_eq!(
        ConeCase::of([[1.0, 1.0], [2.0, 2.0]], [[1.0, 0.0], [0.0, 2.0]]).unwrap(),
        ConeCase::CollinearStudents
    );
}
