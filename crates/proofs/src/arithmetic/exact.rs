use std::collections::BTreeMap;
use std::ops::{Add, Mul, Neg, Sub};

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

use crate::arithmetic::{Between, Interval};

/// What an exact expression is made of.
///
/// With A = arctan q ∈ \[0, π/4\], cos A > 0 satisfies cos²A (1 + q²) = 1, and sin A = q cos A.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Symbol {
    /// π.
    Pi,
    /// x, the first coordinate of a chart.
    X,
    /// t, the second coordinate.
    T,
    /// sin x.
    SinX,
    /// cos x.
    CosX,
    /// sin πt.
    SinPiT,
    /// cos πt.
    CosPiT,
    /// q, the first coordinate of the planar flow.
    Q,
    /// A = arctan q.
    ArctanQ,
    /// cos A.
    CosArctanQ,
}

impl Symbol {
    /// Every symbol, in the order of the powers of a term.
    const ALL: [Self; SYMBOLS] = [
        Self::Pi,
        Self::X,
        Self::T,
        Self::SinX,
        Self::CosX,
        Self::SinPiT,
        Self::CosPiT,
        Self::Q,
        Self::ArctanQ,
        Self::CosArctanQ,
    ];
}

/// The number of symbols.
const SYMBOLS: usize = 10;

type Powers = [u32; SYMBOLS];

/// A polynomial in the symbols with rational coefficients, in normal form: the facts on edges and orders are decided by it,
/// without rounding.
///
/// The normal form has no sin²x, no sin²πt and no q² cos²A: these are replaced by 1 − cos²x, 1 − cos²πt and 1 − cos²A. An
/// expression whose normal form is 0 vanishes for all values of the variables.
///
/// # Examples
/// ```
/// use proofs::{Exact, Symbol};
/// let (sin, cos) = (Exact::symbol(Symbol::SinX), Exact::symbol(Symbol::CosX));
/// assert!((sin.clone() * sin + cos.clone() * cos - Exact::number(1.0)).is_zero());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact {
    terms: BTreeMap<Powers, BigRational>,
}

impl Exact {
    /// 0.
    pub fn zero() -> Self {
        Self {
            terms: BTreeMap::new(),
        }
    }

    /// A double, exactly; 0 for NaN and the infinities.
    pub fn number(x: f64) -> Self {
        Self::rational(BigRational::from_float(x).unwrap_or_else(BigRational::zero))
    }

    /// `count`/10.
    pub(crate) fn tenths(count: f64) -> Self {
        Self::number(count) * Self::rational(BigRational::new(BigInt::one(), BigInt::from(10)))
    }

    fn rational(x: BigRational) -> Self {
        Self::term([0; SYMBOLS], x)
    }

    /// A symbol.
    pub fn symbol(symbol: Symbol) -> Self {
        let mut powers = [0; SYMBOLS];
        powers[symbol as usize] = 1;
        Self::term(powers, BigRational::one())
    }

    fn term(powers: Powers, factor: BigRational) -> Self {
        let mut sum = Self::zero();
        sum.enter(powers, factor);
        sum
    }

    /// Whether it is 0 for all values of the variables.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// Its value where the symbols lie in the given intervals.
    pub fn enclosure(&self, at: impl Fn(Symbol) -> Interval) -> Interval {
        self.terms
            .iter()
            .fold(Interval::ZERO, |sum, (powers, factor)| {
                let factor = Between::exactly(factor.clone()).interval();
                let product =
                    Symbol::ALL
                        .iter()
                        .zip(powers)
                        .fold(factor, |product, (&symbol, &power)| {
                            if power == 0 {
                                product
                            } else {
                                product * at(symbol).powi(power)
                            }
                        });
                sum + product
            })
    }

    /// Without the terms that have xᵐ or a higher power of x.
    #[must_use]
    pub fn below(&self, m: u32) -> Self {
        let low = |powers: &Powers| powers[Symbol::X as usize] < m;
        Self {
            terms: self
                .terms
                .iter()
                .filter(|(powers, _)| low(powers))
                .map(|(powers, factor)| (*powers, factor.clone()))
                .collect(),
        }
    }

    /// sin and cos of n π/2 + a x + b πt + c A with whole n, a, b, c; none for another expression.
    pub fn sin_cos(&self) -> Option<(Self, Self)> {
        let mut turned = (Self::zero(), Self::number(1.0));
        for (powers, factor) in &self.terms {
            let of = |used: &[Symbol]| {
                let mut expected = [0; SYMBOLS];
                for &symbol in used {
                    expected[symbol as usize] += 1;
                }
                *powers == expected
            };
            let half = BigRational::from_integer(2.into());
            let (times, sin, cos) = if of(&[Symbol::Pi]) {
                (factor * half, Self::number(1.0), Self::zero())
            } else if of(&[Symbol::X]) {
                let pair = [Symbol::SinX, Symbol::CosX].map(Self::symbol);
                (factor.clone(), pair[0].clone(), pair[1].clone())
            } else if of(&[Symbol::Pi, Symbol::T]) {
                let pair = [Symbol::SinPiT, Symbol::CosPiT].map(Self::symbol);
                (factor.clone(), pair[0].clone(), pair[1].clone())
            } else if of(&[Symbol::ArctanQ]) {
                let cos = Self::symbol(Symbol::CosArctanQ);
                (factor.clone(), Self::symbol(Symbol::Q) * cos.clone(), cos)
            } else {
                return None;
            };
            let times = times.is_integer().then(|| times.to_i32()).flatten()?;
            let sin = if times < 0 { -sin } else { sin };
            for _ in 0..times.unsigned_abs() {
                let (s, c) = turned;
                turned = (
                    s.clone() * cos.clone() + c.clone() * sin.clone(),
                    c * cos.clone() - s * sin.clone(),
                );
            }
        }
        Some(turned)
    }

    /// sin and cos of `base` + `slope`·x up to terms of xᵐ, where `base` is as for [`sin_cos`](Self::sin_cos).
    pub fn expanded_sin_cos(base: &Self, slope: &Self, m: u32) -> Option<(Self, Self)> {
        let (sin, cos) = base.sin_cos()?;
        let step = slope.clone() * Self::symbol(Symbol::X);
        let (mut even, mut odd) = (Self::zero(), Self::zero());
        let mut power = Self::number(1.0);
        for k in 0..m {
            let signed = if k % 4 < 2 {
                power.clone()
            } else {
                -power.clone()
            };
            if k % 2 == 0 {
                even = even + signed;
            } else {
                odd = odd + signed;
            }
            let factor = BigRational::new(BigInt::one(), BigInt::from(k + 1));
            power = (power * step.clone() * Self::rational(factor)).below(m);
        }
        Some((
            (sin.clone() * even.clone() + cos.clone() * odd.clone()).below(m),
            (cos * even - sin * odd).below(m),
        ))
    }

    /// Adds a term, brought to normal form.
    fn enter(&mut self, powers: Powers, factor: BigRational) {
        let twice = |symbol: Symbol| powers[symbol as usize] >= 2;
        // (what is replaced, what cos² stands in its place)
        let rules: [(&[Symbol], Symbol); 3] = [
            (&[Symbol::SinX], Symbol::CosX),
            (&[Symbol::SinPiT], Symbol::CosPiT),
            (&[Symbol::Q, Symbol::CosArctanQ], Symbol::CosArctanQ),
        ];
        for (replaced, cosine) in rules {
            if replaced.iter().all(|&symbol| twice(symbol)) {
                let mut rest = powers;
                for &symbol in replaced {
                    rest[symbol as usize] -= 2;
                }
                self.enter(rest, factor.clone());
                rest[cosine as usize] += 2;
                self.enter(rest, -factor);
                return;
            }
        }
        let sum = self.terms.remove(&powers).unwrap_or_else(BigRational::zero) + factor;
        if !sum.is_zero() {
            self.terms.insert(powers, sum);
        }
    }
}

impl Add for Exact {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        for (powers, factor) in other.terms {
            self.enter(powers, factor);
        }
        self
    }
}

impl Neg for Exact {
    type Output = Self;

    fn neg(mut self) -> Self {
        for factor in self.terms.values_mut() {
            *factor = -factor.clone();
        }
        self
    }
}

impl Sub for Exact {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Exact {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let mut product = Self::zero();
        for (a, x) in &self.terms {
            for (b, y) in &other.terms {
                let mut powers = *a;
                for (power, more) in powers.iter_mut().zip(b) {
                    *power += more;
                }
                product.enter(powers, x * y);
            }
        }
        product
    }
}
