use std::f64::consts::TAU;
use std::mem;

use faer::{Mat, MatRef};
use rayon::iter::{
    IndexedParallelIterator as _, IntoParallelRefMutIterator as _, ParallelIterator as _,
};

use super::Population;
use super::sources::Sources;
use super::tile::{self, Tile};
use crate::pairing::{Pairing, Side};
use crate::product::column;
use crate::weights::Directions;

/// The memory of one evaluation.
#[derive(Default)]
pub(super) struct Workspace {
    pub(super) directions: Directions,
    tiles: Vec<Tile>,
}

/// The gradient, from blocks of the tables of angles that are measured, used and forgotten: of K × K numbers only the cosines
/// between students and teachers are held.
///
/// Every block serves both of its sides, and every tile meets the others in an order that does not depend on the threads.
pub(super) fn gradient(
    population: &Population,
    weights: MatRef<'_, f64>,
    workspace: &mut Workspace,
) -> Mat<f64> {
    let Workspace { directions, tiles } = workspace;
    let (students, parallel) = (directions.len(), population.parallel);
    tiles.resize_with(students.div_ceil(tile::largest(students)), Tile::new);
    let count = tiles.len();
    for (index, tile) in tiles.iter_mut().enumerate() {
        tile.begin(index * students / count..(index + 1) * students / count);
    }
    each(parallel, tiles, |tile| {
        tile.face(directions, &population.directions);
    });
    let student = Side {
        weights,
        directions,
        top: &population.student_top,
    };
    let blocks = tiles.iter().map(|tile| (tile.start, tile.outer.as_ref()));
    let pairing = Pairing::new(student, population.teacher_side(), blocks);
    let sources = Sources::new(population, student, &pairing);
    each(parallel, tiles, |tile| {
        tile.add_teachers(&sources);
        tile.add_itself(&sources);
    });
    every_two(parallel, tiles, |one, other| {
        one.add_each_other(other, &sources);
    });
    assemble(population, directions, tiles)
}

fn each<T: Send>(parallel: bool, items: &mut [T], work: impl Fn(&mut T) + Sync + Send) {
    if parallel {
        items.par_iter_mut().for_each(work);
    } else {
        items.iter_mut().for_each(work);
    }
}

/// Lets all pairs of items meet, in rounds of disjoint pairs (the tournament on a circle).
fn every_two<T: Send>(
    parallel: bool,
    items: &mut [T],
    meet: impl Fn(&mut T, &mut T) + Sync + Send,
) {
    if items.len() < 2 {
        return;
    }
    let mut seats: Vec<Option<&mut T>> = items.iter_mut().map(Some).collect();
    if seats.len() % 2 == 1 {
        seats.push(None);
    }
    let count = seats.len();
    let pair = |(one, other): (&mut Option<&mut T>, &mut Option<&mut T>)| {
        if let (Some(one), Some(other)) = (one, other) {
            meet(one, other);
        }
    };
    for _ in 1..count {
        let (left, right) = seats.split_at_mut(count / 2);
        if parallel {
            let pairs = left.par_iter_mut().zip(right.par_iter_mut().rev());
            pairs.for_each(pair);
        } else {
            left.iter_mut().zip(right.iter_mut().rev()).for_each(pair);
        }
        seats[1..].rotate_right(1);
    }
}

/// a_i(sum + s_i e_i)/2π of every student.
fn assemble(population: &Population, directions: &Directions, tiles: &mut [Tile]) -> Mat<f64> {
    for tile in tiles.iter_mut() {
        let rows = tile.start..tile.start + tile.along.len();
        let scale: Vec<f64> = population.student_top[rows.clone()]
            .iter()
            .map(|top| top / TAU)
            .collect();
        pulp::Arch::new().dispatch(Finish {
            sum: &mut tile.sum,
            along: &tile.along,
            scale: &scale,
            directions: directions.rows().subrows(rows.start, rows.len()),
        });
    }
    if let [tile] = tiles {
        return mem::replace(&mut tile.sum, Mat::new());
    }
    let mut gradient = Mat::zeros(directions.len(), directions.dimension());
    for c in 0..gradient.ncols() {
        let column = gradient.col_as_slice_mut(c);
        for tile in tiles.iter() {
            column[tile.start..tile.start + tile.along.len()]
                .copy_from_slice(tile.sum.col_as_slice(c));
        }
    }
    gradient
}

struct Finish<'a> {
    sum: &'a mut Mat<f64>,
    along: &'a [f64],
    scale: &'a [f64],
    directions: MatRef<'a, f64>,
}

impl pulp::NullaryFnOnce for Finish<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        let count = self.along.len();
        let scale = &self.scale[..count];
        for c in 0..self.sum.ncols() {
            let units = &column(self.directions, c)[..count];
            let sum = &mut self.sum.col_as_slice_mut(c)[..count];
            for i in 0..count {
                sum[i] = scale[i] * self.along[i].mul_add(units[i], sum[i]);
            }
        }
    }
}
