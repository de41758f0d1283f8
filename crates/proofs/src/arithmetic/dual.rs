use std::array;
use std::ops::{Add, Mul, Neg, Sub};

use crate::arithmetic::Interval;

/// A value and its N partial derivatives over a box, each an enclosure: first-order arithmetic by the chain rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dual<const N: usize> {
    /// The values on the box.
    pub value: Interval,
    /// The partial derivatives on the box.
    pub partials: [Interval; N],
}

impl<const N: usize> Dual<N> {
    /// A quantity that does not depend on the variables.
    pub fn constant(value: Interval) -> Self {
        Self {
            value,
            partials: [Interval::ZERO; N],
        }
    }

    /// The variable with number `index`, over its range.
    pub fn variable(range: Interval, index: usize) -> Self {
        Self {
            value: range,
            partials: array::from_fn(|i| {
                if i == index {
                    Interval::ONE
                } else {
                    Interval::ZERO
                }
            }),
        }
    }

    /// f(self) given the enclosures of f and f′ over the values.
    #[must_use]
    pub fn chain(self, value: Interval, slope: Interval) -> Self {
        Self {
            value,
            partials: self.partials.map(|partial| slope * partial),
        }
    }

    /// sin and cos.
    pub fn sin_cos(self) -> (Self, Self) {
        let (sin, cos) = (self.value.sin(), self.value.cos());
        (self.chain(sin, cos), self.chain(cos, -sin))
    }

    /// The square root, for positive values.
    #[must_use]
    pub fn sqrt(self) -> Self {
        let root = self.value.sqrt();
        self.chain(root, Interval::ONE / (2.0 * root))
    }

    /// The arcsine, for values inside (−1, 1).
    #[must_use]
    pub fn asin(self) -> Self {
        let slope = (Interval::ONE - self.value.sqr()).sqrt().recip();
        self.chain(self.value.asin(), slope)
    }

    /// The arctangent.
    #[must_use]
    pub fn atan(self) -> Self {
        let slope = (Interval::ONE + self.value.sqr()).recip();
        self.chain(self.value.atan(), slope)
    }

    /// The square.
    #[must_use]
    pub fn sqr(self) -> Self {
        self.chain(self.value.sqr(), 2.0 * self.value)
    }

    /// The product with a constant.
    #[must_use]
    pub fn scale(self, factor: Interval) -> Self {
        Self {
            value: factor * self.value,
            partials: self.partials.map(|partial| factor * partial),
        }
    }
}

impl<const N: usize> Add for Dual<N> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            partials: array::from_fn(|i| self.partials[i] + other.partials[i]),
        }
    }
}

impl<const N: usize> Sub for Dual<N> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<const N: usize> Neg for Dual<N> {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            value: -self.value,
            partials: self.partials.map(|partial| -partial),
        }
    }
}

impl<const N: usize> Mul for Dual<N> {
    type Output = Self;

    // The product rule.
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            partials: array::from_fn(|i| {
                self.value * other.partials[i] + self.partials[i] * other.value
            }),
        }
    }
}
