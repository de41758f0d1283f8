//! The integrators: order, agreement, dense output, stopping rules, and what they do when they cannot go on.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use teacher_student::{
    DormandPrince, Error, FieldError, GradientDescent, GradientFlow, Integrator, Network, Outcome,
    Population, Record, RungeKutta4, RungeKuttaChebyshev, Stop, VectorField, Weights,
};

/// ẋ = A x with A = [[−1, 3], [−3, −1]]: x(t) = e^−t (cos 3t, −sin 3t) from (1, 0).
struct Spiral;

impl VectorField for Spiral {
    fn dimension(&self) -> usize {
        2
    }

    fn evaluate(&self, x: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        rate[0] = -x[0] + 3.0 * x[1];
        rate[1] = -3.0 * x[0] - x[1];
        Ok(())
    }

    fn potential(&self, x: &[f64]) -> Result<Option<f64>, FieldError> {
        Ok(Some(x[0] * x[0] + x[1] * x[1]))
    }
}

fn spiral(t: f64) -> [f64; 2] {
    [(-t).exp() * (3.0 * t).cos(), -(-t).exp() * (3.0 * t).sin()]
}

fn error(state: &[f64], t: f64) -> f64 {
    let exact = spiral(t);
    (state[0] - exact[0]).hypot(state[1] - exact[1])
}

/// A field that is defined for x > 0 only, and leads there to the wall at x = 0 at time 1.
struct Wall;

impl VectorField for Wall {
    fn dimension(&self) -> usize {
        1
    }

    fn evaluate(&self, x: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        if x[0] <= 0.0 {
            return Err("the state has reached the wall".into());
        }
        rate[0] = -1.0;
        Ok(())
    }
}

/// ẋ = x², from 1: infinite at time 1.
struct BlowUp;

impl VectorField for BlowUp {
    fn dimension(&self) -> usize {
        1
    }

    fn evaluate(&self, x: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        rate[0] = x[0] * x[0];
        Ok(())
    }
}

fn dormand_prince(tolerance: f64) -> DormandPrince {
    DormandPrince::default()
        .relative_tolerance(tolerance)
        .absolute_tolerance(tolerance)
}

fn order(errors: [f64; 2]) -> f64 {
    (errors[0] / errors[1]).log2()
}

#[test]
fn orders_of_convergence() {
    let stop = Stop::new().time(1.0);
    let end = |method: &dyn Integrator| {
        let run = method
            .integrate(&Spiral, &[1.0, 0.0], &stop, &Record::Ends)
            .unwrap();
        assert_eq!(run.end_time(), 1.0);
        error(run.end(), 1.0)
    };
    let euler = [1e-3, 5e-4].map(|h| end(&GradientDescent::new(h)));
    assert!((order(euler) - 1.0).abs() < 0.05, "{euler:?}");
    let classical = [0.02, 0.01].map(|h| end(&RungeKutta4::new(h)));
    assert!((order(classical) - 4.0).abs() < 0.1, "{classical:?}");
    // With constant steps (a loose tolerance and a largest step) the pair is of order 5.
    let constant = [0.02, 0.01].map(|h| {
        let method = DormandPrince::default()
            .relative_tolerance(1e-2)
            .first_step(h)
            .largest_step(h);
        end(&method)
    });
    assert!((order(constant) - 5.0).abs() < 0.2, "{constant:?}");
}

#[test]
fn dense_output_has_order_four() {
    let times: Vec<f64> = (1..100).map(|i| f64::from(i) / 100.0 + 0.003).collect();
    let worst = |method: &dyn Integrator| {
        let record = Record::At(times.clone());
        let run = method
            .integrate(&Spiral, &[1.0, 0.0], &Stop::new().time(1.1), &record)
            .unwrap();
        assert_eq!(run.times().len(), times.len() + 2);
        run.observe(<[f64]>::to_vec)
            .iter()
            .map(|(t, x)| error(x, *t))
            .fold(0.0, f64::max)
    };
    let pair = [0.1, 0.05].map(|h| {
        let method = DormandPrince::default()
            .relative_tolerance(1e-2)
            .first_step(h)
            .largest_step(h);
        worst(&method)
    });
    assert!(order(pair) > 4.3, "{pair:?}");
    let hermite = [0.1, 0.05].map(|h| worst(&RungeKutta4::new(h)));
    assert!(order(hermite) > 3.6, "{hermite:?}");
}

#[test]
fn error_follows_the_tolerance() {
    for tolerance in [1e-4, 1e-7, 1e-10, 1e-12] {
        let run = dormand_prince(tolerance)
            .integrate(
                &Spiral,
                &[1.0, 0.0],
                &Stop::new().time(2.0),
                &Record::EveryStep(1),
            )
            .unwrap();
        assert!(error(run.end(), 2.0) < 20.0 * tolerance);
        assert_eq!(run.steps() + 1, run.times().len());
    }
}

#[test]
fn all_methods_agree_on_a_gradient_flow() {
    let teacher = Network::new(Weights::orthonormal(3, 3).unwrap());
    let flow = GradientFlow::new(Population::matching(teacher));
    let start = [0.3, 0.1, 0.0, -0.2, 0.5, 0.1, 0.1, 0.1, 0.4];
    let stop = Stop::new().time(3.0);
    let end = |method: &dyn Integrator| {
        method
            .integrate(&flow, &start, &stop, &Record::Ends)
            .unwrap()
            .end()
            .to_vec()
    };
    let reference = end(&dormand_prince(1e-12));
    let distance = |x: &[f64]| {
        x.iter()
            .zip(&reference)
            .map(|(a, b)| (a - b).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    assert!(distance(&end(&RungeKutta4::new(0.01))) < 1e-8);
    assert!(distance(&end(&GradientDescent::new(1e-3))) < 3e-3);
}

#[test]
fn rules_are_located_inside_a_step() {
    // ‖x‖ = e^−t: the potential falls to e^−2 at time 1, the distance to 0 falls to e^−1.5 at 1.5.
    let method = dormand_prince(1e-11);
    let potential = Stop::new().time(10.0).potential_below((-2.0_f64).exp());
    let run = method
        .integrate(&Spiral, &[1.0, 0.0], &potential, &Record::Ends)
        .unwrap();
    assert!(matches!(run.outcome(), Outcome::PotentialBelow { .. }));
    assert!((run.end_time() - 1.0).abs() < 1e-7, "{}", run.end_time());
    let distance = Stop::new()
        .time(10.0)
        .distance_below(vec![0.0, 0.0], (-1.5_f64).exp());
    let run = method
        .integrate(&Spiral, &[1.0, 0.0], &distance, &Record::Ends)
        .unwrap();
    assert!((run.end_time() - 1.5).abs() < 1e-7);
    // ‖ẋ‖ = √10 e^−t.
    let rate = Stop::new()
        .time(10.0)
        .rate_below(10f64.sqrt() * (-3.0_f64).exp());
    let run = method
        .integrate(&Spiral, &[1.0, 0.0], &rate, &Record::Ends)
        .unwrap();
    assert!(run.outcome().is_converged() && (run.end_time() - 3.0).abs() < 1e-7);
}

#[test]
fn a_rule_that_holds_at_the_start_takes_no_step() {
    let stop = Stop::new().time(1.0).potential_below(2.0);
    for method in [
        &GradientDescent::new(0.1) as &dyn Integrator,
        &dormand_prince(1e-6),
    ] {
        let run = method
            .integrate(&Spiral, &[1.0, 0.0], &stop, &Record::EveryStep(1))
            .unwrap();
        assert_eq!((run.steps(), run.times()), (0, &[0.0][..]));
        assert!(run.outcome().is_converged());
    }
}

/// ẋ_i = −λ_i (x_i − 1) with λ from 1 to 10^4.
struct Stiff;

const RATES: [f64; 4] = [1.0, 30.0, 800.0, 1e4];

impl VectorField for Stiff {
    fn dimension(&self) -> usize {
        RATES.len()
    }

    fn evaluate(&self, x: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        for ((r, x), lambda) in rate.iter_mut().zip(x).zip(RATES) {
            *r = -lambda * (x - 1.0);
        }
        Ok(())
    }
}

#[test]
fn chebyshev_needs_far_fewer_evaluations_where_the_flow_is_stiff() {
    let start = [0.0, 2.0, 0.5, 1.5];
    let stop = Stop::new().time(5.0);
    let run = |method: &dyn Integrator| {
        method
            .integrate(&Stiff, &start, &stop, &Record::Ends)
            .unwrap()
    };
    let chebyshev = run(&RungeKuttaChebyshev::default().tolerance(1e-5));
    let pair = run(&dormand_prince(1e-5));
    for run in [&chebyshev, &pair] {
        for ((x, x0), lambda) in run.end().iter().zip(start).zip(RATES) {
            assert!((x - 1.0 - (x0 - 1.0) * (-5.0 * lambda).exp()).abs() < 1e-4);
        }
    }
    assert!(
        5 * chebyshev.evaluations() < pair.evaluations(),
        "{} {}",
        chebyshev.evaluations(),
        pair.evaluations()
    );
}

#[test]
fn chebyshev_follows_its_tolerance_and_locates_rules() {
    let ends = [1e-4, 1e-7].map(|tolerance| {
        let method = RungeKuttaChebyshev::default().tolerance(tolerance);
        let run = method
            .integrate(&Stiff, &[0.0; 4], &Stop::new().time(0.7), &Record::Ends)
            .unwrap();
        (run.end()[0] - 1.0 + (-0.7_f64).exp()).abs()
    });
    assert!(
        ends[0] < 1e-3 && ends[1] < 1e-6 && ends[1] < ends[0],
        "{ends:?}"
    );
    // ‖ẋ‖ = e^−t once the fast parts are gone.
    let stop = Stop::new().time(10.0).rate_below((-2.0_f64).exp());
    let run = RungeKuttaChebyshev::default()
        .tolerance(1e-6)
        .integrate(&Stiff, &[0.0; 4], &stop, &Record::At(vec![0.5, 1.0]))
        .unwrap();
    assert!(
        run.outcome().is_converged() && (run.end_time() - 2.0).abs() < 1e-4,
        "{}",
        run.end_time()
    );
    assert!((run.states()[2][0] - 1.0 + (-1.0_f64).exp()).abs() < 1e-4);
    for bad in [0.5, f64::NAN] {
        assert!(
            RungeKuttaChebyshev::default()
                .tolerance(bad)
                .check()
                .is_err()
        );
    }
}

/// A field that returns NaN beyond x = 1.
struct Broken;

impl VectorField for Broken {
    fn dimension(&self) -> usize {
        1
    }

    fn evaluate(&self, x: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        rate[0] = if x[0] < 1.0 { 1.0 } else { f64::NAN };
        Ok(())
    }
}

#[test]
fn a_field_of_nan_is_named() {
    for method in [
        &dormand_prince(1e-8) as &dyn Integrator,
        &RungeKuttaChebyshev::default().tolerance(1e-5),
    ] {
        let run = method
            .integrate(
                &Broken,
                &[0.5],
                &Stop::new().time(2.0),
                &Record::EveryStep(1),
            )
            .unwrap();
        assert!(
            run.outcome().to_string().contains("NaN"),
            "{}",
            run.outcome()
        );
        assert!((run.end_time() - 0.5).abs() < 1e-3);
    }
}

/// NaN is never taken for a rate of zero, whatever the method.
#[test]
fn a_field_of_nan_does_not_converge() {
    struct Nowhere;
    impl VectorField for Nowhere {
        fn dimension(&self) -> usize {
            2
        }

        fn evaluate(&self, _: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
            rate.fill(f64::NAN);
            Ok(())
        }
    }
    let methods: [&dyn Integrator; 4] = [
        &GradientDescent::new(0.1),
        &RungeKutta4::new(0.1),
        &dormand_prince(1e-8),
        &RungeKuttaChebyshev::default().tolerance(1e-5),
    ];
    for method in methods {
        let stop = Stop::new().steps(10).rate_below(1e-9);
        let run = method
            .integrate(&Nowhere, &[1.0, 2.0], &stop, &Record::Ends)
            .unwrap();
        assert!(run.outcome().is_failure(), "{}", run.outcome());
    }
}

/// At a rest point the step may grow without bound, but not the time.
#[test]
fn a_rest_point_is_kept() {
    let flow = GradientFlow::new(Population::matching(Network::new(
        Weights::orthonormal(2, 2).unwrap(),
    )));
    let teacher = [1.0, 0.0, 0.0, 1.0];
    for method in [
        &dormand_prince(1e-8) as &dyn Integrator,
        &RungeKuttaChebyshev::default().tolerance(1e-5),
    ] {
        let run = method
            .integrate(&flow, &teacher, &Stop::new().steps(1000), &Record::Ends)
            .unwrap();
        assert!(
            matches!(run.outcome(), Outcome::StepsReached),
            "{}",
            run.outcome()
        );
        assert!(run.end_time().is_finite() && run.end() == teacher);
    }
}

#[test]
fn a_growing_loss_ends_a_run_with_its_value() {
    let flow = GradientFlow::new(Population::matching(Network::new(
        Weights::orthonormal(3, 3).unwrap(),
    )));
    let start = [1.5, 0.1, 0.0, 0.1, 1.2, 0.1, 0.0, 0.2, 0.9];
    let limit = 2.0 * flow.potential(&start).unwrap().unwrap();
    let stop = Stop::new().steps(1000).potential_above(limit);
    let run = GradientDescent::new(6.0)
        .integrate(&flow, &start, &stop, &Record::EveryStep(1))
        .unwrap();
    let Outcome::PotentialAbove { potential, level } = run.outcome() else {
        panic!("the loss must grow: {}", run.outcome());
    };
    assert!(*potential > *level && *level == limit && run.outcome().is_failure());
    assert!(run.outcome().to_string().contains("take a smaller step"));
}

#[test]
fn limits_end_a_run() {
    let run = GradientDescent::new(0.1)
        .integrate(
            &Spiral,
            &[1.0, 0.0],
            &Stop::new().steps(25),
            &Record::EveryStep(10),
        )
        .unwrap();
    assert!(matches!(run.outcome(), Outcome::StepsReached));
    assert_eq!(run.times().len(), 4); // 0, 10, 20 and the end
    assert!((run.end_time() - 2.5).abs() < 1e-12);
}

#[test]
fn the_partial_trajectory_survives_every_failure() {
    for method in [
        &GradientDescent::new(0.03) as &dyn Integrator,
        &RungeKutta4::new(0.03),
        &dormand_prince(1e-8),
    ] {
        let stop = Stop::new().time(5.0);
        let run = method
            .integrate(&Wall, &[1.0], &stop, &Record::EveryStep(1))
            .unwrap();
        assert!(run.outcome().is_failure());
        assert!(
            run.outcome().to_string().contains("reached the wall"),
            "{}",
            run.outcome()
        );
        assert!(run.end_time() > 0.9 && run.end()[0] > 0.0 && run.end()[0] < 0.1);
        assert!(run.times().len() > 1);
    }
    let run = dormand_prince(1e-8)
        .integrate(
            &BlowUp,
            &[1.0],
            &Stop::new().time(5.0),
            &Record::EveryStep(1),
        )
        .unwrap();
    assert!(run.outcome().is_failure() && (run.end_time() - 1.0).abs() < 1e-3);
    let run = RungeKutta4::new(0.1)
        .integrate(&BlowUp, &[1.0], &Stop::new().time(500.0), &Record::Ends)
        .unwrap();
    assert!(matches!(run.outcome(), Outcome::Diverged));
    assert!(run.end()[0].is_finite());
}

#[test]
fn a_vanishing_neuron_ends_a_run_with_its_trajectory() {
    // A student unit of negative output can only hurt: it turns away from the teacher and shrinks to nothing.
    let teacher = Network::new(Weights::from_rows(&[vec![1.0, 0.0]]).unwrap());
    let flow = GradientFlow::new(Population::new(teacher, vec![-1.0]).unwrap());
    let undefined = flow.evaluate(&[0.0, 0.0], &mut [0.0, 0.0]).unwrap_err();
    assert!(undefined.to_string().contains("zero vector"), "{undefined}");
    let stop = Stop::new().time(200.0).steps(100_000);
    let methods: [&dyn Integrator; 4] = [
        &GradientDescent::new(0.01),
        &RungeKutta4::new(0.01),
        &dormand_prince(1e-9),
        &RungeKuttaChebyshev::default().tolerance(1e-5),
    ];
    for method in methods {
        let run = method
            .integrate(&flow, &[0.8, 0.3], &stop, &Record::EveryStep(1))
            .unwrap();
        assert!(
            run.outcome().to_string().contains("neuron 0 has shrunk"),
            "{}",
            run.outcome()
        );
        assert!(run.end_time() > 0.5 && run.times().len() == run.steps() + 1);
    }
}

#[test]
fn settings_are_checked_by_name() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = GradientDescent::new(bad).check().unwrap_err();
        assert!(error.to_string().contains("`step`"), "{error}");
        assert!(RungeKutta4::new(bad).check().is_err());
        let error = DormandPrince::default()
            .first_step(bad)
            .check()
            .unwrap_err();
        assert!(error.to_string().contains("`first_step`"), "{error}");
    }
    assert!(
        DormandPrince::default()
            .relative_tolerance(1e-17)
            .check()
            .is_err()
    );
    assert!(
        DormandPrince::default()
            .absolute_tolerance(0.0)
            .check()
            .is_err()
    );
    assert!(DormandPrince::default().largest_step(-1.0).check().is_err());
    // An integration checks them too.
    let stop = Stop::new().time(1.0);
    let method = DormandPrince::default().relative_tolerance(2.0);
    let error = method
        .integrate(&Spiral, &[1.0, 0.0], &stop, &Record::Ends)
        .unwrap_err();
    assert!(
        error.to_string().contains("`relative_tolerance`"),
        "{error}"
    );
    let method = RungeKutta4::new(0.1);
    let run = |start: &[f64], stop: &Stop<'_>, record: &Record| {
        method.integrate(&Spiral, start, stop, record).map(drop)
    };
    let stop = Stop::new().time(1.0);
    assert!(matches!(
        run(&[1.0], &stop, &Record::Ends),
        Err(Error::StartLength {
            length: 1,
            dimension: 2
        })
    ));
    assert!(matches!(
        run(&[1.0, f64::NAN], &stop, &Record::Ends),
        Err(Error::StartNotFinite { index: 1, .. })
    ));
    assert!(matches!(
        run(&[1.0, 0.0], &Stop::new().rate_below(1e-9), &Record::Ends),
        Err(Error::Endless)
    ));
    assert!(matches!(
        run(&[1.0, 0.0], &Stop::new().time(-1.0), &Record::Ends),
        Err(Error::Setting { name: "time", .. })
    ));
    assert!(matches!(
        run(
            &[1.0, 0.0],
            &stop.clone().distance_below(vec![0.0], 0.1),
            &Record::Ends
        ),
        Err(Error::TargetLength { .. })
    ));
    assert!(matches!(
        run(&[1.0, 0.0], &stop, &Record::At(vec![0.5, 0.5])),
        Err(Error::RecordTimes { index: 1, .. })
    ));
}

proptest! {
    #![proptest_config(Config { cases: 32, rng_seed: RngSeed::Fixed(1), ..Config::default() })]

    /// A run cut in two is the same run.
    #[test]
    fn the_flow_has_no_memory(cut in 0.1..0.9_f64) {
        let method = dormand_prince(1e-12);
        let to = |start: &[f64], t: f64| method.integrate(&Spiral, start, &Stop::new().time(t), &Record::Ends).map(|run| run.end().to_vec());
        let whole = to(&[1.0, 0.0], 1.0)?;
        let halves = to(&to(&[1.0, 0.0], cut)?, 1.0 - cut)?;
        prop_assert!((whole[0] - halves[0]).hypot(whole[1] - halves[1]) < 1e-10);
    }
}
