//! The population gradient of K units, with its loss and Hessian.

use faer::Mat;
use gaussian_oracle::multiprecision::{self, relative_error};
use gaussian_oracle::vectors::{Vectors, exact};
use gaussian_oracle::{finite_difference, monte_carlo};
use proptest::prelude::*;
use teacher_student::{Empirical, Network, Objective, Population, Weights};

use crate::strategies::{
    Setting, config, flat, gaussian_rows, matrix, near_permutation, relative_distance, rotation,
    setting,
};

/// Generic weights: a few dozen units of rounding, one for each term of the sums.
const ACCURACY: f64 = 1e-13;
/// Close to the teacher or a permutation of it the promise is 1e-12 relative to the gradient, and to the loss.
const NEAR_TEACHER: f64 = 1e-12;
/// The kink of the kernel between equal teachers costs the loss the angle (1e-6 here) times the error of an 8-node rule.
const BESIDE_EQUAL_TEACHERS: f64 = 1e-8;

fn check(setting: &Setting, tolerance: f64, with_hessian: bool) -> Result<(), TestCaseError> {
    let Setting {
        student,
        student_top,
        teacher,
        teacher_top,
    } = setting;
    let population = setting.population();
    let at = setting.student_mat();
    let loss = multiprecision::population_loss(student, student_top, teacher, teacher_top);
    let error = relative_error(&[population.loss(at.as_ref())?], &[loss]);
    prop_assert!(error <= tolerance, "loss: relative error {error:e}");
    let gradient = multiprecision::population_gradient(student, student_top, teacher, teacher_top);
    let computed = flat(population.gradient(at.as_ref())?.as_ref());
    let error = relative_error(&computed, &gradient.concat());
    prop_assert!(error <= tolerance, "gradient: relative error {error:e}");
    if with_hessian {
        let hessian =
            multiprecision::population_hessian(student, student_top, teacher, teacher_top);
        let computed = flat(population.hessian(at.as_ref())?.as_ref());
        let error = relative_error(&computed, &hessian.concat());
        prop_assert!(error <= ACCURACY, "Hessian: relative error {error:e}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn oracle_multiprecision(setting in setting()) {
        check(&setting, ACCURACY, true)?;
    }

    #[test]
    fn oracle_multiprecision_near_a_permutation(setting in near_permutation()) {
        check(&setting, NEAR_TEACHER, true)?;
    }

    /// Beside teachers that are equal or nearly so the gradient keeps its accuracy; the loss keeps nine digits.
    #[test]
    fn oracle_multiprecision_beside_equal_teachers(seed in 0..u64::MAX, exponent in -9.0..-7.0_f64, apart in prop_oneof![Just(0.0), (-10.0..-6.0_f64).prop_map(|x| 10f64.powf(x))]) {
        let mut teacher = gaussian_rows(3, 3, seed);
        let turn = gaussian_rows(1, 3, seed.wrapping_add(2)).remove(0);
        teacher[1] = teacher[0].iter().zip(&turn).map(|(v, t)| v + apart * t).collect();
        let noise = gaussian_rows(3, 3, seed.wrapping_add(1));
        let student = teacher.iter().zip(&noise).map(|(v, n)| v.iter().zip(n).map(|(v, n)| v + 10f64.powf(exponent) * n).collect()).collect();
        let setting = Setting { student, student_top: vec![1.0; 3], teacher, teacher_top: vec![1.0; 3] };
        let (population, at, ones) = (setting.population(), setting.student_mat(), [1.0; 3]);
        let gradient = multiprecision::population_gradient(&setting.student, &ones, &setting.teacher, &ones).concat();
        let error = relative_error(&flat(population.gradient(at.as_ref())?.as_ref()), &gradient);
        prop_assert!(error <= NEAR_TEACHER, "gradient: relative error {error:e}");
        let loss = multiprecision::population_loss(&setting.student, &ones, &setting.teacher, &ones);
        let error = relative_error(&[population.loss(at.as_ref())?], &[loss]);
        prop_assert!(error <= BESIDE_EQUAL_TEACHERS, "loss: relative error {error:e}");
    }

    /// Only some of the students near a teacher, and different numbers of both.
    #[test]
    fn oracle_multiprecision_partly_paired(setting in near_permutation(), extra in setting(), drop in any::<bool>()) {
        let d = setting.teacher[0].len();
        let mut mixed = setting;
        for (row, a) in extra.student.iter().zip(&extra.student_top) {
            let mut row = row.clone();
            row.resize(d, 0.3);
            mixed.student.push(row);
            mixed.student_top.push(*a);
        }
        if drop && mixed.teacher.len() > 1 {
            mixed.teacher.pop();
            mixed.teacher_top.pop();
        }
        // The loss is of order one here, so an absolute error of rounding size is a relative one.
        check(&mixed, ACCURACY, false)?;
    }

    #[test]
    fn symmetry_extreme_norms(setting in setting(), exponent in -148..148_i32) {
        let factor = 2f64.powi(exponent * 3);
        let scaled = Setting {
            student: setting.student.iter().map(|r| r.iter().map(|x| factor * x).collect()).collect(),
            teacher: setting.teacher.iter().map(|r| r.iter().map(|x| factor * x).collect()).collect(),
            ..setting.clone()
        };
        let (base, large) = (setting.population(), scaled.population());
        let (at, far) = (setting.student_mat(), scaled.student_mat());
        // Powers of two: the same bits, unless the square leaves the range.
        let gradient = base.gradient(at.as_ref())?;
        prop_assert!(relative_distance(large.gradient(far.as_ref())?.as_ref(), (gradient * factor).as_ref()) <= 1e-14);
        prop_assert!(relative_distance(large.hessian(far.as_ref())?.as_ref(), base.hessian(at.as_ref())?.as_ref()) <= 1e-14);
        let expected = base.loss(at.as_ref())? * factor * factor;
        prop_assert!((large.loss(far.as_ref())? - expected).abs() <= 1e-14 * expected);
    }

    #[test]
    fn symmetry_rotation_and_permutation(setting in setting(), seed in 0..u64::MAX) {
        let d = setting.teacher[0].len();
        let frame = rotation(d, seed);
        let at = setting.student_mat();
        let turned_at = &at * frame.transpose();
        let turned = {
            let weights = Weights::new(matrix(&setting.teacher) * frame.transpose())?;
            let teacher = Network::with_top_weights(weights, setting.teacher_top.clone())?;
            Population::new(teacher, setting.student_top.clone())?
        };
        let population = setting.population();
        let (loss, turned_loss) = (population.loss(at.as_ref())?, turned.loss(turned_at.as_ref())?);
        prop_assert!((loss - turned_loss).abs() <= 1e-13 * loss.max(1.0));
        let expected = population.gradient(at.as_ref())? * frame.transpose();
        let gradient = turned.gradient(turned_at.as_ref())?;
        prop_assert!((&gradient - &expected).norm_l2() <= 1e-13 * expected.norm_l2().max(1.0));

        // Reversing the order of the students reverses the rows of the gradient.
        let mut reversed = setting.clone();
        reversed.student.reverse();
        reversed.student_top.reverse();
        let backwards = reversed.population().gradient(reversed.student_mat().as_ref())?;
        let gradient = population.gradient(at.as_ref())?;
        let expected = Mat::from_fn(gradient.nrows(), d, |i, j| gradient[(gradient.nrows() - 1 - i, j)]);
        prop_assert!((&backwards - &expected).norm_l2() <= 1e-13 * expected.norm_l2().max(1.0));
    }

    /// Splitting a neuron w into two collinear ones does not change the network: a(w) = a(tw) + a((1−t)w).
    #[test]
    fn symmetry_collinear_neurons_merge(setting in setting(), part in 0.1..0.9_f64) {
        let mut split = setting.clone();
        let first = setting.student[0].clone();
        split.student[0] = first.iter().map(|x| part * x).collect();
        split.student.push(first.iter().map(|x| (1.0 - part) * x).collect());
        split.student_top.push(setting.student_top[0]);
        let (one, two) = (setting.population().loss(setting.student_mat().as_ref())?, split.population().loss(split.student_mat().as_ref())?);
        prop_assert!((one - two).abs() <= 1e-13 * one.max(1.0));
    }

    /// The Hessian as an operator is the Hessian as a matrix, also where students are parallel to each other or to teachers.
    #[test]
    fn symmetry_hessian_product_is_the_hessian(setting in prop_oneof![setting(), near_permutation()], seed in 0..u64::MAX, parallel in any::<bool>()) {
        let mut setting = setting;
        if parallel {
            setting.student[0] = setting.teacher[0].iter().map(|x| 0.7 * x).collect();
        }
        let (k, d) = (setting.student.len(), setting.teacher[0].len());
        let population = setting.population();
        let at = setting.student_mat();
        let direction = matrix(&gaussian_rows(k, d, seed));
        let hessian = population.hessian(at.as_ref())?;
        let flat_direction = Mat::from_fn(k * d, 1, |r, _| direction[(r / d, r % d)]);
        let expected = &hessian * &flat_direction;
        let product = population.hessian_product(at.as_ref(), direction.as_ref())?;
        let difference = Mat::from_fn(k * d, 1, |r, _| product[(r / d, r % d)] - expected[(r, 0)]);
        prop_assert!(difference.norm_l2() <= 1e-13 * hessian.norm_l2() * direction.norm_l2());
    }

    #[test]
    fn symmetry_hessian_is_symmetric(setting in setting()) {
        let hessian = setting.population().hessian(setting.student_mat().as_ref())?;
        prop_assert_eq!(hessian.transpose(), hessian.as_ref());
    }
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn oracle_finite_differences(setting in setting()) {
        let population = setting.population();
        let (k, d) = population.gradient(setting.student_mat().as_ref())?.shape();
        let at = setting.student.concat();
        let mat = |x: &[f64]| Mat::from_fn(k, d, |i, j| x[i * d + j]);
        let slope = finite_difference::gradient(|x| population.loss(mat(x).as_ref()).unwrap_or(f64::NAN), &at, 1e-2);
        let gradient = flat(population.gradient(mat(&at).as_ref())?.as_ref());
        for (a, b) in gradient.iter().zip(&slope.value) {
            prop_assert!((a - b).abs() <= 1e-8, "{a} {b}");
        }
        let curvature = finite_difference::hessian(|x| population.gradient(mat(x).as_ref()).map(|g| flat(g.as_ref())).unwrap_or_default(), &at, 1e-2);
        let hessian = population.hessian(mat(&at).as_ref())?;
        for (i, row) in curvature.rows.iter().enumerate() {
            for (j, b) in row.iter().enumerate() {
                prop_assert!((hessian[(i, j)] - b).abs() <= 1e-6, "{} {b}", hessian[(i, j)]);
            }
        }
    }
}

#[test]
fn oracle_vectors() {
    for vector in Vectors::bundled().unwrap().multi_unit {
        let (k, l) = (vector.students.len(), vector.teachers.len());
        let teacher = Network::new(Weights::from_rows(&vector.teachers).unwrap());
        let population = Population::new(teacher, vec![1.0; k]).unwrap();
        assert_eq!(population.teacher().top_weights().len(), l);
        let at = matrix(&vector.students);
        let loss = population.loss(at.as_ref()).unwrap();
        assert!(relative_error(&[loss], &exact(&[vector.loss])) <= ACCURACY);
        let gradient = flat(population.gradient(at.as_ref()).unwrap().as_ref());
        assert!(relative_error(&gradient, &exact(&vector.gradient.concat())) <= ACCURACY);
        if !vector.hessian.is_empty() {
            let hessian = flat(population.hessian(at.as_ref()).unwrap().as_ref());
            assert!(relative_error(&hessian, &exact(&vector.hessian.concat())) <= ACCURACY);
        }
    }
}

/// The expectation of the sampled loss and gradient, sample by sample, with top weights of both signs.
#[test]
fn oracle_monte_carlo() {
    let setting = Setting {
        student: vec![vec![0.5, 1.0, -0.4], vec![-0.2, 0.3, 0.9]],
        student_top: vec![1.5, -0.5],
        teacher: vec![
            vec![1.0, 0.0, 0.2],
            vec![0.1, -1.0, 0.4],
            vec![0.3, 0.3, 0.3],
        ],
        teacher_top: vec![1.0, 0.5, -2.0],
    };
    let output = |rows: &[Vec<f64>], top: &[f64], x: &[f64]| -> f64 {
        let response = |row: &[f64]| row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
        rows.iter()
            .zip(top)
            .map(|(row, a)| a * response(row).max(0.0))
            .sum()
    };
    let sampled = monte_carlo::mean(12, 300_000, 7, |rng, out| {
        let mut x = [0.0; 3];
        monte_carlo::standard_normal(rng, &mut x);
        let residual = output(&setting.student, &setting.student_top, &x)
            - output(&setting.teacher, &setting.teacher_top, &x);
        out[6] = residual * residual / 2.0;
        for (j, row) in setting.student.iter().enumerate() {
            if row.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>() > 0.0 {
                for (i, x_i) in x.iter().enumerate() {
                    out[j * 3 + i] = setting.student_top[j] * residual * x_i;
                }
            }
        }
    });
    let population = setting.population();
    let at = setting.student_mat();
    let mut expected = flat(population.gradient(at.as_ref()).unwrap().as_ref());
    expected.push(population.loss(at.as_ref()).unwrap());
    assert!(sampled.covers(&expected, 0.999), "{sampled:?} {expected:?}");
    expected[6] *= 1.03;
    assert!(!sampled.covers(&expected, 0.999));
}

/// The sampled objective tends to the population: its error on N samples is of size N^(−1/2).
#[test]
fn oracle_empirical_tends_to_the_population() {
    let teacher = Network::new(Weights::from_rows(&gaussian_rows(3, 5, 1)).unwrap());
    let population = Population::new(teacher.clone(), vec![1.0; 2]).unwrap();
    let student = matrix(&gaussian_rows(2, 5, 2));
    let exact = population.gradient(student.as_ref()).unwrap();
    let error = |samples: usize| {
        let data = matrix(&gaussian_rows(samples, 5, 3));
        let empirical = Empirical::new(data, &teacher, vec![1.0; 2]).unwrap();
        assert_eq!(empirical.samples(), samples);
        relative_distance(
            empirical.gradient(student.as_ref()).unwrap().as_ref(),
            exact.as_ref(),
        )
    };
    let (coarse, fine) = (error(1_000), error(256_000));
    assert!(
        fine < 0.02 && coarse > 4.0 * fine && coarse < 64.0 * fine,
        "{coarse} {fine}"
    );
}

/// The sampled gradient is the slope of the sampled loss, wherever no sample sits on a gate.
#[test]
fn oracle_empirical_finite_differences() {
    let teacher = Network::new(Weights::from_rows(&gaussian_rows(2, 3, 4)).unwrap());
    let empirical =
        Empirical::new(matrix(&gaussian_rows(50, 3, 5)), &teacher, vec![1.0, -0.5]).unwrap();
    let at = gaussian_rows(2, 3, 6).concat();
    let mat = |x: &[f64]| Mat::from_fn(2, 3, |i, j| x[i * 3 + j]);
    let slope =
        finite_difference::gradient(|x| empirical.loss(mat(x).as_ref()).unwrap(), &at, 1e-4);
    let gradient = flat(empirical.gradient(mat(&at).as_ref()).unwrap().as_ref());
    for (a, b) in gradient.iter().zip(&slope.value) {
        assert!((a - b).abs() < 1e-8, "{a} {b}");
    }
}

/// At the teacher, and at each of its permutations, loss and gradient vanish exactly, and the Hessian is positive.
#[test]
fn oracle_vanishes_exactly_at_the_teacher() {
    let rows = gaussian_rows(4, 6, 8);
    let population = Population::matching(Network::new(Weights::from_rows(&rows).unwrap()));
    let mut permuted = rows;
    permuted.rotate_left(1);
    permuted.swap(0, 2);
    let at = matrix(&permuted);
    assert_eq!(population.loss(at.as_ref()).unwrap(), 0.0);
    assert_eq!(population.gradient(at.as_ref()).unwrap().norm_max(), 0.0);
    let hessian = population.hessian(at.as_ref()).unwrap();
    let eigenvalues = hessian.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
    assert!(eigenvalues[0] > 0.0);
}

/// At an orthonormal teacher the least eigenvalue of the Hessian is ¼ − 1/2π for every K ≥ 2.
#[test]
fn oracle_least_curvature_at_an_orthonormal_teacher() {
    for k in [2, 3, 7, 20] {
        let teacher = Weights::orthonormal(k, k).unwrap();
        let population = Population::matching(Network::new(teacher.clone()));
        let hessian = population.hessian(teacher.as_mat()).unwrap();
        let eigenvalues = hessian.self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
        let expected = 0.25 - 0.5 / std::f64::consts::PI;
        assert!(
            (eigenvalues[0] - expected).abs() < 1e-14 * k as f64,
            "{k}: {}",
            eigenvalues[0]
        );
    }
}

/// The plain formula, Σ F(e, w) − Σ F(e, w*), loses 8 digits of the gradient and all of the loss at distance 1e-8.
#[test]
fn nonvacuity_the_plain_formula_loses_the_digits() {
    let teacher = gaussian_rows(2, 3, 20);
    let noise = gaussian_rows(2, 3, 21);
    let student: Vec<Vec<f64>> = teacher
        .iter()
        .zip(&noise)
        .map(|(v, n)| v.iter().zip(n).map(|(v, n)| v + 1e-8 * n).collect())
        .collect();
    let mut plain = Vec::new();
    for e in &student {
        let mut sum = vec![0.0; 3];
        for (rows, sign) in [(&student, 1.0), (&teacher, -1.0)] {
            for w in rows {
                for (s, f) in sum
                    .iter_mut()
                    .zip(relu_gating::population_gating(e, w).unwrap())
                {
                    *s += sign * f;
                }
            }
        }
        plain.extend(sum);
    }
    let mut plain_loss = 0.0;
    for (rows_a, rows_b, factor) in [
        (&student, &student, 0.5),
        (&teacher, &teacher, 0.5),
        (&student, &teacher, -1.0),
    ] {
        for a in rows_a {
            for b in rows_b {
                plain_loss += factor * relu_gating::kernel(a, b).unwrap();
            }
        }
    }
    let ones = [1.0; 2];
    let gradient = multiprecision::population_gradient(&student, &ones, &teacher, &ones).concat();
    let loss = multiprecision::population_loss(&student, &ones, &teacher, &ones);
    assert!(relative_error(&plain, &gradient) > 1e-10);
    assert!(relative_error(&[plain_loss], std::slice::from_ref(&loss)) > 0.01);
    let population = Population::matching(Network::new(Weights::from_rows(&teacher).unwrap()));
    let at = matrix(&student);
    assert!(
        relative_error(
            &flat(population.gradient(at.as_ref()).unwrap().as_ref()),
            &gradient
        ) <= NEAR_TEACHER
    );
    assert!(relative_error(&[population.loss(at.as_ref()).unwrap()], &[loss]) <= NEAR_TEACHER);
}

/// Top weights matter: with them left out the gradient is another one.
#[test]
fn nonvacuity_top_weights_are_not_absorbed() {
    let rows = gaussian_rows(2, 3, 30);
    let student = matrix(&gaussian_rows(2, 3, 31));
    let weights = || Weights::from_rows(&rows).unwrap();
    let plain = Population::matching(Network::new(weights()));
    let signed =
        Population::matching(Network::with_top_weights(weights(), vec![1.0, -1.0]).unwrap());
    let (a, b) = (
        plain.gradient(student.as_ref()).unwrap(),
        signed.gradient(student.as_ref()).unwrap(),
    );
    assert!(relative_distance(a.as_ref(), b.as_ref()) > 0.1);
}

#[test]
fn symmetry_a_neuron_parallel_to_a_pair_that_nearly_coincides() {
    // e_2 is parallel to both of the pair (w_1, w*_1) but for a: its view of the pair is bounded by the pair's distance.
    for exponent in [5, 20, 40, 60, 90, 121, 150, 161, 200, 300] {
        let a = 10.0_f64.powi(-exponent);
        let rows = [[1.0, a], [2.0, 0.0]];
        let teachers = [[1.0 + f64::EPSILON, 0.0], [0.0, 2.0]];
        let weights = |rows: [[f64; 2]; 2]| Weights::from_rows(&rows.map(|row| row.to_vec()));
        let teacher = Network::new(weights(teachers).unwrap());
        let population = Population::matching(teacher);
        let student = weights(rows).unwrap();
        let gradient = population.gradient(student.as_mat()).unwrap();
        for (i, own) in rows.iter().enumerate() {
            // The four terms one by one: exact to rounding of the largest, which is 1.
            let term = |w: &[f64; 2]| relu_gating::population_gating(own, w).unwrap();
            for c in 0..2 {
                let sum: f64 = rows.iter().map(|w| term(w)[c]).sum::<f64>()
                    - teachers.iter().map(|v| term(v)[c]).sum::<f64>();
                let found = gradient[(i, c)];
                assert!(
                    (found - sum).abs() <= 1e-14,
                    "{a:e}: ({i}, {c}) {found} {sum}"
                );
            }
        }
    }
}
