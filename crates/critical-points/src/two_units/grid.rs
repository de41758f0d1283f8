use rayon::prelude::*;

use crate::error::Error;

mod functions;

use functions::{Coefficients, Tables};

/// What the signs of L₁₂ on a grid over (θ, φ) say about Conjecture 1.
///
/// Every point belongs to one of `boundary`, `inside` and `outside`, decided by integers. Of the points off the boundary
/// `violations` have the wrong sign by more than the rounding error, and `undecided` are within it of zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignGrid {
    /// Values of θ: θ_i = πi/(n+1), i = 1…n.
    pub n_theta: usize,
    /// Values of φ: φ_j = 2πj/m, j = 0…m−1.
    pub n_phi: usize,
    /// Points with 0 < φ < θ.
    pub inside: u64,
    /// Points with θ < φ < 2π.
    pub outside: u64,
    /// Points with φ = 0 or φ = θ, where L₁₂ = 0.
    pub boundary: u64,
    /// Points off the boundary whose sign contradicts the conjecture beyond rounding.
    pub violations: u64,
    /// Points off the boundary within rounding of zero.
    pub undecided: u64,
    /// Points on the boundary where the computed L₁₂ is not zero within rounding: a check of the bound.
    pub boundary_off_zero: u64,
}

impl SignGrid {
    /// All points.
    pub fn points(&self) -> u64 {
        self.inside + self.outside + self.boundary
    }
}

/// The extremes of L₁₂ over the points of one cell of a [reduced grid](sign_grid_picture).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignExtremes {
    /// The least L₁₂.
    pub least: f64,
    /// The greatest L₁₂.
    pub greatest: f64,
}

impl SignExtremes {
    const EMPTY: Self = Self {
        least: f64::INFINITY,
        greatest: f64::NEG_INFINITY,
    };
}

/// Evaluates the sign of L₁₂ on the grid θ_i = πi/(n+1), i = 1…n, φ_j = 2πj/m, j = 0…m−1.
///
/// For fixed θ the numerator N of [`TwoUnits`](crate::TwoUnits) is, on each of its four pieces, a combination of at
/// most four functions of φ alone, which are tabulated once with their ranges over stretches of 32 values. Where these
/// ranges enclose a sum of one sign, all points of the stretch have it; elsewhere every point is evaluated, with its
/// rounding bound. Nothing but the tables (six numbers a value of φ) is held in memory. Rows are spread over the threads
/// of the current rayon pool; counts do not depend on them.
///
/// # Examples
/// ```
/// let grid = critical_points::sign_grid(200, 400)?;
/// assert_eq!((grid.points(), grid.violations, grid.undecided), (80_000, 0, 0));
/// # Ok::<(), critical_points::Error>(())
/// ```
///
/// # Errors
/// A count of zero, or above 2²⁰.
///
/// # Source
/// Tian 2017, §7.2 and Figure 10 (c). The paper does not say where its 10⁴ × 10⁴ points lie.
pub fn sign_grid(n_theta: usize, n_phi: usize) -> Result<SignGrid, Error> {
    scan_grid(n_theta, n_phi, None).map(|(grid, _)| grid)
}

/// As [`sign_grid`], with the extremes of L₁₂ over `rows` × `columns` cells, row by row from θ = 0.
///
/// Cell (r, c) holds the points with r = ⌊(i−1)·rows/n⌋ and c = ⌊j·columns/m⌋.
///
/// # Errors
/// As [`sign_grid`], and for more rows or columns of cells than of points, or none.
pub fn sign_grid_picture(
    n_theta: usize,
    n_phi: usize,
    rows: usize,
    columns: usize,
) -> Result<(SignGrid, Vec<SignExtremes>), Error> {
    scan_grid(n_theta, n_phi, Some((rows, columns)))
}

/// The signs, and the extremes over cells if they are asked for: those need every point.
fn scan_grid(
    n_theta: usize,
    n_phi: usize,
    cells: Option<(usize, usize)>,
) -> Result<(SignGrid, Vec<SignExtremes>), Error> {
    let (rows, columns) = cells.unwrap_or((1, 1));
    let refused = |theta, phi, requirement| {
        Err(Error::Grid {
            theta,
            phi,
            requirement,
        })
    };
    let limit = 1..=1 << 20;
    if !(limit.contains(&n_theta) && limit.contains(&n_phi)) {
        return refused(n_theta, n_phi, "each count must lie between 1 and 2^20");
    }
    if !((1..=n_theta).contains(&rows) && (1..=n_phi).contains(&columns)) {
        return refused(
            rows,
            columns,
            "the cells must be between one and the points of the grid in each direction",
        );
    }
    let tables = Tables::new(n_phi);
    let columns: Vec<usize> = (0..=columns)
        .map(|c| (c * n_phi).div_ceil(columns))
        .collect();
    let rows_of_cells: Vec<(SignGrid, Vec<SignExtremes>)> = (0..n_theta)
        .into_par_iter()
        .with_min_len(16)
        .fold(
            || Partial::new(n_theta, n_phi, rows, columns.len() - 1),
            |mut partial, row| {
                pulp::Arch::new().dispatch(AddRow {
                    partial: &mut partial,
                    row,
                    tables: &tables,
                    columns: &columns,
                    extremes: cells.is_some(),
                });
                partial
            },
        )
        .map(Partial::into_parts)
        .collect();
    let empty = Partial::new(n_theta, n_phi, rows, columns.len() - 1).into_parts();
    Ok(rows_of_cells.into_iter().fold(empty, merged))
}

fn merged(
    (mut total, mut cells): (SignGrid, Vec<SignExtremes>),
    (part, more): (SignGrid, Vec<SignExtremes>),
) -> (SignGrid, Vec<SignExtremes>) {
    total.inside += part.inside;
    total.outside += part.outside;
    total.boundary += part.boundary;
    total.violations += part.violations;
    total.undecided += part.undecided;
    total.boundary_off_zero += part.boundary_off_zero;
    for (cell, other) in cells.iter_mut().zip(more) {
        cell.least = cell.least.min(other.least);
        cell.greatest = cell.greatest.max(other.greatest);
    }
    (total, cells)
}

/// One row, as work for the widest registers the machine has.
struct AddRow<'a> {
    partial: &'a mut Partial,
    row: usize,
    tables: &'a Tables,
    columns: &'a [usize],
    extremes: bool,
}

impl pulp::NullaryFnOnce for AddRow<'_> {
    type Output = ();

    // The body must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn call(self) {
        self.partial
            .add_row(self.row, self.tables, self.columns, self.extremes);
    }
}

/// Counts and cells of some rows.
struct Partial {
    grid: SignGrid,
    cells: Vec<SignExtremes>,
    rows: usize,
}

impl Partial {
    fn new(n_theta: usize, n_phi: usize, rows: usize, columns: usize) -> Self {
        Self {
            grid: SignGrid {
                n_theta,
                n_phi,
                inside: 0,
                outside: 0,
                boundary: 0,
                violations: 0,
                undecided: 0,
                boundary_off_zero: 0,
            },
            cells: vec![SignExtremes::EMPTY; rows * columns],
            rows,
        }
    }

    fn into_parts(self) -> (SignGrid, Vec<SignExtremes>) {
        (self.grid, self.cells)
    }

    /// Adds θ_{row+1}.
    // The bodies must be compiled for the registers that the dispatch has chosen.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn add_row(&mut self, row: usize, tables: &Tables, columns: &[usize], extremes: bool) {
        let (n, m) = (self.grid.n_theta, self.grid.n_phi);
        let coefficients = Coefficients::new(row + 1, n);
        // φ_j < θ_i exactly if 2j(n+1) < im; the other pieces end at π and π + θ.
        let first_at = |numerator: usize| numerator.div_ceil(2 * (n + 1));
        let theta = (row + 1) * m;
        let half_turn = (n + 1) * m;
        let cone_end = first_at(theta);
        let on_second = cone_end * 2 * (n + 1) == theta;
        let ends = [
            0,
            cone_end,
            first_at(half_turn),
            first_at(half_turn + theta),
            m,
        ];
        let row_of_cells = row * self.rows / n * (columns.len() - 1);
        for piece in 0..4 {
            for (column, bounds) in columns.windows(2).enumerate() {
                let range = ends[piece].max(bounds[0])..ends[piece + 1].min(bounds[1]);
                if range.is_empty() {
                    continue;
                }
                let found = if extremes {
                    let (found, least, greatest) = coefficients.extremes(piece, tables, range);
                    let cell = &mut self.cells[row_of_cells + column];
                    cell.least = cell.least.min(least * coefficients.scale);
                    cell.greatest = cell.greatest.max(greatest * coefficients.scale);
                    found
                } else {
                    coefficients.signs(piece, tables, range)
                };
                let wrong = if piece == 0 {
                    found.negative
                } else {
                    found.positive
                };
                self.grid.violations += wrong;
                self.grid.undecided += found.undecided;
            }
        }
        // The boundary points were scanned as points of the pieces they begin: they count apart.
        let mut boundary = vec![(0, 0)];
        // There the place is below m/2, for θ < π.
        if on_second {
            boundary.push((1, cone_end));
        }
        for &(piece, at) in &boundary {
            let found = coefficients.signs(piece, tables, at..at + 1);
            let wrong = if piece == 0 {
                found.negative
            } else {
                found.positive
            };
            self.grid.violations -= wrong;
            self.grid.undecided -= found.undecided;
            self.grid.boundary_off_zero += found.negative + found.positive;
        }
        let edges = boundary.len() as u64;
        let inside = cone_end as u64 - 1;
        self.grid.boundary += edges;
        self.grid.inside += inside;
        self.grid.outside += m as u64 - inside - edges;
    }
}
