//! What can go wrong.

use thiserror::Error;

/// What can be wrong with weights, certificates and arguments.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
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
