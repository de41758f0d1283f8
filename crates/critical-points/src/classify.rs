use std::fmt;

use teacher_student::{Objective, Population, Weights};

use crate::error::Error;
use crate::out_of_plane::RotationOrbit;
use crate::spectrum::Spectrum;
use crate::split::Merged;
use crate::units::{Units, lengths};

/// Gradient norms up to this times √(Kd) and the longest teacher are those of a critical point; rounding is 10 times smaller.
const CRITICAL: f64 = 1e-13;
/// Losses of critical points up to this times Σ‖w_k*‖² are zero: rounding of sums of kernels where students and teachers
/// cannot be paired.
const ZERO_LOSS: f64 = 1e-14;

/// What kind of point it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The loss is zero, within its rounding.
    GlobalMinimum,
    /// A local minimum, strict across the manifold of equal losses on which rotations and shares of parallel students leave
    /// it, while zero loss is possible.
    SpuriousMinimum,
    /// A local minimum, strict across that manifold; the student cannot imitate the teacher neuron by neuron, so a smaller loss
    /// may not exist.
    LocalMinimum,
    /// At least one direction of negative curvature.
    Saddle {
        /// Their number.
        index: usize,
    },
    /// No negative curvature, and more directions of none than rotations and shares explain: the second order does not decide.
    Degenerate,
    /// See [`Doubt`].
    Undecided(Doubt),
}

/// Why a point cannot be classified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Doubt {
    /// The gradient is too large for a critical point.
    Gradient,
    /// An eigenvalue is larger than its rounding error but smaller than what the distance to the critical point, or a short
    /// neuron, can do to it.
    Eigenvalue,
}

/// A point, what is known about it, and how sure that is.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    kind: Kind,
    loss: f64,
    gradient_norm: f64,
    spectrum: Spectrum,
    explained: usize,
    distance: f64,
    margin: f64,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GlobalMinimum => f.write_str("global minimum"),
            Self::SpuriousMinimum => f.write_str("spurious minimum"),
            Self::LocalMinimum => f.write_str("local minimum"),
            Self::Saddle { index } => write!(f, "saddle of index {index}"),
            Self::Degenerate => f.write_str("degenerate point"),
            Self::Undecided(doubt) => write!(f, "undecided point: {doubt}"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gradient => "the gradient is too large for a critical point",
            Self::Eigenvalue => "an eigenvalue is too near to zero to have a sign",
        })
    }
}

impl Classification {
    /// The same in the unit of the caller.
    pub(crate) fn scaled(mut self, units: &Units) -> Result<Self, Error> {
        self.loss = units.loss(self.loss);
        if !self.loss.is_finite() {
            return Err(Error::LossOverflow);
        }
        self.gradient_norm = units.length(self.gradient_norm);
        self.distance = units.length(self.distance);
        Ok(self)
    }

    /// The kind of the point.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The loss.
    pub fn loss(&self) -> f64 {
        self.loss
    }

    /// ‖∇loss‖.
    pub fn gradient_norm(&self) -> f64 {
        self.gradient_norm
    }

    /// The eigenvalues of the Hessian, with the resolution that counts them.
    pub fn spectrum(&self) -> &Spectrum {
        &self.spectrum
    }

    /// The least eigenvalue of the Hessian.
    pub fn least_eigenvalue(&self) -> f64 {
        self.spectrum.eigenvalues()[0]
    }

    /// The number of eigenvalues that are zero within the resolution.
    pub fn nullity(&self) -> usize {
        self.spectrum.null()
    }

    /// How much of the [nullity](Self::nullity) is explained: the dimension of the orbit under the rotations that fix Π*, and one
    /// for every student that shares the direction of another with a top weight of the same sign. Along both the loss is constant.
    pub fn explained_nullity(&self) -> usize {
        self.explained
    }

    /// An estimate of the distance to the exact critical point: ‖∇loss‖ over the least curvature that is not zero.
    pub fn distance(&self) -> f64 {
        self.distance
    }

    /// How sure the kind is, as a ratio to the error bound: above 1 for every kind but [`Kind::Undecided`].
    ///
    /// For a minimum, the least positive eigenvalue; for a saddle, the least size of an eigenvalue that is not zero; for a
    /// global minimum, the smallest loss told from zero over the loss; for a degenerate point, the error bound over the
    /// largest eigenvalue taken for zero; for an undecided one what fell short.
    pub fn margin(&self) -> f64 {
        self.margin
    }
}

/// Classifies a point by its loss, its gradient and the eigenvalues of its Hessian, each against an error bound.
///
/// Eigenvalues are known to r₀ = 64 n ε‖H‖ from rounding, n = Kd. The point is a distance δ ≈ ‖∇‖/λ from the exact critical
/// point, λ the least |eigenvalue| above r₀, and the Hessian changes along the way by at most about Λδ with
/// Λ = (Σ‖w_j‖ + Σ‖w_k*‖)/min_j‖w_j‖². Below r = r₀ + Λδ an eigenvalue counts as zero; one between 16r₀ and r leaves the point
/// undecided. A student with a very short neuron has a large Λ, and so is undecided rather than misjudged.
///
/// # Examples
/// ```
/// use critical_points::{Kind, OutOfPlaneFamily, classify};
/// use teacher_student::{Network, Population, Weights};
/// let family = OutOfPlaneFamily::new(std::f64::consts::FRAC_PI_4)?;
/// let population = Population::matching(Network::new(family.teachers(4)?));
/// let point = classify(&population, &family.students(4)?)?;
/// assert!(matches!(point.kind(), Kind::Saddle { .. }));
/// assert_eq!((point.nullity(), point.explained_nullity()), (1, 1));
/// assert!(point.margin() > 1e6);
/// # Ok::<(), critical_points::Error>(())
/// ```
///
/// # Errors
/// Another shape than the population's, a loss or Hessian beyond the largest double (a neuron shorter than 1e-150 of the longest
/// teacher), or eigenvalues that do not converge.
pub fn classify(population: &Population, student: &Weights) -> Result<Classification, Error> {
    let units = Units::of(population)?;
    classify_in(&units, &units.down(student)?)?.scaled(&units)
}

/// As [`classify`], for a point in the units, in which the numbers of the answer are as well.
pub(crate) fn classify_in(units: &Units, student: &Weights) -> Result<Classification, Error> {
    let population = units.population();
    let weights = student.as_mat();
    let teacher = population.teacher();
    let (own, theirs) = (lengths(weights), lengths(teacher.weights().as_mat()));
    let loss = population.loss(weights)?;
    let gradient_norm = population.gradient(weights)?.norm_l2();
    let spectrum = Spectrum::of(&population.hessian(weights)?)?;
    let merged = Merged::none(weights, population.student_top_weights()).merged();
    let explained = RotationOrbit::new(teacher.weights(), student)?.dimension()
        + (student.neurons() - merged.neurons());

    let rounding = spectrum.resolution();
    let shortest = own.iter().copied().fold(f64::INFINITY, f64::min);
    let variation = (own.iter().chain(&theirs).sum::<f64>() / shortest) / shortest;
    let curvature = spectrum
        .eigenvalues()
        .iter()
        .map(|x| x.abs())
        .filter(|x| *x > 16.0 * rounding)
        .fold(f64::INFINITY, f64::min);
    let distance = gradient_norm / curvature;
    let resolution = rounding + variation * distance;
    let unit = theirs.iter().copied().fold(0.0, f64::max);
    let count = spectrum.eigenvalues().len() as f64;
    let small = CRITICAL * count.sqrt() * unit.max(own.iter().copied().fold(0.0, f64::max));
    // A non-finite bound decides nothing.
    let resolved = if resolution.is_finite() {
        spectrum.resolved_to(resolution.max(16.0 * rounding))?
    } else {
        spectrum.resolved_to(f64::MAX)?
    };
    let finish = |kind, margin, spectrum| Classification {
        kind,
        loss,
        gradient_norm,
        spectrum,
        explained,
        distance,
        margin,
    };

    let zero = ZERO_LOSS * theirs.iter().map(|v| v * v).sum::<f64>();
    if gradient_norm > small {
        return Ok(finish(
            Kind::Undecided(Doubt::Gradient),
            small / gradient_norm,
            resolved,
        ));
    }
    if loss <= zero {
        return Ok(finish(
            Kind::GlobalMinimum,
            zero / loss.max(f64::MIN_POSITIVE),
            resolved,
        ));
    }
    let doubtful = |x: f64| x.abs() > 16.0 * rounding && x.abs() <= resolved.resolution();
    if let Some(worst) = resolved
        .eigenvalues()
        .iter()
        .map(|x| x.abs())
        .filter(|x| doubtful(*x))
        .reduce(f64::min)
    {
        let margin = worst / resolved.resolution();
        return Ok(finish(Kind::Undecided(Doubt::Eigenvalue), margin, resolved));
    }
    let margin = resolved.margin();
    let kind = if resolved.negative() > 0 {
        Kind::Saddle {
            index: resolved.negative(),
        }
    } else if resolved.null() > explained {
        let largest = resolved
            .eigenvalues()
            .iter()
            .map(|x| x.abs())
            .filter(|x| *x <= resolved.resolution())
            .fold(0.0, f64::max);
        let margin = resolved.resolution() / largest.max(f64::MIN_POSITIVE);
        return Ok(finish(Kind::Degenerate, margin, resolved));
    } else if imitable(population) {
        Kind::SpuriousMinimum
    } else {
        Kind::LocalMinimum
    };
    Ok(finish(kind, margin, resolved))
}

/// Whether every teacher neuron can have a student of its own with a top weight of the same sign: then zero loss is possible.
fn imitable(population: &Population) -> bool {
    let count = |top: &[f64], sign: f64| top.iter().filter(|a| **a * sign > 0.0).count();
    let (students, teachers) = (
        population.student_top_weights(),
        population.teacher().top_weights(),
    );
    [1.0, -1.0]
        .into_iter()
        .all(|sign| count(students, sign) >= count(teachers, sign))
}
