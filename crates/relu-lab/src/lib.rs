//! Exact analysis of two-layer bias-free ReLU networks with Gaussian inputs: one library to depend on.
//!
//! | module | what it holds |
//! |---|---|
//! | [`gating`] | closed forms for one pair of directions: [`gating::Angle`], kernels, input laws |
//! | [`networks`] | networks, exact loss, gradient and Hessian, gradient flow and its integrators |
//! | [`points`] | the normal equation, separability functions, manifolds, critical points |
//! | [`symmetry`] | group actions and the reductions they give: the planar dynamics, its saddle |
//! | [`hinge`] | the hinge-loss classifier and its geometric condition |
//! | [`proved`] | what is proved by interval arithmetic, not sampled |
//! | `files` (feature `files`) | arrays in `.npy`, `.npz` and tables |
//! | `sweep` (feature `sweeps`) | grids of descents that can be stopped, spread and joined |
//!
//! The names of daily use stand at the root; [`faer`] holds the matrices, [`rand`] and [`rand_chacha`] the generators that
//! functions of this library take. There are no default features: who wants a loss compiles neither archives nor tables. The
//! command `relu-lab` is the crate `relu-lab-cli`, described by `relu-lab --help` and in `docs/CLI.md`.
//!
//! # My first landscape
//!
//! How often does descent from a random start find the teacher, and what is it that it finds otherwise?
//!
//! ```
//! use relu_lab::networks::initialization::{stream, xavier};
//! use relu_lab::{
//!     DormandPrince, Ending, EndingTolerances, GradientFlow, Network, Population, Record, Stop, Weights,
//! };
//!
//! let teacher = Network::new(Weights::orthonormal(3, 3)?);
//! let flow = GradientFlow::new(Population::matching(teacher));
//! let descent = DormandPrince::default();
//! let stop = Stop::new().time(1e4).relative_rate_below(1e-10);
//! let mut found = 0;
//! for run in 0..10 {
//!     let start = xavier(&mut stream(1, run), 3, 3)?;
//!     let run = flow.run(&descent, &start, &stop, &Record::Ends)?;
//!     let ending = Ending::classify(&flow, run.trajectory(), &EndingTolerances::default())?;
//!     println!("{ending}");
//!     found += u32::from(ending.is_global());
//! }
//! assert!(found >= 9); // three neurons: nearly every start finds it, up to names
//! # Ok::<(), relu_lab::networks::Error>(())
//! ```
//!
//! # Loss, gradient and curvature at a point
//!
//! ```
//! use relu_lab::{Network, Objective, Population, Spectrum, Weights};
//!
//! let teacher = Network::new(Weights::orthonormal(2, 2)?);
//! let population = Population::matching(teacher);
//! let student = Weights::from_rows(&[vec![0.9, 0.1], vec![0.2, 1.1]])?;
//! let gradient = population.gradient(&student)?;
//! let curvature = Spectrum::of(&population.hessian(&student)?)?;
//! assert!(population.loss(&student)? < 0.02 && gradient.norm_l2() < 0.2);
//! assert_eq!(curvature.positive(), 4); // convex here
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Critical points, each with its proof
//!
//! ```
//! use relu_lab::{BlockDynamics, Certify, Network, Population, Search, Weights, certify_blocks};
//!
//! let population = Population::matching(Network::new(Weights::orthonormal(2, 3)?));
//! for c in Search::new(&population)?.catalogue(0..40, 1)?.by_loss() {
//!     println!("{c}  {}", c.certify()?);
//! }
//! // A minimum that is not global, for 50 neurons: 49 near their teachers, and one reversed.
//! let dynamics = BlockDynamics::new(&[49, 1])?;
//! let point = certify_blocks(&dynamics, &dynamics.settle(&BlockDynamics::spurious_start(50)?, 1e-13)?)?;
//! println!("{point}");
//! assert!(point.certified().is_some_and(|point| point.is_spurious_minimum()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Weights from NumPy
//!
//! With the feature `files`:
#![cfg_attr(feature = "files", doc = "```no_run")]
#![cfg_attr(not(feature = "files"), doc = "```ignore")]
//! use relu_lab::files::read;
//! let weights = read::weights("W.npy")?; // checked: K x d, finite, no zero row
//! println!("{} neurons in dimension {}", weights.neurons(), weights.dimension());
//! # Ok::<(), relu_lab::files::Error>(())
//! ```
//!
//! Invariants: everything is deterministic; the same seed gives the same bytes on any number of threads; no memory is taken
//! on the word of a file; output files appear whole or not at all.

#[cfg(feature = "files")]
pub mod files;

#[cfg(feature = "sweeps")]
#[doc(inline)]
pub use sweeps as sweep;

#[doc(inline)]
pub use critical_points as points;
#[doc(inline)]
pub use hinge_classifier as hinge;
#[doc(inline)]
pub use proofs as proved;
#[doc(inline)]
pub use relu_gating as gating;
#[doc(inline)]
pub use ssb as symmetry;
#[doc(inline)]
pub use teacher_student as networks;

pub use {faer, rand, rand_chacha};

pub use critical_points::{NormalEquation, PrincipalPlane, Search, Separability, Spectrum};
pub use proofs::points::{Certify, certify, certify_blocks};
pub use relu_gating::Angle;
pub use ssb::{BlockDynamics, PlanarDynamics};
pub use teacher_student::{
    DormandPrince, Ending, EndingTolerances, ExponentialAdams, FlowRun, GradientDescent,
    GradientFlow, Integrator, Network, Objective, Outcome, Population, Record, RungeKutta4,
    RungeKuttaChebyshev, Stop, Trajectory, Weights, settle, state_of,
};
