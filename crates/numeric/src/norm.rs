use crate::scaling::{largest_exponent, times_power_of_two};

/// Sums of squares within these bounds have neither overflowed nor lost an entry that matters to underflow.
const SAFE: std::ops::Range<f64> = 1e-280..1e300;
/// Entries in a partial sum: two levels of sums keep the rounding of long ones small.
const PARTIAL: usize = 32;

/// The Euclidean norm ‖v‖, without over- or underflow of the squares; NaN if an entry is.
///
/// The relative error is at most (n/32 + 34)·2⁻⁵³ for n entries, and ∞ is returned where the norm exceeds the largest
/// double or an entry is infinite. Where the sum of squares leaves the safe range, the vector is scaled by a power of two,
/// which is exact.
///
/// # Examples
/// ```
/// use numeric::norm;
/// assert!((norm(&[3e-300, 4e-300]) / 5e-300 - 1.0).abs() < 1e-15);
/// assert_eq!(norm(&[]), 0.0);
/// assert!(norm(&[f64::NAN, f64::INFINITY]).is_nan());
/// ```
pub fn norm(vector: &[f64]) -> f64 {
    length(vector.len(), |i| vector[i])
}

/// The Euclidean distance ‖a − b‖ of two vectors of the same length, without over- or underflow of the squares; NaN if a
/// difference of entries is.
///
/// Entries beyond the length of the shorter vector are not looked at.
///
/// # Examples
/// ```
/// let far = 2f64.powi(800);
/// assert_eq!(numeric::distance(&[4.0 * far, 0.0], &[far, 4.0 * far]), 5.0 * far);
/// ```
pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    length(a.len().min(b.len()), |i| a[i] - b[i])
}

#[inline]
fn length(n: usize, entry: impl Fn(usize) -> f64) -> f64 {
    let square = sum_of_squares(n, &entry);
    if SAFE.contains(&square) || square.is_nan() {
        return square.sqrt();
    }
    let entries: Vec<f64> = (0..n).map(entry).collect();
    match largest_exponent(&entries) {
        Some(k) => {
            let scaled = sum_of_squares(n, |i| times_power_of_two(entries[i], -k));
            times_power_of_two(scaled.sqrt(), k)
        }
        // No entry is NaN: all are zero, or one is infinite.
        None => square + 0.0,
    }
}

#[inline]
fn sum_of_squares(n: usize, entry: impl Fn(usize) -> f64) -> f64 {
    let square = |i: usize| {
        let x = entry(i);
        x * x
    };
    (0..n)
        .step_by(PARTIAL)
        .map(|from| (from..n.min(from + PARTIAL)).map(square).sum::<f64>())
        .sum()
}

/// The inner product Σ x_i y_i, in four interleaved sums, which the compiler keeps in registers.
///
/// Entries beyond the length of the shorter vector are not looked at. Where the sum cancels, or its terms leave the range
/// of a double, [`DoubleDouble::dot`](crate::DoubleDouble::dot) of [scaled](crate::scaled) vectors keeps the digits.
///
/// # Examples
/// ```
/// assert_eq!(numeric::inner_product(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 32.0);
/// ```
#[allow(clippy::inline_always)]
#[inline(always)]
pub fn inner_product(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (x_blocks, x_rest) = x.as_chunks::<4>();
    let (y_blocks, y_rest) = y.as_chunks::<4>();
    for (x, y) in x_blocks.iter().zip(y_blocks) {
        for lane in 0..4 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_over_the_whole_range() {
        let root = std::f64::consts::SQRT_2;
        for x in [f64::from_bits(1 << 20), 1e-300, 1e-150, 1.0, 1e150, 1e300] {
            let relative = (norm(&[x, -x]) / x / root - 1.0).abs();
            // A subnormal number of 21 bits carries 2^-21 itself.
            let allowed = if x < f64::MIN_POSITIVE { 1e-6 } else { 4e-16 };
            assert!(relative <= allowed, "{x:e}: {relative:e}");
            assert_eq!(norm(&[x, -x]), distance(&[x, 0.0], &[0.0, x]));
        }
        assert_eq!(norm(&[0.0, -0.0]), 0.0);
        assert_eq!(norm(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(norm(&[1.0, f64::NEG_INFINITY]), f64::INFINITY);
        assert!(norm(&[f64::INFINITY, f64::NAN]).is_nan());
        assert!(norm(&[1.0, f64::NAN, 1e200]).is_nan());
    }

    #[test]
    fn long_sums_keep_their_digits() {
        // 0.1² is no double: a single chain of n additions would lose about 1e-13 of it.
        let vector = vec![0.1; 1_000_000];
        assert!((norm(&vector) / 100.0 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn inner_products_have_every_entry_once() {
        for n in 0..12 {
            let x: Vec<f64> = (1..=n).map(f64::from).collect();
            let ones = vec![1.0; x.len()];
            assert_eq!(inner_product(&x, &ones), f64::from(n * (n + 1) / 2));
        }
    }
}
