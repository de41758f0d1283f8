use std::sync::Arc;

use numeric::{distance, norm};

use super::event::Event;
use super::field::{FieldError, VectorField};
use super::trajectory::Outcome;
use crate::error::Error;

/// When an integration ends. Any rule that holds ends it; a limit on time or on steps is needed.
///
/// # Examples
/// ```
/// use teacher_student::Stop;
/// let stop = Stop::new().time(100.0).rate_below(1e-10);
/// // A function of the state ends the run where it changes sign.
/// let stop = stop.event("the first entry vanishes", |state| state[0]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Stop<'a> {
    pub(crate) time: Option<f64>,
    pub(crate) steps: Option<usize>,
    pub(crate) rate: Option<f64>,
    pub(crate) relative_rate: Option<f64>,
    pub(crate) distance: Option<(Vec<f64>, f64)>,
    pub(crate) potential: Option<f64>,
    pub(crate) ceiling: Option<f64>,
    pub(crate) events: Vec<Event<'a>>,
}

impl<'a> Stop<'a> {
    /// No rule yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// At time `t`, which is reached exactly.
    #[must_use]
    pub fn time(mut self, t: f64) -> Self {
        self.time = Some(t);
        self
    }

    /// After `n` accepted steps.
    #[must_use]
    pub fn steps(mut self, n: usize) -> Self {
        self.steps = Some(n);
        self
    }

    /// When ‖f(x)‖, the gradient norm of a gradient flow, is at most `tolerance`.
    #[must_use]
    pub fn rate_below(mut self, tolerance: f64) -> Self {
        self.rate = Some(tolerance);
        self
    }

    /// When ‖f(x)‖ is at most `tolerance` times [`VectorField::rate_scale`]: for a gradient flow of the population loss the
    /// rule is the same in every unit of the weights.
    #[must_use]
    pub fn relative_rate_below(mut self, tolerance: f64) -> Self {
        self.relative_rate = Some(tolerance);
        self
    }

    /// When ‖x − target‖ is at most `radius`.
    #[must_use]
    pub fn distance_below(mut self, target: Vec<f64>, radius: f64) -> Self {
        self.distance = Some((target, radius));
        self
    }

    /// When the field's potential, the loss of a gradient flow, is at most `level`.
    #[must_use]
    pub fn potential_below(mut self, level: f64) -> Self {
        self.potential = Some(level);
        self
    }

    /// When the field's potential, the loss of a gradient flow, exceeds `level`: it never does along the flow, so a step
    /// that is too large shows there first.
    #[must_use]
    pub fn potential_above(mut self, level: f64) -> Self {
        self.ceiling = Some(level);
        self
    }

    /// Where `function` of the state changes its sign, in either direction; several events may be named.
    ///
    /// The moment is located on the dense output to rounding, and the outcome is [`Outcome::Event`] with this name. A start at
    /// which the function is zero does not end the run. The function is looked at eight times a step: two changes of sign
    /// closer than that are not seen. [`GradientDescent`](crate::GradientDescent) has no path between its iterates: it ends
    /// at the first iterate beyond the change of sign.
    #[must_use]
    pub fn event(
        mut self,
        name: impl Into<String>,
        function: impl Fn(&[f64]) -> f64 + Send + Sync + 'a,
    ) -> Self {
        self.events.push(Event {
            name: name.into(),
            function: Arc::new(function),
        });
        self
    }

    pub(crate) fn check(&self, dimension: usize) -> Result<(), Error> {
        if self.time.is_none() && self.steps.is_none() {
            return Err(Error::Endless);
        }
        let settings = [
            ("time", self.time),
            ("rate_below", self.rate),
            ("relative_rate_below", self.relative_rate),
            ("distance_below", self.distance.as_ref().map(|d| d.1)),
            ("potential_below", self.potential),
            ("potential_above", self.ceiling),
        ];
        for (name, value) in settings {
            if let Some(value) = value
                && !(value.is_finite() && value >= 0.0)
            {
                return Err(Error::Setting {
                    name,
                    value,
                    requirement: "it must be finite and not negative",
                });
            }
        }
        match &self.distance {
            Some((target, _)) if target.len() != dimension => Err(Error::TargetLength {
                length: target.len(),
                dimension,
            }),
            _ => Ok(()),
        }
    }

    /// The norm of the rate that ends the run on this field, if a rule names one.
    pub(crate) fn least_rate(&self, field: &dyn VectorField) -> Option<f64> {
        let relative = self.relative_rate.map(|r| r * field.rate_scale());
        match (self.rate, relative) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        }
    }

    /// The rule about the state that holds there, if any.
    pub(crate) fn holds(
        &self,
        field: &dyn VectorField,
        state: &[f64],
        rate: &[f64],
    ) -> Result<Option<Outcome>, FieldError> {
        if rate.iter().any(|r| r.is_nan()) {
            return Err(Error::FieldNotFinite.into());
        }
        if rate.iter().any(|r| r.is_infinite()) {
            return Ok(Some(Outcome::Diverged));
        }
        if let Some(tolerance) = self.least_rate(field) {
            let rate = norm(rate);
            if rate <= tolerance {
                return Ok(Some(Outcome::RateBelow { rate }));
            }
        }
        if let Some((target, radius)) = &self.distance {
            let distance = distance(state, target);
            if distance <= *radius {
                return Ok(Some(Outcome::DistanceBelow { distance }));
            }
        }
        if (self.potential, self.ceiling) == (None, None) {
            return Ok(None);
        }
        let Some(potential) = field.potential(state)? else {
            return Ok(None);
        };
        if self.potential.is_some_and(|level| potential <= level) {
            return Ok(Some(Outcome::PotentialBelow { potential }));
        }
        if let Some(level) = self.ceiling
            && potential > level
        {
            return Ok(Some(Outcome::PotentialAbove { potential, level }));
        }
        Ok(None)
    }
}
