mod history;
mod rule;
mod split;

use std::collections::VecDeque;

use self::history::{Formulas, Point};
use self::rule::Rule;
use self::split::Split;
use super::run::{Run, Step, add, scaled_norm, starting_step};
use super::{Integrator, check_setting};
use crate::error::Error;
use crate::flow::field::{FieldError, VectorField};
use crate::flow::record::Record;
use crate::flow::stop::Stop;
use crate::flow::trajectory::{Outcome, Trajectory};

/// The predictor–corrector method of Adams, Bashforth and Moulton with variable step and order (to 12), exponential in the
/// outliers of the Hessian: for gradient flows of many neurons at tight tolerance, two evaluations a step.
///
/// The Hessian of a two-layer network has d eigenvalues near ‖a‖²/4 with eigenvectors (a/‖a‖) ⊗ ℝᵈ, all neurons moving alike,
/// and one near ‖a‖²/2π, all of them growing; the others stay below about 1, whatever the number of neurons. An explicit
/// method is held to steps of a few times 4/‖a‖² by the outliers alone. If the method is told the
/// [top weights](Self::top_weights), ẋ = −Ax + N(x) is split with A the outliers, measured every few steps by two evaluations,
/// and x(t+h) = e^(−hA)x(t) + ∫e^(−A(h−s))N(s)ds with a polynomial N through past points. A decides about speed only: any A
/// gives the order. Without outliers this is the classical method.
///
/// The local error, estimated by the last corrected order, is held below a tenth of atol + rtol·max(|x_i|, |x'_i|) in the root
/// mean square. Rules of [`Stop`] and records are located by the same formula on a part of the step, at full order.
///
/// # Examples
/// ```
/// use teacher_student::{ExponentialAdams, GradientFlow, Integrator, Network, Population, Record, Stop, Weights};
/// let population = Population::matching(Network::new(Weights::orthonormal(10, 10)?));
/// let method = ExponentialAdams::default()
///     .relative_tolerance(1e-10)
///     .top_weights(population.student_top_weights());
/// let flow = GradientFlow::new(population);
/// let start: Vec<f64> = (0..100).map(|i| 0.3 * f64::sin(f64::from(i * i))).collect();
/// let run = method.integrate(&flow, &start, &Stop::new().time(1e4).rate_below(1e-9), &Record::Ends)?;
/// assert!(run.outcome().is_converged());
/// # Ok::<(), teacher_student::Error>(())
/// ```
///
/// # Source
/// Shampine & Gordon, *Computer Solution of Ordinary Differential Equations*, 1975; Hochbruck & Ostermann, *Exponential
/// integrators*, 2010, §2.5. The choice of A is ours.
#[derive(Debug, Clone, PartialEq)]
pub struct ExponentialAdams {
    relative: f64,
    absolute: Option<f64>,
    top: Vec<f64>,
}

const HIGHEST_ORDER: usize = 12;
/// Accepted steps after which the outliers are measured again.
const SPLIT_LIFETIME: usize = 10;
/// Accepted steps after a rejected one before the step may grow.
const PATIENCE: usize = 8;
/// The share of the tolerance that a step may use: global errors add up over steps.
const SHARE: f64 = 0.1;
/// At a rest point nothing bounds the step: this keeps the time finite.
const LONGEST_STEP: f64 = 1e150;

/// The default absolute tolerance against the relative one, for states of size 1.
const ABSOLUTE: f64 = 1e-4;

/// Relative tolerance 1e-8, absolute tolerance 1e-4 of it times [`VectorField::state_scale`], and no top weights.
impl Default for ExponentialAdams {
    fn default() -> Self {
        Self {
            relative: 1e-8,
            absolute: None,
            top: Vec::new(),
        }
    }
}

impl ExponentialAdams {
    /// Tolerance relative to each entry of the state, in [1e-13, 1).
    #[must_use]
    pub fn relative_tolerance(mut self, value: f64) -> Self {
        self.relative = value;
        self
    }

    /// Tolerance for entries near zero, positive.
    #[must_use]
    pub fn absolute_tolerance(mut self, value: f64) -> Self {
        self.absolute = Some(value);
        self
    }

    /// The top weights a of the two-layer network whose weights, neuron by neuron, are the state: the outliers of its Hessian
    /// are then followed exactly.
    #[must_use]
    pub fn top_weights(mut self, a: &[f64]) -> Self {
        self.top = a.to_vec();
        self
    }
}

/// The corrected end of a step.
struct Attempt {
    predicted: Point,
    state: Vec<f64>,
    rate: Vec<f64>,
}

/// What the next step shall be.
struct Plan {
    order: usize,
    factor: f64,
    /// Whether the field returned what is no number.
    broken: bool,
}

/// The factor for the next step by an error of order `order`.
fn growth(error: f64, order: usize) -> f64 {
    if error.is_nan() {
        return 0.1;
    }
    let factor = 0.9 * error.max(1e-30).powf(-((order + 1) as f64).recip());
    if factor > 0.1 { factor.min(2.0) } else { 0.1 }
}

struct Course<'a> {
    relative: f64,
    absolute: f64,
    top: &'a [f64],
    run: Run<'a>,
    rule: Rule,
    split: Option<Split>,
    split_age: Option<usize>,
    history: VecDeque<Point>,
    order: usize,
}

impl Course<'_> {
    fn measure_split(&mut self) {
        if self.split_age.is_none_or(|age| age >= SPLIT_LIFETIME) {
            // Where the fast part cannot be measured the plain formula is as correct.
            self.split = Split::measure(&mut self.run, self.top).unwrap_or(None);
            self.split_age = Some(0);
            for point in &mut self.history {
                point.reduce(self.split.as_ref());
            }
        }
    }

    /// Predicts, corrects, and compares: the end of the step if its error is at most 1, and the plan for the next.
    fn attempt(&mut self, h: f64) -> Result<(Option<Attempt>, Plan), FieldError> {
        let (order, split) = (self.order, self.split.as_ref());
        let origin = &self.history[0];
        let past = |count: usize| self.history.iter().take(count);
        let predictor = Formulas::new(&self.rule, split, origin, past(order).collect(), h);
        let mut state = predictor.change(order);
        add(&mut state, &[(1.0, &origin.state)]);
        let mut rate = vec![0.0; state.len()];
        self.run.evaluate(&state, &mut rate)?;
        let predicted = Point::new(origin.time + h, state, rate, split);

        let points: Vec<&Point> = std::iter::once(&predicted).chain(past(order + 1)).collect();
        let available = points.len();
        let corrector = Formulas::new(&self.rule, split, origin, points, h);
        let mut state = corrector.change(order + 1);
        add(&mut state, &[(1.0, &origin.state)]);
        let error = |order: usize| {
            let estimate = corrector.correction(order);
            let scale = |i: usize| {
                let size = origin.state[i].abs().max(state[i].abs());
                SHARE * (self.absolute + self.relative * size)
            };
            scaled_norm(&estimate, scale)
        };
        let own = error(order);
        let mut plan = Plan {
            order,
            factor: growth(own, order),
            broken: own.is_nan(),
        };
        let accepted = own <= 1.0;
        let mut consider = |order: usize, error: f64| {
            // A change of order must pay.
            let factor = growth(error, order);
            let better = if order > plan.order { 1.0 } else { 1.05 };
            if factor > better * plan.factor || (order > plan.order && factor >= 2.0) {
                (plan.order, plan.factor) = (order, factor);
            }
        };
        if order > 1 {
            consider(order - 1, error(order - 1));
        }
        if accepted && order < HIGHEST_ORDER {
            if available > order + 1 {
                consider(order + 1, error(order + 1));
            } else {
                // While the history is short the order grows with it.
                consider(order + 1, 0.1 * own);
            }
        }
        if !accepted {
            return Ok((None, plan));
        }
        let mut rate = vec![0.0; state.len()];
        self.run.evaluate(&state, &mut rate)?;
        let attempt = Attempt {
            predicted,
            state,
            rate,
        };
        Ok((Some(attempt), plan))
    }

    fn accept(&mut self, h: f64, attempt: Attempt) -> Option<Outcome> {
        let Attempt {
            predicted,
            state,
            rate,
        } = attempt;
        let (order, split, rule) = (self.order, self.split.as_ref(), &self.rule);
        let origin = &self.history[0];
        let points = || -> Vec<&Point> {
            std::iter::once(&predicted)
                .chain(self.history.iter().take(order))
                .collect()
        };
        let interpolant = |theta: f64| -> Vec<f64> {
            if theta <= 0.0 {
                return origin.state.clone();
            }
            let mut at = Formulas::new(rule, split, origin, points(), theta * h).change(order + 1);
            add(&mut at, &[(1.0, &origin.state)]);
            at
        };
        let outcome = self.run.accept(Step {
            length: h,
            state,
            rate,
            interpolant: &interpolant,
            locate: true,
        });
        if outcome.is_none() {
            let (state, rate) = (self.run.state.clone(), self.run.rate.clone());
            let point = Point::new(self.run.time, state, rate, self.split.as_ref());
            self.history.push_front(point);
            self.history.truncate(HIGHEST_ORDER + 1);
            self.split_age = self.split_age.map(|age| age + 1);
        }
        outcome
    }
}

impl Integrator for ExponentialAdams {
    fn check(&self) -> Result<(), Error> {
        let absolute = self.absolute.unwrap_or(1.0);
        check_setting(
            "relative_tolerance",
            self.relative,
            (1e-13..1.0).contains(&self.relative),
            "it must lie in [1e-13, 1)",
        )?;
        check_setting(
            "absolute_tolerance",
            absolute,
            absolute.is_finite() && absolute > 0.0,
            "it must be finite and positive",
        )?;
        match self.top.iter().position(|a| !a.is_finite()) {
            Some(index) => Err(Error::TopWeight {
                what: "the exponential method",
                index,
                value: self.top[index],
            }),
            None => Ok(()),
        }
    }

    fn integrate(
        &self,
        field: &dyn VectorField,
        start: &[f64],
        stop: &Stop<'_>,
        record: &Record,
    ) -> Result<Trajectory, Error> {
        self.check()?;
        let neurons = self.top.len();
        if neurons > 0 && !field.dimension().is_multiple_of(neurons) {
            return Err(Error::TopWeightCount {
                what: "the exponential method",
                length: neurons,
                neurons: field.dimension(),
            });
        }
        let absolute = self
            .absolute
            .unwrap_or_else(|| ABSOLUTE * self.relative * field.state_scale());
        let (mut run, mut outcome) = Run::start(field, start, stop, record)?;
        if let Some(outcome) = outcome {
            return Ok(run.finish(outcome));
        }
        let tolerances = (SHARE * self.relative, SHARE * absolute);
        let mut step = starting_step(&mut run, tolerances, 0.5);
        let first = Point::new(0.0, run.state.clone(), run.rate.clone(), None);
        let mut course = Course {
            relative: self.relative,
            absolute,
            top: &self.top,
            run,
            rule: Rule::new(),
            split: None,
            split_age: None,
            history: VecDeque::from([first]),
            order: 1,
        };
        let (mut obstacle, mut failures, mut calm) = (None, 0, PATIENCE);
        loop {
            if let Some(outcome) = outcome {
                return Ok(course.run.finish(outcome));
            }
            if let Some(end) = course.run.stuck(step, absolute, &mut obstacle) {
                return Ok(course.run.finish(end));
            }
            course.measure_split();
            let h = course.run.clip(step);
            outcome = match course.attempt(h) {
                Ok((Some(attempt), plan)) => {
                    let outcome = course.accept(h, attempt);
                    // Steps that stay equal keep the formulas smooth, and where stability bounds them growth is in vain.
                    calm += 1;
                    let factor = if plan.factor > 1.0 && (plan.factor < 1.15 || calm < PATIENCE) {
                        1.0
                    } else {
                        plan.factor
                    };
                    step = (h * factor).min(LONGEST_STEP);
                    course.order = plan.order;
                    failures = 0;
                    outcome
                }
                refused => {
                    course.run.rejected += 1;
                    failures += 1;
                    calm = 0;
                    if failures > 1 {
                        // What was measured may be why.
                        course.split_age = None;
                    }
                    step = match refused {
                        Ok((_, plan)) => {
                            obstacle = plan.broken.then(|| Error::FieldNotFinite.into());
                            course.order = plan.order;
                            h * plan.factor.min(0.9)
                        }
                        Err(reason) => {
                            obstacle = Some(reason);
                            0.1 * h
                        }
                    };
                    if failures > 2 {
                        // The past says nothing about what comes.
                        course.order = 1;
                    }
                    None
                }
            };
        }
    }
}
