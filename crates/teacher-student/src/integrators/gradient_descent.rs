use numeric::norm;

use super::run::{Run, Step, combine, undefined};
use super::{Integrator, ROUNDING, check_step};
use crate::error::Error;
use crate::field::VectorField;
use crate::stop::Stop;
use crate::trajectory::{Record, Trajectory};

/// Gradient descent with a constant step, x ← x + η f(x): w ← w − η∇loss(w) on a gradient flow.
///
/// Time advances by η a step, so that runs with different η share their time axis with the flow. Between two iterates
/// the path is the straight segment. Too large a step lets the loss grow: a [`Stop`] with
/// [`potential_above`](Stop::potential_above) the loss at the start ends such a run with the value reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradientDescent {
    step: f64,
}

impl GradientDescent {
    /// Descent with step η.
    ///
    /// # Errors
    /// η is not finite and positive.
    pub fn new(step: f64) -> Result<Self, Error> {
        check_step(step)?;
        Ok(Self { step })
    }
}

impl Integrator for GradientDescent {
    fn integrate(
        &self,
        field: &dyn VectorField,
        start: &[f64],
        stop: &Stop,
        record: &Record,
    ) -> Result<Trajectory, Error> {
        let (mut run, mut outcome) = Run::start(field, start, stop, record)?;
        let unresolved = ROUNDING * norm(start);
        let mut rate = vec![0.0; start.len()];
        loop {
            if let Some(outcome) = outcome {
                return Ok(run.finish(outcome));
            }
            if let Some(end) = run.stuck(self.step, unresolved, &mut None) {
                return Ok(run.finish(end));
            }
            let length = run.clip(self.step);
            let state = combine(&run.state, &[(length, &run.rate)]);
            outcome = if let Err(reason) = run.evaluate(&state, &mut rate) {
                Some(undefined(reason))
            } else {
                let (from, slope) = (run.state.clone(), run.rate.clone());
                run.accept(Step {
                    length,
                    state,
                    rate: rate.clone(),
                    interpolant: &|theta| combine(&from, &[(theta * length, &slope)]),
                    locate: false,
                })
            };
        }
    }
}
