//! What goes beyond the papers: proofs by interval arithmetic, and spurious minima.

pub mod certified_minima;
pub mod proofs;
pub mod spurious_minima;
