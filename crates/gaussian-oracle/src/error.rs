//! The errors of the oracles.

/// Why an oracle could not answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The integrand is NaN or infinite somewhere.
    #[error("the integrand is {value} at {at}; split the range there or remove the singularity")]
    IntegrandNotFinite {
        /// Where it was evaluated.
        at: f64,
        /// What it returned.
        value: f64,
    },
    /// The subdivision limit was reached before the tolerance.
    #[error(
        "the integral {value} has an error estimate of {error} after {intervals} intervals; loosen the tolerance or pass the kinks as breakpoints"
    )]
    QuadratureNotConverged {
        /// The best value so far.
        value: f64,
        /// Its error estimate.
        error: f64,
        /// How many intervals were in use.
        intervals: usize,
    },
    /// The range or tolerance of an integral makes no sense.
    #[error("cannot integrate: {reason}; got {value}")]
    Range {
        /// What was expected.
        reason: &'static str,
        /// What was given.
        value: f64,
    },
    /// A vector that must have a direction has none, or two lengths differ.
    #[error("{reason}; got lengths {left} and {right}")]
    Vectors {
        /// What was expected.
        reason: &'static str,
        /// Length of the first vector.
        left: usize,
        /// Length of the second vector.
        right: usize,
    },
    /// Text that is not a number of the expected form.
    #[error("\"{text}\" is not a {form}")]
    Number {
        /// The text.
        text: String,
        /// The expected form.
        form: &'static str,
    },
    /// The test vector file lacks a field or has one of the wrong type.
    #[error("test vectors: {place} should be {expected}")]
    Vector {
        /// Where in the file.
        place: String,
        /// What should be there.
        expected: &'static str,
    },
}
