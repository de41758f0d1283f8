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

/// T16 Eq 2: along the flow of the sampled gradient E[Ė] = −E‖∇E‖² ≤ −‖E∇E‖² (Jensen), by Monte Carlo over data sets, at
/// students and teachers of several sizes and for few and many samples.
#[test]
fn oracle_sampled_gradient_decreases_faster() {
    for (seed, (k, d, samples)) in [(1, 2, 3), (2, 3, 20), (3, 2, 8), (2, 5, 40), (4, 4, 12)]
        .into_iter()
        .enumerate()
    {
        let seed = 2 * seed as u64 + 1;
        let teacher = Network::new(Weights::from_rows(&gaussian_rows(2, d, seed)).unwrap());
        let population = Population::new(teacher.clone(), vec![1.0; k]).unwrap();
        let student = matrix(&gaussian_rows(k, d, seed + 1));
        let exact = population.gradient(student.as_ref()).unwrap();
        let squares = monte_carlo::mean(5 + seed, 2_000, 1, |rng, out| {
            let mut data = faer::Mat::zeros(samples, d);
            let mut row = vec![0.0; d];
            for i in 0..samples {
                monte_carlo::standard_normal(rng, &mut row);
                for (j, x) in row.iter().enumerate() {
                    data[(i, j)] = *x;
                }
            }
            let empirical = Empirical::new(data, &teacher, vec![1.0; k]).unwrap();
            out[0] = empirical
                .gradient(student.as_ref())
                .unwrap()
                .squared_norm_l2();
        });
        let margin = squares.mean[0] - exact.squared_norm_l2();
        assert!(
            margin > 5.0 * squares.standard_error[0],
            "K = {k}, d = {d}, N = {samples}: {squares:?}"
        );
    }
}

/// T17 Eq 16 prints dE[J]/dt = −E[∇J]ᵀdw/dt. With dw/dt = −E[∇J] that is +‖E∇J‖²: at w = (0, 1), w* = (1, 0) it says that
/// the loss grows at the rate (½ − 1/2π)² + ¼²·… > 0.1, while it falls at that rate. The first sign is one too many.
#[test]
fn refutes_the_first_sign_of_eq_16() {
    let flow = GradientFlow::new(Population::matching(Network::new(
        Weights::from_rows(&[vec![1.0, 0.0]]).unwrap(),
    )));
    let point = [0.0, 1.0];
    let mut rate = [0.0; 2];
    flow.evaluate(&point, &mut rate).unwrap();
    let gradient = flow
        .objective()
        .gradient(flow.weights(&point).unwrap())
        .unwrap();
    let printed: f64 = -(0..2).map(|i| gradient[(0, i)] * rate[i]).sum::<f64>();
    // The gradient by hand: (w − w*)/2 + (θw* − sin θ w)/2π at θ = π/2.
    let by_hand = [-0.25, 0.5 - 0.5 * std::f64::consts::FRAC_1_PI];
    let square = by_hand[0] * by_hand[0] + by_hand[1] * by_hand[1];
    assert!(
        (printed - square).abs() < 1e-15 && printed > 0.1,
        "{printed}"
    );
    let loss = |time: f64| {
        let moved = [point[0] + time * rate[0], point[1] + time * rate[1]];
        flow.potential(&moved).unwrap().unwrap()
    };
    let slope = (loss(1e-4) - loss(-1e-4)) / 2e-4;
    // A central difference: its error is the square of the step times a third derivative of order 1.
    assert!((slope + square).abs() < 1e-7, "{slope} {square}");
}

/// The gradient of the mean is the mean of the gradients over disjoint halves of the data.
#[test]
fn symmetry_sampled_objective_is_a_mean() {
    let teacher = Network::new(Weights::from_rows(&gaussian_rows(2, 3, 1)).unwrap());
    let rows = gaussian_rows(40, 3, 9);
    let student = matrix(&gaussian_rows(2, 3, 2));
    let of = |rows: &[Vec<f64>]| Empirical::new(matrix(rows), &teacher, vec![1.0; 2]).unwrap();
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
