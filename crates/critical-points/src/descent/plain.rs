use std::f64::consts::TAU;

use faer::{Mat, MatRef};
use pulp::Simd;
use teacher_student::Population;

mod kernels;

use kernels::{LANES, Padded, accumulate, add, dot, padded, product, supplements};

/// The population gradient by the plain formula, in memory that is allocated once: for the many steps of a descent.
///
/// 2π∇_i/a_i = Σ_j (π−θ_ij) a_j w_j − Σ_k (π−θ*_ik) b_k v_k + s_i ŵ_i, s_i = Σ_j a_j‖w_j‖ sin θ_ij − Σ_k b_k‖v_k‖ sin θ*_ik.
/// An angle θ is taken from its cosine, with an absolute error of 1e-16/θ: what this is used for is judged afterwards by
/// [`Population`], which loses nothing. Where the teachers are the first basis vectors, the two products with them fall away.
///
/// One student is a column everywhere, so that every sum over components or over the other neurons runs in all lanes.
pub(crate) struct PlainGradient {
    neurons: usize,
    teachers: usize,
    dimension: usize,
    top: Vec<f64>,
    /// a_j/2π.
    scale: Vec<f64>,
    /// −b_k v_k, one teacher a row; none for basis vectors.
    target: Option<Padded>,
    /// v̂_k, one teacher a column; none for basis vectors.
    axes: Option<Padded>,
    /// b_k‖v_k‖.
    target_lengths: Vec<f64>,
    /// The longest ‖v_k‖.
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
    /// sines below the diagonal blocks are not filled in.
    inner: Padded,
    inner_sines: Padded,
    outer: Padded,
    outer_sines: Padded,
    /// s_i, then s_i/‖w_i‖.
    along: Vec<f64>,
}

impl PlainGradient {
    pub(crate) fn new(population: &Population) -> Self {
        let teacher = population.teacher();
        let weights = teacher.weights().as_mat();
        let (count, dimension) = weights.shape();
        let neurons = population.student_top_weights().len();
        let basis = (0..count)
            .all(|k| (0..dimension).all(|c| weights[(k, c)] == f64::from(u8::from(k == c))))
            && teacher.top_weights().iter().all(|b| *b == 1.0);
        let (mut target, mut axes) = (
            Padded::zeros(count, dimension),
            Padded::zeros(dimension, count),
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
        let width = padded(neurons);
        let mut top = population.student_top_weights().to_vec();
        top.resize(width, 0.0);
        Self {
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
            effective: Padded::zeros(dimension, neurons),
            turned: Padded::zeros(dimension, neurons),
            inner: Padded::zeros(neurons, neurons),
            inner_sines: Padded::zeros(neurons, neurons),
            outer: Padded::zeros(count, neurons),
            outer_sines: Padded::zeros(count, neurons),
            along: vec![0.0; width],
        }
    }

    /// d rows of K entries, padded.
    pub(crate) fn state(&self, weights: MatRef<'_, f64>) -> Vec<f64> {
        let mut state = Padded::zeros(self.dimension, self.neurons);
        for c in 0..self.dimension {
            for j in 0..self.neurons {
                state.entries[c * state.stride + j] = weights[(j, c)];
            }
        }
        state.entries
    }

    /// K × d.
    pub(crate) fn matrix(&self, state: &[f64]) -> Mat<f64> {
        let stride = padded(self.neurons);
        Mat::from_fn(self.neurons, self.dimension, |j, c| state[c * stride + j])
    }

    /// The norm of the shortest neuron at the last evaluation over that of the longest teacher.
    pub(crate) fn shortest(&self) -> f64 {
        let norms = self.norms[..self.neurons].iter().copied();
        norms.fold(f64::INFINITY, f64::min) / self.longest
    }

    /// Fills `gradient`, in the layout of [`state`](Self::state), and returns its squared norm: NaN where a neuron is zero.
    pub(crate) fn evaluate(&mut self, state: &[f64], gradient: &mut [f64]) -> f64 {
        pulp::Arch::new().dispatch(Work {
            plain: self,
            state,
            gradient,
        })
    }
}

struct Work<'a> {
    plain: &'a mut PlainGradient,
    state: &'a [f64],
    gradient: &'a mut [f64],
}

impl pulp::WithSimd for Work<'_> {
    type Output = f64;

    // The bodies must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let (plain, state, gradient) = (self.plain, self.state, self.gradient);
        plain.turn(simd, state);
        plain.measure(simd);
        plain.reach(simd);
        let mut squares = simd.splat_f64s(0.0);
        let width = plain.inner.stride;
        for row in (0..plain.dimension).step_by(LANES) {
            let mut column = 0;
            while column + 3 * S::F64_LANES <= width {
                let tile = plain.tile::<S, 3>(simd, [row, column], state, gradient);
                squares = simd.add_f64s(squares, tile);
                column += 3 * S::F64_LANES;
            }
            while column + 2 * S::F64_LANES <= width {
                let tile = plain.tile::<S, 2>(simd, [row, column], state, gradient);
                squares = simd.add_f64s(squares, tile);
                column += 2 * S::F64_LANES;
            }
            while column < width {
                let tile = plain.tile::<S, 1>(simd, [row, column], state, gradient);
                squares = simd.add_f64s(squares, tile);
                column += S::F64_LANES;
            }
        }
        simd.reduce_sum_f64s(squares)
    }
}

// The bodies must be compiled for the registers that the dispatch has chosen.
#[allow(clippy::inline_always)]
impl PlainGradient {
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

    /// Angles of all pairs: among students above the diagonal, in blocks, then mirrored.
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
            let from = j / LANES * LANES;
            supplements(&mut row[from..], &mut sines[from..]);
        }
        for i in LANES..k {
            let (above, row) = self.inner.entries.split_at_mut(i * width);
            let above = above.chunks_exact(width).take(i / LANES * LANES);
            for (entry, above) in row.iter_mut().zip(above) {
                *entry = above[i];
            }
        }
        if let Some(axes) = &self.axes {
            product(simd, &mut self.outer, axes, &self.turned, d, false);
        } else {
            let used = self.teachers * width;
            self.outer.entries[..used].copy_from_slice(&self.turned.entries[..used]);
        }
        supplements(&mut self.outer.entries, &mut self.outer_sines.entries);
    }

    /// s_i/‖w_i‖.
    #[inline(always)]
    fn reach<S: Simd>(&mut self, simd: S) {
        let (along, lengths) = (&mut self.along, &self.lengths);
        along.fill(0.0);
        let rows = self.inner_sines.entries.chunks_exact(self.inner.stride);
        for (j, sines) in rows.take(self.neurons).enumerate() {
            let from = j / LANES * LANES;
            add(simd, &mut along[from..], lengths[j], &sines[from..]);
            // Columns beyond the block have no rows of their own.
            along[j] += dot(simd, &lengths[from + LANES..], &sines[from + LANES..]);
        }
        let rows = self.outer_sines.entries.chunks_exact(self.inner.stride);
        for (length, sines) in self.target_lengths.iter().zip(rows) {
            add(simd, along, -length, sines);
        }
        for (along, norm) in along.iter_mut().zip(&self.norms) {
            *along /= norm;
        }
    }

    /// The gradient in LANES components from `row` on, of the students in V registers from `column` on, and its squares.
    #[inline(always)]
    fn tile<S: Simd, const V: usize>(
        &self,
        simd: S,
        [row, column]: [usize; 2],
        state: &[f64],
        gradient: &mut [f64],
    ) -> S::f64s {
        let (width, first) = (self.inner.stride, column / S::F64_LANES);
        let line = width / S::F64_LANES;
        let mut sum = [[simd.splat_f64s(0.0); V]; LANES];
        let (lines, _) = S::as_simd_f64s(&self.inner.entries);
        let (one, others) = self.effective.entries[row * width..][..LANES * width].split_at(width);
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
            let (factors, _) = target.entries.as_chunks::<LANES>();
            let mut at = row / LANES;
            for l in 0..self.teachers {
                accumulate(simd, &mut sum, factors[at], &lines[l * line + first..]);
                at += target.stride / LANES;
            }
        } else {
            for r in 0..LANES {
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
        let mut squares = simd.splat_f64s(0.0);
        // Indices are constants: the sums stay in registers.
        for r in 0..LANES {
            let start = (row + r) * line + first;
            let (x, to) = (&state[start..][..V], &mut gradient[start..][..V]);
            for v in 0..V {
                to[v] = simd.mul_f64s(scale[v], simd.mul_add_f64s(along[v], x[v], sum[r][v]));
                squares = simd.mul_add_f64s(to[v], to[v], squares);
            }
        }
        squares
    }
}

#[cfg(test)]
mod tests {
    use faer::Mat;
    use teacher_student::initialization::{gaussian, stream};
    use teacher_student::{Network, Objective, Population, Weights};

    use super::PlainGradient;

    #[test]
    fn agrees_with_the_population_gradient() {
        for (index, (k, teachers, d)) in
            [(1, 1, 1), (6, 6, 6), (5, 2, 7), (13, 9, 10), (20, 20, 21)]
                .into_iter()
                .enumerate()
        {
            let mut random = stream(11, index as u64);
            let basis = Network::new(Weights::orthonormal(teachers, d).expect("they fit"));
            let drawn = gaussian(&mut random, teachers, d, 1.0).expect("a shape");
            let top: Vec<f64> = (0..teachers).map(|l| 0.5 + l as f64).collect();
            let drawn = Network::with_top_weights(drawn, top).expect("one a row");
            let start = gaussian(&mut random, k, d, 0.7).expect("a shape");
            let top: Vec<f64> = (0..k)
                .map(|j| if j % 3 == 1 { -0.8 } else { 1.3 })
                .collect();
            for (teacher, top) in [(basis, vec![1.0; k]), (drawn, top)] {
                let population = Population::new(teacher, top).expect("they match");
                let mut plain = PlainGradient::new(&population);
                let state = plain.state(start.as_mat());
                let mut gradient = vec![f64::NAN; state.len()];
                let square = plain.evaluate(&state, &mut gradient);
                let exact = population.gradient(start.as_mat()).expect("a student");
                let difference: Mat<f64> = plain.matrix(&gradient) - &exact;
                let size = exact.norm_l2();
                assert!(
                    difference.norm_l2() <= 1e-14 * k as f64 * size,
                    "{k} {teachers} {d}"
                );
                assert!((square.sqrt() - size).abs() <= 1e-14 * k as f64 * size);
                assert_eq!(plain.matrix(&state), start.as_mat());
            }
        }
    }
}
