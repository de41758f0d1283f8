use std::io;

use thiserror::Error;

/// What can be wrong with a file of arrays. Every message names the file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read {file}: {reason}")]
    Read {
        /// Which file.
        file: String,
        /// What the system said.
        reason: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {file}: {reason}")]
    Write {
        /// Which file.
        file: String,
        /// What the system said.
        reason: io::Error,
    },
    /// More bytes than are read.
    #[error("{file} is longer than {limit} bytes, the most that is read")]
    TooLong {
        /// Which file.
        file: String,
        /// The limit.
        limit: u64,
    },
    /// No bytes.
    #[error("{file} is empty")]
    Empty {
        /// Which file.
        file: String,
    },
    /// A file by the name of an array format that does not begin like one.
    #[error("{file} is not an {format} file: it begins with {found}")]
    Magic {
        /// Which file.
        file: String,
        /// `.npy` or `.npz`.
        format: &'static str,
        /// Its first bytes.
        found: String,
    },
    /// A version of the .npy format that does not exist.
    #[error("{file} has .npy version {major}.{minor}: versions 1.0, 2.0 and 3.0 are read")]
    Version {
        /// Which file.
        file: String,
        /// Major version.
        major: u8,
        /// Minor version.
        minor: u8,
    },
    /// A header that cannot be understood.
    #[error("{file} has a damaged .npy header: {reason} in `{header}`")]
    Header {
        /// Which file.
        file: String,
        /// What is wrong.
        reason: &'static str,
        /// The header, shortened.
        header: String,
    },
    /// Fewer bytes than the header says.
    #[error(
        "{file} is truncated or its header lies: {promised} bytes of {part} are promised but {found} follow"
    )]
    Truncated {
        /// Which file.
        file: String,
        /// Header or data of a shape.
        part: String,
        /// Bytes promised, as text: it may exceed any integer.
        promised: String,
        /// Bytes there.
        found: usize,
    },
    /// More bytes than the header says.
    #[error(
        "{file} has {surplus} bytes after the data of shape {shape}: the header lies or files were joined"
    )]
    Surplus {
        /// Which file.
        file: String,
        /// The shape.
        shape: String,
        /// Bytes too many.
        surplus: usize,
    },
    /// Elements that are no real numbers.
    #[error(
        "{file} has the data type {descr}: real numbers of 2, 4 or 8 bytes, integers and truth values are read; in NumPy, convert \
         by a.astype('<f8')"
    )]
    DataType {
        /// Which file.
        file: String,
        /// The type as NumPy writes it.
        descr: String,
    },
    /// An integer that no double equals.
    #[error(
        "{file}, element {index} (counted from 0, in the order of the file): the integer {value} is no double, the next one differs \
         from it; in NumPy, a.astype('<f8') rounds it"
    )]
    Inexact {
        /// Which file.
        file: String,
        /// Its number in the file.
        index: usize,
        /// The integer.
        value: i128,
    },
    /// A number of a table that is smaller than every double but zero.
    #[error(
        "{file}, line {line}, field {field}: `{text}` is below the least double (4.9e-324) and would count as 0: scale the numbers"
    )]
    Underflow {
        /// Which file.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// Field, counted from 1.
        field: usize,
        /// The text, shortened.
        text: String,
    },
    /// A format that is not read.
    #[error("{file} is {format}, which is not read; convert it by: python3 -c \"{python}\"")]
    Foreign {
        /// Which file.
        file: String,
        /// The format.
        format: &'static str,
        /// One line of Python that converts it.
        python: String,
    },
    /// A damaged file of tensors.
    #[error("{file} is a damaged .safetensors file: {reason}")]
    Tensors {
        /// Which file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A file that has no records, or records of another length.
    #[error("{file} is no file of records of {width} numbers each: another command wrote it")]
    Records {
        /// Which file.
        file: String,
        /// Numbers of a record.
        width: usize,
    },
    /// An output that is an input.
    #[error(
        "{output} is read and written by this command ({input}): choose another name for the output"
    )]
    Overwritten {
        /// The output.
        output: String,
        /// The input that is the same file.
        input: String,
    },
    /// Two outputs of one name.
    #[error("{file} is given for two outputs: choose two names")]
    Twice {
        /// Which file.
        file: String,
    },
    /// Not a matrix where one is needed.
    #[error(
        "{file} has shape {shape}: a weight matrix has two axes, K x d, one neuron a row (a single neuron is 1 x d)"
    )]
    NotAMatrix {
        /// Which file.
        file: String,
        /// The shape.
        shape: String,
    },
    /// Not a vector where one is needed.
    #[error("{file} has shape {shape}: top weights have one axis, one number a neuron")]
    NotAVector {
        /// Which file.
        file: String,
        /// The shape.
        shape: String,
    },
    /// No elements.
    #[error("{file} has shape {shape}: there is nothing in it")]
    NoElements {
        /// Which file.
        file: String,
        /// The shape.
        shape: String,
    },
    /// NaN or an infinity.
    #[error(
        "{file}, row {row}, column {column} (counted from 0): the value is {value}, it must be finite"
    )]
    NotFinite {
        /// Which file.
        file: String,
        /// Row of the entry.
        row: usize,
        /// Column of the entry.
        column: usize,
        /// The offending value.
        value: f64,
    },
    /// A neuron without direction.
    #[error(
        "{file}, row {row} (counted from 0): all {columns} values are 0, and a zero neuron has no direction: move or remove it"
    )]
    ZeroRow {
        /// Which file.
        file: String,
        /// The row.
        row: usize,
        /// d.
        columns: usize,
    },
    /// A row with a norm beyond the largest double.
    #[error(
        "{file}, row {row} (counted from 0): the norm exceeds the largest double (1.8e308); the largest value is {value:e}"
    )]
    NormOverflow {
        /// Which file.
        file: String,
        /// The row.
        row: usize,
        /// The entry of largest absolute value.
        value: f64,
    },
    /// A field of a table that is no number.
    #[error("{file}, line {line}, field {field}: `{text}` is not a number")]
    Field {
        /// Which file.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// Field, counted from 1.
        field: usize,
        /// The text, shortened.
        text: String,
    },
    /// Lines of different lengths.
    #[error("{file}, line {line}: {found} numbers, but {expected} in the first line")]
    Ragged {
        /// Which file.
        file: String,
        /// Line, counted from 1.
        line: usize,
        /// Numbers in it.
        found: usize,
        /// Numbers in the first.
        expected: usize,
    },
    /// Text that is not UTF-8.
    #[error("{file} is neither an array nor text: byte {offset} is not UTF-8")]
    NotText {
        /// Which file.
        file: String,
        /// The first byte that is not.
        offset: usize,
    },
    /// A damaged bundle.
    #[error("{file} is a damaged .npz: {reason}")]
    Bundle {
        /// Which file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// An array that a bundle does not have.
    #[error("{file} has no array `{name}`: it has {known}")]
    Entry {
        /// Which file.
        file: String,
        /// The name.
        name: String,
        /// The names it has.
        known: String,
    },
    /// A bundle of several arrays, and none chosen.
    #[error("{file} has {known}: choose one by its name, as FILE:NAME")]
    Choice {
        /// Which file.
        file: String,
        /// The names it has.
        known: String,
    },
    /// A name that does not say which format to write.
    #[error("{file}: the name of an output must end in {formats}")]
    Extension {
        /// Which file.
        file: String,
        /// The endings that are possible.
        formats: &'static str,
    },
    /// Two lengths that must agree.
    #[error("{file} has {found} {what}, but {other} has {expected}")]
    Mismatch {
        /// Which file.
        file: String,
        /// Rows, columns or numbers.
        what: &'static str,
        /// How many.
        found: usize,
        /// The file it is compared with.
        other: String,
        /// How many are needed.
        expected: usize,
    },
}
