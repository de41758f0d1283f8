mod adaptive;
mod chebyshev;
mod exponential;
mod gradient_descent;
mod run;
mod runge_kutta;

pub use adaptive::{DormandPrince, DormandPrinceBuilder};
pub use chebyshev::RungeKuttaChebyshev;
pub use exponential::ExponentialAdams;
pub use gradient_descent::GradientDescent;
pub use runge_kutta::RungeKutta4;

use crate::error::Error;
use crate::field::VectorField;
use crate::stop::Stop;
use crate::trajectory::{Record, Trajectory};

/// A method that follows a vector field from a start.
pub trait Integrator {
    /// Integrates ẋ = f(x) from `start` at time 0 until a rule of `stop` holds.
    ///
    /// A run that cannot go on (the field is undefined, the state diverges, the step vanishes) is not an error: the
    /// trajectory so far is returned and its [outcome](Trajectory::outcome) says why it ended.
    ///
    /// # Errors
    /// A start of the wrong length or with non-finite entries, a field without a value at the start, or settings of
    /// `stop` and `record` that make no sense.
    fn integrate(
        &self,
        field: &dyn VectorField,
        start: &[f64],
        stop: &Stop,
        record: &Record,
    ) -> Result<Trajectory, Error>;
}

/// Distances this small against the start are rounding, to a method without an error control.
const ROUNDING: f64 = 1e-14;

fn check_step(step: f64) -> Result<(), Error> {
    if step.is_finite() && step > 0.0 {
        Ok(())
    } else {
        Err(Error::Setting {
            name: "step",
            value: step,
            requirement: "it must be finite and positive",
        })
    }
}
