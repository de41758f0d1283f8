use std::f64::consts::PI;
use std::ops::Range;

use rayon::prelude::*;
use relu_gating::{Angle, arc_cosine, arc_cosine_deficit, sin_minus_x_cos};

use crate::error::Error;

/// Relative rounding error of a sum of at most four products of a coefficient (8 roundings, conditioned by at most 3)
/// and a tabulated function (4 roundings): 4 + 24 + 4, in units of the rounding of the largest term.
const ROUNDING: f64 = 32.0 * 0.5 * f64::EPSILON;

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

/// A cell of a [reduced grid](sign_grid_picture): the extremes of L₁₂ over its points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// The least L₁₂.
    pub least: f64,
    /// The greatest L₁₂.
    pub greatest: f64,
}

impl Cell {
    const EMPTY: Self = Self {
        least: f64::INFINITY,
        greatest: f64::NEG_INFINITY,
    };
}

/// Evaluates the sign of L₁₂ on the grid θ_i = πi/(n+1), i = 1…n, φ_j = 2πj/m, j = 0…m−1.
///
/// For fixed θ the numerator N of [`TwoUnits`](crate::TwoUnits) is, on each of its four pieces, a combination of at
/// most four functions of φ alone, which are tabulated once: a point costs four multiplications and as many for its
/// rounding bound. Nothing but the tables (ten numbers a value of φ) is held in memory. Rows are spread over the
/// threads of the current rayon pool; counts do not depend on them.
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
    sign_grid_picture(n_theta, n_phi, 1, 1).map(|(grid, _)| grid)
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
) -> Result<(SignGrid, Vec<Cell>), Error> {
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
    let rows_of_cells: Vec<(SignGrid, Vec<Cell>)> = (0..n_theta)
        .into_par_iter()
        .with_min_len(16)
        .fold(
            || Partial::new(n_theta, n_phi, rows, columns.len() - 1),
            |mut partial, row| {
                partial.add_row(row, &tables, &columns);
                partial
            },
        )
        .map(Partial::into_parts)
        .collect();
    let empty = Partial::new(n_theta, n_phi, rows, columns.len() - 1).into_parts();
    Ok(rows_of_cells.into_iter().fold(empty, merged))
}

fn merged(
    (mut total, mut cells): (SignGrid, Vec<Cell>),
    (part, more): (SignGrid, Vec<Cell>),
) -> (SignGrid, Vec<Cell>) {
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

/// Counts and cells of some rows.
struct Partial {
    grid: SignGrid,
    cells: Vec<Cell>,
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
            cells: vec![Cell::EMPTY; rows * columns],
            rows,
        }
    }

    fn into_parts(self) -> (SignGrid, Vec<Cell>) {
        (self.grid, self.cells)
    }

    /// Adds θ_{row+1}.
    fn add_row(&mut self, row: usize, tables: &Tables, columns: &[usize]) {
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
                let found = coefficients.scan(piece, tables, range);
                let cell = &mut self.cells[row_of_cells + column];
                cell.least = cell.least.min(found.least * coefficients.scale);
                cell.greatest = cell.greatest.max(found.greatest * coefficients.scale);
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
        if on_second && cone_end < m {
            boundary.push((1, cone_end));
        }
        for &(piece, at) in &boundary {
            let found = coefficients.scan(piece, tables, at..at + 1);
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

/// What a scan over φ found, in units of N.
#[derive(Debug, Clone, Copy)]
struct Scan {
    least: f64,
    greatest: f64,
    negative: u64,
    positive: u64,
    undecided: u64,
}

/// Functions of φ_j. For φ < π: x = φ, a = π−φ; beyond: x = φ−π, a = 2π−φ.
struct Tables {
    /// |sin φ|.
    sine: Vec<f64>,
    /// x |sin φ|.
    x_sine: Vec<f64>,
    /// a |sin φ|.
    a_sine: Vec<f64>,
    /// cos a for φ < π, cos x beyond: −cos φ in both.
    cosine: Vec<f64>,
    /// g(x).
    x_g: Vec<f64>,
    /// g(a).
    a_g: Vec<f64>,
}

impl Tables {
    fn new(m: usize) -> Self {
        let mut tables = Self {
            sine: Vec::with_capacity(m),
            x_sine: Vec::with_capacity(m),
            a_sine: Vec::with_capacity(m),
            cosine: Vec::with_capacity(m),
            x_g: Vec::with_capacity(m),
            a_g: Vec::with_capacity(m),
        };
        let unit = PI / m as f64;
        for j in 0..m {
            // In units of π/m; exact integers, so that x and a are accurate relative to themselves.
            let twice = if 2 * j < m { 2 * j } else { 2 * j - m };
            let (x, a) = (unit * twice as f64, unit * (m - twice) as f64);
            let sine = x.min(a).sin();
            let along = if x <= a { -x.cos() } else { a.cos() };
            tables.sine.push(sine);
            tables.x_sine.push(x * sine);
            tables.a_sine.push(a * sine);
            tables.cosine.push(if 2 * j < m { along } else { -along });
            tables.x_g.push(sin_minus_x_cos(x));
            tables.a_g.push(sin_minus_x_cos(a));
        }
        tables
    }
}

/// N at one θ as combinations of the tables, one a piece.
struct Coefficients {
    /// φ in [0, θ]: |sin φ|, x |sin φ|, g(x).
    inside: [f64; 3],
    /// φ in [θ, π]: |sin φ|, a |sin φ|, cosine, g(a).
    above: [f64; 4],
    /// φ in [π, π+θ]: |sin φ|, x |sin φ|, cosine, g(x).
    opposite: [f64; 4],
    /// φ in [π+θ, 2π]: |sin φ|, a |sin φ|, g(a).
    below: [f64; 3],
    /// L₁₂/N = sin θ/D.
    scale: f64,
}

impl Coefficients {
    /// θ = πi/(n+1).
    fn new(i: usize, n: usize) -> Self {
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

    fn scan(&self, piece: usize, tables: &Tables, range: Range<usize>) -> Scan {
        let sine = &tables.sine[range.clone()];
        let (x_sine, a_sine) = (&tables.x_sine[range.clone()], &tables.a_sine[range.clone()]);
        let (x_g, a_g) = (&tables.x_g[range.clone()], &tables.a_g[range.clone()]);
        let cosine = &tables.cosine[range];
        match piece {
            0 => scan(self.inside, [sine, x_sine, x_g]),
            1 => scan(self.above, [sine, a_sine, cosine, a_g]),
            2 => scan(self.opposite, [sine, x_sine, cosine, x_g]),
            _ => scan(self.below, [sine, a_sine, a_g]),
        }
    }
}

/// Independent chains of the scan.
const LANES: usize = 4;

/// Signs and extremes of Σ_t c_t f_t(j) over j. Branch-free: the compiler turns it into vector instructions.
fn scan<const TERMS: usize>(coefficients: [f64; TERMS], functions: [&[f64]; TERMS]) -> Scan {
    let length = functions[0].len();
    let functions = functions.map(|f| &f[..length]);
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
    Scan {
        least: least.into_iter().fold(f64::INFINITY, f64::min),
        greatest: greatest.into_iter().fold(f64::NEG_INFINITY, f64::max),
        negative,
        positive,
        undecided: length as u64 - negative - positive,
    }
}
