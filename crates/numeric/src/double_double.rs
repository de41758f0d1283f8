use std::ops::{Add, Div, Mul, Neg, Sub};

/// `a + b = s + t` exactly, with s the rounded sum (Knuth); barring overflow.
///
/// # Examples
/// ```
/// assert_eq!(numeric::two_sum(1.0, 1e-30), (1.0, 1e-30));
/// ```
#[inline]
pub fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// `a = high + low` exactly, both halves with at most 26 significant bits (Veltkamp).
#[inline]
fn split(a: f64) -> (f64, f64) {
    const FACTOR: f64 = 134_217_729.0; // 2^27 + 1
    let scaled = FACTOR * a;
    let high = scaled - (scaled - a);
    (high, a - high)
}

/// `a · b = p + t` exactly, with p the rounded product (Dekker); for |a|, |b| ≤ 2^996, barring underflow of t.
///
/// The factors are split by multiplication, since a fused multiplication is a library call on processors without one.
///
/// # Examples
/// ```
/// let (product, error) = numeric::two_product(1.0 + f64::EPSILON, 1.0 - f64::EPSILON);
/// assert_eq!((product, error), (1.0, -f64::EPSILON * f64::EPSILON));
/// ```
#[inline]
pub fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let (a_high, a_low) = split(a);
    let (b_high, b_low) = split(b);
    let error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    (product, error)
}

/// An unevaluated sum of two doubles, about 32 significant digits.
///
/// Used where the answer of a double computation cancels: inner products near zero, a determinant near its root. Operands
/// of products and quotients must be at most 2^996 in size; [`scaled`](crate::scaled) vectors are.
///
/// # Examples
/// ```
/// use numeric::DoubleDouble;
/// let third = DoubleDouble::from(1.0) / DoubleDouble::from(3.0);
/// let rest = DoubleDouble::from(1.0) - third * DoubleDouble::from(3.0);
/// assert!(rest.value().abs() < 1e-31);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoubleDouble {
    high: f64,
    low: f64,
}

impl DoubleDouble {
    /// π to 107 bits.
    pub const PI: Self = Self {
        high: std::f64::consts::PI,
        low: 1.224_646_799_147_353_2e-16,
    };

    /// The nearest double.
    #[inline]
    pub fn value(self) -> f64 {
        self.high + self.low
    }

    /// The leading part, within a unit of rounding of [`value`](Self::value).
    #[inline]
    pub fn high(self) -> f64 {
        self.high
    }

    /// What the leading part lacks.
    #[inline]
    pub fn low(self) -> f64 {
        self.low
    }

    /// high + low of which |high| ≥ |low| or high = 0 (Dekker).
    #[inline]
    fn renormalised(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self {
            high: sum,
            low: low - (sum - high),
        }
    }

    /// The exact product of two doubles, as [`two_product`].
    #[inline]
    pub fn product(a: f64, b: f64) -> Self {
        let (high, low) = two_product(a, b);
        Self { high, low }
    }

    /// The inner product of two vectors as if computed in twice the working precision (Ogita, Rump & Oishi).
    ///
    /// Entries beyond the length of the shorter vector are not looked at.
    pub fn dot(a: &[f64], b: &[f64]) -> Self {
        let (mut high, mut low) = (0.0, 0.0);
        for (&x, &y) in a.iter().zip(b) {
            let (product, product_error) = two_product(x, y);
            let (sum, sum_error) = two_sum(high, product);
            high = sum;
            low += sum_error + product_error;
        }
        let (high, low) = two_sum(high, low);
        Self { high, low }
    }

    /// The square root; 0 where the number is negative.
    ///
    /// # Examples
    /// ```
    /// use numeric::DoubleDouble;
    /// let root = DoubleDouble::from(2.0).sqrt();
    /// assert!((root * root - DoubleDouble::from(2.0)).value().abs() < 1e-31);
    /// ```
    #[must_use]
    pub fn sqrt(self) -> Self {
        let first = self.high.max(0.0).sqrt();
        if first == 0.0 {
            return Self::from(0.0);
        }
        // One step of Newton's method doubles the digits.
        let rest = (self - Self::product(first, first)).value();
        let (high, low) = two_sum(first, rest / (2.0 * first));
        Self { high, low }
    }

    /// The angle of the point (x, y), y ≥ 0, in [0, π]; 0 at the origin.
    ///
    /// The double angle φ is turned by arcsin((y cos φ − x sin φ)/r), which is its own argument to 48 digits.
    pub fn atan2(y: Self, x: Self) -> Self {
        let first = y.high.max(0.0).atan2(x.high);
        let radius = (x * x + y * y).sqrt();
        if radius.high == 0.0 {
            return Self::from(0.0);
        }
        let (sin, cos) = Self::sin_cos(first);
        Self::from(first) + (y * cos - x * sin) / radius
    }

    /// sin and cos of a double in [0, π], by their Taylor series.
    ///
    /// The largest term is below 6 and the 20th below 1e-34, so both keep 30 digits after the point.
    pub fn sin_cos(x: f64) -> (Self, Self) {
        const TERMS: u32 = 21;
        let square = Self::product(x, x);
        let (mut sin, mut cos) = (Self::from(0.0), Self::from(0.0));
        let (mut odd, mut even) = (Self::from(x), Self::from(1.0));
        for k in 0..TERMS {
            sin = sin + odd;
            cos = cos + even;
            let n = f64::from(2 * k);
            even = -(even * square) / Self::from((n + 1.0) * (n + 2.0));
            odd = -(odd * square) / Self::from((n + 2.0) * (n + 3.0));
        }
        (sin, cos)
    }
}

impl From<f64> for DoubleDouble {
    #[inline]
    fn from(value: f64) -> Self {
        Self {
            high: value,
            low: 0.0,
        }
    }
}

impl Add for DoubleDouble {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        let (sum, error) = two_sum(self.high, other.high);
        Self::renormalised(sum, error + (self.low + other.low))
    }
}

impl Neg for DoubleDouble {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self {
            high: -self.high,
            low: -self.low,
        }
    }
}

impl Sub for DoubleDouble {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for DoubleDouble {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        let cross = self.high * other.low + self.low * other.high;
        Self::renormalised(product.high, product.low + cross)
    }
}

impl Div for DoubleDouble {
    type Output = Self;

    #[inline]
    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let (product, error) = two_product(first, other.high);
        let remainder = ((self.high - product) - error + self.low) - first * other.low;
        let (high, low) = two_sum(first, remainder / other.high);
        Self { high, low }
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
    fn angles_come_back_from_their_sine_and_cosine() {
        for x in [0.0, 1e-12, 1e-3, 0.7, 1.6, 2.9, 3.1] {
            let (sin, cos) = DoubleDouble::sin_cos(x);
            let three = DoubleDouble::from(3.0);
            let back = DoubleDouble::atan2(three * sin, three * cos);
            let error = (back - DoubleDouble::from(x)).value();
            assert!(error.abs() < 1e-29, "{x}: {error:e}");
        }
        let half_turn = DoubleDouble::atan2(DoubleDouble::from(0.0), DoubleDouble::from(-1.0));
        assert!((half_turn - DoubleDouble::PI).value().abs() < 1e-30);
    }

    #[test]
    fn roots_have_thirty_digits() {
        for x in [1e-200, 0.3, 2.0, 1e100] {
            let root = DoubleDouble::from(x).sqrt();
            let defect = (root * root - DoubleDouble::from(x)).value();
            assert!(defect.abs() <= 1e-30 * x, "{x}: {defect:e}");
        }
        assert_eq!(DoubleDouble::from(-1.0).sqrt().value(), 0.0);
    }

    #[test]
    fn inner_product_survives_total_cancellation() {
        let dot = DoubleDouble::dot(&[1.0, 1e-20, -1.0], &[1.0, 1.0, 1.0]);
        assert_eq!((dot.high(), dot.low()), (1e-20, 0.0));
    }

    #[test]
    fn quotient_of_thirds() {
        let third = DoubleDouble::from(1.0) / DoubleDouble::from(3.0);
        assert_eq!(third.high(), 1.0 / 3.0);
        // 1/3 − fl(1/3) = 1/3 · 2^-54
        assert!((third.low() - (2f64.powi(-54) / 3.0)).abs() <= 2f64.powi(-106));
    }

    #[test]
    fn sums_and_products_keep_thirty_digits() {
        // (1 + 2^-60)² = 1 + 2^-59 + 2^-120, of which the last term is rounded away.
        let one_and = DoubleDouble::from(1.0) + DoubleDouble::from(2f64.powi(-60));
        let square = one_and * one_and;
        assert_eq!((square.high(), square.low()), (1.0, 2f64.powi(-59)));
        assert_eq!((square - DoubleDouble::from(1.0)).value(), 2f64.powi(-59));
    }
}
