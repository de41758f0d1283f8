use std::fmt;
use std::sync::Arc;

use super::field::FieldError;
use crate::error::Error;

type Function<'a> = dyn Fn(&[f64]) -> f64 + Send + Sync + 'a;

/// A function of the state whose zero ends an integration.
#[derive(Clone)]
pub(crate) struct Event<'a> {
    pub(crate) name: String,
    pub(crate) function: Arc<Function<'a>>,
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Event").field(&self.name).finish()
    }
}

impl Event<'_> {
    /// # Errors
    /// The function is NaN at `state`.
    pub(crate) fn value(&self, state: &[f64]) -> Result<f64, FieldError> {
        let value = (self.function)(state);
        if value.is_nan() {
            let name = self.name.clone();
            return Err(Error::EventNotANumber { name }.into());
        }
        Ok(value)
    }

    /// The first fraction of a step at which the sign differs from that of `before`, the last value that was not zero, if
    /// there is one among the ends of `parts` equal parts; found by bisection to the last digit of the fraction.
    pub(crate) fn crossing(
        &self,
        before: f64,
        parts: u32,
        state_at: &dyn Fn(f64) -> Vec<f64>,
    ) -> Result<Option<f64>, FieldError> {
        let crossed = |value: f64| value == 0.0 || value.signum() != before.signum();
        for part in 1..=parts {
            let end = f64::from(part) / f64::from(parts);
            if !crossed(self.value(&state_at(end))?) {
                continue;
            }
            if parts == 1 {
                return Ok(Some(1.0));
            }
            let (mut low, mut high) = (f64::from(part - 1) / f64::from(parts), end);
            loop {
                let middle = f64::midpoint(low, high);
                if middle <= low || middle >= high {
                    return Ok(Some(high));
                }
                if crossed(self.value(&state_at(middle))?) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
        }
        Ok(None)
    }
}
