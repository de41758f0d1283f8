use std::fmt;

use faer::Mat;
use teacher_student::Weights;

use super::blocks::BlockSystem;
use super::network::NetworkSystem;
use super::proof::{Inertia, Proof};
use crate::Interval;

/// The system whose zero is enclosed, and the centre of the box.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// Entries of the weights, K × d.
    Network {
        system: NetworkSystem,
        centre: Mat<f64>,
    },
    /// Coordinates of the block dynamics.
    Blocks {
        system: BlockSystem,
        centre: Vec<f64>,
    },
}

/// A critical point that was proved to exist, and to be the only one in its box.
#[derive(Debug, Clone)]
pub struct CriticalPoint {
    pub(super) place: Place,
    pub(super) proof: Proof,
}

impl CriticalPoint {
    pub(super) fn new(place: Place, proof: Proof) -> Self {
        Self { place, proof }
    }

    /// Centre of the box, K × d.
    pub fn centre(&self) -> Mat<f64> {
        match &self.place {
            Place::Network { centre, .. } => centre.clone(),
            Place::Blocks { system, centre } => system.lift(centre),
        }
    }

    /// The largest difference between an entry of the centre and that of other weights: how far Newton's method went from there.
    ///
    /// Infinite for weights of another shape.
    pub fn distance(&self, weights: &Weights) -> f64 {
        let centre = self.centre();
        if weights.as_mat().shape() == centre.shape() {
            (centre - weights.as_mat()).norm_max()
        } else {
            f64::INFINITY
        }
    }

    /// Every unknown of the critical point is within this of the centre.
    pub fn radius(&self) -> f64 {
        self.proof.radius
    }

    /// The box around the entry (i, c) of the weights.
    pub fn entry(&self, i: usize, c: usize) -> Interval {
        let centre = self.centre();
        let known = match &self.place {
            Place::Network { system, .. } => {
                let columns = system.columns();
                !system
                    .unknowns()
                    .into_iter()
                    .any(|(row, at)| (row, columns[at]) == (i, c))
            }
            Place::Blocks { .. } => false,
        };
        Interval::around(centre[(i, c)], if known { 0.0 } else { self.proof.radius })
    }

    /// The number of unknowns in which existence and uniqueness were proved.
    pub fn unknowns(&self) -> usize {
        match &self.place {
            Place::Network { system, .. } => system.unknowns().len(),
            Place::Blocks { centre, .. } => centre.len(),
        }
    }

    /// The bound of ‖I − RH‖_∞ over the box.
    pub fn contraction(&self) -> f64 {
        self.proof.contraction
    }

    /// The inertia of the Hessian of all K·d weights at the critical point.
    pub fn inertia(&self) -> Inertia {
        self.proof.inertia
    }

    /// The number of negative eigenvalues.
    pub fn index(&self) -> usize {
        self.proof.inertia.negative
    }

    /// Whether no eigenvalue is negative, and every zero belongs to a manifold of critical points of one loss: a local minimum.
    pub fn is_minimum(&self) -> bool {
        self.proof.inertia.negative == 0
    }

    /// A lower bound of the least eigenvalue of the Hessian, exact zeros of symmetry set aside; for a slice, of the Hessian
    /// restricted to it, which for a minimum bounds the positive eigenvalues of the whole from below.
    pub fn least_eigenvalue(&self) -> f64 {
        self.proof.least
    }

    /// The loss at the critical point; exactly \[0, 0\] if it is the teacher or a permutation of it.
    pub fn loss(&self) -> Interval {
        self.proof.loss
    }

    /// Whether it is proved to be the teacher or a permutation of it.
    pub fn is_teacher(&self) -> bool {
        self.proof.loss == Interval::ZERO
    }

    /// Whether it is a local minimum that is proved not to be global.
    pub fn is_spurious_minimum(&self) -> bool {
        self.is_minimum() && self.proof.loss.low() > 0.0
    }
}

impl fmt::Display for CriticalPoint {
    /// The statement that was proved, in words.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let centre = self.centre();
        let (k, d) = centre.shape();
        let Inertia {
            negative,
            zero,
            positive,
        } = self.proof.inertia;
        let kind = match (self.is_teacher(), self.is_minimum(), zero) {
            (true, _, 0) => "a global minimum, the teacher".to_owned(),
            (true, ..) => "a global minimum".to_owned(),
            (false, true, 0) => "a strict local minimum".to_owned(),
            (false, true, _) => "a local minimum up to a continuous symmetry".to_owned(),
            (false, false, _) => format!("a saddle of index {negative}"),
        };
        let (teacher, among) = match &self.place {
            Place::Network { system, .. } => {
                let teacher = format!("{} x {d}", system.teacher.nrows());
                let rank = system
                    .slice
                    .as_ref()
                    .map(|slice| slice.rank)
                    .or(system.across);
                let among = rank.map_or(String::new(), |rank| {
                    format!(
                        " of a slice across the rotations that fix the teacher (part of rank {rank})"
                    )
                });
                (teacher, among)
            }
            Place::Blocks { system, .. } => {
                let among = format!(
                    " among the weights that permutations within blocks of {:?} leave fixed{}",
                    system.sizes,
                    if system.tied.contains(&true) {
                        ", students of a tied block equal"
                    } else {
                        ""
                    }
                );
                (format!("the {k} x {k} identity"), among)
            }
        };
        let loss = self.proof.loss;
        write!(
            out,
            "critical point: {k} x {d} student before a teacher of {teacher}: within {:e} of the centre there is exactly one critical \
             point{among}; it is {kind}: of {} eigenvalues of the Hessian {negative} are negative, {zero} zero and {positive} positive, the \
             least that is no zero of a symmetry is at least {:e}; its loss lies in [{:e}, {:e}]",
            self.proof.radius,
            negative + zero + positive,
            self.proof.least,
            loss.low(),
            loss.high()
        )
    }
}
