//! N at one θ as a combination of functions of φ, and its signs over a range of φ.

use std::f64::consts::PI;
use std::ops::{AddAssign, Range};

use relu_gating::{Angle, arc_cosine, arc_cosine_deficit, sin_minus_x_cos};

/// Relative rounding error of a sum of at most four products of a coefficient (8 roundings, conditioned by at most 3)
/// and a tabulated function (4 roundings): 4 + 24 + 4, in units of the rounding of the largest term.
const ROUNDING: f64 = 32.0 * 0.5 * f64::EPSILON;

/// The same for all points of a stretch at once. To the above come the middle (1 rounding), its sum (4), the half-width (2)
/// and its sum (5), each relative to the largest term of the stretch.
const STRETCH_ROUNDING: f64 = 2.0 * ROUNDING;

/// Values of φ whose sign is decided together where their ranges allow.
const STRETCH: usize = 32;

/// How many points have which sign beyond rounding.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Signs {
    pub(super) negative: u64,
    pub(super) positive: u64,
    pub(super) undecided: u64,
}

impl AddAssign for Signs {
    fn add_assign(&mut self, other: Self) {
        self.negative += other.negative;
        self.positive += other.positive;
        self.undecided += other.undecided;
    }
}

/// A function of φ_j, and its range over each stretch.
struct Function {
    values: Vec<f64>,
    /// The middle of the range.
    middles: Vec<f64>,
    /// Half its width, and the share of the rounding.
    reaches: Vec<f64>,
}

impl Function {
    fn new(values: Vec<f64>) -> Self {
        let ranges = values.chunks_exact(STRETCH).map(|stretch| {
            let least = stretch.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = stretch.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let size = least.abs().max(greatest.abs());
            let width = 0.5 * (greatest - least);
            (0.5 * (least + greatest), width + STRETCH_ROUNDING * size)
        });
        let (middles, reaches) = ranges.unzip();
        Self {
            values,
            middles,
            reaches,
        }
    }
}

/// Functions of φ_j. For φ < π: x = φ, a = π−φ; beyond: x = φ−π, a = 2π−φ.
pub(super) struct Tables {
    /// |sin φ|.
    sine: Function,
    /// x |sin φ|.
    x_sine: Function,
    /// a |sin φ|.
    a_sine: Function,
    /// cos a for φ < π, cos x beyond: −cos φ in both.
    cosine: Function,
    /// g(x).
    x_g: Function,
    /// g(a).
    a_g: Function,
}

impl Tables {
    pub(super) fn new(m: usize) -> Self {
        let unit = PI / m as f64;
        // In units of π/m; exact integers, so that x and a are accurate relative to themselves.
        let twice = |j: usize| if 2 * j < m { 2 * j } else { 2 * j - m };
        let of = |f: &dyn Fn(f64, f64, usize) -> f64| {
            let at = |j: usize| f(unit * twice(j) as f64, unit * (m - twice(j)) as f64, j);
            Function::new((0..m).map(at).collect())
        };
        let sine = |x: f64, a: f64| x.min(a).sin();
        Self {
            sine: of(&|x, a, _| sine(x, a)),
            x_sine: of(&|x, a, _| x * sine(x, a)),
            a_sine: of(&|x, a, _| a * sine(x, a)),
            cosine: of(&|x, a, j| {
                let along = if x <= a { -x.cos() } else { a.cos() };
                if 2 * j < m { along } else { -along }
            }),
            x_g: of(&|x, _, _| sin_minus_x_cos(x)),
            a_g: of(&|_, a, _| sin_minus_x_cos(a)),
        }
    }
}

/// N at one θ as combinations of the tables, one a piece.
pub(super) struct Coefficients {
    /// φ in [0, θ]: |sin φ|, x |sin φ|, g(x).
    inside: [f64; 3],
    /// φ in [θ, π]: |sin φ|, a |sin φ|, cosine, g(a).
    above: [f64; 4],
    /// φ in [π, π+θ]: |sin φ|, x |sin φ|, cosine, g(x).
    opposite: [f64; 4],
    /// φ in [π+θ, 2π]: |sin φ|, a |sin φ|, g(a).
    below: [f64; 3],
    /// L₁₂/N = sin θ/D.
    pub(super) scale: f64,
}

impl Coefficients {
    /// θ = πi/(n+1).
    pub(super) fn new(i: usize, n: usize) -> Self {
        let unit = PI / (n + 1) as f64;
        let (theta, delta) = (unit * i as f64, unit * (n + 1 - i) as f64);
        let sine = theta.min(delta).sin();
        let angle = if theta <= delta {
            Angle::from_parts(sine, theta.cos())
        } else {
            Angle::from_parts(sine, -delta.cos())
        };
        let cosine = angle.cos();
        let (h, g) = (arc_cosine(angle), sin_minus_x_cos(theta));
        let denominator = arc_cosine_deficit(angle) * (PI + h);
        let square = sine * sine;
        let single =
            2.0 * PI * PI * (theta * square - cosine * g) - PI * (g * g + theta * theta * square);
        let common = PI * theta * square - 2.0 * PI * cosine * g - g * g;
        let weight = delta * sine;
        Self {
            inside: [
                single,
                -2.0 * PI * PI * square + PI * (2.0 * cosine * g + theta * square) + g * g,
                sine * (2.0 * PI * PI * cosine + PI * (g - 2.0 * cosine * theta) - theta * g),
            ],
            above: [
                -PI * weight * theta * sine,
                common,
                -PI * weight * g,
                weight * g,
            ],
            opposite: [
                PI * weight * theta * sine,
                -denominator - PI * weight * sine,
                -PI * weight * g,
                weight * (PI * cosine + h),
            ],
            below: [-single, common, weight * g],
            scale: sine / denominator,
        }
    }

    /// The signs of N on a piece.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn signs(&self, piece: usize, tables: &Tables, range: Range<usize>) -> Signs {
        let Tables {
            sine,
            x_sine,
            a_sine,
            cosine,
            x_g,
            a_g,
        } = tables;
        match piece {
            0 => signs(self.inside, [sine, x_sine, x_g], range),
            1 => signs(self.above, [sine, a_sine, cosine, a_g], range),
            2 => signs(self.opposite, [sine, x_sine, cosine, x_g], range),
            _ => signs(self.below, [sine, a_sine, a_g], range),
        }
    }

    /// The signs of N on a piece, its least and its greatest value.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn extremes(
        &self,
        piece: usize,
        tables: &Tables,
        range: Range<usize>,
    ) -> (Signs, f64, f64) {
        let Tables {
            sine,
            x_sine,
            a_sine,
            cosine,
            x_g,
            a_g,
        } = tables;
        match piece {
            0 => points::<3, true>(self.inside, [sine, x_sine, x_g], range),
            1 => points::<4, true>(self.above, [sine, a_sine, cosine, a_g], range),
            2 => points::<4, true>(self.opposite, [sine, x_sine, cosine, x_g], range),
            _ => points::<3, true>(self.below, [sine, a_sine, a_g], range),
        }
    }
}

/// Signs of Σ_t c_t f_t(j): whole stretches by the ranges of the functions, the rest, and what those leave open, by points.
#[allow(clippy::inline_always)]
#[inline(always)]
fn signs<const TERMS: usize>(
    coefficients: [f64; TERMS],
    functions: [&Function; TERMS],
    range: Range<usize>,
) -> Signs {
    /// Stretches looked at together.
    const GROUP: usize = 8;
    let by_points = |range| points::<TERMS, false>(coefficients, functions, range).0;
    let first = range.start.div_ceil(STRETCH);
    let last = range.end / STRETCH;
    if first >= last {
        return by_points(range);
    }
    let mut found = by_points(range.start..first * STRETCH);
    let sizes = coefficients.map(f64::abs);
    for group in (first..last).step_by(GROUP) {
        let count = GROUP.min(last - group);
        let middles = functions.map(|f| &f.middles[group..group + count]);
        let reaches = functions.map(|f| &f.reaches[group..group + count]);
        let (mut centres, mut rooms) = ([0.0; GROUP], [0.0; GROUP]);
        for ((coefficient, size), (middles, reaches)) in coefficients
            .iter()
            .zip(&sizes)
            .zip(middles.iter().zip(&reaches))
        {
            for ((centre, room), (middle, reach)) in centres
                .iter_mut()
                .zip(&mut rooms)
                .zip(middles.iter().zip(*reaches))
            {
                *centre += coefficient * middle;
                *room += size * reach;
            }
        }
        for (stretch, (centre, room)) in centres.iter().zip(&rooms).take(count).enumerate() {
            if centre.abs() > *room {
                let many = STRETCH as u64;
                *if *centre > 0.0 {
                    &mut found.positive
                } else {
                    &mut found.negative
                } += many;
            } else {
                let start = (group + stretch) * STRETCH;
                found += by_points(start..start + STRETCH);
            }
        }
    }
    found += by_points(last * STRETCH..range.end);
    found
}

/// Independent chains of a scan.
const LANES: usize = 4;

/// Signs of Σ_t c_t f_t(j), point by point, and with `EXTREMES` its least and greatest value. Branch-free: the compiler turns it
/// into vector instructions.
#[allow(clippy::inline_always)]
#[inline(always)]
fn points<const TERMS: usize, const EXTREMES: bool>(
    coefficients: [f64; TERMS],
    functions: [&Function; TERMS],
    range: Range<usize>,
) -> (Signs, f64, f64) {
    let functions = functions.map(|f| &f.values[range.clone()]);
    let length = range.len();
    let (mut least, mut greatest) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let (mut negative, mut positive) = ([0_u64; LANES], [0_u64; LANES]);
    let mut step = |j: usize, lane: usize| {
        let (mut value, mut size) = (0.0, 0.0);
        for t in 0..TERMS {
            let term = coefficients[t] * functions[t][j];
            value += term;
            size += term.abs();
        }
        let bound = ROUNDING * size;
        if EXTREMES {
            least[lane] = if value < least[lane] {
                value
            } else {
                least[lane]
            };
            greatest[lane] = if value > greatest[lane] {
                value
            } else {
                greatest[lane]
            };
        }
        negative[lane] += u64::from(value < -bound);
        positive[lane] += u64::from(value > bound);
    };
    let whole = length - length % LANES;
    for start in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            step(start + lane, lane);
        }
    }
    for j in whole..length {
        step(j, 0);
    }
    let (negative, positive) = (negative.iter().sum(), positive.iter().sum());
    let signs = Signs {
        negative,
        positive,
        undecided: length as u64 - negative - positive,
    };
    let least = least.into_iter().fold(f64::INFINITY, f64::min);
    let greatest = greatest.into_iter().fold(f64::NEG_INFINITY, f64::max);
    (signs, least, greatest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_decide_as_points_do() {
        let m = 5000;
        let tables = Tables::new(m);
        let mut state = 1_u32;
        let mut draw = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 8
        };
        let mut changes = 0;
        for _ in 0..500 {
            let coefficients = [0; 4].map(|_| f64::from(draw()) / f64::from(1 << 24) - 0.5);
            let (start, end) = (draw() as usize % m, draw() as usize % m);
            let range = start.min(end)..start.max(end);
            let f = [&tables.sine, &tables.x_sine, &tables.cosine, &tables.a_g];
            let found = signs(coefficients, f, range.clone());
            assert_eq!(found, points::<4, false>(coefficients, f, range).0);
            changes += i32::from(found.negative > 0 && found.positive > 0);
        }
        assert!(changes > 100, "{changes}");
    }
}
