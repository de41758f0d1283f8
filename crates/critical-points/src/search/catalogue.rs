use std::fmt;
use std::sync::Arc;

use teacher_student::{Objective, Population, Weights};

use super::Attempt;
use crate::classify::{Classification, Doubt, Kind, classify_in};
use crate::equivalence::Equivalence;
use crate::error::Error;
use crate::refine::Refinement;
use crate::units::{Units, longest};

/// Two points are the same if all their inner products agree to this, in units of the squared longest teacher: points known to
/// 1e-10 and better, and apart by far more.
const SAME: f64 = 1e-7;
/// Losses of one class differ by less than this, in the same units: the loss is stationary.
const SAME_LOSS: f64 = 1e-10;

/// The critical points found so far, one representative for each class of equivalent points.
#[derive(Debug, Clone)]
pub struct Catalogue {
    population: Arc<Population>,
    units: Units,
    equivalence: Equivalence,
    /// The longest teacher, in the units.
    longest: f64,
    classes: Vec<Class>,
    next_run: u64,
    lost: Vec<Attempt>,
}

/// Equivalent critical points, or those of one manifold.
#[derive(Debug, Clone)]
pub struct Class {
    population: Arc<Population>,
    representative: Weights,
    classification: Classification,
    runs: Vec<u64>,
    /// The representative and its loss in the units of the catalogue.
    in_units: (Weights, f64),
}

/// One line: what the point is, its loss, the norm of the gradient, how much of the nullity is explained, and how many runs
/// ended there.
impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let point = &self.classification;
        write!(
            f,
            "{}: loss {:.6e}, gradient {:.1e}, nullity {} ({} explained), {} runs",
            point.kind(),
            point.loss(),
            point.gradient_norm(),
            point.nullity(),
            point.explained_nullity(),
            self.runs.len()
        )
    }
}

impl Class {
    /// The problem of which it is a critical point.
    pub fn population(&self) -> &Population {
        &self.population
    }

    /// The point found first.
    pub fn representative(&self) -> &Weights {
        &self.representative
    }

    /// What it is.
    pub fn classification(&self) -> &Classification {
        &self.classification
    }

    /// The numbers of the runs that ended here, ascending.
    pub fn runs(&self) -> &[u64] {
        &self.runs
    }
}

/// Whether a critical point has more directions without curvature than are explained: a family of critical points goes through
/// it that neither rotations nor shares make.
fn lies_on_a_family(point: &Classification) -> bool {
    point.nullity() > point.explained_nullity() && point.kind() != Kind::Undecided(Doubt::Gradient)
}

impl Catalogue {
    /// An empty catalogue.
    ///
    /// # Errors
    /// As [`Search::new`](crate::Search::new).
    pub fn new(population: &Population) -> Result<Self, Error> {
        Self::from_run(population, 0)
    }

    /// An empty catalogue that begins with the given run.
    pub(super) fn from_run(population: &Population, next_run: u64) -> Result<Self, Error> {
        let units = Units::comparable(population)?;
        Ok(Self {
            equivalence: Equivalence::new(units.population())?,
            longest: longest(units.population().teacher().weights().as_mat()),
            population: Arc::new(population.clone()),
            units,
            classes: Vec::new(),
            next_run,
            lost: Vec::new(),
        })
    }

    /// Enters the ends of runs, which must go on where the catalogue ended: run [`next_run`](Self::next_run), and so on. A
    /// search that is cut into pieces so gives the same catalogue as one in a piece.
    ///
    /// Critical points are compared with those of the same loss by [`Equivalence`], and count once if they are equivalent or of
    /// one manifold. Degenerate ones, which lie on families that neither explains, are entered under their kind and loss: the
    /// loss is constant on a connected family.
    ///
    /// # Errors
    /// A run out of order; a point of another shape; eigenvalues that do not converge.
    pub fn extend(&mut self, attempts: &[Attempt]) -> Result<(), Error> {
        for attempt in attempts {
            if attempt.run() != self.next_run {
                return Err(Error::RunOutOfOrder {
                    run: attempt.run(),
                    expected: self.next_run,
                });
            }
            match attempt.end() {
                Some(end) if end.outcome() == Refinement::Critical => {
                    self.enter(end.weights(), attempt.run())?;
                }
                _ => self.lost.push(attempt.clone()),
            }
            self.next_run += 1;
        }
        Ok(())
    }

    /// Enters one critical point, under a run number that is not checked.
    ///
    /// # Errors
    /// As [`extend`](Self::extend).
    pub fn enter(&mut self, point: &Weights, run: u64) -> Result<(), Error> {
        let own = self.units.down(point)?;
        let loss = self.units.population().loss(own.as_mat())?;
        let square = self.longest * self.longest;
        let (close, scale) = (SAME * square, SAME_LOSS * square);
        let mut classified = None;
        for class in &mut self.classes {
            let (other, other_loss) = &class.in_units;
            if (other_loss - loss).abs() > scale {
                continue;
            }
            let same = self.equivalence.between(other, &own, close)?.is_some()
                || self.equivalence.of_one_manifold(other, &own, close)?
                || {
                    let found = match classified.take() {
                        Some(found) => found,
                        None => classify_in(&self.units, &own)?,
                    };
                    let there = &class.classification;
                    let same = lies_on_a_family(there)
                        && lies_on_a_family(&found)
                        && there.kind() == found.kind();
                    classified = Some(found);
                    same
                };
            if same {
                class.runs.push(run);
                return Ok(());
            }
        }
        let classification = match classified {
            Some(classification) => classification,
            None => classify_in(&self.units, &own)?,
        };
        self.classes.push(Class {
            population: Arc::clone(&self.population),
            representative: point.clone(),
            classification: classification.scaled(&self.units)?,
            runs: vec![run],
            in_units: (own, loss),
        });
        Ok(())
    }

    /// The classes, in the order of discovery.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The classes, the lowest loss first.
    pub fn by_loss(&self) -> Vec<&Class> {
        let mut classes: Vec<&Class> = self.classes.iter().collect();
        classes.sort_by(|a, b| a.classification.loss().total_cmp(&b.classification.loss()));
        classes
    }

    /// The number of the run to go on with.
    pub fn next_run(&self) -> u64 {
        self.next_run
    }

    /// The runs that ended at no critical point.
    pub fn lost(&self) -> &[Attempt] {
        &self.lost
    }
}

#[cfg(test)]
mod tests {
    use teacher_student::{Network, Population, Weights};

    use super::lies_on_a_family;
    use crate::classify::classify;

    #[test]
    fn families_have_more_zeros_than_are_explained() {
        let on_a_family = |teacher: &[Vec<f64>], student: &[Vec<f64>]| {
            let teacher = Network::new(Weights::from_rows(teacher).expect("rows"));
            let population = Population::new(teacher, vec![1.0; student.len()]).expect("valid");
            let student = Weights::from_rows(student).expect("rows");
            lies_on_a_family(&classify(&population, &student).expect("a point"))
        };
        let (x, y) = (vec![1.0, 0.0], vec![0.0, 1.0]);
        // As many zeros as are explained: none.
        assert!(!on_a_family(
            &[x.clone(), y.clone()],
            &[y.clone(), x.clone()]
        ));
        // Two students at one teacher may turn away from it in opposite ways, too.
        let shares = [vec![0.3, 0.0], vec![0.7, 0.0]];
        assert!(on_a_family(std::slice::from_ref(&x), &shares));
        // No critical point lies on a family of them.
        let doubled = [vec![0.6, 0.0], vec![1.4, 0.0]];
        assert!(!on_a_family(&[x], &doubled));
    }
}
