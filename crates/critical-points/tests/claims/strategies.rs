//! Generators of valid inputs, and small functions of the tests.

use faer::Mat;
use faer::linalg::solvers::Solve;
use gaussian_oracle::multiprecision::{
    Real, population_gradient, population_hessian, population_loss,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use teacher_student::Weights;

/// `cases` cases from a fixed seed: the same on every machine.
pub(crate) fn config(cases: u32) -> Config {
    Config {
        cases,
        rng_seed: RngSeed::Fixed(20_170_505),
        ..Config::default()
    }
}

/// A number spread evenly over the exponents of ten.
pub(crate) fn magnitude(exponents: std::ops::Range<f64>) -> impl Strategy<Value = f64> {
    exponents.prop_map(|e| 10f64.powf(e))
}

/// |computed − exact| / |exact|.
pub(crate) fn relative(computed: f64, exact: &Real) -> f64 {
    gaussian_oracle::multiprecision::largest_relative_error(
        &[computed],
        std::slice::from_ref(exact),
    )
}

/// A vector of length d with entries in [−1, 1], at least one of them above 1/2.
pub(crate) fn vector(d: usize) -> impl Strategy<Value = Vec<f64>> {
    (
        prop::collection::vec(-1.0..1.0_f64, d),
        0..d,
        prop_oneof![-1.0..-0.5_f64, 0.5..1.0_f64],
    )
        .prop_map(|(mut v, index, entry)| {
            v[index] = entry;
            v
        })
}

/// `count` rows of length d.
pub(crate) fn matrix(count: usize, d: usize) -> impl Strategy<Value = Vec<Vec<f64>>> {
    prop::collection::vec(vector(d), count)
}

/// Students and teachers of one dimension: K, K′ from 1 to 4, d from 2 to 5.
pub(crate) fn networks() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<Vec<f64>>)> {
    (1..=4_usize, 1..=4_usize, 2..=5_usize).prop_flat_map(|(k, l, d)| (matrix(k, d), matrix(l, d)))
}

pub(crate) fn weights(rows: &[Vec<f64>]) -> Weights {
    Weights::from_rows(rows).unwrap()
}

pub(crate) fn rows(weights: &Weights) -> Vec<Vec<f64>> {
    let matrix = weights.as_mat();
    (0..matrix.nrows())
        .map(|j| (0..matrix.ncols()).map(|i| matrix[(j, i)]).collect())
        .collect()
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

pub(crate) fn norm(v: &[f64]) -> f64 {
    v.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Every row turned by `angle` in the plane of coordinates i and i + 1.
pub(crate) fn turned(rows: &[Vec<f64>], i: usize, angle: f64) -> Vec<Vec<f64>> {
    let (sine, cosine) = angle.sin_cos();
    rows.iter()
        .map(|row| {
            let mut row = row.clone();
            (row[i], row[i + 1]) = (
                cosine * row[i] - sine * row[i + 1],
                sine * row[i] + cosine * row[i + 1],
            );
            row
        })
        .collect()
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
