//! Products and sums over padded rows, in whole registers.

use numeric::supplement_and_sine;
use pulp::Simd;

/// Rows and columns are padded to multiples of this, so that every loop runs in full registers.
pub(super) const LANES: usize = 4;

pub(super) fn padded(count: usize) -> usize {
    count.div_ceil(LANES) * LANES
}

/// A row-major matrix padded with zeros in both directions.
pub(super) struct Padded {
    pub(super) entries: Vec<f64>,
    pub(super) stride: usize,
}

impl Padded {
    pub(super) fn zeros(rows: usize, columns: usize) -> Self {
        let stride = padded(columns);
        Self {
            entries: vec![0.0; padded(rows) * stride],
            stride,
        }
    }
}

/// Adds to each row of `sum` its factor times the beginning of a row.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(super) fn accumulate<S: Simd, const V: usize>(
    simd: S,
    sum: &mut [[S::f64s; V]; LANES],
    factors: [f64; LANES],
    row: &[S::f64s],
) {
    let row = &row[..V];
    for r in 0..LANES {
        let factor = simd.splat_f64s(factors[r]);
        for v in 0..V {
            sum[r][v] = simd.mul_add_f64s(factor, row[v], sum[r][v]);
        }
    }
}

/// Σ xy.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(super) fn dot<S: Simd>(simd: S, x: &[f64], y: &[f64]) -> f64 {
    let mut sum = simd.splat_f64s(0.0);
    for (x, y) in S::as_simd_f64s(x).0.iter().zip(S::as_simd_f64s(y).0) {
        sum = simd.mul_add_f64s(*x, *y, sum);
    }
    simd.reduce_sum_f64s(sum)
}

/// Adds a multiple of a row.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(super) fn add<S: Simd>(simd: S, to: &mut [f64], factor: f64, row: &[f64]) {
    let factor = simd.splat_f64s(factor);
    let (to, _) = S::as_mut_simd_f64s(to);
    for (to, x) in to.iter_mut().zip(S::as_simd_f64s(row).0) {
        *to = simd.mul_add_f64s(factor, *x, *to);
    }
}

/// leftᵀ·right over the first `inner` rows of both; with `upper`, only blocks on and above the diagonal.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(super) fn product<S: Simd>(
    simd: S,
    out: &mut Padded,
    left: &Padded,
    right: &Padded,
    inner: usize,
    upper: bool,
) {
    for row in (0..left.stride).step_by(LANES) {
        let mut column = if upper { row } else { 0 };
        while column + 3 * S::F64_LANES <= right.stride {
            block::<S, 3>(simd, out, left, right, inner, [row, column]);
            column += 3 * S::F64_LANES;
        }
        while column + 2 * S::F64_LANES <= right.stride {
            block::<S, 2>(simd, out, left, right, inner, [row, column]);
            column += 2 * S::F64_LANES;
        }
        while column < right.stride {
            block::<S, 1>(simd, out, left, right, inner, [row, column]);
            column += S::F64_LANES;
        }
    }
}

#[allow(clippy::inline_always)]
#[inline(always)]
fn block<S: Simd, const V: usize>(
    simd: S,
    out: &mut Padded,
    left: &Padded,
    right: &Padded,
    inner: usize,
    [row, column]: [usize; 2],
) {
    let mut sum = [[simd.splat_f64s(0.0); V]; LANES];
    let (factors, _) = left.entries.as_chunks::<LANES>();
    let (lines, _) = S::as_simd_f64s(&right.entries);
    let (step, line) = (left.stride / LANES, right.stride / S::F64_LANES);
    let (mut from, mut at) = (row / LANES, column / S::F64_LANES);
    for _ in 0..inner {
        accumulate(simd, &mut sum, factors[from], &lines[at..]);
        from += step;
        at += line;
    }
    let (out, _) = S::as_mut_simd_f64s(&mut out.entries);
    // Indices are constants: the sums stay in registers.
    for r in 0..LANES {
        out[(row + r) * line + column / S::F64_LANES..][..V].copy_from_slice(&sum[r]);
    }
}

/// Replaces cosines by π − θ, and fills in sin θ.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(super) fn supplements(cosines: &mut [f64], sines: &mut [f64]) {
    for (value, sine) in cosines.iter_mut().zip(sines) {
        (*value, *sine) = supplement_and_sine(*value);
    }
}
