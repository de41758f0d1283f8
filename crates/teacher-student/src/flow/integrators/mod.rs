mod adaptive;
mod chebyshev;
mod exponential;
mod gradient_descent;
mod run;
mod runge_kutta;

pub use adaptive::DormandPrince;
pub use chebyshev::RungeKuttaChebyshev;
pub use exponential::ExponentialAdams;
pub use gradient_descent::GradientDescent;
pub use runge_kutta::RungeKutta4;

use super::field::VectorField;
use super::record::Record;
use super::stop::Stop;
use super::trajectory::Trajectory;
use crate::error::{Error, check_setting};

/// A method that follows a vector field from a start.
///
/// The methods of this crate are values with settings: `Default` where every setting has a default, `new` with the step where
/// the step is the only setting, and one function a setting that returns the changed value. Settings are checked when an
/// integration starts, or by [`check`](Self::check). Other methods may implement the trait with
/// [`Trajectory::builder`].
pub trait Integrator {
    /// Whether the settings make sense.
    ///
    /// # Errors
    /// The first setting outside of its range, by name.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Integrates ẋ = f(x) from `start` at time 0 until a rule of `stop` holds.
    ///
    /// A run that cannot go on (the field is undefined, the state diverges, the step vanishes) is not an error: the
    /// trajectory so far is returned and its [outcome](Trajectory::outcome) says why it ended.
    ///
    /// # Errors
    /// A start of the wrong length or with non-finite entries, or settings of the method, of `stop` or of `record` that make
    /// no sense.
    fn integrate(
        &self,
        field: &dyn VectorField,
        start: &[f64],
        stop: &Stop<'_>,
        record: &Record,
    ) -> Result<Trajectory, Error>;
}

/// Distances this small against the start are rounding, to a method without an error control.
const ROUNDING: f64 = 1e-14;

fn check_step(step: f64) -> Result<(), Error> {
    let holds = step.is_finite() && step > 0.0;
    check_setting("step", step, holds, "it must be finite and positive")
}
