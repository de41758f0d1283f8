//! Products and sums over padded rows, in whole registers of any width.

use numeric::supplement_and_sine;
use pulp::Simd;

/// Rows of a matrix that are worked on together.
pub(super) const ROWS: usize = 4;

/// `count` rounded up to a multiple.
pub(super) fn padded(count: usize, multiple: usize) -> usize {
    count.div_ceil(multiple) * multiple
}

/// A row-major matrix padded with zeros in both directions: its rows to a multiple of [`ROWS`], its columns to whole
/// registers.
#[derive(Debug, Clone)]
pub(super) struct Padded {
    pub(super) entries: Vec<f64>,
    pub(super) stride: usize,
}

impl Padded {
    /// `line` doubles are a whole number of registers and a multiple of [`ROWS`].
    pub(super) fn zeros(rows: usize, columns: usize, line: usize) -> Self {
        let stride = padded(columns, line);
        Self {
            entries: vec![0.0; padded(rows, ROWS) * stride],
            stride,
        }
    }

    /// The number of rows with their padding.
    fn rows(&self) -> usize {
        self.entries.len() / self.stride
    }
}

/// Adds to each row of `sum` its factor times the beginning of a row.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(super) fn accumulate<S: Simd, const V: usize>(
    simd: S,
    sum: &mut [[S::f64s; V]; ROWS],
    factors: [f64; ROWS],
    row: &[S::f64s],
) {
    let row = &row[..V];
    for r in 0..ROWS {
        let factor = simd.splat_f64s(factors[r]);
        for v in 0..V {
            sum[r][v] = simd.mul_add_f64s(factor, row[v], sum[r][v]);
        }
    }
}

/// Σ xy in four interleaved sums, whatever the width of a register; both lengths are the same multiple of four.
#[allow(clippy::inline_always)]
#[inline(always)]
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0_f64; 4];
    for (x, y) in x.as_chunks::<4>().0.iter().zip(y.as_chunks::<4>().0) {
        for lane in 0..4 {
            sums[lane] = x[lane].mul_add(y[lane], sums[lane]);
        }
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

/// Σ x in the order of [`dot`].
#[allow(clippy::inline_always)]
#[inline(always)]
pub(super) fn total(x: &[f64]) -> f64 {
    let mut sums = [0.0_f64; 4];
    for x in x.as_chunks::<4>().0 {
        for lane in 0..4 {
            sums[lane] += x[lane];
        }
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3])
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

/// leftᵀ·right over the first `inner` rows of both; with `upper`, only what contains the blocks on and above the diagonal.
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
    for row in (0..out.rows()).step_by(ROWS) {
        let mut column = if upper {
            row / S::F64_LANES * S::F64_LANES
        } else {
            0
        };
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
    let mut sum = [[simd.splat_f64s(0.0); V]; ROWS];
    let (factors, _) = left.entries.as_chunks::<ROWS>();
    let (lines, _) = S::as_simd_f64s(&right.entries);
    let (step, line) = (left.stride / ROWS, right.stride / S::F64_LANES);
    let (mut from, mut at) = (row / ROWS, column / S::F64_LANES);
    for _ in 0..inner {
        accumulate(simd, &mut sum, factors[from], &lines[at..]);
        from += step;
        at += line;
    }
    let (out, _) = S::as_mut_simd_f64s(&mut out.entries);
    // Indices are constants: the sums stay in registers.
    for r in 0..ROWS {
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
