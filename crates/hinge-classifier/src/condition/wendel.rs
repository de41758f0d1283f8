//! The probability that random directions satisfy the geometric condition (Wendel 1962).

use std::f64::consts::{LN_2, PI};

use num_bigint::BigUint;

use crate::Error;
use crate::gauss::RULE;

/// The probability that the geometric condition holds for k directions in ℝᵈ, drawn independently from laws without
/// preference between n and −n and without mass on hyperplanes:
///
/// P = 2^{1−k} Σ_{j=d}^{k−1} C(k−1, j).
///
/// The smaller of P and 1 − P is summed from its largest term on, the term by Loader's expansion of the binomial law, the sum
/// by Euler and Maclaurin's formula where its terms fall slowly, so that both have a relative error of about
/// 1e-15 (1 + |ln P|), however small they are and however large k is. For k = 2d both are exactly ½.
///
/// # Examples
/// ```
/// use hinge_classifier::Wendel;
///
/// let three_in_the_plane = Wendel::new(3, 2)?;
/// assert_eq!(three_in_the_plane.holds(), 0.25);
/// // 1 − P is far below the rounding of P.
/// assert!((Wendel::new(500, 2)?.ln_fails() - (500f64.ln() - 499.0 * 2f64.ln())).abs() < 1e-12);
/// # Ok::<(), hinge_classifier::Error>(())
/// ```
///
/// # Source
/// LYX Remark 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wendel {
    neurons: u64,
    dimension: u64,
}

/// A fraction N/2^m in lowest or other terms, exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DyadicFraction {
    numerator: BigUint,
    exponent: u64,
}

/// Below this k² operations on integers of k bits are affordable.
const EXACT_LIMIT: u64 = 1 << 16;
/// k − 1 must be a double, with room to add to it.
const LIMIT: u64 = 1 << 52;

impl Wendel {
    /// k neurons in dimension d.
    ///
    /// # Errors
    /// [`Error::Count`] for k or d zero or above 2^52.
    pub fn new(neurons: u64, dimension: u64) -> Result<Self, Error> {
        for (name, value) in [("neurons", neurons), ("dimension", dimension)] {
            if value == 0 || value > LIMIT {
                return Err(Error::Count {
                    name,
                    value: usize::try_from(value).unwrap_or(usize::MAX),
                    requirement: "it must be between 1 and 2^52",
                });
            }
        }
        Ok(Self { neurons, dimension })
    }

    /// P.
    pub fn holds(&self) -> f64 {
        self.pair().0.exp_or_value()
    }

    /// 1 − P.
    pub fn fails(&self) -> f64 {
        self.pair().1.exp_or_value()
    }

    /// ln P; −∞ for k ≤ d.
    pub fn ln_holds(&self) -> f64 {
        self.pair().0.ln()
    }

    /// ln(1 − P), finite for every k and d.
    pub fn ln_fails(&self) -> f64 {
        self.pair().1.ln()
    }

    /// P and 1 − P for X successes in k − 1 fair trials: 1 − P = Pr(X ≤ d − 1), P = Pr(X ≤ k − 1 − d).
    fn pair(&self) -> (Probability, Probability) {
        let trials = self.neurons - 1;
        if self.dimension > trials {
            return (Probability::Value(0.0), Probability::Value(1.0));
        }
        let (fails, holds) = (self.dimension - 1, trials - self.dimension);
        if fails <= holds {
            let small = Probability::lower_tail(trials, fails);
            (small.complement(), small)
        } else {
            let small = Probability::lower_tail(trials, holds);
            (small, small.complement())
        }
    }

    /// P in integers: N/2^{k−1} with N = Σ_{j=d}^{k−1} C(k−1, j).
    ///
    /// # Errors
    /// [`Error::Count`] for k above 65536.
    pub fn exact(&self) -> Result<DyadicFraction, Error> {
        if self.neurons > EXACT_LIMIT {
            return Err(Error::Count {
                name: "neurons",
                value: usize::try_from(self.neurons).unwrap_or(usize::MAX),
                requirement: "exact sums are made up to k = 65536: use the logarithms",
            });
        }
        let trials = self.neurons - 1;
        let mut term = BigUint::from(1_u8);
        let mut numerator = BigUint::ZERO;
        for j in 0..=trials {
            if j >= self.dimension {
                numerator += &term;
            }
            term = term * (trials - j) / (j + 1);
        }
        Ok(DyadicFraction {
            numerator,
            exponent: trials,
        })
    }
}

impl DyadicFraction {
    /// N in decimal digits.
    pub fn numerator(&self) -> String {
        self.numerator.to_string()
    }

    /// m of the denominator 2^m.
    pub fn exponent(&self) -> u64 {
        self.exponent
    }

    /// 1 minus the fraction.
    #[must_use]
    pub fn complement(&self) -> Self {
        let one = BigUint::from(1_u8) << self.exponent;
        Self {
            numerator: one - &self.numerator,
            exponent: self.exponent,
        }
    }

    /// The natural logarithm, from the leading 64 bits: relative error of the fraction 2^-62.
    pub fn ln(&self) -> f64 {
        let bits = self.numerator.bits();
        let shift = bits.saturating_sub(64);
        let leading = (&self.numerator >> shift)
            .iter_u64_digits()
            .next()
            .unwrap_or(0);
        // The logarithm of a number near 1 must not be the difference of two large ones.
        if bits == 0 {
            return f64::NEG_INFINITY;
        }
        let place = bits as f64 - self.exponent as f64;
        let fraction = leading as f64 / 2f64.powi(i32::try_from(bits - shift).unwrap_or(64));
        if place > -2.0 {
            let rest = self.complement();
            if rest.numerator.bits() < self.numerator.bits() {
                return (-rest.value()).ln_1p();
            }
        }
        fraction.ln() + place * LN_2
    }

    /// The fraction as a double; 0 below the range of doubles.
    pub fn value(&self) -> f64 {
        let bits = self.numerator.bits();
        let shift = bits.saturating_sub(64);
        let leading = (&self.numerator >> shift)
            .iter_u64_digits()
            .next()
            .unwrap_or(0);
        let place = i64::try_from(self.exponent - shift.min(self.exponent)).unwrap_or(i64::MAX);
        let up = i32::try_from(shift.saturating_sub(self.exponent)).unwrap_or(0);
        let down = i32::try_from(place.min(2000)).unwrap_or(2000);
        leading as f64 * 2f64.powi(up) * 2f64.powi(-(down / 2)) * 2f64.powi(-(down - down / 2))
    }
}

/// A probability, or its logarithm where it is small.
#[derive(Debug, Clone, Copy)]
enum Probability {
    Value(f64),
    Logarithm(f64),
}

impl Probability {
    fn exp_or_value(self) -> f64 {
        match self {
            Self::Value(value) => value,
            Self::Logarithm(logarithm) => logarithm.exp(),
        }
    }

    fn ln(self) -> f64 {
        match self {
            // Close to 1 the value has lost what the complement knows: see `complement`.
            Self::Value(value) => value.ln(),
            Self::Logarithm(logarithm) => logarithm,
        }
    }

    fn complement(self) -> Self {
        match self {
            Self::Value(value) => Self::Logarithm((-value).ln_1p()),
            Self::Logarithm(logarithm) => Self::Logarithm((-logarithm.exp()).ln_1p()),
        }
    }

    /// Pr(X ≤ m) for X of n fair trials and m ≤ (n − 1)/2.
    fn lower_tail(n: u64, m: u64) -> Self {
        if 2 * m + 1 == n {
            // As many outcomes above as below.
            return Self::Value(0.5);
        }
        let sum = if slow(n, m) {
            smooth_sum(n, m)
        } else {
            term_by_term(n, m)
        };
        if n <= 52 {
            // All is exact but the ratios.
            let term = (0..m).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64);
            return Self::Value((term * sum).round() * 2f64.powi(-i32::try_from(n).unwrap_or(52)));
        }
        let (factor, exponent) = term(n, m);
        if exponent > LEAST_EXPONENT {
            Self::Value(factor * exponent.exp() * sum)
        } else {
            Self::Logarithm(exponent + (factor * sum).ln())
        }
    }
}

/// Above this exponent a probability is far inside the range of doubles.
const LEAST_EXPONENT: f64 = -600.0;
/// Where the terms fall by less than this share of themselves, hundreds of them would add their roundings.
const SLOW: f64 = 1.0 / 64.0;
/// Below this many trials there are few terms in any case.
const FEW: u64 = 1 << 17;

/// Whether the terms of the tail fall slowly.
fn slow(n: u64, m: u64) -> bool {
    n >= FEW && (n - 2 * m) as f64 / n as f64 * 2.0 < SLOW
}

/// Σ_{i ≥ 0} C(n, m − i)/C(n, m) term by term.
fn term_by_term(n: u64, m: u64) -> f64 {
    let (mut ratio, mut sum) = (1.0, 1.0);
    for i in 0..m {
        ratio *= (m - i) as f64 / (n - m + i + 1) as f64;
        let before = sum;
        sum += ratio;
        if sum == before {
            break;
        }
    }
    sum
}

/// The same sum where the terms t(i) fall slowly: the integral of t, and t/2 − t′/12 + t‴/720 at 0 (Euler and Maclaurin).
///
/// With y₁ = m + ½ and y₂ = n − m + ½ Stirling's series at half-integers gives
/// ln t(x) = −∫₀ˣ ln((y₂ + s)/(y₁ − s)) ds + (x/24)(1/(y₁(y₁ − x)) − 1/(y₂(y₂ + x))) up to terms below 1e-16.
fn smooth_sum(n: u64, m: u64) -> f64 {
    let (y1, y2) = (m as f64 + 0.5, (n - m) as f64 + 0.5);
    let (all, gap) = ((n + 1) as f64, (n - 2 * m) as f64);
    let slope = |s: f64| -2.0 * ((gap + 2.0 * s) / all).atanh();
    let logarithm =
        |x: f64| gauss(0.0, x, slope) + x / 24.0 * (1.0 / (y1 * (y1 - x)) - 1.0 / (y2 * (y2 + x)));
    // Panels on which the exponent changes by about 1, or over which the curvature 4/n does.
    let panel = (1.0 / slope(0.0).abs()).min(0.5 * all.sqrt());
    let mut integral = 0.0;
    let mut from = 0.0;
    while logarithm(from) > -45.0 {
        integral += gauss(from, from + panel, |x| logarithm(x).exp());
        from += panel;
    }
    let first = slope(0.0) + (1.0 / (y1 * y1) - 1.0 / (y2 * y2)) / 24.0;
    let second = -(1.0 / y1 + 1.0 / y2);
    let third = first.powi(3) + 3.0 * first * second + (1.0 / (y2 * y2) - 1.0 / (y1 * y1));
    integral + 0.5 - first / 12.0 + third / 720.0
}

/// ∫ of a smooth function by Gauss's rule with 16 points.
fn gauss(from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (middle, half) = (f64::midpoint(from, to), 0.5 * (to - from));
    let pairs = RULE
        .iter()
        .map(|&(t, w)| w * (f(middle - half * t) + f(middle + half * t)));
    half * pairs.sum::<f64>()
}

/// C(n, m) 2^{−n} = factor·e^exponent, m ≤ n/2.
fn term(n: u64, m: u64) -> (f64, f64) {
    let (all, part, rest) = (n as f64, m as f64, (n - m) as f64);
    if m < 16 {
        let choose = (0..m).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64);
        return (1.0, choose.ln() - all * LN_2);
    }
    // Loader (2000): −n(deviance) with the corrections of Stirling's formula; the deviances at p = ½ together.
    let e = (n - 2 * m) as f64 / all;
    let deviance = all * entropy_gap(e);
    let exponent = stirling(all) - stirling(part) - stirling(rest) - deviance;
    ((all / (2.0 * PI * part) / rest).sqrt(), exponent)
}

/// ((1 + e) ln(1 + e) + (1 − e) ln(1 − e))/2 = e²/2 + e⁴/12 + …, for |e| ≤ 1.
fn entropy_gap(e: f64) -> f64 {
    if e.abs() < 0.5 {
        // Σ e^{2i}/(2i(2i − 1)): the two logarithms would cancel.
        let square = e * e;
        let mut power = square;
        let mut sum = 0.0;
        for i in 1..=30 {
            sum += power / f64::from(2 * i * (2 * i - 1));
            power *= square;
        }
        return sum;
    }
    0.5 * ((1.0 + e) * e.ln_1p() + (1.0 - e) * (-e).ln_1p())
}

/// ln n! − ln(√(2πn)(n/e)ⁿ) for n ≥ 16; the first term left out is below 2e-16.
fn stirling(n: f64) -> f64 {
    let square = n * n;
    (1.0 / 12.0
        - (1.0 / 360.0
            - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * square)) / square) / square)
            / square)
        / n
}
