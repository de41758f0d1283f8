use std::path::PathBuf;

use anyhow::{Result, bail};
use charts::{Axis, COLOURS, Chart, Stroke};
use clap::{Args, ValueEnum};
use relu_lab::files::{Array, write};
use teacher_student::{
    DormandPrince, Ending, EndingTolerances, ExponentialAdams, GradientDescent, GradientFlow,
    Integrator, Outcome, Record, RungeKutta4, RungeKuttaChebyshev, Stop, Trajectory,
};

use super::problem::Problem;
use super::report::{Field, Kind, Report};
use super::{Common, count, not_negative, positive, write_all};

/// Gradient descent or gradient flow from the student's weights
///
/// Ends at the time, at the number of steps, or where the gradient norm is small. -o writes a bundle: times (n), weights
/// (n x K x d), loss (n), gradient_norm (n).
#[derive(Debug, Args)]
#[command(
    after_help = after_help()
)]
pub(crate) struct Flow {
    #[command(flatten)]
    problem: Problem,
    /// How to descend
    #[arg(long, value_enum, default_value_t = Method::Adaptive)]
    method: Method,
    /// Step of gd and rk4
    #[arg(long, value_name = "H", default_value = "0.1", value_parser = positive, allow_hyphen_values = true)]
    step: f64,
    /// The most steps; 10000000 if left out
    #[arg(long, value_name = "N", value_parser = count, allow_hyphen_values = true)]
    steps: Option<usize>,
    /// The longest time; 10000 if neither time nor steps are given
    #[arg(long, value_name = "T", value_parser = not_negative, allow_hyphen_values = true)]
    time: Option<f64>,
    /// End where the gradient norm is at most this times the norm of the smallest teacher neuron (and the largest student top
    /// weight)
    #[arg(long, value_name = "G", default_value = "1e-10", value_parser = not_negative, allow_hyphen_values = true)]
    stop_gradient: f64,
    /// Relative error allowed for each step of adaptive and exponential, or the tolerance of chebyshev
    #[arg(long, value_name = "E", default_value = "1e-8", value_parser = positive, allow_hyphen_values = true)]
    tolerance: f64,
    /// Record every N-th step; start and end always are
    #[arg(long, value_name = "N", default_value = "1", value_parser = count, allow_hyphen_values = true)]
    record: usize,
    /// Draw loss and gradient norm over time
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
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
        Field::new("steps", Kind::Count, "accepted steps"),
        Field::new("evaluations", Kind::Count, "gradients computed"),
        Field::new("time", Kind::Number, "time at the end"),
        Field::new("loss", Kind::Number, "loss at the end").or_null(),
        Field::new("gradient_norm", Kind::Number, "gradient norm at the end").or_null(),
        Field::new("recorded", Kind::Count, "states recorded"),
    ];

    pub(crate) fn run(self, common: &Common) -> Result<Report> {
        if let Some(path) = &common.output {
            write::expect(path, Some(write::BUNDLE))?;
        }
        if let Some(path) = &self.plot {
            write::expect(path, Some(write::PICTURE))?;
        }
        self.check_tolerance()?;
        let (student, population) = self.problem.load()?;
        let (k, d) = (student.neurons(), student.dimension());
        let flow = GradientFlow::new(population);
        let mut stop = Stop::new().relative_rate_below(self.stop_gradient);
        stop = stop.steps(self.steps.unwrap_or(MOST_STEPS));
        match (self.time, self.steps) {
            (Some(time), _) => stop = stop.time(time),
            (None, None) => stop = stop.time(1e4),
            (None, Some(_)) => {}
        }
        let method: Box<dyn Integrator> = match self.method {
            Method::Gd => Box::new(GradientDescent::new(self.step)),
            Method::Rk4 => Box::new(RungeKutta4::new(self.step)),
            Method::Adaptive => {
                Box::new(DormandPrince::default().relative_tolerance(self.tolerance))
            }
            Method::Chebyshev => Box::new(RungeKuttaChebyshev::default().tolerance(self.tolerance)),
            Method::Exponential => Box::new(
                ExponentialAdams::default()
                    .relative_tolerance(self.tolerance)
                    .top_weights(flow.objective().student_top_weights()),
            ),
        };
        let record = if common.output.is_some() || self.plot.is_some() {
            Record::EveryStep(self.record)
        } else {
            Record::Ends
        };
        let path = flow.run(method.as_ref(), &student, &stop, &record)?;
        let run = path.trajectory();
        let losses = path.losses().into_iter();
        let measured: Vec<(f64, f64)> = losses.zip(path.gradient_norms().iter().copied()).collect();
        let mut files = Vec::new();
        if let Some(path) = &common.output {
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
        if let Some(path) = &self.plot {
            files.push((path, picture(run, &measured).into_bytes()));
        }
        write_all(&files)?;
        let tolerances = EndingTolerances::default().with_hessian();
        let ending = Ending::classify(&flow, run, &tolerances)?;
        let (loss, gradient) = measured.last().copied().unwrap_or((f64::NAN, f64::NAN));
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
            ("recorded", run.states().len().into()),
        ]))
    }
}

impl Flow {
    /// Refuses what the method cannot reach, in the words of the command line.
    fn check_tolerance(&self) -> Result<()> {
        let e = self.tolerance;
        let (fits, range) = match self.method {
            Method::Gd | Method::Rk4 => (true, ""),
            Method::Adaptive => ((1e-15..1.0).contains(&e), "[1e-15, 1)"),
            Method::Chebyshev => (
                (1e-10..=0.1).contains(&e),
                "[1e-10, 0.1]; adaptive takes smaller ones",
            ),
            Method::Exponential => ((1e-13..1.0).contains(&e), "[1e-13, 1)"),
        };
        if fits {
            return Ok(());
        }
        let method = self.method.to_possible_value();
        let method = method.as_ref().map_or("", |value| value.get_name());
        bail!("`--tolerance` is {e:e}: with --method {method} it must lie in {range}")
    }
}

/// Loss and gradient norm on a logarithmic axis.
fn picture(run: &Trajectory, measured: &[(f64, f64)]) -> String {
    let curve = |value: fn(&(f64, f64)) -> f64| -> Vec<(f64, f64)> {
        let points = run.times().iter().zip(measured);
        points.map(|(&t, m)| (t, value(m))).collect()
    };
    let (loss, gradient) = (curve(|m| m.0), curve(|m| m.1));
    let values = loss.iter().chain(&gradient).map(|p| p.1);
    let values = values.filter(|v| *v > 0.0 && v.is_finite());
    let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    let (low, high) = if low <= high { (low, high) } else { (0.1, 1.0) };
    let (bottom, top) = (
        low.log10().floor(),
        high.log10().ceil().max(low.log10().floor() + 1.0),
    );
    let every = ((top - bottom) / 6.0).ceil().max(1.0);
    let end = if run.end_time() > 0.0 {
        run.end_time()
    } else {
        1.0
    };
    Chart::new(
        "Descent",
        Axis::linear("time", 0.0, end),
        Axis::log("loss, gradient norm", 10f64.powf(bottom), 10f64.powf(top)).step(every),
    )
    .line("loss", COLOURS[0], Stroke::Solid, &loss)
    .line("gradient norm", COLOURS[1], Stroke::Dashed, &gradient)
    .svg()
}
