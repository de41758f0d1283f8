use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use relu_lab::files::{Array, write};
use relu_lab::sweep::Method as Descent;
use teacher_student::{
    Ending, EndingTolerances, GradientFlow, Objective as _, Outcome, Record, Stop, state_of,
};

use super::files::Files;
#[cfg(feature = "plots")]
use super::pictures;
use super::problem::{Problem, longest, norm};
use super::report::{Field, Kind, Report};
use super::{Common, Work, count, misuse, not_negative, positive, write_all};

/// Gradient descent or gradient flow from the student's weights
///
/// Ends at the time, at the number of steps, or where the gradient norm is small.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: relu-lab flow --student W.npy --teacher V.npy --method adaptive --time 1000 -o run.npz --plot run.svg"
)]
pub(crate) struct Flow {
    #[command(flatten)]
    problem: Problem,
    /// How to descend
    #[arg(long, value_enum, default_value_t = Method::Adaptive)]
    method: Method,
    /// Step of gd and rk4; 0.1 if left out. The others choose their steps
    #[arg(long, value_name = "H", value_parser = positive, allow_hyphen_values = true)]
    step: Option<f64>,
    /// The most steps; 10000000 if left out
    #[arg(long, value_name = "N", value_parser = count, allow_hyphen_values = true)]
    steps: Option<usize>,
    /// The longest time; 10000 if neither time nor steps are given, and 100000 steps for gd. With gd a whole number of steps
    #[arg(long, value_name = "T", value_parser = not_negative, allow_hyphen_values = true)]
    time: Option<f64>,
    /// End where the gradient norm is at most this; 1e-10 times the norm of the longest teacher if left out
    #[arg(long, value_name = "G", value_parser = not_negative, allow_hyphen_values = true)]
    stop_gradient: Option<f64>,
    /// Relative error allowed for each step of adaptive and exponential, or the tolerance of chebyshev. If left out, 1e-8 for
    /// chebyshev, and for the others a tenth of --stop-gradient over the norm of the longest teacher, between 1e-13 and 1e-8. gd
    /// and rk4 have none
    #[arg(long, value_name = "E", value_parser = positive, allow_hyphen_values = true)]
    tolerance: Option<f64>,
    /// Record every N-th step; start and end always are
    #[arg(long, value_name = "N", default_value = "1", value_parser = count, allow_hyphen_values = true)]
    record: usize,
    /// Draw loss and gradient norm over time
    #[cfg(feature = "plots")]
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Write a bundle: times (n), weights (n x K x d), loss (n), gradient_norm (n), there
    #[arg(short, long, value_name = "FILE.npz")]
    output: Option<PathBuf>,
}

/// The gradient norm of the end where none is given, for a longest teacher of norm 1.
const STOP: f64 = 1e-10;
/// The step of gd and rk4 where none is given.
const STEP: f64 = 0.1;
/// The most steps of gd where neither steps nor a time are given: a time of 10000 with that step.
const GD_STEPS: usize = 100_000;
/// The most steps where none are asked for: minutes, and not for ever.
const MOST_STEPS: usize = 10_000_000;

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Method {
    /// Gradient descent; time is step times steps
    Gd,
    /// The classical Runge-Kutta method of order 4
    Rk4,
    /// Dormand-Prince with error control
    Adaptive,
    /// Stabilised steps for slow ends
    Chebyshev,
    /// Adams steps of high order, exponential in the outliers of the Hessian: many neurons, small tolerances
    Exponential,
}

impl Flow {
    pub(crate) const FIELDS: &[Field] = &[
        Field::new("outcome", Kind::Text, "why it ended, a sentence"),
        Field::new(
            "converged",
            Kind::Truth,
            "whether the gradient norm fell to --stop-gradient",
        ),
        Field::new(
            "ending",
            Kind::Text,
            "teacher, permutation, other-global-minimum, spurious, stalled, diverged or undefined",
        ),
        Field::new("steps", Kind::Count, "accepted steps"),
        Field::new("evaluations", Kind::Count, "gradients computed"),
        Field::new("time", Kind::Number, "time at the end"),
        Field::new("loss", Kind::Number, "loss at the end").or_null(),
        Field::new("gradient_norm", Kind::Number, "gradient norm at the end").or_null(),
        Field::new("recorded", Kind::Count, "states recorded"),
    ];
}

impl Work for Flow {
    fn files(&self) -> Files<'_> {
        self.problem
            .files()
            .write(self.output.as_ref(), Some(write::BUNDLE))
            .write(self.plot(), Some(write::PICTURE))
    }

    fn run(&self, _: &Common) -> Result<Report> {
        self.fits()?;
        let (student, population) = self.problem.load()?;
        let scale = longest(population.teacher().weights());
        let gradient = self.stop_gradient.unwrap_or(STOP * scale);
        let (method, stop) = (self.descent(gradient / scale), self.end(gradient)?);
        let (k, d) = (student.neurons(), student.dimension());
        let flow = GradientFlow::new(population);
        let method = method.integrator(scale)?;
        let record = if self.output.is_some() || self.plot().is_some() {
            Record::EveryStep(self.record)
        } else {
            Record::Ends
        };
        let start = state_of(student.as_mat());
        let run = method.integrate(&flow, &start, &stop, &record)?;
        let measure = |state: &[f64]| -> (f64, f64) {
            let weights = flow.weights(state).ok();
            let loss = weights.and_then(|w| flow.objective().loss(w).ok());
            let gradient = weights.and_then(|w| flow.objective().gradient(w).ok());
            (
                loss.unwrap_or(f64::NAN),
                gradient.map_or(f64::NAN, |g| norm(g.as_ref())),
            )
        };
        let measured: Vec<(f64, f64)> = run.states().iter().map(|s| measure(s)).collect();
        let mut files = Vec::new();
        if let Some(path) = &self.output {
            let numbers = run.states().iter().flatten().copied().collect();
            let Some(weights) = Array::new(vec![run.states().len(), k, d], numbers) else {
                bail!("the recorded states do not have {k} x {d} numbers each");
            };
            let bytes = write::bundle_bytes(
                path,
                &[
                    ("times", Array::vector(run.times().to_vec())),
                    ("weights", weights),
                    (
                        "loss",
                        Array::vector(measured.iter().map(|m| m.0).collect()),
                    ),
                    (
                        "gradient_norm",
                        Array::vector(measured.iter().map(|m| m.1).collect()),
                    ),
                ],
            )?;
            files.push((path, bytes));
        }
        #[cfg(feature = "plots")]
        if let Some(path) = &self.plot {
            files.push((path, pictures::descent(&run, &measured).into_bytes()));
        }
        write_all(&files)?;
        let ending = Ending::classify(&flow, &run, &EndingTolerances::default())?;
        let (loss, gradient) = measured.last().copied().unwrap_or((f64::NAN, f64::NAN));
        let finite = |x: f64| x.is_finite().then_some(x);
        Ok(Report::Fields(vec![
            ("outcome", run.outcome().to_string().into()),
            (
                "converged",
                matches!(run.outcome(), Outcome::RateBelow { .. }).into(),
            ),
            ("ending", name(&ending).into()),
            ("steps", run.steps().into()),
            ("evaluations", run.evaluations().into()),
            ("time", run.end_time().into()),
            ("loss", finite(loss).into()),
            ("gradient_norm", finite(gradient).into()),
            ("recorded", run.states().len().into()),
        ]))
    }
}

impl Flow {
    #[cfg(feature = "plots")]
    fn plot(&self) -> Option<&PathBuf> {
        self.plot.as_ref()
    }

    #[cfg(not(feature = "plots"))]
    #[allow(clippy::unused_self, reason = "with pictures there is one")]
    fn plot(&self) -> Option<&PathBuf> {
        None
    }

    /// Refuses what the method has no use for and what it cannot reach, before any file is read.
    fn fits(&self) -> Result<()> {
        let named = self.method.to_possible_value();
        let name = named.as_ref().map_or("", |value| value.get_name());
        let fixed = matches!(self.method, Method::Gd | Method::Rk4);
        if !fixed && self.step.is_some() {
            return Err(misuse(format!(
                "`--step` is for gd and rk4: --method {name} chooses its steps by `--tolerance`"
            )));
        }
        if fixed && self.tolerance.is_some() {
            return Err(misuse(format!(
                "`--tolerance` is for methods with error control: --method {name} has a fixed `--step`"
            )));
        }
        self.end(0.0)?;
        let descent = self.descent(STOP);
        match descent.doubt().zip(self.tolerance) {
            None => Ok(()),
            Some((doubt, tolerance)) => Err(misuse(format!(
                "`--tolerance` is {tolerance:e}: with --method {name} {doubt}"
            ))),
        }
    }

    /// The method with its number, for a gradient norm at the end of `stop` times the size of the weights.
    fn descent(&self, stop: f64) -> Descent {
        let step = self.step.unwrap_or(STEP);
        let tied = Descent::tolerance_for(stop);
        match self.method {
            Method::Gd => Descent::Gd { step },
            Method::Rk4 => Descent::Rk4 { step },
            Method::Adaptive => Descent::Adaptive {
                tolerance: self.tolerance.unwrap_or(tied),
            },
            Method::Chebyshev => Descent::Chebyshev {
                tolerance: self.tolerance.unwrap_or(Descent::CHEBYSHEV_TOLERANCE),
            },
            Method::Exponential => Descent::Exponential {
                tolerance: self.tolerance.unwrap_or(tied),
            },
        }
    }

    /// Where it ends: at this gradient norm or at the latest. The step of gd is never cut, so its time is a number of steps.
    fn end(&self, gradient: f64) -> Result<Stop> {
        let stop = Stop::new().rate_below(gradient);
        let most = self.steps.unwrap_or(MOST_STEPS);
        if matches!(self.method, Method::Gd) {
            let steps = match self.time {
                Some(time) => most.min(whole_steps(time, self.step.unwrap_or(STEP))?),
                None => self.steps.unwrap_or(GD_STEPS),
            };
            return Ok(stop.steps(steps));
        }
        Ok(match (self.time, self.steps) {
            (Some(time), _) => stop.time(time).steps(most),
            (None, None) => stop.time(1e4).steps(most),
            (None, Some(_)) => stop.steps(most),
        })
    }
}

/// The number of steps that a time is.
fn whole_steps(time: f64, step: f64) -> Result<usize> {
    let steps = (time / step).round();
    if steps > MOST_STEPS as f64 {
        return Ok(MOST_STEPS);
    }
    // 0.3 is not a tenth of 3 to the last bit: a few roundings are forgiven.
    if (time - steps * step).abs() > 1e-12 * time {
        let below = (time / step).floor();
        return Err(misuse(format!(
            "`--time` is {time}, no whole number of steps of {step}: with --method gd take --time {} or {}, or --steps",
            twelve_digits(below * step),
            twelve_digits((below + 1.0) * step),
        )));
    }
    // At most 10^7, and not negative.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Ok(steps as usize)
}

/// A number as somebody would type it: what rounding left in its last digits is not shown.
fn twelve_digits(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

fn name(ending: &Ending) -> &'static str {
    match ending {
        Ending::Teacher { .. } => "teacher",
        Ending::Permutation { .. } => "permutation",
        Ending::OtherGlobalMinimum { .. } => "other-global-minimum",
        Ending::Spurious { .. } => "spurious",
        Ending::Stalled { .. } => "stalled",
        Ending::Diverged { .. } => "diverged",
        _ => "undefined",
    }
}
