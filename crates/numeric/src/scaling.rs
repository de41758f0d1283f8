/// The exponent k with 2^k ≤ |x| < 2^(k+1); `None` where x is zero, infinite or NaN.
///
/// # Examples
/// ```
/// assert_eq!(numeric::exponent(-3.0), Some(1));
/// assert_eq!(numeric::exponent(5e-324), Some(-1074)); // a subnormal number has its own exponent
/// assert_eq!(numeric::exponent(0.0), None);
/// ```
pub fn exponent(x: f64) -> Option<i32> {
    const LIFT: f64 = 18_446_744_073_709_551_616.0; // 2^64
    let biased = |x: f64| i32::try_from((x.to_bits() >> 52) & 0x7ff).unwrap_or(0) - 1023;
    if x == 0.0 || !x.is_finite() {
        None
    } else if x.abs() < f64::MIN_POSITIVE {
        // A subnormal number has no leading bit of its own: multiplied by 2^64, which is exact, it has.
        Some(biased(x * LIFT) - 64)
    } else {
        Some(biased(x))
    }
}

/// The exponent k with 2^k ≤ max|v_i| < 2^(k+1); `None` for the zero vector and where an entry is infinite or NaN.
///
/// # Examples
/// ```
/// assert_eq!(numeric::largest_exponent(&[1.0, -3.0]), Some(1));
/// assert_eq!(numeric::largest_exponent(&[1.0, f64::NAN]), None);
/// ```
pub fn largest_exponent(vector: &[f64]) -> Option<i32> {
    // Without their sign, doubles are ordered as their bits are, with infinity and NaN above all others.
    let largest = vector
        .iter()
        .fold(0, |most: u64, x| most.max(x.abs().to_bits()));
    exponent(f64::from_bits(largest))
}

/// x·2^k with a single rounding (two where the result is subnormal), also where 2^k itself is not a double; |k| ≤ 2000.
///
/// # Examples
/// ```
/// // 2^1100 is not a double, the product is.
/// assert_eq!(numeric::times_power_of_two(2f64.powi(-600), 1100), 2f64.powi(500));
/// ```
#[inline]
pub fn times_power_of_two(x: f64, k: i32) -> f64 {
    let half = k / 2;
    x * 2f64.powi(half) * 2f64.powi(k - half)
}

/// The vector times 2^k, entry by entry.
pub fn scaled(vector: &[f64], k: i32) -> Vec<f64> {
    vector.iter().map(|&x| times_power_of_two(x, k)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_at_the_ends_of_the_range() {
        assert_eq!(largest_exponent(&[0.0, -0.0]), None);
        assert_eq!(largest_exponent(&[]), None);
        assert_eq!(largest_exponent(&[f64::MAX, 1.0]), Some(1023));
        assert_eq!(largest_exponent(&[f64::from_bits(1)]), Some(-1074));
        assert_eq!(largest_exponent(&[1.0, f64::NEG_INFINITY]), None);
        assert_eq!(exponent(f64::MIN_POSITIVE), Some(-1022));
        assert_eq!(exponent(-f64::MIN_POSITIVE / 2.0), Some(-1023));
    }

    #[test]
    fn exponents_bracket_their_number() {
        for x in [1.0, -3.5, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e-310] {
            let unit = exponent(x).map_or(0.0, |k| times_power_of_two(x, -k));
            assert!((1.0..2.0).contains(&unit.abs()), "{x:e} became {unit}");
        }
    }

    #[test]
    fn scaling_round_trips() {
        for x in [1.5, f64::MAX, f64::MIN_POSITIVE, f64::from_bits(3)] {
            let k = exponent(x).unwrap_or(0);
            let unit = times_power_of_two(x, -k);
            assert!((1.0..2.0).contains(&unit), "{x:e} became {unit}");
            assert_eq!(times_power_of_two(unit, k), x);
            assert_eq!(scaled(&[x], -k), [unit]);
        }
    }
}
