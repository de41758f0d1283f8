//! Everything a report is made of.

use std::collections::BTreeMap;

use ledger::Ledger;

use super::item::Item;
use super::store::{Fingerprint, Record};

/// Everything a report is made of.
#[derive(Debug)]
pub struct Results<'a> {
    /// Seed, scale and program.
    pub fingerprint: &'a Fingerprint,
    /// The claims.
    pub ledger: &'a Ledger,
    /// The catalogue.
    pub items: &'a [Item],
    /// What is finished, by id.
    pub records: BTreeMap<&'a str, Record>,
    /// What broke off, by id, with the reason.
    pub broken: BTreeMap<&'a str, String>,
    /// Seconds by id.
    pub seconds: BTreeMap<&'a str, f64>,
    /// Seconds in all, of every item shown.
    pub total: f64,
}

/// Seconds to a thousandth, as they are written.
pub fn round(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}
