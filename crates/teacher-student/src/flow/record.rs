use crate::error::Error;

/// Which states of an integration are kept. The start and the end always are.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// Start and end only.
    Ends,
    /// Every n-th accepted step; 0 is read as 1.
    EveryStep(usize),
    /// At given increasing times, by the method's interpolant.
    At(Vec<f64>),
}

impl Record {
    /// At `count` times from `first` to `last` in equal ratios, by the method's interpolant.
    ///
    /// Times that are not positive and increasing are refused when the integration starts.
    ///
    /// # Examples
    /// ```
    /// use teacher_student::Record;
    /// let Record::At(times) = Record::log(1e-2, 1e2, 5) else { unreachable!() };
    /// assert_eq!((times.len(), times[0], times[4]), (5, 1e-2, 1e2));
    /// assert!((times[2] - 1.0).abs() < 1e-15);
    /// ```
    pub fn log(first: f64, last: f64, count: usize) -> Self {
        let gaps = count.saturating_sub(1).max(1) as f64;
        let time = |i: usize| match i {
            0 => first,
            _ if i + 1 == count => last,
            _ => (first.ln() + (last / first).ln() * (i as f64 / gaps)).exp(),
        };
        Self::At((0..count).map(time).collect())
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let Self::At(times) = self else {
            return Ok(());
        };
        let mut previous = -1.0;
        for (index, &value) in times.iter().enumerate() {
            if !value.is_finite() || value < 0.0 || value <= previous {
                return Err(Error::RecordTimes { index, value });
            }
            previous = value;
        }
        Ok(())
    }
}
