use numeric::norm;

use super::run::{Run, Step, combine, undefined};
use super::{Integrator, ROUNDING, check_step};
use crate::error::Error;
use crate::flow::field::VectorField;
use crate::flow::record::Record;
use crate::flow::stop::Stop;
use crate::flow::trajectory::{Outcome, Trajectory};

/// Gradient descent with a constant step, x ← x + η f(x): w ← w − η∇loss(w) on a gradient flow.
///
/// Time advances by η a step, so that runs with different η share their time axis with the flow. No step is shortened: a time
/// limit ends the run with the last iterate before it. Between two iterates the path is the straight segment. Too large a step lets the loss grow: a [`Stop`] with
/// [`potential_above`](Stop::potential_above) the loss at the start ends such a run with the value reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GradientDescent {
    step: f64,
}

impl GradientDescent {
    /// Descent with step η, finite and positive.
    pub fn new(step: f64) -> Self {
        Self { step }
    }
}

impl Integrator for GradientDescent {
    fn check(&self) -> Result<(), Error> {
        check_step(self.step)
    }

    fn integrate(
        &self,
        field: &dyn VectorField,
        start: &[f64],
        stop: &Stop<'_>,
        record: &Record,
    ) -> Result<Trajectory, Error> {
        self.check()?;
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
            if run.passes(self.step) {
                return Ok(run.finish(Outcome::TimeReached));
            }
            let length = self.step;
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
