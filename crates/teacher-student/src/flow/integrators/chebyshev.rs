use numeric::norm;

use super::run::{Run, Step, combine, hermite, undefined};
use super::{Integrator, check_setting};
use crate::error::Error;
use crate::flow::field::{FieldError, VectorField};
use crate::flow::record::Record;
use crate::flow::stop::Stop;
use crate::flow::trajectory::Trajectory;

/// The stabilised explicit method of Runge, Kutta and Chebyshev of order 2, for slow ends of stiff gradient flows.
///
/// With s stages its stability interval on the negative real axis has length about ⅔s², so the step can grow with the
/// square of the work while an ordinary pair is held to a few times 1/λ_max. The Hessian of a loss is symmetric: near a
/// minimum the spectrum of a gradient flow is real, which is what the method needs. It is made for following a flow to
/// a critical point at moderate accuracy; along fast parts [`DormandPrince`](crate::DormandPrince) is cheaper.
///
/// λ_max is estimated by a nonlinear power method; the step is controlled by an embedded estimate of order 2. Rules of
/// [`Stop`] are located by the cubic Hermite interpolant.
///
/// # Examples
/// ```
/// use teacher_student::{GradientFlow, Integrator, Network, Population, Record, RungeKuttaChebyshev, Stop, Weights};
/// let flow = GradientFlow::new(Population::matching(Network::new(Weights::orthonormal(20, 20)?)));
/// let start: Vec<f64> = (0..400).map(|i| 0.1 * f64::sin(f64::from(i))).collect();
/// let method = RungeKuttaChebyshev::default();
/// let run = method.integrate(&flow, &start, &Stop::new().time(1e4).rate_below(1e-8), &Record::Ends)?;
/// assert!(run.outcome().is_converged());
/// # Ok::<(), teacher_student::Error>(())
/// ```
///
/// # Source
/// Sommeijer, Shampine & Verwer, *RKC: an explicit solver for parabolic PDEs*, 1998.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RungeKuttaChebyshev {
    tolerance: f64,
}

/// At a rest point nothing bounds the step: this keeps the time finite.
const LONGEST_STEP: f64 = 1e150;
/// More stages than this are not worth it: rounding grows like s².
const MOST_STAGES: usize = 250;
/// Safety factor on the estimate of λ_max.
const RADIUS_SAFETY: f64 = 1.2;
/// Accepted steps after which λ_max is estimated again.
const RADIUS_LIFETIME: usize = 20;
/// Absolute tolerance against the relative one.
const ABSOLUTE: f64 = 1e-3;

impl Default for RungeKuttaChebyshev {
    fn default() -> Self {
        Self { tolerance: 1e-4 }
    }
}

impl RungeKuttaChebyshev {
    /// The relative tolerance, in [1e-10, 0.1]; 1e-4 unless set. The absolute one is a thousandth of it, times
    /// [`VectorField::state_scale`].
    #[must_use]
    pub fn tolerance(mut self, value: f64) -> Self {
        self.tolerance = value;
        self
    }

    fn error(self, scale: f64, from: &[f64], to: &[f64], estimate: &[f64]) -> f64 {
        let squares: f64 = (0..from.len())
            .map(|i| {
                let size = from[i].abs().max(to[i].abs());
                (estimate[i] / (self.tolerance * (ABSOLUTE * scale + size))).powi(2)
            })
            .sum();
        (squares / from.len().max(1) as f64).sqrt()
    }
}

/// The least number of stages, at least two, that is stable for hλ_max.
fn stages_for(reach: f64) -> usize {
    (2..MOST_STAGES)
        .find(|s| (s * s - 1) as f64 >= 1.54 * reach)
        .unwrap_or(MOST_STAGES)
}

/// One step of s stages: the state and the field at its end.
fn advance(run: &mut Run<'_>, h: f64, stages: usize) -> Result<(Vec<f64>, Vec<f64>), FieldError> {
    let degree = stages as f64;
    let w0 = 1.0 + 2.0 / (13.0 * degree * degree);
    // T_j, T'_j and T''_j at w0 by their recurrences.
    let (mut t, mut dt, mut ddt) = ([1.0, w0], [0.0, 1.0], [0.0, 0.0]);
    let mut table = vec![(t[1], dt[1], ddt[1])];
    for _ in 2..=stages {
        let next = 2.0 * w0 * t[1] - t[0];
        let dnext = 2.0 * t[1] + 2.0 * w0 * dt[1] - dt[0];
        let ddnext = 4.0 * dt[1] + 2.0 * w0 * ddt[1] - ddt[0];
        (t, dt, ddt) = ([t[1], next], [dt[1], dnext], [ddt[1], ddnext]);
        table.push((next, dnext, ddnext));
    }
    let w1 = dt[1] / ddt[1];
    let weight = |j: usize| {
        let (_, d, dd) = table[j.max(2) - 1];
        dd / (d * d)
    };
    let b = |j: usize| if j == 1 { w0.recip() } else { weight(j) };
    let a = |j: usize| 1.0 - b(j) * table[j - 1].0;

    let (start, slope) = (run.state.clone(), run.rate.clone());
    let mut before = start.clone();
    let mut current = combine(&start, &[(b(1) * w1 * h, &slope)]);
    let mut rate = vec![0.0; start.len()];
    for j in 2..=stages {
        run.evaluate(&current, &mut rate)?;
        let previous = b(j - 1);
        let before_previous = if j == 2 { weight(2) } else { b(j - 2) };
        let mu = 2.0 * b(j) * w0 / previous;
        let nu = -b(j) / before_previous;
        let pull = 2.0 * b(j) * w1 / previous;
        let drift = -a(j - 1) * pull;
        let next: Vec<f64> = (0..start.len())
            .map(|i| {
                // Differences from the start keep what is small when mu + nu is near 1.
                start[i]
                    + mu * (current[i] - start[i])
                    + nu * (before[i] - start[i])
                    + h * (pull * rate[i] + drift * slope[i])
            })
            .collect();
        before = std::mem::replace(&mut current, next);
    }
    run.evaluate(&current, &mut rate)?;
    Ok((current, rate))
}

/// The largest |eigenvalue| of the Jacobian at the current state, by power iteration on differences of the field.
fn spectral_radius(run: &mut Run<'_>, direction: &mut Vec<f64>) -> Result<f64, FieldError> {
    let size = norm(&run.state).max(1e-6 * run.field.state_scale());
    let (state, slope) = (run.state.clone(), run.rate.clone());
    let mut rate = vec![0.0; state.len()];
    let mut radius = 0.0;
    for round in 0..30 {
        let length = norm(direction);
        if length == 0.0 {
            *direction = (0..state.len()).map(|i| 1.0 + (i as f64).sin()).collect();
            continue;
        }
        let reach = 1e-7 * size;
        let probe = combine(&state, &[(reach / length, direction)]);
        run.evaluate(&probe, &mut rate)?;
        *direction = combine(&rate, &[(-1.0, &slope)]);
        let next = norm(direction) / reach;
        if !next.is_finite() {
            return Err(Error::FieldNotFinite.into());
        }
        let settled = (next - radius).abs() <= 0.05 * next;
        radius = next;
        if settled && round > 1 {
            break;
        }
    }
    Ok(RADIUS_SAFETY * radius)
}

impl Integrator for RungeKuttaChebyshev {
    fn check(&self) -> Result<(), Error> {
        check_setting(
            "tolerance",
            self.tolerance,
            (1e-10..=0.1).contains(&self.tolerance),
            "it must lie in [1e-10, 0.1]; use DormandPrince for smaller errors",
        )
    }

    fn integrate(
        &self,
        field: &dyn VectorField,
        start: &[f64],
        stop: &Stop<'_>,
        record: &Record,
    ) -> Result<Trajectory, Error> {
        self.check()?;
        let scale = field.state_scale();
        let (mut run, mut outcome) = Run::start(field, start, stop, record)?;
        let (mut radius, mut age) = (None, 0);
        let mut direction = run.rate.clone();
        let mut step = f64::INFINITY;
        let mut obstacle = None;
        loop {
            if let Some(outcome) = outcome {
                return Ok(run.finish(outcome));
            }
            if let Some(end) = run.stuck(step, self.tolerance * ABSOLUTE * scale, &mut obstacle) {
                return Ok(run.finish(end));
            }
            let stiffness = match radius {
                Some(known) if age < RADIUS_LIFETIME => known,
                _ => match spectral_radius(&mut run, &mut direction) {
                    Ok(found) => {
                        (radius, age) = (Some(found), 0);
                        found
                    }
                    Err(reason) => return Ok(run.finish(undefined(reason))),
                },
            };
            if step.is_infinite() {
                step = 0.1 / stiffness.max(1e-10);
            }
            let longest =
                ((MOST_STAGES * MOST_STAGES) as f64 - 1.0) / (1.54 * stiffness.max(1e-300));
            let h = run.clip(step.min(longest));
            let stages = stages_for(h * stiffness);
            outcome = match advance(&mut run, h, stages) {
                Err(reason) => {
                    (step, radius) = (0.1 * h, None);
                    run.rejected += 1;
                    obstacle = Some(reason);
                    None
                }
                Ok((state, rate)) => {
                    let estimate: Vec<f64> = (0..state.len())
                        .map(|i| {
                            0.8 * (run.state[i] - state[i]) + 0.4 * h * (run.rate[i] + rate[i])
                        })
                        .collect();
                    let error = self.error(scale, &run.state, &state, &estimate);
                    let factor = 0.8 * error.powf(-1.0 / 3.0);
                    if error <= 1.0 {
                        step = (h * factor.clamp(0.2, 5.0)).min(LONGEST_STEP);
                        age += 1;
                        let ends = (
                            run.state.clone(),
                            run.rate.clone(),
                            state.clone(),
                            rate.clone(),
                        );
                        run.accept(Step {
                            length: h,
                            state,
                            rate,
                            interpolant: &|theta| {
                                hermite(theta, h, (&ends.0, &ends.1), (&ends.2, &ends.3))
                            },
                            locate: true,
                        })
                    } else {
                        run.rejected += 1;
                        // An error of NaN or infinity asks for the smallest factor too.
                        step = h * if factor > 0.1 { factor } else { 0.1 };
                        radius = None;
                        obstacle = error.is_nan().then(|| Error::FieldNotFinite.into());
                        None
                    }
                }
            };
        }
    }
}
