use std::fmt;

use dense::Eigen;
use faer::Mat;
use teacher_student::{Objective, Population, Weights};

use crate::error::{Error, decomposition};
use crate::units::{Units, longest};

mod origin;

/// Steps tried from the start, and again after a neuron has crossed the origin.
const MOST_STEPS: usize = 400;
/// Neurons cross the origin at most this often, times K.
const CROSSINGS: usize = 4;
/// The share of the predicted decrease of ‖∇‖² that makes a step acceptable.
const ACCEPTABLE: f64 = 1e-4;
/// Curvatures below this, relative to the largest, are those of a manifold of critical points: no step is taken along them.
const FLAT: f64 = 1e-11;
/// The longest step, in units of the longest teacher.
const LONGEST: f64 = 0.5;
/// Students longer than this have left; in the same units.
const ESCAPED: f64 = 1e3;
/// Gradients below this times √(Kd) and the longest teacher are rounding; a critical point that cannot be polished further.
const FLOOR: f64 = 1e-14;
const LARGEST_DAMPING: f64 = 1e12;

/// How the search for one critical point ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refinement {
    /// At a critical point: the gradient is below the tolerance, or not above its rounding.
    Critical,
    /// No step makes the gradient smaller: a minimum of ‖∇‖² with a singular Hessian, or too many steps.
    Stalled,
    /// A neuron vanished, again and again; the gradient has no limit there.
    Vanished,
    /// The students grew without bound.
    Escaped,
}

/// Where [`refine`] ended.
#[derive(Debug, Clone)]
pub struct Refined {
    weights: Weights,
    gradient_norm: f64,
    steps: usize,
    outcome: Refinement,
}

impl fmt::Display for Refinement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Critical => "at a critical point",
            Self::Stalled => "at no critical point: no step makes the gradient smaller",
            Self::Vanished => "at no critical point: a neuron vanished",
            Self::Escaped => "at no critical point: the students grew without bound",
        })
    }
}

impl Refined {
    /// The weights at the end, K × d.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// ‖∇loss‖ there.
    pub fn gradient_norm(&self) -> f64 {
        self.gradient_norm
    }

    /// Steps tried.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// How it ended.
    pub fn outcome(&self) -> Refinement {
        self.outcome
    }
}

/// Finds a critical point of any index from a start: the Levenberg–Marquardt method for ∇loss = 0 with the exact
/// Hessian H.
///
/// A step is −(H² + μI)⁻¹H∇, taken in the eigenvectors of H, so that H may be indefinite or singular; μ follows the ratio of
/// the actual to the predicted decrease of ‖∇‖², and goes to zero at a critical point, where the step becomes Newton's of
/// least length. Directions of curvature below 1e-11‖H‖ are left alone.
///
/// At the origin the gradient of a neuron depends on its direction alone, and ‖∇‖ has local minima there that are no critical
/// points. A neuron that comes near is taken to the other side, where its gradient pulls it; one that nothing pulls becomes a
/// share of the longest neuron, which leaves the function of the network as it is.
///
/// # Examples
/// ```
/// use critical_points::{Refinement, refine};
/// use teacher_student::{Network, Population, Weights};
/// let population = Population::matching(Network::new(Weights::orthonormal(2, 2)?));
/// let start = Weights::from_rows(&[vec![0.7, 0.3], vec![0.3, 0.6]])?;
/// let end = refine(&population, &start, 1e-14)?;
/// assert_eq!(end.outcome(), Refinement::Critical);
/// # Ok::<(), critical_points::Error>(())
/// ```
///
/// # Errors
/// A start of another shape than the population's; a tolerance that is not positive and finite; eigenvalues that do not
/// converge.
pub fn refine(population: &Population, start: &Weights, tolerance: f64) -> Result<Refined, Error> {
    if !(tolerance.is_finite() && tolerance > 0.0) {
        return Err(Error::OutOfRange {
            name: "tolerance",
            value: tolerance,
            requirement: "it must be finite and positive",
        });
    }
    let units = Units::of(population)?;
    let start = units.down(start)?;
    refine_in(&units, &start, units.in_units(tolerance))
}

/// As [`refine`], with a start and a tolerance in the units; the end is in those of the caller.
pub(crate) fn refine_in(units: &Units, start: &Weights, tolerance: f64) -> Result<Refined, Error> {
    let population = units.population();
    let unit = longest(population.teacher().weights().as_mat());
    let mut gradient = population.gradient(start.as_mat())?;
    let mut weights = start.as_mat().to_owned();
    let mut size = gradient.norm_l2();
    let mut damping = 0.1 * size * size;
    let (mut steps, mut allowed, mut crossings) = (0, MOST_STEPS, 0);
    let mut outcome = None;
    while outcome.is_none() {
        if size <= tolerance {
            outcome = Some(Refinement::Critical);
            break;
        }
        let Ok(hessian) = population.hessian(weights.as_ref()) else {
            outcome = Some(Refinement::Vanished);
            break;
        };
        let frame = Frame::new(&hessian, &gradient)?;
        // The same frame serves all dampings until a step is taken.
        loop {
            steps += 1;
            let (step, left) = frame.step(damping, &weights);
            let accepted = (step.norm_l2() <= LONGEST * unit)
                .then(|| &weights + &step)
                .and_then(|next| {
                    let next_gradient = population.gradient(next.as_ref()).ok()?;
                    let next_size = next_gradient.norm_l2();
                    let predicted = size * size - left * left;
                    let ratio = (size - next_size) * (size + next_size) / predicted;
                    (ratio >= ACCEPTABLE && predicted > 0.0).then_some((
                        next,
                        next_gradient,
                        next_size,
                        ratio,
                    ))
                });
            if let Some((next, next_gradient, next_size, ratio)) = accepted {
                (weights, gradient, size) = (next, next_gradient, next_size);
                damping *= if ratio > 0.75 {
                    0.05
                } else if ratio < 0.25 {
                    4.0
                } else {
                    1.0
                };
                break;
            }
            damping = (8.0 * damping).max(1e-16 * frame.largest * frame.largest);
            if damping > LARGEST_DAMPING * frame.largest * frame.largest || steps >= allowed {
                outcome = Some(ended(population, &weights, size, unit));
                break;
            }
        }
        if weights.norm_max() > ESCAPED * unit {
            outcome = Some(Refinement::Escaped);
        } else if let Some(next) = origin::left(population, &weights, &gradient, unit)
            && crossings < CROSSINGS * weights.nrows()
        {
            gradient = population.gradient(next.as_ref())?;
            weights = next;
            size = gradient.norm_l2();
            damping = 0.1 * size * size;
            crossings += 1;
            allowed = steps + MOST_STEPS;
            outcome = None;
        } else if origin::reached(&weights, unit) {
            outcome = Some(Refinement::Vanished);
        }
    }
    Ok(Refined {
        weights: units.up(weights.as_ref())?,
        gradient_norm: units.length(size),
        steps,
        outcome: outcome.unwrap_or(Refinement::Stalled),
    })
}

/// Where nothing more can be gained: rounding, or a point that is not critical.
fn ended(population: &Population, weights: &Mat<f64>, size: f64, unit: f64) -> Refinement {
    let count =
        (weights.nrows() * weights.ncols() + population.teacher().weights().neurons()) as f64;
    if size <= FLOOR * count.sqrt() * unit {
        Refinement::Critical
    } else {
        Refinement::Stalled
    }
}

/// The gradient in the eigenvectors of the Hessian.
struct Frame {
    eigen: Eigen,
    coordinates: Vec<f64>,
    largest: f64,
}

impl Frame {
    fn new(hessian: &Mat<f64>, gradient: &Mat<f64>) -> Result<Self, Error> {
        let (count, d) = (hessian.nrows(), gradient.ncols());
        let eigen = Eigen::new(hessian.as_ref())
            .map_err(|error| decomposition("eigenvectors", hessian.as_ref(), &error))?;
        let vectors = eigen.vectors();
        let coordinates = (0..count)
            .map(|i| {
                (0..count)
                    .map(|r| vectors[(r, i)] * gradient[(r / d, r % d)])
                    .sum()
            })
            .collect();
        let largest = eigen.values().iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        Ok(Self {
            eigen,
            coordinates,
            largest,
        })
    }

    /// The step, in the shape of the weights, and what the linear model leaves of the gradient.
    fn step(&self, damping: f64, weights: &Mat<f64>) -> (Mat<f64>, f64) {
        let flat = FLAT * self.largest;
        let amounts: Vec<f64> = self
            .eigen
            .values()
            .iter()
            .zip(&self.coordinates)
            .map(|(v, c)| {
                if v.abs() <= flat {
                    0.0
                } else {
                    -v * c / (v * v + damping)
                }
            })
            .collect();
        let left: f64 = (self
            .eigen
            .values()
            .iter()
            .zip(&self.coordinates)
            .zip(&amounts))
        .map(|((v, c), a)| (c + v * a).powi(2))
        .sum();
        let d = weights.ncols();
        let step = Mat::from_fn(weights.nrows(), d, |j, c| {
            amounts
                .iter()
                .enumerate()
                .map(|(i, a)| a * self.eigen.vectors()[(j * d + c, i)])
                .sum()
        });
        (step, left.sqrt())
    }
}
