//! The theory of one student unit that learns one teacher unit: Lyapunov function, basin, polar form of the flow.
//!
//! Student w and teacher w* are vectors of ℝᵈ, θ = ∠(w, w*), and the flow is ẇ = −∇ ½E\[(σ(w·x) − σ(w*·x))²\] for
//! x ~ N(0, I), per sample. Its gradient is [`relu_gating::single_unit_gradient`].
//!
//! Ω = {w : ‖w − w*‖ < ‖w*‖} is the region in which the theory of Tian 2017 (Theorems 5 and 6) proves convergence. It
//! is not the basin of attraction: the polar form of the flow shows that **every** start converges to w*, except those
//! on the ray {−c w* : c ≥ 0}; see [`polar_rate`].

mod basin;
mod lyapunov;
mod polar;
mod volume;

pub use basin::{
    BasinProbability, basin_margin, basin_probability, guarantee_slack, guaranteed_probability,
    guaranteed_ratio, in_basin, uniform_in_ball,
};
pub use lyapunov::{LyapunovMatrix, lyapunov_rate, lyapunov_value};
pub use polar::{PolarRate, norm_floor, polar_rate};
pub use volume::{VolumeRatioBounds, ball_volume_ratio, ball_volume_ratio_bounds};

use crate::error::{Error, check_setting};

/// Student and teacher of equal length d ≥ 1, finite, the teacher not zero.
fn check_pair(w: &[f64], teacher: &[f64]) -> Result<(), Error> {
    for (what, vector) in [("the student", w), ("the teacher", teacher)] {
        if vector.is_empty() {
            return Err(Error::EmptyMatrix {
                what,
                rows: 1,
                columns: 0,
            });
        }
        if let Some(column) = vector.iter().position(|x| !x.is_finite()) {
            return Err(Error::NotFinite {
                what,
                row: 0,
                column,
                value: vector[column],
            });
        }
    }
    if w.len() != teacher.len() {
        return Err(Error::Shape {
            what: "the student",
            rows: 1,
            columns: w.len(),
            expected_rows: 1,
            expected_columns: teacher.len(),
        });
    }
    check_non_zero("the teacher", teacher)
}

fn check_non_zero(what: &'static str, vector: &[f64]) -> Result<(), Error> {
    if vector.iter().all(|x| *x == 0.0) {
        Err(Error::ZeroNeuron { what, row: 0 })
    } else {
        Ok(())
    }
}

fn check_dimension(dimension: usize) -> Result<(), Error> {
    check_setting(
        "dimension",
        dimension as f64,
        dimension > 0,
        "it must be at least 1",
    )
}
