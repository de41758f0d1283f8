use faer::{Mat, MatRef};
use numeric::norm;

use super::GradientFlow;
use crate::error::Error;
use crate::flow::{Outcome, Record, RungeKuttaChebyshev, Stop, lanczos_least, minres};
use crate::objective::Objective;
use crate::population::Population;
use crate::weights::{Weights, state_of};

/// The critical point at which [`settle`] arrived, and what it took.
#[derive(Debug, Clone)]
pub struct Settled {
    weights: Weights,
    gradient_norm: f64,
    outcome: Outcome,
    flow_time: f64,
    flow_evaluations: usize,
    newton_steps: usize,
    products: usize,
    least_curvature: Option<f64>,
}

impl Settled {
    /// The weights at the end.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// ‖∇loss‖ at the end.
    pub fn gradient_norm(&self) -> f64 {
        self.gradient_norm
    }

    /// Converged, with the gradient norm reached, or why the flow ended before.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// An estimate, from above, of the least eigenvalue of the Hessian where Newton's method ended; none if it was not used.
    pub fn least_curvature(&self) -> Option<f64> {
        self.least_curvature
    }

    /// The time up to which the flow was followed. What happens after it is skipped.
    pub fn flow_time(&self) -> f64 {
        self.flow_time
    }

    /// Evaluations of the gradient along the flow.
    pub fn flow_evaluations(&self) -> usize {
        self.flow_evaluations
    }

    /// Newton steps taken at the end.
    pub fn newton_steps(&self) -> usize {
        self.newton_steps
    }

    /// Products of the Hessian with a vector.
    pub fn hessian_products(&self) -> usize {
        self.products
    }
}

/// Relative tolerance along the flow: it decides which critical point is met, not how well.
const FLOW_TOLERANCE: f64 = 1e-4;
/// A Newton step is taken if it makes the gradient at least this much smaller.
const CONTRACTION: f64 = 0.5;
/// And if it moves the weights by at most this fraction of their norm.
const REACH: f64 = 0.05;
const MOST_NEWTON_STEPS: usize = 30;
const MOST_PRODUCTS: usize = 2_000;
/// Curvature below minus this is a saddle's; weights are of order one in these units.
const SADDLE: f64 = 1e-7;
const LANCZOS_STEPS: usize = 120;

/// Follows the gradient flow until Newton's method takes over, and polishes to ‖∇loss‖ ≤ `tolerance`.
///
/// The flow is followed to ever smaller gradients; at each, Newton's method on ∇loss = 0 (exact Hessian, minimum-residual
/// solver, so manifolds of critical points do no harm) is tried. Its end is kept only if every step halved the gradient and
/// was short, and if no direction of negative curvature is found there: a flow passes such a saddle unless it starts on
/// its stable manifold, and then it is followed to the tolerance itself. **The path after the last point of the flow is
/// skipped, and nothing is proved about it**; in particular the curvature is an estimate by the Lanczos method, from above.
///
/// A tolerance below what rounding allows (a gradient of about 1e-14 √K ‖w‖) ends with the smallest gradient found.
///
/// # Examples
/// ```
/// use teacher_student::{Network, Population, Weights, settle};
/// let population = Population::matching(Network::new(Weights::orthonormal(4, 6)?));
/// let start = faer::Mat::from_fn(4, 6, |j, i| 0.2 * f64::cos((7 * j + 3 * i) as f64));
/// let settled = settle(&population, start.as_ref(), 1e-14, 1e5)?;
/// assert!(settled.outcome().is_converged() && settled.gradient_norm() <= 1e-14);
/// # Ok::<(), teacher_student::Error>(())
/// ```
///
/// # Errors
/// A start that is no valid student, or a tolerance or time that is not positive and finite.
pub fn settle<'a>(
    population: &Population,
    start: impl Into<MatRef<'a, f64>>,
    tolerance: f64,
    longest_time: f64,
) -> Result<Settled, Error> {
    let start = Weights::new(start.into().to_owned())?;
    for (name, value) in [("tolerance", tolerance), ("longest_time", longest_time)] {
        if !(value.is_finite() && value > 0.0) {
            return Err(Error::Setting {
                name,
                value,
                requirement: "it must be finite and positive",
            });
        }
    }
    let first = population.gradient(&start)?.norm_l2();
    let flow = GradientFlow::new(population.clone());
    let method = RungeKuttaChebyshev::default().tolerance(FLOW_TOLERANCE);
    let mut settled = Settled {
        weights: start,
        gradient_norm: first,
        outcome: Outcome::RateBelow { rate: first },
        flow_time: 0.0,
        flow_evaluations: 0,
        newton_steps: 0,
        products: 0,
        least_curvature: None,
    };
    let mut threshold = first;
    while settled.gradient_norm > tolerance {
        threshold = (0.1 * threshold).max(tolerance);
        let stop = Stop::new()
            .time(longest_time - settled.flow_time)
            .rate_below(threshold);
        let run = flow.run(&method, &settled.weights, &stop, &Record::Ends)?;
        settled.flow_time += run.trajectory().end_time();
        settled.flow_evaluations += run.trajectory().evaluations();
        settled.weights = run.end()?;
        settled.gradient_norm = population.gradient(&settled.weights)?.norm_l2();
        settled.outcome = run.outcome().clone();
        let polished = polish(population, &mut settled, tolerance)?;
        if polished || !settled.outcome.is_converged() {
            break;
        }
    }
    Ok(settled)
}

/// Newton's method from the current weights; keeps its end if it reached the tolerance or the floor of rounding, at no
/// saddle.
fn polish(population: &Population, settled: &mut Settled, tolerance: f64) -> Result<bool, Error> {
    let Some((weights, size, taken)) = newton(population, settled, tolerance)? else {
        return Ok(false);
    };
    let curvature = least_curvature(population, weights.as_ref(), &mut settled.products)?;
    if curvature < -SADDLE {
        return Ok(false);
    }
    settled.outcome = Outcome::RateBelow { rate: size };
    settled.weights = Weights::new(weights)?;
    settled.gradient_norm = size;
    settled.newton_steps = taken;
    settled.least_curvature = Some(curvature);
    Ok(true)
}

/// Weights, gradient norm and number of steps, if the method converged.
fn newton(
    population: &Population,
    settled: &mut Settled,
    tolerance: f64,
) -> Result<Option<(Mat<f64>, f64, usize)>, Error> {
    let (k, d) = (settled.weights.neurons(), settled.weights.dimension());
    let mut weights = settled.weights.as_mat().to_owned();
    let mut gradient = population.gradient(weights.as_ref())?;
    let mut size = gradient.norm_l2();
    let floor = 1e-14 * (k as f64).sqrt() * weights.norm_l2();
    for taken in 0..MOST_NEWTON_STEPS {
        if size <= tolerance {
            return Ok(Some((weights, size, taken)));
        }
        let down: Vec<f64> = state_of(gradient.as_ref()).iter().map(|g| -g).collect();
        let forcing = (size / weights.norm_l2()).clamp(1e-10, 1e-2);
        let products = &mut settled.products;
        let step = minres(
            |v| hessian_times(population, weights.as_ref(), v, products),
            &down,
            forcing,
            MOST_PRODUCTS.min(4 * k * d),
        )?;
        if norm(&step) > REACH * weights.norm_l2() {
            return Ok(None);
        }
        let next = &weights + MatRef::from_row_major_slice(&step, k, d);
        let Ok(next_gradient) = population.gradient(next.as_ref()) else {
            return Ok(None);
        };
        let next_size = next_gradient.norm_l2();
        if next_size > CONTRACTION * size {
            // At the floor rounding, not Newton's method, limits the gradient.
            let best = if next_size < size {
                (next, next_size, taken + 1)
            } else {
                (weights, size, taken)
            };
            return Ok((best.1 <= floor).then_some(best));
        }
        (weights, gradient, size) = (next, next_gradient, next_size);
    }
    Ok(None)
}

fn hessian_times(
    population: &Population,
    weights: MatRef<'_, f64>,
    v: &[f64],
    products: &mut usize,
) -> Result<Vec<f64>, Error> {
    *products += 1;
    let direction = MatRef::from_row_major_slice(v, weights.nrows(), weights.ncols());
    let product = population.hessian_product(weights, direction)?;
    Ok(state_of(product.as_ref()))
}

/// The least Ritz value of the Hessian after [`LANCZOS_STEPS`] steps, an upper bound of its least eigenvalue.
pub(super) fn least_curvature(
    population: &Population,
    weights: MatRef<'_, f64>,
    products: &mut usize,
) -> Result<f64, Error> {
    let n = weights.nrows() * weights.ncols();
    // A fixed start without symmetry, so that the result is reproducible: any other does as well.
    let start: Vec<f64> = (0..n).map(|i| (i as f64).sin().exp()).collect();
    lanczos_least(
        |v| hessian_times(population, weights, v, products),
        start,
        LANCZOS_STEPS.min(n),
    )
}
