use thiserror::Error;

/// What can be wrong with subspaces, data, a top layer, a network or a training run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument outside its range, NaN and infinities included.
    #[error("`{name}` is {value}: {requirement}")]
    OutOfRange {
        /// Which argument.
        name: &'static str,
        /// The offending value.
        value: f64,
        /// What is needed.
        requirement: &'static str,
    },
    /// A count that is too small or does not fit another.
    #[error("`{name}` is {value}: {requirement}")]
    Count {
        /// Which count.
        name: &'static str,
        /// The offending value.
        value: usize,
        /// What is needed.
        requirement: &'static str,
    },
    /// A length that does not fit.
    #[error("`{name}` has length {length} but {expected} is needed: {meaning}")]
    Length {
        /// Which argument.
        name: &'static str,
        /// Its length.
        length: usize,
        /// The length needed.
        expected: usize,
        /// Where the expected length comes from.
        meaning: &'static str,
    },
    /// Two vectors of different subspaces that are not orthogonal.
    #[error(
        "subspaces {first} and {second} are not orthogonal: the cosine between two of their vectors is {cosine:e}, at most {limit:e} is rounding"
    )]
    NotOrthogonal {
        /// One subspace.
        first: usize,
        /// The other.
        second: usize,
        /// The largest cosine between the vectors of the two frames.
        cosine: f64,
        /// What is taken for rounding.
        limit: f64,
    },
    /// A loss that gives no top layer, where the classes of the neurons are needed.
    #[error(
        "the loss gives no top layer: which neurons vote for a class is needed to record the classes in their subspaces"
    )]
    NoTopLayer,
    /// A class whose subspace has to be a plane.
    #[error("the subspace of class {class} has dimension {dimension}: a polar grid needs a plane")]
    NoPlane {
        /// Which class.
        class: usize,
        /// The dimension of its subspace.
        dimension: usize,
    },
    /// Linearly dependent basis vectors.
    #[error(
        "vector {row} of the basis of subspace {subspace} depends on those before it: {rest:e} of its length is left"
    )]
    Dependent {
        /// Which subspace.
        subspace: usize,
        /// Which of its vectors.
        row: usize,
        /// The share of its length that is orthogonal to the earlier ones.
        rest: f64,
    },
    /// Subspaces that do not fill the space.
    #[error(
        "the subspaces have dimensions that sum to {sum}, the space has dimension {dimension}: they must fill it"
    )]
    NotFilling {
        /// Σ dim V_i.
        sum: usize,
        /// d.
        dimension: usize,
    },
    /// Assumption 1, clause 1.
    #[error(
        "class {class} has no neuron with a positive top weight (Assumption 1, clause 1): give it one"
    )]
    NoPositiveNeuron {
        /// The class without positive neuron.
        class: usize,
    },
    /// Assumption 1, clause 2.
    #[error(
        "neuron {neuron} has the top weights {first_weight} for class {first} and {second_weight} for class {second}: where one is positive the others must be negative (Assumption 1, clause 2)"
    )]
    TwoPositive {
        /// The neuron.
        neuron: usize,
        /// The class with a positive weight.
        first: usize,
        /// That weight.
        first_weight: f64,
        /// The class with another weight that is not negative.
        second: usize,
        /// That weight.
        second_weight: f64,
    },
    /// Assumption 1, clause 3.
    #[error(
        "the top weight of neuron {neuron} for class {class} is {weight}, of another modulus than {modulus} (Assumption 1, clause 3): all must be ±v with one v > 0"
    )]
    UnequalModulus {
        /// The class.
        class: usize,
        /// The neuron.
        neuron: usize,
        /// Its weight.
        weight: f64,
        /// v, the modulus of the first entry.
        modulus: f64,
    },
    /// A class without points.
    #[error("class {class} has no points: every class needs at least one")]
    EmptyClass {
        /// Which class.
        class: usize,
    },
    /// A point at the origin, where the network without bias is 0 whatever the weights.
    #[error(
        "point {point} is the origin: a network without bias answers 0 there whatever its weights"
    )]
    Origin {
        /// Its number.
        point: usize,
    },
    /// A density outside the bounds it was announced with.
    #[error(
        "the density is {value} at a point of norm {norm}: it was announced to lie in [{least}, {greatest}]"
    )]
    Density {
        /// The value found.
        value: f64,
        /// Where.
        norm: f64,
        /// Lower bound.
        least: f64,
        /// Upper bound.
        greatest: f64,
    },
    /// Biases that the statement does not allow.
    #[error("the biases sum to {sum} with 2vΣb = {scaled}: {requirement}")]
    Biases {
        /// Σ b_j.
        sum: f64,
        /// 2vΣ b_j.
        scaled: f64,
        /// What is needed.
        requirement: &'static str,
    },
    /// A matrix without columns.
    #[error(
        "the weights are a {rows} x {columns} matrix: they need at least one column, the dimension of the directions"
    )]
    NoDimension {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// NaN or an infinity among the weights.
    #[error("weight ({row}, {column}) is {value}: it must be finite")]
    NotFiniteWeight {
        /// Which neuron.
        row: usize,
        /// Which coordinate.
        column: usize,
        /// The offending value.
        value: f64,
    },
    /// A certificate that does not prove its verdict.
    #[error(
        "the certificate proves nothing for these weights: {clause} (at {index}, value {value:e})"
    )]
    CertificateRefused {
        /// What fails.
        clause: &'static str,
        /// The row or coordinate where it fails.
        index: usize,
        /// The value found there.
        value: f64,
    },
    /// A verdict that is still open, which has no proof.
    #[error("the geometric condition is undecided: there is no verdict to prove")]
    NoVerdict,
    /// A text that is no proof of a verdict.
    #[error(
        "line {line} of the proof is not what it should be: `{expected}` is expected (line 0: the text ends early)"
    )]
    ProofText {
        /// Which line, counted from 1; 0 where the text ends early.
        line: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// A dimension or number of points for which a hull is not drawn.
    #[error("a hull of {points} points in {dimension} dimensions: {requirement}")]
    Hull {
        /// How many points.
        points: usize,
        /// Their dimension.
        dimension: usize,
        /// What is needed.
        requirement: &'static str,
    },
}

/// Checks an argument.
pub(crate) fn check(
    name: &'static str,
    value: f64,
    holds: bool,
    requirement: &'static str,
) -> Result<(), Error> {
    if holds {
        Ok(())
    } else {
        Err(Error::OutOfRange {
            name,
            value,
            requirement,
        })
    }
}

/// Checks that a number is positive and finite.
pub(crate) fn check_positive(name: &'static str, value: f64) -> Result<(), Error> {
    check(
        name,
        value,
        value > 0.0 && value.is_finite(),
        "it must be positive and finite",
    )
}

/// Checks that all entries are finite.
pub(crate) fn check_finite(name: &'static str, values: &[f64]) -> Result<(), Error> {
    match values.iter().find(|value| !value.is_finite()) {
        Some(&value) => check(name, value, false, "it must be finite"),
        None => Ok(()),
    }
}

/// Checks that all weights are finite, rows of length `dimension`.
pub(crate) fn check_rows(weights: &[f64], dimension: usize) -> Result<(), Error> {
    match weights.iter().position(|w| !w.is_finite()) {
        Some(at) => Err(Error::NotFiniteWeight {
            row: at / dimension,
            column: at % dimension,
            value: weights[at],
        }),
        None => Ok(()),
    }
}

/// Checks a length.
pub(crate) fn check_length(
    name: &'static str,
    length: usize,
    expected: usize,
    meaning: &'static str,
) -> Result<(), Error> {
    if length == expected {
        Ok(())
    } else {
        Err(Error::Length {
            name,
            length,
            expected,
            meaning,
        })
    }
}
