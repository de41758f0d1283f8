use numeric::norm;

use super::run::{Run, Step, combine, hermite, undefined};
use super::{Integrator, ROUNDING, check_step};
use crate::error::Error;
use crate::flow::field::{FieldError, VectorField};
use crate::flow::record::Record;
use crate::flow::stop::Stop;
use crate::flow::trajectory::Trajectory;

/// The classical Runge–Kutta method of order 4 with a constant step, interpolated by cubic Hermite polynomials.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RungeKutta4 {
    step: f64,
}

impl RungeKutta4 {
    /// The method with step h, finite and positive.
    pub fn new(step: f64) -> Self {
        Self { step }
    }
}

/// The state after one step, and the field there.
fn advance(run: &mut Run<'_>, h: f64) -> Result<(Vec<f64>, Vec<f64>), FieldError> {
    let (x, k1) = (run.state.clone(), run.rate.clone());
    let mut k2 = vec![0.0; x.len()];
    let (mut k3, mut k4, mut end) = (k2.clone(), k2.clone(), k2.clone());
    run.evaluate(&combine(&x, &[(h / 2.0, &k1)]), &mut k2)?;
    run.evaluate(&combine(&x, &[(h / 2.0, &k2)]), &mut k3)?;
    run.evaluate(&combine(&x, &[(h, &k3)]), &mut k4)?;
    let terms = [
        (h / 6.0, k1.as_slice()),
        (h / 3.0, &k2),
        (h / 3.0, &k3),
        (h / 6.0, &k4),
    ];
    let next = combine(&x, &terms);
    run.evaluate(&next, &mut end)?;
    Ok((next, end))
}

impl Integrator for RungeKutta4 {
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
        loop {
            if let Some(outcome) = outcome {
                return Ok(run.finish(outcome));
            }
            if let Some(end) = run.stuck(self.step, unresolved, &mut None) {
                return Ok(run.finish(end));
            }
            let h = run.clip(self.step);
            outcome = match advance(&mut run, h) {
                Err(reason) => Some(undefined(reason)),
                Ok((state, rate)) => {
                    let (x0, f0, x1, f1) = (
                        run.state.clone(),
                        run.rate.clone(),
                        state.clone(),
                        rate.clone(),
                    );
                    run.accept(Step {
                        length: h,
                        state,
                        rate,
                        interpolant: &|theta| hermite(theta, h, (&x0, &f0), (&x1, &f1)),
                        locate: true,
                    })
                }
            };
        }
    }
}
