//! Trains LeNet-5 on MNIST as in §6.2 of Long, Yin & Xin (2021) and writes down what its figures need.
//!
//! - [`idx`] reads the files of MNIST, [`data`] checks that they belong together;
//! - [`network`] is the network: its parameters as plain arrays, its outputs, its gradient;
//! - [`training`] is stochastic gradient descent that can be interrupted, and the directory that it leaves behind;
//! - [`checkpoint`] is its state on disk.
//!
//! Invariants: a batch is cut into parts of a fixed size whose gradients are added in a fixed order, so the same seed gives
//! the same bytes on any number of threads; nothing is analysed here, the crate `figures` reads the directory.

pub mod checkpoint;
pub mod data;
pub mod idx;
pub mod network;
pub mod training;
