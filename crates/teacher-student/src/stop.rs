use numeric::{distance, norm};

use crate::error::Error;
use crate::field::{FieldError, VectorField};
use crate::trajectory::Outcome;

/// When an integration ends. Any rule that holds ends it; a limit on time or on steps is needed.
///
/// # Examples
/// ```
/// use teacher_student::Stop;
/// let stop = Stop::new().time(100.0).rate_below(1e-10);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stop {
    pub(crate) time: Option<f64>,
    pub(crate) steps: Option<usize>,
    pub(crate) rate: Option<f64>,
    pub(crate) distance: Option<(Vec<f64>, f64)>,
    pub(crate) potential: Option<f64>,
    pub(crate) ceiling: Option<f64>,
}

impl Stop {
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

    pub(crate) fn check(&self, dimension: usize) -> Result<(), Error> {
        if self.time.is_none() && self.steps.is_none() {
            return Err(Error::Endless);
        }
        let settings = [
            ("time", self.time),
            ("rate_below", self.rate),
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
        if let Some(tolerance) = self.rate {
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
