//! Events, records at log-spaced times, what a trajectory keeps, and defaults that reach their own stop.

use std::f64::consts::{FRAC_PI_2, PI};

use teacher_student::initialization::{gaussian, near_teacher, stream};
use teacher_student::{
    DormandPrince, Error, ExponentialAdams, FieldError, GradientDescent, GradientFlow, Integrator,
    Network, Objective, Outcome, Population, Record, RungeKutta4, RungeKuttaChebyshev, Stop,
    Trajectory, VectorField, Weights, settle,
};

/// ẋ = A x, a rotation with period 2π: x(t) = (cos t, −sin t) from (1, 0).
struct Circle;

impl VectorField for Circle {
    fn dimension(&self) -> usize {
        2
    }

    fn evaluate(&self, x: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        (rate[0], rate[1]) = (x[1], -x[0]);
        Ok(())
    }
}

/// ẋ = −1: any step is exact.
struct Slow;

impl VectorField for Slow {
    fn dimension(&self) -> usize {
        1
    }

    fn evaluate(&self, _: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        rate[0] = -1.0;
        Ok(())
    }
}

fn methods() -> [(Box<dyn Integrator>, f64); 4] {
    [
        (
            Box::new(DormandPrince::default().relative_tolerance(1e-11)),
            1e-8,
        ),
        (Box::new(RungeKutta4::new(0.01)), 1e-7),
        (
            Box::new(RungeKuttaChebyshev::default().tolerance(1e-8)),
            1e-3,
        ),
        (
            Box::new(ExponentialAdams::default().relative_tolerance(1e-11)),
            1e-8,
        ),
    ]
}

#[test]
fn events_are_located_on_the_path() {
    for (index, (method, allowed)) in methods().iter().enumerate() {
        let stop = Stop::new()
            .time(10.0)
            .event("later", |x: &[f64]| x[0] + 0.5)
            .event("first", |x: &[f64]| x[0]);
        let run = method
            .integrate(&Circle, &[1.0, 0.0], &stop, &Record::Ends)
            .unwrap();
        let Outcome::Event { name } = run.outcome() else {
            panic!("{index}: {}", run.outcome());
        };
        assert_eq!(name, "first");
        assert!(
            (run.end_time() - FRAC_PI_2).abs() < *allowed,
            "{index}: {}",
            run.end_time()
        );
        assert!(run.end()[0].abs() < 1e-9, "{index}: {:e}", run.end()[0]);
        assert!((run.rates()[1] - 1.0).abs() < 1e-2, "{index}");
        assert!(!run.outcome().is_failure() && !run.outcome().is_converged());
        // A start on the zero is no event: the next one is half a turn later.
        let run = method
            .integrate(&Circle, &[0.0, 1.0], &stop, &Record::Ends)
            .unwrap();
        assert!(
            (run.end_time() - PI).abs() < 1e-2,
            "{index}: {}",
            run.end_time()
        );
    }
}

#[test]
fn rules_and_events_share_a_step_in_their_order() {
    let method = DormandPrince::default();
    for (level, event_first) in [(0.25, true), (0.75, false)] {
        let stop = Stop::new()
            .time(1.0)
            .distance_below(vec![0.0], level)
            .event("half", |x: &[f64]| x[0] - 0.5);
        let method = method.first_step(1.0);
        let run = method
            .integrate(&Slow, &[1.0], &stop, &Record::Ends)
            .unwrap();
        assert_eq!(matches!(run.outcome(), Outcome::Event { .. }), event_first);
        let end = if event_first { 0.5 } else { 0.75 };
        assert!((run.end()[0] - end).abs() < 1e-8, "{}", run.end()[0]);
    }
    let stop = Stop::new().time(1.0).event("broken", |_: &[f64]| f64::NAN);
    let run = method
        .integrate(&Slow, &[1.0], &stop, &Record::Ends)
        .unwrap();
    assert!(
        run.outcome().to_string().contains("`broken` is NaN"),
        "{}",
        run.outcome()
    );
}

/// Descent has iterates only: it ends at the first one beyond.
#[test]
fn descent_ends_at_an_iterate() {
    let stop = Stop::new().steps(100).event("first", |x: &[f64]| x[0]);
    let run = GradientDescent::new(0.1)
        .integrate(&Circle, &[1.0, 0.0], &stop, &Record::EveryStep(1))
        .unwrap();
    assert!(matches!(run.outcome(), Outcome::Event { .. }));
    let states = run.states();
    assert!(states[states.len() - 2][0] > 0.0 && run.end()[0] < 0.0);
}

/// No step of descent is shortened.
#[test]
fn descent_takes_whole_steps() {
    let method = GradientDescent::new(0.3);
    let run = method
        .integrate(&Circle, &[1.0, 0.0], &Stop::new().time(1.0), &Record::Ends)
        .unwrap();
    assert!(matches!(run.outcome(), Outcome::TimeReached) && run.steps() == 3);
    assert!((run.end_time() - 0.9).abs() < 1e-12);
    let method = GradientDescent::new(0.1);
    let run = method
        .integrate(&Circle, &[1.0, 0.0], &Stop::new().time(1.0), &Record::Ends)
        .unwrap();
    assert_eq!((run.steps(), run.end_time()), (10, 1.0));
}

/// The lines of the guide.
#[test]
fn an_event_and_log_spaced_records() -> Result<(), Box<dyn std::error::Error>> {
    let flow = GradientFlow::new(Population::matching(Network::new(Weights::orthonormal(
        2, 2,
    )?)));
    let weights = Weights::from_rows(&[vec![0.3, 0.2], vec![0.1, 0.3]])?;
    let start = weights.state();
    // The largest angle between a student and its own teacher.
    let least_angle = |s: &[f64]| (s[1].atan2(s[0])).max(s[2].atan2(s[3]));
    let stop = Stop::new()
        .time(1e3)
        .event("aligned", |s| least_angle(s) - 5f64.to_radians());
    let run =
        DormandPrince::default().integrate(&flow, &start, &stop, &Record::log(1e-2, 1e3, 100))?;
    assert!(matches!(run.outcome(), Outcome::Event { name } if name == "aligned"));
    assert!((least_angle(run.end()) - 5f64.to_radians()).abs() < 1e-12);
    assert!(run.times()[2] / run.times()[1] > 1.12 && run.times()[2] / run.times()[1] < 1.13);

    // The same run from weights to weights; losses and gradient norms are those of the objective.
    let run = flow.run(
        &DormandPrince::default(),
        &weights,
        &stop,
        &Record::log(1e-2, 1e3, 100),
    )?;
    for index in 0..run.times().len() {
        let at = run.weights(index)?;
        assert_eq!(run.losses()[index], flow.objective().loss(&at)?);
        let gradient = flow.objective().gradient(&at)?.norm_l2();
        assert!((run.gradient_norms()[index] / gradient - 1.0).abs() < 1e-14);
    }
    let potential = flow.potential(&start)?; // its error has a known size
    assert_eq!(potential, Some(run.losses()[0]));
    Ok(())
}

#[test]
fn records_that_make_no_sense_are_refused() {
    let stop = Stop::new().time(1.0);
    for record in [
        Record::log(0.0, 1.0, 5),
        Record::log(-1.0, 1.0, 5),
        Record::log(1.0, 0.5, 5),
        Record::log(1.0, f64::INFINITY, 5),
        Record::log(f64::NAN, 1.0, 5),
    ] {
        let run = DormandPrince::default().integrate(&Circle, &[1.0, 0.0], &stop, &record);
        assert!(matches!(run, Err(Error::RecordTimes { .. })), "{record:?}");
    }
    let record = Record::log(0.5, 0.5, 1);
    let run = DormandPrince::default()
        .integrate(&Circle, &[1.0, 0.0], &stop, &record)
        .unwrap();
    assert_eq!(run.times(), [0.0, 0.5, 1.0]);
}

/// A method outside of the crate.
struct Euler;

impl Integrator for Euler {
    fn integrate(
        &self,
        field: &dyn VectorField,
        start: &[f64],
        _: &Stop<'_>,
        _: &Record,
    ) -> Result<Trajectory, Error> {
        let mut path = Trajectory::builder(start.to_vec(), None, f64::NAN);
        let mut rate = vec![0.0; start.len()];
        if let Err(reason) = field.evaluate(start, &mut rate) {
            return Ok(path.finish(Outcome::FieldUndefined { reason }));
        }
        let next: Vec<f64> = start.iter().zip(&rate).map(|(x, f)| x + 0.1 * f).collect();
        path.push(0.1, next, None, f64::NAN)?;
        Ok(path.counts(1, 0, 1).finish(Outcome::StepsReached))
    }
}

#[test]
fn integrators_can_be_written_outside() {
    let run = Euler
        .integrate(&Circle, &[1.0, 0.0], &Stop::new(), &Record::Ends)
        .unwrap();
    assert_eq!(
        (run.end(), run.end_time(), run.evaluations()),
        ([1.0, -0.1].as_slice(), 0.1, 1)
    );
    let mut path = Trajectory::builder(vec![1.0], None, 0.0);
    assert!(matches!(
        path.push(0.0, vec![1.0], None, 0.0),
        Err(Error::RecordTimes { index: 1, .. })
    ));
    assert!(matches!(
        path.push(1.0, vec![], None, 0.0),
        Err(Error::StartLength { .. })
    ));
}

/// A random teacher of 2 to 8 neurons and a start near it, or near a permutation of it.
fn problem(index: u64) -> (Population, Weights) {
    let mut random = stream(40, index);
    let neurons = 2 + usize::try_from(index % 7).unwrap();
    let teacher = gaussian(&mut random, neurons, neurons + 1, 1.0).unwrap();
    let start = near_teacher(&mut random, &teacher, 0.3).unwrap();
    (Population::matching(Network::new(teacher)), start)
}

/// The default tolerance reaches the default stop: 40 of 40 flows converge.
#[test]
fn defaults_reach_their_own_stop() {
    let mut steps = Vec::new();
    for index in 0..40 {
        let (population, start) = problem(index);
        let flow = GradientFlow::new(population);
        let stop = Stop::new().time(1e4).relative_rate_below(1e-10);
        let run = flow
            .run(&DormandPrince::default(), &start, &stop, &Record::Ends)
            .unwrap();
        assert!(
            run.outcome().is_converged(),
            "problem {index}: {} at {:e} after {} steps",
            run.outcome(),
            run.gradient_norms()[1],
            run.trajectory().steps()
        );
        steps.push((run.trajectory().steps(), run.trajectory().rejected(), index));
    }
    for (accepted, rejected, index) in steps {
        assert!(
            accepted < 3_500 && rejected < accepted / 2,
            "{index}: {accepted} {rejected}"
        );
    }
}

/// A tolerance below the rounding of the gradient is said to be one.
#[test]
fn the_floor_of_rounding_is_said() {
    for index in 0..8 {
        let (population, start) = problem(index);
        let flow = GradientFlow::new(population.clone());
        let stop = Stop::new().time(1e6).steps(1_000_000).rate_below(1e-300);
        let run = flow
            .run(&DormandPrince::default(), &start, &stop, &Record::Ends)
            .unwrap();
        let at_floor = matches!(run.outcome(), Outcome::NoiseFloor { .. });
        assert!(
            at_floor || run.gradient_norms()[1] == 0.0,
            "{index}: {}",
            run.outcome()
        );
        assert!(
            run.gradient_norms()[1] < 1e-13,
            "{index}: {:e}",
            run.gradient_norms()[1]
        );
        // Where a minimum is asked for, Newton's method finishes.
        let settled = settle(&population, &start, 1e-12, 1e4).unwrap();
        assert!(
            settled.outcome().is_converged(),
            "{index}: {}",
            settled.outcome()
        );
        let apart = settled.weights().as_mat() - run.end().unwrap().as_mat();
        assert!(apart.norm_l2() < 1e-10, "{index}: {:e}", apart.norm_l2());
    }
}
