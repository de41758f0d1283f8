//! C99 hexadecimal floating point, read exactly.

use crate::Error;

/// The double that a C99 hex float such as `-0x1.8p-3` denotes.
///
/// # Examples
/// ```
/// assert_eq!(gaussian_oracle::vectors::parse_hex_float("-0x1.8p-3")?, -0.1875);
/// # Ok::<(), gaussian_oracle::Error>(())
/// ```
///
/// # Errors
/// [`Error::Number`] for other text and for a value that no double equals.
pub fn parse_hex_float(text: &str) -> Result<f64, Error> {
    parse(text).ok_or_else(|| Error::Number {
        text: text.to_owned(),
        form: "hex float that a double equals",
    })
}

fn parse(text: &str) -> Option<f64> {
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = magnitude.strip_prefix("0x")?;
    let (significand, exponent) = digits.split_once('p')?;
    let (whole, fraction) = significand.split_once('.').unwrap_or((significand, ""));
    if whole.is_empty() || whole.len() + fraction.len() > 16 {
        return None;
    }
    let mut integer = 0_u64;
    for digit in whole.chars().chain(fraction.chars()) {
        integer = integer << 4 | u64::from(digit.to_digit(16)?);
    }
    let power = exponent.parse::<i32>().ok()?;
    let scale = power.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?;
    let value = exact(integer, scale)?;
    Some(if negative { -value } else { value })
}

/// integer · 2^scale, if that is a double.
fn exact(integer: u64, scale: i32) -> Option<f64> {
    if integer == 0 {
        return Some(0.0);
    }
    // Odd integer: the least exponent and the shortest significand.
    let zeros = integer.trailing_zeros();
    let (odd, scale) = (integer >> zeros, scale.checked_add(zeros.cast_signed())?);
    let length = (64 - odd.leading_zeros()).cast_signed();
    let top = scale.checked_add(length - 1)?;
    if length > 53 || scale < -1074 || top > 1023 {
        return None;
    }
    // Powers of two in two normal factors: every product below is exact.
    let half = scale / 2;
    Some(odd as f64 * 2f64.powi(half) * 2f64.powi(scale - half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_exactly() {
        for (text, value) in [
            ("0x0.0p+0", 0.0),
            ("0x1.0000000000000p+0", 1.0),
            ("-0x1.8p-3", -0.1875),
            ("0x1p4", 16.0),
            ("0x1.921fb54442d18p+1", std::f64::consts::PI),
            ("0x1.fffffffffffffp+1023", f64::MAX),
            ("0x1.0p-1022", f64::MIN_POSITIVE),
            ("0x0.0000000000001p-1022", 5e-324),
            ("0x1p-1074", 5e-324),
            ("0x1.999999999999ap-4", 0.1),
            ("+0xA.8p0", 10.5),
        ] {
            assert_eq!(parse_hex_float(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "1.0",
            "0x",
            "0xp1",
            "0x1.8",
            "0x1.8p",
            "0x1.gp0",
            "0x1p1024",
            "0x1p-1075",
            "0x1.00000000000008p+0",
            "0x1.8p-1074",
            "0x1p99999999999",
            "0x1p2147483647",
            "--0x1p0",
        ] {
            assert!(parse_hex_float(text).is_err(), "{text}");
        }
    }
}
