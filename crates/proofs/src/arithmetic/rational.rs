use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use crate::arithmetic::Interval;

/// Terms of the series: at |x| < 3 the remainder is below 3⁴⁰/40! < 1e-28.
const TERMS: u32 = 40;

/// A number between two rational ones, for signs that doubles cannot decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Between {
    low: BigRational,
    high: BigRational,
}

impl Between {
    pub(crate) fn exactly(x: BigRational) -> Self {
        Self {
            low: x.clone(),
            high: x,
        }
    }

    fn around(x: BigRational, radius: &BigRational) -> Self {
        Self {
            low: &x - radius,
            high: x + radius,
        }
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self {
            low: &self.low + &other.low,
            high: &self.high + &other.high,
        }
    }

    pub(crate) fn minus(&self, other: &Self) -> Self {
        Self {
            low: &self.low - &other.high,
            high: &self.high - &other.low,
        }
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        let products = [
            &self.low * &other.low,
            &self.low * &other.high,
            &self.high * &other.low,
            &self.high * &other.high,
        ];
        let mut all = products.into_iter();
        let first = all.next().unwrap_or_else(BigRational::zero);
        all.fold(Self::exactly(first), |hull, x| Self {
            low: hull.low.min(x.clone()),
            high: hull.high.max(x),
        })
    }

    /// π by Machin's formula 16 arctan 1/5 − 4 arctan 1/239.
    pub(crate) fn pi() -> Self {
        let part = |times: i32, inverse: i32| {
            Self::exactly(BigRational::from_integer(times.into()))
                .times(&arctan_of_inverse(inverse))
        };
        part(16, 5).minus(&part(4, 239))
    }

    /// (sin x, cos x) for |x| ≤ 3, by Taylor's formula about 0 with Lagrange's remainder.
    pub(crate) fn sin_cos(x: &BigRational) -> (Self, Self) {
        let (mut sin, mut cos) = (BigRational::zero(), BigRational::zero());
        let mut term = BigRational::one();
        for k in 0..TERMS {
            let signed = if k % 4 < 2 {
                term.clone()
            } else {
                -term.clone()
            };
            if k % 2 == 0 {
                cos += signed;
            } else {
                sin += signed;
            }
            term = term * x / BigInt::from(k + 1);
        }
        let rest = if term < BigRational::zero() {
            -term
        } else {
            term
        };
        (Self::around(sin, &rest), Self::around(cos, &rest))
    }

    /// The same as an interval of doubles, rounded outward.
    pub(crate) fn interval(&self) -> Interval {
        let low = rounded(&self.low, |x, exact| x <= *exact, f64::next_down);
        let high = rounded(&self.high, |x, exact| x >= *exact, f64::next_up);
        match (low, high) {
            (Some(low), Some(high)) => Interval::between(low, high),
            _ => Interval::ENTIRE,
        }
    }
}

/// arctan 1/n, n ≥ 2: the alternating series, whose remainder is smaller than the first term left out.
fn arctan_of_inverse(n: i32) -> Between {
    let square = BigRational::from_integer(BigInt::from(n) * n);
    let mut power = BigRational::new(BigInt::one(), BigInt::from(n));
    let mut sum = BigRational::zero();
    for k in 0..TERMS {
        let term = &power / BigInt::from(2 * k + 1);
        sum = if k % 2 == 0 { sum + term } else { sum - term };
        power /= &square;
    }
    Between::around(sum, &power)
}

/// A double near x on the side that `fits` asks for.
fn rounded(
    x: &BigRational,
    fits: impl Fn(BigRational, &BigRational) -> bool,
    next: impl Fn(f64) -> f64,
) -> Option<f64> {
    let mut near = x.to_f64()?;
    while !fits(BigRational::from_float(near)?, x) {
        near = next(near);
    }
    Some(near)
}
