use numeric::norm;

use super::run::{Run, Step, combine, scaled_norm, starting_step};
use super::{Integrator, check_setting};
use crate::error::Error;
use crate::flow::field::{FieldError, VectorField};
use crate::flow::record::Record;
use crate::flow::stop::Stop;
use crate::flow::trajectory::{Outcome, Trajectory};

/// The embedded pair of Dormand & Prince of order 5(4) with step control and dense output of order 4.
///
/// A step is accepted when the root mean square of error_i/(atol + rtol·max(|x_i|, |x'_i|)) is at most 1, and ‖error‖ at most
/// a tenth of h‖f(x)‖, the way of the step: near a zero of the field the first rule alone would let the error of the fast
/// directions hover at the tolerance for ever, far above the rate that a [`Stop`] may wait for. The next step is chosen by a
/// proportional-integral controller. Rules of [`Stop`] are located inside a step by the dense output.
///
/// The defaults are rtol = 1e-8, atol = 1e-4·rtol·[`VectorField::state_scale`], an automatic first step, and no largest step.
///
/// # Examples
/// ```
/// use teacher_student::{DormandPrince, Network, GradientFlow, Population, Record, Stop, Weights};
/// let teacher = Network::new(Weights::from_rows(&[vec![1.0, 0.0]])?);
/// let flow = GradientFlow::new(Population::matching(teacher));
/// let start = Weights::from_rows(&[vec![-0.1, 0.2]])?;
/// let method = DormandPrince::default().relative_tolerance(1e-6);
/// let stop = Stop::new().time(1e3).rate_below(1e-13);
/// let run = flow.run(&method, &start, &stop, &Record::Ends)?;
/// assert!(run.outcome().is_converged() && (run.end()?.row(0)[0] - 1.0).abs() < 1e-12);
/// # Ok::<(), teacher_student::Error>(())
/// ```
///
/// # Source
/// Hairer, Nørsett & Wanner, *Solving Ordinary Differential Equations I*, §II.4–II.6.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DormandPrince {
    relative: f64,
    absolute: Option<f64>,
    first_step: Option<f64>,
    largest_step: f64,
}

impl Default for DormandPrince {
    fn default() -> Self {
        Self {
            relative: 1e-8,
            absolute: None,
            first_step: None,
            largest_step: LONGEST_STEP,
        }
    }
}

impl DormandPrince {
    /// Tolerance relative to each entry of the state, in [1e-15, 1).
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

    /// The first step to try, positive.
    #[must_use]
    pub fn first_step(mut self, value: f64) -> Self {
        self.first_step = Some(value);
        self
    }

    /// A bound on the step, positive.
    #[must_use]
    pub fn largest_step(mut self, value: f64) -> Self {
        self.largest_step = value;
        self
    }
}

/// At a rest point nothing bounds the step: this keeps the time finite.
const LONGEST_STEP: f64 = 1e150;
/// The default absolute tolerance against the relative one, for states of size 1.
const ABSOLUTE: f64 = 1e-4;
/// The share of the way of a step that its error may be.
const SHARE_OF_MOTION: f64 = 0.1;
/// The error against the norm of the state that rounding causes.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// The rows a_ij of the tableau below the first; row 6 is also the solution of order 5.
const STAGES: [&[f64]; 6] = [
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[
        19_372.0 / 6_561.0,
        -25_360.0 / 2_187.0,
        64_448.0 / 6_561.0,
        -212.0 / 729.0,
    ],
    &[
        9_017.0 / 3_168.0,
        -355.0 / 33.0,
        46_732.0 / 5_247.0,
        49.0 / 176.0,
        -5_103.0 / 18_656.0,
    ],
    &[
        35.0 / 384.0,
        0.0,
        500.0 / 1_113.0,
        125.0 / 192.0,
        -2_187.0 / 6_784.0,
        11.0 / 84.0,
    ],
];

/// Order 5 minus order 4.
const ERROR: [f64; 7] = [
    71.0 / 57_600.0,
    0.0,
    -71.0 / 16_695.0,
    71.0 / 1_920.0,
    -17_253.0 / 339_200.0,
    22.0 / 525.0,
    -1.0 / 40.0,
];

/// The quartic part of the dense output.
const DENSE: [f64; 7] = [
    -12_715_105_075.0 / 11_282_082_432.0,
    0.0,
    87_487_479_700.0 / 32_700_410_799.0,
    -10_690_763_975.0 / 1_880_347_072.0,
    701_980_252_875.0 / 199_316_789_632.0,
    -1_453_857_185.0 / 822_651_844.0,
    69_997_945.0 / 29_380_423.0,
];

/// The seven stages of a step; the last is the field at its end.
struct Attempt {
    stages: Vec<Vec<f64>>,
    state: Vec<f64>,
    /// Scaled error; at most 1 to be accepted.
    error: f64,
}

impl DormandPrince {
    fn attempt(&self, run: &mut Run<'_>, absolute: f64, h: f64) -> Result<Attempt, FieldError> {
        let mut stages = vec![run.rate.clone()];
        let mut state = run.state.clone();
        for row in STAGES {
            let terms: Vec<(f64, &[f64])> = row
                .iter()
                .zip(&stages)
                .map(|(a, k)| (h * a, k.as_slice()))
                .collect();
            state = combine(&run.state, &terms);
            let mut rate = vec![0.0; state.len()];
            run.evaluate(&state, &mut rate)?;
            stages.push(rate);
        }
        let estimate: Vec<f64> = (0..state.len())
            .map(|i| {
                h * ERROR
                    .iter()
                    .zip(&stages)
                    .map(|(e, k)| e * k[i])
                    .sum::<f64>()
            })
            .collect();
        let error = scaled_norm(&estimate, |i| {
            absolute + self.relative * run.state[i].abs().max(state[i].abs())
        });
        let size = norm(&estimate);
        let motion = SHARE_OF_MOTION * h * norm(&run.rate) + ROUNDING * norm(&run.state);
        let error = if size > motion {
            error.max(size / motion)
        } else {
            error
        };
        Ok(Attempt {
            stages,
            state,
            error,
        })
    }
}

impl Integrator for DormandPrince {
    fn check(&self) -> Result<(), Error> {
        let positive = |x: f64| x > 0.0 && x.is_finite();
        check_setting(
            "relative_tolerance",
            self.relative,
            (1e-15..1.0).contains(&self.relative),
            "it must lie in [1e-15, 1)",
        )?;
        for (name, value) in [
            ("absolute_tolerance", self.absolute.unwrap_or(1.0)),
            ("first_step", self.first_step.unwrap_or(1.0)),
            ("largest_step", self.largest_step),
        ] {
            check_setting(
                name,
                value,
                positive(value),
                "it must be finite and positive",
            )?;
        }
        Ok(())
    }

    fn integrate(
        &self,
        field: &dyn VectorField,
        start: &[f64],
        stop: &Stop<'_>,
        record: &Record,
    ) -> Result<Trajectory, Error> {
        self.check()?;
        let absolute = self
            .absolute
            .unwrap_or_else(|| ABSOLUTE * self.relative * field.state_scale());
        let (mut run, mut outcome) = Run::start(field, start, stop, record)?;
        if let Some(outcome) = outcome {
            return Ok(run.finish(outcome));
        }
        let mut step = self
            .first_step
            .unwrap_or_else(|| starting_step(&mut run, (self.relative, absolute), 0.2))
            .min(self.largest_step);
        let mut previous_error: f64 = 1e-4;
        let mut obstacle = None;
        loop {
            if let Some(outcome) = outcome {
                return Ok(run.finish(outcome));
            }
            if let Some(end) = run.stuck(step, absolute, &mut obstacle) {
                return Ok(run.finish(end));
            }
            let h = run.clip(step);
            outcome = match self.attempt(&mut run, absolute, h) {
                Ok(attempt) if attempt.error <= 1.0 => {
                    let factor =
                        (0.9 * attempt.error.max(1e-10).powf(-0.14) * previous_error.powf(0.08))
                            .clamp(0.2, 10.0);
                    previous_error = attempt.error.max(1e-4);
                    step = (h * factor).min(self.largest_step);
                    accept(&mut run, h, attempt)
                }
                Ok(attempt) => {
                    run.rejected += 1;
                    let factor = 0.9 * attempt.error.powf(-0.2);
                    // An error of NaN or infinity asks for the smallest factor too.
                    step = h * if factor > 0.1 { factor } else { 0.1 };
                    obstacle = attempt.error.is_nan().then(|| Error::FieldNotFinite.into());
                    None
                }
                Err(reason) => {
                    run.rejected += 1;
                    step = 0.1 * h;
                    obstacle = Some(reason);
                    None
                }
            };
        }
    }
}

fn accept(run: &mut Run<'_>, h: f64, attempt: Attempt) -> Option<Outcome> {
    let Attempt { stages, state, .. } = attempt;
    let (from, to) = (run.state.clone(), state.clone());
    run.accept(Step {
        length: h,
        state,
        rate: stages[6].clone(),
        interpolant: &|theta| dense_output(theta, h, &from, &to, &stages),
        locate: true,
    })
}

/// The continuous extension of order 4.
fn dense_output(theta: f64, h: f64, from: &[f64], to: &[f64], stages: &[Vec<f64>]) -> Vec<f64> {
    let back = 1.0 - theta;
    (0..from.len())
        .map(|i| {
            let jump = to[i] - from[i];
            let bend = h * stages[0][i] - jump;
            let quartic: f64 = DENSE.iter().zip(stages).map(|(d, k)| d * k[i]).sum();
            from[i]
                + theta
                    * (jump
                        + back
                            * (bend
                                + theta * (jump - h * stages[6][i] - bend + back * h * quartic)))
        })
        .collect()
}
