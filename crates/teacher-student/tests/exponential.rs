//! The exponential Adams method: accuracy, stiffness, records and rules, and what it does when it cannot go on.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use teacher_student::initialization::stream;
use teacher_student::{
    DormandPrince, ExponentialAdams, FieldError, GradientFlow, Integrator, Network, Objective,
    Outcome, Population, Record, Stop, VectorField, Weights,
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

fn error(state: &[f64], t: f64) -> f64 {
    let exact = [(-t).exp() * (3.0 * t).cos(), -(-t).exp() * (3.0 * t).sin()];
    (state[0] - exact[0]).hypot(state[1] - exact[1])
}

fn method(tolerance: f64) -> ExponentialAdams {
    ExponentialAdams::default()
        .relative_tolerance(tolerance)
        .absolute_tolerance(tolerance)
}

fn distance(x: &[f64], y: &[f64]) -> f64 {
    let squares = x.iter().zip(y).map(|(a, b)| (a - b).powi(2));
    squares.sum::<f64>().sqrt()
}

#[test]
fn error_follows_the_tolerance_at_every_recorded_time() {
    let times: Vec<f64> = (1..60).map(|i| f64::from(i) / 30.0 + 0.003).collect();
    for tolerance in [1e-4, 1e-7, 1e-10, 1e-12] {
        let stop = Stop::new().time(2.0);
        let record = Record::At(times.clone());
        let run = method(tolerance)
            .integrate(&Spiral, &[1.0, 0.0], &stop, &record)
            .unwrap();
        assert!(run.end_time() == 2.0 && run.times().len() == times.len() + 2);
        for (t, x) in run.times().iter().zip(run.states()) {
            assert!(error(x, *t) < 10.0 * tolerance, "{tolerance:e} {t}");
        }
    }
}

#[test]
fn rules_are_located_inside_a_step() {
    let rules = [
        (1.0, Stop::new().potential_below((-2.0_f64).exp())),
        (3.0, Stop::new().rate_below(10f64.sqrt() * (-3.0_f64).exp())),
    ];
    for (time, rule) in rules {
        let run = method(1e-11)
            .integrate(&Spiral, &[1.0, 0.0], &rule.time(10.0), &Record::Ends)
            .unwrap();
        assert!(run.outcome().is_converged());
        assert!((run.end_time() - time).abs() < 1e-8, "{}", run.end_time());
    }
}

/// Two neurons in ℝ²: ẋ = −(c uuᵀ⊗I + D)(x − 1), u = a/‖a‖, D = diag(1, ½, 1, ½).
struct Outliers {
    curvature: f64,
    top: [f64; 2],
}

impl Outliers {
    fn means(&self, x: &[f64]) -> [f64; 2] {
        let length = self.top[0].hypot(self.top[1]);
        [0, 1].map(|i| {
            let sum = self.top[0] * (x[i] - 1.0) + self.top[1] * (x[2 + i] - 1.0);
            sum / length
        })
    }
}

impl VectorField for Outliers {
    fn dimension(&self) -> usize {
        4
    }

    fn evaluate(&self, x: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        let (means, length) = (self.means(x), self.top[0].hypot(self.top[1]));
        for j in 0..2 {
            for i in 0..2 {
                let slow = [1.0, 0.5][i] * (x[2 * j + i] - 1.0);
                rate[2 * j + i] = -self.curvature * self.top[j] / length * means[i] - slow;
            }
        }
        Ok(())
    }
}

#[test]
fn outliers_of_any_size_cost_nothing() {
    let mut counts = Vec::new();
    for curvature in [10.0, 1e3, 1e5] {
        let field = Outliers {
            curvature,
            top: [0.6, -0.8],
        };
        let start = [2.0, 0.3, 0.5, 1.5];
        let run = method(1e-9)
            .top_weights(&field.top)
            .integrate(&field, &start, &Stop::new().time(6.0), &Record::Ends)
            .unwrap();
        // Means decay at c + λ_i, the rest at λ_i.
        let means = field.means(&start);
        for j in 0..2 {
            for i in 0..2 {
                let (u, lambda) = ([0.6, -0.8][j], [1.0, 0.5][i]);
                let mean = u * means[i];
                let rest = start[2 * j + i] - 1.0 - mean;
                let exact = 1.0
                    + mean * (-(curvature + lambda) * 6.0).exp()
                    + rest * (-lambda * 6.0_f64).exp();
                assert!((run.end()[2 * j + i] - exact).abs() < 1e-8);
            }
        }
        counts.push(run.evaluations());
    }
    assert!(counts[2] < 2 * counts[0], "{counts:?}");
}

fn population(k: usize, d: usize, top: Vec<f64>) -> GradientFlow<Population> {
    let teacher = Network::new(Weights::orthonormal(k, d).unwrap());
    GradientFlow::new(Population::new(teacher, top).unwrap())
}

#[test]
fn a_flow_to_its_end_takes_a_fraction_of_the_evaluations() {
    let flow = population(16, 16, vec![1.0; 16]);
    let start: Vec<f64> = (0..256).map(|i| 0.25 * f64::from(i * i).sin()).collect();
    let stop = Stop::new().time(1e4).rate_below(1e-8);
    let adams = method(1e-9).top_weights(flow.objective().student_top_weights());
    let run = adams
        .integrate(&flow, &start, &stop, &Record::EveryStep(1))
        .unwrap();
    assert!(run.outcome().is_converged());
    let losses = run.observe(|x| flow.potential(x).unwrap().unwrap());
    for pair in losses.windows(2) {
        assert!(pair[1].1 <= pair[0].1 * (1.0 + 1e-12), "{pair:?}");
    }
    let pair = DormandPrince::default()
        .relative_tolerance(1e-9)
        .absolute_tolerance(1e-11)
        .integrate(&flow, &start, &stop, &Record::Ends)
        .unwrap();
    assert!((run.end_time() - pair.end_time()).abs() < 1e-4 * pair.end_time());
    assert!(
        4 * run.evaluations() < pair.evaluations(),
        "{} {}",
        run.evaluations(),
        pair.evaluations()
    );
    let again = adams
        .integrate(&flow, &start, &stop, &Record::EveryStep(1))
        .unwrap();
    assert_eq!(run.states(), again.states());
}

proptest! {
    #![proptest_config(Config { cases: 12, rng_seed: RngSeed::Fixed(5), ..Config::default() })]

    /// Whatever top weights are named, right or wrong, the flow followed is the same.
    #[test]
    fn agrees_with_dormand_prince(seed in 0_u64..1000, k in 2_usize..6, named in prop::collection::vec(-2.0..2.0_f64, 6)) {
        let top: Vec<f64> = (0..k).map(|j| 0.5 + 0.25 * j as f64).collect();
        let right = population(k, 6, top.clone());
        let draw = teacher_student::initialization::he(&mut stream(seed, 0), k, 6).unwrap();
        let start = teacher_student::state_of(draw.as_mat());
        let stop = Stop::new().time(8.0);
        let reference = DormandPrince::default()
            .relative_tolerance(1e-12).absolute_tolerance(1e-14)
            .integrate(&right, &start, &stop, &Record::Ends).unwrap();
        prop_assume!(matches!(reference.outcome(), Outcome::TimeReached));
        let method = ExponentialAdams::default().relative_tolerance(1e-10).absolute_tolerance(1e-12);
        let runs = [
            method.clone().top_weights(&top).integrate(&right, &start, &stop, &Record::Ends),
            method.clone().top_weights(&named[..k]).integrate(&right, &start, &stop, &Record::Ends),
            method.integrate(&right, &start, &stop, &Record::Ends),
        ];
        for run in runs {
            let run = run.unwrap();
            let apart = distance(run.end(), reference.end());
            prop_assert!(apart < 1e-8, "{apart:e}");
        }
    }
}

/// A field on x > 0 that ends at time 1: by an error, by NaN, or by growth without bound.
enum Ends {
    Wall,
    Broken,
    BlowUp,
}

impl VectorField for Ends {
    fn dimension(&self) -> usize {
        1
    }

    fn evaluate(&self, x: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        rate[0] = match self {
            Self::Wall if x[0] <= 0.0 => return Err("the state has reached the wall".into()),
            Self::Broken if x[0] <= 0.0 => f64::NAN,
            Self::Wall | Self::Broken => -1.0,
            Self::BlowUp => x[0] * x[0],
        };
        Ok(())
    }
}

#[test]
fn the_partial_trajectory_survives_every_failure() {
    for (field, message) in [
        (Ends::Wall, "reached the wall"),
        (Ends::Broken, "NaN"),
        (Ends::BlowUp, "stopped"),
    ] {
        let stop = Stop::new().time(5.0);
        let run = method(1e-8)
            .integrate(&field, &[1.0], &stop, &Record::EveryStep(1))
            .unwrap();
        assert!(run.outcome().is_failure(), "{}", run.outcome());
        let said = run.outcome().to_string();
        assert!(said.contains(message), "{said}");
        assert!((run.end_time() - 1.0).abs() < 1e-2, "{}", run.end_time());
        assert!(run.times().len() > 2 && run.end()[0].is_finite());
    }
}

#[test]
fn a_rest_point_is_kept() {
    let flow = population(2, 2, vec![1.0; 2]);
    let teacher = [1.0, 0.0, 0.0, 1.0];
    let run = method(1e-8)
        .integrate(&flow, &teacher, &Stop::new().steps(600), &Record::Ends)
        .unwrap();
    assert!(matches!(run.outcome(), Outcome::StepsReached));
    assert!(run.end_time().is_finite() && run.end() == teacher);
}

#[test]
fn a_vanishing_neuron_ends_a_run() {
    let teacher = Network::new(Weights::from_rows(&[vec![1.0, 0.0]]).unwrap());
    let flow = GradientFlow::new(Population::new(teacher, vec![-1.0]).unwrap());
    let stop = Stop::new().time(200.0).steps(100_000);
    let run = method(1e-9)
        .integrate(&flow, &[0.8, 0.3], &stop, &Record::Ends)
        .unwrap();
    assert!(run.outcome().is_failure(), "{}", run.outcome());
}

#[test]
fn settings_are_checked() {
    for (relative, absolute) in [(1e-14, 1e-12), (1.0, 1e-12), (f64::NAN, 1e-12), (1e-8, 0.0)] {
        let method = ExponentialAdams::default()
            .relative_tolerance(relative)
            .absolute_tolerance(absolute);
        assert!(method.check().is_err());
    }
    let flow = population(2, 2, vec![1.0; 2]);
    assert_eq!(flow.objective().neurons(), 2);
    let stop = Stop::new().time(1.0);
    for top in [[1.0; 3].as_slice(), &[1.0, f64::NAN]] {
        let method = method(1e-8).top_weights(top);
        let run = method.integrate(&flow, &[1.0, 0.0, 0.0, 1.0], &stop, &Record::Ends);
        assert!(run.is_err(), "{top:?}");
    }
}
