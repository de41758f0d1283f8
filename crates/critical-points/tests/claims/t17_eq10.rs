//! M w̄ = M* w̄*, the normal equation projected on the students.

use std::f64::consts::{FRAC_PI_2, TAU};

use critical_points::{Magnitudes, NormalEquation};
use faer::Mat;
use gaussian_oracle::multiprecision::{angle, population_gating};
use gaussian_oracle::vectors::{Number, Vectors};
use proptest::prelude::*;

use crate::strategies::{config, difference, gradient, matrix, networks, norm, weights};

/// Two products with a few roundings of π + 1.
const ENTRY: f64 = 4e-15;

fn judge(computed: &Mat<f64>, exact: &[Vec<Number>]) {
    assert_eq!(
        (computed.nrows(), computed.ncols()),
        (exact.len(), exact[0].len())
    );
    for (i, row) in exact.iter().enumerate() {
        for (j, number) in row.iter().enumerate() {
            assert!((computed[(i, j)] - number.nearest).abs() <= ENTRY);
        }
    }
}

#[test]
fn oracle_test_vectors() {
    for vector in Vectors::bundled().unwrap().normal_equation {
        let equation =
            NormalEquation::new(&weights(&vector.students), &weights(&vector.teachers)).unwrap();
        judge(&equation.m(), &vector.m);
        judge(&equation.m_star(), &vector.m_star);
        judge(&equation.m_r(), &vector.m_r);
        judge(&equation.m_r_star(), &vector.m_r_star);
    }
}

/// 2π e_{j′}·E[F(e_j, v)] in multiprecision, for unit vectors.
fn projected(e: &[f64], v: &[f64], onto: &[f64]) -> f64 {
    let scale = norm(v) * norm(onto);
    let gating = population_gating(e, v);
    let inner: f64 = gating.iter().zip(onto).map(|(g, x)| g.to_f64() * x).sum();
    TAU * inner / scale
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn oracle_entries_are_projected_gatings((student, teacher) in networks()) {
        let equation = NormalEquation::new(&weights(&student), &weights(&teacher))?;
        let (m, star, r, r_star) = (equation.m(), equation.m_star(), equation.m_r(), equation.m_r_star());
        let count = student.len();
        for j in 0..count {
            for l in 0..count {
                for k in 0..count {
                    let exact = projected(&student[j], &student[k], &student[l]);
                    prop_assert!((m[(j * count + l, k)] - exact).abs() <= 4.0 * ENTRY);
                }
                for k in 0..teacher.len() {
                    let exact = projected(&student[j], &teacher[k], &student[l]);
                    prop_assert!((star[(j * count + l, k)] - exact).abs() <= 4.0 * ENTRY);
                }
            }
            // The diagonal equations.
            for k in 0..count {
                prop_assert!((m[(j * count + j, k)] - r[(j, k)]).abs() <= ENTRY);
                prop_assert!((r[(j, k)] - angle(&student[j], &student[k]).arc_cosine().to_f64()).abs() <= ENTRY);
            }
            for k in 0..teacher.len() {
                prop_assert!((star[(j * count + j, k)] - r_star[(j, k)]).abs() <= ENTRY);
            }
        }
    }

    #[test]
    fn oracle_the_projected_residual((student, teacher) in networks()) {
        let equation = NormalEquation::new(&weights(&student), &weights(&teacher))?;
        let found = equation.projected_residual();
        let exact = gradient(&student, &teacher);
        let d = student[0].len();
        for j in 0..student.len() {
            for (l, onto) in student.iter().enumerate() {
                let inner: f64 = (0..d).map(|i| TAU * exact[j * d + i] * onto[i]).sum();
                prop_assert!((found[(j, l)] - inner / norm(onto)).abs() <= 1e-13);
            }
        }
    }

    #[test]
    fn oracle_norms_of_the_teacher_are_found(teacher in matrix(3, 4), lengths in prop::array::uniform3(0.1..10.0_f64)) {
        // Students with the directions of the teachers and any norms: the angles ask for the teachers' norms.
        let student: Vec<Vec<f64>> = teacher.iter().zip(lengths).map(|(row, t)| row.iter().map(|x| t * x).collect()).collect();
        let solved = Magnitudes::solve(&NormalEquation::new(&weights(&student), &weights(&teacher))?)?;
        for (found, row) in solved.norms().iter().zip(&teacher) {
            prop_assert!((found - norm(row)).abs() <= 1e-14 * solved.condition() * norm(row));
        }
        prop_assert!(solved.largest_residual() <= solved.resolution());
    }

    #[test]
    fn symmetry_lengths_and_labels(student in matrix(3, 4), teacher in matrix(2, 4), length in 0.01..100.0_f64) {
        let equation = NormalEquation::new(&weights(&student), &weights(&teacher))?;
        // The matrices do not see the length of a student.
        let mut longer = student.clone();
        for x in &mut longer[1] {
            *x *= length;
        }
        let other = NormalEquation::new(&weights(&longer), &weights(&teacher))?;
        prop_assert!(difference(&equation.m(), &other.m()) <= 8.0 * ENTRY);
        prop_assert!(difference(&equation.m_star(), &other.m_star()) <= 8.0 * ENTRY);
        // M_r is symmetric; a permutation of the teachers permutes columns.
        let r = equation.m_r();
        prop_assert!(difference(&r, &r.transpose().to_owned()) <= ENTRY);
        let swapped = NormalEquation::new(&weights(&student), &weights(&[teacher[1].clone(), teacher[0].clone()]))?;
        let (star, other) = (equation.m_star(), swapped.m_star());
        for row in 0..9 {
            prop_assert_eq!((star[(row, 0)], star[(row, 1)]), (other[(row, 1)], other[(row, 0)]));
        }
    }
}

#[test]
fn nonvacuity_students_must_span_the_teachers() {
    // One student, a teacher in another direction: the norm h(θ)/π solves the one projected equation, and the
    // gradient across the student is not zero.
    let teacher = [vec![0.6, 0.8]];
    let probe = NormalEquation::new(&weights(&[vec![1.0, 0.0]]), &weights(&teacher)).unwrap();
    let solved = Magnitudes::solve(&probe).unwrap();
    let student = [vec![solved.norms()[0], 0.0]];
    let equation = NormalEquation::new(&weights(&student), &weights(&teacher)).unwrap();
    assert!(equation.projected_residual().norm_max() < 1e-15);
    assert!(norm(&gradient(&student, &teacher)) > 0.2);
}

#[test]
fn refutes_eq_20_of_the_supplement() {
    // Printed: (W*)ᵀE = diag(w̄*) Θ*. For e = (1, 0) and w* = (0, 1) the product is 0, the angle π/2, its cosine 0.
    let (e, teacher) = ([1.0, 0.0], [0.0, 1.0]);
    let product = e[0] * teacher[0] + e[1] * teacher[1];
    let equation =
        NormalEquation::new(&weights(&[e.to_vec()]), &weights(&[teacher.to_vec()])).unwrap();
    let theta = equation.teacher_angle(0, 0);
    assert!((product - theta.radians()).abs() > 1.5 && (theta.radians() - FRAC_PI_2).abs() < 1e-15);
    assert!((product - theta.cos()).abs() < 1e-15);
    // With Θ* in place of its cosine Eq 12 gives (π−θ)θ + sin θ = 3.467… instead of h = 1.
    let printed = theta.supplement() * theta.radians() + theta.sin();
    assert!(
        (printed - 3.467_401_100_272_34).abs() < 1e-12
            && (equation.m_star()[(0, 0)] - 1.0).abs() < ENTRY
    );
}
