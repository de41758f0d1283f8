//! Blocks of cosines become angles, a column at a time, as work for the widest registers the machine has.

use std::f64::consts::{FRAC_PI_2, PI};

use faer::{Mat, MatRef};
use numeric::{SMALL_ARC_TANGENT_REACH, small_arc_tangent};

use super::sources::Sources;
use crate::angles::{CLOSE_SINE, measure, measure_close, measure_close_sines, sines_of};
use crate::pairing::Pair;
use crate::product::{column, reflect};
use crate::weights::Directions;

#[allow(clippy::inline_always)]
#[inline(always)]
fn add_scaled(to: &mut [f64], factor: f64, values: &[f64]) {
    for (to, value) in to.iter_mut().zip(values) {
        *to = factor.mul_add(*value, *to);
    }
}

/// The angles of a tile with teachers.
pub(super) struct Outside<'a> {
    pub(super) sources: &'a Sources<'a>,
    pub(super) start: usize,
    /// Numbers of the teachers, all in their order where there are none.
    pub(super) numbers: Option<&'a [usize]>,
    /// Cosines, to be replaced by π − θ*.
    pub(super) supplements: &'a mut Mat<f64>,
    pub(super) along: &'a mut [f64],
    pub(super) sines: &'a mut [f64],
}

impl pulp::NullaryFnOnce for Outside<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        let Self { sources, sines, .. } = self;
        for c in 0..self.supplements.ncols() {
            let l = self.numbers.map_or(c, |numbers| numbers[c]);
            let supplements = self.supplements.col_as_slice_mut(c);
            if measure(supplements, sines) {
                let (rows, of) = ((sources.directions, self.start), (sources.teachers, l));
                measure_close(rows, of, None, supplements, sines);
            }
            add_scaled(self.along, -sources.teacher_lengths[l], sines);
        }
    }
}

/// The angles between two tiles without pairs, for both.
pub(super) struct Both<'a> {
    pub(super) sources: &'a Sources<'a>,
    pub(super) starts: [usize; 2],
    /// Cosines, to be replaced by π − θ.
    pub(super) block: &'a mut Mat<f64>,
    pub(super) along: [&'a mut [f64]; 2],
    pub(super) sines: &'a mut [f64],
}

impl pulp::NullaryFnOnce for Both<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        let Self {
            sources,
            starts: [rows, columns],
            block,
            along: [along, across],
            sines,
        } = self;
        let lengths = &sources.lengths[rows..rows + along.len()];
        for (j, across) in across.iter_mut().enumerate() {
            let supplements = block.col_as_slice_mut(j);
            if measure(supplements, sines) {
                let (from, of) = (
                    (sources.directions, rows),
                    (sources.directions, columns + j),
                );
                measure_close(from, of, None, supplements, sines);
            }
            add_scaled(along, sources.lengths[columns + j], sines);
            *across += dot(lengths, sines);
        }
    }
}

/// The angles among the students of a tile without pairs, from those below the diagonal.
pub(super) struct Half<'a> {
    pub(super) sources: &'a Sources<'a>,
    pub(super) start: usize,
    /// Cosines below the diagonal, to be replaced by π − θ everywhere.
    pub(super) block: &'a mut Mat<f64>,
    pub(super) along: &'a mut [f64],
    pub(super) sines: &'a mut [f64],
}

impl pulp::NullaryFnOnce for Half<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        let Self {
            sources,
            start,
            block,
            along,
            sines,
        } = self;
        let lengths = &sources.lengths[start..start + along.len()];
        for j in 0..lengths.len() {
            let below = j + 1;
            let column = block.col_as_slice_mut(j);
            // A neuron is parallel to itself, exactly.
            column[j] = PI;
            let (supplements, sines) = (&mut column[below..], &mut sines[below..]);
            if measure(supplements, sines) {
                let (from, of) = (
                    (sources.directions, start + below),
                    (sources.directions, start + j),
                );
                measure_close(from, of, None, supplements, sines);
            }
            along[j] += dot(&lengths[below..], sines);
            add_scaled(&mut along[below..], lengths[j], sines);
        }
        reflect(block);
    }
}

/// Σ xy in eight sums side by side.
#[allow(clippy::inline_always)]
#[inline(always)]
fn dot(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (x_blocks, x_rest) = x.as_chunks::<8>();
    let (y_blocks, y_rest) = y.as_chunks::<8>();
    for (x, y) in x_blocks.iter().zip(y_blocks) {
        for lane in 0..8 {
            sums[lane] = x[lane].mul_add(y[lane], sums[lane]);
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    let half = |from: usize| (sums[from] + sums[from + 1]) + (sums[from + 2] + sums[from + 3]);
    half(0) + half(4) + rest
}

/// The angles of a tile with some students, paired or not.
pub(super) struct Inside<'a, 'b> {
    pub(super) sources: &'a Sources<'a>,
    /// The first student of the rows and of the columns.
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Cosines, to be replaced by π − θ.
    pub(super) block: &'a mut Mat<f64>,
    pub(super) along: &'a mut [f64],
    pub(super) work: [&'a mut [f64]; 3],
    pub(super) paired: Option<&'a mut Paired<'b>>,
}

/// The pairs among the columns.
pub(super) struct Paired<'a> {
    pub(super) pairs: &'a [Pair],
    /// Cosines of the rows with all teachers.
    pub(super) outer: &'a Mat<f64>,
    /// û_j − v̂_k, d × P.
    pub(super) differences: MatRef<'a, f64>,
    /// e_i·(û_j − v̂_k), and 0 for i = j.
    pub(super) projections: Mat<f64>,
    /// C_ik = θ_ij − θ*_ik, to be filled.
    pub(super) turns: Mat<f64>,
}

impl pulp::NullaryFnOnce for Inside<'_, '_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        let sources = self.sources;
        let [sines, outer_sines, cosines] = self.work;
        let rows = (sources.directions, self.rows);
        let (mut paired, mut next) = (self.paired, 0);
        for c in 0..self.block.ncols() {
            let j = self.columns + c;
            let supplements = self.block.col_as_slice_mut(c);
            let itself = (self.rows == self.columns).then_some(c);
            if let Some(itself) = itself {
                // Not close to anything, so that the column is not measured for its sake.
                supplements[itself] = 0.0;
            }
            let paired = paired
                .as_deref_mut()
                .filter(|paired| paired.pairs.get(next).is_some_and(|pair| pair.student == j));
            if paired.is_some() {
                cosines.copy_from_slice(supplements);
            }
            let close = measure(supplements, sines);
            if close {
                measure_close(rows, (sources.directions, j), itself, supplements, sines);
            }
            if let Some(itself) = itself {
                // A neuron is parallel to itself, exactly.
                (supplements[itself], sines[itself]) = (PI, 0.0);
            }
            let Some(paired) = paired else {
                add_scaled(self.along, sources.lengths[j], sines);
                continue;
            };
            if close {
                paired.project_close(next, rows, itself, supplements, sines);
            }
            paired.turn(
                next,
                sources,
                rows,
                itself,
                [cosines, sines, outer_sines],
                self.along,
            );
            next += 1;
        }
    }
}

impl Paired<'_> {
    /// Forms e_i·(û_j − v̂_k) again where e_i is nearly ±û_j: there e_i = ±û_j + rest, and û_j·(û_j − v̂_k) = ‖û_j − v̂_k‖²/2.
    fn project_close(
        &mut self,
        p: usize,
        (directions, first): (&Directions, usize),
        itself: Option<usize>,
        supplements: &[f64],
        sines: &[f64],
    ) {
        let (pair, difference) = (&self.pairs[p], column(self.differences, p));
        for (i, sine) in sines.iter().enumerate() {
            if *sine < CLOSE_SINE && itself != Some(i) {
                let sign = if supplements[i] > FRAC_PI_2 {
                    1.0
                } else {
                    -1.0
                };
                let (own, other) = (directions.unit(first + i), directions.unit(pair.student));
                let rest: f64 = own
                    .iter()
                    .zip(other)
                    .zip(difference)
                    .map(|((e, u), difference)| (e - sign * u) * difference)
                    .sum();
                self.projections[(i, p)] = rest + sign * pair.chord_square / 2.0;
            }
        }
    }

    /// Fills in the turns of one pair, by the cosines and sines with its student, and adds its part of s_i.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn turn(
        &mut self,
        p: usize,
        sources: &Sources<'_>,
        rows: (&Directions, usize),
        itself: Option<usize>,
        [cosines, sines, outer_sines]: [&mut [f64]; 3],
        along: &mut [f64],
    ) {
        let pair = &self.pairs[p];
        let outer_cosines = self.outer.col_as_slice(pair.teacher);
        if sines_of(outer_cosines, outer_sines) {
            let teacher = (sources.teachers, pair.teacher);
            measure_close_sines(rows, teacher, outer_cosines, outer_sines);
        }
        if let Some(itself) = itself {
            self.projections[(itself, p)] = 0.0;
        }
        let seen = Turns {
            pair,
            inner: (cosines, sines),
            outer: (outer_cosines, outer_sines),
            projections: self.projections.col_as_slice(p),
        };
        seen.turn(self.turns.col_as_slice_mut(p), along);
        if let Some(itself) = itself {
            // θ = 0, θ* the angle of the pair, ‖v‖ sin θ* = ‖v‖·2 sin(θ*/2) cos(θ*/2).
            self.turns[(itself, p)] = -pair.angle();
            let half = (pair.chord_square / 4.0).min(1.0);
            along[itself] -= pair.sign * pair.teacher_norm * 2.0 * (half * (1.0 - half)).sqrt();
        }
    }
}

/// One pair (j, k), seen by every student i of the rows.
struct Turns<'a> {
    pair: &'a Pair,
    /// Cosines and sines of θ_ij.
    inner: (&'a [f64], &'a [f64]),
    /// Cosines and sines of θ*_ik.
    outer: (&'a [f64], &'a [f64]),
    /// e_i·(û_j − v̂_k) = cos θ_ij − cos θ*_ik.
    projections: &'a [f64],
}

impl Turns<'_> {
    /// θ_ij − θ*_ik, and the pair's part of s_i.
    ///
    /// tan((θ*−θ)/2) = (cos θ − cos θ*)/(sin θ + sin θ*) = t is accurate relative to the distance of the pair, where a
    /// difference of two angles would be relative to π. The difference is at most the angle of the pair, itself at most ½: where
    /// e_i is parallel to both, rounding in cos θ − cos θ* would exceed the sines by any factor.
    /// ‖u‖ sin θ − ‖v‖ sin θ* = (‖u‖−‖v‖) sin θ − ‖v‖ t (cos θ + cos θ*).
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn turn(&self, turns: &mut [f64], along: &mut [f64]) {
        let growth = self.pair.sign * self.pair.norm_difference;
        let reach = -self.pair.sign * self.pair.teacher_norm;
        let most = self.pair.half_tangent().min(SMALL_ARC_TANGENT_REACH);
        let count = turns.len();
        let along = &mut along[..count];
        let (inner_cosines, inner_sines) = (&self.inner.0[..count], &self.inner.1[..count]);
        let (outer_cosines, outer_sines) = (&self.outer.0[..count], &self.outer.1[..count]);
        let projections = &self.projections[..count];
        for i in 0..count {
            let sum = inner_sines[i] + outer_sines[i];
            // Both parallel: there is no turn.
            let tangent = if sum > 0.0 { projections[i] / sum } else { 0.0 };
            let size = tangent.abs();
            let size = if size < most { size } else { most };
            let tangent = size.copysign(tangent);
            turns[i] = -2.0 * small_arc_tangent(tangent);
            let cosines = inner_cosines[i] + outer_cosines[i];
            along[i] += growth * inner_sines[i] + reach * tangent * cosines;
        }
    }
}
