//! Plain tables: one row a line, numbers separated by commas, semicolons, tabs or blanks.

use std::fmt::Write as _;

use crate::array::Array;
use crate::error::Error;
use crate::npy::shortened;

/// Reads a matrix. Empty lines and lines that begin with `#` are skipped; there is no line of titles.
///
/// # Errors
/// Text that is not UTF-8, a field that is no number (`nan` and `inf` are numbers here), lines of different lengths,
/// or no numbers at all.
pub fn decode(file: &str, bytes: &[u8]) -> Result<Array, Error> {
    let file = || file.to_owned();
    let text = std::str::from_utf8(bytes).map_err(|error| Error::NotText {
        file: file(),
        offset: error.valid_up_to(),
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut rows, mut columns, mut data) = (0, 0, Vec::new());
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let before = data.len();
        for (field, piece) in fields(line).enumerate() {
            data.push(piece.parse::<f64>().map_err(|_| Error::Field {
                file: file(),
                line: index + 1,
                field: field + 1,
                text: shortened(piece),
            })?);
        }
        let found = data.len() - before;
        if rows == 0 {
            columns = found;
        } else if found != columns {
            return Err(Error::Ragged {
                file: file(),
                line: index + 1,
                found,
                expected: columns,
            });
        }
        rows += 1;
    }
    match Array::new(vec![rows, columns], data) {
        Some(array) if rows > 0 => Ok(array),
        _ => Err(Error::Empty { file: file() }),
    }
}

fn fields(line: &str) -> Box<dyn Iterator<Item = &str> + '_> {
    let separator = [',', ';', '\t'].into_iter().find(|c| line.contains(*c));
    match separator {
        Some(separator) => Box::new(line.split(separator).map(str::trim)),
        None => Box::new(line.split_whitespace()),
    }
}

/// Writes a matrix, or a vector as one column, with commas and the shortest digits that read back as the same double;
/// the leading axes of an array of more axes are flattened.
pub fn encode(array: &Array) -> Vec<u8> {
    let columns = match array.shape() {
        [] | [_] => 1,
        [.., last] => *last,
    };
    let mut text = String::new();
    for row in array.data().chunks(columns.max(1)) {
        for (index, value) in row.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(text, "{comma}{value:?}");
        }
        text.push('\n');
    }
    text.into_bytes()
}
