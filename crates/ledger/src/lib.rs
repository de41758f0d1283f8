//! The claims: what is stated, what is known about it, and what says so.
//!
//! - [`Ledger`] reads the tables of the crates' `CLAIMS.md`: a [`Row`] has an id, a statement, a [`Status`] and the [`Proof`]s that
//!   the status rests on.
//! - [`Sources`] finds the code that a row links to, [`ClaimTests`] the tests, [`oracle`] what these tests compare with,
//!   [`WrittenProofs`] the sections of `docs/PROOFS.md`.
//! - [`differences`] compares all of them, and [`page`] is `docs/CLAIMS.md`.
//!
//! Invariant: the crate knows the items of the report by their ids alone; it computes nothing.

mod check;
mod claim_tests;
mod ledger;
pub mod oracle;
mod page;
mod proof;
mod row;
mod run;
mod source;
mod written;

pub use check::{Evidence, Item, KINDS, REFUTES, differences, module_of};
pub use claim_tests::ClaimTests;
pub use ledger::{Ledger, files, workspace};
pub use page::page;
pub use proof::Proof;
pub use row::{COLUMNS, Row, Status, parse};
pub use run::run;
pub use source::Sources;
pub use written::{Section, WrittenProofs};
