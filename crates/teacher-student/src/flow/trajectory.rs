use std::fmt;

use super::field::FieldError;
use crate::error::Error;

/// Why an integration ended. The trajectory up to that point is valid in every case.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// The rate, the gradient norm of a gradient flow, fell to the given tolerance.
    RateBelow {
        /// Its norm at the end.
        rate: f64,
    },
    /// The state came within the given distance of the target.
    DistanceBelow {
        /// Distance at the end.
        distance: f64,
    },
    /// The potential, the loss of a gradient flow, fell to the given level.
    PotentialBelow {
        /// Its value at the end.
        potential: f64,
    },
    /// The potential, the loss of a gradient flow, rose above the given level, or ended above its value at the start.
    PotentialAbove {
        /// Its value at the end.
        potential: f64,
        /// The level.
        level: f64,
    },
    /// The function of an event changed its sign.
    Event {
        /// The name of the event.
        name: String,
    },
    /// The given time was reached.
    TimeReached,
    /// The given number of steps was taken.
    StepsReached,
    /// The rate stays above the given tolerance, because the state moves by no more than its rounding: a zero of the field as
    /// exact as doubles allow.
    NoiseFloor {
        /// The norm of the rate at the end.
        rate: f64,
        /// The tolerance that was asked for.
        tolerance: f64,
    },
    /// The error control asked for a step too small to move the time.
    StepTooSmall {
        /// The step.
        step: f64,
    },
    /// The state left the range of a double: the step is too large, or the flow diverges.
    Diverged,
    /// The field has no value at or arbitrarily near the last state.
    FieldUndefined {
        /// What the field said.
        reason: FieldError,
    },
}

impl Outcome {
    /// Whether a convergence rule ended the integration.
    pub fn is_converged(&self) -> bool {
        matches!(
            self,
            Self::RateBelow { .. } | Self::DistanceBelow { .. } | Self::PotentialBelow { .. }
        )
    }

    /// Whether the integration could not go on.
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::StepTooSmall { .. }
                | Self::Diverged
                | Self::PotentialAbove { .. }
                | Self::FieldUndefined { .. }
        )
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RateBelow { rate } => write!(f, "converged: the rate fell to {rate:.3e}"),
            Self::DistanceBelow { distance } => {
                write!(f, "converged: within {distance:.3e} of the target")
            }
            Self::PotentialBelow { potential } => {
                write!(f, "converged: the potential fell to {potential:.3e}")
            }
            Self::PotentialAbove { potential, level } => write!(
                f,
                "stopped: the potential rose to {potential:.3e}, above {level:.3e}; take a smaller step"
            ),
            Self::Event { name } => write!(f, "the event `{name}` occurred"),
            Self::TimeReached => write!(f, "the time limit was reached"),
            Self::StepsReached => write!(f, "the step limit was reached"),
            Self::NoiseFloor { rate, tolerance } => write!(
                f,
                "stopped: the rate stays near {rate:.3e}, above {tolerance:.3e}, because the state moves by no more than \
                 its rounding"
            ),
            Self::StepTooSmall { step } => write!(
                f,
                "stopped: the error control asked for a step of {step:.3e}, too small to move the time; \
                 loosen the tolerances"
            ),
            Self::Diverged => write!(
                f,
                "stopped: the state left the range of a double; take a smaller step"
            ),
            Self::FieldUndefined { reason } => write!(f, "stopped: {reason}"),
        }
    }
}

/// What an integration did: recorded times and states with the potential and the rate there, and why it ended.
#[derive(Debug, Clone)]
pub struct Trajectory {
    pub(crate) times: Vec<f64>,
    pub(crate) states: Vec<Vec<f64>>,
    pub(crate) potentials: Vec<Option<f64>>,
    pub(crate) rates: Vec<f64>,
    pub(crate) outcome: Outcome,
    pub(crate) steps: usize,
    pub(crate) rejected: usize,
    pub(crate) evaluations: usize,
}

impl Trajectory {
    /// A trajectory that starts at `start` at time 0, for methods outside of this crate.
    pub fn builder(start: Vec<f64>, potential: Option<f64>, rate: f64) -> TrajectoryBuilder {
        TrajectoryBuilder {
            trajectory: Self {
                times: vec![0.0],
                states: vec![start],
                potentials: vec![potential],
                rates: vec![rate],
                outcome: Outcome::StepsReached,
                steps: 0,
                rejected: 0,
                evaluations: 0,
            },
        }
    }

    /// Recorded times, increasing; the first is 0.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Recorded states, one a time.
    pub fn states(&self) -> &[Vec<f64>] {
        &self.states
    }

    /// The potential, the loss of a gradient flow, at the recorded states; `None` where the field has none.
    pub fn potentials(&self) -> &[Option<f64>] {
        &self.potentials
    }

    /// ‖f‖, the gradient norm of a gradient flow, at the recorded states; NaN where the field has no value.
    pub fn rates(&self) -> &[f64] {
        &self.rates
    }

    /// Why it ended.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// Accepted steps.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Steps rejected by the error control.
    pub fn rejected(&self) -> usize {
        self.rejected
    }

    /// Evaluations of the field.
    pub fn evaluations(&self) -> usize {
        self.evaluations
    }

    /// The last time.
    pub fn end_time(&self) -> f64 {
        self.times.last().copied().unwrap_or(0.0)
    }

    /// The last state; empty only for a field of dimension 0.
    pub fn end(&self) -> &[f64] {
        self.states.last().map_or(&[], Vec::as_slice)
    }

    /// A quantity along the recorded states, as (time, value).
    pub fn observe<T>(&self, mut quantity: impl FnMut(&[f64]) -> T) -> Vec<(f64, T)> {
        self.times
            .iter()
            .zip(&self.states)
            .map(|(&t, state)| (t, quantity(state)))
            .collect()
    }
}

/// Builds the [`Trajectory`] of a method outside of this crate, which implements [`Integrator`](crate::Integrator).
///
/// # Examples
/// ```
/// use teacher_student::{Outcome, Trajectory};
/// let mut path = Trajectory::builder(vec![1.0], None, 1.0);
/// path.push(0.5, vec![0.5], None, 0.5)?;
/// let path = path.counts(1, 0, 2).finish(Outcome::StepsReached);
/// assert_eq!((path.end_time(), path.end()), (0.5, [0.5].as_slice()));
/// # Ok::<(), teacher_student::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TrajectoryBuilder {
    trajectory: Trajectory,
}

impl TrajectoryBuilder {
    /// Records a state with its potential, if there is one, and the norm of the field there.
    ///
    /// # Errors
    /// A time that is not finite and larger than the one before, or a state of another length than the start.
    pub fn push(
        &mut self,
        time: f64,
        state: Vec<f64>,
        potential: Option<f64>,
        rate: f64,
    ) -> Result<(), Error> {
        let path = &mut self.trajectory;
        let index = path.times.len();
        if !time.is_finite() || time <= path.end_time() {
            return Err(Error::RecordTimes { index, value: time });
        }
        if state.len() != path.states[0].len() {
            return Err(Error::StartLength {
                length: state.len(),
                dimension: path.states[0].len(),
            });
        }
        path.times.push(time);
        path.states.push(state);
        path.potentials.push(potential);
        path.rates.push(rate);
        Ok(())
    }

    /// Accepted steps, rejected steps and evaluations of the field.
    #[must_use]
    pub fn counts(mut self, steps: usize, rejected: usize, evaluations: usize) -> Self {
        let path = &mut self.trajectory;
        (path.steps, path.rejected, path.evaluations) = (steps, rejected, evaluations);
        self
    }

    /// The trajectory, with the reason why it ended.
    pub fn finish(mut self, outcome: Outcome) -> Trajectory {
        self.trajectory.outcome = outcome;
        self.trajectory
    }
}
