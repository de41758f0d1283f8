//! What every method must do along every gradient flow: agree, turn with the problem, and never raise the loss.

use faer::Mat;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use teacher_student::{
    DormandPrince, GradientDescent, GradientFlow, Integrator, Network, Population, Record,
    RungeKutta4, RungeKuttaChebyshev, Stop, VectorField, Weights, state_of,
};

/// Time of every run.
const SPAN: f64 = 2.0;
/// Each method with a bound on its error along these flows: about three times the largest seen over the cases below
/// (3.4e-4, 6.5e-10, 5.5e-11 and 1.9e-5).
fn methods() -> Vec<(Box<dyn Integrator>, f64)> {
    vec![
        (Box::new(GradientDescent::new(2e-3)), 1e-3),
        (Box::new(RungeKutta4::new(0.02)), 2e-9),
        (
            Box::new(DormandPrince::default().relative_tolerance(1e-9)),
            2e-10,
        ),
        (
            Box::new(RungeKuttaChebyshev::default().tolerance(1e-6)),
            6e-5,
        ),
    ]
}

/// Three neurons in dimension three: teacher and start, entries in [−1, 1], diagonals lifted away from zero.
fn problem() -> impl Strategy<Value = (Mat<f64>, Mat<f64>)> {
    let entries = || prop::collection::vec(-1.0..1.0_f64, 9);
    (entries(), entries()).prop_map(|(teacher, start)| {
        let lift =
            |v: &[f64], i: usize, j: usize| v[3 * i + j] * 0.5 + if i == j { 1.0 } else { 0.0 };
        (
            Mat::from_fn(3, 3, |i, j| lift(&teacher, i, j)),
            Mat::from_fn(3, 3, |i, j| lift(&start, i, j)),
        )
    })
}

fn flow(teacher: &Mat<f64>) -> GradientFlow<Population> {
    let network = Network::new(Weights::new(teacher.clone()).unwrap());
    GradientFlow::new(Population::matching(network))
}

fn end(method: &dyn Integrator, teacher: &Mat<f64>, start: &Mat<f64>) -> Mat<f64> {
    let stop = Stop::new().time(SPAN);
    let run = method
        .integrate(
            &flow(teacher),
            &state_of(start.as_ref()),
            &stop,
            &Record::Ends,
        )
        .unwrap();
    Mat::from_fn(3, 3, |i, j| run.end()[3 * i + j])
}

/// A rotation by two angles.
fn rotation(a: f64, b: f64) -> Mat<f64> {
    let turn = |i: usize, j: usize, t: f64| {
        let mut frame = Mat::<f64>::identity(3, 3);
        (frame[(i, i)], frame[(i, j)], frame[(j, i)], frame[(j, j)]) =
            (t.cos(), -t.sin(), t.sin(), t.cos());
        frame
    };
    turn(0, 1, a) * turn(1, 2, b)
}

proptest! {
    #![proptest_config(Config { cases: 24, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::default() })]

    #[test]
    fn all_methods_agree((teacher, start) in problem()) {
        let finest = DormandPrince::default().relative_tolerance(1e-12);
        let reference = end(&finest, &teacher, &start);
        for (method, bound) in methods() {
            let error = (end(method.as_ref(), &teacher, &start) - &reference).norm_l2();
            prop_assert!(error <= bound, "{error:e} > {bound:e}");
        }
    }

    /// Rotating inputs rotates the end, up to twice the error of the method (the power method of the Chebyshev steps sees other
    /// coordinates); permuting neurons permutes it, up to rounding.
    #[test]
    fn ends_turn_with_the_problem((teacher, start) in problem(), a in 0.0..6.3_f64, b in 0.0..6.3_f64) {
        let frame = rotation(a, b);
        let swap = Mat::from_fn(3, 3, |i, j| if (i + 1) % 3 == j { 1.0 } else { 0.0 });
        for (method, bound) in methods() {
            let base = end(method.as_ref(), &teacher, &start);
            let turned = end(method.as_ref(), &(&teacher * &frame), &(&start * &frame));
            prop_assert!((turned - &base * &frame).norm_l2() <= 2.0 * bound);
            let permuted = end(method.as_ref(), &teacher, &(&swap * &start));
            prop_assert!((permuted - &swap * &base).norm_l2() <= 1e-13);
        }
    }

    /// With steps below 2/λ_max no step raises the loss, by not even a unit of rounding: none of these runs is near its end.
    #[test]
    fn no_method_raises_the_loss((teacher, start) in problem()) {
        let flow = flow(&teacher);
        for (method, _) in methods() {
            let stop = Stop::new().time(SPAN);
            let run = method.integrate(&flow, &state_of(start.as_ref()), &stop, &Record::EveryStep(1))?;
            let losses = run.observe(|state| flow.potential(state).ok().flatten().unwrap_or(f64::NAN));
            for pair in losses.windows(2) {
                prop_assert!(pair[1].1 < pair[0].1, "{pair:?}");
            }
        }
    }
}
