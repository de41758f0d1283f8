//! Arrays in files: `.npy`, `.npz`, `.safetensors` and plain tables, as NumPy, PyTorch, Julia and MATLAB write them.
//!
//! [`read::matrix`] gives a weight matrix that has been checked, [`write::array`] and [`write::bundle`] write files that
//! are whole or absent. Every error names the file, and the row and the value where there is one.
//!
//! The crate knows nothing of networks. Nothing else in the workspace writes a file: no file is ever seen half written, and
//! no memory is taken on the word of a file.
//!
//! ```
//! use arrays::{Array, npy};
//! let array = Array::vector(vec![1.0, 0.5]);
//! assert_eq!(npy::decode("a.npy", &npy::encode(&array))?, array);
//! let error = npy::decode("a.npy", b"\x93NUMPY\x01\x00\xff\xff{").unwrap_err();
//! assert!(error.to_string().contains("65535 bytes of header are promised but 1 follow"));
//! # Ok::<(), arrays::Error>(())
//! ```

mod array;
mod element;
mod error;
mod foreign;
pub mod npy;
pub mod npz;
pub mod read;
pub mod records;
pub mod safetensors;
pub mod table;
pub mod write;

pub use array::Array;
pub use error::Error;
