use std::f64::consts::TAU;

use faer::{Mat, MatRef};
use pulp::Simd;

use super::rows::{Padded, ROWS, accumulate, add, dot, padded, product, supplements, total};
use crate::population::Population;

/// The tables of [`PlainGradient`](super::PlainGradient) and the loops that fill them.
///
/// One student is a column everywhere, so that every sum over components or over the other neurons runs in all lanes, in the
/// same order for every width of a register. Where the teachers are the first basis vectors, the two products with them fall
/// away.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    /// What columns are padded to: a multiple of [`ROWS`] and of the doubles in a register.
    line: usize,
    neurons: usize,
    teachers: usize,
    dimension: usize,
    top: Vec<f64>,
    /// a_j/2π.
    scale: Vec<f64>,
    /// −b_k w*_k, one teacher a row; none for basis vectors.
    target: Option<Padded>,
    /// The directions of w*_k, one teacher a column; none for basis vectors.
    axes: Option<Padded>,
    /// b_k‖w*_k‖.
    target_lengths: Vec<f64>,
    /// The longest ‖w*_k‖.
    longest: f64,
    /// ‖w_j‖, and 1 for the padding.
    norms: Vec<f64>,
    /// a_j‖w_j‖.
    lengths: Vec<f64>,
    /// a_j w_j.
    effective: Padded,
    /// ŵ_j.
    turned: Padded,
    /// Cosines, then supplements: among students, and of teachers (rows) with students; and their sines. Among students the
    /// sines below the diagonal blocks of [`ROWS`] are zero.
    inner: Padded,
    inner_sines: Padded,
    outer: Padded,
    outer_sines: Padded,
    /// s_i, then s_i/‖w_i‖.
    along: Vec<f64>,
    /// Σ_c ∇_jc².
    squares: Vec<f64>,
}

impl Kernel {
    /// Tables for registers of `lanes` doubles, a power of two.
    pub(super) fn new(population: &Population, lanes: usize) -> Self {
        let line = lanes.max(ROWS);
        let teacher = population.teacher();
        let weights = teacher.weights().as_mat();
        let (count, dimension) = weights.shape();
        let neurons = population.student_top_weights().len();
        let basis = (0..count)
            .all(|k| (0..dimension).all(|c| weights[(k, c)] == f64::from(u8::from(k == c))))
            && teacher.top_weights().iter().all(|b| *b == 1.0);
        let (mut target, mut axes) = (
            Padded::zeros(count, dimension, line),
            Padded::zeros(dimension, count, line),
        );
        let mut target_lengths = vec![0.0; count];
        let mut longest = 0.0_f64;
        for k in 0..count {
            let norm = weights.row(k).norm_l2();
            longest = longest.max(norm);
            target_lengths[k] = teacher.top_weights()[k] * norm;
            for c in 0..dimension {
                target.entries[k * target.stride + c] = -teacher.top_weights()[k] * weights[(k, c)];
                axes.entries[c * axes.stride + k] = weights[(k, c)] / norm;
            }
        }
        let width = padded(neurons, line);
        let mut top = population.student_top_weights().to_vec();
        top.resize(width, 0.0);
        Self {
            line,
            neurons,
            teachers: count,
            dimension,
            scale: top.iter().map(|a| a / TAU).collect(),
            top,
            target: (!basis).then_some(target),
            axes: (!basis).then_some(axes),
            target_lengths,
            longest,
            norms: vec![0.0; width],
            lengths: vec![0.0; width],
            effective: Padded::zeros(dimension, neurons, line),
            turned: Padded::zeros(dimension, neurons, line),
            inner: Padded::zeros(neurons, neurons, line),
            inner_sines: Padded::zeros(neurons, neurons, line),
            outer: Padded::zeros(count, neurons, line),
            outer_sines: Padded::zeros(count, neurons, line),
            along: vec![0.0; width],
            squares: vec![0.0; width],
        }
    }

    /// A K × d matrix as d rows of K entries, padded.
    pub(super) fn layout(&self, weights: MatRef<'_, f64>) -> Vec<f64> {
        let mut state = Padded::zeros(self.dimension, self.neurons, self.line);
        for c in 0..self.dimension {
            for j in 0..self.neurons {
                state.entries[c * state.stride + j] = weights[(j, c)];
            }
        }
        state.entries
    }

    /// The K × d matrix of a [`layout`](Self::layout).
    pub(super) fn matrix(&self, state: &[f64]) -> Mat<f64> {
        let stride = self.inner.stride;
        Mat::from_fn(self.neurons, self.dimension, |j, c| state[c * stride + j])
    }

    /// The norm of the shortest neuron at the last evaluation over that of the longest teacher.
    pub(super) fn shortest(&self) -> f64 {
        let norms = self.norms[..self.neurons].iter().copied();
        norms.fold(f64::INFINITY, f64::min) / self.longest
    }
}

// The bodies must be compiled for the registers that the dispatch has chosen.
#[allow(clippy::inline_always)]
impl Kernel {
    /// Fills `gradient`, in the layout of [`layout`](Self::layout), and returns its squared norm: NaN where a neuron is zero.
    #[inline(always)]
    pub(super) fn evaluate<S: Simd>(
        &mut self,
        simd: S,
        state: &[f64],
        gradient: &mut [f64],
    ) -> f64 {
        self.turn(simd, state);
        self.measure(simd);
        self.reach(simd);
        self.squares.fill(0.0);
        let width = self.inner.stride;
        for row in (0..self.dimension).step_by(ROWS) {
            let mut column = 0;
            while column + 3 * S::F64_LANES <= width {
                self.tile::<S, 3>(simd, [row, column], state, gradient);
                column += 3 * S::F64_LANES;
            }
            while column + 2 * S::F64_LANES <= width {
                self.tile::<S, 2>(simd, [row, column], state, gradient);
                column += 2 * S::F64_LANES;
            }
            while column < width {
                self.tile::<S, 1>(simd, [row, column], state, gradient);
                column += S::F64_LANES;
            }
        }
        total(&self.squares)
    }

    /// Norms, directions and weighted copies.
    #[inline(always)]
    fn turn<S: Simd>(&mut self, simd: S, state: &[f64]) {
        let lines = self.inner.stride / S::F64_LANES;
        let (state, _) = S::as_simd_f64s(state);
        let (norms, _) = S::as_mut_simd_f64s(&mut self.norms);
        norms.fill(simd.splat_f64s(0.0));
        for row in state.chunks_exact(lines).take(self.dimension) {
            for (norm, x) in norms.iter_mut().zip(row) {
                *norm = simd.mul_add_f64s(*x, *x, *norm);
            }
        }
        for norm in norms {
            *norm = simd.sqrt_f64s(*norm);
        }
        self.norms[self.neurons..].fill(1.0);
        let (norms, _) = S::as_simd_f64s(&self.norms);
        let (top, _) = S::as_simd_f64s(&self.top);
        let (lengths, _) = S::as_mut_simd_f64s(&mut self.lengths);
        for ((length, norm), top) in lengths.iter_mut().zip(norms).zip(top) {
            *length = simd.mul_f64s(*top, *norm);
        }
        // Until they are needed, s_i holds 1/‖w_i‖.
        let (along, _) = S::as_mut_simd_f64s(&mut self.along);
        for (along, norm) in along.iter_mut().zip(norms) {
            *along = simd.div_f64s(simd.splat_f64s(1.0), *norm);
        }
        let (turned, _) = S::as_mut_simd_f64s(&mut self.turned.entries);
        let (effective, _) = S::as_mut_simd_f64s(&mut self.effective.entries);
        for ((row, turned), effective) in state
            .chunks_exact(lines)
            .zip(turned.chunks_exact_mut(lines))
            .zip(effective.chunks_exact_mut(lines))
        {
            for ((x, turned), shrink) in row.iter().zip(turned).zip(along.iter()) {
                *turned = simd.mul_f64s(*x, *shrink);
            }
            for ((x, effective), top) in row.iter().zip(effective).zip(top) {
                *effective = simd.mul_f64s(*x, *top);
            }
        }
    }

    /// Angles of all pairs: among students in the blocks on and above the diagonal, and mirrored below it.
    #[inline(always)]
    fn measure<S: Simd>(&mut self, simd: S) {
        let (k, d, width) = (self.neurons, self.dimension, self.inner.stride);
        product(simd, &mut self.inner, &self.turned, &self.turned, d, true);
        for (j, (row, sines)) in self
            .inner
            .entries
            .chunks_exact_mut(width)
            .zip(self.inner_sines.entries.chunks_exact_mut(width))
            .take(k)
            .enumerate()
        {
            // A neuron is parallel to itself, exactly.
            row[j] = 1.0;
            let (block, from) = (j / ROWS * ROWS, j / self.line * self.line);
            supplements(&mut row[from..], &mut sines[from..]);
            sines[from..block].fill(0.0);
        }
        for i in ROWS..k {
            let (above, row) = self.inner.entries.split_at_mut(i * width);
            for (entry, above) in row.iter_mut().zip(above.chunks_exact(width)) {
                *entry = above[i];
            }
        }
        let used = self.teachers * width;
        if let Some(axes) = &self.axes {
            product(simd, &mut self.outer, axes, &self.turned, d, false);
        } else {
            self.outer.entries[..used].copy_from_slice(&self.turned.entries[..used]);
        }
        supplements(
            &mut self.outer.entries[..used],
            &mut self.outer_sines.entries[..used],
        );
    }

    /// s_i/‖w_i‖.
    #[inline(always)]
    fn reach<S: Simd>(&mut self, simd: S) {
        let (along, lengths) = (&mut self.along, &self.lengths);
        along.fill(0.0);
        let rows = self.inner_sines.entries.chunks_exact(self.inner.stride);
        for (j, sines) in rows.take(self.neurons).enumerate() {
            let (after, from) = (j / ROWS * ROWS + ROWS, j / self.line * self.line);
            add(simd, &mut along[from..], lengths[j], &sines[from..]);
            // The entries below the blocks of the diagonal are those above it.
            along[j] += dot(&lengths[after..], &sines[after..]);
        }
        let rows = self.outer_sines.entries.chunks_exact(self.inner.stride);
        for (length, sines) in self.target_lengths.iter().zip(rows) {
            add(simd, along, -length, sines);
        }
        for (along, norm) in along.iter_mut().zip(&self.norms) {
            *along /= norm;
        }
    }

    /// The gradient in [`ROWS`] components from `row` on, of the students in V registers from `column` on; adds its squares.
    #[inline(always)]
    fn tile<S: Simd, const V: usize>(
        &mut self,
        simd: S,
        [row, column]: [usize; 2],
        state: &[f64],
        gradient: &mut [f64],
    ) {
        let (width, first) = (self.inner.stride, column / S::F64_LANES);
        let line = width / S::F64_LANES;
        let mut sum = [[simd.splat_f64s(0.0); V]; ROWS];
        let (lines, _) = S::as_simd_f64s(&self.inner.entries);
        let (one, others) = self.effective.entries[row * width..][..ROWS * width].split_at(width);
        let (two, others) = others.split_at(width);
        let (three, four) = others.split_at(width);
        let mut at = first;
        for (((one, two), three), four) in
            one.iter().zip(two).zip(three).zip(four).take(self.neurons)
        {
            accumulate(simd, &mut sum, [*one, *two, *three, *four], &lines[at..]);
            at += line;
        }
        let (lines, _) = S::as_simd_f64s(&self.outer.entries);
        if let Some(target) = &self.target {
            let (factors, _) = target.entries.as_chunks::<ROWS>();
            let mut at = row / ROWS;
            for l in 0..self.teachers {
                accumulate(simd, &mut sum, factors[at], &lines[l * line + first..]);
                at += target.stride / ROWS;
            }
        } else {
            for r in 0..ROWS {
                // Teacher l pulls at component l alone.
                if row + r < self.teachers {
                    let supplements = &lines[(row + r) * line + first..][..V];
                    for v in 0..V {
                        sum[r][v] = simd.sub_f64s(sum[r][v], supplements[v]);
                    }
                }
            }
        }
        let scale = &S::as_simd_f64s(&self.scale).0[first..][..V];
        let along = &S::as_simd_f64s(&self.along).0[first..][..V];
        let (state, _) = S::as_simd_f64s(state);
        let (gradient, _) = S::as_mut_simd_f64s(gradient);
        let squares = &mut S::as_mut_simd_f64s(&mut self.squares).0[first..][..V];
        // Indices are constants: the sums stay in registers.
        for r in 0..ROWS {
            let start = (row + r) * line + first;
            let (x, to) = (&state[start..][..V], &mut gradient[start..][..V]);
            for v in 0..V {
                to[v] = simd.mul_f64s(scale[v], simd.mul_add_f64s(along[v], x[v], sum[r][v]));
                squares[v] = simd.mul_add_f64s(to[v], to[v], squares[v]);
            }
        }
    }
}
