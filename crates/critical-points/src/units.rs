use faer::{Mat, MatRef};
use numeric::{exponent, norm, times_power_of_two};
use teacher_student::{Network, Population, Weights};

use crate::error::Error;

/// Norms of teachers farther apart than 2 to this are beyond a search.
const MOST_RATIO: i32 = 256;

/// A population objective in the unit of its longest teacher: all weights over 2^e, where 2^e ≤ max ‖w_k*‖ < 2^(e+1).
///
/// loss(2^e W; 2^e W*) = 4^e loss(W; W*); the gradient has the factor 2^e, and the Hessian none. A power of two changes no
/// digit, so that what is found does not depend on the unit in which the weights are given.
#[derive(Debug, Clone)]
pub(crate) struct Units {
    exponent: i32,
    population: Population,
}

impl Units {
    pub(crate) fn of(population: &Population) -> Result<Self, Error> {
        let teacher = population.teacher();
        let exponents = exponents(teacher.weights());
        let exponent = exponents.iter().copied().max().unwrap_or(0);
        let mut units = Self {
            exponent,
            population: population.clone(),
        };
        if exponent != 0 {
            let weights = units.down(teacher.weights())?;
            let network = Network::with_top_weights(weights, teacher.top_weights().to_vec())?;
            let top = population.student_top_weights().to_vec();
            units.population = Population::new(network, top)?;
        }
        Ok(units)
    }

    /// As [`of`](Self::of), for teachers whose norms a search can bring together.
    ///
    /// # Errors
    /// Norms that differ by a factor of more than 2²⁵⁶.
    pub(crate) fn comparable(population: &Population) -> Result<Self, Error> {
        let exponents = exponents(population.teacher().weights());
        let (least, most) = (exponents.iter().min(), exponents.iter().max());
        if let (Some(least), Some(most)) = (least, most)
            && most - least > MOST_RATIO
        {
            return Err(Error::NormRatio {
                exponent: most - least,
                limit: MOST_RATIO,
            });
        }
        Self::of(population)
    }

    /// The objective in the unit.
    pub(crate) fn population(&self) -> &Population {
        &self.population
    }

    /// Weights in the unit.
    pub(crate) fn down(&self, weights: &Weights) -> Result<Weights, Error> {
        times(weights.as_mat(), -self.exponent)
    }

    /// Weights in the unit, in that of the caller.
    pub(crate) fn up(&self, weights: MatRef<'_, f64>) -> Result<Weights, Error> {
        times(weights, self.exponent)
    }

    /// A length or a gradient in the unit, in that of the caller.
    pub(crate) fn length(&self, value: f64) -> f64 {
        times_power_of_two(value, self.exponent)
    }

    /// A length or a gradient of the caller, in the unit.
    pub(crate) fn in_units(&self, value: f64) -> f64 {
        times_power_of_two(value, -self.exponent)
    }

    /// A loss in the unit, in that of the caller.
    pub(crate) fn loss(&self, value: f64) -> f64 {
        self.length(self.length(value))
    }
}

/// The weights times 2^e.
fn times(weights: MatRef<'_, f64>, exponent: i32) -> Result<Weights, Error> {
    let (neurons, dimension) = weights.shape();
    Ok(Weights::new(Mat::from_fn(neurons, dimension, |j, c| {
        times_power_of_two(weights[(j, c)], exponent)
    }))?)
}

/// The exponents of the norms of all neurons.
fn exponents(weights: &Weights) -> Vec<i32> {
    let norms = lengths(weights.as_mat());
    norms.into_iter().filter_map(exponent).collect()
}

/// ‖w_j‖ for every row.
pub(crate) fn lengths(weights: MatRef<'_, f64>) -> Vec<f64> {
    (0..weights.nrows())
        .map(|j| {
            let row: Vec<f64> = (0..weights.ncols()).map(|c| weights[(j, c)]).collect();
            norm(&row)
        })
        .collect()
}

/// The longest row.
pub(crate) fn longest(weights: MatRef<'_, f64>) -> f64 {
    lengths(weights).into_iter().fold(0.0, f64::max)
}
