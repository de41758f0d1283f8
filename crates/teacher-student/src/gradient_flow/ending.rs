use std::fmt;

use faer::{Mat, MatRef, Side};
use numeric::{norm, times_power_of_two};

use super::GradientFlow;
use super::settle::least_curvature;
use crate::assignment::Matching;
use crate::error::Error;
use crate::flow::{Outcome, Trajectory};
use crate::objective::Objective;
use crate::population::Population;

/// When an end counts as having arrived. Any values are legal; comparisons are "at most".
///
/// All are relative to the smallest neuron of the teacher, ℓ = min_k |b_k|‖w*_k‖ over b_k ≠ 0, so that a small neuron counts
/// as much as a large one, and so that the verdict is the same in every unit of the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EndingTolerances {
    /// Distance of each effective student neuron to its teacher neuron, relative to the norm of that teacher neuron.
    pub distance: f64,
    /// Gradient norm at a critical point, relative to max_j |a_j|·ℓ.
    pub gradient: f64,
    /// Loss of a global minimum other than a renamed teacher, relative to ¼ℓ².
    pub loss: f64,
    /// A run whose loss L would still fall by more than this share of L in another period of its length T, at the present
    /// slope, is on its way: T‖∇L‖² > falling·L.
    pub falling: f64,
    /// If there is one, critical points are told apart by their Hessian: a saddle has an eigenvalue below minus this times
    /// the largest.
    pub curvature: Option<f64>,
}

impl Default for EndingTolerances {
    /// 1e-3, 1e-6, 1e-10, 1e-5, and no Hessian: at the least Hessian eigenvalue of an orthonormal teacher, ¼ − 1/2π = 0.09,
    /// a gradient of 1e-6 means a distance of 1e-5, so that an end near the teacher is never taken for another critical point.
    fn default() -> Self {
        Self {
            distance: 1e-3,
            gradient: 1e-6,
            loss: 1e-10,
            falling: 1e-5,
            curvature: None,
        }
    }
}

impl EndingTolerances {
    /// With saddles and minima told apart by the Hessian, an eigenvalue of −1e-5 of the largest deciding: at a gradient of
    /// 1e-6 the eigenvalue of a symmetry is that far from zero.
    #[must_use]
    pub fn with_hessian(mut self) -> Self {
        self.curvature = Some(1e-5);
        self
    }
}

/// Where a run ended, with the numbers that decided. [`word`](Self::word) names it, [`WORDS`](Self::WORDS) defines the names.
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
    /// At a critical point with positive loss whose Hessian was not asked for: a saddle or a spurious local minimum.
    Critical {
        /// Norm of the gradient.
        gradient: f64,
        /// The loss.
        loss: f64,
        /// Distances to the nearest renamed teacher; `None` for another width than the teacher's.
        matching: Option<Matching>,
    },
    /// At a critical point with positive loss and a direction of negative curvature.
    Saddle {
        /// Norm of the gradient.
        gradient: f64,
        /// The loss.
        loss: f64,
        /// The least eigenvalue of the Hessian, or a bound from above.
        curvature: f64,
    },
    /// At a critical point with positive loss without a direction of negative curvature.
    SpuriousMinimum {
        /// Norm of the gradient.
        gradient: f64,
        /// The loss.
        loss: f64,
        /// The least eigenvalue of the Hessian; zero, up to rounding, on a manifold of such points.
        curvature: f64,
        /// Distances to the nearest renamed teacher; `None` for another width than the teacher's.
        matching: Option<Matching>,
    },
    /// At no critical point: the loss still falls.
    OnItsWay {
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
/// Up to this many weights all eigenvalues of the Hessian are computed; beyond, the least by the Lanczos method.
const DENSE: usize = 400;

impl Ending {
    /// Every [`word`](Self::word) with its definition.
    pub const WORDS: [(&'static str, &'static str); 9] = [
        (
            "teacher",
            "every student neuron is at the teacher neuron of its own number, within 0.001 of its norm",
        ),
        (
            "permutation",
            "every student neuron is at a teacher neuron, within 0.001 of its norm, each at another one",
        ),
        (
            "other-global-minimum",
            "another point of loss zero: at most 1e-10 of the loss of the smallest teacher neuron alone",
        ),
        (
            "saddle",
            "a critical point of positive loss with a direction in which the loss falls",
        ),
        (
            "spurious-minimum",
            "a critical point of positive loss without such a direction: a local minimum that is not global",
        ),
        (
            "critical",
            "a critical point of positive loss whose Hessian was not looked at",
        ),
        (
            "on-its-way",
            "no critical point: the loss still falls, and more time or more steps would show where to",
        ),
        (
            "diverged",
            "the loss is above its start, or the weights left the range of a double: the step is too large",
        ),
        (
            "undefined",
            "there is no gradient at the end, because a neuron became zero",
        ),
    ];

    /// The name of the ending, one of [`WORDS`](Self::WORDS).
    pub fn word(&self) -> &'static str {
        match self {
            Self::Teacher { .. } => "teacher",
            Self::Permutation { .. } => "permutation",
            Self::OtherGlobalMinimum { .. } => "other-global-minimum",
            Self::Saddle { .. } => "saddle",
            Self::SpuriousMinimum { .. } => "spurious-minimum",
            Self::Critical { .. } => "critical",
            Self::OnItsWay { .. } => "on-its-way",
            Self::Diverged { .. } => "diverged",
            Self::Undefined { .. } => "undefined",
        }
    }

    /// Classifies the end of a run of the gradient flow, or of descent, on `flow`.
    ///
    /// In this order: a field that is undefined, divergence, the teacher or a permutation of it, another global
    /// minimum, a run on its way, and otherwise a critical point.
    ///
    /// # Examples
    /// ```
    /// use teacher_student::{
    ///     DormandPrince, Ending, EndingTolerances, GradientFlow, Network, Population, Record, Stop, Weights,
    /// };
    /// let flow = GradientFlow::new(Population::matching(Network::new(Weights::orthonormal(2, 2)?)));
    /// // Two equal students stay equal: the flow ends at a saddle.
    /// let start = Weights::from_rows(&[vec![0.3, 0.3], vec![0.3, 0.3]])?;
    /// let stop = Stop::new().time(1e3).relative_rate_below(1e-10);
    /// let run = flow.run(&DormandPrince::default(), &start, &stop, &Record::Ends)?;
    /// let tolerances = EndingTolerances::default().with_hessian();
    /// let ending = Ending::classify(&flow, run.trajectory(), &tolerances)?;
    /// assert_eq!(ending.word(), "saddle");
    /// # Ok::<(), teacher_student::Error>(())
    /// ```
    ///
    /// # Errors
    /// The trajectory belongs to another vector field: a start or an end of the wrong length.
    pub fn classify(
        flow: &GradientFlow<Population>,
        trajectory: &Trajectory,
        tolerances: &EndingTolerances,
    ) -> Result<Self, Error> {
        let start: &[f64] = trajectory.states().first().map_or(&[], Vec::as_slice);
        let (start, end) = (flow.weights(start)?, flow.weights(trajectory.end())?);
        if let Outcome::FieldUndefined { reason } = trajectory.outcome() {
            return Ok(Self::Undefined {
                reason: reason.to_string(),
            });
        }
        let point = match Point::new(flow.objective(), start, end) {
            Ok(point) => point,
            Err(error) => {
                return Ok(Self::Undefined {
                    reason: error.to_string(),
                });
            }
        };
        point.classify(trajectory, tolerances)
    }

    /// Whether the run ended at the teacher, a permutation of it, or another point of loss zero.
    pub fn is_global(&self) -> bool {
        matches!(
            self,
            Self::Teacher { .. } | Self::Permutation { .. } | Self::OtherGlobalMinimum { .. }
        )
    }

    /// Whether the run ended at a critical point of positive loss.
    pub fn is_critical(&self) -> bool {
        matches!(
            self,
            Self::Critical { .. } | Self::Saddle { .. } | Self::SpuriousMinimum { .. }
        )
    }
}

/// Both ends of a run in units of a power of two in which the largest teacher neuron has a norm of order one, so that no
/// square leaves the range of a double.
struct Point<'a> {
    original: &'a Population,
    end: MatRef<'a, f64>,
    problem: Population,
    scaled_end: Mat<f64>,
    exponent: i32,
    start_loss: f64,
    end_loss: f64,
}

impl<'a> Point<'a> {
    fn new(
        original: &'a Population,
        start: MatRef<'_, f64>,
        end: MatRef<'a, f64>,
    ) -> Result<Self, Error> {
        let exponent = original.unit();
        let problem = original.in_units(exponent)?;
        let scaled = |weights: MatRef<'_, f64>| {
            Mat::from_fn(weights.nrows(), weights.ncols(), |j, i| {
                times_power_of_two(weights[(j, i)], -exponent)
            })
        };
        let scaled_end = scaled(end);
        let start_loss = problem.loss(scaled(start).as_ref())?;
        let end_loss = match problem.loss(scaled_end.as_ref()) {
            Err(Error::Overflow { .. }) => f64::INFINITY,
            loss => loss?,
        };
        Ok(Self {
            original,
            end,
            problem,
            scaled_end,
            exponent,
            start_loss,
            end_loss,
        })
    }

    fn loss_in_units(&self, loss: f64) -> f64 {
        times_power_of_two(loss, 2 * self.exponent)
    }

    fn classify(
        &self,
        trajectory: &Trajectory,
        tolerances: &EndingTolerances,
    ) -> Result<Ending, Error> {
        let scale = self.problem.gradient_scale();
        let smallest = self.problem.smallest_neuron();
        let nothing = tolerances.loss * smallest * smallest / 4.0;
        let (start_loss, end_loss) = (self.start_loss, self.end_loss);
        let grown = end_loss > start_loss * (1.0 + GROWTH) && end_loss > nothing;
        if grown || matches!(trajectory.outcome(), Outcome::Diverged) {
            return Ok(Ending::Diverged {
                start_loss: self.loss_in_units(start_loss),
                end_loss: self.loss_in_units(end_loss),
            });
        }
        let width = self.problem.teacher().weights().neurons();
        let matching = if self.problem.neurons() == width {
            Some(Matching::new(self.original, self.end)?)
        } else {
            None
        };
        if let Some(matching) = &matching {
            // Of equal teacher neurons, either may be matched: the identity has precedence.
            if matching.largest_unpermuted_distance() <= tolerances.distance {
                let matching = matching.clone();
                return Ok(Ending::Teacher { matching });
            }
            if matching.largest_relative_distance() <= tolerances.distance {
                let matching = matching.clone();
                return Ok(Ending::Permutation { matching });
            }
        }
        let loss = self.loss_in_units(end_loss);
        if end_loss <= nothing {
            return Ok(Ending::OtherGlobalMinimum { loss });
        }
        let scaled_gradient = match self.problem.gradient(self.scaled_end.as_ref()) {
            Ok(gradient) => norm(&crate::weights::state_of(gradient.as_ref())),
            Err(error) => {
                return Ok(Ending::Undefined {
                    reason: error.to_string(),
                });
            }
        };
        let gradient = times_power_of_two(scaled_gradient, self.exponent);
        let slope = scaled_gradient * scaled_gradient;
        let falls = trajectory.end_time() * slope > tolerances.falling * end_loss;
        if falls || scaled_gradient > tolerances.gradient * scale {
            return Ok(Ending::OnItsWay {
                gradient,
                loss,
                matching,
            });
        }
        let Some(share) = tolerances.curvature else {
            return Ok(Ending::Critical {
                gradient,
                loss,
                matching,
            });
        };
        let (curvature, largest) = self.curvatures()?;
        Ok(if curvature < -share * largest {
            Ending::Saddle {
                gradient,
                loss,
                curvature,
            }
        } else {
            Ending::SpuriousMinimum {
                gradient,
                loss,
                curvature,
                matching,
            }
        })
    }

    /// The least eigenvalue of the Hessian and the largest in size, which have the same values in every unit of the weights.
    fn curvatures(&self) -> Result<(f64, f64), Error> {
        let weights = self.scaled_end.as_ref();
        if weights.nrows() * weights.ncols() > DENSE {
            // The largest is near ‖a‖²/4 + ‖a‖²/2π: see `ExponentialAdams`.
            let top = norm(self.problem.student_top_weights());
            let least = least_curvature(&self.problem, weights, &mut 0)?;
            return Ok((least, top * top / 2.0));
        }
        let hessian = self.problem.hessian(weights)?;
        let values = hessian.self_adjoint_eigenvalues(Side::Lower);
        let values = values.map_err(|_| Error::Overflow { what: "Hessian" })?;
        let largest = values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        Ok((values.first().copied().unwrap_or(0.0), largest))
    }
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
            Self::Critical {
                gradient,
                loss,
                matching,
            } => write!(
                f,
                "a critical point of loss {loss:.6e} (gradient {gradient:.3e}){}",
                nearest(matching)
            ),
            Self::Saddle {
                gradient,
                loss,
                curvature,
            } => write!(
                f,
                "a saddle of loss {loss:.6e} (gradient {gradient:.3e}, least curvature {curvature:.3e})"
            ),
            Self::SpuriousMinimum {
                gradient,
                loss,
                curvature,
                matching,
            } => write!(
                f,
                "a spurious minimum of loss {loss:.6e} (gradient {gradient:.3e}, least curvature {curvature:.3e}){}",
                nearest(matching)
            ),
            Self::OnItsWay {
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
