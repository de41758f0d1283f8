//! Error-free transformations: a sum or a product and its exact rounding error.
//!
//! Every caller scales its vectors to entries of at most 2 first, so that Veltkamp's splitting cannot overflow.

/// `a + b = s + t` exactly (Knuth).
#[inline]
pub(crate) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    (sum, (a - (sum - b_part)) + (b - b_part))
}

/// `a = high + low` exactly, both halves with at most 26 significant bits (Veltkamp).
#[inline]
fn split(a: f64) -> (f64, f64) {
    const FACTOR: f64 = 134_217_729.0; // 2^27 + 1
    let scaled = FACTOR * a;
    let high = scaled - (scaled - a);
    (high, a - high)
}

/// `a * b = p + t` exactly (Dekker), barring underflow of `t`.
#[inline]
pub(crate) fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let (a_high, a_low) = split(a);
    let (b_high, b_low) = split(b);
    let error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    (product, error)
}

/// Inner product as an unevaluated sum `high + low`, as if computed in twice the working precision.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> (f64, f64) {
    let (mut high, mut low) = (0.0, 0.0);
    for (&x, &y) in a.iter().zip(b) {
        let (product, product_error) = two_product(x, y);
        let (sum, sum_error) = two_sum(high, product);
        high = sum;
        low += sum_error + product_error;
    }
    two_sum(high, low)
}

/// Quotient of two unevaluated sums, as an unevaluated sum.
pub(crate) fn quotient((a_high, a_low): (f64, f64), (b_high, b_low): (f64, f64)) -> (f64, f64) {
    let first = a_high / b_high;
    let (product, product_error) = two_product(first, b_high);
    let remainder = ((a_high - product) - product_error + a_low) - first * b_low;
    two_sum(first, remainder / b_high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_sums_keep_their_rounding_error() {
        let (product, error) = two_product(1.0 + f64::EPSILON, 1.0 - f64::EPSILON);
        assert_eq!((product, error), (1.0, -f64::EPSILON * f64::EPSILON));
        assert_eq!(two_sum(1.0, 1e-30), (1.0, 1e-30));
    }

    #[test]
    fn inner_product_survives_total_cancellation() {
        let (high, low) = dot(&[1.0, 1e-20, -1.0], &[1.0, 1.0, 1.0]);
        assert_eq!((high, low), (1e-20, 0.0));
    }

    #[test]
    fn quotient_of_thirds() {
        let (high, low) = quotient((1.0, 0.0), (3.0, 0.0));
        assert_eq!(high, 1.0 / 3.0);
        // 1/3 − fl(1/3) = 1/3 · 2^-54
        assert!((low - (2f64.powi(-54) / 3.0)).abs() <= 2f64.powi(-106));
    }
}
