use faer::Mat;

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
