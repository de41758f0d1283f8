//! Numbers of other types as doubles: what converts exactly is read, what does not is refused with its place.

use crate::error::Error;

/// How the elements of an array are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element {
    kind: Kind,
    /// Bytes of one element: 1, 2, 4 or 8.
    width: usize,
    big_endian: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Truth,
    Signed,
    Unsigned,
    /// IEEE 754 of 2, 4 or 8 bytes.
    Float,
    /// The upper half of a single.
    Brain,
}

impl Element {
    /// A type as NumPy writes it, such as `<f8`, `>f4`, `<i8` or `|b1`.
    pub(crate) fn numpy(descr: &str) -> Option<Self> {
        let mut letters = descr.chars();
        let big_endian = match letters.next()? {
            '<' | '=' | '|' => false,
            '>' => true,
            _ => return None,
        };
        let (kind, width) = match letters.as_str() {
            "b1" | "?" => (Kind::Truth, 1),
            "i1" => (Kind::Signed, 1),
            "i2" => (Kind::Signed, 2),
            "i4" => (Kind::Signed, 4),
            "i8" => (Kind::Signed, 8),
            "u1" => (Kind::Unsigned, 1),
            "u2" => (Kind::Unsigned, 2),
            "u4" => (Kind::Unsigned, 4),
            "u8" => (Kind::Unsigned, 8),
            "f2" => (Kind::Float, 2),
            "f4" => (Kind::Float, 4),
            "f8" => (Kind::Float, 8),
            _ => return None,
        };
        let plain = !descr.starts_with('|') || width == 1;
        plain.then_some(Self {
            kind,
            width,
            big_endian,
        })
    }

    /// A type of a `.safetensors` file, such as `F32` or `BF16`.
    pub(crate) fn safetensors(dtype: ::safetensors::Dtype) -> Option<Self> {
        use ::safetensors::Dtype as D;
        let (kind, width) = match dtype {
            D::BOOL => (Kind::Truth, 1),
            D::I8 => (Kind::Signed, 1),
            D::I16 => (Kind::Signed, 2),
            D::I32 => (Kind::Signed, 4),
            D::I64 => (Kind::Signed, 8),
            D::U8 => (Kind::Unsigned, 1),
            D::U16 => (Kind::Unsigned, 2),
            D::U32 => (Kind::Unsigned, 4),
            D::U64 => (Kind::Unsigned, 8),
            D::F16 => (Kind::Float, 2),
            D::BF16 => (Kind::Brain, 2),
            D::F32 => (Kind::Float, 4),
            D::F64 => (Kind::Float, 8),
            _ => return None,
        };
        Some(Self {
            kind,
            width,
            big_endian: false,
        })
    }

    /// Bytes of one element.
    pub(crate) fn width(self) -> usize {
        self.width
    }

    /// All elements of `data` in the order of the file.
    ///
    /// # Errors
    /// An integer that no double equals.
    pub(crate) fn widen(self, file: &str, data: &[u8]) -> Result<Vec<f64>, Error> {
        if self.kind == Kind::Float && self.width == 8 && !self.big_endian {
            let chunks = data.as_chunks().0.iter();
            return Ok(chunks.map(|bytes| f64::from_le_bytes(*bytes)).collect());
        }
        let number = |(index, bytes): (usize, &[u8])| {
            let mut bits = [0_u8; 8];
            bits[..self.width].copy_from_slice(bytes);
            if self.big_endian {
                bits[..self.width].reverse();
            }
            self.value(u64::from_le_bytes(bits))
                .map_err(|value| Error::Inexact {
                    file: file.to_owned(),
                    index,
                    value,
                })
        };
        data.chunks_exact(self.width)
            .enumerate()
            .map(number)
            .collect()
    }

    /// The element of these bits, or the integer that is none.
    // The casts are the ones that are checked or exact: each says so.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "the upper bits are 0, and signs are shifted back"
    )]
    fn value(self, bits: u64) -> Result<f64, i128> {
        let exact = |integer: i128| {
            let value = integer as f64;
            // Every double below 2^64 in absolute value is an i128.
            if value as i128 == integer {
                Ok(value)
            } else {
                Err(integer)
            }
        };
        match (self.kind, self.width) {
            (Kind::Truth, _) => Ok(f64::from(u8::from(bits != 0))),
            (Kind::Unsigned, _) => exact(i128::from(bits)),
            (Kind::Signed, width) => {
                let unused = 64 - 8 * width;
                exact(i128::from((bits << unused) as i64 >> unused))
            }
            (Kind::Float, 2) => Ok(half(bits as u16)),
            (Kind::Float, 4) => Ok(f64::from(f32::from_bits(bits as u32))),
            (Kind::Float, _) => Ok(f64::from_bits(bits)),
            (Kind::Brain, _) => Ok(f64::from(f32::from_bits((bits as u32) << 16))),
        }
    }
}

/// A number of half precision: 1 bit of sign, 5 of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let fraction = f64::from(bits & 0x3ff);
    let magnitude = match bits >> 10 & 0x1f {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1024.0 + fraction) * 2f64.powi(i32::from(exponent) - 25),
    };
    sign * magnitude
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(descr: &str, data: &[u8]) -> Result<Vec<f64>, Error> {
        Element::numpy(descr).expect("a type").widen("a.npy", data)
    }

    #[test]
    fn halves_are_what_ieee_754_says() {
        // 1, −2, the largest, the least normal, the largest and the least subnormal, −0, ∞.
        let cases = [
            (0x3c00_u16, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_625e-5),
            (0x03ff, 1023.0 * 2f64.powi(-24)),
            (0x0001, 2f64.powi(-24)),
            (0x8000, -0.0),
            (0x7c00, f64::INFINITY),
        ];
        for (bits, value) in cases {
            assert_eq!(half(bits).to_bits(), f64::to_bits(value), "{bits:#x}");
        }
        assert!(half(0x7c01).is_nan());
    }

    #[test]
    fn every_width_sign_and_byte_order() {
        assert_eq!(
            read("|i1", &[0xff, 0x80, 0x7f]).unwrap(),
            [-1.0, -128.0, 127.0]
        );
        assert_eq!(read("|u1", &[0xff, 0x80]).unwrap(), [255.0, 128.0]);
        assert_eq!(read("|b1", &[0, 1]).unwrap(), [0.0, 1.0]);
        for (descr, value) in [("<i2", -300_i16), (">i2", -300)] {
            let bytes = if descr.starts_with('<') {
                value.to_le_bytes()
            } else {
                value.to_be_bytes()
            };
            assert_eq!(read(descr, &bytes).unwrap(), [-300.0]);
        }
        assert_eq!(read(">i4", &(-7_i32).to_be_bytes()).unwrap(), [-7.0]);
        assert_eq!(
            read("<u4", &u32::MAX.to_le_bytes()).unwrap(),
            [4_294_967_295.0]
        );
        assert_eq!(read(">f8", &0.1_f64.to_be_bytes()).unwrap(), [0.1]);
        assert_eq!(read(">f4", &0.5_f32.to_be_bytes()).unwrap(), [0.5]);
        assert_eq!(read("<f2", &[0x00, 0x3c]).unwrap(), [1.0]);
        assert_eq!(read(">f2", &[0x3c, 0x00]).unwrap(), [1.0]);
    }

    #[test]
    fn an_integer_that_is_no_double_is_refused() {
        let most = 1_i64 << 53;
        for value in [most - 1, most, 1 - most, i64::MIN] {
            assert_eq!(read("<i8", &value.to_le_bytes()).unwrap(), [value as f64]);
        }
        for value in [most + 1, -most - 1, i64::MAX] {
            let mut bytes = 1_i64.to_le_bytes().to_vec();
            bytes.extend(value.to_le_bytes());
            let error = read("<i8", &bytes).unwrap_err().to_string();
            assert!(
                error.contains(&value.to_string()) && error.contains("element 1"),
                "{error}"
            );
        }
        assert!(read("<u8", &u64::MAX.to_le_bytes()).is_err());
    }

    #[test]
    fn types_that_are_no_numbers_are_unknown() {
        for descr in [
            "<c16", "|O", "<U8", "|S3", "<f16", "<M8[ns]", "|V2", "|f8", "f8", "", "<i3",
        ] {
            assert_eq!(Element::numpy(descr), None, "{descr}");
        }
    }
}
