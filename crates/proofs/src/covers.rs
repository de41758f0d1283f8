//! Functions that are positive on the unit square, cell by cell: the theorems that come down to that, the search for a cover, its
//! certificate, and the checker.

mod certificate;
mod checker;
mod cone;
mod cover;
mod lyapunov;
mod planar;
mod theorem;

pub use certificate::{Certificate, Cover};
pub use checker::{Checked, check_cover, check_functions};
pub use cone::{Chart, Piece, cone_charts, overclaimed_cone};
pub use cover::{Cell, Edge, End, Leaf, Positive, Rule, cover};
pub use lyapunov::{Determinant, determinant_root};
pub use planar::PlanarFlow;
pub use theorem::Theorem;

pub(crate) use certificate::HEAD;
use cover::FINEST;
