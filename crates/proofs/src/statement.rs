//! What a certificate of any kind proves, in words, and the verb that checks one.

use std::fmt;
use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use crate::covers::{Certificate, Checked, HEAD, check_cover};
use crate::error::Error;
use crate::points::{CriticalPoint, check_certificate};

/// The longest text that is read, in bytes, before and after decompression.
pub const LONGEST_TEXT: u64 = 1 << 28;
/// The first bytes of what gzip has written.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What a certificate proves; printed, a sentence.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Statement {
    /// A theorem, by a cover.
    Cover(Checked),
    /// A critical point.
    Point(Box<CriticalPoint>),
}

impl Statement {
    /// The critical point, if it is one.
    pub fn point(&self) -> Option<&CriticalPoint> {
        match self {
            Self::Point(point) => Some(point),
            Self::Cover(_) => None,
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cover(checked) => write!(
                out,
                "{}: {} ({} leaves)",
                checked.theorem.name(),
                checked.theorem.statement(),
                checked.leaves
            ),
            Self::Point(point) => point.fmt(out),
        }
    }
}

/// One certificate of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    line: usize,
    text: String,
}

impl Document {
    /// The line of the file where it begins, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// Proves its statement again, from its text alone.
    ///
    /// # Errors
    /// What is wrong with it, or what does not follow.
    pub fn check(&self) -> Result<Statement, Error> {
        if self.text.starts_with(HEAD) {
            let certificate = Certificate::read(&self.text)?;
            return Ok(Statement::Cover(check_cover(&certificate)?));
        }
        Ok(Statement::Point(Box::new(check_certificate(&self.text)?)))
    }
}

/// The certificates of a file: one by cover, one of a critical point, or one of a critical point a line; as text or
/// compressed by gzip, which is told by its first bytes.
///
/// # Errors
/// More than [`LONGEST_TEXT`], bytes that are no text, or a file without a certificate.
pub fn documents(file: &[u8]) -> Result<Vec<Document>, Error> {
    let mut inflated = Vec::new();
    let bytes = if file.starts_with(&GZIP) {
        let mut reader = MultiGzDecoder::new(file).take(LONGEST_TEXT + 1);
        reader
            .read_to_end(&mut inflated)
            .map_err(|reason| Error::Compressed(reason.to_string()))?;
        &inflated
    } else {
        file
    };
    if bytes.len() as u64 > LONGEST_TEXT {
        return Err(Error::LongText {
            limit: LONGEST_TEXT,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Error::NoCertificate)?;
    let document = |line: usize, text: &str| Document {
        line,
        text: text.to_owned(),
    };
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let Some((number, first)) = lines.next() else {
        return Err(Error::NoCertificate);
    };
    // A line that begins and ends an object is a certificate of its own.
    let own_line =
        |line: &str| line.trim_start().starts_with('{') && line.trim_end().ends_with('}');
    if !own_line(first) {
        return Ok(vec![document(number + 1, text)]);
    }
    let rest = lines.map(|(number, line)| document(number + 1, line));
    Ok(std::iter::once(document(number + 1, first))
        .chain(rest)
        .collect())
}

/// Checks every certificate of a file, of any kind that the project writes, and says what each proves.
///
/// # Examples
/// ```
/// use proofs::Theorem;
/// let file = Theorem::FlowUpToBound.prove()?.text();
/// let statements = proofs::check(file.as_bytes())?;
/// assert!(statements[0].to_string().starts_with("flow-up-to-bound: for all real K ≥ 2"));
/// # Ok::<(), proofs::Error>(())
/// ```
///
/// # Errors
/// Those of [`documents`], and of the first certificate that is not accepted.
pub fn check(file: &[u8]) -> Result<Vec<Statement>, Error> {
    documents(file)?.iter().map(Document::check).collect()
}
