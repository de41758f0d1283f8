//! Bad input, and runs that go wrong: each has a clear error or outcome with its values, and keeps what was computed.

use faer::Mat;
use relu_gating::Angle;
use teacher_student::multilayer::{DeepNetwork, Multilayer};
use teacher_student::single_unit::{
    ball_volume_ratio, basin_margin, basin_probability, guarantee_slack, guaranteed_probability,
    guaranteed_ratio, in_basin, lyapunov_rate, lyapunov_value, norm_floor, polar_rate,
    uniform_in_ball,
};
use teacher_student::{
    DormandPrince, Ending, EndingTolerances, Error, FieldError, GradientDescent, GradientFlow,
    Integrator, Network, Outcome, Population, Record, RungeKutta4, Stop, VectorField, Weights,
};

fn flow(rows: &[Vec<f64>]) -> GradientFlow<Population> {
    let teacher = Network::new(Weights::from_rows(rows).unwrap());
    GradientFlow::new(Population::matching(teacher))
}

fn methods() -> Vec<Box<dyn Integrator>> {
    vec![
        Box::new(GradientDescent::new(0.5)),
        Box::new(RungeKutta4::new(0.5)),
        Box::new(DormandPrince::default()),
    ]
}

#[test]
fn no_neurons_and_no_dimensions() {
    for weights in [
        Weights::from_rows(&[]),
        Weights::from_rows(&[vec![]]),
        Weights::new(Mat::zeros(0, 3)),
        Weights::new(Mat::zeros(3, 0)),
        Weights::orthonormal(0, 3),
    ] {
        assert!(
            matches!(weights, Err(Error::EmptyMatrix { .. })),
            "{weights:?}"
        );
    }
    assert!(matches!(
        DeepNetwork::new(vec![]),
        Err(Error::EmptyMatrix { .. })
    ));
}

/// −w* with η = 2: the first step lands exactly on the origin.
#[test]
fn a_neuron_that_becomes_zero_ends_the_run_with_its_trajectory() {
    let field = flow(&[vec![1.0, 0.0]]);
    let run = GradientDescent::new(2.0)
        .integrate(
            &field,
            &[-1.0, 0.0],
            &Stop::new().steps(10),
            &Record::EveryStep(1),
        )
        .unwrap();
    let Outcome::FieldUndefined { reason } = run.outcome() else {
        panic!("{}", run.outcome());
    };
    assert!(reason.to_string().contains("neuron 0"), "{reason}");
    assert_eq!(run.states()[0], [-1.0, 0.0]);
    assert!(run.outcome().is_failure() && run.outcome().to_string().contains("zero"));
}

/// From the ray opposite to the teacher the flow runs into the origin: no method reports convergence to w*.
#[test]
fn the_opposite_ray_never_converges() {
    let field = flow(&[vec![1.0, 0.0]]);
    let stop = Stop::new().time(200.0).distance_below(vec![1.0, 0.0], 1e-3);
    for method in methods() {
        let run = method
            .integrate(&field, &[-1.0, 0.0], &stop, &Record::Ends)
            .unwrap();
        assert!(!run.outcome().is_converged(), "{}", run.outcome());
        assert!(
            run.end()[0] <= 0.0 && run.end()[0] > -1e-3,
            "{:?}",
            run.end()
        );
    }
}

/// A step that makes the loss grow: the run ends when the numbers do, or is classified as diverged with both losses.
#[test]
fn too_large_a_step_is_called_divergence() {
    let field = flow(&[vec![1.0, 0.0], vec![0.0, 1.0]]);
    let start = [0.3, 0.1, 0.1, 0.3];
    let descend = |step: f64, steps: usize| {
        GradientDescent::new(step)
            .integrate(&field, &start, &Stop::new().steps(steps), &Record::Ends)
            .unwrap()
    };
    let run = descend(1e3, 10_000);
    assert!(run.outcome().is_failure(), "{}", run.outcome());
    assert!(run.steps() < 10_000 && run.end().iter().all(|x| x.is_finite()));
    // Before the numbers end: the loss at the end is above the one at the start.
    let run = descend(10.0, 20);
    assert!(matches!(run.outcome(), Outcome::PotentialAbove { .. }));
    let ending = Ending::classify(&field, &run, &EndingTolerances::default()).unwrap();
    let Ending::Diverged {
        start_loss,
        end_loss,
    } = ending
    else {
        panic!("{ending}");
    };
    assert!(end_loss > 1e3 * start_loss && ending.to_string().contains("smaller step"));
}

/// ẋ = x up to 1, then NaN.
struct Faulty;

impl VectorField for Faulty {
    fn dimension(&self) -> usize {
        1
    }

    fn evaluate(&self, state: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        rate[0] = if state[0] < 1.0 { state[0] } else { f64::NAN };
        Ok(())
    }
}

#[test]
fn nan_is_refused_or_ends_the_run() {
    let field = flow(&[vec![1.0, 0.0]]);
    for method in methods() {
        let stop = Stop::new().time(10.0);
        let error = method
            .integrate(&field, &[0.1, f64::NAN], &stop, &Record::Ends)
            .unwrap_err();
        assert!(
            matches!(error, Error::StartNotFinite { index: 1, .. }),
            "{error}"
        );
        let run = method
            .integrate(&Faulty, &[0.5], &stop, &Record::EveryStep(1))
            .unwrap();
        assert!(run.outcome().is_failure(), "{}", run.outcome());
        assert!(run.states().iter().flatten().all(|x| x.is_finite()));
    }
    assert!(matches!(
        Weights::from_rows(&[vec![f64::NAN]]),
        Err(Error::NotFinite { .. })
    ));
}

#[test]
fn one_unit_checks_its_vectors() {
    type Check = fn(&[f64], &[f64]) -> Result<(), Error>;
    let teacher = [1.0, 0.0];
    let functions: [(&str, Check); 4] = [
        ("value", |w, v| lyapunov_value(w, v).map(drop)),
        ("rate", |w, v| lyapunov_rate(w, v).map(drop)),
        ("margin", |w, v| basin_margin(w, v).map(drop)),
        ("basin", |w, v| in_basin(w, v).map(drop)),
    ];
    for (name, f) in functions {
        assert!(
            matches!(f(&[], &[]), Err(Error::EmptyMatrix { .. })),
            "{name}"
        );
        assert!(
            matches!(f(&[1.0], &teacher), Err(Error::Shape { columns: 1, .. })),
            "{name}"
        );
        assert!(
            matches!(
                f(&[1.0, f64::NAN], &teacher),
                Err(Error::NotFinite { column: 1, .. })
            ),
            "{name}"
        );
        assert!(
            matches!(f(&[1.0, 0.0], &[0.0, 0.0]), Err(Error::ZeroNeuron { .. })),
            "{name}"
        );
    }
    let origin = [0.0, 0.0];
    assert!(matches!(
        lyapunov_rate(&origin, &teacher),
        Err(Error::ZeroNeuron { .. })
    ));
    assert!(!in_basin(&origin, &teacher).unwrap());
    assert_eq!(lyapunov_value(&origin, &teacher).unwrap(), 0.5);
    assert!(matches!(
        lyapunov_value(&[1e200, 0.0], &teacher),
        Err(Error::Overflow { .. })
    ));
    assert!(matches!(
        lyapunov_rate(&[1e200, 0.0], &teacher),
        Err(Error::Overflow { .. })
    ));
}

#[test]
fn one_unit_checks_its_settings() {
    let named = |error: Error, expected: &str| {
        assert!(
            matches!(error, Error::Setting { name, .. } if name == expected),
            "{error}"
        );
    };
    named(ball_volume_ratio(0).unwrap_err(), "dimension");
    named(basin_probability(0, 1.0).unwrap_err(), "dimension");
    named(basin_probability(2, 0.0).unwrap_err(), "ratio");
    named(basin_probability(2, f64::NAN).unwrap_err(), "ratio");
    named(guaranteed_ratio(2, 1.5).unwrap_err(), "epsilon");
    named(guaranteed_probability(-0.1).unwrap_err(), "epsilon");
    named(guarantee_slack(2, 0.0).unwrap_err(), "ratio");
    named(
        polar_rate(0.0, 1.0, Angle::ZERO).unwrap_err(),
        "student_norm",
    );
    named(
        norm_floor(1.0, f64::NAN, Angle::ZERO).unwrap_err(),
        "teacher_norm",
    );
    let mut rng = teacher_student::initialization::stream(1, 0);
    named(
        uniform_in_ball(&mut rng, 1.0, &mut []).unwrap_err(),
        "dimension",
    );
    named(
        uniform_in_ball(&mut rng, f64::INFINITY, &mut [0.0]).unwrap_err(),
        "radius",
    );
}

#[test]
fn deep_networks_check_their_shapes() {
    let layer = |k, d| Weights::new(Mat::from_fn(k, d, |i, j| 1.0 + (i + 2 * j) as f64)).unwrap();
    let error = DeepNetwork::new(vec![layer(2, 3), layer(1, 3)]).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Shape {
                expected_columns: 2,
                ..
            }
        ),
        "{error}"
    );
    let error = DeepNetwork::with_top_weights(vec![layer(2, 3)], vec![1.0]).unwrap_err();
    assert!(matches!(error, Error::TopWeightCount { .. }), "{error}");
    let teacher = DeepNetwork::new(vec![layer(2, 3), layer(1, 2)]).unwrap();
    let data = Mat::from_fn(5, 3, |i, j| (i as f64 - j as f64).sin());
    assert!(matches!(
        teacher.outputs(Mat::zeros(0, 3).as_ref()),
        Err(Error::EmptyMatrix { .. })
    ));
    assert!(matches!(
        teacher.outputs(Mat::zeros(4, 2).as_ref()),
        Err(Error::Shape { .. })
    ));
    let mut broken = data.clone();
    broken[(1, 2)] = f64::NEG_INFINITY;
    assert!(matches!(
        Multilayer::matching(broken, &teacher),
        Err(Error::NotFinite {
            row: 1,
            column: 2,
            ..
        })
    ));
    for widths in [vec![], vec![2, 0], vec![0, 1]] {
        let error = Multilayer::new(data.clone(), &teacher, widths, vec![1.0]).unwrap_err();
        assert!(matches!(error, Error::EmptyMatrix { .. }), "{error}");
    }
    let error = Multilayer::new(data.clone(), &teacher, vec![2, 1], vec![1.0; 2]).unwrap_err();
    assert!(matches!(error, Error::TopWeightCount { .. }), "{error}");
    let problem = Multilayer::matching(data, &teacher).unwrap();
    assert_eq!((problem.samples(), problem.dimension()), (5, 8));
    for student in [
        vec![layer(2, 3)],
        vec![layer(3, 3), layer(1, 3)],
        vec![layer(2, 3), layer(1, 2), layer(1, 1)],
    ] {
        let student = DeepNetwork::new(student).unwrap();
        assert!(matches!(problem.loss(&student), Err(Error::Shape { .. })));
        assert!(matches!(
            problem.gradient(&student),
            Err(Error::Shape { .. })
        ));
    }
    assert!(matches!(
        problem.network(&[1.0; 7]),
        Err(Error::StartLength {
            length: 7,
            dimension: 8
        })
    ));
    // A zero node is refused, so a run that meets one ends there.
    let run = GradientDescent::new(0.1)
        .integrate(
            &problem,
            &[1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0],
            &Stop::new().steps(5),
            &Record::Ends,
        )
        .unwrap();
    assert!(
        matches!(run.outcome(), Outcome::FieldUndefined { .. }),
        "{}",
        run.outcome()
    );
    let huge: Vec<f64> = teacher.state().iter().map(|x| x * 1e200).collect();
    let student = problem.network(&huge).unwrap();
    assert!(matches!(
        problem.loss(&student),
        Err(Error::Overflow { .. })
    ));
}
