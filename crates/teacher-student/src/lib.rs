//! Two-layer bias-free ReLU networks with Gaussian inputs: exact loss, gradient and Hessian, and their dynamics.
//!
//! A student x ↦ Σ_j a_j σ(w_j·x) learns a teacher x ↦ Σ_k b_k σ(w*_k·x) from x ~ N(0, I_d). [`Population`] holds the
//! expected square loss with its derivatives in closed form, [`Empirical`] the loss on given data; [`GradientFlow`]
//! makes either a vector field, and an [`Integrator`] follows it.
//!
//! Conventions: a weight matrix is K × d with one neuron a row; losses and gradients are per sample; the gradient is
//! +∂loss/∂w.
//!
//! Invariants: this crate draws random numbers only from a generator the caller hands in; it has no global state; the
//! top weights are fixed; an integration never loses what it has computed, however it ends.
//!
//! ```
//! use teacher_student::{GradientDescent, GradientFlow, Network, Population, Record, Stop, Weights};
//!
//! let teacher = Network::new(Weights::orthonormal(2, 2)?);
//! let flow = GradientFlow::new(Population::matching(teacher));
//! let start = Weights::from_rows(&[vec![0.3, 0.1], vec![0.1, 0.3]])?;
//! let stop = Stop::new().steps(10_000).rate_below(1e-8);
//! let run = flow.run(&GradientDescent::new(0.5), &start, &stop, &Record::Ends)?;
//! assert!(run.outcome().is_converged());
//! assert!((run.end()?.row(0)[0] - 1.0).abs() < 1e-6); // neuron 1 has found w*_1
//! # Ok::<(), teacher_student::Error>(())
//! ```

mod angles;
mod assignment;
mod empirical;
mod error;
mod flow;
mod gradient_flow;
pub mod initialization;
pub mod multilayer;
mod objective;
mod pairing;
mod population;
mod product;
mod scratch;
pub mod single_unit;
mod weights;

pub use assignment::{Matching, optimal_assignment};
pub use empirical::Empirical;
pub use error::Error;
pub use flow::{
    DormandPrince, ExponentialAdams, FieldError, GradientDescent, Integrator, Outcome, Record,
    RungeKutta4, RungeKuttaChebyshev, Stop, Trajectory, TrajectoryBuilder, VectorField,
};
pub use gradient_flow::{Ending, EndingTolerances, FlowRun, GradientFlow, Settled, settle};
pub use objective::Objective;
pub use population::{Bounded, PlainGradient, Population};
pub use weights::{Network, Weights, state_of};

/// The matrices of the public API.
pub use faer;
/// The traits of the generators that random starts draw from.
pub use rand;
/// The generator of [`initialization::stream`].
pub use rand_chacha;

#[doc = include_str!("../CLAIMS.md")]
pub mod claims {}
