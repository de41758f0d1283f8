use std::fmt;
use std::sync::Arc;

use crate::error::Error;

/// Which states of an integration are kept. The start and the end always are.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// Start and end only.
    Ends,
    /// Every n-th accepted step; 0 is read as 1.
    EveryStep(usize),
    /// At given increasing times, by the method's interpolant.
    At(Vec<f64>),
}

impl Record {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let Self::At(times) = self else {
            return Ok(());
        };
        let mut previous = -1.0;
        for (index, &value) in times.iter().enumerate() {
            if !value.is_finite() || value < 0.0 || value <= previous {
                return Err(Error::RecordTimes { index, value });
            }
            previous = value;
        }
        Ok(())
    }
}

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
    /// The potential, the loss of a gradient flow, rose above the given level.
    PotentialAbove {
        /// Its value at the end.
        potential: f64,
        /// The level.
        level: f64,
    },
    /// The given time was reached.
    TimeReached,
    /// The given number of steps was taken.
    StepsReached,
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
        reason: Arc<dyn std::error::Error + Send + Sync>,
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
            Self::TimeReached => write!(f, "the time limit was reached"),
            Self::StepsReached => write!(f, "the step limit was reached"),
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

/// What an integration did: recorded times and states, and why it ended.
#[derive(Debug, Clone)]
pub struct Trajectory {
    pub(crate) times: Vec<f64>,
    pub(crate) states: Vec<Vec<f64>>,
    pub(crate) outcome: Outcome,
    pub(crate) steps: usize,
    pub(crate) rejected: usize,
    pub(crate) evaluations: usize,
}

impl Trajectory {
    /// Recorded times, increasing; the first is 0.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Recorded states, one a time.
    pub fn states(&self) -> &[Vec<f64>] {
        &self.states
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
