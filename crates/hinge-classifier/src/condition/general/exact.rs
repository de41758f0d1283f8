//! The decision in integers: phase one of the simplex method for Σ_j (1 + μ_j) u_j = 0, μ ≥ 0, with fraction-free pivots.

use num_bigint::{BigInt, Sign};

/// What phase one says of a set of integer rows.
#[derive(Debug)]
pub(in crate::condition) enum Exact {
    /// Positive integers with Σ λ_j u_j = 0, and the rows span the space.
    Interior(Vec<BigInt>),
    /// n ≠ 0 with ⟨n, u_j⟩ ≥ 0 for all rows.
    Separated(Vec<BigInt>),
    /// n ≠ 0 with ⟨n, u_j⟩ = 0 for all rows.
    Flat(Vec<BigInt>),
}

/// The tableau: d constraints, then the reduced costs; columns are the rows u_j, d artificial variables, the right side.
struct Tableau {
    lines: Vec<Vec<BigInt>>,
    /// All entries are numerators over this.
    denominator: BigInt,
    basic: Vec<usize>,
    /// Where a line was multiplied by −1 at the start.
    flipped: Vec<bool>,
    count: usize,
}

impl Tableau {
    fn new(rows: &[Vec<BigInt>], dimension: usize) -> Self {
        let count = rows.len();
        let width = count + dimension + 1;
        let mut lines = Vec::with_capacity(dimension + 1);
        let mut flipped = Vec::with_capacity(dimension);
        let mut costs = vec![BigInt::ZERO; width];
        for i in 0..dimension {
            let right: BigInt = -rows.iter().map(|row| &row[i]).sum::<BigInt>();
            let flip = right.sign() == Sign::Minus;
            let signed = |value: &BigInt| if flip { -value } else { value.clone() };
            let mut line: Vec<BigInt> = rows.iter().map(|row| signed(&row[i])).collect();
            line.extend((0..dimension).map(|l| BigInt::from(u8::from(l == i))));
            line.push(signed(&right));
            for (column, value) in line.iter().enumerate() {
                if !(count..count + dimension).contains(&column) {
                    costs[column] -= value;
                }
            }
            lines.push(line);
            flipped.push(flip);
        }
        lines.push(costs);
        Self {
            lines,
            denominator: BigInt::from(1),
            basic: (count..count + dimension).collect(),
            flipped,
            count,
        }
    }

    fn dimension(&self) -> usize {
        self.basic.len()
    }

    fn costs(&self) -> &[BigInt] {
        &self.lines[self.dimension()]
    }

    fn right(&self, line: usize) -> &BigInt {
        &self.lines[line][self.count + self.dimension()]
    }

    /// Edmonds' pivot: every division is exact.
    fn pivot(&mut self, line: usize, column: usize) {
        let row = std::mem::take(&mut self.lines[line]);
        let pivot = row[column].clone();
        for (other, entries) in self.lines.iter_mut().enumerate() {
            if other == line {
                continue;
            }
            let factor = entries[column].clone();
            for (entry, along) in entries.iter_mut().zip(&row) {
                let mut value = &*entry * &pivot;
                if factor.sign() != Sign::NoSign && along.sign() != Sign::NoSign {
                    value -= &factor * along;
                }
                *entry = value / &self.denominator;
            }
        }
        self.lines[line] = row;
        self.denominator = pivot;
        self.basic[line] = column;
    }

    /// Bland's rule: it cannot cycle.
    fn step(&mut self) -> bool {
        let Some(column) = (0..self.count).find(|&j| self.costs()[j].sign() == Sign::Minus) else {
            return false;
        };
        let mut leaving: Option<usize> = None;
        for line in 0..self.dimension() {
            if self.lines[line][column].sign() != Sign::Plus {
                continue;
            }
            let better = leaving.is_none_or(|best| {
                let left = self.right(line) * &self.lines[best][column];
                let right = self.right(best) * &self.lines[line][column];
                left < right || (left == right && self.basic[line] < self.basic[best])
            });
            if better {
                leaving = Some(line);
            }
        }
        // The sum of the artificial variables is bounded below, so a line leaves.
        let Some(line) = leaving else { return false };
        self.pivot(line, column);
        true
    }

    /// Entries of the artificial columns of a line, in the signs of the coordinates.
    fn normal(&self, entries: impl Fn(usize) -> BigInt) -> Vec<BigInt> {
        (0..self.dimension())
            .map(|i| {
                if self.flipped[i] {
                    -entries(i)
                } else {
                    entries(i)
                }
            })
            .collect()
    }

    fn solve(mut self) -> Exact {
        while self.step() {}
        let (count, dimension) = (self.count, self.dimension());
        if self.lines[dimension][count + dimension].sign() != Sign::NoSign {
            // Reduced costs of the rows are ⟨n, u_j⟩ ≥ 0.
            return Exact::Separated(self.normal(|i| &self.costs()[count + i] - &self.denominator));
        }
        for line in 0..dimension {
            if self.basic[line] < count {
                continue;
            }
            let Some(column) = (0..count).find(|&j| self.lines[line][j].sign() != Sign::NoSign)
            else {
                return Exact::Flat(self.normal(|i| self.lines[line][count + i].clone()));
            };
            if self.lines[line][column].sign() == Sign::Minus {
                for entry in &mut self.lines[line] {
                    *entry = -&*entry;
                }
            }
            self.pivot(line, column);
        }
        let mut lambda = vec![self.denominator.clone(); count];
        for line in 0..dimension {
            lambda[self.basic[line]] += self.right(line);
        }
        Exact::Interior(lambda)
    }
}

/// Decides for a set of integer rows of one dimension.
pub(in crate::condition) fn decide(rows: &[Vec<BigInt>], dimension: usize) -> Exact {
    Tableau::new(rows, dimension).solve()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::general::integers::product;

    fn set(rows: &[&[i64]]) -> Vec<Vec<BigInt>> {
        rows.iter()
            .map(|row| row.iter().map(|&x| BigInt::from(x)).collect())
            .collect()
    }

    #[test]
    fn three_small_sets() {
        let triangle = set(&[&[1, 0], &[0, 1], &[-1, -1]]);
        let Exact::Interior(lambda) = decide(&triangle, 2) else {
            panic!("interior")
        };
        for i in 0..2 {
            let column: Vec<BigInt> = triangle.iter().map(|row| row[i].clone()).collect();
            assert_eq!(product(&lambda, &column), BigInt::ZERO);
        }
        let facet = set(&[&[1, 0], &[-1, 0], &[3, 1]]);
        let Exact::Separated(n) = decide(&facet, 2) else {
            panic!("separated")
        };
        assert!(
            facet
                .iter()
                .all(|row| product(&n, row).sign() != Sign::Minus)
        );
        let flat = set(&[&[1, 2], &[-1, -2]]);
        let Exact::Flat(n) = decide(&flat, 2) else {
            panic!("flat")
        };
        assert!(
            flat.iter()
                .all(|row| product(&n, row).sign() == Sign::NoSign)
        );
        assert!(n.iter().any(|x| x.sign() != Sign::NoSign));
    }
}
