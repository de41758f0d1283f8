//! Arrays in files: `.npy`, `.npz`, `.safetensors` and plain tables, as NumPy, PyTorch, Julia and MATLAB write them; what the crate `arrays`
//! has, and weights.
//!
//! ```
//! use relu_lab::files::{Array, npy, read};
//! let bytes = npy::encode(&Array::new(vec![1, 2], vec![3.0, 4.0]).expect("1 x 2 = 2 numbers"));
//! let weights = read::weights_of("W.npy", &npy::decode("W.npy", &bytes)?)?;
//! assert_eq!((weights.neurons(), weights.dimension()), (1, 2));
//! # Ok::<(), relu_lab::files::Error>(())
//! ```

pub mod read;

pub use arrays::{Array, Error, npy, npz, records, safetensors, table, write};
