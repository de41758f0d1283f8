use std::array;
use std::ops::{Add, Mul, Neg, Sub};

use crate::arithmetic::{Dual, Interval};

/// The first M Taylor coefficients of a function of x, each with its derivatives along N parameters.
///
/// Expanded about an interval instead of a point, coefficient k encloses f⁽ᵏ⁾/k! over that interval, which is what the
/// Lagrange remainder asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jet<const M: usize, const N: usize> {
    /// Coefficient k belongs to xᵏ.
    pub coefficients: [Dual<N>; M],
}

impl<const M: usize, const N: usize> Jet<M, N> {
    /// a + b x.
    pub fn linear(a: Dual<N>, b: Dual<N>) -> Self {
        let zero = Dual::constant(Interval::ZERO);
        Self {
            coefficients: array::from_fn(|k| match k {
                0 => a,
                1 => b,
                _ => zero,
            }),
        }
    }

    /// A constant.
    pub fn constant(value: Interval) -> Self {
        Self::linear(Dual::constant(value), Dual::constant(Interval::ZERO))
    }

    /// sin and cos of a + b x: coefficient k is bᵏ/k! times ±sin a or ±cos a.
    pub fn sin_cos(a: Dual<N>, b: Dual<N>) -> (Self, Self) {
        let (mut sin, mut cos) = a.sin_cos();
        let mut sines = Self::constant(Interval::ZERO);
        let mut cosines = sines;
        for k in 0..M {
            sines.coefficients[k] = sin;
            cosines.coefficients[k] = cos;
            let step = b.scale((Interval::from(k as f64) + Interval::ONE).recip());
            (sin, cos) = (cos * step, -(sin * step));
        }
        (sines, cosines)
    }

    /// The product with a constant.
    #[must_use]
    pub fn scale(self, factor: Interval) -> Self {
        Self {
            coefficients: self.coefficients.map(|c| c.scale(factor)),
        }
    }

    /// (a + b x) · self.
    #[must_use]
    pub fn times_linear(self, a: Dual<N>, b: Dual<N>) -> Self {
        Self {
            coefficients: array::from_fn(|k| {
                let low = a * self.coefficients[k];
                if k == 0 {
                    low
                } else {
                    low + b * self.coefficients[k - 1]
                }
            }),
        }
    }
}

impl<const M: usize, const N: usize> Add for Jet<M, N> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            coefficients: array::from_fn(|k| self.coefficients[k] + other.coefficients[k]),
        }
    }
}

impl<const M: usize, const N: usize> Neg for Jet<M, N> {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            coefficients: self.coefficients.map(|c| -c),
        }
    }
}

impl<const M: usize, const N: usize> Sub for Jet<M, N> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<const M: usize, const N: usize> Mul for Jet<M, N> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let mut product = Self::constant(Interval::ZERO);
        for i in 0..M {
            for j in 0..M - i {
                product.coefficients[i + j] =
                    product.coefficients[i + j] + self.coefficients[i] * other.coefficients[j];
            }
        }
        product
    }
}
