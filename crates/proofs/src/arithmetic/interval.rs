use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::error::Error;

/// Below this magnitude a product, quotient or root may have lost its error term to underflow: it is then widened
/// without asking whether it was exact. 2⁻⁹⁶⁰ leaves 62 bits above the least subnormal for the error of a 53-bit result.
const EXACT_ABOVE: f64 = 1.026_342_195_893_121_1e-289;

/// Above this magnitude sine and cosine are not reduced: their range is \[−1, 1\].
const REDUCIBLE: f64 = 1e6;

/// A closed interval of reals with double endpoints, the ends ±∞ included.
///
/// Every operation returns an interval that contains the result for all reals of its arguments. Sums, products,
/// quotients and roots are exact where the exact result is a double (found by the error-free transformations TwoSum and
/// FMA) and one unit in the last place wider on either side otherwise; elementary functions are the correctly rounded
/// ones, one unit wider. Where an operation is undefined for part of its argument that part is passed over; where it is
/// undefined throughout, or NaN entered, the result is [`Interval::ENTIRE`], from which nothing follows.
///
/// # Examples
/// ```
/// use proofs::Interval;
/// let third = Interval::from(1.0) / Interval::from(3.0);
/// assert!(third.low() < third.high() && third.width() < 1e-16);
/// assert_eq!(Interval::from(0.5) + Interval::from(0.25), Interval::from(0.75));
/// assert!((Interval::PI.sin()).contains(0.0));
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct Interval {
    low: f64,
    high: f64,
}

impl Interval {
    /// All reals.
    pub const ENTIRE: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };
    /// 0.
    pub const ZERO: Self = Self {
        low: 0.0,
        high: 0.0,
    };
    /// 1.
    pub const ONE: Self = Self {
        low: 1.0,
        high: 1.0,
    };
    /// π: the double below it and the one above.
    pub const PI: Self = Self {
        low: std::f64::consts::PI,
        high: 3.141_592_653_589_793_6,
    };
    /// π/2.
    pub const HALF_PI: Self = Self {
        low: std::f64::consts::FRAC_PI_2,
        high: 1.570_796_326_794_896_8,
    };
    /// 2π.
    pub const TAU: Self = Self {
        low: std::f64::consts::TAU,
        high: 6.283_185_307_179_587,
    };

    /// \[low, high\].
    ///
    /// # Errors
    /// NaN, low > high, or both ends the same infinity.
    pub fn new(low: f64, high: f64) -> Result<Self, Error> {
        let proper = low <= high && low < f64::INFINITY && high > f64::NEG_INFINITY;
        if proper {
            Ok(Self { low, high })
        } else {
            Err(Error::NotAnInterval { low, high })
        }
    }

    /// The least interval with both numbers, in any order; all reals for NaN.
    pub fn between(a: f64, b: f64) -> Self {
        Self::checked(a.min(b), a.max(b), a.is_nan() || b.is_nan())
    }

    /// \[mid − radius, mid + radius\], rounded outward.
    pub fn around(mid: f64, radius: f64) -> Self {
        let r = radius.abs();
        Self::from(mid) + Self::checked(-r, r, r.is_nan())
    }

    fn checked(low: f64, high: f64, doubtful: bool) -> Self {
        if doubtful || low.is_nan() || high.is_nan() || low > high {
            return Self::ENTIRE;
        }
        // An end that overflowed to the wrong infinity.
        let low = if low == f64::INFINITY { f64::MAX } else { low };
        let high = if high == f64::NEG_INFINITY {
            f64::MIN
        } else {
            high
        };
        Self { low, high }
    }

    /// The least element.
    pub fn low(self) -> f64 {
        self.low
    }

    /// The greatest element.
    pub fn high(self) -> f64 {
        self.high
    }

    /// A double near the middle; finite for every interval.
    pub fn mid(self) -> f64 {
        if self.low == -self.high {
            return 0.0;
        }
        let (low, high) = (self.low.max(f64::MIN), self.high.min(f64::MAX));
        // Halving the least subnormals rounds: stay inside.
        (0.5 * low + 0.5 * high).clamp(self.low, self.high)
    }

    /// An upper bound of high − low.
    pub fn width(self) -> f64 {
        sum_up(self.high, -self.low)
    }

    /// An upper bound of the distance from [`mid`](Self::mid) to the ends.
    pub fn radius(self) -> f64 {
        let mid = self.mid();
        sum_up(self.high, -mid).max(sum_up(mid, -self.low))
    }

    /// The greatest |x|.
    pub fn mag(self) -> f64 {
        self.low.abs().max(self.high.abs())
    }

    /// The least |x|.
    pub fn mig(self) -> f64 {
        if self.contains(0.0) {
            0.0
        } else {
            self.low.abs().min(self.high.abs())
        }
    }

    /// Whether x is an element.
    pub fn contains(self, x: f64) -> bool {
        self.low <= x && x <= self.high
    }

    /// Whether every element lies in `other`.
    pub fn is_subset(self, other: Self) -> bool {
        other.low <= self.low && self.high <= other.high
    }

    /// Whether every element lies in the interior of `other`.
    pub fn is_interior(self, other: Self) -> bool {
        other.low < self.low && self.high < other.high
    }

    /// Whether both ends are finite.
    pub fn is_bounded(self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }

    /// Whether it is one number.
    pub fn is_point(self) -> bool {
        self.low == self.high
    }

    /// The common elements, if there are any.
    pub fn intersection(self, other: Self) -> Option<Self> {
        let (low, high) = (self.low.max(other.low), self.high.min(other.high));
        (low <= high).then_some(Self { low, high })
    }

    /// The least interval that contains both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// The two halves, which share the midpoint.
    pub fn halves(self) -> [Self; 2] {
        let mid = self.mid();
        [
            Self {
                low: self.low,
                high: mid,
            },
            Self {
                low: mid,
                high: self.high,
            },
        ]
    }

    /// |x|.
    #[must_use]
    pub fn abs(self) -> Self {
        Self {
            low: self.mig(),
            high: self.mag(),
        }
    }

    /// x², with the square seen as one: never below 0.
    #[must_use]
    pub fn sqr(self) -> Self {
        let (low, high) = (self.mig(), self.mag());
        Self::checked(
            product_down(low, low).max(0.0),
            product_up(high, high),
            false,
        )
    }

    /// xⁿ.
    #[must_use]
    pub fn powi(self, n: u32) -> Self {
        match n {
            0 => Self::ONE,
            1 => self,
            _ if n.is_multiple_of(2) => self.powi(n / 2).sqr(),
            _ => self * self.powi(n - 1),
        }
    }

    /// 1/x.
    #[must_use]
    pub fn recip(self) -> Self {
        Self::ONE / self
    }

    /// √x of the part with x ≥ 0.
    #[must_use]
    pub fn sqrt(self) -> Self {
        if self.high < 0.0 {
            return Self::ENTIRE;
        }
        let low = if self.low <= 0.0 {
            0.0
        } else {
            root_down(self.low)
        };
        Self::checked(low, root_up(self.high), false)
    }

    /// eˣ.
    #[must_use]
    pub fn exp(self) -> Self {
        let low = core_math::exp(self.low).next_down().max(0.0);
        Self::checked(low, core_math::exp(self.high).next_up(), false)
    }

    /// sin x.
    #[must_use]
    pub fn sin(self) -> Self {
        self.wave(core_math::sin, 0.5)
    }

    /// cos x.
    #[must_use]
    pub fn cos(self) -> Self {
        self.wave(core_math::cos, 0.0)
    }

    /// A function of period 2π with values (−1)ᵏ at (k + shift)π, monotone in between.
    fn wave(self, f: fn(f64) -> f64, shift: f64) -> Self {
        let unit = Self {
            low: -1.0,
            high: 1.0,
        };
        if self.mag() > REDUCIBLE {
            return unit;
        }
        let turns = self / Self::PI - Self::from(shift);
        let (first, last) = (turns.low.ceil(), turns.high.floor());
        if last > first {
            return unit;
        }
        let (a, b) = (f(self.low), f(self.high));
        // A correctly rounded sine is 0 at 0 only.
        let mut low = down_from_zero(a.min(b)).max(-1.0);
        let mut high = up_from_zero(a.max(b)).min(1.0);
        if first == last {
            // |k| ≤ 10⁶/π: the remainder is exact.
            if first.rem_euclid(2.0) == 0.0 {
                high = 1.0;
            } else {
                low = -1.0;
            }
        }
        Self { low, high }
    }

    /// arccos x ∈ \[0, π\] of the part with |x| ≤ 1.
    #[must_use]
    pub fn acos(self) -> Self {
        let Some(x) = self.unit() else {
            return Self::ENTIRE;
        };
        let low = if x.high == 1.0 {
            0.0
        } else {
            core_math::acos(x.high).next_down()
        };
        Self::checked(low, core_math::acos(x.low).next_up(), false)
    }

    /// arcsin x ∈ \[−π/2, π/2\] of the part with |x| ≤ 1.
    #[must_use]
    pub fn asin(self) -> Self {
        let Some(x) = self.unit() else {
            return Self::ENTIRE;
        };
        let (low, high) = (core_math::asin(x.low), core_math::asin(x.high));
        Self::checked(down_from_zero(low), up_from_zero(high), false)
    }

    fn unit(self) -> Option<Self> {
        self.intersection(Self {
            low: -1.0,
            high: 1.0,
        })
    }

    /// arctan x.
    #[must_use]
    pub fn atan(self) -> Self {
        let (low, high) = (core_math::atan(self.low), core_math::atan(self.high));
        Self::checked(down_from_zero(low), up_from_zero(high), false)
    }

    /// The angle of the points (x, y), `self` being y: \[−π, π\] if the box holds the origin or meets the negative
    /// x-axis from below, else the hull of the angles.
    ///
    /// In the closed upper half plane the angle lies in \[0, π\].
    #[must_use]
    pub fn atan2(self, x: Self) -> Self {
        let upper = self.low >= 0.0;
        let origin = self.contains(0.0) && x.contains(0.0);
        let cut = !upper && self.high >= 0.0 && x.low < 0.0;
        let least = if upper { 0.0 } else { -Self::PI.high };
        if origin || cut || !self.is_bounded() || !x.is_bounded() {
            return Self {
                low: least,
                high: Self::PI.high,
            };
        }
        // The extreme angles of a box without the origin, off the cut, are those of corners.
        let mut found: Option<Self> = None;
        for y in [self.low, self.high] {
            for x in [x.low, x.high] {
                // 0.0 + −0.0 = 0.0: the sign of a zero must not choose the side of the cut.
                let angle = core_math::atan2(y + 0.0, x + 0.0);
                let angle = Self {
                    low: down_from_zero(angle).max(least),
                    high: up_from_zero(angle).min(Self::PI.high),
                };
                found = Some(found.map_or(angle, |hull| hull.hull(angle)));
            }
        }
        found.unwrap_or(Self::ENTIRE)
    }

    /// The pointwise maximum.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            low: self.low.max(other.low),
            high: self.high.max(other.high),
        }
    }

    /// The pointwise minimum.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.min(other.high),
        }
    }
}

/// The next double down, but 0 stays: for odd functions that are exact at 0 only.
fn down_from_zero(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.next_down() }
}

fn up_from_zero(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.next_up() }
}

/// The rounding error of the sum s = a + b: a + b = s + e exactly, NaN where an intermediate overflows.
fn sum_error(a: f64, b: f64, s: f64) -> f64 {
    let t = s - a;
    (a - (s - t)) + (b - t)
}

/// A lower bound of a + b, itself if that is a double.
fn sum_down(a: f64, b: f64) -> f64 {
    let s = a + b;
    if s.is_infinite() {
        // A finite sum that overflowed upward is above the largest double.
        return if s > 0.0 && a.is_finite() && b.is_finite() {
            f64::MAX
        } else {
            s
        };
    }
    if sum_error(a, b, s) >= 0.0 {
        s
    } else {
        s.next_down()
    }
}

fn sum_up(a: f64, b: f64) -> f64 {
    -sum_down(-a, -b)
}

/// A lower bound of ab with 0·∞ = 0.
fn product_down(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 {
        return 0.0;
    }
    let p = a * b;
    if p.is_infinite() {
        return if p > 0.0 && a.is_finite() && b.is_finite() {
            f64::MAX
        } else {
            p
        };
    }
    if p.abs() > EXACT_ABOVE && a.mul_add(b, -p) >= 0.0 {
        p
    } else {
        p.next_down()
    }
}

fn product_up(a: f64, b: f64) -> f64 {
    -product_down(-a, b)
}

/// A lower bound of a/b for b ≠ 0.
fn quotient_down(a: f64, b: f64) -> f64 {
    if a == 0.0 {
        return 0.0;
    }
    if b.is_infinite() {
        // The limit 0 is approached, from below where the signs differ.
        return if a.is_infinite() {
            f64::NEG_INFINITY
        } else if a.is_sign_positive() == b.is_sign_positive() {
            0.0
        } else {
            -f64::from_bits(1)
        };
    }
    let q = a / b;
    if q.is_infinite() {
        return if q > 0.0 && a.is_finite() {
            f64::MAX
        } else {
            q
        };
    }
    let safe = a.abs() > EXACT_ABOVE && q.abs() > EXACT_ABOVE && b.abs() > EXACT_ABOVE;
    // a − qb is a double wherever nothing underflows; its sign is that of (a/b − q)·b.
    let exact_or_below = safe && {
        let rest = q.mul_add(-b, a);
        if b > 0.0 { rest >= 0.0 } else { rest <= 0.0 }
    };
    if exact_or_below { q } else { q.next_down() }
}

fn quotient_up(a: f64, b: f64) -> f64 {
    -quotient_down(-a, b)
}

fn root_down(x: f64) -> f64 {
    let s = x.sqrt();
    if s.is_infinite() {
        return f64::MAX.sqrt();
    }
    if x > EXACT_ABOVE && s.mul_add(-s, x) >= 0.0 {
        s
    } else {
        s.next_down().max(0.0)
    }
}

fn root_up(x: f64) -> f64 {
    let s = x.sqrt();
    if x == 0.0 || s.is_infinite() || (x > EXACT_ABOVE && s.mul_add(-s, x) <= 0.0) {
        s
    } else {
        s.next_up()
    }
}

impl From<f64> for Interval {
    /// The one number; all reals for NaN and the infinities.
    fn from(x: f64) -> Self {
        Self::checked(x, x, !x.is_finite())
    }
}

impl Neg for Interval {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            low: -self.high,
            high: -self.low,
        }
    }
}

impl Add for Interval {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::checked(
            sum_down(self.low, other.low),
            sum_up(self.high, other.high),
            false,
        )
    }
}

impl Sub for Interval {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Interval {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let (a, b, c, d) = (self.low, self.high, other.low, other.high);
        let (low, high) = if a >= 0.0 {
            if c >= 0.0 {
                (product_down(a, c), product_up(b, d))
            } else if d <= 0.0 {
                (product_down(b, c), product_up(a, d))
            } else {
                (product_down(b, c), product_up(b, d))
            }
        } else if b <= 0.0 {
            if c >= 0.0 {
                (product_down(a, d), product_up(b, c))
            } else if d <= 0.0 {
                (product_down(b, d), product_up(a, c))
            } else {
                (product_down(a, d), product_up(a, c))
            }
        } else if c >= 0.0 {
            (product_down(a, d), product_up(b, d))
        } else if d <= 0.0 {
            (product_down(b, c), product_up(a, c))
        } else {
            (
                product_down(a, d).min(product_down(b, c)),
                product_up(a, c).max(product_up(b, d)),
            )
        };
        Self::checked(low, high, false)
    }
}

impl Div for Interval {
    type Output = Self;

    /// x/y over y ≠ 0.
    fn div(self, other: Self) -> Self {
        let (a, b, c, d) = (self.low, self.high, other.low, other.high);
        if c > 0.0 {
            let low = if a >= 0.0 { d } else { c };
            let high = if b >= 0.0 { c } else { d };
            Self::checked(quotient_down(a, low), quotient_up(b, high), false)
        } else if d < 0.0 {
            -self / -other
        } else if c == 0.0 && d > 0.0 {
            if a >= 0.0 {
                Self::checked(quotient_down(a, d), f64::INFINITY, false)
            } else if b <= 0.0 {
                Self::checked(f64::NEG_INFINITY, quotient_up(b, d), false)
            } else {
                Self::ENTIRE
            }
        } else if d == 0.0 && c < 0.0 {
            -self / -other
        } else {
            Self::ENTIRE
        }
    }
}

/// A double stands for itself.
macro_rules! with_double {
    ($($trait:ident $method:ident),+) => {$(
        impl $trait<f64> for Interval {
            type Output = Self;

            fn $method(self, other: f64) -> Self {
                $trait::$method(self, Self::from(other))
            }
        }

        impl $trait<Interval> for f64 {
            type Output = Interval;

            fn $method(self, other: Interval) -> Interval {
                $trait::$method(Interval::from(self), other)
            }
        }
    )+};
}

with_double!(Add add, Sub sub, Mul mul, Div div);

impl fmt::Display for Interval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "[{:?}, {:?}]", self.low, self.high)
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
