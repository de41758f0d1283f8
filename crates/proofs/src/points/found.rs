//! From a point that a search has found to its certificate.

use std::fmt;

use critical_points::Class;

use super::{Verdict, certify};
use crate::Error;

/// A point that knows its problem, and so can be certified in one call.
///
/// # Examples
/// ```
/// use critical_points::Search;
/// use proofs::points::Certify;
/// use teacher_student::{Network, Population, Weights};
/// let population = Population::matching(Network::new(Weights::orthonormal(2, 2)?));
/// for class in Search::new(&population)?.catalogue(0..20, 1)?.by_loss() {
///     println!("{class}  {}", class.certify()?);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Certify {
    /// What [`certify()`](super::certify()) says of the point.
    ///
    /// # Errors
    /// As [`certify()`](super::certify()).
    fn certify(&self) -> Result<Verdict, Error>;
}

impl Certify for Class {
    fn certify(&self) -> Result<Verdict, Error> {
        certify(self.population(), self.representative())
    }
}

/// One line: the inertia, the loss and the radius of the box, or why nothing was proved.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certified(point) => {
                let (inertia, loss) = (point.inertia(), point.loss());
                write!(
                    f,
                    "proved: exactly one critical point within {:.1e}, with {} negative, {} zero and {} positive eigenvalues and a loss in [{:e}, {:e}]",
                    point.radius(),
                    inertia.negative,
                    inertia.zero,
                    inertia.positive,
                    loss.low(),
                    loss.high()
                )
            }
            Self::Refused(refusal) => write!(f, "not proved: {refusal}"),
        }
    }
}
