//! What is proved by interval arithmetic, not sampled.

mod certificate;
pub mod certify;
mod checker;
mod cone;
mod cover;
mod dual;
mod error;
mod fields;
mod interval;
mod jet;
mod kernel;
mod lyapunov;
mod planar;
mod refutation;
mod theorem;
pub mod verified;

pub use certificate::{Certificate, Cover};
pub use checker::{Checked, check};
pub use cone::{Chart, Piece, cone_charts, overclaimed_cone};
pub use cover::{Cell, Leaf, Positive, Rule, cover};
pub use dual::Dual;
pub use error::Error;
pub use fields::{l12, planar_velocity, population_gating, population_gradient};
pub use interval::Interval;
pub use jet::Jet;
pub use kernel::{
    angle, arc_cosine, arc_cosine_of_supplement, arc_cosine_over_cube, dot, kernel, norm,
};
pub use lyapunov::{Determinant, determinant_root};
pub use planar::PlanarFlow;
pub use refutation::{HingeTrap, Refutation, refutations};
pub use theorem::Theorem;
