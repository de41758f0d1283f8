use thiserror::Error;

/// What can be wrong with the input of a closed form.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A vector without entries has no direction.
    #[error("`{name}` is empty: a vector needs at least one entry")]
    Empty {
        /// Which argument.
        name: &'static str,
    },
    /// Two arguments live in different dimensions.
    #[error(
        "`{left}` has {left_length} entries but `{right}` has {right_length}: both must have the input dimension d"
    )]
    LengthMismatch {
        /// First argument.
        left: &'static str,
        /// Its length.
        left_length: usize,
        /// Second argument.
        right: &'static str,
        /// Its length.
        right_length: usize,
    },
    /// NaN or an infinity.
    #[error("`{name}` has the entry {value} at index {index}: entries must be finite")]
    NotFinite {
        /// Which argument.
        name: &'static str,
        /// Where.
        index: usize,
        /// The offending value.
        value: f64,
    },
    /// The zero vector has no direction, and the gradient is discontinuous there.
    #[error("`{name}` is the zero vector, which has no direction: pass a non-zero vector")]
    ZeroVector {
        /// Which argument.
        name: &'static str,
    },
    /// An angle outside its range.
    #[error("the angle {value} lies outside [0, {upper}]: pass radians in that range")]
    AngleOutOfRange {
        /// The offending value.
        value: f64,
        /// The largest angle allowed.
        upper: f64,
    },
    /// A data matrix without rows.
    #[error("the data matrix has no rows: pass at least {needed} samples")]
    TooFewSamples {
        /// The least number of rows.
        needed: usize,
    },
    /// A result larger than the largest double.
    #[error(
        "the result exceeds the largest double (about 1.8e308): scale the vectors down, the map is linear in the norm"
    )]
    Overflow,
    /// Coefficients that the data do not determine.
    #[error(
        "the directions of `e` and `w` are parallel (sin θ = {sine:e}): mass and asymmetry cannot be told apart, choose another angle"
    )]
    Parallel {
        /// sin of the angle between the two directions.
        sine: f64,
    },
    /// A symmetric eigenvalue problem that did not converge.
    #[error(
        "the eigenvalues of the {size} x {size} second-moment matrix could not be computed: {reason}"
    )]
    Eigenvalues {
        /// Size of the matrix.
        size: usize,
        /// What the solver said.
        reason: String,
    },
}

/// Checks that `vector` is non-empty and finite.
pub(crate) fn check_finite(name: &'static str, vector: &[f64]) -> Result<(), Error> {
    if vector.is_empty() {
        return Err(Error::Empty { name });
    }
    match vector.iter().position(|v| !v.is_finite()) {
        Some(index) => Err(Error::NotFinite {
            name,
            index,
            value: vector[index],
        }),
        None => Ok(()),
    }
}

/// Checks that two arguments have the same length.
pub(crate) fn check_lengths(
    left: &'static str,
    a: &[f64],
    right: &'static str,
    b: &[f64],
) -> Result<(), Error> {
    if a.len() == b.len() {
        Ok(())
    } else {
        Err(Error::LengthMismatch {
            left,
            left_length: a.len(),
            right,
            right_length: b.len(),
        })
    }
}
