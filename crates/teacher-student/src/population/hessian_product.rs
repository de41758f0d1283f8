use std::f64::consts::{PI, TAU};
use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use numeric::inner_product;
use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};

use super::Population;
use crate::angles::{AngleTable, measure_close};
use crate::product::{column, product};
use crate::weights::Directions;

/// Neurons whose pairs are worked on together; the same number for any number of threads, and with it the bits of the result.
const BLOCK: usize = 64;

/// The derivative of the gradient along `direction`, by the matrix products of the gradient itself.
///
/// With e_j = w_j/‖w_j‖, ė_j = (ẇ_j − (e_j·ẇ_j)e_j)/‖w_j‖ and θ̇_ij = −(e_i·ė_j + ė_i·e_j)/sin θ_ij, the sum
/// Σ_j a_j((π−θ)w_j + ‖w_j‖ sin θ e_i) has the derivative
/// Σ_j a_j((π−θ)ẇ_j − ‖w_j‖θ̇(e_j − cos θ e_i) + (e_j·ẇ_j) sin θ e_i + ‖w_j‖ sin θ ė_i); for a teacher ẇ_j = 0.
///
/// What is symmetric among the students is computed once a pair, by blocks of neurons with all those before them.
pub(super) fn hessian_product(
    population: &Population,
    student: &Directions,
    direction: MatRef<'_, f64>,
) -> Mat<f64> {
    let (k, d) = direction.shape();
    let side = Side {
        population,
        student,
        direction,
        motion: Motion::new(population, student, direction),
    };
    let blocks: Vec<Range<usize>> = (0..k)
        .step_by(BLOCK)
        .map(|first| first..k.min(first + BLOCK))
        .collect();
    let parallel = population.parallel && blocks.len() > 1;
    let strips: Vec<Strip> = if parallel {
        let strips = blocks.par_iter().map(|rows| side.strip(rows.clone()));
        strips.collect()
    } else {
        blocks.iter().map(|rows| side.strip(rows.clone())).collect()
    };
    let mut sums = Sums::zeros(k);
    for (rows, strip) in blocks.iter().zip(&strips) {
        sums.add(0, &strip.columns);
        sums.add(rows.start, &strip.rows);
    }
    let finished = |index: usize| side.rows(&blocks, &strips, index, &sums);
    let parts: Vec<Mat<f64>> = if parallel {
        (0..blocks.len()).into_par_iter().map(finished).collect()
    } else {
        (0..blocks.len()).map(finished).collect()
    };
    let mut result = Mat::zeros(k, d);
    for (rows, part) in blocks.iter().zip(&parts) {
        result.subrows_mut(rows.start, rows.len()).copy_from(part);
    }
    result
}

/// What multiplies e_i and ė_i.
struct Sums {
    along: Vec<f64>,
    across: Vec<f64>,
}

impl Sums {
    fn zeros(count: usize) -> Self {
        Self {
            along: vec![0.0; count],
            across: vec![0.0; count],
        }
    }

    fn add(&mut self, first: usize, other: &Self) {
        for (to, from) in [
            (&mut self.along, &other.along),
            (&mut self.across, &other.across),
        ] {
            for (to, from) in to[first..].iter_mut().zip(from) {
                *to += from;
            }
        }
    }
}

/// The pairs of a block of students with themselves and with all students before them.
struct Strip {
    /// π − θ.
    supplements: Mat<f64>,
    /// −θ̇.
    rates: Mat<f64>,
    /// What the columns are to the rows of the block, and the rows to the columns before the block.
    rows: Sums,
    columns: Sums,
}

struct Side<'a> {
    population: &'a Population,
    student: &'a Directions,
    direction: MatRef<'a, f64>,
    motion: Motion,
}

impl Side<'_> {
    fn strip(&self, rows: Range<usize>) -> Strip {
        let (first, end, count) = (rows.start, rows.end, rows.len());
        let units = self.student.rows();
        let turning = self.motion.turning.as_ref();
        let (own, before) = (units.subrows(first, count), units.subrows(0, end));
        let mut angles = AngleTable::of_cosines(product(own, before.transpose()));
        for j in 0..end {
            let (supplements, sines) = (&mut angles.supplements, &mut angles.sines);
            let supplements = supplements.col_as_slice_mut(j);
            let sines = sines.col_as_slice_mut(j);
            let itself = j.checked_sub(first);
            measure_close(
                (self.student, first),
                (self.student, j),
                itself,
                supplements,
                sines,
            );
            if let Some(i) = itself {
                (supplements[i], sines[i]) = (PI, 0.0);
                angles.cosines[(i, j)] = 1.0;
            }
        }
        // e_i·ė_j + ė_i·e_j.
        let mut rates = product(own, turning.subrows(0, end).transpose());
        let own_turning = turning.subrows(first, count);
        let (accumulate, before) = (Accum::Add, before.transpose());
        matmul(
            rates.as_mut(),
            accumulate,
            own_turning,
            before,
            1.0,
            Par::Seq,
        );
        let mut strip = Strip {
            supplements: angles.supplements,
            rates,
            rows: Sums::zeros(count),
            columns: Sums::zeros(first),
        };
        pulp::Arch::new().dispatch(Gather {
            strip: &mut strip,
            cosines: angles.cosines.as_ref(),
            sines: angles.sines.as_ref(),
            motion: &self.motion,
            first,
        });
        strip
    }

    /// The rows of a block.
    fn rows(
        &self,
        blocks: &[Range<usize>],
        strips: &[Strip],
        index: usize,
        sums: &Sums,
    ) -> Mat<f64> {
        let rows = blocks[index].clone();
        let (first, count) = (rows.start, rows.len());
        let (k, d) = self.direction.shape();
        let population = self.population;
        // a_j(π−θ_ij), and −‖w_j‖θ̇_ij to be multiplied by e_j − cos θ_ij e_i.
        let (mut mass, mut turn) = (Mat::zeros(count, k), Mat::zeros(count, k));
        let (top, lengths) = (&population.student_top, &self.motion.lengths);
        let own = &strips[index];
        scale_columns(mass.as_mut(), own.supplements.as_ref(), top);
        scale_columns(turn.as_mut(), own.rates.as_ref(), lengths);
        for (later, strip) in blocks.iter().zip(strips).skip(index + 1) {
            let into = |matrix: &mut Mat<f64>, from: &Mat<f64>, factors: &[f64]| {
                let to = matrix.subcols_mut(later.start, later.len());
                let from = from.subcols(first, count).transpose();
                scale_columns(to, from, &factors[later.clone()]);
            };
            into(&mut mass, &strip.supplements, top);
            into(&mut turn, &strip.rates, lengths);
        }

        let teachers = population.directions.rows();
        let units = self.student.rows().subrows(first, count);
        let mut outer = AngleTable::of_cosines(product(units, teachers.transpose()));
        let turning = self.motion.turning.subrows(first, count);
        let mut teacher_turn = product(turning, teachers.transpose());
        let mut along = sums.along[rows.clone()].to_vec();
        let mut across = sums.across[rows.clone()].to_vec();
        for l in 0..population.directions.len() {
            let length = population.teacher_lengths[l];
            let supplements = outer.supplements.col_as_slice_mut(l);
            let sines = outer.sines.col_as_slice_mut(l);
            let (student, teacher) = ((self.student, first), (&population.directions, l));
            measure_close(student, teacher, None, supplements, sines);
            pulp::Arch::new().dispatch(Teacher {
                length,
                sines,
                cosines: outer.cosines.col_as_slice(l),
                turn: teacher_turn.col_as_slice_mut(l),
                along: &mut along,
                across: &mut across,
            });
        }
        let mut result = product(mass.as_ref(), self.direction);
        for (factors, rows) in [
            (turn.as_ref(), self.student.rows()),
            (teacher_turn.as_ref(), teachers),
        ] {
            matmul(result.as_mut(), Accum::Add, factors, rows, 1.0, Par::Seq);
        }
        for c in 0..d {
            let units = &column(self.student.rows(), c)[rows.clone()];
            let turning = &self.motion.turning.col_as_slice(c)[rows.clone()];
            let top = &top[rows.clone()];
            for (i, entry) in result.col_as_slice_mut(c).iter_mut().enumerate() {
                *entry = top[i] / TAU * (*entry + along[i] * units[i] + across[i] * turning[i]);
            }
        }
        result
    }
}

/// Fills the first columns of `to` with those of `from` times a factor each.
fn scale_columns(to: MatMut<'_, f64>, from: MatRef<'_, f64>, factors: &[f64]) {
    for ((to, from), factor) in to.col_iter_mut().zip(from.col_iter()).zip(factors) {
        for (to, from) in to.iter_mut().zip(from.iter()) {
            *to = factor * from;
        }
    }
}

/// −θ̇ = (e_i·ė_j + ė_i·e_j)/sin θ, and 0 where the two directions are parallel: there it meets a factor that vanishes.
#[allow(clippy::inline_always)]
#[inline(always)]
fn rate(projection: f64, sine: f64) -> f64 {
    if sine > 0.0 { projection / sine } else { 0.0 }
}

/// Turns projections into rates and sums them up, as work for the widest registers the machine has.
struct Gather<'a> {
    strip: &'a mut Strip,
    cosines: MatRef<'a, f64>,
    sines: MatRef<'a, f64>,
    motion: &'a Motion,
    first: usize,
}

impl pulp::NullaryFnOnce for Gather<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        let (strip, motion) = (self.strip, self.motion);
        let count = strip.rows.along.len();
        let own = self.first..self.first + count;
        let (lengths, growths) = (&motion.lengths[own.clone()], &motion.growths[own]);
        let (along, across) = (
            &mut strip.rows.along[..count],
            &mut strip.rows.across[..count],
        );
        // −θ̇ cos θ.
        let mut shares = vec![0.0; count];
        for j in 0..strip.rates.ncols() {
            let rates = &mut strip.rates.col_as_slice_mut(j)[..count];
            let sines = &column(self.sines, j)[..count];
            let cosines = &column(self.cosines, j)[..count];
            let (length, growth) = (motion.lengths[j], motion.growths[j]);
            for i in 0..count {
                rates[i] = rate(rates[i], sines[i]);
                shares[i] = rates[i] * cosines[i];
                along[i] += growth * sines[i] - length * shares[i];
                across[i] += length * sines[i];
            }
            if j < self.first {
                let (columns, shares) = (&mut strip.columns, &shares);
                columns.along[j] = inner_product(growths, sines) - inner_product(lengths, shares);
                columns.across[j] = inner_product(lengths, sines);
            }
        }
    }
}

/// One teacher's part.
struct Teacher<'a> {
    length: f64,
    sines: &'a [f64],
    cosines: &'a [f64],
    /// ė_i·v̂, then θ̇‖v‖.
    turn: &'a mut [f64],
    along: &'a mut [f64],
    across: &'a mut [f64],
}

impl pulp::NullaryFnOnce for Teacher<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        let count = self.turn.len();
        let (sines, cosines) = (&self.sines[..count], &self.cosines[..count]);
        let (along, across) = (&mut self.along[..count], &mut self.across[..count]);
        for i in 0..count {
            self.turn[i] = -rate(self.turn[i], sines[i]) * self.length;
            along[i] -= self.turn[i] * cosines[i];
            across[i] -= self.length * sines[i];
        }
    }
}

/// How directions and norms of the students change.
struct Motion {
    /// ė_j, K × d.
    turning: Mat<f64>,
    /// a_j‖w_j‖.
    lengths: Vec<f64>,
    /// a_j e_j·ẇ_j, a_j times the rate of ‖w_j‖.
    growths: Vec<f64>,
}

impl Motion {
    fn new(population: &Population, student: &Directions, direction: MatRef<'_, f64>) -> Self {
        let (k, d) = direction.shape();
        let mut turning = direction.to_owned();
        let mut growth = vec![0.0; k];
        for c in 0..d {
            let units = column(student.rows(), c);
            for (j, sum) in growth.iter_mut().enumerate() {
                *sum += units[j] * turning.col_as_slice(c)[j];
            }
        }
        for c in 0..d {
            let units = column(student.rows(), c);
            for (j, entry) in turning.col_as_slice_mut(c).iter_mut().enumerate() {
                *entry = (*entry - growth[j] * units[j]) / student.norms[j];
            }
        }
        let top = &population.student_top;
        Self {
            turning,
            lengths: top.iter().zip(&student.norms).map(|(a, x)| a * x).collect(),
            growths: top.iter().zip(&growth).map(|(a, x)| a * x).collect(),
        }
    }
}
