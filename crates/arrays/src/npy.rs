//! The `.npy` format of NumPy: a short text that says type, order and shape, then the numbers.

use crate::array::{Array, shape_text};
use crate::element::Element;
use crate::error::Error;
use crate::foreign;

/// How an `.npy` file begins.
pub const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// NumPy aligns the data to this many bytes.
const ALIGNMENT: usize = 64;
/// More axes than NumPy allows.
const MOST_AXES: usize = 64;

/// What a header says.
struct Header {
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
}

/// Reads an array of real numbers, integers or truth values of either byte order, in C or Fortran order; what converts exactly
/// to doubles is widened.
///
/// No memory is taken on the word of the header: its shape is first compared with the bytes that are there.
///
/// # Errors
/// Everything that can be wrong with such a file; `file` names it in the message.
pub fn decode(file: &str, bytes: &[u8]) -> Result<Array, Error> {
    let file = || file.to_owned();
    if bytes.is_empty() {
        return Err(Error::Empty { file: file() });
    }
    if !bytes.starts_with(MAGIC) {
        return Err(Error::Magic {
            file: file(),
            format: ".npy",
            found: first_bytes(bytes),
        });
    }
    let short = |part: &str, promised: usize, found: usize| Error::Truncated {
        file: file(),
        part: part.to_owned(),
        promised: promised.to_string(),
        found,
    };
    let Some(&[major, minor]) = bytes.get(6..8) else {
        return Err(short("version", 2, bytes.len() - 6));
    };
    let (start, length) = match (major, minor) {
        (1, 0) => match bytes.get(8..10) {
            Some(&[a, b]) => (10, usize::from(u16::from_le_bytes([a, b]))),
            _ => return Err(short("header length", 2, bytes.len() - 8)),
        },
        (2 | 3, 0) => match bytes.get(8..12) {
            // 32 bits fit into the addresses of every machine this is built for.
            Some(&[a, b, c, d]) => (12, u32::from_le_bytes([a, b, c, d]) as usize),
            _ => return Err(short("header length", 4, bytes.len() - 8)),
        },
        _ => {
            return Err(Error::Version {
                file: file(),
                major,
                minor,
            });
        }
    };
    let rest = &bytes[start..];
    let Some(header) = rest.get(..length) else {
        return Err(short("header", length, rest.len()));
    };
    let text = String::from_utf8_lossy(header);
    let header = parse(&text).map_err(|reason| Error::Header {
        file: file(),
        reason,
        header: shortened(text.trim()),
    })?;
    let Some(element) = Element::numpy(&header.descr) else {
        if header.descr == "|O" {
            return Err(foreign::objects(&file()));
        }
        return Err(Error::DataType {
            file: file(),
            descr: format!("'{}'", shortened(&header.descr)),
        });
    };
    let width = element.width();
    let data = &rest[length..];
    let count = header
        .shape
        .iter()
        .try_fold(1_usize, |n, &m| n.checked_mul(m))
        .filter(|n| n.checked_mul(width).is_some_and(|size| size <= data.len()));
    let Some(count) = count else {
        let promised = header
            .shape
            .iter()
            .fold(width as f64, |product, &m| product * m as f64);
        return Err(Error::Truncated {
            file: file(),
            part: format!("data of shape {}", shape_text(&header.shape)),
            promised: format!("{promised}"),
            found: data.len(),
        });
    };
    if count * width < data.len() {
        return Err(Error::Surplus {
            file: file(),
            shape: shape_text(&header.shape),
            surplus: data.len() - count * width,
        });
    }
    let values = element.widen(&file(), data)?;
    let values = if header.fortran {
        row_order(&header.shape, &values)
    } else {
        values
    };
    Ok(Array::new(header.shape, values).unwrap_or_else(|| Array::vector(Vec::new())))
}

/// Writes version 1.0, doubles, little endian, C order: the bytes NumPy itself writes.
pub fn encode(array: &Array) -> Vec<u8> {
    let mut bytes = head("<f8", array.shape());
    bytes.extend(array.data().iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

/// Writes numbers of single precision, `<f4`, in row order; `None` if their count is not the product of the shape.
///
/// # Examples
/// ```
/// let bytes = arrays::npy::encode_singles(&[2], &[1.5, -2.0]).expect("two numbers");
/// assert_eq!(arrays::npy::decode("a.npy", &bytes)?.data(), [1.5, -2.0]);
/// assert!(arrays::npy::encode_singles(&[3], &[0.0]).is_none());
/// # Ok::<(), arrays::Error>(())
/// ```
pub fn encode_singles(shape: &[usize], values: &[f32]) -> Option<Vec<u8>> {
    let count = shape.iter().try_fold(1_usize, |n, &m| n.checked_mul(m));
    if count != Some(values.len()) {
        return None;
    }
    let mut bytes = head("<f4", shape);
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    Some(bytes)
}

/// Everything before the numbers.
pub(crate) fn head(descr: &str, shape: &[usize]) -> Vec<u8> {
    let mut header = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': {}, }}",
        shape_text(shape)
    );
    let before = MAGIC.len() + 4;
    // Padded with blanks and closed by a line feed, as the format asks.
    while !(before + header.len() + 1).is_multiple_of(ALIGNMENT) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&[1, 0]);
    // At most 64 axes of 20 digits.
    let length = u16::try_from(header.len()).unwrap_or(u16::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes
}

/// Numbers whose first axis is fastest, with the last axis fastest.
fn row_order(shape: &[usize], values: &[f64]) -> Vec<f64> {
    let mut index = vec![0_usize; shape.len()];
    let mut ordered = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        let place = shape
            .iter()
            .zip(&index)
            .rev()
            .fold(0, |place, (&length, &i)| place * length + i);
        ordered.push(values[place]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
    ordered
}

/// The dictionary of a header: the three keys in any order, each once.
fn parse(text: &str) -> Result<Header, &'static str> {
    let mut rest = text.trim();
    rest = rest.strip_prefix('{').ok_or("no dictionary")?;
    let (mut descr, mut fortran, mut shape) = (None, None, None);
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('}') {
            if !after.trim().is_empty() {
                return Err("text after the dictionary");
            }
            break;
        }
        let (key, after) = quoted(rest).ok_or("no quoted key")?;
        rest = after
            .trim_start()
            .strip_prefix(':')
            .ok_or("no colon after a key")?;
        rest = rest.trim_start();
        let fresh = match key {
            "descr" => {
                let (value, after) = type_text(rest)?;
                rest = after;
                descr.replace(value).is_none()
            }
            "fortran_order" => {
                let (value, after) =
                    truth(rest).ok_or("`fortran_order` is neither True nor False")?;
                rest = after;
                fortran.replace(value).is_none()
            }
            "shape" => {
                let (value, after) = tuple(rest)?;
                rest = after;
                shape.replace(value).is_none()
            }
            _ => return Err("an unknown key"),
        };
        if !fresh {
            return Err("a key that occurs twice");
        }
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(',') {
            rest = after;
        } else if !rest.starts_with('}') {
            return Err("no comma after a value");
        }
    }
    Ok(Header {
        descr: descr.ok_or("no `descr`")?,
        fortran: fortran.ok_or("no `fortran_order`")?,
        shape: shape.ok_or("no `shape`")?,
    })
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote)
}

/// A type; a structured one comes as the text between its brackets.
fn type_text(text: &str) -> Result<(String, &str), &'static str> {
    if let Some((name, after)) = quoted(text) {
        return Ok((name.to_owned(), after));
    }
    if !text.starts_with('[') {
        return Err("`descr` is no type");
    }
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok((text[..=at].to_owned(), &text[at + 1..]));
        }
    }
    Err("a bracket that is not closed")
}

fn truth(text: &str) -> Option<(bool, &str)> {
    let yes = text.strip_prefix("True").map(|after| (true, after));
    yes.or_else(|| text.strip_prefix("False").map(|after| (false, after)))
}

fn tuple(text: &str) -> Result<(Vec<usize>, &str), &'static str> {
    let inner = text.strip_prefix('(').ok_or("`shape` is no tuple")?;
    let (inner, after) = inner
        .split_once(')')
        .ok_or("a parenthesis that is not closed")?;
    let mut pieces: Vec<&str> = inner.split(',').map(str::trim).collect();
    // A trailing comma, as in (3,), or nothing at all.
    if pieces.last() == Some(&"") {
        pieces.pop();
    } else if pieces.len() == 1 {
        return Err("`shape` is a number in parentheses");
    }
    if pieces.len() > MOST_AXES {
        return Err("more than 64 axes");
    }
    let axes = pieces.iter().map(|piece| {
        // Python 2 wrote long integers, as in (2L, 3L).
        let piece = piece.strip_suffix('L').unwrap_or(piece);
        let digits = !piece.is_empty() && piece.bytes().all(|b| b.is_ascii_digit());
        let length = piece.parse().ok().filter(|_| digits);
        length.ok_or("`shape` has an axis that is no length")
    });
    Ok((axes.collect::<Result<_, _>>()?, after))
}

/// The first bytes of a file for a message.
pub(crate) fn first_bytes(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(8)];
    format!("\"{}\"", start.escape_ascii())
}

/// At most 80 characters on one line.
pub(crate) fn shortened(text: &str) -> String {
    let mut short: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(80)
        .collect();
    if text.chars().nth(80).is_some() {
        short.push('…');
    }
    short
}
