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
    /// A certificate that is not accepted.
    #[error(transparent)]
    Certificate(#[from] crate::certify::Rejection),
}
