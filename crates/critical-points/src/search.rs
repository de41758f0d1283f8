use std::ops::Range;

use rand::Rng;
use rayon::prelude::*;
use teacher_student::initialization::stream;
use teacher_student::{Population, Weights};

use crate::error::Error;
use crate::plane::PrincipalPlane;
use crate::refine::{Refined, refine_in};
use crate::units::Units;

mod catalogue;
mod start;

pub use catalogue::{Catalogue, Class};
pub use start::StartFamily;

/// ‖∇loss‖ that is aimed at, in the unit of the longest teacher; rounding may end a run a little above.
const TOLERANCE: f64 = 1e-14;

/// A search for the critical points of all indices, from random starts of several families.
///
/// Run r draws its start from family r mod the number of families, with the generator that the caller makes for r, and ends
/// as [`refine`](crate::refine()) does. Runs know nothing of each other: they may be spread over threads, repeated, or done in
/// pieces, and a [`Catalogue`] joins them. A search knows no unit of length: teachers times a power of two have the same points
/// times that power, digit by digit.
///
/// # Examples
/// ```
/// use critical_points::{Catalogue, Kind, Search};
/// use teacher_student::{Network, Population, Weights, initialization::stream};
/// let population = Population::matching(Network::new(Weights::orthonormal(2, 3)?));
/// for class in Search::new(&population)?.catalogue(0..60, 5)?.by_loss() {
///     println!("{class}");
/// }
/// // The same in pieces, with generators of your own.
/// let search = Search::new(&population)?;
/// let mut catalogue = Catalogue::new(&population)?;
/// catalogue.extend(&search.run(0..40, |run| stream(5, run))?)?;
/// catalogue.extend(&search.run(40..60, |run| stream(5, run))?)?;
/// assert!(catalogue.classes().iter().any(|c| c.classification().kind() == Kind::GlobalMinimum));
/// # Ok::<(), critical_points::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Search {
    population: Population,
    units: Units,
    plane: PrincipalPlane,
    families: Vec<StartFamily>,
}

/// One run.
#[derive(Debug, Clone)]
pub struct Attempt {
    run: u64,
    family: StartFamily,
    end: Option<Refined>,
}

impl Attempt {
    /// Its number.
    pub fn run(&self) -> u64 {
        self.run
    }

    /// The family of its start.
    pub fn family(&self) -> StartFamily {
        self.family
    }

    /// Where it ended; none if the start had a zero neuron.
    pub fn end(&self) -> Option<&Refined> {
        self.end.as_ref()
    }
}

impl Search {
    /// A search with every family: Gaussian at three scales, near collinear, near antiparallel and near permutations at two
    /// noises, in Π*, and out of Π* at two scales where there is room.
    ///
    /// # Errors
    /// Teachers whose norms differ by more than a factor of 2²⁵⁶; singular values of the teacher that do not converge.
    pub fn new(population: &Population) -> Result<Self, Error> {
        let units = Units::comparable(population)?;
        let plane = PrincipalPlane::new(units.population().teacher().weights())?;
        let mut families = vec![
            StartFamily::Gaussian { scale: 0.3 },
            StartFamily::Gaussian { scale: 1.0 },
            StartFamily::Gaussian { scale: 2.0 },
            StartFamily::NearCollinear { noise: 0.1 },
            StartFamily::NearCollinear { noise: 0.5 },
            StartFamily::NearAntiparallel { noise: 0.1 },
            StartFamily::NearAntiparallel { noise: 0.5 },
            StartFamily::NearPermutation { noise: 0.3 },
            StartFamily::NearPermutation { noise: 0.8 },
            StartFamily::InPlane { scale: 1.0 },
        ];
        if plane.rank() < plane.dimension() {
            families.push(StartFamily::OutOfPlane { scale: 0.5 });
            families.push(StartFamily::OutOfPlane { scale: 1.0 });
        }
        Ok(Self {
            population: population.clone(),
            units,
            plane,
            families,
        })
    }

    /// The same with the given families.
    ///
    /// # Errors
    /// No family, or one that cannot be drawn, as [`StartFamily::draw`] says.
    pub fn families(mut self, families: Vec<StartFamily>) -> Result<Self, Error> {
        if families.is_empty() {
            return Err(Error::OutOfRange {
                name: "the number of families",
                value: 0.0,
                requirement: "name at least one",
            });
        }
        for family in &families {
            family.check(&self.plane)?;
        }
        self.families = families;
        Ok(self)
    }

    /// One run.
    ///
    /// # Errors
    /// As [`refine`](crate::refine()).
    pub fn attempt<R: Rng + ?Sized>(&self, run: u64, rng: &mut R) -> Result<Attempt, Error> {
        let index = run % self.families.len() as u64;
        let family = self.families[usize::try_from(index).unwrap_or(0)];
        let teacher: &Weights = self.units.population().teacher().weights();
        let neurons = self.population.student_top_weights().len();
        // A start without noise may have a zero neuron: then the run has no start and no end.
        let end = match family.draw_around(rng, teacher, &self.plane, neurons) {
            Ok(start) => Some(refine_in(&self.units, &start, TOLERANCE)?),
            Err(Error::Network(teacher_student::Error::ZeroNeuron { .. })) => None,
            Err(error) => return Err(error),
        };
        Ok(Attempt { run, family, end })
    }

    /// The runs of a range, on the rayon pool of the caller, in their order. The result does not depend on the pool.
    ///
    /// # Errors
    /// That of the first run, in their order, that failed.
    pub fn run<R: Rng>(
        &self,
        runs: Range<u64>,
        generator: impl Fn(u64) -> R + Sync,
    ) -> Result<Vec<Attempt>, Error> {
        let attempts: Vec<Result<Attempt, Error>> = runs
            .into_par_iter()
            .map(|run| self.attempt(run, &mut generator(run)))
            .collect();
        attempts.into_iter().collect()
    }

    /// The catalogue of the runs of a range, each with its own [`stream`] of the seed.
    ///
    /// # Errors
    /// As [`run`](Self::run) and [`Catalogue::extend`].
    pub fn catalogue(&self, runs: Range<u64>, seed: u64) -> Result<Catalogue, Error> {
        let mut catalogue = Catalogue::from_run(&self.population, runs.start)?;
        catalogue.extend(&self.run(runs, |run| stream(seed, run))?)?;
        Ok(catalogue)
    }
}
