use thiserror::Error;

/// What can be wrong with weights, networks, data or settings.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A weight or data matrix without rows or without columns.
    #[error("{what} has shape {rows} x {columns}: both must be at least 1")]
    EmptyMatrix {
        /// Which matrix.
        what: &'static str,
        /// Its number of rows.
        rows: usize,
        /// Its number of columns.
        columns: usize,
    },
    /// Rows of different lengths.
    #[error(
        "row {row} has {length} entries but row 0 has {expected}: a weight matrix has one neuron a row, all of the input dimension d"
    )]
    RaggedRows {
        /// The first row that differs.
        row: usize,
        /// Its length.
        length: usize,
        /// The length of row 0.
        expected: usize,
    },
    /// NaN or an infinity.
    #[error("{what} has the entry {value} at row {row}, column {column}: entries must be finite")]
    NotFinite {
        /// Which matrix.
        what: &'static str,
        /// Row of the entry.
        row: usize,
        /// Column of the entry.
        column: usize,
        /// The offending value.
        value: f64,
    },
    /// A neuron with zero weights has no direction; the population gradient is discontinuous there.
    #[error(
        "neuron {row} of {what} is the zero vector, where the gradient is discontinuous: move or remove it"
    )]
    ZeroNeuron {
        /// Which matrix.
        what: &'static str,
        /// The neuron.
        row: usize,
    },
    /// A neuron that shrinks to zero along a flow.
    #[error(
        "neuron {row} has shrunk to norm {norm:.3e}: at zero the gradient is discontinuous and the flow ends"
    )]
    VanishingNeuron {
        /// The neuron.
        row: usize,
        /// Its norm at the end.
        norm: f64,
    },
    /// A vector field that returns NaN.
    #[error("the vector field returned NaN: it must be a number wherever it returns a value")]
    FieldNotFinite,
    /// A norm beyond the largest double.
    #[error(
        "the norm of neuron {row} of {what} exceeds the largest double (about 1.8e308): scale the weights down"
    )]
    NormOverflow {
        /// Which matrix.
        what: &'static str,
        /// The neuron.
        row: usize,
    },
    /// A matrix of the wrong shape.
    #[error(
        "{what} has shape {rows} x {columns} but {expected_rows} x {expected_columns} is needed"
    )]
    Shape {
        /// Which matrix.
        what: &'static str,
        /// Its number of rows.
        rows: usize,
        /// Its number of columns.
        columns: usize,
        /// Rows needed.
        expected_rows: usize,
        /// Columns needed.
        expected_columns: usize,
    },
    /// Top weights that do not fit the neurons.
    #[error("{what} has {length} top weights for {neurons} neurons: one a neuron is needed")]
    TopWeightCount {
        /// Which network.
        what: &'static str,
        /// Number of top weights.
        length: usize,
        /// Number of neurons.
        neurons: usize,
    },
    /// A top weight that is NaN or infinite.
    #[error("top weight {index} of {what} is {value}: top weights must be finite")]
    TopWeight {
        /// Which network.
        what: &'static str,
        /// Its index.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A setting outside its range.
    #[error("the setting `{name}` is {value}: {requirement}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What is needed.
        requirement: &'static str,
    },
    /// More orthonormal neurons than dimensions.
    #[error(
        "{neurons} orthonormal neurons do not fit into dimension {dimension}: d must be at least K"
    )]
    TooManyNeurons {
        /// K.
        neurons: usize,
        /// d.
        dimension: usize,
    },
    /// A start of the wrong length.
    #[error("the start has {length} entries but the vector field has dimension {dimension}")]
    StartLength {
        /// Length of the start.
        length: usize,
        /// Dimension of the field.
        dimension: usize,
    },
    /// A start with NaN or an infinity.
    #[error("the start has the entry {value} at index {index}: entries must be finite")]
    StartNotFinite {
        /// Where.
        index: usize,
        /// The offending value.
        value: f64,
    },
    /// An event whose function is NaN.
    #[error("the function of the event `{name}` is NaN: it must be a number at every state")]
    EventNotANumber {
        /// The name of the event.
        name: String,
    },
    /// An integration without any rule that ends it.
    #[error("no stopping rule ends this integration: set a time, a number of steps, or both")]
    Endless,
    /// A target of the wrong length.
    #[error("the target of the distance rule has {length} entries but the state has {dimension}")]
    TargetLength {
        /// Length of the target.
        length: usize,
        /// Dimension of the state.
        dimension: usize,
    },
    /// Record times that are not increasing or not finite.
    #[error("record times must be finite, non-negative and increasing; entry {index} is {value}")]
    RecordTimes {
        /// Where.
        index: usize,
        /// The offending value.
        value: f64,
    },
    /// A positive result below the smallest normal double.
    #[error(
        "the {what} is below the smallest normal double (about 2.2e-308): scale the weights up"
    )]
    Underflow {
        /// Which result.
        what: &'static str,
    },
    /// A result beyond the largest double.
    #[error("the {what} exceeds the largest double (about 1.8e308): scale the weights down")]
    Overflow {
        /// Which result.
        what: &'static str,
    },
}

/// A setting of the caller that must satisfy a requirement.
pub(crate) fn check_setting(
    name: &'static str,
    value: f64,
    holds: bool,
    requirement: &'static str,
) -> Result<(), Error> {
    if holds {
        Ok(())
    } else {
        Err(Error::Setting {
            name,
            value,
            requirement,
        })
    }
}
