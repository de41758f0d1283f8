//! Runs every figure, table and ledger row and writes the report.
//!
//! - [`catalogue`] holds one file per experiment or figure; each exposes an [`Item`].
//! - [`engine`] runs them, keeps what is finished, and tells it.
//! - [`statistics`], [`segments`], [`annulus`] and [`training_run`] are what several items need.
//!
//! Invariant: an item draws every random number from the streams of its [`Context`] and hands
//! back a value. It writes no file, reads none but those of the [`training_run`] it is given, and
//! knows nothing of progress bars or threads; this is why the same seed gives the same bytes
//! whatever the number of threads.

pub mod annulus;
pub mod catalogue;
pub mod engine;
pub mod segments;
pub mod statistics;
pub mod training_run;

pub use engine::item::{Context, Item, Kind, Outcome, Picture, Scale, Table, Verdict};
