use std::f64::consts::{FRAC_PI_2, PI};
use std::mem;
use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use super::sources::Sources;
use crate::angles::{
    ARC_TANGENT_REACH, CLOSE_SINE, arc_tangent, measure, measure_close, measure_close_sines,
    sines_of,
};
use crate::pairing::Pair;
use crate::product::{WORTH_HALVING, column, gram_in, product, product_in, reflect};
use crate::scratch::reshape;
use crate::weights::Directions;

/// The most students of a tile: large ones for speed, several of them for the threads.
pub(super) fn largest(students: usize) -> usize {
    if students > 512 { 256 } else { 128 }
}

/// Some students that follow each other, and what has been summed up for them.
pub(super) struct Tile {
    pub(super) start: usize,
    /// Cosines with all teachers; their supplements once those are no longer needed.
    pub(super) outer: Mat<f64>,
    /// Σ_j (π−θ_ij) D_j − Σ_k C_ik b_k v_k so far, one student a row.
    pub(super) sum: Mat<f64>,
    /// s_i so far.
    pub(super) along: Vec<f64>,
    /// Cosines, then supplements, of this tile with one of students.
    block: Mat<f64>,
    /// Columns of work.
    sines: Vec<f64>,
    outer_sines: Vec<f64>,
    cosines: Vec<f64>,
}

impl Tile {
    pub(super) fn new() -> Self {
        Self {
            start: 0,
            outer: Mat::new(),
            sum: Mat::new(),
            along: Vec::new(),
            block: Mat::new(),
            sines: Vec::new(),
            outer_sines: Vec::new(),
            cosines: Vec::new(),
        }
    }

    /// Begins anew with these students.
    pub(super) fn begin(&mut self, students: Range<usize>) {
        self.start = students.start;
        let columns = [
            &mut self.along,
            &mut self.sines,
            &mut self.outer_sines,
            &mut self.cosines,
        ];
        for column in columns {
            column.clear();
            column.resize(students.len(), 0.0);
        }
    }

    fn rows<'a>(&self, of: MatRef<'a, f64>) -> MatRef<'a, f64> {
        of.subrows(self.start, self.along.len())
    }

    /// The numbers of the pairs whose students are in this tile.
    fn pairs(&self, sources: &Sources<'_>) -> Range<usize> {
        let pairs = &sources.pairing.pairs;
        let end = self.start + self.along.len();
        let from = pairs.partition_point(|pair| pair.student < self.start);
        from..from + pairs[from..].partition_point(|pair| pair.student < end)
    }

    /// Takes the cosines with all teachers.
    pub(super) fn face(&mut self, directions: &Directions, teachers: &Directions) {
        let rows = self.rows(directions.rows());
        product_in(&mut self.outer, rows, teachers.rows().transpose());
    }

    /// Adds the part of the unpaired teachers.
    pub(super) fn add_teachers(&mut self, sources: &Sources<'_>) {
        reshape(
            &mut self.sum,
            self.along.len(),
            sources.directions.dimension(),
        );
        let mut gathered;
        let (supplements, numbers, effective) = match &sources.unpaired {
            // Without pairs the cosines are not needed again.
            None => (&mut self.outer, None, sources.effective),
            Some((numbers, effective)) => {
                gathered = Mat::zeros(self.along.len(), numbers.len());
                for (to, &from) in numbers.iter().enumerate() {
                    gathered
                        .col_as_slice_mut(to)
                        .copy_from_slice(self.outer.col_as_slice(from));
                }
                (&mut gathered, Some(&numbers[..]), effective.as_ref())
            }
        };
        pulp::Arch::new().dispatch(Outside {
            sources,
            start: self.start,
            numbers,
            supplements,
            along: &mut self.along,
            sines: &mut self.sines,
        });
        matmul(
            self.sum.as_mut(),
            Accum::Replace,
            supplements.as_ref(),
            effective,
            -1.0,
            Par::Seq,
        );
    }

    /// Adds the part of the students of this tile.
    pub(super) fn add_itself(&mut self, sources: &Sources<'_>) {
        let units = self.rows(sources.directions.rows());
        let (moments, pairs) = (self.rows(sources.moments()), self.pairs(sources));
        let mut block = mem::replace(&mut self.block, Mat::new());
        if pairs.is_empty() && self.along.len() >= WORTH_HALVING {
            gram_in(&mut block, units);
            pulp::Arch::new().dispatch(Half {
                sources,
                start: self.start,
                block: &mut block,
                along: &mut self.along,
                sines: &mut self.sines,
            });
            add(&mut self.sum, 1.0, block.as_ref(), moments);
        } else {
            product_in(&mut block, units, units.transpose());
            self.take_in(sources, self.start, pairs, moments, &mut block);
        }
        self.block = block;
    }

    /// Adds the parts of the students of two tiles to each other.
    pub(super) fn add_each_other(&mut self, other: &mut Self, sources: &Sources<'_>) {
        let units = |tile: &Self| tile.rows(sources.directions.rows());
        let moments = |tile: &Self| tile.rows(sources.moments());
        let (pairs, other_pairs) = (self.pairs(sources), other.pairs(sources));
        let (mine, others) = (moments(self), moments(other));
        let mut block = mem::replace(&mut self.block, Mat::new());
        product_in(&mut block, units(self), units(other).transpose());
        if pairs.is_empty() && other_pairs.is_empty() {
            pulp::Arch::new().dispatch(Both {
                sources,
                starts: [self.start, other.start],
                block: &mut block,
                along: [&mut self.along, &mut other.along],
                sines: &mut self.sines,
            });
            add(&mut self.sum, 1.0, block.as_ref(), others);
            add(&mut other.sum, 1.0, block.transpose(), mine);
        } else {
            reshape(&mut other.block, block.ncols(), block.nrows());
            let mut turned = mem::replace(&mut other.block, Mat::new());
            turned.copy_from(block.transpose());
            self.take_in(sources, other.start, other_pairs, others, &mut block);
            other.take_in(sources, self.start, pairs, mine, &mut turned);
            other.block = turned;
        }
        self.block = block;
    }

    /// Adds the part of the students from `start` on, by the cosines with them.
    fn take_in(
        &mut self,
        sources: &Sources<'_>,
        start: usize,
        pairs: Range<usize>,
        moments: MatRef<'_, f64>,
        block: &mut Mat<f64>,
    ) {
        let (units, count) = (self.rows(sources.directions.rows()), self.along.len());
        let outer = &self.outer;
        let mut paired = (!pairs.is_empty()).then(|| {
            let differences = sources.pairing.unit_difference.as_ref();
            let differences = differences.subcols(pairs.start, pairs.len());
            Paired {
                pairs: &sources.pairing.pairs[pairs.clone()],
                outer,
                projections: product(units, differences),
                turns: Mat::zeros(count, pairs.len()),
                differences,
            }
        });
        pulp::Arch::new().dispatch(Inside {
            sources,
            rows: self.start,
            columns: start,
            block,
            along: &mut self.along,
            work: [&mut self.sines, &mut self.outer_sines, &mut self.cosines],
            paired: paired.as_mut(),
        });
        add(&mut self.sum, 1.0, block.as_ref(), moments);
        if let Some(paired) = paired {
            let partners = sources.partners.as_ref().subrows(pairs.start, pairs.len());
            add(&mut self.sum, -1.0, paired.turns.as_ref(), partners);
        }
    }
}

fn add(to: &mut Mat<f64>, factor: f64, left: MatRef<'_, f64>, right: MatRef<'_, f64>) {
    matmul(to.as_mut(), Accum::Add, left, right, factor, Par::Seq);
}

#[allow(clippy::inline_always)]
#[inline(always)]
fn add_scaled(to: &mut [f64], factor: f64, values: &[f64]) {
    for (to, value) in to.iter_mut().zip(values) {
        *to = factor.mul_add(*value, *to);
    }
}

/// The angles of a tile with teachers.
struct Outside<'a> {
    sources: &'a Sources<'a>,
    start: usize,
    /// Numbers of the teachers, all in their order where there are none.
    numbers: Option<&'a [usize]>,
    /// Cosines, to be replaced by π − θ*.
    supplements: &'a mut Mat<f64>,
    along: &'a mut [f64],
    sines: &'a mut [f64],
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
struct Both<'a> {
    sources: &'a Sources<'a>,
    starts: [usize; 2],
    /// Cosines, to be replaced by π − θ.
    block: &'a mut Mat<f64>,
    along: [&'a mut [f64]; 2],
    sines: &'a mut [f64],
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
struct Half<'a> {
    sources: &'a Sources<'a>,
    start: usize,
    /// Cosines below the diagonal, to be replaced by π − θ everywhere.
    block: &'a mut Mat<f64>,
    along: &'a mut [f64],
    sines: &'a mut [f64],
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
struct Inside<'a, 'b> {
    sources: &'a Sources<'a>,
    /// The first student of the rows and of the columns.
    rows: usize,
    columns: usize,
    /// Cosines, to be replaced by π − θ.
    block: &'a mut Mat<f64>,
    along: &'a mut [f64],
    work: [&'a mut [f64]; 3],
    paired: Option<&'a mut Paired<'b>>,
}

/// The pairs among the columns.
struct Paired<'a> {
    pairs: &'a [Pair],
    /// Cosines of the rows with all teachers.
    outer: &'a Mat<f64>,
    /// û_j − v̂_k, d × P.
    differences: MatRef<'a, f64>,
    /// e_i·(û_j − v̂_k), and 0 for i = j.
    projections: Mat<f64>,
    /// C_ik = θ_ij − θ*_ik, to be filled.
    turns: Mat<f64>,
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
    /// difference of two angles would be relative to π; it stays below tan ¼, as the angle of the pair is at most ½.
    /// ‖u‖ sin θ − ‖v‖ sin θ* = (‖u‖−‖v‖) sin θ − ‖v‖ t (cos θ + cos θ*).
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn turn(&self, turns: &mut [f64], along: &mut [f64]) {
        let growth = self.pair.sign * self.pair.norm_difference;
        let reach = -self.pair.sign * self.pair.teacher_norm;
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
            let size = if size < ARC_TANGENT_REACH {
                size
            } else {
                ARC_TANGENT_REACH
            };
            let tangent = size.copysign(tangent);
            turns[i] = -2.0 * arc_tangent(tangent);
            let cosines = inner_cosines[i] + outer_cosines[i];
            along[i] += growth * inner_sines[i] + reach * tangent * cosines;
        }
    }
}
