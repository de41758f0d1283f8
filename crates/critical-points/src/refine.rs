use std::fmt;

use faer::Mat;
use teacher_student::{Objective, PlainGradient, Population, Weights};

use crate::error::Error;
use crate::units::{Units, longest};

mod frame;
mod origin;

use frame::Frame;

/// Steps tried from the start, and again after a neuron has crossed the origin, or a descent.
const MOST_STEPS: usize = 400;
/// ‖∇‖ has stopped falling if so many steps in a row have not brought it to this share of what it was.
const PATIENCE: usize = 30;
const PROGRESS: f64 = 0.9;
/// Descents from where it has stopped falling. The n-th ends at DEEPERⁿ of the ‖∇‖ there, or after so many steps, each this share
/// of the inverse of a bound of the curvature.
const MOST_DESCENTS: usize = 8;
const DEEPER: f64 = 0.1;
const DESCENT_STEPS: usize = 50_000;
const SHARE: f64 = 0.5;
/// Neurons cross the origin at most this often, times K.
const CROSSINGS: usize = 4;
/// The share of the predicted decrease of ‖∇‖² that makes a step acceptable.
const ACCEPTABLE: f64 = 1e-4;
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
    /// No step makes the gradient smaller, and descents of the loss did not lead away: a minimum of ‖∇‖² with a singular
    /// Hessian, or too many steps.
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
    descents: usize,
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

    /// Descents of the loss, each from a place where the gradient had stopped falling.
    pub fn descents(&self) -> usize {
        self.descents
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
/// ‖∇‖ has local minima that are no critical points: H∇ = 0 with a singular H. Where 30 steps in a row do not bring ‖∇‖ below 0.9
/// of what it was, or where a neuron cannot leave the origin, the run follows gradient descent of the loss, which ends at
/// critical points only, until ‖∇‖ is a tenth (the second time a hundredth, and so on) of what it was, and goes on from there.
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
    let mut run = Run::new(units.population(), start.as_mat().to_owned())?;
    let outcome = run.follow(tolerance)?;
    Ok(Refined {
        weights: units.up(run.weights.as_ref())?,
        gradient_norm: units.length(run.size),
        steps: run.steps,
        descents: run.descents,
        outcome,
    })
}

/// A run on its way.
struct Run<'a> {
    population: &'a Population,
    /// The longest teacher.
    unit: f64,
    weights: Mat<f64>,
    gradient: Mat<f64>,
    /// ‖∇‖.
    size: f64,
    damping: f64,
    steps: usize,
    crossings: usize,
    descents: usize,
    /// ‖∇‖ where it last fell by [`PROGRESS`], and the steps that had been tried there.
    best: f64,
    since: usize,
    /// The steps at which the way from the last start ends.
    allowed: usize,
}

impl<'a> Run<'a> {
    fn new(population: &'a Population, start: Mat<f64>) -> Result<Self, Error> {
        let mut run = Self {
            population,
            unit: longest(population.teacher().weights().as_mat()),
            weights: Mat::new(),
            gradient: Mat::new(),
            size: 0.0,
            damping: 0.0,
            steps: 0,
            crossings: 0,
            descents: 0,
            best: 0.0,
            since: 0,
            allowed: 0,
        };
        run.begin(start)?;
        Ok(run)
    }

    /// Goes on from other weights.
    fn begin(&mut self, weights: Mat<f64>) -> Result<(), Error> {
        self.gradient = self.population.gradient(weights.as_ref())?;
        self.weights = weights;
        self.size = self.gradient.norm_l2();
        self.damping = 0.1 * self.size * self.size;
        (self.best, self.since) = (self.size, self.steps);
        self.allowed = self.steps + MOST_STEPS;
        Ok(())
    }

    fn follow(&mut self, tolerance: f64) -> Result<Refinement, Error> {
        loop {
            if self.size <= tolerance {
                return Ok(Refinement::Critical);
            }
            let Ok(hessian) = self.population.hessian(self.weights.as_ref()) else {
                if self.descend()? {
                    continue;
                }
                return Ok(Refinement::Vanished);
            };
            let frame = Frame::new(&hessian, &self.gradient)?;
            let moved = self.step(&frame);
            if self.weights.norm_max() > ESCAPED * self.unit {
                return Ok(Refinement::Escaped);
            }
            let left = origin::left(self.population, &self.weights, &self.gradient, self.unit);
            if let Some(next) = left
                && self.crossings < CROSSINGS * self.weights.nrows()
            {
                self.crossings += 1;
                self.begin(next)?;
            } else if origin::reached(&self.weights, self.unit) {
                if !self.descend()? {
                    return Ok(Refinement::Vanished);
                }
            } else if !moved && self.size > tolerance {
                if self.is_rounding() {
                    return Ok(Refinement::Critical);
                }
                if !self.descend()? {
                    return Ok(Refinement::Stalled);
                }
            }
        }
    }

    /// One step of the Levenberg–Marquardt method, with as much damping as it takes; whether there is one.
    fn step(&mut self, frame: &Frame) -> bool {
        // The same frame serves all dampings until a step is taken.
        let square = frame.largest * frame.largest;
        loop {
            self.steps += 1;
            if let Some((next, gradient, ratio)) = self.trial(frame) {
                self.size = gradient.norm_l2();
                (self.weights, self.gradient) = (next, gradient);
                self.damping *= if ratio > 0.75 {
                    0.05
                } else if ratio < 0.25 {
                    4.0
                } else {
                    1.0
                };
                if self.size <= PROGRESS * self.best {
                    (self.best, self.since) = (self.size, self.steps);
                }
                return self.steps - self.since < PATIENCE && self.steps < self.allowed;
            }
            self.damping = (8.0 * self.damping).max(1e-16 * square);
            if self.damping > LARGEST_DAMPING * square
                || self.steps - self.since >= PATIENCE
                || self.steps >= self.allowed
            {
                return false;
            }
        }
    }

    /// The end of a step with the present damping, its gradient, and the actual over the predicted decrease of ‖∇‖²; none if
    /// that is too small.
    fn trial(&self, frame: &Frame) -> Option<(Mat<f64>, Mat<f64>, f64)> {
        let (step, left) = frame.step(self.damping, &self.weights);
        if step.norm_l2() > LONGEST * self.unit {
            return None;
        }
        let next = &self.weights + &step;
        let gradient = self.population.gradient(next.as_ref()).ok()?;
        let (size, next_size) = (self.size, gradient.norm_l2());
        let predicted = size * size - left * left;
        let ratio = (size - next_size) * (size + next_size) / predicted;
        (ratio >= ACCEPTABLE && predicted > 0.0).then_some((next, gradient, ratio))
    }

    /// Leaves a place where ‖∇‖ has stopped falling and is not zero, or where a neuron has vanished: down the loss, until ‖∇‖ is
    /// far below what it is here. False if that has been done too often, or a neuron meets the origin on the way.
    ///
    /// The largest curvature is about that of the Gauss–Newton part of the Hessian, which is at most ½Σa_j².
    fn descend(&mut self) -> Result<bool, Error> {
        if self.descents == MOST_DESCENTS {
            return Ok(false);
        }
        self.descents += 1;
        let top = self.population.student_top_weights();
        let curvature = 0.5 * top.iter().map(|a| a * a).sum::<f64>();
        let exponent = i32::try_from(self.descents).unwrap_or(i32::MAX);
        let goal = self.size * DEEPER.powi(exponent);
        let start = Weights::new(self.weights.clone())?;
        let mut plain = PlainGradient::new(self.population, &start)?;
        let mut steps = 0;
        while plain.square() > goal * goal && steps < DESCENT_STEPS {
            plain.descend(SHARE / curvature);
            steps += 1;
        }
        let arrived = plain.square().is_finite();
        if arrived {
            self.begin(plain.weights())?;
        }
        Ok(arrived)
    }

    /// Whether the gradient is not above its rounding, where nothing more can be gained.
    fn is_rounding(&self) -> bool {
        let (neurons, dimension) = self.weights.shape();
        let count = neurons * dimension + self.population.teacher().weights().neurons();
        self.size <= FLOOR * (count as f64).sqrt() * self.unit
    }
}
