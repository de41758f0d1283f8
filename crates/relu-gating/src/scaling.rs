//! Exact scaling by powers of two, so that no intermediate square leaves the range of a double.

/// The exponent k with 2^k ≤ max|v_i| < 2^(k+1); `None` for the zero vector.
pub(crate) fn exponent(vector: &[f64]) -> Option<i32> {
    let largest = vector.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    if largest == 0.0 {
        return None;
    }
    let biased = |x: f64| i32::try_from((x.to_bits() >> 52) & 0x7ff).unwrap_or(0) - 1023;
    if largest < f64::MIN_POSITIVE {
        // A subnormal has no leading bit of its own: lift it by 2^64, which is exact.
        Some(biased(largest * 18_446_744_073_709_551_616.0) - 64)
    } else {
        Some(biased(largest))
    }
}

/// x·2^k with a single rounding, also where 2^k itself is not a double (|k| ≤ 2000).
pub(crate) fn times_power_of_two(x: f64, k: i32) -> f64 {
    let half = k / 2;
    x * 2f64.powi(half) * 2f64.powi(k - half)
}

/// The vector times 2^k, entry by entry.
pub(crate) fn scaled(vector: &[f64], k: i32) -> Vec<f64> {
    vector.iter().map(|&x| times_power_of_two(x, k)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_at_the_ends_of_the_range() {
        assert_eq!(exponent(&[0.0, 0.0]), None);
        assert_eq!(exponent(&[1.0, -3.0]), Some(1));
        assert_eq!(exponent(&[f64::MAX]), Some(1023));
        assert_eq!(exponent(&[f64::from_bits(1)]), Some(-1074));
    }

    #[test]
    fn scaling_round_trips() {
        for x in [1.5, f64::MAX, f64::MIN_POSITIVE, f64::from_bits(3)] {
            let k = exponent(&[x]).unwrap();
            let unit = times_power_of_two(x, -k);
            assert!((1.0..2.0).contains(&unit), "{x:e} -> {unit}");
            assert_eq!(times_power_of_two(unit, k), x);
        }
    }
}
