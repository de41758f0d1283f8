use std::f64::consts::FRAC_PI_2;

use super::BlockDynamics;
use crate::error::Error;
use crate::geometry::{orthogonal_excess, self_deficit, versine};

/// Norms of student rows outside these bounds are refused: their squares leave the range of a double.
const NORM_RANGE: std::ops::RangeInclusive<f64> = 1e-150..=1e150;

/// One row of a block matrix: the entry on the diagonal and one entry a block.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) diagonal: f64,
    pub(super) off: Vec<f64>,
}

/// Norms and angles of the m kinds of rows.
pub(super) struct Geometry {
    /// p_A.
    sizes: Vec<f64>,
    rows: Vec<Row>,
    norms: Vec<f64>,
    /// r_A − 1.
    excess: Vec<f64>,
    theta: Vec<f64>,
    /// sin θ_A.
    sine: Vec<f64>,
    /// π/2 minus the angle of a row of A and another row of B.
    psi: Vec<f64>,
    /// π/2 minus the angle of a row of A and the teacher of another row of B.
    psi_star: Vec<f64>,
    /// S, one entry a block.
    surplus: Vec<f64>,
}

impl Geometry {
    pub(super) fn new(blocks: &BlockDynamics, state: &[f64]) -> Result<Self, Error> {
        blocks.check_state(state)?;
        let m = blocks.sizes.len();
        let sizes: Vec<f64> = blocks.sizes.iter().map(|&p| p as f64).collect();
        let rows: Vec<Row> = (0..m)
            .map(|a| Row {
                diagonal: state[blocks.diagonal[a]],
                off: (0..m)
                    .map(|b| {
                        if a == b && blocks.sizes[a] == 1 {
                            0.0
                        } else {
                            state[blocks.off[a * m + b]]
                        }
                    })
                    .collect(),
            })
            .collect();
        let mut geometry = Self {
            norms: Vec::with_capacity(m),
            excess: Vec::with_capacity(m),
            theta: Vec::with_capacity(m),
            sine: Vec::with_capacity(m),
            psi: vec![0.0; m * m],
            psi_star: vec![0.0; m * m],
            surplus: Vec::with_capacity(m),
            sizes,
            rows,
        };
        for a in 0..m {
            geometry.measure_row(a)?;
        }
        for a in 0..m {
            for b in 0..m {
                if a != b || blocks.sizes[a] > 1 {
                    geometry.psi[a * m + b] = geometry.complement(a, b);
                    geometry.psi_star[a * m + b] = geometry.teacher_complement(a, b);
                }
            }
            geometry.surplus.push(geometry.column_surplus(a));
        }
        Ok(geometry)
    }

    fn blocks(&self) -> usize {
        self.sizes.len()
    }

    /// How many members of B a row of A meets besides itself.
    fn others(&self, a: usize, b: usize) -> f64 {
        if a == b {
            self.sizes[a] - 1.0
        } else {
            self.sizes[b]
        }
    }

    fn measure_row(&mut self, a: usize) -> Result<(), Error> {
        let row = &self.rows[a];
        let off: f64 = row
            .off
            .iter()
            .enumerate()
            .map(|(b, x)| self.others(a, b) * x * x)
            .sum();
        let norm = (row.diagonal * row.diagonal + off).sqrt();
        if row.diagonal == 0.0 && row.off.iter().all(|&x| x == 0.0) {
            return Err(Error::ZeroNeuron {
                what: format!("every row of block {a}"),
            });
        }
        if !NORM_RANGE.contains(&norm) {
            return Err(Error::OutOfRange {
                name: "norm of a row",
                value: norm,
                requirement: "it must lie between 1e-150 and 1e150",
            });
        }
        let excess = if (0.5..2.0).contains(&norm) {
            ((row.diagonal - 1.0) * (row.diagonal + 1.0) + off) / (norm + 1.0)
        } else {
            norm - 1.0
        };
        let off = off.sqrt();
        self.theta.push(off.atan2(row.diagonal));
        self.sine.push(off / norm);
        self.norms.push(norm);
        self.excess.push(excess);
        Ok(())
    }

    /// Calls `f` with the entries of row i ∈ A and row j ∈ B, j ≠ i, and the number of columns where they stand.
    fn for_each_column(&self, a: usize, b: usize, mut f: impl FnMut(f64, f64, f64)) {
        let (u, v) = (&self.rows[a], &self.rows[b]);
        // Columns i and j, then the remaining columns of every block.
        f(u.diagonal, v.off[a], 1.0);
        f(u.off[b], v.diagonal, 1.0);
        for c in 0..self.blocks() {
            let taken = f64::from(u8::from(c == a)) + f64::from(u8::from(c == b));
            f(u.off[c], v.off[c], self.sizes[c] - taken);
        }
    }

    /// ψ = atan2(û·v̂, ½‖û−v̂‖‖û+v̂‖), with û − v̂ from u − v so that rows that coincide have the angle 0.
    fn complement(&self, a: usize, b: usize) -> f64 {
        let (norm_u, norm_v) = (self.norms[a], self.norms[b]);
        let mut product = 0.0;
        let mut squares = 0.0;
        self.for_each_column(a, b, |x, y, count| {
            product += count * (x / norm_u) * (y / norm_v);
            squares += count * ((x - y) / norm_v) * ((x + y) / norm_v);
        });
        // (‖u‖ − ‖v‖)/‖v‖
        let longer = squares / (norm_u / norm_v + 1.0);
        let comparable = (0.5..2.0).contains(&(norm_u / norm_v));
        let (mut minus, mut plus) = (0.0, 0.0);
        self.for_each_column(a, b, |x, y, count| {
            let (unit_x, unit_y) = (x / norm_u, y / norm_v);
            let difference = if comparable {
                ((x - y) - y * longer) / norm_u
            } else {
                unit_x - unit_y
            };
            minus += count * difference * difference;
            plus += count * (unit_x + unit_y) * (unit_x + unit_y);
        });
        product.atan2(0.5 * (minus * plus).sqrt())
    }

    fn teacher_complement(&self, a: usize, b: usize) -> f64 {
        let row = &self.rows[a];
        let rest: f64 = row
            .off
            .iter()
            .enumerate()
            .map(|(c, x)| {
                let count = self.others(a, c) - f64::from(u8::from(c == b));
                count * x * x
            })
            .sum();
        row.off[b].atan2((row.diagonal * row.diagonal + rest).sqrt())
    }

    fn column_surplus(&self, b: usize) -> f64 {
        let others: f64 = (0..self.blocks())
            .map(|a| self.others(b, a) * self.rows[a].off[b])
            .sum();
        (self.rows[b].diagonal - 1.0) + others
    }

    /// 2π times one row of the gradient.
    pub(super) fn gradient_row(&self, a: usize) -> Row {
        let m = self.blocks();
        let psi = |b: usize| self.psi[a * m + b];
        let psi_star = |b: usize| self.psi_star[a * m + b];
        let norm = self.norms[a];
        let along: f64 = (0..m)
            .map(|b| {
                let bent = versine(psi_star(b)) - self.norms[b] * versine(psi(b));
                self.others(a, b) * (self.excess[b] + bent)
            })
            .sum();
        let radial = (along - self.sine[a]) / norm;
        let row = &self.rows[a];
        // Column i itself, where every other row j of block b has the entry b_ba.
        let own: f64 = (0..m)
            .map(|b| self.others(a, b) * psi(b) * self.rows[b].off[a])
            .sum();
        let diagonal = FRAC_PI_2 * (self.surplus[a] + (row.diagonal - 1.0))
            + self.theta[a]
            + own
            + radial * row.diagonal;
        let off = (0..m)
            .map(|b| {
                // A column k of block b, k ≠ i: row k has its diagonal there, every other row j ≠ i its b_cb.
                let columns: f64 = (0..m)
                    .map(|c| {
                        let count = self.others(a, c) - f64::from(u8::from(c == b));
                        count * psi(c) * self.rows[c].off[b]
                    })
                    .sum();
                FRAC_PI_2 * (self.surplus[b] + row.off[b])
                    + psi(b) * self.rows[b].diagonal
                    + columns
                    - psi_star(b)
                    + radial * row.off[b]
            })
            .collect();
        Row { diagonal, off }
    }

    /// 4π times the loss.
    pub(super) fn loss(&self) -> f64 {
        let m = self.blocks();
        let (mut length, mut sum, mut own, mut pairs) = (0.0, 0.0, 0.0, 0.0);
        for a in 0..m {
            let (p, r, excess) = (self.sizes[a], self.norms[a], self.excess[a]);
            length += p * excess;
            sum += p * self.surplus[a] * self.surplus[a];
            own +=
                p * ((FRAC_PI_2 - 1.0) * excess * excess + 2.0 * r * self_deficit(self.theta[a]));
            for b in 0..m {
                let kernel = self.norms[b] * orthogonal_excess(self.psi[a * m + b])
                    - 2.0 * orthogonal_excess(self.psi_star[a * m + b]);
                pairs += p * self.others(a, b) * r * kernel;
            }
        }
        length * length + FRAC_PI_2 * sum + own + pairs
    }
}
