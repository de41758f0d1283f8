//! Generators of valid networks, and small functions of the tests.

use faer::{Mat, MatRef};
use gaussian_oracle::monte_carlo;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use teacher_student::{Network, Population, Weights};

pub(crate) use testkit::{config, from_rows as matrix};

/// Rows of a K × d matrix.
pub(crate) type Rows = Vec<Vec<f64>>;

/// K rows of length d with independent N(0, 1) entries.
pub(crate) fn gaussian_rows(k: usize, d: usize, seed: u64) -> Rows {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..k)
        .map(|_| {
            let mut row = vec![0.0; d];
            monte_carlo::standard_normal(&mut rng, &mut row);
            row
        })
        .collect()
}

/// A student and a teacher of independent sizes in 1..=3 and a common dimension in 2..=4, with top weights of any sign.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) student: Rows,
    pub(crate) student_top: Vec<f64>,
    pub(crate) teacher: Rows,
    pub(crate) teacher_top: Vec<f64>,
}

pub(crate) fn setting() -> impl Strategy<Value = Setting> {
    let top = || prop_oneof![0.2..2.0_f64, -2.0..-0.2_f64];
    (1..=3_usize, 1..=3_usize, 2..=4_usize, 0..u64::MAX).prop_flat_map(move |(k, l, d, seed)| {
        (
            prop::collection::vec(top(), k),
            prop::collection::vec(top(), l),
        )
            .prop_map(move |(student_top, teacher_top)| Setting {
                student: gaussian_rows(k, d, seed),
                student_top,
                teacher: gaussian_rows(l, d, seed.wrapping_add(1)),
                teacher_top,
            })
    })
}

/// A student at relative distance 10^−13 to 10^−0.5 from a permutation of its teacher, with equal or other top weights
/// whose effective weights a_j w_j agree.
pub(crate) fn near_permutation() -> impl Strategy<Value = Setting> {
    (
        1..=3_usize,
        3..=4_usize,
        0..u64::MAX,
        -13.0..-0.5_f64,
        0..3_usize,
        any::<bool>(),
    )
        .prop_map(|(k, d, seed, exponent, shift, unit_top)| {
            let teacher = gaussian_rows(k, d, seed);
            let noise = gaussian_rows(k, d, seed.wrapping_add(1));
            let teacher_top: Vec<f64> = (0..k)
                .map(|j| if unit_top { 1.0 } else { [1.5, -0.7, 0.3][j] })
                .collect();
            let student_top: Vec<f64> = (0..k)
                .map(|j| teacher_top[(j + shift) % k] * if unit_top { 1.0 } else { 0.75 })
                .collect();
            let student = (0..k)
                .map(|j| {
                    let l = (j + shift) % k;
                    let ratio = teacher_top[l] / student_top[j];
                    (0..d)
                        .map(|i| ratio * teacher[l][i] + 10f64.powf(exponent) * noise[j][i])
                        .collect()
                })
                .collect();
            Setting {
                student,
                student_top,
                teacher,
                teacher_top,
            }
        })
}

impl Setting {
    pub(crate) fn population(&self) -> Population {
        let weights = Weights::from_rows(&self.teacher).unwrap();
        let teacher = Network::with_top_weights(weights, self.teacher_top.clone()).unwrap();
        Population::new(teacher, self.student_top.clone()).unwrap()
    }

    pub(crate) fn student_mat(&self) -> Mat<f64> {
        matrix(&self.student)
    }
}

/// The entries of a matrix row by row.
pub(crate) fn flat(matrix: MatRef<'_, f64>) -> Vec<f64> {
    teacher_student::state_of(matrix)
}

/// An orthogonal d × d matrix: a product of Givens rotations by seeded angles.
pub(crate) fn rotation(d: usize, seed: u64) -> Mat<f64> {
    let angles = gaussian_rows(1, d * d, seed).remove(0);
    let mut frame = Mat::<f64>::identity(d, d);
    for i in 0..d {
        for j in 0..i {
            let (sin, cos) = angles[i * d + j].sin_cos();
            for c in 0..d {
                let (a, b) = (frame[(i, c)], frame[(j, c)]);
                frame[(i, c)] = cos * a - sin * b;
                frame[(j, c)] = sin * a + cos * b;
            }
        }
    }
    frame
}

pub(crate) fn relative_distance(a: MatRef<'_, f64>, b: MatRef<'_, f64>) -> f64 {
    (a - b).norm_l2() / b.norm_l2()
}
