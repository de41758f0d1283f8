//! Networks of more neurons than one tile of the gradient holds.

use faer::Mat;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use relu_gating::{Gaussian, InputLaw, population_gating};
use teacher_student::{Network, Objective, Population, Weights};

/// More than two tiles, not a multiple of anything.
const STUDENTS: usize = 293;
const DIMENSION: usize = 7;

fn gaussian(rows: usize, rng: &mut ChaCha8Rng) -> Mat<f64> {
    let mut matrix = Mat::zeros(rows, DIMENSION);
    let mut row = vec![0.0; DIMENSION];
    for i in 0..rows {
        Gaussian.sample(rng, &mut row);
        for (c, x) in row.iter().enumerate() {
            matrix[(i, c)] = *x;
        }
    }
    matrix
}

fn row(matrix: &Mat<f64>, i: usize) -> Vec<f64> {
    matrix.row(i).iter().copied().collect()
}

/// A teacher and a student with top weights of both signs; every third student is `distance` away from a teacher.
fn problem(seed: u64, teachers: usize, distance: f64) -> (Population, Mat<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let teacher = gaussian(teachers, &mut rng);
    let (mut student, moves) = (gaussian(STUDENTS, &mut rng), gaussian(STUDENTS, &mut rng));
    let teacher_top: Vec<f64> = (0..teachers).map(|l| 1.0 - 0.3 * (l % 5) as f64).collect();
    let mut top: Vec<f64> = (0..STUDENTS).map(|j| 0.5 - (j % 2) as f64).collect();
    for j in (0..STUDENTS).step_by(3) {
        // Teachers far from the students' own place, so that pairs join different tiles.
        let l = (j * 5 + 11) % teachers;
        top[j] = teacher_top[l];
        for c in 0..DIMENSION {
            student[(j, c)] = teacher[(l, c)] + distance * moves[(j, c)];
        }
    }
    let network = Network::with_top_weights(Weights::new(teacher).unwrap(), teacher_top).unwrap();
    (Population::new(network, top).unwrap(), student)
}

/// Eq 8 as printed: a_i Σ_j a_j F(w_i, w_j) − a_i Σ_k b_k F(w_i, w*_k).
fn by_pairs(population: &Population, student: &Mat<f64>, i: usize) -> Vec<f64> {
    let own = row(student, i);
    let teacher = population.teacher().weights().as_mat().to_owned();
    let sides = [
        (student, population.student_top_weights(), 1.0),
        (&teacher, population.teacher().top_weights(), -1.0),
    ];
    let mut sum = vec![0.0; DIMENSION];
    for (rows, top, sign) in sides {
        for (j, b) in top.iter().enumerate() {
            let gating = population_gating(&own, &row(rows, j)).unwrap();
            for (s, f) in sum.iter_mut().zip(gating) {
                *s += sign * population.student_top_weights()[i] * b * f;
            }
        }
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn tiles_sum_up_to_the_sum_over_pairs(seed: u64, teachers in 1_usize..200, distance in 0.0..0.3) {
        let (population, student) = problem(seed, teachers, distance);
        let gradient = population.gradient(student.as_ref()).unwrap();
        for i in (0..STUDENTS).step_by(41) {
            let expected = by_pairs(&population, &student, i);
            // Terms of size 1 cancel in the sum over pairs, not in the gradient.
            for (c, x) in expected.iter().enumerate() {
                prop_assert!((gradient[(i, c)] - x).abs() < 1e-12 * STUDENTS as f64, "{i} {c}");
            }
        }
    }

    /// Top weights of the opposite sign are never paired: every block serves both of its sides.
    #[test]
    fn tiles_without_pairs_sum_up_too(seed: u64, teachers in 1_usize..200) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (teacher, student) = (gaussian(teachers, &mut rng), gaussian(STUDENTS, &mut rng));
        let network = Network::with_top_weights(Weights::new(teacher).unwrap(), vec![-0.5; teachers]).unwrap();
        let top = (0..STUDENTS).map(|j| 0.5 + (j % 3) as f64).collect();
        let population = Population::new(network, top).unwrap();
        let gradient = population.gradient(student.as_ref()).unwrap();
        for i in (0..STUDENTS).step_by(41) {
            let expected = by_pairs(&population, &student, i);
            for (c, x) in expected.iter().enumerate() {
                prop_assert!((gradient[(i, c)] - x).abs() < 1e-12 * STUDENTS as f64, "{i} {c}");
            }
        }
    }

    #[test]
    fn next_to_the_teacher_the_tiles_do_not_matter(seed: u64, exponent in -9_i32..-2) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (teacher, moves) = (gaussian(STUDENTS, &mut rng), gaussian(STUDENTS, &mut rng));
        let distance = 10_f64.powi(exponent);
        let student = Mat::from_fn(STUDENTS, DIMENSION, |j, c| teacher[(j, c)] + distance * moves[(j, c)]);
        let turned = |j: usize| (j * 100 + 7) % STUDENTS;
        let teacher_turned = Mat::from_fn(STUDENTS, DIMENSION, |j, c| teacher[(turned(j), c)]);
        let student_turned = Mat::from_fn(STUDENTS, DIMENSION, |j, c| student[(turned(j), c)]);
        let gradient = |teacher: Mat<f64>, student: &Mat<f64>| {
            let network = Network::new(Weights::new(teacher).unwrap());
            Population::matching(network).gradient(student.as_ref()).unwrap()
        };
        let (one, other) = (gradient(teacher, &student), gradient(teacher_turned, &student_turned));
        let back = Mat::from_fn(STUDENTS, DIMENSION, |j, c| one[(turned(j), c)]);
        prop_assert!(one.norm_l2() > 0.0);
        prop_assert!((&back - &other).norm_l2() < 1e-12 * one.norm_l2());
    }

    #[test]
    fn threads_change_no_bit(seed: u64, distance in 0.0..0.3) {
        let (population, student) = problem(seed, 150, distance);
        let few = student.as_ref().subrows(0, 5);
        let alone = Population::new(population.teacher().clone(), vec![1.0; 5]).unwrap();
        let expected = (population.gradient(student.as_ref()).unwrap(), alone.hessian(few).unwrap());
        let (population, alone) = (population.on_all_threads(), alone.on_all_threads());
        for threads in [1, 2, 7] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| {
                (population.gradient(student.as_ref()).unwrap(), alone.hessian(few).unwrap())
            });
            prop_assert_eq!(&found.0, &expected.0);
            prop_assert_eq!(&found.1, &expected.1);
        }
        let hessian = expected.1;
        prop_assert_eq!(hessian.as_ref(), hessian.transpose());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    /// Blocks of pairs that are computed once, against the assembled Hessian; threads change no bit.
    #[test]
    fn hessian_products_by_blocks_are_those_of_the_hessian(seed: u64, distance in 0.0..0.3) {
        let (population, mut student) = problem(seed, 150, distance);
        // Parallel neurons in one block, and in two.
        for (to, from, factor) in [(20, 10, 2.0), (200, 10, 0.5), (290, 130, 1.5)] {
            for c in 0..DIMENSION {
                student[(to, c)] = factor * student[(from, c)];
            }
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 1);
        let direction = gaussian(STUDENTS, &mut rng);
        let size = STUDENTS * DIMENSION;
        let place = |r: usize| (r / DIMENSION, r % DIMENSION);
        let hessian = population.hessian(student.as_ref())?;
        let expected = &hessian * Mat::from_fn(size, 1, |r, _| direction[place(r)]);
        let product = population.hessian_product(student.as_ref(), direction.as_ref())?;
        let difference = Mat::from_fn(size, 1, |r, _| product[place(r)] - expected[(r, 0)]);
        // Each entry is a sum over all pairs.
        let bound = 1e-13 * hessian.norm_l2() * direction.norm_l2();
        prop_assert!(difference.norm_l2() <= bound, "{:e} > {bound:e}", difference.norm_l2());
        let threads = population.on_all_threads();
        let again = threads.hessian_product(student.as_ref(), direction.as_ref())?;
        prop_assert_eq!(product, again);
    }
}
