use std::f64::consts::{FRAC_PI_2, PI, TAU};

use faer::{Mat, MatRef};
use teacher_student::Population;

/// Rows and columns are padded with zeros to multiples of this, so that every loop runs in full registers.
const LANES: usize = 4;

fn padded(count: usize) -> usize {
    count.div_ceil(LANES) * LANES
}

/// A row-major matrix padded with zeros in both directions.
struct Padded {
    entries: Vec<f64>,
    stride: usize,
}

impl Padded {
    fn zeros(rows: usize, columns: usize) -> Self {
        let stride = padded(columns);
        Self {
            entries: vec![0.0; padded(rows) * stride],
            stride,
        }
    }
}

/// The population gradient by the plain formula, in memory that is allocated once: for the many steps of a descent.
///
/// 2π∇_i/a_i = Σ_j (π−θ_ij) a_j w_j − Σ_k (π−θ*_ik) b_k v_k + s_i ŵ_i, s_i = Σ_j a_j‖w_j‖ sin θ_ij − Σ_k b_k‖v_k‖ sin θ*_ik.
/// An angle θ is an arc cosine here, with an absolute error of 1e-16/θ: what this is used for is judged afterwards by
/// [`Population`], which loses nothing. Where the teachers are the first basis vectors, the two products with them fall away.
pub(crate) struct PlainGradient {
    neurons: usize,
    teachers: usize,
    dimension: usize,
    top: Vec<f64>,
    /// b_k v_k, one teacher a row; none for basis vectors.
    target: Option<Padded>,
    /// v̂_k, one teacher a column; none for basis vectors.
    axes: Option<Padded>,
    /// b_k‖v_k‖.
    target_lengths: Vec<f64>,
    /// The longest ‖v_k‖.
    scale: f64,
    /// ‖w_j‖.
    norms: Vec<f64>,
    /// a_j‖w_j‖.
    lengths: Vec<f64>,
    /// a_j w_j, one student a row.
    effective: Padded,
    /// ŵ_j, one student a column.
    turned: Padded,
    /// Cosines, then supplements: among students, and of teachers (rows) with students (columns); and their sines.
    inner: Padded,
    inner_sines: Padded,
    outer: Padded,
    outer_sines: Padded,
    /// s_i.
    along: Vec<f64>,
    /// The gradient before its last term, one student a row.
    sum: Padded,
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
        let mut target_lengths = vec![0.0; padded(count)];
        let mut scale = 0.0_f64;
        for k in 0..count {
            let norm = weights.row(k).norm_l2();
            scale = scale.max(norm);
            target_lengths[k] = teacher.top_weights()[k] * norm;
            for c in 0..dimension {
                target.entries[k * target.stride + c] = teacher.top_weights()[k] * weights[(k, c)];
                axes.entries[c * axes.stride + k] = weights[(k, c)] / norm;
            }
        }
        Self {
            neurons,
            teachers: count,
            dimension,
            top: population.student_top_weights().to_vec(),
            target: (!basis).then_some(target),
            axes: (!basis).then_some(axes),
            target_lengths,
            scale,
            norms: vec![0.0; neurons],
            lengths: vec![0.0; padded(neurons)],
            effective: Padded::zeros(neurons, dimension),
            turned: Padded::zeros(dimension, neurons),
            inner: Padded::zeros(neurons, neurons),
            inner_sines: Padded::zeros(neurons, neurons),
            outer: Padded::zeros(count, neurons),
            outer_sines: Padded::zeros(count, neurons),
            along: vec![0.0; padded(neurons)],
            sum: Padded::zeros(neurons, dimension),
        }
    }

    /// K rows of d entries, padded.
    pub(crate) fn state(&self, weights: MatRef<'_, f64>) -> Vec<f64> {
        let mut state = Padded::zeros(self.neurons, self.dimension);
        for j in 0..self.neurons {
            for c in 0..self.dimension {
                state.entries[j * state.stride + c] = weights[(j, c)];
            }
        }
        state.entries
    }

    pub(crate) fn matrix(&self, state: &[f64]) -> Mat<f64> {
        let stride = padded(self.dimension);
        Mat::from_fn(self.neurons, self.dimension, |j, c| state[j * stride + c])
    }

    /// The norm of the shortest neuron at the last evaluation over that of the longest teacher.
    pub(crate) fn shortest(&self) -> f64 {
        let least = self.norms.iter().copied().fold(f64::INFINITY, f64::min);
        least / self.scale
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

impl pulp::NullaryFnOnce for Work<'_> {
    type Output = f64;

    // The bodies must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) -> f64 {
        let (plain, state, gradient) = (self.plain, self.state, self.gradient);
        let (k, d, width) = (plain.neurons, plain.dimension, plain.effective.stride);
        let stride = plain.turned.stride;
        for j in 0..k {
            let row = &state[j * width..][..width];
            let norm = dot(row, row).sqrt();
            plain.norms[j] = norm;
            plain.lengths[j] = plain.top[j] * norm;
            let shrink = 1.0 / norm;
            for c in 0..d {
                plain.turned.entries[c * stride + j] = row[c] * shrink;
            }
            let effective = &mut plain.effective.entries[j * width..][..width];
            for (e, x) in effective.iter_mut().zip(row) {
                *e = plain.top[j] * x;
            }
        }

        // Above the diagonal, in blocks; then mirrored.
        product::<true, false>(&mut plain.inner, &plain.turned, &plain.turned, d);
        for j in 0..k {
            let from = j / LANES * LANES;
            let (row, end) = (j * stride, (j + 1) * stride);
            // A neuron is parallel to itself, exactly.
            plain.inner.entries[row + j] = 1.0;
            supplements(
                &mut plain.inner.entries[row + from..end],
                &mut plain.inner_sines.entries[row + from..end],
            );
        }
        for i in LANES..k {
            for j in 0..i / LANES * LANES {
                plain.inner.entries[i * stride + j] = plain.inner.entries[j * stride + i];
                plain.inner_sines.entries[i * stride + j] =
                    plain.inner_sines.entries[j * stride + i];
            }
        }
        if let Some(axes) = &plain.axes {
            product::<false, false>(&mut plain.outer, axes, &plain.turned, d);
        } else {
            let shared = plain.outer.entries.len().min(plain.turned.entries.len());
            plain.outer.entries[..shared].copy_from_slice(&plain.turned.entries[..shared]);
        }
        supplements(&mut plain.outer.entries, &mut plain.outer_sines.entries);

        plain.along.fill(0.0);
        for (length, sines) in plain.lengths[..k]
            .iter()
            .zip(plain.inner_sines.entries.chunks_exact(stride))
        {
            add(&mut plain.along, *length, sines);
        }
        for (length, sines) in plain
            .target_lengths
            .iter()
            .zip(plain.outer_sines.entries.chunks_exact(stride))
        {
            add(&mut plain.along, -length, sines);
        }
        // Supplements are symmetric among the students.
        let sum = &mut plain.sum;
        product::<false, false>(sum, &plain.inner, &plain.effective, k);
        if let Some(target) = &plain.target {
            product::<false, true>(sum, &plain.outer, target, plain.teachers);
        } else {
            let rows = plain.outer.entries.chunks_exact(stride);
            for (l, supplements) in rows.take(plain.teachers).enumerate() {
                for (i, supplement) in supplements[..k].iter().enumerate() {
                    sum.entries[i * width + l] -= supplement;
                }
            }
        }
        let mut square = 0.0;
        for i in 0..k {
            let (along, scale) = (plain.along[i] / plain.norms[i], plain.top[i] / TAU);
            let row = &mut gradient[i * width..][..width];
            let from = &plain.sum.entries[i * width..][..width];
            for ((g, s), x) in row.iter_mut().zip(from).zip(&state[i * width..]) {
                *g = scale * along.mul_add(*x, *s);
            }
            square += dot(row, row);
        }
        square
    }
}

/// Σ xy in four lanes.
#[allow(clippy::inline_always)]
#[inline(always)]
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sum = [0.0; LANES];
    for (x, y) in x.chunks_exact(LANES).zip(y.chunks_exact(LANES)) {
        for lane in 0..LANES {
            sum[lane] = x[lane].mul_add(y[lane], sum[lane]);
        }
    }
    (sum[0] + sum[1]) + (sum[2] + sum[3])
}

#[allow(clippy::inline_always)]
#[inline(always)]
fn add(to: &mut [f64], factor: f64, row: &[f64]) {
    for (x, y) in to.iter_mut().zip(row) {
        *x = factor.mul_add(*y, *x);
    }
}

/// `out` = leftᵀ·right over the first `inner` rows of both, or `out` −= that; with `UPPER`, only blocks on and above the
/// diagonal.
#[allow(clippy::inline_always)]
#[inline(always)]
fn product<const UPPER: bool, const SUBTRACT: bool>(
    out: &mut Padded,
    left: &Padded,
    right: &Padded,
    inner: usize,
) {
    for row in (0..left.stride).step_by(LANES) {
        let mut column = if UPPER { row } else { 0 };
        while column + 2 * LANES <= right.stride {
            block::<{ 2 * LANES }, SUBTRACT>(out, left, right, inner, row, column);
            column += 2 * LANES;
        }
        if column < right.stride {
            block::<LANES, SUBTRACT>(out, left, right, inner, row, column);
        }
    }
}

#[allow(clippy::inline_always)]
#[inline(always)]
fn block<const WIDTH: usize, const SUBTRACT: bool>(
    out: &mut Padded,
    left: &Padded,
    right: &Padded,
    inner: usize,
    row: usize,
    column: usize,
) {
    let mut sum = [[0.0; WIDTH]; LANES];
    let lines = left
        .entries
        .chunks_exact(left.stride)
        .zip(right.entries.chunks_exact(right.stride));
    for (factors, line) in lines.take(inner) {
        let (factors, line) = (&factors[row..row + LANES], &line[column..column + WIDTH]);
        for r in 0..LANES {
            for lane in 0..WIDTH {
                sum[r][lane] = factors[r].mul_add(line[lane], sum[r][lane]);
            }
        }
    }
    for (r, sum) in sum.iter().enumerate() {
        let to = &mut out.entries[(row + r) * out.stride + column..][..WIDTH];
        for lane in 0..WIDTH {
            to[lane] = if SUBTRACT {
                to[lane] - sum[lane]
            } else {
                sum[lane]
            };
        }
    }
}

/// Replaces cosines by π − θ, and fills in sin θ.
#[allow(clippy::inline_always)]
#[inline(always)]
fn supplements(cosines: &mut [f64], sines: &mut [f64]) {
    for (value, sine) in cosines.iter_mut().zip(sines) {
        let cosine = *value;
        let size = if cosine.abs() < 1.0 {
            cosine.abs()
        } else {
            1.0
        };
        let acute = arc_cosine(size);
        *value = if cosine < 0.0 { acute } else { PI - acute };
        *sine = ((1.0 - size) * (1.0 + size)).sqrt();
    }
}

/// acos c for c ∈ [0, 1] without branches: π/2 − asin c up to ½, 2 asin √((1−c)/2) beyond, asin x = x + x³P(x²)/Q(x²) with
/// the rational function of fdlibm.
#[allow(clippy::inline_always)]
#[inline(always)]
fn arc_cosine(c: f64) -> f64 {
    const P: [f64; 6] = [
        1.666_666_666_666_666_6e-1,
        -3.255_658_186_224_009e-1,
        2.012_125_321_348_629_3e-1,
        -4.005_553_450_067_941e-2,
        7.915_349_942_898_145e-4,
        3.479_331_075_960_212e-5,
    ];
    const Q: [f64; 4] = [
        -2.403_394_911_734_414,
        2.020_945_760_233_505_7,
        -6.882_839_716_054_533e-1,
        7.703_815_055_590_194e-2,
    ];
    let large = c > 0.5;
    let z = if large { (1.0 - c) / 2.0 } else { c * c };
    let x = if large { z.sqrt() } else { c };
    let horner = |terms: &[f64]| {
        terms
            .iter()
            .rev()
            .fold(0.0_f64, |sum, term| sum.mul_add(z, *term))
    };
    let asin = (x * z * horner(&P) / z.mul_add(horner(&Q), 1.0)) + x;
    if large { 2.0 * asin } else { FRAC_PI_2 - asin }
}
