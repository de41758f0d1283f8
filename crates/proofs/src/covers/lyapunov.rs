//! The determinant of the Lyapunov matrix of one neuron.
//!
//! det M(θ) = π(sin θ cos θ + π − θ) − ¼((2π−θ) cos θ + sin θ)², which vanishes to second order at θ = 0.

use num_bigint::BigInt;
use num_rational::BigRational;

use crate::arithmetic::{Between, Dual, Exact, Interval, Jet, Symbol};
use crate::covers::{Cell, Positive, Rule};

/// Coefficients of the expansions.
const ORDER: usize = 10;
/// Below this angle det M/θ² is expanded about 0.
const NEAR_ZERO: f64 = 0.5;
/// Between these angles det M decreases and changes sign.
const BRACKET: [f64; 2] = [2.25, 2.5];
/// Between these angles, in units of 10⁻¹⁵, it changes sign.
const ROOT: [i64; 2] = [2_327_616_034_877_177, 2_327_616_034_877_179];

/// A part of the statement that det M > 0 up to one angle, and < 0 beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Determinant {
    /// det M/θ² > 0 on \[0, ½\].
    NearZero,
    /// det M > 0 on \[½, 2¼\].
    Before,
    /// −(det M)′ > 0 on \[2¼, 2½\].
    Decreasing,
    /// −det M > 0 on \[2½, π\].
    Beyond,
    /// det M > 0 at 2.327616034877177.
    BeforeRoot,
    /// −det M > 0 at 2.327616034877179.
    BehindRoot,
}

/// The jet of det M about `theta`.
fn determinant<const M: usize>(theta: Interval) -> Jet<M, 0> {
    let line = |constant: Interval, slope: f64| {
        (
            Dual::<0>::constant(constant),
            Dual::constant(Interval::from(slope)),
        )
    };
    let (a, b) = line(theta, 1.0);
    let (sin, cos) = Jet::<M, 0>::sin_cos(a, b);
    let (a, b) = line(Interval::PI - theta, -1.0);
    let first = sin * cos + Jet::linear(a, b);
    let (a, b) = line(Interval::TAU - theta, -1.0);
    let mixed = cos.times_linear(a, b) + sin;
    first.scale(Interval::PI) - (mixed * mixed).scale(Interval::from(0.25))
}

/// Coefficients `from`, `from` + 1, … of the expansion about `centre`, summed as a polynomial with remainder.
fn series(centre: Interval, theta: Interval, from: usize) -> Interval {
    let about = determinant::<ORDER>(centre).coefficients;
    let mut sum = determinant::<ORDER>(centre.hull(theta)).coefficients[ORDER - 1].value;
    for k in (from..ORDER - 1).rev() {
        sum = sum * (theta - centre) + about[k].value;
    }
    sum
}

impl Determinant {
    /// The parts, which together are the statement.
    pub const ALL: [Self; 6] = [
        Self::NearZero,
        Self::Before,
        Self::Decreasing,
        Self::Beyond,
        Self::BeforeRoot,
        Self::BehindRoot,
    ];

    fn range(self) -> [Interval; 2] {
        let [low, high] = BRACKET.map(Interval::from);
        match self {
            Self::NearZero => [Interval::ZERO, Interval::from(NEAR_ZERO)],
            Self::Before => [Interval::from(NEAR_ZERO), low],
            Self::Decreasing | Self::BeforeRoot | Self::BehindRoot => [low, high],
            Self::Beyond => [high, Interval::PI],
        }
    }
}

impl Positive for Determinant {
    fn name(&self) -> &str {
        match self {
            Self::NearZero => "det M/theta^2 near 0",
            Self::Before => "det M",
            Self::Decreasing => "-(det M)'",
            Self::Beyond => "-det M",
            Self::BeforeRoot => "det M at 2.327616034877177",
            Self::BehindRoot => "-det M at 2.327616034877179",
        }
    }

    fn rules(&self) -> &[Rule] {
        &[Rule::Value]
    }

    /// det M is of order 2 at θ = 0.
    fn low_orders(&self) -> Option<Exact> {
        if *self != Self::NearZero {
            return Some(Exact::zero());
        }
        let (pi, theta) = (Exact::symbol(Symbol::Pi), Exact::symbol(Symbol::X));
        let (sin, cos) = Exact::expanded_sin_cos(&Exact::zero(), &Exact::number(1.0), 2)?;
        let first = sin.clone() * cos.clone() + pi.clone() - theta.clone();
        let mixed = (pi.clone() + pi.clone() - theta) * cos + sin;
        Some((pi * first - Exact::number(0.25) * (mixed.clone() * mixed)).below(2))
    }

    fn enclosure(&self, cell: Cell, _: Rule) -> Interval {
        let unit = [Interval::ZERO, Interval::ONE];
        let [theta, _] = cell.within(self.range(), unit);
        let middle = Interval::from(theta.mid());
        match self {
            Self::NearZero => series(Interval::ZERO, theta, 2),
            Self::Before => series(middle, theta, 0),
            Self::Decreasing => -determinant::<2>(theta).coefficients[1].value,
            Self::Beyond => -series(middle, theta, 0),
            // One number, whatever the cell.
            Self::BeforeRoot => at_decimal(ROOT[0]),
            Self::BehindRoot => -at_decimal(ROOT[1]),
        }
    }

    fn axis(&self, _: Cell) -> usize {
        0
    }
}

/// det M at `units`·10⁻¹⁵.
fn at_decimal(units: i64) -> Interval {
    at_rational(BigRational::new(
        BigInt::from(units),
        BigInt::from(10).pow(15),
    ))
}

/// det M in rational numbers: near its root its values are of the size of the rounding of doubles.
fn at_rational(theta: BigRational) -> Interval {
    let (sin, cos) = Between::sin_cos(&theta);
    let (pi, theta) = (Between::pi(), Between::exactly(theta));
    let quarter = Between::exactly(BigRational::new(1.into(), 4.into()));
    let first = pi.times(&sin.times(&cos).plus(&pi).minus(&theta));
    let mixed = pi.plus(&pi).minus(&theta).times(&cos).plus(&sin);
    first.minus(&quarter.times(&mixed.times(&mixed))).interval()
}

/// The angle at which det M changes sign, between two neighbouring doubles: det M > 0 at the lower one and < 0 at the upper.
///
/// Bisection on signs in rational numbers. That there is no other sign change in (0, π\] is what the parts of [`Determinant`]
/// say.
pub fn determinant_root() -> Interval {
    let [mut low, mut high] = BRACKET;
    while low.next_up() < high {
        let middle = 0.5 * (low + high);
        let Some(exact) = BigRational::from_float(middle) else {
            break;
        };
        let value = at_rational(exact);
        if value.low() > 0.0 {
            low = middle;
        } else if value.high() < 0.0 {
            high = middle;
        } else {
            break;
        }
    }
    Interval::between(low, high)
}
