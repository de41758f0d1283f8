//! Plain tables: one row a line, numbers separated by commas, semicolons, tabs or blanks.

use std::fmt::Write as _;

use crate::array::Array;
use crate::error::Error;
use crate::npy::shortened;

/// Reads a matrix. Empty lines, a first line of titles, and what follows a `#` are skipped; a separator at the end of a line
/// counts for nothing. A number may have a Fortran exponent, as in `1.5D-3`.
///
/// # Errors
/// Text that is not UTF-8, a field that is no number (`nan` and `inf` are numbers here) or too small for a double, lines of
/// different lengths, or no numbers at all.
pub fn decode(file: &str, bytes: &[u8]) -> Result<Array, Error> {
    let file = || file.to_owned();
    let text = std::str::from_utf8(bytes).map_err(|error| Error::NotText {
        file: file(),
        offset: error.valid_up_to(),
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut rows, mut columns, mut data) = (0, 0, Vec::new());
    let mut titles = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or(line).trim();
        let line = line.strip_suffix([',', ';']).unwrap_or(line).trim_end();
        if line.is_empty() {
            continue;
        }
        if rows == 0 && titles.is_none() && fields(line).all(is_title) {
            titles = fields(line).next().map(|text| (index + 1, shortened(text)));
            continue;
        }
        let before = data.len();
        for (field, piece) in fields(line).enumerate() {
            let value = number(piece).ok_or_else(|| Error::Field {
                file: file(),
                line: index + 1,
                field: field + 1,
                text: shortened(piece),
            })?;
            if value == 0.0 && !is_zero(piece) {
                return Err(Error::Underflow {
                    file: file(),
                    line: index + 1,
                    field: field + 1,
                    text: shortened(piece),
                });
            }
            data.push(value);
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
    match (Array::new(vec![rows, columns], data), titles) {
        (Some(array), _) if rows > 0 => Ok(array),
        (_, Some((line, text))) => Err(Error::Field {
            file: file(),
            line,
            field: 1,
            text,
        }),
        _ => Err(Error::Empty { file: file() }),
    }
}

/// A number as C, or as Fortran writes it.
fn number(text: &str) -> Option<f64> {
    if let Ok(value) = text.parse() {
        return Some(value);
    }
    let (mantissa, exponent) = text.split_once(['D', 'd'])?;
    let digits = |text: &str| text.ends_with(|c: char| c.is_ascii_digit() || c == '.');
    let whole = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let fits = digits(mantissa) && !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| format!("{mantissa}e{exponent}").parse().ok())?
}

/// Whether a number is written as zero: no digit before the exponent is another one.
fn is_zero(text: &str) -> bool {
    let mantissa = text.split(['e', 'E', 'd', 'D']).next().unwrap_or(text);
    !mantissa.contains(|c: char| ('1'..='9').contains(&c))
}

/// What stands for a number that is not there.
const MISSING: [&str; 7] = ["na", "n/a", "null", "none", "nil", "missing", "undefined"];

/// A field of a line of titles: a word, and neither a number nor what stands for one.
fn is_title(field: &str) -> bool {
    let word = field.trim_matches(['"', '\'']);
    let begins = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
    begins && number(word).is_none() && !MISSING.contains(&word.to_ascii_lowercase().as_str())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Array, String> {
        decode("w.csv", text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn titles_comments_and_separators_at_the_end() {
        let expected = Array::new(vec![2, 2], vec![1.0, 2.0, 3.0, 4.0]);
        for text in [
            "x1,x2\n1,2\n3,4\n",
            "\"w_0\";\"w_1\"\n1;2\n3;4",
            "1,2,\n3,4,\n",
            "a,b,\n1,2,\n3,4,\n",
            "1 2 # the first\n3 4 # the second\n",
            "# titles\r\n\r\n1\t2\r\n3\t4\t\r\n",
            "1D0, 2d+0\n30D-1, 0.4D1\n",
        ] {
            assert_eq!(read(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_taken_for_a_title() {
        for (text, place) in [
            ("NA,NA\n1,2\n", "line 1, field 1: `NA`"),
            ("x,1\n1,2\n", "line 1, field 1: `x`"),
            ("x,y\nx,y\n1,2\n", "line 2, field 1: `x`"),
            ("1,2\nx,y\n", "line 2, field 1: `x`"),
            ("hello\n", "line 1, field 1: `hello`"),
            ("1,,2\n", "line 1, field 2: ``"),
            ("1,2,,\n", "line 1, field 3: ``"),
            ("1DD3\n", "field 1: `1DD3`"),
            ("1D\n", "field 1: `1D`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(place), "{text}: {error}");
        }
        assert!(read("1,2\n3,4,\n5\n").unwrap_err().contains("line 3"));
    }

    #[test]
    fn a_number_below_all_doubles_is_no_zero() {
        for text in ["1e-400", "-2.4E-324", "0.001D-322", "4e-99999"] {
            let error = read(&format!("1,{text}\n")).unwrap_err();
            assert!(error.contains("field 2") && error.contains(text), "{error}");
        }
        let least = read("5e-324,0,-0.0,0e-999,0D5\n").unwrap();
        assert_eq!(least.data()[0].to_bits(), 1);
        assert_eq!(&least.data()[1..], [0.0; 4]);
    }
}
