//! The geometric condition by enumeration in rational numbers, and sets of directions to try it on.

use faer::Mat;
use num_bigint::BigInt;
use num_rational::BigRational;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

pub(crate) type Rational = BigRational;

pub(crate) fn random(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

pub(crate) fn rational(value: f64) -> Rational {
    Rational::from_float(value).expect("finite")
}

pub(crate) fn zero() -> Rational {
    Rational::from_integer(BigInt::ZERO)
}

/// The exact values of the rows that are not zero.
pub(crate) fn exact_rows(weights: &Mat<f64>) -> Vec<Vec<Rational>> {
    (0..weights.nrows())
        .map(|j| {
            weights
                .row(j)
                .iter()
                .map(|&x| rational(x))
                .collect::<Vec<_>>()
        })
        .filter(|row| row.iter().any(|x| *x != zero()))
        .collect()
}

pub(crate) fn inner(a: &[Rational], b: &[Rational]) -> Rational {
    a.iter().zip(b).fold(zero(), |sum, (x, y)| sum + x * y)
}

/// Reduced row echelon form: the pivot columns and the rows.
fn echelon(mut rows: Vec<Vec<Rational>>, d: usize) -> (Vec<usize>, Vec<Vec<Rational>>) {
    let mut pivots = Vec::new();
    for column in 0..d {
        let rank = pivots.len();
        let Some(found) = (rank..rows.len()).find(|&r| rows[r][column] != zero()) else {
            continue;
        };
        rows.swap(rank, found);
        let inverse = rows[rank][column].recip();
        let pivot: Vec<Rational> = rows[rank].iter().map(|x| x * &inverse).collect();
        for (index, row) in rows.iter_mut().enumerate() {
            if index != rank && row[column] != zero() {
                let factor = row[column].clone();
                for (x, p) in row.iter_mut().zip(&pivot) {
                    *x = &*x - &factor * p;
                }
            }
        }
        rows[rank] = pivot;
        pivots.push(column);
    }
    rows.truncate(pivots.len());
    (pivots, rows)
}

pub(crate) fn rank(rows: &[Vec<Rational>], d: usize) -> usize {
    echelon(rows.to_vec(), d).0.len()
}

/// The line orthogonal to some rows, if it is one.
pub(crate) fn normal_of(rows: Vec<Vec<Rational>>, d: usize) -> Option<Vec<Rational>> {
    let (pivots, reduced) = echelon(rows, d);
    if pivots.len() + 1 != d {
        return None;
    }
    let free = (0..d).find(|column| !pivots.contains(column))?;
    let mut normal = vec![zero(); d];
    normal[free] = Rational::from_integer(BigInt::from(1));
    for (row, &pivot) in reduced.iter().zip(&pivots) {
        normal[pivot] = -row[free].clone();
    }
    Some(normal)
}

/// All subsets of `size` of the numbers below `count`.
pub(crate) fn subsets(count: usize, size: usize) -> Vec<Vec<usize>> {
    if size == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for last in size - 1..count {
        for mut subset in subsets(last, size - 1) {
            subset.push(last);
            all.push(subset);
        }
    }
    all
}

/// Form 1 of the condition: the cone of n with ⟨n, w_j⟩ ≥ 0 for all j is {0}. If the rows span the space the cone is
/// pointed, and unless it is {0} it has an extreme ray, orthogonal to d − 1 independent rows.
pub(crate) fn holds(weights: &Mat<f64>) -> bool {
    let d = weights.ncols();
    let rows = exact_rows(weights);
    if rank(&rows, d) < d {
        return false;
    }
    !subsets(rows.len(), d - 1).into_iter().any(|subset| {
        let chosen = subset.iter().map(|&j| rows[j].clone()).collect();
        normal_of(chosen, d).is_some_and(|normal| {
            let products: Vec<Rational> = rows.iter().map(|row| inner(&normal, row)).collect();
            products.iter().all(|p| *p >= zero()) || products.iter().all(|p| *p <= zero())
        })
    })
}

/// Small integers with repeated, opposite and dependent rows, some zero: most sets are degenerate.
pub(crate) fn degenerate(random: &mut ChaCha8Rng) -> Mat<f64> {
    let d = random.random_range(2..=4_usize);
    let k = random.random_range(1..=2 * d + 2);
    let reach = random.random_range(1..=3_i32);
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for _ in 0..k {
        let row: Vec<f64> = match random.random_range(0..8_u32) {
            0 if !rows.is_empty() => rows[random.random_range(0..rows.len())].clone(),
            1 if !rows.is_empty() => rows[random.random_range(0..rows.len())]
                .iter()
                .map(|x| -2.0 * x)
                .collect(),
            2 if rows.len() > 1 => {
                let (a, b) = (
                    random.random_range(0..rows.len()),
                    random.random_range(0..rows.len()),
                );
                rows[a].iter().zip(&rows[b]).map(|(x, y)| -x - y).collect()
            }
            _ => (0..d)
                .map(|_| f64::from(random.random_range(-reach..=reach)))
                .collect(),
        };
        rows.push(row);
    }
    Mat::from_fn(k, d, |j, i| rows[j][i])
}

/// The rows multiplied by positive powers of two between 2^-500 and 2^500: norms from 1e-150 to 1e150, the same directions.
pub(crate) fn rescaled(weights: &Mat<f64>, random: &mut ChaCha8Rng) -> Mat<f64> {
    let scales: Vec<f64> = (0..weights.nrows())
        .map(|_| 2f64.powi(random.random_range(-498..=498)))
        .collect();
    Mat::from_fn(weights.nrows(), weights.ncols(), |j, i| {
        weights[(j, i)] * scales[j]
    })
}

/// The rows multiplied by random factors and rounded, with some entries moved by an ulp: next to degenerate.
pub(crate) fn nearly(weights: &Mat<f64>, random: &mut ChaCha8Rng) -> Mat<f64> {
    let mut moved = weights.clone();
    for j in 0..weights.nrows() {
        let factor = 0.5 + random.random::<f64>();
        for i in 0..weights.ncols() {
            let value = weights[(j, i)] * factor;
            // A zero moves by an ulp of 1, so that the enumeration stays quick.
            let ulp = if value == 0.0 {
                f64::EPSILON
            } else {
                value.next_up() - value
            };
            moved[(j, i)] = match random.random_range(0..6_u32) {
                0 => value + ulp,
                1 => value - ulp,
                _ => value,
            };
        }
    }
    moved
}

/// Rows of independent standard normal entries, the first moved by `shift`.
pub(crate) fn gaussian(k: usize, d: usize, shift: f64, random: &mut ChaCha8Rng) -> Mat<f64> {
    let mut weights = Mat::zeros(k, d);
    for j in 0..k {
        for i in 0..d {
            let entry: f64 = StandardNormal.sample(random);
            weights[(j, i)] = if i == 0 { entry + shift } else { entry };
        }
    }
    weights
}

pub(crate) fn matrix<const D: usize>(rows: &[[f64; D]]) -> Mat<f64> {
    Mat::from_fn(rows.len(), D, |j, i| rows[j][i])
}
