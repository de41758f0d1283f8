use rayon::prelude::*;

use crate::arithmetic::{Exact, Interval};
use crate::error::Error;

/// The finest division of an axis: 2⁻⁴⁰.
pub(crate) const FINEST: u32 = 40;

/// A part of the unit square with dyadic corners: \[i, i+1\]·2⁻ˡ along either axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// i, along x and along t.
    pub index: [u64; 2],
    /// l, along x and along t.
    pub level: [u32; 2],
}

impl Cell {
    /// The whole square.
    pub const WHOLE: Self = Self {
        index: [0, 0],
        level: [0, 0],
    };

    /// The two halves across an axis.
    pub fn halves(self, axis: usize) -> [Self; 2] {
        let half = |upper: u64| {
            let mut cell = self;
            cell.level[axis] += 1;
            cell.index[axis] = 2 * cell.index[axis] + upper;
            cell
        };
        [half(0), half(1)]
    }

    /// The lower and the upper end along an axis; both are doubles exactly.
    pub fn ends(self, axis: usize) -> [f64; 2] {
        let unit = 0.5_f64.powi(self.level[axis].cast_signed());
        let index = self.index[axis] as f64;
        [index * unit, (index + 1.0) * unit]
    }

    /// Whether it touches t = 0.
    pub fn is_lowest(self) -> bool {
        self.index[1] == 0
    }

    /// Whether it touches t = 1.
    pub fn is_highest(self) -> bool {
        self.index[1] + 1 == 1 << self.level[1]
    }

    /// The cell as a part of the rectangle `x` × `t`, rounded outward.
    pub fn within(self, x: [Interval; 2], t: [Interval; 2]) -> [Interval; 2] {
        let part = |axis: usize, range: [Interval; 2]| {
            let [low, high] = self.ends(axis);
            let at = |share: f64| {
                if share == 0.0 {
                    range[0]
                } else if share == 1.0 {
                    range[1]
                } else {
                    range[0] + share * (range[1] - range[0])
                }
            };
            at(low).hull(at(high))
        };
        [part(0, x), part(1, t)]
    }
}

/// Why a function is positive on a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// It is bounded below by a positive number.
    Value,
    /// It is not negative on the edge t = 0, and its derivative along t is positive.
    RisesFromLowEdge,
    /// It is not negative on the edge t = 1, and its derivative along t is negative.
    FallsToHighEdge,
}

impl Rule {
    /// Every rule with its letter in a certificate.
    pub const ALL: [(Self, char); 3] = [
        (Self::Value, 'v'),
        (Self::RisesFromLowEdge, 'r'),
        (Self::FallsToHighEdge, 'f'),
    ];

    /// Its letter.
    pub fn letter(self) -> char {
        match self {
            Self::Value => 'v',
            Self::RisesFromLowEdge => 'r',
            Self::FallsToHighEdge => 'f',
        }
    }

    /// The edge that the rule starts from.
    pub fn end(self) -> Option<End> {
        match self {
            Self::Value => None,
            Self::RisesFromLowEdge => Some(End::Low),
            Self::FallsToHighEdge => Some(End::High),
        }
    }

    /// Whether the cell touches the edge that the rule starts from.
    pub fn touches(self, cell: Cell) -> bool {
        match self.end() {
            None => true,
            Some(End::Low) => cell.is_lowest(),
            Some(End::High) => cell.is_highest(),
        }
    }
}

/// An edge of the unit square along x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// t = 0.
    Low,
    /// t = 1.
    High,
}

impl End {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Low, Self::High];

    /// t there.
    pub fn t(self) -> f64 {
        match self {
            Self::Low => 0.0,
            Self::High => 1.0,
        }
    }
}

/// A function on an edge, exactly: x^`order` times it, over the range of x.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The numerator x^`order`·Q(x, t) at t = 0 or t = 1.
    pub numerator: Exact,
    /// The power of x that is divided out.
    pub order: u32,
    /// Ends of the range of x, which is not negative.
    pub range: [Exact; 2],
}

impl Edge {
    /// Whether it is `other`, or `other` times a power of x: not negative where the other is not.
    pub fn follows(&self, other: &Self) -> bool {
        self.numerator == other.numerator && self.order <= other.order && self.range == other.range
    }
}

/// A function on the unit square that is claimed to be positive, off the edges where it is known to vanish.
pub trait Positive: Sync {
    /// Its name in a certificate.
    fn name(&self) -> &str;

    /// The rules that its edges allow.
    fn rules(&self) -> &[Rule];

    /// The function on an edge, in a form that decides whether it vanishes there; none where no rule starts from it.
    fn edge(&self, _: End) -> Option<Edge> {
        None
    }

    /// What must vanish for the function to be defined at x = 0: the numerator without the powers of x that are divided out. None where
    /// its coefficients are no polynomials in the symbols.
    fn low_orders(&self) -> Option<Exact> {
        Some(Exact::zero())
    }

    /// What the rule bounds on the cell: the function, or a derivative with the sign that makes it positive.
    fn enclosure(&self, cell: Cell, rule: Rule) -> Interval;

    /// The axis across which a cell is better divided.
    fn axis(&self, cell: Cell) -> usize {
        usize::from(cell.level[0] > cell.level[1])
    }
}

/// A cell on which a rule holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leaf {
    /// Where.
    pub cell: Cell,
    /// Why.
    pub rule: Rule,
    /// The positive lower bound that the rule asks for.
    pub bound: f64,
}

/// Covers the unit square with leaves: adaptive bisection, one generation of cells after the other, each in parallel.
///
/// The leaves and their order do not depend on the number of threads.
///
/// # Errors
/// A cell on which the function is below zero throughout, or one at the finest division, with what was found there.
pub fn cover(function: &dyn Positive, deepest: u32) -> Result<Vec<Leaf>, Error> {
    let mut leaves = Vec::new();
    let mut generation = vec![Cell::WHOLE];
    while !generation.is_empty() {
        let found: Vec<Step> = generation
            .par_iter()
            .map(|&cell| step(function, cell, deepest))
            .collect();
        generation.clear();
        for step in found {
            match step {
                Step::Leaf(leaf) => leaves.push(leaf),
                Step::Divided(halves) => generation.extend(halves),
                Step::Failed(error) => return Err(error),
            }
        }
    }
    Ok(leaves)
}

enum Step {
    Leaf(Leaf),
    Divided([Cell; 2]),
    Failed(Error),
}

fn step(function: &dyn Positive, cell: Cell, deepest: u32) -> Step {
    let mut value = Interval::ENTIRE;
    for &rule in function.rules() {
        if !rule.touches(cell) {
            continue;
        }
        let enclosure = function.enclosure(cell, rule);
        if enclosure.low() > 0.0 {
            let bound = enclosure.low();
            return Step::Leaf(Leaf { cell, rule, bound });
        }
        if rule == Rule::Value {
            value = enclosure;
        }
    }
    let refused = |reason| {
        Step::Failed(Error::NotPositive {
            name: function.name().to_owned(),
            x: cell.ends(0),
            t: cell.ends(1),
            low: value.low(),
            high: value.high(),
            reason,
        })
    };
    if value.high() < 0.0 {
        return refused("the function is negative there");
    }
    let axis = function.axis(cell);
    if cell.level[axis] >= deepest.min(FINEST) {
        return refused("the finest division leaves its sign open");
    }
    Step::Divided(cell.halves(axis))
}
