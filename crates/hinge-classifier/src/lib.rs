//! Hinge-loss ReLU classifiers with a fixed top layer on data in orthogonal subspaces: the model, its training, the
//! geometric condition, and the bounds of Long, Yin & Xin (2021).
//!
//! - [`Subspaces`], the laws of the data ([`PolarGrid`], [`UniformAnnulus`], [`BoundedDensity`]) and [`DataSet`];
//! - [`TopLayer`], checked against Assumption 1, and [`HingeNetwork`]: outputs, prediction, hinge loss;
//! - objectives with gradients: [`Empirical`] point by point, [`Rays`] for networks without bias, once a direction, and
//!   [`PlanarPopulation`], the expected loss under a density in closed form;
//! - [`Training`] by gradient descent with its goals and records; [`Start`] and [`fan`] are the paper's starts;
//! - [`geometric_condition`] in any dimension, with a proof for either answer, [`Hull`], [`margin_bounds`], and the
//!   probability [`Wendel`]; [`planar_condition`] is the quick way in the plane;
//! - [`random_projection`] and [`holds_in_projections`]: weights seen in random subspaces;
//! - [`ClassBounds`]: the constants and bounds of the statements.
//!
//! Conventions: weights are k × d, one neuron a row, as a slice row by row; classes are 0, …, n − 1; |W| = Σ_j ‖w_j‖.
//!
//! Invariants: the crate draws random numbers only from a generator that it is handed; it runs on one thread, so a whole
//! run is a task for the caller's pool; sums have a fixed order.
//!
//! ```
//! use hinge_classifier::{DataSet, Empirical, Goal, HingeNetwork, PolarGrid, Start, Subspaces, TopLayer, Training};
//! use rand_chacha::rand_core::SeedableRng;
//! // Three classes in the coordinate planes of ℝ⁶, fifteen neurons.
//! let spaces = Subspaces::coordinate(&[2, 2, 2])?;
//! let data = DataSet::grid(&spaces, &PolarGrid::new(&[1.0, 2.0], 24)?)?;
//! let objective = Empirical::new(HingeNetwork::new(TopLayer::alternating(3, 15, 0.5)?), data)?;
//! let start = Start::Random.draw(&mut rand_chacha::ChaCha8Rng::seed_from_u64(1), 15, 6);
//! let run = Training::new(0.1)?.until(Goal::NoErrors)?.run(&objective, &start)?;
//! assert_eq!(objective.network().predict(&run.weights, &[0.0, 0.0, 1.0, 0.5, 0.0, 0.0])?, Some(1));
//! # Ok::<(), hinge_classifier::Error>(())
//! ```

mod bounds;
mod data;
mod empirical;
mod error;
mod geometric_condition;
mod hull;
mod initialization;
mod network;
mod objective;
mod planar_condition;
mod planar_population;
mod principal_angles;
mod projection;
mod rays;
mod subspaces;
mod top_layer;
mod training;
mod wendel;

pub use bounds::{ClassBounds, FastPhase, SlowPhase};
pub use data::{BoundedDensity, DataLaw, DataSet, PolarGrid, UniformAnnulus};
pub use empirical::Empirical;
pub use error::Error;
pub use geometric_condition::{
    ClosedHemisphere, Effort, GeometricCondition, PositiveCombination, Undecided,
    geometric_condition, geometric_condition_with,
};
pub use hull::{Facet, Hull, MarginBounds, margin_bounds};
pub use initialization::{Start, fan};
pub use network::HingeNetwork;
pub use objective::{Evaluation, Objective, Scratch};
pub use planar_condition::planar_condition;
pub use planar_population::PlanarPopulation;
pub use projection::{holds_in_projections, random_projection};
pub use rays::Rays;
pub use subspaces::Subspaces;
pub use top_layer::TopLayer;
pub use training::{Ending, Goal, History, Run, Training};
pub use wendel::{DyadicFraction, Wendel};

#[doc = include_str!("../CLAIMS.md")]
pub mod claims {}
