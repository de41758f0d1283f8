//! Generators of valid inputs, and small functions of the tests.

use faer::Mat;
use faer::linalg::solvers::Solve;
use gaussian_oracle::multiprecision::{
    Real, population_gradient, population_hessian, population_loss,
};
use proptest::prelude::*;
use proptest::test_runner::Config;
use teacher_student::Weights;

pub(crate) use testkit::{magnitude, matrix, norm, turned, vector};

/// `cases` cases from a fixed seed: the same on every machine.
pub(crate) fn config(cases: u32) -> Config {
    testkit::seeded(cases, 20_170_505)
}

/// |computed − exact| / |exact|.
pub(crate) fn relative(computed: f64, exact: &Real) -> f64 {
    gaussian_oracle::multiprecision::largest_relative_error(
        &[computed],
        std::slice::from_ref(exact),
    )
}

/// Students and teachers of one dimension: K, K′ from 1 to 4, d from 2 to 5.
pub(crate) fn networks() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<Vec<f64>>)> {
    (1..=4_usize, 1..=4_usize, 2..=5_usize).prop_flat_map(|(k, l, d)| (matrix(k, d), matrix(l, d)))
}

pub(crate) fn weights(rows: &[Vec<f64>]) -> Weights {
    Weights::from_rows(rows).unwrap()
}

pub(crate) fn rows(weights: &Weights) -> Vec<Vec<f64>> {
    testkit::rows(weights.as_mat())
}

/// The gradient in multiprecision, rounded at the end; top weights 1.
pub(crate) fn gradient(student: &[Vec<f64>], teacher: &[Vec<f64>]) -> Vec<f64> {
    let (a, b) = (vec![1.0; student.len()], vec![1.0; teacher.len()]);
    population_gradient(student, &a, teacher, &b)
        .concat()
        .iter()
        .map(Real::to_f64)
        .collect()
}

/// The Hessian in multiprecision, rounded at the end; top weights 1.
pub(crate) fn hessian(student: &[Vec<f64>], teacher: &[Vec<f64>]) -> Mat<f64> {
    let (a, b) = (vec![1.0; student.len()], vec![1.0; teacher.len()]);
    let exact = population_hessian(student, &a, teacher, &b);
    Mat::from_fn(exact.len(), exact.len(), |i, j| exact[i][j].to_f64())
}

pub(crate) fn loss(student: &[Vec<f64>], teacher: &[Vec<f64>]) -> f64 {
    let (a, b) = (vec![1.0; student.len()], vec![1.0; teacher.len()]);
    population_loss(student, &a, teacher, &b).to_f64()
}

/// The largest |a − b| over the entries of two matrices of one shape.
pub(crate) fn difference(a: &Mat<f64>, b: &Mat<f64>) -> f64 {
    assert_eq!(a.shape(), b.shape());
    (a - b).norm_max()
}

/// Newton's method on the gradient in multiprecision, with the Hessian in doubles.
pub(crate) fn newton(start: &[Vec<f64>], teacher: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let (count, d) = (start.len(), start[0].len());
    let mut at = start.to_vec();
    for _ in 0..12 {
        let slope = gradient(&at, teacher);
        let right = Mat::from_fn(count * d, 1, |i, _| slope[i]);
        let step = hessian(&at, teacher).partial_piv_lu().solve(&right);
        for (j, row) in at.iter_mut().enumerate() {
            for (i, entry) in row.iter_mut().enumerate() {
                *entry -= step[(j * d + i, 0)];
            }
        }
        if norm(&slope) < 1e-14 {
            break;
        }
    }
    at
}
