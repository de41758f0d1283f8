//! Whether 0 is in the interior of the convex hull of the directions of the neurons.

mod active_set;
mod certificate;
pub(super) mod exact;
pub(super) mod integers;
mod scaled;
mod search;

use faer::MatRef;

pub use certificate::{ClosedHemisphere, PositiveCombination, Undecided};

use crate::Error;
use scaled::Scaled;
use search::Search;
pub(super) use search::affordable;

/// A verdict on the geometric condition, with its proof.
#[derive(Debug, Clone, PartialEq)]
pub enum GeometricCondition {
    /// 0 is in the interior of the hull.
    Holds(PositiveCombination),
    /// A closed half-space through 0 contains all directions.
    Fails(ClosedHemisphere),
    /// Rounding forbids a verdict, and the problem is too large for integers.
    Undecided(Undecided),
}

/// How much exact arithmetic may be spent where rounding forbids a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// None: some verdicts stay open.
    Floating,
    /// As much as takes about two seconds; enough for any weights up to d = 20 or so.
    #[default]
    Exact,
}

impl GeometricCondition {
    /// The verdict, if there is one.
    pub fn holds(&self) -> Option<bool> {
        match self {
            Self::Holds(_) => Some(true),
            Self::Fails(_) => Some(false),
            Self::Undecided(_) => None,
        }
    }

    /// Checks the proof against the weights; without a verdict there is nothing to check.
    ///
    /// # Errors
    /// [`Error::CertificateRefused`] with the clause that fails, errors of the weights.
    pub fn verify(&self, weights: MatRef<'_, f64>) -> Result<(), Error> {
        match self {
            Self::Holds(combination) => combination.verify(weights),
            Self::Fails(hemisphere) => hemisphere.verify(weights),
            Self::Undecided(_) => Ok(()),
        }
    }
}

/// Decides the geometric condition (GC): 0 is in the interior of the convex hull of the directions w̃_j = w_j/‖w_j‖.
///
/// `weights` is k × d, one neuron a row; it stands for exactly the numbers it contains. Zero rows have no direction and are
/// left out. The condition holds exactly if every unit vector n has a row with ⟨n, w_j⟩ > 0, for then −n gives another with
/// ⟨n, w_j⟩ < 0.
///
/// Non-negative least squares min ‖Σ_j (1 + μ_j) w̃_j‖ over μ ≥ 0 by active sets, on a growing set of rows: its residual is
/// zero, then λ = 1 + μ is a positive combination, or its residual n has ⟨n, w̃_j⟩ ≥ 0 on the set, and rows behind n join
/// the set until there are none. The result is believed only if it passes [`GeometricCondition::verify`]; else the
/// same rows are decided in integers, by phase one of the simplex method. No verdict is ever rounded: for the sizes of
/// [`Effort::Exact`] there is one for every input. Beside the weights, memory is for a few times d rows.
///
/// # Examples
/// ```
/// use faer::mat;
/// use hinge_classifier::geometric_condition;
///
/// let triangle = mat![[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]];
/// let verdict = geometric_condition(triangle.as_ref())?;
/// assert_eq!(verdict.holds(), Some(true));
/// verdict.verify(triangle.as_ref())?;
/// // 0 lies on an edge: all rows are in the closed upper half-plane.
/// let edge = mat![[0.1, 0.3], [-0.1, -0.3], [0.0, 1.0]];
/// assert_eq!(geometric_condition(edge.as_ref())?.holds(), Some(false));
/// # Ok::<(), hinge_classifier::Error>(())
/// ```
///
/// # Errors
/// [`Error::NoDimension`] for a matrix without columns, [`Error::NotFiniteWeight`].
///
/// # Source
/// LYX Lemma 5.2; §7 asks for an efficient check.
pub fn geometric_condition(weights: MatRef<'_, f64>) -> Result<GeometricCondition, Error> {
    geometric_condition_with(weights, Effort::default())
}

/// [`geometric_condition`] with a choice of how much exact arithmetic is spent.
///
/// # Errors
/// Those of [`geometric_condition`].
pub fn geometric_condition_with(
    weights: MatRef<'_, f64>,
    effort: Effort,
) -> Result<GeometricCondition, Error> {
    let scaled = Scaled::new(weights)?;
    Ok(Search::new(&scaled, effort).run())
}
