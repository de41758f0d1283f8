use thiserror::Error;

use super::Rejection;

/// Why a point is not certified. Nothing is claimed about it then: neither that it is critical nor that it is not.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Newton's method does not settle near the given point.
    #[error(
        "not near a critical point: ‖gradient‖ = {gradient:e}, and Newton's step of {step:e} exceeds {limit:e}: give a better approximation"
    )]
    NotCritical {
        /// ‖∇loss‖ at the given point.
        gradient: f64,
        /// The largest entry of the step.
        step: f64,
        /// The longest step that is still called polishing.
        limit: f64,
    },
    /// A gradient that is proved not to be small, and no critical point nearby.
    #[error(
        "not critical: the norm of the gradient is at least {gradient:e}, and no critical point was found nearby: give a better approximation"
    )]
    Steep {
        /// Lower bound of ‖∇loss‖ at the given point.
        gradient: f64,
    },
    /// A neuron whose direction is not determined.
    #[error(
        "neuron {neuron} may vanish: its norm lies in [{least:e}, {greatest:e}], and the loss is not smooth at 0"
    )]
    VanishingNeuron {
        /// Which one.
        neuron: usize,
        /// Lower bound of its norm.
        least: f64,
        /// Upper bound.
        greatest: f64,
    },
    /// An eigenvalue whose sign cannot be proved.
    #[error(
        "degenerate: {undecided} eigenvalues of the Hessian ({component}) may vanish, {expected} are explained by symmetry; the first lies in [{least:e}, {greatest:e}]"
    )]
    Degenerate {
        /// Which part of the Hessian.
        component: String,
        /// Eigenvalues of undecided sign.
        undecided: usize,
        /// Zeros that a symmetry asks for.
        expected: usize,
        /// Lower bound of the first of them.
        least: f64,
        /// Upper bound.
        greatest: f64,
    },
    /// Two students with one direction: weight can move from one to the other at no cost.
    #[error(
        "students {first} and {second} are parallel (angle at most {angle:e}): they lie on a manifold of critical points along which one grows and the other shrinks"
    )]
    ParallelStudents {
        /// One of them.
        first: usize,
        /// The other.
        second: usize,
        /// Upper bound of their angle.
        angle: f64,
    },
    /// Two students with nearly one direction: nothing is decided.
    #[error(
        "students {first} and {second} enclose an angle in [{least:e}, {greatest:e}]: so near to a pair of one direction the Hessian changes too fast for a box of doubles"
    )]
    NearlyParallel {
        /// One of them.
        first: usize,
        /// The other.
        second: usize,
        /// Lower bound of their angle.
        least: f64,
        /// Upper bound.
        greatest: f64,
    },
    /// A manifold of rotations about a span that cannot be enclosed.
    #[error(
        "the part of the students across the teachers has rank {rank} in {codimension} dimensions: rotations make a manifold of dimension {dimension}; the teachers, of which {span} span the others to rounding, are too nearly dependent for their span to be enclosed"
    )]
    Rotations {
        /// Rank p of the part across the teachers.
        rank: usize,
        /// Dimensions q across the teachers.
        codimension: usize,
        /// pq − p(p+1)/2.
        dimension: usize,
        /// Dimension of the teachers' span, to rounding.
        span: usize,
    },
    /// The rank of the part across the teachers is not that of the slice.
    #[error(
        "the part across the teachers is not proved to have the rank that the rotations ask for: within {radius:e} a pivot entry or a tangent may vanish, or an entry fixed at zero is none"
    )]
    NoSlice {
        /// Radius of the box.
        radius: f64,
    },
    /// The checker does not accept the certificate of the point.
    #[error("the checker does not accept the certificate that was found: {0}")]
    Unconfirmed(Box<Rejection>),
    /// The contraction test failed.
    #[error(
        "no contraction: on a box of radius {radius:e} the Newton operator contracts by {contraction:e} only and is off by {offset:e} at the centre"
    )]
    NoContraction {
        /// Radius of the box.
        radius: f64,
        /// Upper bound of ‖I − RH‖_∞.
        contraction: f64,
        /// Upper bound of ‖R∇loss‖_∞ at the centre.
        offset: f64,
    },
    /// Eigenvectors could not be computed or are not nearly orthonormal, or an enclosure is not finite.
    #[error("the spectrum of the Hessian ({component}) cannot be enclosed")]
    NoSpectrum {
        /// Which part of the Hessian.
        component: String,
    },
    /// The Hessian has no approximate inverse.
    #[error("the Hessian of {unknowns} unknowns is singular in double precision")]
    Singular {
        /// Its size.
        unknowns: usize,
    },
}
