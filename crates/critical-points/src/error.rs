use faer::MatRef;
use thiserror::Error;

/// What can be wrong with a teacher, a student or a grid, and where a linear system has no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
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
    /// Two arguments live in different dimensions.
    #[error(
        "`{left}` lives in {left_dimension} dimensions but `{right}` in {right_dimension}: both need the input dimension d"
    )]
    Dimension {
        /// First argument.
        left: &'static str,
        /// Its dimension.
        left_dimension: usize,
        /// Second argument.
        right: &'static str,
        /// Its dimension.
        right_dimension: usize,
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
    /// M_r cannot be inverted in double precision.
    #[error(
        "M_r of {neurons} students is singular in double precision: its condition number is {condition:e}, the limit {limit:e}; students {first} and {second} are nearest to parallel, at an angle of {angle:e}, and {antipodal_pairs} pairs are antipodal: separate the students, or make the lines of antipodal pairs linearly independent"
    )]
    Singular {
        /// K.
        neurons: usize,
        /// Largest over smallest eigenvalue of M_r; infinite where the smallest is not positive.
        condition: f64,
        /// The largest condition number that is accepted.
        limit: f64,
        /// One of the two students with the smallest angle.
        first: usize,
        /// The other.
        second: usize,
        /// Their angle.
        angle: f64,
        /// Pairs of opposite directions.
        antipodal_pairs: usize,
    },
    /// Two teachers of different length where the statement needs equal ones.
    #[error(
        "the teachers have norms {first} and {second}: on the bisector there is a critical point only for equal norms"
    )]
    UnequalNorms {
        /// ‖w₁*‖.
        first: f64,
        /// ‖w₂*‖.
        second: f64,
    },
    /// Two teachers on one line.
    #[error("the teachers lie on one line (sin of their angle {sine:e}): {advice}")]
    CollinearTeachers {
        /// sin ∠(w₁*, w₂*).
        sine: f64,
        /// What to use instead.
        advice: &'static str,
    },
    /// No room outside the principal plane.
    #[error("the dimension is {dimension} but this family needs at least {needed}: raise d")]
    NoRoom {
        /// d.
        dimension: usize,
        /// The least d.
        needed: usize,
    },
    /// A grid without points, or too large to count.
    #[error("a grid of {theta} x {phi} points: {requirement}")]
    Grid {
        /// Values of θ.
        theta: usize,
        /// Values of φ.
        phi: usize,
        /// What is needed.
        requirement: &'static str,
    },
    /// An eigenvalue or singular value problem that did not converge.
    #[error("the {what} of a {rows} x {columns} matrix could not be computed: {reason}")]
    Decomposition {
        /// Eigenvalues or singular values.
        what: &'static str,
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// What the solver said.
        reason: String,
    },
    /// Teachers of norms too different for a search.
    #[error(
        "the norms of the teachers differ by a factor of about 2^{exponent}, the most for a search is 2^{limit}"
    )]
    NormRatio {
        /// The binary logarithm of the factor.
        exponent: i32,
        /// The largest one.
        limit: i32,
    },
    /// A loss that is no double.
    #[error(
        "the loss of a critical point exceeds the largest double (1.8e308): scale the weights of the teacher down"
    )]
    LossOverflow,
    /// Runs of a search handed over in the wrong order.
    #[error(
        "run {run} was handed to a catalogue that goes on with run {expected}: enter the runs in their order"
    )]
    RunOutOfOrder {
        /// The run.
        run: u64,
        /// The one that was due.
        expected: u64,
    },
    /// A closed form for one pair of directions failed.
    #[error(transparent)]
    Gating(#[from] relu_gating::Error),
    /// Weights or the full objective failed.
    #[error(transparent)]
    Network(#[from] teacher_student::Error),
}

/// What is wrong with the factorisation of a matrix.
pub(crate) fn decomposition(
    what: &'static str,
    matrix: MatRef<'_, f64>,
    reason: &dense::Error,
) -> Error {
    Error::Decomposition {
        what,
        rows: matrix.nrows(),
        columns: matrix.ncols(),
        reason: reason.to_string(),
    }
}

/// Checks that two dimensions agree.
pub(crate) fn same_dimension(
    left: &'static str,
    left_dimension: usize,
    right: &'static str,
    right_dimension: usize,
) -> Result<(), Error> {
    if left_dimension == right_dimension {
        Ok(())
    } else {
        Err(Error::Dimension {
            left,
            left_dimension,
            right,
            right_dimension,
        })
    }
}
