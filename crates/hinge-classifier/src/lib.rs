//! Hinge-loss ReLU classifiers with a fixed top layer on data in orthogonal subspaces: the model, its training, the
//! geometric condition, and the bounds of Long, Yin & Xin (2021).
//!
//! - [`Subspaces`], the laws of the data ([`PolarGrid`], [`UniformAnnulus`], [`BoundedDensity`]) and [`DataSet`];
//! - [`TopLayer`], checked against Assumption 1, and [`HingeNetwork`]: outputs, prediction, hinge loss;
//! - losses with gradients: [`SampledHinge`] point by point, [`Rays`] for networks without bias, once a direction, and
//!   [`PlanarPopulation`], the expected loss under a density in closed form;
//! - [`Training`] by gradient descent with its goals and records; [`PaperStart`] and [`fan`] are the paper's starts;
//! - [`geometric_condition`] in any dimension, with a proof for either answer ([`ConditionProof`] is one in integers),
//!   [`Hull`], [`margin_bounds`], and the probability [`Wendel`]; [`planar_condition`] is the quick way in the plane;
//! - [`random_projection`] and [`holds_in_projections`]: weights seen in random subspaces;
//! - [`ClassBounds`]: the constants and bounds of the statements.
//!
//! Conventions: weights are k × d, one neuron a row, as a slice row by row; classes are 0, …, n − 1; |W| = Σ_j ‖w_j‖.
//!
//! Invariants: the crate draws random numbers only from a generator that it is handed; it runs on one thread, so a whole
//! run is a task for the caller's pool; sums have a fixed order, and no bit depends on the width of the registers (the feature
//! `wide-registers` lets it have 512 bits). No input makes it panic; what is refused is an [`Error`] with the offending value.
//! It knows nothing of Gaussian inputs, of teachers and of files.
//!
//! ```
//! use hinge_classifier::{
//!     DataSet, Goal, HingeNetwork, PaperStart, PolarGrid, SampledHinge, Subspaces, TopLayer, Training,
//! };
//! use rand_chacha::rand_core::SeedableRng;
//! // Three classes in the coordinate planes of ℝ⁶, fifteen neurons.
//! let spaces = Subspaces::coordinate(&[2, 2, 2])?;
//! let data = DataSet::grid(&spaces, &PolarGrid::new(&[1.0, 2.0], 24)?)?;
//! let objective = SampledHinge::new(HingeNetwork::new(TopLayer::alternating(3, 15, 0.5)?), data)?;
//! let start = PaperStart::Random.draw(&mut rand_chacha::ChaCha8Rng::seed_from_u64(1), 15, 6);
//! let run = Training::new(0.1)?.until(Goal::NoErrors)?.run(&objective, &start)?;
//! assert_eq!(objective.network().predict(&run.weights, &[0.0, 0.0, 1.0, 0.5, 0.0, 0.0])?, Some(1));
//! # Ok::<(), hinge_classifier::Error>(())
//! ```

mod bounds;
mod condition;
mod data;
mod error;
mod gauss;
mod network;
mod objective;
mod training;

pub use bounds::{ClassBounds, FastPhase, SlowPhase};
pub use condition::{
    ClosedHemisphere, ConditionProof, DyadicFraction, Effort, Facet, GeometricCondition, Hull,
    MarginBounds, PositiveCombination, Undecided, Wendel, geometric_condition,
    geometric_condition_with, holds_in_projections, margin_bounds, planar_condition,
    random_projection,
};
pub use data::{BoundedDensity, DataLaw, DataSet, PolarGrid, Subspaces, UniformAnnulus};
pub use error::Error;
pub use network::{HingeNetwork, TopLayer};
pub use objective::{Evaluation, HingeLoss, PlanarPopulation, Rays, SampledHinge, Scratch};
pub use training::{Goal, History, PaperStart, Run, Training, TrainingEnd, fan};

#[doc = include_str!("../CLAIMS.md")]
pub mod claims {}
