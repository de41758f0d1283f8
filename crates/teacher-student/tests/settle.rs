//! Settling at a critical point: the same point as the long flow, to the last digits.

use faer::Mat;
use teacher_student::{
    DormandPrince, GradientFlow, Integrator, Network, Objective, Outcome, Population, Record, Stop,
    Weights, settle, state_of,
};

fn start(k: usize, d: usize, size: f64) -> Mat<f64> {
    Mat::from_fn(k, d, |j, i| size * (1.0 + (7 * j + 3 * i * i) as f64).sin())
}

#[test]
fn it_is_the_limit_of_the_flow() {
    let population = Population::matching(Network::new(Weights::orthonormal(3, 4).unwrap()));
    let flow = GradientFlow::new(population.clone());
    for seed in 0..5 {
        let start = start(3, 4, 0.3 + 0.1 * f64::from(seed));
        let settled = settle(&population, start.as_ref(), 1e-14, 1e5).unwrap();
        assert!(settled.outcome().is_converged(), "{}", settled.outcome());
        assert!(settled.gradient_norm() <= 1e-14);
        let stop = Stop::new().time(1e5).rate_below(1e-9);
        let method = DormandPrince::default();
        let run = method
            .integrate(&flow, &state_of(start.as_ref()), &stop, &Record::Ends)
            .unwrap();
        let end = faer::MatRef::from_row_major_slice(run.end(), 3, 4);
        assert!(
            (settled.weights().as_mat() - end).norm_l2() < 1e-6,
            "seed {seed}"
        );
        assert!(settled.flow_evaluations() + settled.hessian_products() < run.evaluations());
    }
}

#[test]
fn a_manifold_of_critical_points_does_no_harm() {
    // More students than teachers: the global minima are not isolated, and where students are parallel the gradient has a
    // kink, so that the flow must do the work.
    let teacher = Network::new(Weights::orthonormal(2, 3).unwrap());
    let population = Population::new(teacher, vec![1.0; 3]).unwrap();
    let settled = settle(&population, start(3, 3, 0.8).as_ref(), 1e-10, 1e6).unwrap();
    assert!(
        settled.gradient_norm() <= 1e-10,
        "{:e}: {}",
        settled.gradient_norm(),
        settled.outcome()
    );
}

#[test]
fn an_impossible_tolerance_ends_at_the_floor_of_rounding() {
    let population = Population::matching(Network::new(Weights::orthonormal(3, 3).unwrap()));
    let settled = settle(&population, start(3, 3, 0.5).as_ref(), 1e-300, 1e3).unwrap();
    assert!(settled.gradient_norm() < 1e-13);
}

#[test]
fn time_that_runs_out_is_an_outcome() {
    let population = Population::matching(Network::new(Weights::orthonormal(5, 5).unwrap()));
    let start = start(5, 5, 0.01);
    let settled = settle(&population, start.as_ref(), 1e-12, 0.1).unwrap();
    assert!(
        matches!(settled.outcome(), Outcome::TimeReached),
        "{}",
        settled.outcome()
    );
    assert!(settled.flow_time() <= 0.1);
    let loss = |at: faer::MatRef<'_, f64>| population.loss(at).unwrap();
    assert!(loss(settled.weights().as_mat()) < loss(start.as_ref()));
}

#[test]
fn settings_are_checked() {
    let population = Population::matching(Network::new(Weights::orthonormal(2, 2).unwrap()));
    let start = start(2, 2, 0.5);
    for bad in [0.0, f64::NAN, -1.0] {
        assert!(settle(&population, start.as_ref(), bad, 1.0).is_err());
        assert!(settle(&population, start.as_ref(), 1e-10, bad).is_err());
    }
    assert!(settle(&population, Mat::zeros(2, 2).as_ref(), 1e-10, 1.0).is_err());
}
