//! Weights seen in a random subspace.

use faer::{Mat, MatRef};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use super::general::geometric_condition;
use crate::Error;

/// Coordinates of the orthogonal projections of k × d weights on a uniformly random subspace of dimension m, in an orthonormal
/// frame of it: k × m.
///
/// # Errors
/// No column, or a dimension m outside 1, …, d.
///
/// # Source
/// LYX §6.2, Figure 7.
pub fn random_projection<R: Rng + ?Sized>(
    weights: MatRef<'_, f64>,
    dimension: usize,
    random: &mut R,
) -> Result<Mat<f64>, Error> {
    check(weights, dimension)?;
    let draws = gaussian(weights.ncols(), dimension, random);
    // The columns of Q span a uniform subspace, as the Gaussian columns do.
    let frame = dense::orthonormal(draws.as_ref());
    Ok(dense::product(weights, frame.as_ref()))
}

/// In how many of `count` random subspaces of dimension m the projections of k × d weights satisfy the geometric condition.
///
/// The condition does not change under invertible maps, so Gaussian maps ℝᵈ → ℝᵐ do, without orthonormal frames. For orthogonal
/// weights of any norms with k ≤ d the projected rows are independent Gaussian directions, and the expected share is
/// [`Wendel`](crate::Wendel)'s probability for k and m.
///
/// # Errors
/// Those of [`random_projection`] and of [`geometric_condition`].
///
/// # Source
/// LYX §6.2 ("our geometric condition holds with high probability") and Remark 3.
pub fn holds_in_projections<R: Rng + ?Sized>(
    weights: MatRef<'_, f64>,
    dimension: usize,
    count: usize,
    random: &mut R,
) -> Result<usize, Error> {
    check(weights, dimension)?;
    let mut held = 0;
    for from in (0..count).step_by(AT_ONCE) {
        let maps = AT_ONCE.min(count - from);
        let maps_of = gaussian(weights.ncols(), maps * dimension, random);
        let projected = dense::product(weights, maps_of.as_ref());
        for map in 0..maps {
            let seen = projected.as_ref().subcols(map * dimension, dimension);
            held += usize::from(geometric_condition(seen)?.holds() == Some(true));
        }
    }
    Ok(held)
}

/// Maps that are multiplied at once.
const AT_ONCE: usize = 64;

fn gaussian<R: Rng + ?Sized>(rows: usize, columns: usize, random: &mut R) -> Mat<f64> {
    Mat::from_fn(rows, columns, |_, _| random.sample(StandardNormal))
}

fn check(weights: MatRef<'_, f64>, dimension: usize) -> Result<(), Error> {
    let (rows, columns) = weights.shape();
    if columns == 0 {
        return Err(Error::NoDimension { rows, columns });
    }
    if dimension == 0 || dimension > columns {
        return Err(Error::Count {
            name: "dimension",
            value: dimension,
            requirement: "a subspace has at least one dimension and not more than the space",
        });
    }
    Ok(())
}
