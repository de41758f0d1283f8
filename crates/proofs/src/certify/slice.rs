//! Where rotations move a student: its place in a slice across them.

use faer::{Mat, MatRef};

use super::network::{Slice, outside};
use super::refusal::Refusal;

/// Parts across the teachers below this, relative to the weights, are taken for rounding.
const RANK: f64 = 1e-7;

pub(super) struct Placed {
    pub(super) weights: Mat<f64>,
    pub(super) slice: Option<Slice>,
}

/// Turns the students within the columns where all teachers vanish, so that rotations there are fixed.
///
/// Nothing is done where the part across the teachers has rank p in q dimensions with pq = p(p+1)/2: p = 0, or p = q = 1.
pub(super) fn placed(
    student: MatRef<'_, f64>,
    teacher: MatRef<'_, f64>,
) -> Result<Placed, Refusal> {
    let (k, d) = student.shape();
    let scale = student.norm_max();
    let columns = outside(teacher);
    let mut weights = student.to_owned();
    // Squares neither over- nor underflow, and nothing is rounded.
    let unit = power_of_two(scale);
    let across = Mat::from_fn(k, columns.len(), |i, c| student[(i, columns[c])] / unit);
    let turned = echelon(across, RANK * scale / unit);
    let rank = turned.pivots.len();
    // Teachers whose span is no span of axes: the part of the students across it.
    let (span, skew) = across_span(student, teacher, scale);
    let skew_dimension = manifold(skew, d - span);
    if span < d - columns.len() && skew_dimension > 0 {
        return Err(Refusal::Rotations {
            rank: skew,
            codimension: d - span,
            dimension: skew_dimension,
            span,
        });
    }
    if manifold(rank, columns.len()) == 0 {
        return Ok(Placed {
            weights,
            slice: None,
        });
    }
    for i in 0..k {
        for (c, &column) in columns.iter().enumerate() {
            weights[(i, column)] = turned.matrix[(i, c)] * unit;
        }
    }
    Ok(Placed {
        weights,
        slice: Some(Slice {
            rank,
            pivots: turned.pivots,
        }),
    })
}

/// The largest power of two up to x, or the least normal one.
fn power_of_two(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & f64::INFINITY.to_bits()).max(f64::MIN_POSITIVE)
}

/// pq − p(p+1)/2.
fn manifold(p: usize, q: usize) -> usize {
    (p * q).saturating_sub(p * (p + 1) / 2)
}

struct Echelon {
    matrix: Mat<f64>,
    pivots: Vec<usize>,
}

/// Householder reflections of the columns that make pivot row k, the largest remaining one, vanish beyond column k.
fn echelon(mut a: Mat<f64>, negligible: f64) -> Echelon {
    let (rows, columns) = a.shape();
    let mut pivots: Vec<usize> = Vec::new();
    for step in 0..columns.min(rows) {
        let rest = |i: usize| {
            (step..columns)
                .map(|c| a[(i, c)] * a[(i, c)])
                .sum::<f64>()
                .sqrt()
        };
        let open = (0..rows).filter(|i| !pivots.contains(i));
        let Some(pivot) = open.max_by(|&i, &j| rest(i).total_cmp(&rest(j))) else {
            break;
        };
        let length = rest(pivot);
        if length <= negligible {
            break;
        }
        let mut v: Vec<f64> = (step..columns).map(|c| a[(pivot, c)]).collect();
        v[0] += length.copysign(v[0]);
        let square: f64 = v.iter().map(|x| x * x).sum();
        for i in 0..rows {
            let along: f64 = v
                .iter()
                .enumerate()
                .map(|(c, x)| a[(i, step + c)] * x)
                .sum();
            for (c, x) in v.iter().enumerate() {
                a[(i, step + c)] -= 2.0 * along / square * x;
            }
        }
        for c in step + 1..columns {
            a[(pivot, c)] = 0.0;
        }
        pivots.push(pivot);
    }
    for c in pivots.len()..columns {
        for i in 0..rows {
            a[(i, c)] = 0.0;
        }
    }
    Echelon { matrix: a, pivots }
}

/// Dimension of the teachers' span, and rank of the students' part across it, by reflections of all columns.
fn across_span(student: MatRef<'_, f64>, teacher: MatRef<'_, f64>, scale: f64) -> (usize, usize) {
    let (k, d) = student.shape();
    let size = teacher.norm_max();
    let units = (power_of_two(size), power_of_two(scale));
    let both = Mat::from_fn(teacher.nrows() + k, d, |i, c| {
        if i < teacher.nrows() {
            teacher[(i, c)] / units.0
        } else {
            student[(i - teacher.nrows(), c)] / units.1
        }
    });
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut counts = (0, 0);
    for (rows, count, size) in [
        (0..teacher.nrows(), &mut counts.0, size / units.0),
        (
            teacher.nrows()..both.nrows(),
            &mut counts.1,
            scale / units.1,
        ),
    ] {
        for i in rows {
            let mut rest: Vec<f64> = (0..d).map(|c| both[(i, c)]).collect();
            // Twice is enough for orthogonality to rounding.
            for unit in basis.iter().chain(&basis) {
                let along: f64 = unit.iter().zip(&rest).map(|(u, x)| u * x).sum();
                for (x, u) in rest.iter_mut().zip(unit) {
                    *x -= along * u;
                }
            }
            let length = rest.iter().map(|x| x * x).sum::<f64>().sqrt();
            if length > RANK * size {
                basis.push(rest.iter().map(|x| x / length).collect());
                *count += 1;
            }
        }
    }
    counts
}
