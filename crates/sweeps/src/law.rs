use std::fmt;

use serde::{Deserialize, Serialize};
use teacher_student::Stop;

use crate::method::Method;

/// The law of the start, before the noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "law", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Start {
    /// w_j = x⁰w*_j + y⁰ Σ_{l≠j} w*_l.
    Symmetric {
        /// x⁰.
        x0: f64,
        /// y⁰.
        y0: f64,
    },
    /// Independent normal entries of this standard deviation.
    Gaussian {
        /// The standard deviation.
        deviation: f64,
    },
    /// Variance 2/(d + K).
    Xavier {},
    /// Variance 2/d.
    He {},
    /// Variance 1/d.
    Lecun {},
    /// Neurons uniform in a ball.
    Ball {
        /// Its radius.
        radius: f64,
    },
    /// At a distance from the teacher, in a uniform direction.
    NearTeacher {
        /// The distance.
        distance: f64,
    },
}

/// The law of the teacher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Teacher {
    /// The first K basis vectors; needs d ≥ K.
    Orthonormal,
    /// Independent normal entries of variance 1/d, drawn anew for every run.
    Gaussian,
}

/// The law of the top weights, the same for student and teacher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Top {
    /// All 1.
    Ones,
    /// 1, −1, 1, −1, ….
    Alternating,
}

/// How a run descends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// Gradient descent.
    Gd {
        /// Step size.
        step: f64,
        /// The most steps.
        steps: usize,
    },
    /// Gradient flow by the classical Runge–Kutta method of order 4.
    Rk4 {
        /// Step size.
        step: f64,
        /// The most steps.
        steps: usize,
    },
    /// Gradient flow with error control (Dormand–Prince).
    Adaptive {
        /// The longest time.
        time: f64,
        /// Relative error allowed for each step; left out, [`Method::tolerance_for`] the gradient norm of the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tolerance: Option<f64>,
    },
    /// Gradient flow by stabilised steps that grow at slow ends.
    Chebyshev {
        /// The longest time.
        time: f64,
        /// The tolerance; left out, [`Method::CHEBYSHEV_TOLERANCE`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tolerance: Option<f64>,
    },
    /// Gradient flow by Adams steps, exponential in the outliers of the Hessian.
    Exponential {
        /// The longest time.
        time: f64,
        /// Relative error allowed for each step; left out, [`Method::tolerance_for`] the gradient norm of the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tolerance: Option<f64>,
    },
}

/// The most steps of a run with error control: a time that is never reached must not hold up the sweep.
const MOST_STEPS: usize = 10_000_000;

impl Rule {
    /// The descent of runs that end where the gradient norm is `stop`.
    pub fn method(&self, stop: f64) -> Method {
        let or_tied = |given: Option<f64>| given.unwrap_or_else(|| Method::tolerance_for(stop));
        match *self {
            Self::Gd { step, .. } => Method::Gd { step },
            Self::Rk4 { step, .. } => Method::Rk4 { step },
            Self::Adaptive { tolerance, .. } => Method::Adaptive {
                tolerance: or_tied(tolerance),
            },
            Self::Chebyshev { tolerance, .. } => Method::Chebyshev {
                tolerance: tolerance.unwrap_or(Method::CHEBYSHEV_TOLERANCE),
            },
            Self::Exponential { tolerance, .. } => Method::Exponential {
                tolerance: or_tied(tolerance),
            },
        }
    }

    /// Where it ends at the latest, and where the gradient norm is at most `gradient`, relative to the smallest teacher neuron.
    pub(crate) fn stop(&self, gradient: f64) -> Stop<'static> {
        let stop = Stop::new().relative_rate_below(gradient);
        match *self {
            Self::Gd { steps, .. } | Self::Rk4 { steps, .. } => stop.steps(steps),
            Self::Adaptive { time, .. }
            | Self::Chebyshev { time, .. }
            | Self::Exponential { time, .. } => stop.time(time).steps(MOST_STEPS),
        }
    }
}

impl fmt::Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Symmetric { x0, y0 } => write!(f, "symmetric {x0:?} {y0:?}"),
            Self::Gaussian { deviation } => write!(f, "gaussian {deviation:?}"),
            Self::Xavier {} => f.write_str("xavier"),
            Self::He {} => f.write_str("he"),
            Self::Lecun {} => f.write_str("lecun"),
            Self::Ball { radius } => write!(f, "ball {radius:?}"),
            Self::NearTeacher { distance } => write!(f, "near-teacher {distance:?}"),
        }
    }
}

impl fmt::Display for Teacher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Orthonormal => "orthonormal",
            Self::Gaussian => "gaussian",
        })
    }
}

impl fmt::Display for Top {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ones => "ones",
            Self::Alternating => "alternating",
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gd { step, .. } => write!(f, "gd {step:?}"),
            Self::Rk4 { step, .. } => write!(f, "rk4 {step:?}"),
            Self::Adaptive { tolerance, .. } => named(f, "adaptive", *tolerance),
            Self::Chebyshev { tolerance, .. } => named(f, "chebyshev", *tolerance),
            Self::Exponential { tolerance, .. } => named(f, "exponential", *tolerance),
        }
    }
}

/// A method with its tolerance, where one is given.
fn named(f: &mut fmt::Formatter<'_>, method: &str, tolerance: Option<f64>) -> fmt::Result {
    match tolerance {
        None => f.write_str(method),
        Some(tolerance) => write!(f, "{method} {tolerance:?}"),
    }
}
