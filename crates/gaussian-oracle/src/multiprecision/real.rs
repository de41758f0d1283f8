//! A real number of 512 bits.

use crate::Error;
use astro_float::{BigFloat, Consts, Radix, RoundingMode, Sign};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::str::FromStr;

/// Bits of every operation: about 154 digits.
pub const PRECISION: usize = 512;
const ROUND: RoundingMode = RoundingMode::ToEven;
/// Characters of the significand that [`Real`] displays.
const SHOWN: usize = 42;

thread_local! {
    static CONSTANTS: RefCell<Consts> =
        RefCell::new(Consts::new().expect("memory for the cached constants"));
}

fn with_constants<T>(f: impl FnOnce(&mut Consts) -> T) -> T {
    CONSTANTS.with_borrow_mut(f)
}

/// A number with a significand of [`PRECISION`] bits and an exponent of 32.
///
/// Operators round to nearest, ties to even, and exist for values and references alike. Division by
/// zero and the root of a negative number give a NaN, which compares unequal to everything.
#[derive(Clone)]
pub struct Real(BigFloat);

impl Real {
    /// Zero.
    pub fn zero() -> Self {
        Self(BigFloat::new(PRECISION))
    }

    /// One.
    pub fn one() -> Self {
        Self::from(1.0)
    }

    /// π.
    pub fn pi() -> Self {
        Self(with_constants(|c| c.pi(PRECISION, ROUND)))
    }

    /// √self.
    #[must_use]
    pub fn sqrt(&self) -> Self {
        Self(self.0.sqrt(PRECISION, ROUND))
    }

    /// |self|.
    #[must_use]
    pub fn abs(&self) -> Self {
        Self(self.0.abs())
    }

    /// sin(self).
    #[must_use]
    pub fn sin(&self) -> Self {
        Self(with_constants(|c| self.0.sin(PRECISION, ROUND, c)))
    }

    /// cos(self).
    #[must_use]
    pub fn cos(&self) -> Self {
        Self(with_constants(|c| self.0.cos(PRECISION, ROUND, c)))
    }

    /// arccos(self) in [0, π]; half of the digits are lost near ±1.
    #[must_use]
    pub fn acos(&self) -> Self {
        Self(with_constants(|c| self.0.acos(PRECISION, ROUND, c)))
    }

    /// arctan(self) in (−π/2, π/2).
    #[must_use]
    pub fn atan(&self) -> Self {
        Self(with_constants(|c| self.0.atan(PRECISION, ROUND, c)))
    }

    /// Whether this is 0.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether this is no number.
    pub fn is_nan(&self) -> bool {
        self.0.is_nan()
    }

    /// Whether this is less than 0.
    pub fn is_negative(&self) -> bool {
        self.0.is_negative() && !self.0.is_zero()
    }

    /// The nearest double, ties to even, subnormals included; ±∞ beyond the largest.
    pub fn to_f64(&self) -> f64 {
        let Some((words, _, sign, exponent, _)) = self.0.as_raw_parts() else {
            return match () {
                () if self.0.is_inf_pos() => f64::INFINITY,
                () if self.0.is_inf_neg() => f64::NEG_INFINITY,
                () => f64::NAN,
            };
        };
        let signed = |magnitude: f64| {
            if sign == Sign::Neg {
                -magnitude
            } else {
                magnitude
            }
        };
        let Some((&top, rest)) = words.split_last().filter(|_| !self.is_zero()) else {
            return 0.0;
        };
        // value = 0.top… · 2^exponent with the first bit of top set
        if exponent > 1024 {
            return signed(f64::INFINITY);
        }
        let kept = 53.min(i64::from(exponent) + 1074);
        if kept < 0 {
            return signed(0.0);
        }
        let dropped = 64 - kept;
        let wide = u128::from(top);
        let (mut significand, remainder) = (wide >> dropped, wide & ((1 << dropped) - 1));
        let half = 1 << (dropped - 1);
        let beyond = rest.iter().any(|&word| word != 0);
        let up = match remainder.cmp(&half) {
            Ordering::Greater => true,
            Ordering::Equal => beyond || significand % 2 == 1,
            Ordering::Less => false,
        };
        significand += u128::from(up);
        // A carry out of the significand runs into the exponent field, as it should.
        let field = if kept == 53 {
            i128::from(exponent) + 1021
        } else {
            0
        };
        let bits = (field << 52) + significand.cast_signed();
        signed(u64::try_from(bits).map_or(f64::NAN, f64::from_bits))
    }
}

impl From<f64> for Real {
    /// Exact for every double, subnormals included.
    fn from(value: f64) -> Self {
        if value == 0.0 || value.is_normal() || !value.is_finite() {
            return Self(BigFloat::from_f64(value, PRECISION));
        }
        // astro-float halves subnormals: scale into the normal range and back, both exact.
        let mut scaled = BigFloat::from_f64(value * 2f64.powi(64), PRECISION);
        if let Some(exponent) = scaled.exponent() {
            scaled.set_exponent(exponent - 64);
        }
        Self(scaled)
    }
}

impl FromStr for Real {
    type Err = Error;

    /// Parses a decimal such as `-1.25e-3`, rounded to nearest.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Number {
            text: text.to_owned(),
            form: "decimal number",
        };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (significand, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
        let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        let (whole, fraction) = significand.split_once('.').unwrap_or((significand, "0"));
        let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if !(plain(whole) && plain(fraction) && plain(power)) {
            return Err(wrong());
        }
        let value = with_constants(|c| BigFloat::parse(text, Radix::Dec, PRECISION, ROUND, c));
        if value.is_nan() {
            Err(wrong())
        } else {
            Ok(Self(value))
        }
    }
}

impl fmt::Display for Real {
    /// About forty digits, truncated.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text =
            with_constants(|c| self.0.format(Radix::Dec, ROUND, c)).map_err(|_| fmt::Error)?;
        let (significand, exponent) = text.split_once('e').unwrap_or((&text, "+0"));
        let shown = significand.get(..SHOWN).unwrap_or(significand);
        match exponent {
            "+0" => formatter.write_str(shown),
            _ => write!(formatter, "{shown}e{exponent}"),
        }
    }
}

impl fmt::Debug for Real {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Real {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.0.cmp(&other.0).map(|sign| sign.cmp(&0))
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident) => {
        impl $trait<&Real> for &Real {
            type Output = Real;
            fn $method(self, other: &Real) -> Real {
                Real(BigFloat::$method(&self.0, &other.0, PRECISION, ROUND))
            }
        }
        impl $trait<Real> for &Real {
            type Output = Real;
            fn $method(self, other: Real) -> Real {
                $trait::$method(self, &other)
            }
        }
        impl $trait<&Real> for Real {
            type Output = Real;
            fn $method(self, other: &Real) -> Real {
                $trait::$method(&self, other)
            }
        }
        impl $trait for Real {
            type Output = Real;
            fn $method(self, other: Real) -> Real {
                $trait::$method(&self, &other)
            }
        }
    };
}
operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);

impl Neg for &Real {
    type Output = Real;
    fn neg(self) -> Real {
        Real(BigFloat::neg(&self.0))
    }
}

impl Neg for Real {
    type Output = Real;
    fn neg(self) -> Real {
        -&self
    }
}

impl Sum for Real {
    fn sum<I: Iterator<Item = Real>>(terms: I) -> Real {
        terms.fold(Real::zero(), |total, term| total + term)
    }
}

/// ‖computed − reference‖ / ‖reference‖, Euclidean, evaluated in multiprecision.
///
/// 0 when both vanish, ∞ when only the reference does, NaN when `computed` holds one.
///
/// # Panics
/// If the lengths differ.
pub fn relative_error(computed: &[f64], reference: &[Real]) -> f64 {
    assert_eq!(
        computed.len(),
        reference.len(),
        "one computed value a reference"
    );
    let square = |t: Real| &t * &t;
    let off: Real = computed
        .iter()
        .zip(reference)
        .map(|(&c, r)| square(Real::from(c) - r))
        .sum();
    ratio(&off, &reference.iter().map(|r| r * r).sum()).sqrt()
}

/// max_i |computed_i − reference_i| / |reference_i|, evaluated in multiprecision.
///
/// The same conventions as [`relative_error`], entry by entry.
///
/// # Panics
/// If the lengths differ.
pub fn largest_relative_error(computed: &[f64], reference: &[Real]) -> f64 {
    assert_eq!(
        computed.len(),
        reference.len(),
        "one computed value a reference"
    );
    computed
        .iter()
        .zip(reference)
        .map(|(&c, r)| ratio(&(Real::from(c) - r).abs(), &r.abs()))
        .fold(
            0.0,
            |worst, e| if e > worst || e.is_nan() { e } else { worst },
        )
}

fn ratio(off: &Real, size: &Real) -> f64 {
    match (off.is_nan() || size.is_nan(), off.is_zero(), size.is_zero()) {
        (true, _, _) => f64::NAN,
        (_, true, _) => 0.0,
        (_, _, true) => f64::INFINITY,
        _ => (off / size).to_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real(text: &str) -> Real {
        text.parse().unwrap()
    }

    #[test]
    fn doubles_survive_the_round_trip() {
        let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
        for k in 0..20_000 {
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // Every tenth with an empty exponent field: subnormal.
            let mask = if k % 10 == 0 {
                0x800f_ffff_ffff_ffff
            } else {
                u64::MAX
            };
            let value = f64::from_bits(bits & mask);
            if value.is_finite() {
                assert_eq!(
                    Real::from(value).to_f64().to_bits(),
                    value.to_bits(),
                    "{value:e}"
                );
            }
        }
        for value in [
            f64::MAX,
            f64::MIN_POSITIVE,
            5e-324,
            -5e-324,
            1.0,
            f64::INFINITY,
        ] {
            assert_eq!(Real::from(value).to_f64(), value);
        }
        assert_eq!(Real::from(-0.0).to_f64(), 0.0);
        assert!(Real::from(f64::NAN).to_f64().is_nan());
    }

    #[test]
    fn to_f64_rounds_to_nearest_even() {
        let ulp = Real::from(f64::EPSILON);
        let half = &ulp / Real::from(2.0);
        let tiny = Real::from(5e-324) * Real::from(5e-324);
        let one = Real::one();
        assert_eq!((&one + &half).to_f64(), 1.0);
        assert_eq!((&one + &half + &tiny * Real::from(0.0)).to_f64(), 1.0);
        assert_eq!(
            (&one + &half + &half * Real::from(2f64.powi(-300))).to_f64(),
            1.0 + f64::EPSILON
        );
        assert_eq!((&one + &ulp + &half).to_f64(), 1.0 + 2.0 * f64::EPSILON);
        assert_eq!((Real::from(2.0) - &half / Real::from(4.0)).to_f64(), 2.0);
        assert_eq!(
            (Real::from(f64::MAX) * (&one + &half)).to_f64(),
            f64::INFINITY
        );
        let least = Real::from(5e-324);
        assert_eq!((&least / Real::from(2.0)).to_f64(), 0.0);
        assert_eq!((&least * Real::from(0.500_001)).to_f64(), 5e-324);
        assert_eq!((&least * Real::from(1.5)).to_f64(), 1e-323);
        assert_eq!(tiny.to_f64(), 0.0);
        assert!(!tiny.is_zero());
        // Below the smallest normal double the standard library's parser is the judge.
        for text in [
            "2.2250738585072011e-308",
            "1.7976931348623157e308",
            "3.3e-320",
            "0.1",
        ] {
            assert_eq!(real(text).to_f64(), text.parse::<f64>().unwrap());
        }
    }

    #[test]
    fn subnormals_are_exact() {
        let least = Real::from(5e-324);
        let scale = Real::from(2f64.powi(537));
        assert_eq!(least * &scale * &scale, Real::one());
    }

    #[test]
    fn elementary_functions() {
        let pi = real(
            "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651",
        );
        let close = |a: &Real, b: &Real| assert!((a - b).abs() < real("1e-100"), "{a} {b}");
        close(&Real::pi(), &pi);
        close(&(Real::one().atan() * Real::from(4.0)), &pi);
        close(&(-Real::one()).acos(), &pi);
        close(
            &Real::from(2.0).sqrt(),
            &real(
                "1.41421356237309504880168872420969807856967187537694807317667973799073247846210703885038753432764157273501384623",
            ),
        );
        let third = &pi / Real::from(3.0);
        close(&third.cos(), &Real::from(0.5));
        close(&third.sin(), &(Real::from(3.0).sqrt() / Real::from(2.0)));
        assert!(Real::from(0.0).sin().is_zero() && Real::from(0.0).atan().is_zero());
        let tiny = real("1e-200");
        assert!(((tiny.sin() - &tiny) / &tiny).abs() < real("1e-150"));
        assert!(((tiny.atan() - &tiny) / &tiny).abs() < real("1e-150"));
    }

    #[test]
    fn functions_and_inverses_agree() {
        let tolerance = real("1e-145");
        for k in -60..=60 {
            let t = Real::from(1.1_f64.powi(7 * k) * 1.000_123);
            let angle = t.atan();
            let secant = (Real::one() + &t * &t).sqrt();
            let (sine, cosine) = (&t / &secant, Real::one() / &secant);
            assert!((angle.sin() / &sine - Real::one()).abs() < tolerance, "{t}");
            assert!((angle.cos() - &cosine).abs() < tolerance, "{t}");
            // Near c = ±1 the arccosine keeps half of the digits.
            assert!((cosine.acos() - &angle).abs() < real("1e-70"), "{t}");
        }
    }

    #[test]
    fn text() {
        assert_eq!(real("-1.25e1"), Real::from(-12.5));
        assert_eq!(real("3"), Real::from(3.0));
        for wrong in ["", "x", "1.2.3", "1e", "nan", "0x1p0", "1.", "--1"] {
            assert!(wrong.parse::<Real>().is_err(), "{wrong}");
        }
        assert_eq!(Real::from(-0.5).to_string(), "-5.e-1");
        assert!(
            Real::pi()
                .to_string()
                .starts_with("3.14159265358979323846264338327950288419")
        );
        assert_eq!(Real::zero().to_string(), "0.0");
    }

    #[test]
    fn errors_relative_to_the_reference() {
        let reference = [Real::from(3.0), Real::from(4.0)];
        assert_eq!(relative_error(&[3.0, 4.0], &reference), 0.0);
        assert_eq!(relative_error(&[3.0, 4.5], &reference), 0.1);
        assert_eq!(largest_relative_error(&[3.0, 4.5], &reference), 0.125);
        assert!(relative_error(&[3.0, f64::NAN], &reference).is_nan());
        assert!(largest_relative_error(&[3.0, f64::NAN], &reference).is_nan());
        assert_eq!(relative_error(&[0.0], &[Real::zero()]), 0.0);
        assert_eq!(relative_error(&[1e-300], &[Real::zero()]), f64::INFINITY);
    }
}
