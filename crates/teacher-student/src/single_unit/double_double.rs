use std::ops::{Add, Mul, Neg, Sub};

/// An unevaluated sum of two doubles, about 32 significant digits.
///
/// Used where the answer of a double computation cancels: inner products near zero, a determinant near its root.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DoubleDouble {
    high: f64,
    low: f64,
}

impl DoubleDouble {
    /// π to 107 bits.
    pub(super) const PI: Self = Self {
        high: std::f64::consts::PI,
        low: 1.224_646_799_147_353_2e-16,
    };

    /// The nearest double.
    pub(super) fn value(self) -> f64 {
        self.high + self.low
    }

    fn renormalised(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self {
            high: sum,
            low: low - (sum - high),
        }
    }

    /// Exact product of two doubles, barring underflow of the error term.
    fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self {
            high,
            low: a.mul_add(b, -high),
        }
    }

    /// Inner product of two vectors.
    pub(super) fn dot(a: &[f64], b: &[f64]) -> Self {
        a.iter()
            .zip(b)
            .fold(Self::from(0.0), |sum, (&x, &y)| sum + Self::product(x, y))
    }

    /// sin and cos of a double in [0, π], by their Taylor series.
    ///
    /// The largest term is below 6 and the 20th below 1e-34, so both keep 30 digits after the point.
    pub(super) fn sin_cos(x: f64) -> (Self, Self) {
        const TERMS: u32 = 21;
        let square = Self::product(x, x);
        let (mut sin, mut cos) = (Self::from(0.0), Self::from(0.0));
        let (mut odd, mut even) = (Self::from(x), Self::from(1.0));
        for k in 0..TERMS {
            sin = sin + odd;
            cos = cos + even;
            let n = f64::from(2 * k);
            even = -(even * square).divided_by((n + 1.0) * (n + 2.0));
            odd = -(odd * square).divided_by((n + 2.0) * (n + 3.0));
        }
        (sin, cos)
    }

    fn divided_by(self, divisor: f64) -> Self {
        let first = self.high / divisor;
        let rest = self - Self::product(first, divisor);
        Self::renormalised(first, rest.value() / divisor)
    }
}

impl From<f64> for DoubleDouble {
    fn from(value: f64) -> Self {
        Self {
            high: value,
            low: 0.0,
        }
    }
}

impl Add for DoubleDouble {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let sum = self.high + other.high;
        let part = sum - self.high;
        let error = (self.high - (sum - part)) + (other.high - part);
        Self::renormalised(sum, error + (self.low + other.low))
    }
}

impl Neg for DoubleDouble {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            high: -self.high,
            low: -self.low,
        }
    }
}

impl Sub for DoubleDouble {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for DoubleDouble {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        let cross = self.high * other.low + self.low * other.high;
        Self::renormalised(product.high, product.low + cross)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_and_cosine_lie_on_the_circle() {
        for x in [0.0, 1e-8, 0.5, 1.5, 2.3, 3.1, std::f64::consts::PI] {
            let (sin, cos) = DoubleDouble::sin_cos(x);
            assert!((sin.value() - x.sin()).abs() <= f64::EPSILON);
            assert!((cos.value() - x.cos()).abs() <= f64::EPSILON);
            let defect = (sin * sin + cos * cos - DoubleDouble::from(1.0)).value();
            assert!(defect.abs() < 1e-29, "{x}: {defect:e}");
        }
        // sin of the double nearest to π is π's own rounding error.
        let (sin, _) = DoubleDouble::sin_cos(std::f64::consts::PI);
        assert!((sin.value() - DoubleDouble::PI.low).abs() < 1e-30);
    }

    #[test]
    fn inner_product_survives_cancellation() {
        let dot = DoubleDouble::dot(&[1.0, 1e-20, -1.0], &[1.0, 1.0, 1.0]);
        assert_eq!(dot.value(), 1e-20);
    }
}
