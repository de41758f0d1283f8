use std::mem;
use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par};

use super::blocks::{Both, Half, Inside, Outside, Paired};
use super::sources::Sources;
use crate::product::{WORTH_HALVING, gram_in, product, product_in};
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
