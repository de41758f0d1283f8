use std::fmt;

use numeric::norm;

use crate::assignment::Matching;
use crate::error::Error;
use crate::field::{GradientFlow, Objective, VectorField};
use crate::population::Population;
use crate::trajectory::{Outcome, Trajectory};

/// When an end counts as having arrived. Any values are legal; comparisons are "at most".
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EndingTolerances {
    /// Distance to the teacher, relative to the norm of the teacher's effective weights.
    pub distance: f64,
    /// Gradient norm at a critical point, relative to max_j |a_j| times the norm of the teacher's effective weights.
    pub gradient: f64,
    /// Loss of a global minimum other than a renamed teacher, relative to ¼‖W*‖² of the teacher's effective weights.
    pub loss: f64,
}

impl Default for EndingTolerances {
    /// 1e-3, 1e-6 and 1e-10: at the least Hessian eigenvalue of an orthonormal teacher, ¼ − 1/2π = 0.09, a gradient of
    /// 1e-6 means a distance of 1e-5, so that an end near the teacher is never taken for another critical point.
    fn default() -> Self {
        Self {
            distance: 1e-3,
            gradient: 1e-6,
            loss: 1e-10,
        }
    }
}

/// Where a run ended, with the numbers that decided.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Ending {
    /// At the teacher itself, neuron by neuron.
    Teacher {
        /// Distances to the teacher.
        matching: Matching,
    },
    /// At the teacher with its neurons renamed.
    Permutation {
        /// Which permutation, and distances to it.
        matching: Matching,
    },
    /// At another point of loss zero; a student wider than its teacher has many.
    OtherGlobalMinimum {
        /// The loss.
        loss: f64,
    },
    /// At a critical point with positive loss: a saddle or a spurious local minimum.
    Spurious {
        /// Norm of the gradient.
        gradient: f64,
        /// The loss.
        loss: f64,
        /// Distances to the nearest renamed teacher; `None` for another width than the teacher's.
        matching: Option<Matching>,
    },
    /// Still on its way when the time or the steps were used up, or the step vanished.
    Stalled {
        /// Norm of the gradient.
        gradient: f64,
        /// The loss.
        loss: f64,
        /// Distances to the nearest renamed teacher; `None` for another width than the teacher's.
        matching: Option<Matching>,
    },
    /// The loss ended above its start, or the state left the range of a double: the step is too large.
    Diverged {
        /// The loss at the start.
        start_loss: f64,
        /// The loss at the last state; infinite beyond the largest double.
        end_loss: f64,
    },
    /// The gradient does not exist at the end, for instance because a neuron became zero.
    Undefined {
        /// Why.
        reason: String,
    },
}

/// Growth of the loss that rounding and the error of an integrator can cause at a critical point.
const GROWTH: f64 = 1e-9;

impl Ending {
    /// Classifies the end of a run of the gradient flow, or of descent, on `flow`.
    ///
    /// In this order: a field that is undefined, divergence, the teacher or a permutation of it, another global
    /// minimum, another critical point, and otherwise a stalled run.
    ///
    /// # Errors
    /// The trajectory belongs to another vector field: a start or an end of the wrong length.
    pub fn classify(
        flow: &GradientFlow<Population>,
        trajectory: &Trajectory,
        tolerances: &EndingTolerances,
    ) -> Result<Self, Error> {
        let problem = flow.objective();
        let undefined = |error: Error| Self::Undefined {
            reason: error.to_string(),
        };
        let start: &[f64] = trajectory.states().first().map_or(&[], Vec::as_slice);
        let (start, end) = (flow.weights(start)?, flow.weights(trajectory.end())?);
        if let Outcome::FieldUndefined { reason } = trajectory.outcome() {
            return Ok(Self::Undefined {
                reason: reason.to_string(),
            });
        }
        let start_loss = match problem.loss(start) {
            Ok(loss) => loss,
            Err(error) => return Ok(undefined(error)),
        };
        let end_loss = match problem.loss(end) {
            Ok(loss) => loss,
            Err(Error::Overflow { .. }) => f64::INFINITY,
            Err(error) => return Ok(undefined(error)),
        };
        let grown = end_loss > start_loss * (1.0 + GROWTH)
            && end_loss > tolerances.loss * size(problem).powi(2) / 4.0;
        if grown || matches!(trajectory.outcome(), Outcome::Diverged) {
            return Ok(Self::Diverged {
                start_loss,
                end_loss,
            });
        }
        let same_width = problem.neurons() == problem.teacher().weights().neurons();
        let matching = if same_width {
            Some(Matching::new(problem, end)?)
        } else {
            None
        };
        if let Some(matching) = &matching
            && matching.relative_distance() <= tolerances.distance
        {
            let matching = matching.clone();
            // Of equal teacher neurons, either may be matched: the identity has precedence.
            let itself = matching.unpermuted_distance() <= tolerances.distance * size(problem);
            return Ok(if itself {
                Self::Teacher { matching }
            } else {
                Self::Permutation { matching }
            });
        }
        if end_loss <= tolerances.loss * size(problem).powi(2) / 4.0 {
            return Ok(Self::OtherGlobalMinimum { loss: end_loss });
        }
        let mut rate = vec![0.0; trajectory.end().len()];
        if let Err(error) = flow.evaluate(trajectory.end(), &mut rate) {
            return Ok(Self::Undefined {
                reason: error.to_string(),
            });
        }
        let (gradient, loss) = (norm(&rate), end_loss);
        let largest = problem.student_top_weights().iter();
        let largest = largest.fold(0.0_f64, |m, a| m.max(a.abs()));
        Ok(
            if gradient <= tolerances.gradient * largest * size(problem) {
                Self::Spurious {
                    gradient,
                    loss,
                    matching,
                }
            } else {
                Self::Stalled {
                    gradient,
                    loss,
                    matching,
                }
            },
        )
    }

    /// Whether the run ended at the teacher, a permutation of it, or another point of loss zero.
    pub fn is_global(&self) -> bool {
        matches!(
            self,
            Self::Teacher { .. } | Self::Permutation { .. } | Self::OtherGlobalMinimum { .. }
        )
    }
}

/// ‖W*‖ of the teacher's effective weights b_k w*_k.
fn size(problem: &Population) -> f64 {
    let weights = problem.teacher().weights().as_mat();
    let effective: Vec<f64> = problem
        .teacher()
        .top_weights()
        .iter()
        .enumerate()
        .flat_map(|(k, b)| (0..weights.ncols()).map(move |i| b * weights[(k, i)]))
        .collect();
    norm(&effective)
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nearest = |matching: &Option<Matching>| match matching {
            Some(m) => format!(", {:.3e} from the nearest renamed teacher", m.distance()),
            None => String::new(),
        };
        match self {
            Self::Teacher { matching } => {
                write!(f, "the teacher, at distance {:.3e}", matching.distance())
            }
            Self::Permutation { matching } => write!(
                f,
                "the teacher renamed by {:?}, at distance {:.3e}",
                matching.permutation(),
                matching.distance()
            ),
            Self::OtherGlobalMinimum { loss } => {
                write!(f, "another global minimum, loss {loss:.3e}")
            }
            Self::Spurious {
                gradient,
                loss,
                matching,
            } => write!(
                f,
                "a critical point of loss {loss:.6e} (gradient {gradient:.3e}){}",
                nearest(matching)
            ),
            Self::Stalled {
                gradient,
                loss,
                matching,
            } => write!(
                f,
                "on its way, loss {loss:.6e} and gradient {gradient:.3e}{}: allow more time",
                nearest(matching)
            ),
            Self::Diverged {
                start_loss,
                end_loss,
            } => write!(
                f,
                "diverged from loss {start_loss:.3e} to {end_loss:.3e}: take a smaller step"
            ),
            Self::Undefined { reason } => write!(f, "no gradient at the end: {reason}"),
        }
    }
}
