//! What runs the catalogue and reports on it.
//!
//! Each of the rooms sees only those before it: [`checksum`], [`progress`], [`item`], [`results`] with what the [`store`] keeps,
//! [`summary`], [`report`], [`runner`].

pub mod checksum;
pub mod item;
pub mod progress;
pub mod report;
pub mod results;
pub mod runner;
pub mod store;
pub mod summary;
