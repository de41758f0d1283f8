mod course;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use relu_lab::files::write;
use relu_lab::sweep::Method as Descent;
use teacher_student::{Ending, EndingTolerances, GradientFlow, Outcome};

use super::files::Files;
#[cfg(feature = "plots")]
use super::pictures;
use super::problem::{Problem, norms};
use super::report::{Field, Kind, Report};
use super::{Common, Work, count, misuse, not_negative, positive};
pub(super) use course::Point;
use course::{Course, Limits};

/// Gradient descent or gradient flow from the student's weights
///
/// Ends at the time, at the number of steps, or where the gradient norm is small.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
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
    /// The longest time; 10000 if neither time nor steps are given, and 100000 steps for gd. gd ends at the last whole step before it
    #[arg(long, value_name = "T", value_parser = not_negative, allow_hyphen_values = true)]
    time: Option<f64>,
    /// End where the gradient norm is at most this times the norm of the smallest teacher neuron (and the largest student top
    /// weight)
    #[arg(long, value_name = "G", default_value = "1e-10", value_parser = not_negative, allow_hyphen_values = true)]
    stop_gradient: f64,
    /// Relative error allowed for each step of adaptive and exponential, or the tolerance of chebyshev. If left out, 1e-8 for
    /// chebyshev; for the others a tenth of --stop-gradient, less where teachers differ in norm, between 1e-13 and 1e-8. gd and
    /// rk4 have none
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
    /// Go on from the last record of a flow from the same student to the same teacher, and write all records to -o, or to the
    /// same file. Of a flow of more than 10000 steps the records so far are in FILE.npz.records until it ends
    #[arg(long, value_name = "FILE.npz")]
    resume: Option<PathBuf>,
}

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
            "whether the gradient norm fell to --stop-gradient, relative to the smallest teacher neuron",
        ),
        Field::new(
            "ending",
            Kind::Text,
            "where it ended, a word of the list above",
        ),
        Field::new(
            "steps",
            Kind::Count,
            "accepted steps, after --resume those of this command",
        ),
        Field::new("evaluations", Kind::Count, "gradients computed"),
        Field::new("time", Kind::Number, "time at the end"),
        Field::new("loss", Kind::Number, "loss at the end").or_null(),
        Field::new("gradient_norm", Kind::Number, "gradient norm at the end").or_null(),
        Field::new("recorded", Kind::Count, "states recorded"),
    ];
}

impl Work for Flow {
    fn files(&self) -> Files<'_> {
        let elsewhere = self
            .resume
            .as_ref()
            .filter(|file| Some(*file) != self.output());
        self.problem
            .files()
            .read(elsewhere)
            .write(self.output(), Some(write::BUNDLE))
            .write(self.plot(), Some(write::PICTURE))
    }

    fn run(&self, common: &Common) -> Result<Report> {
        self.fits()?;
        let (student, population) = self.problem.load()?;
        let (least, most) = norms(population.teacher().weights());
        let descent = self.descent(least / most);
        let flow = GradientFlow::new(population);
        let method = descent.integrator(flow.objective().student_top_weights());
        let mut course = match &self.resume {
            Some(file) => Course::resume(file, &student, &flow)?,
            None => Course::begin(&student),
        };
        let kept = self.output().is_some() || self.plot().is_some();
        let every = kept.then_some(self.record);
        let output = self.output().map(PathBuf::as_path);
        let bar = common.shows_progress().then(ProgressBar::new_spinner);
        let progress = |point: &Point, steps: usize| {
            if let Some(bar) = &bar {
                let (time, loss, norm) = (point.time, point.loss, point.gradient_norm);
                bar.set_message(format!(
                    "{steps} steps, time {time:.6}, loss {loss:.3e}, gradient norm {norm:.3e}"
                ));
                bar.tick();
            }
        };
        let limits = self.limits();
        let run = course.follow(&flow, method.as_ref(), limits, every, output, &progress)?;
        if let Some(bar) = &bar {
            bar.finish_and_clear();
        }
        let recorded = course.points().len();
        let (loss, gradient) = course
            .points()
            .last()
            .map_or((f64::NAN, f64::NAN), |point| {
                (point.loss, point.gradient_norm)
            });
        #[cfg_attr(
            not(feature = "plots"),
            allow(unused_mut, reason = "pictures alone are more")
        )]
        let mut more: Vec<(&Path, Vec<u8>)> = Vec::new();
        #[cfg(feature = "plots")]
        if let Some(path) = &self.plot {
            more.push((path, pictures::descent(course.points()).into_bytes()));
        }
        let more: Vec<(&Path, &[u8])> = more
            .iter()
            .map(|(path, bytes)| (*path, bytes.as_slice()))
            .collect();
        match output {
            Some(output) => course.write(output, &more)?,
            None => write::all(&more)?,
        }
        let tolerances = EndingTolerances::default().with_hessian();
        let ending = Ending::classify(&flow, &run, &tolerances)?;
        let finite = |x: f64| x.is_finite().then_some(x);
        Ok(Report::Fields(vec![
            ("outcome", run.outcome().to_string().into()),
            (
                "converged",
                matches!(run.outcome(), Outcome::RateBelow { .. }).into(),
            ),
            ("ending", ending.word().into()),
            ("steps", run.steps().into()),
            ("evaluations", run.evaluations().into()),
            ("time", run.end_time().into()),
            ("loss", finite(loss).into()),
            ("gradient_norm", finite(gradient).into()),
            ("recorded", recorded.into()),
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
        let descent = self.descent(1.0);
        match descent.doubt().zip(self.tolerance) {
            None => Ok(()),
            Some((doubt, tolerance)) => Err(misuse(format!(
                "`--tolerance` is {tolerance:e}: with --method {name} {doubt}"
            ))),
        }
    }

    /// The method with its number, where the norm of the smallest teacher is `ratio` times that of the longest: rounding and the
    /// errors of steps follow the longest, the stop the smallest.
    fn descent(&self, ratio: f64) -> Descent {
        let step = self.step.unwrap_or(STEP);
        let tied = Descent::tolerance_for(self.stop_gradient * ratio);
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

    /// Where it ends.
    fn limits(&self) -> Limits {
        let (time, steps) = match (self.time, self.steps) {
            (Some(time), steps) => (Some(time), steps.unwrap_or(MOST_STEPS)),
            (None, Some(steps)) => (None, steps),
            (None, None) if matches!(self.method, Method::Gd) => (None, GD_STEPS),
            (None, None) => (Some(1e4), MOST_STEPS),
        };
        Limits {
            gradient: self.stop_gradient,
            time,
            steps,
        }
    }

    /// The bundle that is written: the one that is gone on with, unless another is named.
    fn output(&self) -> Option<&PathBuf> {
        self.output.as_ref().or(self.resume.as_ref())
    }
}

/// The endings with their definitions, and an example.
fn after_help() -> String {
    let lines = Ending::WORDS.map(|(word, definition)| format!("  {word:<22}{definition}"));
    format!(
        "Endings:\n{}\n\nExample: relu-lab flow --student W.npy --teacher V.npy --method adaptive --time 1000 -o run.npz --plot \
         run.svg",
        lines.join("\n")
    )
}
