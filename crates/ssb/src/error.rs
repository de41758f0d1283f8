use thiserror::Error;

/// What can be wrong with a group, a reduction or a point of a reduced system.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The planar theory needs at least two neurons.
    #[error("K = {neurons} neurons: the symmetric reduction needs at least {least}")]
    TooFewNeurons {
        /// K.
        neurons: usize,
        /// The least K.
        least: usize,
    },
    /// More neurons than the counts of pairs can hold.
    #[error("K = {neurons} neurons exceed the limit of {limit}")]
    TooManyNeurons {
        /// K.
        neurons: usize,
        /// The largest K.
        limit: usize,
    },
    /// A block without members.
    #[error("block {block} has size 0: every block needs a member")]
    EmptyBlock {
        /// Which block.
        block: usize,
    },
    /// A dense K × d matrix that would not fit into memory.
    #[error(
        "lifting to K = {neurons} neurons needs a dense matrix; the limit is {limit}: work with the reduced coordinates"
    )]
    TooLargeToLift {
        /// K.
        neurons: usize,
        /// The largest K that is lifted.
        limit: usize,
    },
    /// A setting outside its range.
    #[error("`{name}` is {value}: {requirement}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// The offending value.
        value: f64,
        /// What is needed.
        requirement: &'static str,
    },
    /// NaN or an infinity.
    #[error("`{name}` is {value}: it must be finite")]
    NotFinite {
        /// Which argument.
        name: &'static str,
        /// The offending value.
        value: f64,
    },
    /// An argument outside its range.
    #[error("`{name}` is {value}: {requirement}")]
    OutOfRange {
        /// Which argument.
        name: &'static str,
        /// The offending value.
        value: f64,
        /// What is needed.
        requirement: &'static str,
    },
    /// A state of the wrong length.
    #[error("`{name}` has {length} entries but {expected} are needed")]
    Length {
        /// Which argument.
        name: &'static str,
        /// Its length.
        length: usize,
        /// The length needed.
        expected: usize,
    },
    /// A matrix of the wrong shape.
    #[error(
        "`{name}` has shape {rows} x {columns} but {expected_rows} x {expected_columns} is needed"
    )]
    Shape {
        /// Which argument.
        name: &'static str,
        /// Its number of rows.
        rows: usize,
        /// Its number of columns.
        columns: usize,
        /// Rows needed.
        expected_rows: usize,
        /// Columns needed.
        expected_columns: usize,
    },
    /// Zero weights have no direction, and the gradient is discontinuous there.
    #[error("{what} is zero, where the gradient is discontinuous: move it away from the origin")]
    ZeroNeuron {
        /// Which neuron.
        what: String,
    },
    /// A result beyond the largest double.
    #[error("the {what} exceeds the largest double (about 1.8e308): scale the weights down")]
    Overflow {
        /// Which result.
        what: &'static str,
    },
    /// Rows that are not orthonormal.
    #[error(
        "the frame is not orthonormal: rows {first} and {second} have inner product {value} instead of {expected} (tolerance {tolerance:e})"
    )]
    NotOrthonormal {
        /// A row.
        first: usize,
        /// Another, or the same.
        second: usize,
        /// Their inner product.
        value: f64,
        /// 1 for the same row, else 0.
        expected: f64,
        /// The largest deviation allowed.
        tolerance: f64,
    },
    /// A group without elements.
    #[error("a group needs at least its identity: pass one matrix or more")]
    EmptyGroup,
    /// All permutations of too many letters.
    #[error(
        "the symmetric group on {letters} letters has {letters}! elements; the limit is {limit} letters: use its fixed-point space (BlockDynamics)"
    )]
    GroupTooLarge {
        /// Number of letters.
        letters: usize,
        /// The largest number allowed.
        limit: usize,
    },
    /// An element that is not an orthogonal map.
    #[error(
        "element {element} is not orthogonal: columns {row} and {column} have inner product {value} instead of {expected} (tolerance {tolerance:e})"
    )]
    NotOrthogonal {
        /// Which matrix.
        element: usize,
        /// A column.
        row: usize,
        /// Another, or the same.
        column: usize,
        /// Their inner product.
        value: f64,
        /// 1 for the same column, else 0.
        expected: f64,
        /// The largest deviation allowed.
        tolerance: f64,
    },
    /// No element is the identity.
    #[error(
        "no element is the identity: the nearest is element {nearest}, {distance:e} away (tolerance {tolerance:e})"
    )]
    NoIdentity {
        /// The nearest element.
        nearest: usize,
        /// Its largest entry-wise distance from the identity.
        distance: f64,
        /// The largest distance allowed.
        tolerance: f64,
    },
    /// The same element twice.
    #[error(
        "elements {first} and {second} are equal up to {distance:e} (tolerance {tolerance:e}): list every element once"
    )]
    RepeatedElement {
        /// An element.
        first: usize,
        /// Its copy.
        second: usize,
        /// Their largest entry-wise distance.
        distance: f64,
        /// The tolerance.
        tolerance: f64,
    },
    /// An element without an inverse in the set.
    #[error(
        "the inverse of element {element} is missing: the nearest is element {nearest}, {distance:e} away (tolerance {tolerance:e})"
    )]
    NoInverse {
        /// The element.
        element: usize,
        /// The element nearest to its inverse.
        nearest: usize,
        /// Their largest entry-wise distance.
        distance: f64,
        /// The largest distance allowed.
        tolerance: f64,
    },
    /// A product outside the set.
    #[error(
        "the set is not closed: the product of elements {left} and {right} is missing; the nearest is element {nearest}, {distance:e} away (tolerance {tolerance:e})"
    )]
    NotClosed {
        /// Left factor.
        left: usize,
        /// Right factor.
        right: usize,
        /// The element nearest to the product.
        nearest: usize,
        /// Their largest entry-wise distance.
        distance: f64,
        /// The largest distance allowed.
        tolerance: f64,
    },
    /// An element index beyond the order of the group.
    #[error("element {element} does not exist: the group has {order} elements, counted from 0")]
    NoSuchElement {
        /// The index asked for.
        element: usize,
        /// Number of elements.
        order: usize,
    },
    /// Newton's method that found no critical point.
    #[error(
        "no critical point was found: after {steps} steps the largest entry of the gradient is {gradient:e}, above the tolerance {tolerance:e}: start nearer to one, or raise the tolerance"
    )]
    Unsettled {
        /// Steps of Newton's method.
        steps: usize,
        /// The largest entry of the gradient at the end.
        gradient: f64,
        /// The tolerance.
        tolerance: f64,
    },
    /// Eigenvalues that did not converge.
    #[error("the eigenvalues of a {size} x {size} matrix could not be computed: {reason}")]
    Eigenvalues {
        /// Rows of the matrix.
        size: usize,
        /// What the solver said.
        reason: String,
    },
    /// A closed form for one pair of directions failed.
    #[error(transparent)]
    Gating(#[from] relu_gating::Error),
    /// Weights or the full objective failed.
    #[error(transparent)]
    Network(#[from] teacher_student::Error),
}

/// Checks that `value` is finite.
pub(crate) fn finite(name: &'static str, value: f64) -> Result<f64, Error> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::NotFinite { name, value })
    }
}

impl From<Error> for teacher_student::FieldError {
    fn from(reason: Error) -> Self {
        Self::new(reason)
    }
}

/// Checks that a computed quantity is finite.
pub(crate) fn no_overflow(what: &'static str, value: f64) -> Result<f64, Error> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Error::Overflow { what })
    }
}

/// The largest K: the number of entries of a K × K matrix stays below 2⁶².
const NEURON_LIMIT: usize = 1 << 31;

/// Checks that 2 ≤ K ≤ 2³¹.
pub(crate) fn check_neurons(neurons: usize) -> Result<(), Error> {
    if neurons < 2 {
        return Err(Error::TooFewNeurons { neurons, least: 2 });
    }
    if neurons > NEURON_LIMIT {
        return Err(Error::TooManyNeurons {
            neurons,
            limit: NEURON_LIMIT,
        });
    }
    Ok(())
}
