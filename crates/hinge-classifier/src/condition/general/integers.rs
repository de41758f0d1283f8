//! Doubles as integers: a row of doubles times a power of two.

use faer::RowRef;
use num_bigint::BigInt;
use num_bigint::Sign;

/// mantissa · 2^exponent of a finite double, exactly.
fn decompose(value: f64) -> (i64, i32) {
    let bits = value.to_bits();
    let field = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    let fraction = i64::try_from(bits & ((1 << 52) - 1)).unwrap_or(0);
    let (mantissa, exponent) = if field == 0 {
        (fraction, -1074)
    } else {
        (fraction | (1 << 52), field - 1075)
    };
    let odd = if mantissa == 0 {
        0
    } else {
        mantissa.trailing_zeros()
    };
    let mantissa = mantissa >> odd;
    (
        if value < 0.0 { -mantissa } else { mantissa },
        exponent + i32::try_from(odd).unwrap_or(0),
    )
}

/// The smallest integer multiple of a row by a positive power of two.
pub(in crate::condition) fn integer_row(row: RowRef<'_, f64>) -> Vec<BigInt> {
    integers(row.iter().copied())
}

/// The same of any finite doubles.
pub(in crate::condition) fn integers(values: impl Iterator<Item = f64>) -> Vec<BigInt> {
    let parts: Vec<(i64, i32)> = values.map(decompose).collect();
    let lowest = parts
        .iter()
        .filter(|part| part.0 != 0)
        .map(|part| part.1)
        .min()
        .unwrap_or(0);
    parts
        .iter()
        .map(|&(mantissa, exponent)| {
            let shift = u32::try_from(exponent - lowest).unwrap_or(0);
            BigInt::from(mantissa) << shift
        })
        .collect()
}

/// The number of bits of the longest of the integers that a row would become.
pub(in crate::condition) fn row_bits(row: RowRef<'_, f64>) -> u64 {
    let mut range: Option<(i32, i32)> = None;
    for (mantissa, exponent) in row.iter().map(|&value| decompose(value)) {
        if mantissa != 0 {
            let length = 64 - i32::try_from(mantissa.unsigned_abs().leading_zeros()).unwrap_or(0);
            let (low, high) = range.unwrap_or((exponent, exponent + length));
            range = Some((low.min(exponent), high.max(exponent + length)));
        }
    }
    range.map_or(1, |(low, high)| u64::try_from(high - low).unwrap_or(1))
}

/// Σ aᵢbᵢ.
pub(in crate::condition) fn product(a: &[BigInt], b: &[BigInt]) -> BigInt {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// The integers divided by their largest absolute value, each to about a double's accuracy.
pub(in crate::condition) fn to_doubles(values: &[BigInt]) -> Vec<f64> {
    let longest = values.iter().map(BigInt::bits).max().unwrap_or(0);
    let top = |value: &BigInt| {
        let bits = value.bits();
        let shift = bits.saturating_sub(62);
        let leading = (value.magnitude() >> shift)
            .iter_u64_digits()
            .next()
            .unwrap_or(0);
        let down = i32::try_from(longest - shift).unwrap_or(i32::MAX);
        let size = leading as f64
            * 2f64.powi(-down.min(1000))
            * if down > 1000 {
                2f64.powi(1000 - down)
            } else {
                1.0
            };
        if value.sign() == Sign::Minus {
            -size
        } else {
            size
        }
    };
    let doubles: Vec<f64> = values.iter().map(top).collect();
    let largest = doubles.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    if largest == 0.0 {
        return doubles;
    }
    doubles.iter().map(|x| x / largest).collect()
}

/// The rank of integer rows, or less: a rank modulo a prime is at most the rank.
pub(in crate::condition) fn rank(rows: &[Vec<BigInt>], dimension: usize) -> usize {
    let of = |prime: &u64| rank_modulo(rows, dimension, *prime);
    PRIMES.iter().map(of).max().unwrap_or(0)
}

/// Two primes below 2^63.
const PRIMES: [u64; 2] = [(1 << 61) - 1, 4_611_686_018_427_387_847];

fn rank_modulo(rows: &[Vec<BigInt>], dimension: usize, prime: u64) -> usize {
    let modulus = BigInt::from(prime);
    let reduce = |value: &BigInt| -> u64 {
        let rest = ((value % &modulus) + &modulus) % &modulus;
        rest.iter_u64_digits().next().unwrap_or(0)
    };
    let times = |a: u64, b: u64| -> u64 {
        let product = (u128::from(a) * u128::from(b)) % u128::from(prime);
        u64::try_from(product).unwrap_or(0)
    };
    let mut matrix: Vec<Vec<u64>> = rows
        .iter()
        .map(|row| row.iter().map(reduce).collect())
        .collect();
    let mut rank = 0;
    for column in 0..dimension {
        let Some(found) = (rank..matrix.len()).find(|&row| matrix[row][column] != 0) else {
            continue;
        };
        matrix.swap(rank, found);
        // Fermat's inverse.
        let (mut inverse, mut base, mut exponent) = (1, matrix[rank][column], prime - 2);
        while exponent > 0 {
            if exponent & 1 == 1 {
                inverse = times(inverse, base);
            }
            base = times(base, base);
            exponent >>= 1;
        }
        let pivot = matrix[rank].clone();
        for row in &mut matrix[rank + 1..] {
            let factor = times(row[column], inverse);
            if factor != 0 {
                for (entry, &along) in row.iter_mut().zip(&pivot) {
                    *entry = (*entry + (prime - times(factor, along))) % prime;
                }
            }
        }
        rank += 1;
    }
    rank
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_come_back() {
        for value in [
            1.0,
            -0.1,
            5e-324,
            f64::MAX,
            2f64.powi(-1022),
            3.0 * 2f64.powi(-1074),
            0.0,
        ] {
            let (mantissa, exponent) = decompose(value);
            let half = exponent / 2;
            assert_eq!(
                mantissa as f64 * 2f64.powi(half) * 2f64.powi(exponent - half),
                value
            );
        }
        assert_eq!(
            integers([0.5, -3.0, 0.0].into_iter()),
            [1, -6, 0].map(BigInt::from)
        );
        assert_eq!(
            to_doubles(&[BigInt::from(-3) << 3000, BigInt::from(1) << 3000]),
            [-1.0, 1.0 / 3.0]
        );
    }
}
