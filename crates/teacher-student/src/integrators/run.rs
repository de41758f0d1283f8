use std::sync::Arc;

use crate::error::Error;
use crate::field::{FieldError, VectorField};
use crate::stop::Stop;
use crate::trajectory::{Outcome, Record, Trajectory};

/// Distances below this many absolute tolerances are not resolved by an error control: near a discontinuity it steps back
/// and forth at that size without end.
const UNRESOLVED: f64 = 100.0;
/// Steps shorter than this against the time elapsed do not move the time.
const SMALLEST_STEP: f64 = 1e-14;

/// One integration in progress: the current state, what has been recorded, and the rules that end it.
pub(super) struct Run<'a> {
    pub(super) field: &'a dyn VectorField,
    stop: &'a Stop,
    record: &'a Record,
    pub(super) time: f64,
    pub(super) state: Vec<f64>,
    pub(super) rate: Vec<f64>,
    pub(super) steps: usize,
    pub(super) rejected: usize,
    pub(super) evaluations: usize,
    times: Vec<f64>,
    states: Vec<Vec<f64>>,
    next_record: usize,
    starts_unresolved: bool,
}

/// A step that has been computed but not yet accepted.
pub(super) struct Step<'a> {
    pub(super) length: f64,
    pub(super) state: Vec<f64>,
    /// The field at `state`.
    pub(super) rate: Vec<f64>,
    /// The state at fraction θ ∈ [0, 1] of the step.
    pub(super) interpolant: &'a dyn Fn(f64) -> Vec<f64>,
    /// Whether a rule that holds at the end is traced back to the moment it first held.
    pub(super) locate: bool,
}

impl<'a> Run<'a> {
    /// Checks everything and evaluates the field at the start. `Err(Ok(trajectory))` if a rule holds there already.
    pub(super) fn start(
        field: &'a dyn VectorField,
        start: &[f64],
        stop: &'a Stop,
        record: &'a Record,
    ) -> Result<(Self, Option<Outcome>), Error> {
        let dimension = field.dimension();
        if start.len() != dimension {
            return Err(Error::StartLength {
                length: start.len(),
                dimension,
            });
        }
        if let Some(index) = start.iter().position(|x| !x.is_finite()) {
            return Err(Error::StartNotFinite {
                index,
                value: start[index],
            });
        }
        stop.check(dimension)?;
        record.check()?;
        let mut run = Self {
            field,
            stop,
            record,
            time: 0.0,
            state: start.to_vec(),
            rate: vec![0.0; dimension],
            steps: 0,
            rejected: 0,
            evaluations: 0,
            times: vec![0.0],
            states: vec![start.to_vec()],
            next_record: 0,
            starts_unresolved: false,
        };
        let mut rate = vec![0.0; dimension];
        let first = run
            .evaluate(start, &mut rate)
            .and_then(|()| stop.holds(field, start, &rate));
        run.rate = rate;
        if let Record::At(times) = record
            && times.first() == Some(&0.0)
        {
            run.next_record = 1;
        }
        let outcome = match first {
            Err(reason) => Some(undefined(reason)),
            Ok(Some(outcome)) => Some(outcome),
            Ok(None) => run.limit(),
        };
        Ok((run, outcome))
    }

    pub(super) fn evaluate(&mut self, state: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        self.evaluations += 1;
        self.field.evaluate(state, rate)
    }

    /// Why no further step of this length makes sense, if so: a singularity that the error control does not resolve,
    /// or a step that no longer moves the time.
    pub(super) fn stuck(
        &mut self,
        step: f64,
        absolute: f64,
        obstacle: &mut Option<FieldError>,
    ) -> Option<Outcome> {
        let singularity = self.field.singularity(&self.state, UNRESOLVED * absolute);
        if self.steps == 0 {
            // A start that is that close by choice is followed all the same.
            self.starts_unresolved = singularity.is_some();
        } else if !self.starts_unresolved
            && let Some(reason) = singularity
        {
            return Some(undefined(reason));
        }
        (step <= SMALLEST_STEP * self.time || step < f64::MIN_POSITIVE).then(|| {
            match obstacle.take() {
                Some(reason) => undefined(reason),
                None => Outcome::StepTooSmall { step },
            }
        })
    }

    /// The longest step that does not pass the time limit.
    pub(super) fn clip(&self, step: f64) -> f64 {
        match self.stop.time {
            // A remainder of rounding size is not worth a step of its own.
            Some(end) if self.time + step * (1.0 + 1e-9) >= end => end - self.time,
            _ => step,
        }
    }

    fn limit(&self) -> Option<Outcome> {
        if self.stop.time.is_some_and(|end| self.time >= end) {
            return Some(Outcome::TimeReached);
        }
        if self.stop.steps.is_some_and(|n| self.steps >= n) {
            return Some(Outcome::StepsReached);
        }
        None
    }

    /// Accepts a step, records, and says whether the integration ends.
    pub(super) fn accept(&mut self, step: Step<'_>) -> Option<Outcome> {
        if step.state.iter().any(|x| !x.is_finite()) {
            return Some(Outcome::Diverged);
        }
        let start = self.time;
        let end = match self.stop.time {
            Some(limit) if start + step.length >= limit => limit,
            _ => start + step.length,
        };
        let (outcome, fraction) = match self.stop.holds(self.field, &step.state, &step.rate) {
            Err(reason) => return Some(undefined(reason)),
            Ok(Some(Outcome::Diverged)) => return Some(Outcome::Diverged),
            Ok(None) => (None, 1.0),
            Ok(Some(outcome)) if step.locate => self.locate(&step, outcome),
            Ok(Some(outcome)) => (Some(outcome), 1.0),
        };
        self.record_inside(&step, start, start + fraction * step.length);
        self.steps += 1;
        if fraction < 1.0 {
            self.time = start + fraction * step.length;
            self.state = (step.interpolant)(fraction);
        } else {
            self.time = end;
            self.state = step.state;
            self.rate = step.rate;
        }
        if let Record::EveryStep(n) = self.record
            && self.steps.is_multiple_of((*n).max(1))
        {
            self.push(self.time, self.state.clone());
        }
        outcome.or_else(|| self.limit())
    }

    /// Bisects for the first fraction of the step at which a rule holds, to a thousandth of a millionth of the step.
    fn locate(&mut self, step: &Step<'_>, at_end: Outcome) -> (Option<Outcome>, f64) {
        let (mut before, mut after, mut outcome) = (0.0, 1.0, at_end);
        let mut rate = vec![0.0; self.state.len()];
        for _ in 0..30 {
            let middle = f64::midpoint(before, after);
            let state = (step.interpolant)(middle);
            let holds = self
                .evaluate(&state, &mut rate)
                .and_then(|()| self.stop.holds(self.field, &state, &rate));
            match holds {
                Ok(Some(found)) => {
                    after = middle;
                    outcome = found;
                }
                _ => before = middle,
            }
        }
        (Some(outcome), after)
    }

    fn record_inside(&mut self, step: &Step<'_>, start: f64, end: f64) {
        let Record::At(times) = self.record else {
            return;
        };
        while let Some(&t) = times.get(self.next_record)
            && t <= end
        {
            let state = (step.interpolant)(((t - start) / step.length).clamp(0.0, 1.0));
            self.push(t, state);
            self.next_record += 1;
        }
    }

    fn push(&mut self, time: f64, state: Vec<f64>) {
        self.times.push(time);
        self.states.push(state);
    }

    pub(super) fn finish(mut self, outcome: Outcome) -> Trajectory {
        if self.times.last() != Some(&self.time) {
            let (time, state) = (self.time, self.state.clone());
            self.push(time, state);
        }
        Trajectory {
            times: self.times,
            states: self.states,
            outcome,
            steps: self.steps,
            rejected: self.rejected,
            evaluations: self.evaluations,
        }
    }
}

pub(super) fn undefined(reason: FieldError) -> Outcome {
    Outcome::FieldUndefined {
        reason: Arc::from(reason),
    }
}

/// `x + Σ c_i k_i`, entry by entry.
pub(super) fn combine(x: &[f64], terms: &[(f64, &[f64])]) -> Vec<f64> {
    let mut sum = x.to_vec();
    for &(c, k) in terms {
        if c != 0.0 {
            for (s, k_i) in sum.iter_mut().zip(k) {
                *s += c * k_i;
            }
        }
    }
    sum
}

/// The cubic with the given values and slopes at both ends of a step of length h.
pub(super) fn hermite(
    theta: f64,
    h: f64,
    (x0, f0): (&[f64], &[f64]),
    (x1, f1): (&[f64], &[f64]),
) -> Vec<f64> {
    let back = 1.0 - theta;
    (0..x0.len())
        .map(|i| {
            let jump = x1[i] - x0[i];
            back * x0[i]
                + theta * x1[i]
                + theta * back * (back * (h * f0[i] - jump) + theta * (jump - h * f1[i]))
        })
        .collect()
}

/// Adds Σ c_i k_i, entry by entry in the order of the terms.
pub(super) fn add(to: &mut [f64], terms: &[(f64, &[f64])]) {
    pulp::Arch::new().dispatch(Add { to, terms });
}

struct Add<'a> {
    to: &'a mut [f64],
    terms: &'a [(f64, &'a [f64])],
}

impl pulp::NullaryFnOnce for Add<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        // A block stays in the first cache while the terms pass.
        const BLOCK: usize = 512;
        for (index, block) in self.to.chunks_mut(BLOCK).enumerate() {
            for (c, k) in self.terms {
                for (s, k) in block.iter_mut().zip(&k[index * BLOCK..]) {
                    *s += c * k;
                }
            }
        }
    }
}

/// The root mean square of v_i/scale(i).
pub(super) fn scaled_norm(v: &[f64], scale: impl Fn(usize) -> f64) -> f64 {
    let squares: f64 = v
        .iter()
        .enumerate()
        .map(|(i, v)| (v / scale(i)).powi(2))
        .sum();
    (squares / v.len().max(1) as f64).sqrt()
}

/// A first step for a method whose local error is of the order 1/`exponent`, by the rule of Hairer, Nørsett & Wanner,
/// *Solving Ordinary Differential Equations I*, §II.4; tolerances are (relative, absolute).
pub(super) fn starting_step(
    run: &mut Run<'_>,
    (relative, absolute): (f64, f64),
    exponent: f64,
) -> f64 {
    let state = run.state.clone();
    let size_of = |v: &[f64]| scaled_norm(v, |i| absolute + relative * state[i].abs());
    let (size, slope) = (size_of(&state), size_of(&run.rate));
    let guess = if size < 1e-5 || slope < 1e-5 {
        1e-6
    } else {
        0.01 * size / slope
    };
    let probe = combine(&state, &[(guess, &run.rate)]);
    let mut rate = vec![0.0; probe.len()];
    if run.evaluate(&probe, &mut rate).is_err() {
        return guess;
    }
    let change = combine(&rate, &[(-1.0, &run.rate)]);
    let steepest = slope.max(size_of(&change) / guess);
    let refined = if steepest <= 1e-15 {
        (guess * 1e-3).max(1e-6)
    } else {
        (0.01 / steepest).powf(exponent)
    };
    refined.min(100.0 * guess)
}
