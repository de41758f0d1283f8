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
//! use teacher_student::{
//!     GradientDescent, GradientFlow, Integrator, Network, Population, Record, Stop, Weights, state_of,
//! };
//!
//! let teacher = Network::new(Weights::orthonormal(2, 2)?);
//! let flow = GradientFlow::new(Population::matching(teacher)?);
//! let start = Weights::from_rows(&[vec![0.3, 0.1], vec![0.1, 0.3]])?;
//! let stop = Stop::new().steps(10_000).rate_below(1e-8);
//! let run = GradientDescent::new(0.5)?.integrate(&flow, &state_of(start.as_mat()), &stop, &Record::Ends)?;
//! assert!(run.outcome().is_converged());
//! assert!((run.end()[0] - 1.0).abs() < 1e-6); // neuron 1 has found w*_1
//! # Ok::<(), teacher_student::Error>(())
//! ```

mod angles;
mod assignment;
mod empirical;
mod ending;
mod error;
mod field;
pub mod initialization;
mod integrators;
mod krylov;
pub mod multilayer;
mod pairing;
mod population;
mod product;
mod scratch;
mod settle;
pub mod single_unit;
mod stop;
mod trajectory;
mod weights;

pub use assignment::{Matching, optimal_assignment};
pub use empirical::Empirical;
pub use ending::{Ending, EndingTolerances};
pub use error::Error;
pub use field::{FieldError, GradientFlow, Objective, VectorField, state_of};
pub use integrators::{
    DormandPrince, DormandPrinceBuilder, ExponentialAdams, GradientDescent, Integrator,
    RungeKutta4, RungeKuttaChebyshev,
};
pub use population::{PlainGradient, Population};
pub use settle::{Settled, settle};
pub use stop::Stop;
pub use trajectory::{Outcome, Record, Trajectory};
pub use weights::{Network, Weights};

#[doc = include_str!("../CLAIMS.md")]
pub mod claims {}
