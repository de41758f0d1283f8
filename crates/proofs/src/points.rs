//! Verified critical points: boxes with a proof that they contain exactly one.
//!
//! [`certify`] takes weights near a critical point of the loss of a population, [`certify_blocks`] a state of the
//! [block dynamics](ssb::BlockDynamics) near a fixed point. Either answers with a [`CriticalPoint`], which has been
//! proved to exist and to be the only one in its box, with the inertia of its Hessian, a lower bound of the least
//! eigenvalue and an enclosure of the loss; or with a [`Refusal`] that says why nothing was proved.
//! [`CriticalPoint::certificate`] is a text from which [`check_certificate`] proves all of it again.
//!
//! The proof. The closed-form gradient is evaluated by intervals at the centre of the box and the closed-form Hessian over the box;
//! Krawczyk's test shows that there is one critical point, and the spectrum of the whole matrix ball of Hessians its inertia.
//! Gradient and Hessian are continuous wherever no student vanishes, so that coinciding and opposite directions need
//! no exception. `docs/proofs/verified-critical-points.md` has the details.
//!
//! # Source
//! Krawczyk 1969; Rump 2010 §13.

mod across;
mod blocks;
mod certificate;
mod configuration;
mod critical_point;
mod enclosure;
mod found;
mod gradient;
mod hessian;
mod isotypic;
mod loss;
mod network;
mod polish;
mod proof;
mod refusal;
mod strict;

pub use certificate::{MOST_WEIGHTS, Rejection, check_certificate};
pub use critical_point::CriticalPoint;
pub use enclosure::Enclosure;
pub use found::Certify;
pub use proof::Inertia;
pub use refusal::Refusal;

use faer::{Mat, MatRef};
use ssb::BlockDynamics;
use teacher_student::{Population, Weights};

use crate::Error;
use across::Frame;
use blocks::BlockSystem;
use critical_point::Place;
use network::NetworkSystem;
use proof::{Proof, Radius};

/// What [`certify`] found.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// A critical point, proved.
    Certified(Box<CriticalPoint>),
    /// Nothing was proved, for the given reason.
    Refused(Refusal),
}

impl Verdict {
    /// The critical point, if there is one.
    pub fn certified(&self) -> Option<&CriticalPoint> {
        match self {
            Self::Certified(point) => Some(point),
            Self::Refused(_) => None,
        }
    }

    /// The reason, if nothing was proved.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Certified(_) => None,
            Self::Refused(refusal) => Some(refusal),
        }
    }

    fn of(result: Result<CriticalPoint, Refusal>) -> Self {
        match result {
            Ok(point) => Self::Certified(Box::new(point)),
            Err(refusal) => Self::Refused(refusal),
        }
    }
}

/// Proves that there is exactly one critical point of the population loss ½E\[(student − teacher)²\] in a small box near the given weights, as a
/// function of the K × d first-layer weights, and encloses its inertia, least eigenvalue and loss.
///
/// The teacher and both top weights are those of the population. The weights are first polished by Newton's method:
/// [`CriticalPoint::distance`] says how far that went; the box is a few rounding errors wide. Where students
/// reach out of the teachers' span and rotations make a manifold of critical points, the point is the only one in a slice across that
/// manifold, and the zeros of the inertia are those of the rotations. The answer has passed [`check_certificate`].
///
/// # Examples
/// ```
/// use proofs::points::certify;
/// use teacher_student::{Network, Population, Weights};
/// let population = Population::matching(Network::new(Weights::orthonormal(2, 3)?));
/// // Out of the plane of the teachers: both students at height ±c, c = 0.409…
/// let student = Weights::from_rows(&[vec![0.524_579, 0.524_579, 0.409_132], vec![0.524_579, 0.524_579, -0.409_132]])?;
/// let verdict = certify(&population, &student)?;
/// let point = verdict.certified().expect("an isolated critical point");
/// assert!(point.radius() < 1e-12 && point.inertia().zero == 0 && point.distance(&student) < 1e-6);
/// assert!(point.loss().low() > 0.073_612_932_5 && point.loss().high() < 0.073_612_932_6);
/// # Ok::<(), proofs::Error>(())
/// ```
///
/// # Errors
/// Weights of another shape than the population asks for, or that it refuses.
pub fn certify(population: &Population, student: &Weights) -> Result<Verdict, Error> {
    let teacher = population.teacher();
    let (d, teacher_d) = (student.dimension(), teacher.weights().dimension());
    if d != teacher_d {
        return Err(Error::Dimension {
            student: d,
            teacher: teacher_d,
        });
    }
    let mut system = NetworkSystem {
        teacher: teacher.weights().as_mat().to_owned(),
        teacher_top: teacher.top_weights().to_vec(),
        student_top: population.student_top_weights().to_vec(),
        slice: None,
        across: None,
    };
    let proved = polished(&mut system, population, student)?.and_then(|centre| {
        match system.prove(centre.as_ref(), Radius::Search) {
            Ok(proof) => {
                let system = system.clone();
                confirmed(Place::Network { system, centre }, proof)
            }
            Err(refusal) => Err(system.named(centre.as_ref(), refusal)),
        }
    });
    Ok(Verdict::of(proved.map_err(|refusal| {
        // A point that is certainly not critical is refused for that, whatever failed after Newton's method.
        let gradient = system.steepness(student.as_mat());
        let steep = gradient > polish::AT_REST * student.as_mat().norm_max();
        match refusal {
            Refusal::NotCritical { .. } | Refusal::VanishingNeuron { .. } => refusal,
            _ if steep => Refusal::Steep { gradient },
            _ => refusal,
        }
    })))
}

/// The end of Newton's method, with the rank of the part across the teachers that it has there.
///
/// Newton's method may take such a part to zero: the rotations are those of the point where it ends.
fn polished(
    system: &mut NetworkSystem,
    population: &Population,
    student: &Weights,
) -> Result<Result<Mat<f64>, Refusal>, Error> {
    let mut centre = student.as_mat().to_owned();
    for _ in 0..=student.dimension() {
        let across = rotations(system, centre.as_ref());
        system.across = across;
        centre = match polish::network(system, population, centre)? {
            Ok(centre) => centre,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if rotations(system, centre.as_ref()) == across {
            return Ok(Ok(centre));
        }
    }
    Ok(Err(Refusal::NoSlice { radius: 0.0 }))
}

/// The rank of the part across the teachers, where rotations move it.
fn rotations(system: &NetworkSystem, weights: MatRef<'_, f64>) -> Option<usize> {
    let frame = Frame::of(weights, system.teacher.as_ref(), None);
    (frame.dimension() > 0).then(|| frame.rank())
}

/// The point, if the checker accepts its certificate.
fn confirmed(place: Place, proof: Proof) -> Result<CriticalPoint, Refusal> {
    let point = CriticalPoint::new(place, proof);
    match check_certificate(&point.certificate()) {
        Ok(_) => Ok(point),
        Err(rejection) => Err(Refusal::Unconfirmed(Box::new(rejection))),
    }
}

/// Proves the same for weights that W ↦ PWPᵀ, P ∈ S_p₁ × … × S_pₘ, leaves fixed, with the identity as teacher: the test is done in the m + m² or
/// fewer coordinates of the block dynamics, the inertia is that of the whole Hessian of K² unknowns, from its blocks by
/// symmetry. The cost of K = 100 is a second.
///
/// Where all students of a block coincide (a_A = b_AA to 1e-9), they are kept so, and the zeros of the inertia are those
/// of weight that moves among them.
///
/// # Examples
/// ```
/// use proofs::points::certify_blocks;
/// use ssb::{BlockDynamics, SymmetricSaddle};
/// let k = 5;
/// let x = SymmetricSaddle::new(k)?.coordinate();
/// let verdict = certify_blocks(&BlockDynamics::new(&[k])?, &[x, x])?;
/// let inertia = verdict.certified().expect("the saddle of T17 Theorem 7").inertia();
/// assert_eq!((inertia.negative, inertia.zero, inertia.positive), ((k - 1) * (k - 1), k - 1, k));
/// # Ok::<(), proofs::Error>(())
/// ```
///
/// # Errors
/// A state of the wrong length or not finite, a zero row, or K above 8192.
pub fn certify_blocks(blocks: &BlockDynamics, state: &[f64]) -> Result<Verdict, Error> {
    blocks.lift(state)?;
    let mut coordinates = state.to_vec();
    // Newton's method may make the students of a block coincide: what is tied is decided where it ends.
    for _ in 0..=blocks.sizes().len() {
        let (tied, free) = ties(blocks, &coordinates)?;
        let system = BlockSystem {
            sizes: blocks.sizes().to_vec(),
            tied,
        };
        let start = free.iter().map(|&index| coordinates[index]).collect();
        let centre = match polish::blocks(&system, start) {
            Ok(centre) => centre,
            Err(refusal) => return Ok(Verdict::Refused(refusal)),
        };
        let ended = system.whole(&centre);
        if ties(blocks, &ended)?.0 != system.tied {
            coordinates = ended;
            continue;
        }
        let proved = system.prove(&centre, Radius::Search);
        return Ok(Verdict::of(proved.and_then(|proof| {
            confirmed(Place::Blocks { system, centre }, proof)
        })));
    }
    Ok(Verdict::Refused(Refusal::Singular {
        unknowns: state.len(),
    }))
}

/// Which blocks are tied, and the coordinates that are left when b_AA is dropped where it is tied to a_A.
fn ties(blocks: &BlockDynamics, state: &[f64]) -> Result<(Vec<bool>, Vec<usize>), Error> {
    let mut tied = Vec::with_capacity(blocks.sizes().len());
    let mut free: Vec<usize> = (0..state.len()).collect();
    for block in 0..blocks.sizes().len() {
        let diagonal = state[blocks.diagonal_index(block)?];
        let off = blocks.off_diagonal_index(block, block)?;
        let coincide =
            off.filter(|&off| (state[off] - diagonal).abs() <= COINCIDE * diagonal.abs());
        free.retain(|&index| Some(index) != coincide);
        tied.push(coincide.is_some());
    }
    Ok((tied, free))
}

/// Students of one block count as coinciding if a_A and b_AA agree to this.
const COINCIDE: f64 = 1e-9;
