//! Sums and products of non-negative numbers, rounded up.

use faer::MatRef;

/// Unit roundoff of a double.
const UNIT: f64 = f64::EPSILON / 2.0;
/// Twice the largest error of a product that underflows, 2⁻¹⁰⁷⁴.
const UNDERFLOW: f64 = f64::from_bits(1);

pub(crate) fn add(a: f64, b: f64) -> f64 {
    (a + b).next_up()
}

pub(crate) fn multiply(a: f64, b: f64) -> f64 {
    (a * b).next_up()
}

pub(crate) fn divide(a: f64, b: f64) -> f64 {
    (a / b).next_up()
}

pub(crate) fn root(a: f64) -> f64 {
    a.sqrt().next_up()
}

/// γ_n = nu/(1 − nu).
pub(crate) fn gamma(terms: usize) -> f64 {
    let share = terms as f64 * UNIT;
    divide(share, (1.0 - share).next_down())
}

/// What underflow adds to the error of a sum of `terms` products.
pub(crate) fn underflow(terms: usize) -> f64 {
    multiply(terms as f64, UNDERFLOW)
}

pub(crate) fn sum(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, add)
}

/// ‖A‖_F; NaN for a matrix with NaN.
pub(crate) fn frobenius(a: MatRef<'_, f64>) -> f64 {
    let columns =
        (0..a.ncols()).map(|j| sum((0..a.nrows()).map(|i| multiply(a[(i, j)], a[(i, j)]))));
    root(sum(columns))
}

/// A bound of ‖fl(AB) − AB‖_F for an m × n times an n × p product, from the Frobenius norms of the factors.
pub(crate) fn product_error(shape: [usize; 3], norm_a: f64, norm_b: f64) -> f64 {
    let [m, n, p] = shape;
    add(
        multiply(gamma(n), multiply(norm_a, norm_b)),
        // ‖·‖_F of m × p entries of the underflow term.
        multiply(underflow(n), root(m as f64 * p as f64)),
    )
}
