//! The determinant of the Lyapunov matrix of one neuron.
//!
//! det M(θ) = π(sin θ cos θ + π − θ) − ¼((2π−θ) cos θ + sin θ)², which vanishes to second order at θ = 0.

use crate::cover::{Cell, Positive, Rule};
use crate::dual::Dual;
use crate::interval::Interval;
use crate::jet::Jet;

/// Coefficients of the expansions.
const ORDER: usize = 10;
/// Below this angle det M/θ² is expanded about 0.
const NEAR_ZERO: f64 = 0.5;
/// Between these angles det M decreases and changes sign.
const BRACKET: [f64; 2] = [2.25, 2.5];

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
    pub const ALL: [Self; 4] = [Self::NearZero, Self::Before, Self::Decreasing, Self::Beyond];

    fn range(self) -> [Interval; 2] {
        let [low, high] = BRACKET.map(Interval::from);
        match self {
            Self::NearZero => [Interval::ZERO, Interval::from(NEAR_ZERO)],
            Self::Before => [Interval::from(NEAR_ZERO), low],
            Self::Decreasing => [low, high],
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
        }
    }

    fn rules(&self) -> &[Rule] {
        &[Rule::Value]
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
        }
    }

    fn axis(&self, _: Cell) -> usize {
        0
    }
}

/// The angle at which det M changes sign, enclosed: det M > 0 at the lower end and < 0 at the upper.
///
/// Bisection on rigorous signs, until the enclosure of det M at a midpoint holds 0. That there is no other sign change
/// in (0, π\] is what the parts of [`Determinant`] say.
pub fn determinant_root() -> Interval {
    let at = |theta: f64| determinant::<1>(Interval::from(theta)).coefficients[0].value;
    let [mut low, mut high] = BRACKET;
    // First from below, then from above: the last signs that are certain.
    loop {
        let middle = 0.5 * (low + high);
        let value = at(middle);
        if middle <= low || middle >= high || value.contains(0.0) {
            break;
        }
        if value.low() > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let (mut inner, mut outer) = (0.5 * (low + high), 0.5 * (low + high));
    while at(0.5 * (low + inner)).low() > 0.0 && 0.5 * (low + inner) > low {
        low = 0.5 * (low + inner);
    }
    while at(0.5 * (outer + high)).high() < 0.0 && 0.5 * (outer + high) < high {
        high = 0.5 * (outer + high);
    }
    (inner, outer) = (low, high);
    Interval::between(inner, outer)
}
