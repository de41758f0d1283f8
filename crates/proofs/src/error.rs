use thiserror::Error;

/// What can be wrong with an interval, a statement or a certificate.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// NaN, ends in the wrong order, or one infinity at both.
    #[error("[{low}, {high}] is not an interval: the ends must be numbers in increasing order")]
    NotAnInterval {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// Two vectors of different length.
    #[error("`{left}` has {left_length} entries but `{right}` has {right_length}: they must agree")]
    Length {
        /// First argument.
        left: &'static str,
        /// Its length.
        left_length: usize,
        /// Second argument.
        right: &'static str,
        /// Its length.
        right_length: usize,
    },
    /// A claimed sign that could not be shown on some cell of the unit square.
    #[error(
        "{name} is not shown positive on [{}, {}] x [{}, {}], where it lies in [{low:e}, {high:e}]: {reason}",
        x[0], x[1], t[0], t[1]
    )]
    NotPositive {
        /// Which function, on which chart.
        name: String,
        /// The cell along x, as shares of the range of x.
        x: [f64; 2],
        /// The cell along t.
        t: [f64; 2],
        /// Lower bound of the function there.
        low: f64,
        /// Upper bound.
        high: f64,
        /// Refuted, or undecided.
        reason: &'static str,
    },
    /// A certificate that is not one.
    #[error("line {line} of the certificate cannot be read: {reason}")]
    Unreadable {
        /// The line, from 1.
        line: usize,
        /// What is expected.
        reason: &'static str,
    },
    /// A certificate that does not prove what it names.
    #[error("the certificate of {theorem} is refused at {function}, leaf {leaf}: {reason}")]
    Refused {
        /// The theorem it names.
        theorem: String,
        /// The function.
        function: String,
        /// The leaf, `-` where it is not one leaf.
        leaf: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// A compressed file that cannot be read.
    #[error("the file is not compressed by gzip to its end: {0}")]
    Compressed(String),
    /// A file that is too long to be one of ours.
    #[error("the text has more than {limit} bytes: no certificate is so long")]
    LongText {
        /// The longest.
        limit: u64,
    },
    /// A file of another kind.
    #[error("the file holds no certificate: neither a cover nor a critical point")]
    NoCertificate,
    /// A student and a teacher that live in different dimensions.
    #[error(
        "the student lives in {student} dimensions but the teacher in {teacher}: both need the input dimension d"
    )]
    Dimension {
        /// Columns of the student.
        student: usize,
        /// Columns of the teacher.
        teacher: usize,
    },
    /// Weights or the full objective failed.
    #[error(transparent)]
    Network(#[from] teacher_student::Error),
    /// A block reduction failed.
    #[error(transparent)]
    Blocks(#[from] ssb::Error),
    /// A box over which nothing can be said.
    #[error(transparent)]
    Box(#[from] crate::points::Refusal),
    /// A certificate that is not accepted.
    #[error(transparent)]
    Certificate(#[from] crate::points::Rejection),
}
