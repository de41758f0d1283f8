//! Vector fields on ℝⁿ and the methods that follow them. Nothing here knows of networks: a state is a slice of numbers.

mod event;
mod field;
mod integrators;
mod krylov;
mod record;
mod stop;
mod trajectory;

pub use field::{FieldError, VectorField};
pub use integrators::{
    DormandPrince, ExponentialAdams, GradientDescent, Integrator, RungeKutta4, RungeKuttaChebyshev,
};
pub(crate) use krylov::{lanczos_least, minres};
pub use record::Record;
pub use stop::Stop;
pub use trajectory::{Outcome, Trajectory, TrajectoryBuilder};
