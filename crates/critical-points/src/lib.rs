//! Critical points of two-layer bias-free ReLU networks with Gaussian inputs: where the population gradient of K
//! students against K′ teachers vanishes, and where it cannot.
//!
//! - [`NormalEquation`]: all gradients at once, in angles and norms (Tian 2017, Eq 9–13), and [`Magnitudes`], the norms
//!   that the angles ask for;
//! - [`Separability`]: the functions L_jj′ of one teacher direction, and the test of Theorem 3 that rules points out;
//!   [`Dependence`]: when its matrix M_r is invertible;
//! - two students in a plane: [`TwoUnits`], L₁₂ and L₂₁ with full relative accuracy, [`sign_grid`] for Conjecture 1,
//!   [`ConeCase`] for Theorem 4, [`Bisector`] for critical points in closed form;
//! - out of the plane of the teachers: [`PrincipalPlane`], [`RotationOrbit`] for Theorem 2, and the explicit families
//!   [`OutOfPlaneFamily`] and [`AntipodalFamily`]; [`Spectrum`] counts the eigenvalues of a Hessian by sign;
//! - all of them: [`Search`] from random starts of a [`StartFamily`] each, ended by [`refine()`], a [`Catalogue`] of what was
//!   found up to the symmetries that [`Equivalence`] knows, [`classify()`] with margins, and [`Descent`] to the minima that
//!   gradient descent finds. Teachers may have any unit of length.
//!
//! Conventions: top weights are 1, one neuron a row, everything per sample (N = 1) except the normal equation, which is
//! 2π times the gradient as in the paper.
//!
//! Bad input. Linearly dependent teachers are allowed everywhere: Π* then has a dimension below K′. More neurons than
//! dimensions (K > d) are allowed too, but Eq 10 then only says that gradients vanish along the students. Zero weights
//! cannot be made into [`Weights`](teacher_student::Weights), and a start with a neuron at the origin is an error that names
//! it; a neuron that vanishes on the way ends the run, and one that is very short leaves a point undecided. Parallel students make M_r singular, an error with its
//! condition number; parallel teachers have no bisector, an error that says what to use, and are no obstacle to a search.
//!
//! Invariants: the crate draws random numbers only from generators that the caller hands in; the only dynamics in it is the
//! descent with constant step of [`Descent`]. One thread, but for [`sign_grid`] and [`Search::run`], which spread rows and runs
//! over the rayon pool of the caller and return the same on any.
//!
//! ```
//! use critical_points::{NormalEquation, Separability};
//! use teacher_student::Weights;
//! // Both teachers outside the cone of the students: no norms make these directions critical.
//! let teacher = Weights::orthonormal(2, 2)?;
//! let student = Weights::from_rows(&[vec![0.9, 0.1], vec![0.4, 0.5]])?;
//! let exclusion = Separability::new(&student)?.rule_out(&teacher)?.expect("Theorem 4");
//! assert!(!exclusion.positive && exclusion.least > 1e6 * exclusion.resolution);
//! assert!(NormalEquation::new(&student, &teacher)?.residual().norm_max() > 0.1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bisector;
mod classify;
mod dependence;
mod descent;
mod directions;
mod equivalence;
mod error;
mod magnitudes;
mod normal_equation;
mod out_of_plane;
mod plane;
mod refine;
mod search;
mod separability;
mod spectrum;
mod split;
mod two_units;
mod units;

pub use bisector::Bisector;
pub use classify::{Classification, Doubt, Kind, classify};
pub use dependence::Dependence;
pub use descent::{Arrival, Descended, Descent};
pub use equivalence::{Correspondence, Equivalence};
pub use error::Error;
pub use magnitudes::Magnitudes;
pub use normal_equation::NormalEquation;
pub use out_of_plane::{AntipodalFamily, OutOfPlaneFamily, RotationOrbit};
pub use plane::PrincipalPlane;
pub use refine::{Refined, Refinement, refine};
pub use search::{Attempt, Catalogue, Class, Search, StartFamily};
pub use separability::{Exclusion, Separability};
pub use spectrum::Spectrum;
pub use two_units::{
    ConeCase, Ray, SignExtremes, SignGrid, TwoUnits, sign_grid, sign_grid_picture,
};

#[doc = include_str!("../CLAIMS.md")]
pub mod claims {}
