//! The linear case: without gates gradient descent converges from every start.

use faer::{Mat, Side};
use gaussian_oracle::{finite_difference, monte_carlo};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use relu_gating::LinearDynamics;

use crate::strategies::{config, norm, relative_distance, times, vector};

fn gaussian(samples: usize, dimension: usize, seed: u64) -> Mat<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut row = vec![0.0; dimension];
    let mut data = Mat::zeros(samples, dimension);
    for i in 0..samples {
        monte_carlo::standard_normal(&mut rng, &mut row);
        for (j, x) in row.iter().enumerate() {
            data[(i, j)] = *x;
        }
    }
    data
}

fn error(w: &[f64], teacher: &[f64]) -> f64 {
    let difference: Vec<f64> = w.iter().zip(teacher).map(|(a, b)| a - b).collect();
    norm(&difference)
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn oracle_a_step_is_minus_eta_times_the_slope_of_the_loss(w in vector(3), teacher in vector(3), step in 0.01..1.0_f64, seed in 0..1000_u64) {
        let data = gaussian(20, 3, seed);
        let loss = |w: &[f64]| {
            (0..20).map(|i| (0..3).map(|j| data[(i, j)] * (w[j] - teacher[j])).sum::<f64>().powi(2)).sum::<f64>() / 40.0
        };
        let slope = finite_difference::gradient(loss, &w, 0.1);
        let next = LinearDynamics::from_data(data.as_ref())?.step(&w, &teacher, step)?;
        for ((next, w), slope) in next.iter().zip(&w).zip(&slope.value) {
            prop_assert!((next - (w - step * slope)).abs() <= 1e-9);
        }
    }

    #[test]
    fn oracle_converges_below_the_largest_step(w in vector(4), teacher in vector(4), fraction in 0.05..0.95_f64, seed in 0..1000_u64) {
        let dynamics = LinearDynamics::from_data(gaussian(60, 4, seed).as_ref())?;
        let step = fraction * dynamics.largest_step();
        let radius = dynamics.spectral_radius(step);
        prop_assert!(radius < 1.0);
        let mut state = w.clone();
        for _ in 0..50 {
            let next = dynamics.step(&state, &teacher, step)?;
            prop_assert!(error(&next, &teacher) <= radius * error(&state, &teacher) + 1e-14);
            state = next;
        }
    }

    /// In any dimension: the factors |1 − ηλ| from a symmetric eigenvalue problem of the test, and the error after one step.
    #[test]
    fn oracle_contraction_in_the_eigenvectors(d in 1..=8_usize, fraction in 0.05..1.5_f64, seed in 0..1000_u64) {
        let data = gaussian(3 * d + 2, d, seed);
        let dynamics = LinearDynamics::from_data(data.as_ref())?;
        let moment = Mat::from_fn(d, d, |i, j| {
            (0..data.nrows()).map(|r| data[(r, i)] * data[(r, j)]).sum::<f64>() / data.nrows() as f64
        });
        let eigen = moment.self_adjoint_eigen(Side::Lower).map_err(|e| TestCaseError::fail(format!("{e:?}")))?;
        let values: Vec<f64> = (0..d).map(|i| eigen.S()[i]).collect();
        let step = fraction * 2.0 / values[d - 1];
        let radius = values.iter().map(|value| (1.0 - step * value).abs()).fold(0.0, f64::max);
        prop_assert!((dynamics.spectral_radius(step) - radius).abs() <= 1e-12 * (1.0 + radius));
        prop_assert_eq!(radius < 1.0, fraction < 1.0);
        // Along an eigenvector the error is multiplied by 1 − ηλ, whatever the start.
        let teacher: Vec<f64> = (0..d).map(|i| (i as f64).cos()).collect();
        for (i, value) in values.iter().enumerate() {
            let w: Vec<f64> = (0..d).map(|r| teacher[r] + 0.7 * eigen.U()[(r, i)]).collect();
            let next = dynamics.step(&w, &teacher, step)?;
            for r in 0..d {
                let expected = teacher[r] + (1.0 - step * value) * 0.7 * eigen.U()[(r, i)];
                prop_assert!((next[r] - expected).abs() <= 1e-12 * (1.0 + step * values[d - 1]), "{} {expected}", next[r]);
            }
        }
    }

    #[test]
    fn symmetry_linear_in_the_error(w in vector(4), teacher in vector(4), factor in -3.0..3.0_f64, seed in 0..1000_u64) {
        let dynamics = LinearDynamics::from_data(gaussian(30, 4, seed).as_ref())?;
        let zero = vec![0.0; 4];
        let shifted = dynamics.step(&error_vector(&w, &teacher), &zero, 0.3)?;
        let step = dynamics.step(&w, &teacher, 0.3)?;
        prop_assert!(relative_distance(&error_vector(&step, &teacher), &shifted) <= 1e-12);
        let scaled = dynamics.step(&times(factor, &w), &times(factor, &teacher), 0.3)?;
        prop_assert!(error(&scaled, &times(factor, &step)) <= 1e-13);
    }
}

fn error_vector(w: &[f64], teacher: &[f64]) -> Vec<f64> {
    w.iter().zip(teacher).map(|(a, b)| a - b).collect()
}

#[test]
fn oracle_the_population_contracts_by_one_minus_eta() {
    let dynamics = LinearDynamics::population(3).unwrap();
    assert_eq!(dynamics.spectral_radius(0.25), 0.75);
    assert_eq!(
        dynamics
            .step(&[1.0, 0.0, 2.0], &[0.0, 0.0, 1.0], 0.25)
            .unwrap(),
        [0.75, 0.0, 1.75]
    );
}

/// Beyond 2/λ_max descent diverges.
#[test]
fn nonvacuity_too_large_a_step_diverges() {
    let dynamics = LinearDynamics::from_data(gaussian(60, 4, 1).as_ref()).unwrap();
    let step = 1.05 * dynamics.largest_step();
    assert!(dynamics.spectral_radius(step) > 1.0);
    let mut w = vec![1.0, -1.0, 0.5, 2.0];
    for _ in 0..400 {
        w = dynamics.step(&w, &[0.0; 4], step).unwrap();
    }
    assert!(norm(&w) > 1e6);
}

/// Without full rank a component of the error never moves.
#[test]
fn nonvacuity_rank_deficient_data_leave_an_error() {
    let data = Mat::from_fn(10, 2, |i, j| if j == 0 { i as f64 } else { 0.0 });
    let dynamics = LinearDynamics::from_data(data.as_ref()).unwrap();
    let step = dynamics.largest_step() / 2.0;
    assert!((dynamics.spectral_radius(step) - 1.0).abs() < 1e-15);
    let next = dynamics.step(&[0.0, 1.0], &[1.0, 0.0], step).unwrap();
    assert_eq!(next[1], 1.0);
}

/// T17 §4 prints E[XᵀX] = I for an N × d data matrix of independent N(0, 1) entries. It is N·I, as T16 has it: for N = 7 the
/// mean of a diagonal entry is 7. (The conclusion ∇ ∝ w − w* is not affected.)
#[test]
fn refutes_that_the_mean_of_the_data_moment_is_the_identity() {
    let entries = monte_carlo::mean(12, 20_000, 2, |rng, out| {
        let mut rows = [[0.0; 2]; 7];
        for row in &mut rows {
            monte_carlo::standard_normal(rng, row);
        }
        out[0] = rows.iter().map(|row| row[0] * row[0]).sum();
        out[1] = rows.iter().map(|row| row[0] * row[1]).sum();
    });
    assert!(entries.covers(&[7.0, 0.0], 0.9999), "{entries:?}");
    assert!(entries.worst_deviation(&[1.0, 0.0]) > 100.0);
}
