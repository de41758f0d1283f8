//! The expected loss does not increase along the flow.

use gaussian_oracle::monte_carlo;
use proptest::prelude::*;
use teacher_student::{
    DormandPrince, Empirical, GradientDescent, GradientFlow, Integrator, Network, Objective,
    Population, Record, Stop, VectorField, Weights, state_of,
};

use crate::strategies::{Setting, config, flat, gaussian_rows, matrix, setting};

/// The loss along a trajectory of tolerance 1e-9 may grow by the error of the trajectory, not by more.
const SLACK: f64 = 1e-9;

fn losses(setting: &Setting, stop: &Stop) -> Vec<f64> {
    let flow = GradientFlow::new(setting.population());
    let method = DormandPrince::default().relative_tolerance(1e-9);
    let run = method
        .integrate(
            &flow,
            &setting.student.concat(),
            stop,
            &Record::EveryStep(1),
        )
        .unwrap();
    run.observe(|state| flow.potential(state).unwrap().unwrap())
        .into_iter()
        .map(|(_, loss)| loss)
        .collect()
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn symmetry_loss_is_monotone_for_any_top_weights(setting in setting()) {
        let losses = losses(&setting, &Stop::new().time(20.0));
        for pair in losses.windows(2) {
            prop_assert!(pair[1] <= pair[0] + SLACK * losses[0], "{pair:?}");
        }
    }

    /// dE/dt = −‖∇E‖² along the flow: the loss lost over a short time against the gradient there.
    #[test]
    fn oracle_rate_of_decrease(setting in setting()) {
        let flow = GradientFlow::new(setting.population());
        let method = DormandPrince::default().relative_tolerance(1e-12);
        let start = setting.student.concat();
        let span = 1e-3;
        let run = method.integrate(&flow, &start, &Stop::new().time(2.0 * span), &Record::At(vec![span, 2.0 * span]))?;
        let loss = |index: usize| flow.potential(&run.states()[index]).map(Option::unwrap_or_default);
        let slope = (loss(2).unwrap_or(f64::NAN) - loss(0).unwrap_or(f64::NAN)) / (2.0 * span);
        let gradient = flow.objective().gradient(flow.weights(&run.states()[1])?)?;
        let expected = -gradient.squared_norm_l2();
        // The central difference has an error of size span²·E‴; neurons are not close to zero here.
        prop_assert!((slope - expected).abs() <= 1e-3 * expected.abs().max(1e-3), "{slope} {expected}");
    }
}

/// T16 Eq 2: along the flow of the sampled gradient E[Ė] = −E‖∇E‖² ≤ −‖E∇E‖² (Jensen), by Monte Carlo over data sets.
#[test]
fn oracle_sampled_gradient_decreases_faster() {
    let teacher = Network::new(Weights::from_rows(&gaussian_rows(2, 3, 1)).unwrap());
    let population = Population::matching(teacher.clone());
    let student = matrix(&gaussian_rows(2, 3, 2));
    let exact = population.gradient(student.as_ref()).unwrap();
    let squares = monte_carlo::mean(5, 4_000, 1, |rng, out| {
        let mut data = faer::Mat::zeros(20, 3);
        let mut row = [0.0; 3];
        for i in 0..20 {
            monte_carlo::standard_normal(rng, &mut row);
            for (j, x) in row.iter().enumerate() {
                data[(i, j)] = *x;
            }
        }
        let empirical = Empirical::new(data, &teacher, vec![1.0; 2]).unwrap();
        out[0] = empirical
            .gradient(student.as_ref())
            .unwrap()
            .squared_norm_l2();
    });
    let margin = squares.mean[0] - exact.squared_norm_l2();
    assert!(margin > 5.0 * squares.standard_error[0], "{squares:?}");
}

/// The gradient of the mean is the mean of the gradients over disjoint halves of the data.
#[test]
fn symmetry_sampled_objective_is_a_mean() {
    let teacher = Network::new(Weights::from_rows(&gaussian_rows(2, 3, 1)).unwrap());
    let rows = gaussian_rows(40, 3, 9);
    let student = matrix(&gaussian_rows(2, 3, 2));
    let of =
        |rows: &[Vec<f64>]| Empirical::new(matrix(&rows.to_vec()), &teacher, vec![1.0; 2]).unwrap();
    let (all, first, second) = (of(&rows), of(&rows[..20]), of(&rows[20..]));
    let mean = (first.gradient(student.as_ref()).unwrap()
        + second.gradient(student.as_ref()).unwrap())
        * 0.5;
    let difference = all.gradient(student.as_ref()).unwrap() - mean;
    assert!(difference.norm_l2() < 1e-14);
    let mean = f64::midpoint(
        first.loss(student.as_ref()).unwrap(),
        second.loss(student.as_ref()).unwrap(),
    );
    assert!((all.loss(student.as_ref()).unwrap() - mean).abs() < 1e-14);
}

/// The statement is about the flow: descent with a step that is too large increases the loss.
#[test]
fn nonvacuity_too_large_a_step_increases_the_loss() {
    let flow = GradientFlow::new(Population::matching(Network::new(
        Weights::orthonormal(3, 3).unwrap(),
    )));
    let start = flat(matrix(&gaussian_rows(3, 3, 4)).as_ref());
    let run = GradientDescent::new(3.0)
        .integrate(&flow, &start, &Stop::new().steps(5), &Record::EveryStep(1))
        .unwrap();
    let losses: Vec<f64> = run
        .observe(|s| flow.potential(s).unwrap().unwrap())
        .into_iter()
        .map(|p| p.1)
        .collect();
    assert!(
        losses.windows(2).any(|pair| pair[1] > pair[0]),
        "{losses:?}"
    );
    assert_eq!(state_of(flow.weights(&start).unwrap()), start);
}

/// And it is about this flow: along the reversed field the loss grows.
#[test]
fn nonvacuity_the_reversed_flow_increases_the_loss() {
    let population = Population::matching(Network::new(Weights::orthonormal(2, 2).unwrap()));
    let student = matrix(&gaussian_rows(2, 2, 4));
    let gradient = population.gradient(student.as_ref()).unwrap();
    let uphill = &student + gradient * 1e-3;
    assert!(population.loss(uphill.as_ref()).unwrap() > population.loss(student.as_ref()).unwrap());
}
