use teacher_student::{
    DormandPrince, ExponentialAdams, GradientDescent, Integrator, RungeKutta4, RungeKuttaChebyshev,
};

/// How a run descends, with the one number that decides its steps: the descents of `relu-lab flow` and of a sweep.
///
/// # Examples
/// ```
/// use sweeps::Method;
/// assert!(Method::Adaptive { tolerance: 1e-8 }.doubt().is_none());
/// assert!(Method::Adaptive { tolerance: 2.0 }.doubt().is_some_and(|doubt| doubt.contains("[1e-15, 1)")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// Gradient descent; time is the step times the number of steps.
    Gd {
        /// Step size.
        step: f64,
    },
    /// Gradient flow by the classical Runge–Kutta method of order 4.
    Rk4 {
        /// Step size.
        step: f64,
    },
    /// Gradient flow with error control (Dormand–Prince).
    Adaptive {
        /// Relative error allowed for each step.
        tolerance: f64,
    },
    /// Gradient flow by stabilised steps that grow at slow ends.
    Chebyshev {
        /// The tolerance.
        tolerance: f64,
    },
    /// Gradient flow by Adams steps, exponential in the outliers of the Hessian.
    Exponential {
        /// Relative error allowed for each step.
        tolerance: f64,
    },
}

impl Method {
    /// The tolerance of chebyshev where none is given.
    pub const CHEBYSHEV_TOLERANCE: f64 = 1e-8;

    /// The tolerance of a flow with error control where none is given, for a run that is to end where the gradient norm is `stop`
    /// times the size of the weights: a tenth of `stop`, between 1e-13 and 1e-8; and 1e-8 for a run that no gradient norm ends.
    ///
    /// Near a minimum the steps are as long as stability allows, and their errors keep the gradient norm near the tolerance: a
    /// stop far below it is reached late or never.
    pub fn tolerance_for(stop: f64) -> f64 {
        if stop > 0.0 {
            (stop / 10.0).clamp(1e-13, 1e-8)
        } else {
            1e-8
        }
    }

    /// What is wrong with the number, if anything.
    pub fn doubt(&self) -> Option<&'static str> {
        match *self {
            Self::Gd { step } | Self::Rk4 { step } => {
                let fits = step.is_finite() && step > 0.0;
                (!fits).then_some("a step must be finite and positive")
            }
            Self::Adaptive { tolerance } => {
                let fits = (1e-15..1.0).contains(&tolerance);
                (!fits).then_some("it must lie in [1e-15, 1)")
            }
            Self::Chebyshev { tolerance } => {
                let fits = (1e-10..=0.1).contains(&tolerance);
                (!fits).then_some("it must lie in [1e-10, 0.1]; adaptive takes smaller ones")
            }
            Self::Exponential { tolerance } => {
                let fits = (1e-13..1.0).contains(&tolerance);
                (!fits).then_some("it must lie in [1e-13, 1)")
            }
        }
    }

    /// The integrator, for students with the top weights `top`. It refuses a number that [`doubt`](Self::doubt) objects to when it
    /// starts.
    pub fn integrator(&self, top: &[f64]) -> Box<dyn Integrator> {
        match *self {
            Self::Gd { step } => Box::new(GradientDescent::new(step)),
            Self::Rk4 { step } => Box::new(RungeKutta4::new(step)),
            Self::Adaptive { tolerance } => {
                Box::new(DormandPrince::default().relative_tolerance(tolerance))
            }
            Self::Chebyshev { tolerance } => {
                Box::new(RungeKuttaChebyshev::default().tolerance(tolerance))
            }
            Self::Exponential { tolerance } => Box::new(
                ExponentialAdams::default()
                    .relative_tolerance(tolerance)
                    .top_weights(top),
            ),
        }
    }
}
