use std::f64::consts::{PI, TAU};

use faer::Mat;

use super::BlockDynamics;

/// A vector of ℝᴷ as the rows i ∈ A and j ∈ B ≠ i see it: its entries in columns i and j, and in the other columns of
/// every block.
#[derive(Clone)]
struct Split {
    own: f64,
    other: f64,
    rest: Vec<f64>,
}

/// What a pair of rows needs of the block structure: how many columns stand behind each entry of a [`Split`].
struct Columns {
    counts: Vec<f64>,
}

impl Columns {
    fn dot(&self, x: &Split, y: &Split) -> f64 {
        let rest: f64 = self
            .counts
            .iter()
            .zip(x.rest.iter().zip(&y.rest))
            .map(|(n, (a, b))| n * a * b)
            .sum();
        x.own * y.own + x.other * y.other + rest
    }
}

impl Split {
    fn plus(&self, factor: f64, other: &Self) -> Self {
        Self {
            own: self.own + factor * other.own,
            other: self.other + factor * other.other,
            rest: self
                .rest
                .iter()
                .zip(&other.rest)
                .map(|(a, b)| a + factor * b)
                .collect(),
        }
    }

    fn scaled(&self, factor: f64) -> Self {
        Self {
            own: factor * self.own,
            other: factor * self.other,
            rest: self.rest.iter().map(|x| factor * x).collect(),
        }
    }
}

/// The Hessian of the full loss times the direction with the given coordinates, in coordinates.
///
/// 2π(HV)_i = πV_i + (1/r_i)\[Σ_{j≠i} r_j sin θ_ij N_ij − Σ_k sin θ*_ik N*_ik\]V_i + Σ_{j≠i}\[(π−θ_ij)V_j
///   + sin θ cos θ (e eᵀ − n nᵀ)V_j + sin²θ (e nᵀ + n eᵀ)V_j\],  N = I − e eᵀ + n nᵀ,
///
/// e = ŵ_i and n the direction of w_j, or of the teacher, across it. A row i stands for its block; the rows j ∈ B have the
/// same three kinds of columns, so the sum over them is taken in closed form.
pub(super) fn product(blocks: &BlockDynamics, state: &[f64], direction: &[f64]) -> Vec<f64> {
    let m = blocks.sizes.len();
    let entry = |of: &[f64], a: usize, b: usize| {
        if a == b && blocks.sizes[a] == 1 {
            0.0
        } else {
            of[blocks.off[a * m + b]]
        }
    };
    let mut image = vec![0.0; blocks.coordinates];
    for a in 0..m {
        // Row i of the result: its entry in column i, and in another column of every block.
        let mut diagonal = PI * direction[blocks.diagonal[a]];
        let mut off: Vec<f64> = (0..m).map(|b| PI * entry(direction, a, b)).collect();
        for b in 0..m {
            let others = blocks.sizes[b] as f64 - f64::from(u8::from(a == b));
            if others == 0.0 {
                continue;
            }
            let counts = (0..m)
                .map(|c| {
                    blocks.sizes[c] as f64
                        - f64::from(u8::from(c == a))
                        - f64::from(u8::from(c == b))
                })
                .collect();
            let columns = Columns { counts };
            let own = |of: &[f64]| Split {
                own: of[blocks.diagonal[a]],
                other: entry(of, a, b),
                rest: (0..m).map(|c| entry(of, a, c)).collect(),
            };
            let theirs = |of: &[f64]| Split {
                own: entry(of, b, a),
                other: of[blocks.diagonal[b]],
                rest: (0..m).map(|c| entry(of, b, c)).collect(),
            };
            let teacher = Split {
                own: 0.0,
                other: 1.0,
                rest: vec![0.0; m],
            };
            let (w, v) = (own(state), own(direction));
            let student = across(&columns, &w, &theirs(state), true, &v, &theirs(direction));
            let target = across(&columns, &w, &teacher, false, &v, &v);
            let sum = student.plus(-1.0, &target);
            // Every j ∈ B has this vector, with its own column j.
            diagonal += others * sum.own;
            for (c, value) in off.iter_mut().enumerate() {
                *value += if c == b {
                    sum.other + (others - 1.0) * sum.rest[c]
                } else {
                    others * sum.rest[c]
                };
            }
        }
        // The teacher of row i itself: it has no column j.
        let columns = Columns {
            counts: (0..m)
                .map(|c| blocks.sizes[c] as f64 - f64::from(u8::from(c == a)))
                .collect(),
        };
        let alone = |of: &[f64]| Split {
            own: of[blocks.diagonal[a]],
            other: 0.0,
            rest: (0..m).map(|c| entry(of, a, c)).collect(),
        };
        let teacher = Split {
            own: 1.0,
            other: 0.0,
            rest: vec![0.0; m],
        };
        let (w, v) = (alone(state), alone(direction));
        let target = across(&columns, &w, &teacher, false, &v, &v);
        image[blocks.diagonal[a]] = (diagonal - target.own) / TAU;
        for (b, value) in off.iter().enumerate() {
            if a != b || blocks.sizes[a] > 1 {
                image[blocks.off[a * m + b]] = (value - target.rest[b]) / TAU;
            }
        }
    }
    image
}

/// What the pair of w and another row adds to 2πHV: the part of the diagonal block, and for a student that of the mixed
/// block, too.
fn across(
    columns: &Columns,
    w: &Split,
    other: &Split,
    mixed: bool,
    v: &Split,
    v_other: &Split,
) -> Split {
    let (norm, other_norm) = (columns.dot(w, w).sqrt(), columns.dot(other, other).sqrt());
    let e = w.scaled(1.0 / norm);
    let cosine = columns.dot(&e, other) / other_norm;
    // Twice, so that what is left is orthogonal to e to rounding also for nearly parallel rows.
    let first = other.scaled(1.0 / other_norm).plus(-cosine, &e);
    let rest = first.plus(-columns.dot(&e, &first), &e);
    let sine = columns.dot(&rest, &rest).sqrt();
    let n = if sine > 0.0 {
        rest.scaled(1.0 / sine)
    } else {
        rest
    };
    let along = columns.dot(&e, v);
    let turn = columns.dot(&n, v);
    let own = v
        .plus(-along, &e)
        .plus(turn, &n)
        .scaled(other_norm / norm * sine);
    if !mixed {
        return own;
    }
    let (along, turn) = (columns.dot(&e, v_other), columns.dot(&n, v_other));
    let angle = sine.atan2(cosine);
    own.plus(PI - angle, v_other)
        .plus(sine * cosine * along + sine * sine * turn, &e)
        .plus(sine * sine * along - sine * cosine * turn, &n)
}

/// The matrix of [`product`], n × n for n coordinates; the derivative of the gradient of the coordinates.
pub(super) fn jacobian(blocks: &BlockDynamics, state: &[f64]) -> Mat<f64> {
    let n = blocks.coordinates;
    let mut matrix = Mat::zeros(n, n);
    let mut direction = vec![0.0; n];
    for column in 0..n {
        direction[column] = 1.0;
        for (row, value) in product(blocks, state, &direction).into_iter().enumerate() {
            matrix[(row, column)] = value;
        }
        direction[column] = 0.0;
    }
    matrix
}
