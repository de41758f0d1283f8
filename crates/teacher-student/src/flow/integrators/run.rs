use numeric::{distance, norm};

use crate::error::Error;
use crate::flow::field::{FieldError, VectorField};
use crate::flow::record::Record;
use crate::flow::stop::Stop;
use crate::flow::trajectory::{Outcome, Trajectory};

/// Distances below this many absolute tolerances are not resolved by an error control: near a discontinuity it steps back
/// and forth at that size without end.
const UNRESOLVED: f64 = 100.0;
/// Steps shorter than this against the time elapsed do not move the time.
const SMALLEST_STEP: f64 = 1e-14;
/// A time this close to the limit is the limit.
const ROUNDED_UP: f64 = 1.0 + 1e-9;
/// Parts of a step at whose ends events are looked at.
const EVENT_PARTS: u32 = 8;
/// A state that moves by less than this against its norm in a step moves by its rounding.
const ROUNDED_MOTION: f64 = 256.0 * f64::EPSILON;
/// Steps of rounded motion without a new least rate after which the rate is taken for rounding.
const FLOOR_STEPS: usize = 100;
/// Growth of the potential from start to end that rounding and the error of a method can cause.
const GROWTH: f64 = 1e-9;
/// Growth of the potential that counts as none, against the typical sizes of state times rate.
const NOTHING: f64 = 1e-10;

/// One integration in progress: the current state, what has been recorded, and the rules that end it.
pub(super) struct Run<'a> {
    pub(super) field: &'a dyn VectorField,
    stop: &'a Stop<'a>,
    record: &'a Record,
    pub(super) time: f64,
    pub(super) state: Vec<f64>,
    pub(super) rate: Vec<f64>,
    pub(super) steps: usize,
    pub(super) rejected: usize,
    pub(super) evaluations: usize,
    times: Vec<f64>,
    states: Vec<Vec<f64>>,
    potentials: Vec<Option<f64>>,
    rates: Vec<f64>,
    next_record: usize,
    starts_unresolved: bool,
    /// For each event its last value that was not zero.
    events: Vec<f64>,
    least_rate: f64,
    steps_since_least: usize,
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
    /// Checks everything and evaluates the field at the start. The outcome is there if a rule holds at the start already.
    pub(super) fn start(
        field: &'a dyn VectorField,
        start: &[f64],
        stop: &'a Stop<'a>,
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
            potentials: vec![field.potential(start).unwrap_or(None)],
            rates: Vec::new(),
            next_record: 0,
            starts_unresolved: false,
            events: Vec::new(),
            least_rate: f64::INFINITY,
            steps_since_least: 0,
        };
        let mut rate = vec![0.0; dimension];
        let first = run.evaluate(start, &mut rate).and_then(|()| {
            for event in &stop.events {
                run.events.push(event.value(start)?);
            }
            stop.holds(field, start, &rate)
        });
        run.rates.push(match &first {
            Ok(_) => norm(&rate),
            Err(_) => f64::NAN,
        });
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
            Some(end) if self.time + step * ROUNDED_UP >= end => end - self.time,
            _ => step,
        }
    }

    /// Whether a step of this length, which may not be shortened, passes the time limit.
    pub(super) fn passes(&self, step: f64) -> bool {
        self.stop
            .time
            .is_some_and(|end| self.time + step > end * ROUNDED_UP)
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
            Some(limit) if start + step.length * ROUNDED_UP >= limit => limit,
            _ => start + step.length,
        };
        let rule = match self.stop.holds(self.field, &step.state, &step.rate) {
            Err(reason) => return Some(undefined(reason)),
            Ok(Some(Outcome::Diverged)) => return Some(Outcome::Diverged),
            Ok(None) => (None, 1.0),
            Ok(Some(outcome)) if step.locate => self.locate(&step, outcome),
            Ok(Some(outcome)) => (Some(outcome), 1.0),
        };
        let (outcome, fraction) = match self.first_event(&step) {
            Err(reason) => return Some(undefined(reason)),
            Ok(Some((event, fraction))) if rule.0.is_none() || fraction < rule.1 => {
                (Some(event), fraction)
            }
            Ok(_) => rule,
        };
        self.record_inside(&step, start, start + fraction * step.length);
        self.steps += 1;
        let before = std::mem::take(&mut self.state);
        if fraction < 1.0 {
            self.time = start + fraction * step.length;
            self.state = (step.interpolant)(fraction);
            let (state, mut rate) = (self.state.clone(), std::mem::take(&mut self.rate));
            if self.evaluate(&state, &mut rate).is_err() {
                rate.fill(f64::NAN);
            }
            self.rate = rate;
        } else {
            self.time = end;
            self.state = step.state;
            self.rate = step.rate;
        }
        if let Record::EveryStep(n) = self.record
            && self.steps.is_multiple_of((*n).max(1))
        {
            self.push_current();
        }
        outcome
            .or_else(|| self.limit())
            .or_else(|| self.noise_floor(&before))
    }

    /// The event of this step that comes first, if there is one, with the fraction of the step.
    fn first_event(&mut self, step: &Step<'_>) -> Result<Option<(Outcome, f64)>, FieldError> {
        let parts = if step.locate { EVENT_PARTS } else { 1 };
        let state_at = |theta: f64| {
            if theta < 1.0 {
                (step.interpolant)(theta)
            } else {
                step.state.clone()
            }
        };
        let mut first: Option<(Outcome, f64)> = None;
        for (event, before) in self.stop.events.iter().zip(&mut self.events) {
            if *before != 0.0
                && let Some(fraction) = event.crossing(*before, parts, &state_at)?
                && first.as_ref().is_none_or(|(_, least)| fraction < *least)
            {
                let name = event.name.clone();
                first = Some((Outcome::Event { name }, fraction));
            }
            let value = event.value(&step.state)?;
            if value != 0.0 {
                *before = value;
            }
        }
        Ok(first)
    }

    /// Whether the rate that a rule waits for is below the rounding of the field: the state moves by no more than its own
    /// rounding, and the rate has found no new least value for many steps.
    fn noise_floor(&mut self, before: &[f64]) -> Option<Outcome> {
        let tolerance = self.stop.least_rate(self.field)?;
        let rate = norm(&self.rate);
        if rate < self.least_rate {
            self.least_rate = rate;
            self.steps_since_least = 0;
            return None;
        }
        self.steps_since_least += 1;
        let still = distance(before, &self.state) <= ROUNDED_MOTION * norm(&self.state);
        (still && self.steps_since_least >= FLOOR_STEPS)
            .then_some(Outcome::NoiseFloor { rate, tolerance })
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
        let mut rate = vec![0.0; self.state.len()];
        while let Some(&t) = times.get(self.next_record)
            && t <= end
        {
            let state = (step.interpolant)(((t - start) / step.length).clamp(0.0, 1.0));
            let size = match self.evaluate(&state, &mut rate) {
                Ok(()) => norm(&rate),
                Err(_) => f64::NAN,
            };
            self.push(t, state, size);
            self.next_record += 1;
        }
    }

    fn push_current(&mut self) {
        let (state, rate) = (self.state.clone(), norm(&self.rate));
        self.push(self.time, state, rate);
    }

    fn push(&mut self, time: f64, state: Vec<f64>, rate: f64) {
        self.potentials
            .push(self.field.potential(&state).unwrap_or(None));
        self.rates.push(rate);
        self.times.push(time);
        self.states.push(state);
    }

    pub(super) fn finish(mut self, outcome: Outcome) -> Trajectory {
        if self.times.last() != Some(&self.time) {
            self.push_current();
        }
        let outcome = match outcome {
            Outcome::TimeReached | Outcome::StepsReached => self.risen().unwrap_or(outcome),
            other => other,
        };
        Trajectory {
            times: self.times,
            states: self.states,
            potentials: self.potentials,
            rates: self.rates,
            outcome,
            steps: self.steps,
            rejected: self.rejected,
            evaluations: self.evaluations,
        }
    }

    /// A limit was reached with a potential above that of the start: the step is too large, and that is why.
    fn risen(&self) -> Option<Outcome> {
        let level = (*self.potentials.first()?)?;
        let potential = (*self.potentials.last()?)?;
        let rounding = NOTHING * self.field.state_scale() * self.field.rate_scale();
        (potential > level * (1.0 + GROWTH) + rounding)
            .then_some(Outcome::PotentialAbove { potential, level })
    }
}

pub(super) fn undefined(reason: FieldError) -> Outcome {
    Outcome::FieldUndefined { reason }
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
