//! Data of a classifier: subspaces, the laws of the classes, grids, and labelled points.

mod annulus;
mod density;
mod grid;
mod principal_angles;
mod set;
mod subspaces;

pub use annulus::{DataLaw, UniformAnnulus};
pub use density::BoundedDensity;
pub use grid::PolarGrid;
pub use set::DataSet;
pub use subspaces::Subspaces;
