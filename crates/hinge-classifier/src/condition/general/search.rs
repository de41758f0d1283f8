//! The search for a verdict: non-negative least squares on a growing set of rows, then integers.

use num_bigint::BigInt;

use super::active_set::{ActiveSet, End, dot};
use super::certificate::{ClosedHemisphere, Interior, PositiveCombination, Undecided, behind};
use super::exact::{self, Exact};
use super::integers;
use super::scaled::Scaled;
use super::{Effort, GeometricCondition};

/// Up to this many rows per dimension the whole set is worked on at once.
const ALL_AT_ONCE: usize = 6;
/// As many rows per dimension start in a larger set: with 4d random rows 0 is interior but for a probability that
/// shrinks exponentially with d.
const AT_FIRST: usize = 4;
/// Rows with products below this times the unit are taken for rows on the border.
const BORDER: f64 = 1e-9;
/// The exact decision may cost this many nanoseconds by the estimate of [`affordable`].
const BUDGET: f64 = 2e9;

/// Whether an exact decision is quick enough: about 3d pivots on a tableau of integers of d times the bits of a row.
pub(in crate::condition) fn affordable(dimension: usize, rows: usize, bits: u64) -> bool {
    let d = dimension as f64;
    let words = d * bits as f64 / 64.0;
    let operation = 60.0 + 2.0 * words + 0.5 * words * words;
    3.0 * d * (d + 1.0) * (rows as f64 + d) * operation <= BUDGET
}

pub(super) struct Search<'a> {
    scaled: &'a Scaled<'a>,
    effort: Effort,
    set: ActiveSet,
    /// The rows of the set, by their index in the weights.
    members: Vec<usize>,
    is_member: Vec<bool>,
    /// The best normal so far and its lowest product.
    best: (Vec<f64>, f64),
}

fn unit(vector: &[f64]) -> Vec<f64> {
    let largest = vector.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if largest == 0.0 {
        let mut first = vec![0.0; vector.len()];
        first[0] = 1.0;
        return first;
    }
    let scaled: Vec<f64> = vector.iter().map(|x| x / largest).collect();
    let length = dot(&scaled, &scaled).sqrt();
    scaled.iter().map(|x| x / length).collect()
}

impl<'a> Search<'a> {
    pub(super) fn new(scaled: &'a Scaled<'a>, effort: Effort) -> Self {
        let d = scaled.dimension();
        Self {
            scaled,
            effort,
            set: ActiveSet::new(d),
            members: Vec::new(),
            is_member: vec![false; scaled.scales.len()],
            best: (unit(&vec![0.0; d]), f64::NEG_INFINITY),
        }
    }

    fn join(&mut self, row: usize) {
        if !self.is_member[row] {
            self.is_member[row] = true;
            self.members.push(row);
            self.set.push(&self.scaled.direction(row));
        }
    }

    pub(super) fn run(mut self) -> GeometricCondition {
        let d = self.scaled.dimension();
        let directed = self.scaled.directed();
        if let Some(verdict) = self.one_sided_coordinate() {
            return verdict;
        }
        if directed.len() <= ALL_AT_ONCE * d + 64 {
            for &row in &directed {
                self.join(row);
            }
        } else {
            let count = AT_FIRST * d + 32;
            (0..count).for_each(|i| self.join(directed[i * directed.len() / count]));
        }
        loop {
            match self.set.solve() {
                End::Zero => {
                    if let Some(verdict) = self.interior() {
                        return verdict;
                    }
                    return self.in_integers();
                }
                End::Separated => {
                    let residual = unit(self.set.residual());
                    let products = self.scaled.products(&residual);
                    self.remember(&residual, &products);
                    let before = self.members.len();
                    self.join_behind(&products, -BORDER);
                    if self.members.len() > before {
                        continue;
                    }
                    if let Some(verdict) = self.separated(&residual, &products) {
                        return verdict;
                    }
                    self.join_behind(&products, 0.0);
                    if self.members.len() > before {
                        continue;
                    }
                    return self.in_integers();
                }
            }
        }
    }

    /// A coordinate that is nowhere negative, or nowhere positive, is a normal without rounding.
    fn one_sided_coordinate(&self) -> Option<GeometricCondition> {
        let d = self.scaled.dimension();
        for i in 0..d {
            let column = self.scaled.weights.col(i);
            let (mut negative, mut positive) = (false, false);
            for &value in column.iter() {
                negative |= value < 0.0;
                positive |= value > 0.0;
                if negative && positive {
                    break;
                }
            }
            if !(negative && positive) {
                let mut normal = vec![0.0; d];
                normal[i] = if negative { -1.0 } else { 1.0 };
                return self.believe(GeometricCondition::Fails(ClosedHemisphere {
                    normal,
                    integers: None,
                }));
            }
        }
        None
    }

    fn believe(&self, verdict: GeometricCondition) -> Option<GeometricCondition> {
        let passed = match &verdict {
            GeometricCondition::Holds(combination) => {
                combination.verify_scaled(self.scaled).is_ok()
            }
            GeometricCondition::Fails(hemisphere) => hemisphere.verify_scaled(self.scaled).is_ok(),
            GeometricCondition::Undecided(_) => true,
        };
        passed.then_some(verdict)
    }

    fn remember(&mut self, normal: &[f64], products: &[f64]) {
        let lowest = self.lowest(products);
        if lowest > self.best.1 {
            self.best = (normal.to_vec(), lowest);
        }
    }

    fn lowest(&self, products: &[f64]) -> f64 {
        (0..products.len())
            .filter(|&j| self.scaled.scales[j] > 0.0)
            .fold(f64::INFINITY, |least, j| least.min(products[j]))
    }

    /// Adds the rows that are furthest behind a normal, at most about d of them.
    fn join_behind(&mut self, products: &[f64], limit: f64) {
        let most = self.scaled.dimension() + 16;
        let mut candidates: Vec<usize> = (0..products.len())
            .filter(|&j| self.scaled.scales[j] > 0.0 && !self.is_member[j] && products[j] < limit)
            .collect();
        let order = |a: &usize, b: &usize| products[*a].total_cmp(&products[*b]).then(a.cmp(b));
        if candidates.len() > most {
            candidates.select_nth_unstable_by(most - 1, order);
            candidates.truncate(most);
        }
        candidates.sort_unstable_by(order);
        for row in candidates {
            self.join(row);
        }
    }

    /// The positive combination, if it passes.
    fn interior(&mut self) -> Option<GeometricCondition> {
        if !self.set.complete() {
            return None;
        }
        let basis: Vec<usize> = self
            .set
            .passive()
            .iter()
            .map(|&place| self.members[place])
            .collect();
        let coefficients = self.set.coefficients();
        let largest = coefficients.iter().fold(0.0_f64, |most, x| most.max(*x));
        let mut pairs: Vec<(usize, f64)> = self
            .members
            .iter()
            .zip(&coefficients)
            .map(|(&row, x)| (row, x / largest))
            .collect();
        pairs.sort_unstable_by_key(|pair| pair.0);
        let (rows, coefficients) = pairs.into_iter().unzip();
        self.believe(GeometricCondition::Holds(PositiveCombination {
            rows,
            coefficients,
            proof: Interior::Near(basis),
        }))
    }

    /// The residual is orthogonal to the passive rows. Tilted towards them it is a strict normal, unless 0 is on the border.
    fn separated(&mut self, residual: &[f64], products: &[f64]) -> Option<GeometricCondition> {
        let lifting = self.set.lifting();
        let lifted = self.scaled.products(&lifting);
        let mut room = 1.0 / (1e-300 + dot(&lifting, &lifting).sqrt());
        for j in 0..products.len() {
            if self.scaled.scales[j] > 0.0 && lifted[j] < 0.0 {
                room = room.min(products[j].max(0.0) / -lifted[j]);
            }
        }
        let tilted: Vec<f64> = residual
            .iter()
            .zip(&lifting)
            .map(|(r, x)| r + 0.5 * room * x)
            .collect();
        for candidate in [unit(&tilted), residual.to_vec()] {
            let products = self.scaled.products(&candidate);
            self.remember(&candidate, &products);
            // A row clearly behind need not be tried in integers.
            if self.lowest(&products) > -BORDER {
                let verdict = GeometricCondition::Fails(ClosedHemisphere {
                    normal: candidate,
                    integers: None,
                });
                if let Some(verdict) = self.believe(verdict) {
                    return Some(verdict);
                }
            }
        }
        None
    }

    fn affordable(&self) -> bool {
        let bits = self
            .members
            .iter()
            .map(|&row| integers::row_bits(self.scaled.weights.row(row)))
            .max()
            .unwrap_or(1);
        affordable(self.scaled.dimension(), self.members.len(), bits)
    }

    /// Decides the present rows in integers, and adds rows that are behind the normal.
    fn in_integers(mut self) -> GeometricCondition {
        let d = self.scaled.dimension();
        while self.effort == Effort::Exact && self.affordable() {
            // Bland's rule takes early columns first: begin with the passive rows.
            let mut order: Vec<usize> = self.set.passive().to_vec();
            let mut first = vec![false; self.members.len()];
            for &place in &order {
                first[place] = true;
            }
            order.extend((0..self.members.len()).filter(|&place| !first[place]));
            let rows: Vec<Vec<BigInt>> = order
                .iter()
                .map(|&place| integers::integer_row(self.scaled.weights.row(self.members[place])))
                .collect();
            let normal = match exact::decide(&rows, d) {
                Exact::Interior(values) => {
                    let mut pairs: Vec<(usize, BigInt)> = order
                        .iter()
                        .map(|&place| self.members[place])
                        .zip(values)
                        .collect();
                    pairs.sort_unstable_by_key(|pair| pair.0);
                    let (rows, values): (Vec<usize>, Vec<BigInt>) = pairs.into_iter().unzip();
                    let coefficients = rounded_coefficients(self.scaled, &rows, &values);
                    return GeometricCondition::Holds(PositiveCombination {
                        rows,
                        coefficients,
                        proof: Interior::Integers(values),
                    });
                }
                Exact::Separated(normal) | Exact::Flat(normal) => normal,
            };
            let rounded = unit(&integers::to_doubles(&normal));
            let missing = behind(self.scaled, &rounded, &normal, true, d + 16);
            if missing.is_empty() {
                return GeometricCondition::Fails(ClosedHemisphere {
                    normal: rounded,
                    integers: Some(normal),
                });
            }
            for row in missing {
                self.join(row);
            }
        }
        GeometricCondition::Undecided(self.undecided())
    }

    fn undecided(mut self) -> Undecided {
        let direction = unit(&self.set.thinnest());
        for sign in [1.0, -1.0] {
            let normal: Vec<f64> = direction.iter().map(|x| sign * x).collect();
            let products = self.scaled.products(&normal);
            self.remember(&normal, &products);
        }
        Undecided {
            normal: self.best.0,
            lowest: self.best.1,
        }
    }
}

/// λ_j = ℓ_j‖u_j‖ for the integer rows u_j, the largest 1.
fn rounded_coefficients(scaled: &Scaled<'_>, rows: &[usize], values: &[BigInt]) -> Vec<f64> {
    // ‖u_j‖ = ‖row‖ with the integer row of any length: its entries against its longest, and its length in bits.
    let lengths: Vec<BigInt> = rows
        .iter()
        .zip(values)
        .map(|(&row, value)| {
            let entries = integers::integer_row(scaled.weights.row(row));
            let squares: BigInt = entries.iter().map(|x| x * x).sum();
            ((squares * value * value) << 128_u32).sqrt()
        })
        .collect();
    integers::to_doubles(&lengths)
}
