use std::io;

use thiserror::Error;

/// What can be wrong with a sweep. Every message names the file or folder.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of arrays or results.
    #[error(transparent)]
    File(#[from] arrays::Error),
    /// A configuration that is no TOML or has unknown or missing keys.
    #[error("{file}{place}: {reason}")]
    Syntax {
        /// Which file.
        file: String,
        /// `, line N` where known.
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// A setting outside its range.
    #[error("{file}: `{name}` is {value}: {requirement}")]
    Setting {
        /// Which file.
        file: String,
        /// The key.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is needed.
        requirement: &'static str,
    },
    /// A grid beyond what is computed.
    #[error("{file}: the grid has {cells} cells, the most is {limit}")]
    TooManyCells {
        /// Which file.
        file: String,
        /// Their number.
        cells: f64,
        /// The most.
        limit: usize,
    },
    /// A shard that does not exist.
    #[error("the shard `{text}` is not of the form i/n with 1 <= i <= n")]
    Shard {
        /// What was given.
        text: String,
    },
    /// A folder of something else.
    #[error(
        "{folder} is not the folder of a sweep: it has files but no config.toml; choose an empty one"
    )]
    Foreign {
        /// The folder.
        folder: String,
    },
    /// A part to be joined that no sweep wrote.
    #[error("{folder} is not the folder of a sweep: it has no config.toml")]
    NoPart {
        /// The folder.
        folder: String,
    },
    /// A folder of another sweep.
    #[error(
        "{folder} holds a sweep of another configuration: `{key}` differs; choose another folder"
    )]
    Different {
        /// The folder.
        folder: String,
        /// The first key that differs.
        key: String,
    },
    /// A folder that another process writes to.
    #[error("another process is writing to {folder}: wait for it or choose another folder")]
    Busy {
        /// The folder.
        folder: String,
    },
    /// Parts that do not make a whole.
    #[error(
        "{missing} of {cells} cells are in none of the parts, the first is cell {first}: run the missing shard"
    )]
    Missing {
        /// How many.
        missing: usize,
        /// Cells of the grid.
        cells: usize,
        /// The first missing one.
        first: usize,
    },
    /// Two parts with different results for one cell.
    #[error("{folder} has another result for cell {cell} than the parts before it")]
    Conflict {
        /// The folder.
        folder: String,
        /// The cell.
        cell: usize,
    },
    /// A folder that cannot be used.
    #[error("cannot use {folder}: {reason}")]
    Folder {
        /// The folder.
        folder: String,
        /// What the system said.
        reason: io::Error,
    },
    /// A cell that cannot be computed.
    #[error("cell {cell}: {reason}")]
    Cell {
        /// The cell.
        cell: usize,
        /// What is wrong.
        reason: teacher_student::Error,
    },
}
