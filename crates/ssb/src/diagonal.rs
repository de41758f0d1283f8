use crate::error::{Error, finite, no_overflow};
use crate::saddle::SymmetricSaddle;

/// The fully symmetric case x = y > 0, where the planar dynamics is one linear equation.
///
/// All K students coincide, and per sample ẋ = −(K/2)(x − x*), x* the [symmetric saddle](SymmetricSaddle): Eq 70 is
/// 2π times this. The solution is x(t) = x* + (x⁰ − x*) e^(−Kt/2).
///
/// # Examples
/// ```
/// use ssb::DiagonalFlow;
/// let flow = DiagonalFlow::new(2)?;
/// let rest = flow.saddle().coordinate();
/// assert!((flow.solution(1.0, 40.0)? - rest).abs() < 1e-15);
/// assert_eq!(flow.solution(0.25, 0.0)?, 0.25);
/// # Ok::<(), ssb::Error>(())
/// ```
///
/// # Source
/// Tian 2016, Theorem 7.11 and Eq 70, whose printed solution "x₀ + Ce^(−K/2Nt)" has the wrong limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DiagonalFlow {
    saddle: SymmetricSaddle,
}

impl DiagonalFlow {
    /// K ≥ 2 neurons.
    ///
    /// # Errors
    /// K < 2, or K above 2³¹.
    pub fn new(neurons: usize) -> Result<Self, Error> {
        Ok(Self {
            saddle: SymmetricSaddle::new(neurons)?,
        })
    }

    /// The limit of every solution.
    pub fn saddle(&self) -> SymmetricSaddle {
        self.saddle
    }

    /// ẋ = −(K/2)(x − x*), per sample, for x = y > 0.
    ///
    /// # Errors
    /// `x` is not positive and finite: at 0 the field is discontinuous, and below it the students oppose their
    /// teachers, where another equation holds.
    pub fn rate(&self, x: f64) -> Result<f64, Error> {
        let half = 0.5 * self.saddle.neurons() as f64;
        no_overflow(
            "rate",
            -half * (positive("x", x)? - self.saddle.coordinate()),
        )
    }

    /// x(t) from x(0) = `start`: x* + (x⁰ − x*) e^(−Kt/2), with t per sample.
    ///
    /// Evaluated as x⁰ − (x⁰ − x*)(1 − e^(−Kt/2)) for small t, so that x(0) = x⁰ exactly.
    ///
    /// # Errors
    /// `start` is not positive and finite, or `time` is negative or not finite.
    pub fn solution(&self, start: f64, time: f64) -> Result<f64, Error> {
        let offset = positive("start", start)? - self.saddle.coordinate();
        if finite("time", time)? < 0.0 {
            return Err(Error::OutOfRange {
                name: "time",
                value: time,
                requirement: "it must not be negative",
            });
        }
        let exponent = -0.5 * self.saddle.neurons() as f64 * time;
        Ok(if exponent > -1.0 {
            start + offset * exponent.exp_m1()
        } else {
            self.saddle.coordinate() + offset * exponent.exp()
        })
    }
}

fn positive(name: &'static str, value: f64) -> Result<f64, Error> {
    if finite(name, value)? > 0.0 {
        Ok(value)
    } else {
        Err(Error::OutOfRange {
            name,
            value,
            requirement: "it must be positive",
        })
    }
}
