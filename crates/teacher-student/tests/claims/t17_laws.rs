//! Other laws of the input: a rotation-invariant law multiplies loss and gradient by E‖x‖²/d; N(0, Σ) is N(0, I) at w → Σ^{1/2}w.

use faer::Mat;
use gaussian_oracle::{finite_difference, monte_carlo};
use proptest::prelude::*;
use teacher_student::{Empirical, Network, Objective, Population, Weights};

use crate::strategies::{Rows, config, flat, gaussian_rows, matrix};

const SAMPLES: usize = 100_000;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn population(teacher: &Rows, neurons: usize) -> Population {
    let network = Network::new(Weights::from_rows(teacher).unwrap());
    Population::new(network, vec![1.0; neurons]).unwrap()
}

/// student(x) − teacher(x), unit top weights.
fn residual(student: &Rows, teacher: &Rows, x: &[f64]) -> f64 {
    let output = |rows: &Rows| rows.iter().map(|w| dot(w, x).max(0.0)).sum::<f64>();
    output(student) - output(teacher)
}

/// ½E[residual²] and its gradient row by row, over a law given by its sampler.
fn sampled(
    student: &Rows,
    teacher: &Rows,
    seed: u64,
    law: impl Fn(&mut [f64]) + Sync,
) -> monte_carlo::Interval {
    let d = teacher[0].len();
    monte_carlo::mean(seed, SAMPLES, 1 + student.len() * d, |rng, out| {
        let mut x = vec![0.0; d];
        monte_carlo::standard_normal(rng, &mut x);
        law(&mut x);
        let off = residual(student, teacher, &x);
        out[0] = off * off / 2.0;
        for (j, w) in student.iter().enumerate() {
            let gate = f64::from(dot(w, &x) > 0.0);
            for i in 0..d {
                out[1 + j * d + i] = off * gate * x[i];
            }
        }
    })
}

fn exact(student: &Rows, teacher: &Rows, factor: f64) -> Vec<f64> {
    let problem = population(teacher, student.len());
    let student = matrix(student);
    let mut all = vec![problem.loss(student.as_ref()).unwrap()];
    all.extend(flat(problem.gradient(student.as_ref()).unwrap().as_ref()));
    all.iter().map(|value| factor * value).collect()
}

/// A Σ^{1/2} that is far from a multiple of the identity.
fn root() -> Mat<f64> {
    matrix(&[
        vec![1.5, 0.4, 0.0],
        vec![0.4, 0.8, -0.3],
        vec![0.0, -0.3, 0.5],
    ])
}

/// The rows times the symmetric matrix Σ^{1/2}.
fn stretched(rows: &Rows) -> Rows {
    let product = matrix(rows) * root();
    (0..rows.len())
        .map(|j| (0..3).map(|i| product[(j, i)]).collect())
        .collect()
}

#[test]
fn oracle_sphere_and_ball_are_the_gaussian_law_times_a_factor() {
    let (student, teacher) = (gaussian_rows(2, 3, 1), gaussian_rows(3, 3, 2));
    // On the sphere of radius 2, E‖x‖²/d = 4/3.
    let sphere = sampled(&student, &teacher, 5, |x| {
        let norm = dot(x, x).sqrt();
        for v in x {
            *v *= 2.0 / norm;
        }
    });
    let expected = exact(&student, &teacher, 4.0 / 3.0);
    assert!(sphere.covers(&expected, 0.9999), "{sphere:?} {expected:?}");
    // A law with a heavy radius, x = z‖z‖: E‖x‖² = E‖z‖⁴ = d(d + 2) = 15.
    let heavy = sampled(&student, &teacher, 6, |x| {
        let norm = dot(x, x).sqrt();
        for v in x {
            *v *= norm;
        }
    });
    let expected = exact(&student, &teacher, 5.0);
    assert!(heavy.covers(&expected, 0.9999), "{heavy:?} {expected:?}");
}

#[test]
fn oracle_a_covariance_stretches_the_weights() {
    let (student, teacher) = (gaussian_rows(2, 3, 3), gaussian_rows(2, 3, 4));
    let root = root();
    let found = sampled(&student, &teacher, 7, |x| {
        let z = x.to_vec();
        for (i, v) in x.iter_mut().enumerate() {
            *v = (0..3).map(|k| root[(i, k)] * z[k]).sum();
        }
    });
    let problem = population(&stretched(&teacher), 2);
    let image = matrix(&stretched(&student));
    let mut expected = vec![problem.loss(image.as_ref()).unwrap()];
    // ∇ of W ↦ loss(WΣ^{1/2}) is ∇loss · Σ^{1/2}.
    let gradient = problem.gradient(image.as_ref()).unwrap() * &root;
    expected.extend(flat(gradient.as_ref()));
    assert!(found.covers(&expected, 0.9999), "{found:?} {expected:?}");
    let loss = |w: &[f64]| {
        let rows: Rows = w.chunks_exact(3).map(<[f64]>::to_vec).collect();
        problem.loss(matrix(&stretched(&rows)).as_ref()).unwrap()
    };
    let slope = finite_difference::gradient(loss, &student.concat(), 0.05);
    for (a, b) in slope.value.iter().zip(&expected[1..]) {
        assert!((a - b).abs() < 1e-7, "{a} {b}");
    }
}

/// A critical point for N(0, I), the collinear students on the bisector, gives one for N(0, Σ) at WΣ^{−1/2}, and the same loss.
#[test]
fn oracle_critical_points_correspond() {
    let teacher: Rows = vec![vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 0.0]];
    // π(p + q) = 2h(π/4).
    let alpha = std::f64::consts::FRAC_PI_4;
    let total =
        2.0 * ((std::f64::consts::PI - alpha) * alpha.cos() + alpha.sin()) / std::f64::consts::PI;
    let b = std::f64::consts::FRAC_1_SQRT_2;
    let saddle: Rows = [0.3 * total, 0.7 * total]
        .iter()
        .map(|p| vec![p * b, p * b, 0.0])
        .collect();
    let root = root();
    let inverse = |rows: &Rows| -> Rows {
        use faer::linalg::solvers::Solve;
        let columns = root.partial_piv_lu().solve(matrix(rows).transpose());
        (0..rows.len())
            .map(|j| (0..3).map(|i| columns[(i, j)]).collect())
            .collect()
    };
    let (moved, targets) = (inverse(&saddle), inverse(&teacher));
    let problem = population(&stretched(&targets), 2);
    let image = matrix(&stretched(&moved));
    assert!(problem.gradient(image.as_ref()).unwrap().norm_l2() < 1e-13);
    let plain = population(&teacher, 2)
        .loss(matrix(&saddle).as_ref())
        .unwrap();
    assert!((problem.loss(image.as_ref()).unwrap() - plain).abs() < 1e-14);
}

proptest! {
    #![proptest_config(config(64))]

    /// The same on samples, exactly: data ZΣ^{1/2} at W are data Z at WΣ^{1/2}.
    #[test]
    fn symmetry_stretched_data_are_stretched_weights(seed in 0..u64::MAX) {
        let (student, teacher, data) = (gaussian_rows(2, 3, seed), gaussian_rows(2, 3, seed ^ 1), gaussian_rows(30, 3, seed ^ 2));
        let network = |rows: &Rows| Network::new(Weights::from_rows(rows).unwrap());
        let one = Empirical::new(matrix(&stretched(&data)), &network(&teacher), vec![1.0; 2])?;
        let other = Empirical::new(matrix(&data), &network(&stretched(&teacher)), vec![1.0; 2])?;
        let (a, b) = (one.loss(matrix(&student).as_ref())?, other.loss(matrix(&stretched(&student)).as_ref())?);
        prop_assert!((a - b).abs() <= 1e-13 * (a + 1.0));
    }
}

/// A law without the symmetry has no such factor: on the cube [−1, 1]², in which E x_i² = 1/3, the loss of one unit against
/// another at the right angle is not a third of the Gaussian one both along the axes and along the diagonals.
#[test]
fn nonvacuity_the_cube_is_no_multiple() {
    let value = |student: Rows, teacher: Rows| {
        let found = monte_carlo::mean(9, SAMPLES, 1, |rng, out| {
            use rand::RngExt;
            let x: [f64; 2] = [rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0)];
            out[0] = residual(&student, &teacher, &x).powi(2) / 2.0;
        });
        let gaussian = exact(&student, &teacher, 1.0)[0];
        (found.mean[0] / gaussian, found.standard_error[0] / gaussian)
    };
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let (axes, error) = value(vec![vec![1.0, 0.0]], vec![vec![0.0, 1.0]]);
    let (diagonal, other) = value(vec![vec![half, half]], vec![vec![half, -half]]);
    assert!(
        (axes - diagonal).abs() > 5.0 * (error + other),
        "{axes} {diagonal}"
    );
}

/// Only the critical points correspond, not the flows: at WΣ^{1/2} the flow of N(0, Σ) moves along ∇Σ, not along ∇.
#[test]
fn nonvacuity_the_flows_do_not_correspond() {
    let (student, teacher) = (gaussian_rows(2, 3, 3), gaussian_rows(2, 3, 4));
    let problem = population(&stretched(&teacher), 2);
    let gradient = problem
        .gradient(matrix(&stretched(&student)).as_ref())
        .unwrap();
    let moved = &gradient * root() * root();
    let (a, b) = (flat(gradient.as_ref()), flat(moved.as_ref()));
    let cosine = dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt();
    assert!(cosine < 0.97, "{cosine}");
}
