//! Students that share a teacher, and teachers that share a student: loss and gradient in double-doubles keep their digits, and
//! their bounds hold, against 512-bit values.

use gaussian_oracle::multiprecision;
use teacher_student::initialization::{gaussian, stream};
use teacher_student::{Network, Objective, Population, Weights};

/// The rows of a matrix.
type Rows = Vec<Vec<f64>>;

fn population(teacher: &[Vec<f64>], b: &[f64], a: &[f64]) -> Population {
    let weights = Weights::from_rows(teacher).unwrap();
    let network = Network::with_top_weights(weights, b.to_vec()).unwrap();
    Population::new(network, a.to_vec()).unwrap()
}

/// The relative errors of loss and gradient, after the bounds have been checked to hold.
fn errors(w: &[Vec<f64>], a: &[f64], v: &[Vec<f64>], b: &[f64]) -> [f64; 2] {
    let problem = population(v, b, a);
    let student = Weights::from_rows(w).unwrap();
    let loss = problem.loss_with_bound(&student).unwrap();
    let exact = multiprecision::population_loss(w, a, v, b).to_f64();
    let error = (loss.value - exact).abs();
    assert!(
        error <= loss.error_bound,
        "{error:e} {:e}",
        loss.error_bound
    );
    let gradient = problem.gradient_with_bound(&student).unwrap();
    let right = multiprecision::population_gradient(w, a, v, b);
    let (mut square, mut size) = (0.0, 0.0);
    for (j, row) in right.iter().enumerate() {
        for (i, entry) in row.iter().enumerate() {
            let entry = entry.to_f64();
            square += (gradient.value[(j, i)] - entry).powi(2);
            size += entry * entry;
        }
    }
    let apart = square.sqrt();
    assert!(
        apart <= gradient.error_bound,
        "{apart:e} {:e}",
        gradient.error_bound
    );
    [error / exact, apart / size.sqrt()]
}

/// Students u and u + δn, teacher 2u + δn′: the plain loss has lost all digits at δ = 1e-9.
#[test]
fn two_students_share_a_teacher() {
    for (delta, loss_error, gradient_error) in [
        (1e-3, 1e-12, 1e-12),
        (1e-6, 1e-12, 1e-12),
        (1e-8, 1e-12, 1e-12),
        (1e-12, 1e-3, 1e-12),
    ] {
        let u = [0.6, -0.3, 0.9];
        let moved = |factor: f64, by: [f64; 3]| -> Vec<f64> {
            u.iter()
                .zip(by)
                .map(|(x, n)| factor * x + delta * n)
                .collect()
        };
        let students = [u.to_vec(), moved(1.0, [0.5, 0.7, -0.2])];
        let teacher = [moved(2.0, [-0.4, 0.3, 0.8])];
        let [loss, gradient] = errors(&students, &[1.0; 2], &teacher, &[1.0]);
        assert!(loss < loss_error, "{delta:e}: {loss:e}");
        assert!(gradient < gradient_error, "{delta:e}: {gradient:e}");
    }
}

/// Several teachers near one student, opposite signs of the top weights, and neurons of very different size.
#[test]
fn groups_of_any_kind() {
    let near = |factor: f64, by: f64| vec![factor * 0.8, factor * 0.1 + by, factor * -0.5];
    let groups: [(Rows, Vec<f64>, Rows, Vec<f64>); 3] = [
        (
            vec![near(3.0, 0.0)],
            vec![1.0],
            vec![near(1.0, 1e-7), near(2.0, -3e-7)],
            vec![1.0, 1.0],
        ),
        (
            vec![near(3.0, 0.0), near(1.0, 2e-7)],
            vec![1.0, -1.0],
            vec![near(1.0, 1e-7)],
            vec![2.0],
        ),
        (
            vec![vec![1e8, 1.0, 0.0], vec![0.0, 1.0, 0.0]],
            vec![1.0, 1.0],
            vec![vec![1e8, 0.0, 0.0], vec![0.0, 0.0, 1.0]],
            vec![1.0, 1.0],
        ),
    ];
    for (index, (w, a, v, b)) in groups.iter().enumerate() {
        let [loss, gradient] = errors(w, a, v, b);
        assert!(
            loss < 1e-12 && gradient < 1e-12,
            "{index}: {loss:e} {gradient:e}"
        );
    }
}

/// Far from everything both ways agree; the pairs keep more digits than double-doubles have.
#[test]
fn bounds_hold_everywhere() {
    for index in 0..20 {
        let mut random = stream(15, index);
        let rows = |w: &Weights| -> Vec<Vec<f64>> { (0..w.neurons()).map(|j| w.row(j)).collect() };
        let teacher = gaussian(&mut random, 3, 4, 1.0).unwrap();
        let student = gaussian(&mut random, 4, 4, 1.0).unwrap();
        let [loss, gradient] = errors(
            &rows(&student),
            &[1.0, -0.5, 2.0, 1.0],
            &rows(&teacher),
            &[1.0; 3],
        );
        assert!(loss < 1e-13 && gradient < 1e-13, "{loss:e} {gradient:e}");
        // One to one, closer than double-doubles can see.
        let close = rows(&teacher)
            .iter()
            .map(|row| row.iter().map(|x| x * (1.0 + 4.0 * f64::EPSILON)).collect())
            .collect::<Vec<Vec<f64>>>();
        let [loss, gradient] = errors(&close, &[1.0; 3], &rows(&teacher), &[1.0; 3]);
        assert!(loss < 1e-12 && gradient < 1e-9, "{loss:e} {gradient:e}");
    }
    // In any unit.
    for unit in [1e-100, 1e100] {
        let w = [vec![unit, 0.0], vec![unit, 1e-6 * unit]];
        let [loss, gradient] = errors(&w, &[1.0; 2], &[vec![2.0 * unit, 3e-6 * unit]], &[1.0]);
        assert!(
            loss < 1e-12 && gradient < 1e-12,
            "{unit:e}: {loss:e} {gradient:e}"
        );
    }
    let same = population(&[vec![1.0, 2.0]], &[1.0], &[1.0]);
    let at = Weights::from_rows(&[vec![1.0, 2.0]]).unwrap();
    assert_eq!(same.loss_with_bound(&at).unwrap().value, 0.0);
    assert!(same.gradient(&at).unwrap().norm_l2() == 0.0);
}
