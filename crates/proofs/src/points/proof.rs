//! The contraction test and the spectra that every kind of system shares.

use super::refusal::Refusal;
use crate::Interval;
use crate::linear_algebra::{BallMatrix, Preconditioner, SpectralEnclosure};

/// A block of the Hessian by which all its eigenvalues are known: each counts `multiplicity` times.
pub(super) struct Component {
    pub(super) name: String,
    pub(super) multiplicity: usize,
    pub(super) matrix: BallMatrix,
    /// Eigenvalues that vanish exactly, by a continuous symmetry.
    pub(super) null: usize,
}

/// What was proved about one box.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    pub(super) radius: f64,
    pub(super) contraction: f64,
    pub(super) inertia: Inertia,
    /// Lower bound of the least eigenvalue that is not an exact zero of symmetry.
    pub(super) least: f64,
    pub(super) loss: Interval,
}

/// Numbers of negative, vanishing and positive eigenvalues of the Hessian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inertia {
    /// The index.
    pub negative: usize,
    /// Zeros, every one explained by a continuous symmetry.
    pub zero: usize,
    /// Positive eigenvalues.
    pub positive: usize,
}

/// How the radius of the box is found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Radius {
    /// Small, of the size of the rounding errors of gradient and Newton step.
    Search,
    /// The one of a certificate.
    Given(f64),
}

/// A box may grow this often before the test is given up.
const ATTEMPTS: usize = 6;
/// The box is made this much wider than the test needs.
const MARGIN: f64 = 2.0;
/// A box wider than this, relative to the weights, is never tried: a start that needs it is not near a critical point.
const WIDEST: f64 = 1e-3;
/// Beyond this bound of ‖I − RH‖ a larger box is no help.
const CONTRACTION: f64 = 0.5;

/// Krawczyk's test: with K(X) = c − R F(c) + (I − R J(X))(X − c) inside the box X of one radius about c, F has exactly one
/// zero in X (Rump 2010, Theorem 13.2). Returns the radius, the bound of ‖I − RJ‖_∞ and J(X).
pub(super) fn contraction_test(
    residual: &[Interval],
    preconditioner: &Preconditioner,
    scale: f64,
    radius: Radius,
    jacobian: impl Fn(f64) -> Result<BallMatrix, Refusal>,
) -> Result<(f64, f64, BallMatrix), Refusal> {
    let middle: Vec<f64> = residual.iter().map(|x| x.mid()).collect();
    let spread: Vec<f64> = residual.iter().map(|x| x.radius()).collect();
    let offset = preconditioner
        .image(&middle, &spread)
        .into_iter()
        .fold(0.0, |a: f64, b| if b > a || b.is_nan() { b } else { a });
    let mut size = match radius {
        Radius::Given(size) => size,
        Radius::Search => MARGIN * offset + 4.0 * f64::EPSILON * scale,
    };
    let mut contraction = f64::INFINITY;
    let hopeless = matches!(radius, Radius::Search) && (offset.is_nan() || size > WIDEST * scale);
    let attempts = if matches!(radius, Radius::Given(_)) {
        1
    } else {
        ATTEMPTS
    };
    for _ in 0..if hopeless { 0 } else { attempts } {
        let ball = jacobian(size)?;
        contraction = preconditioner.contraction(&ball);
        // c − RF(c) lies within `offset` of c, the rest within contraction·size of that.
        if (offset + (contraction * size).next_up()).next_up() < size && contraction < CONTRACTION {
            return Ok((size, contraction, ball));
        }
        let next = MARGIN * size.max(offset / (1.0 - contraction));
        if contraction.is_nan() || contraction >= CONTRACTION || next > WIDEST * scale {
            break;
        }
        size = next;
    }
    Err(Refusal::NoContraction {
        radius: size,
        contraction,
        offset,
    })
}

/// Inertia, the least eigenvalue that is no exact zero, and a bound of all eigenvalues in size.
pub(super) fn inertia(components: &[Component]) -> Result<(Inertia, f64, f64), Refusal> {
    let mut inertia = Inertia {
        negative: 0,
        zero: 0,
        positive: 0,
    };
    let (mut least, mut norm) = (f64::INFINITY, 0.0_f64);
    for component in components {
        let spectrum =
            SpectralEnclosure::of(&component.matrix).ok_or_else(|| Refusal::NoSpectrum {
                component: component.name.clone(),
            })?;
        let undecided = spectrum.undecided();
        if undecided.len() != component.null {
            let [low, high] = spectrum.bounds()[undecided.start.min(spectrum.bounds().len() - 1)];
            return Err(Refusal::Degenerate {
                component: component.name.clone(),
                undecided: undecided.len(),
                expected: component.null,
                least: low,
                greatest: high,
            });
        }
        inertia.negative += component.multiplicity * spectrum.negative();
        inertia.zero += component.multiplicity * component.null;
        inertia.positive += component.multiplicity * spectrum.positive();
        for (index, [low, high]) in spectrum.bounds().iter().enumerate() {
            norm = norm.max(low.abs()).max(high.abs());
            if !undecided.contains(&index) {
                least = least.min(*low);
            }
        }
    }
    Ok((inertia, least, norm))
}

/// The loss at the critical point, from that at the centre of a box of `unknowns` coordinates that are `radius` away at
/// most: there the gradient vanishes, and the two differ by ½δᵀHδ.
pub(super) fn loss_at_rest(
    at_centre: Interval,
    unknowns: usize,
    radius: f64,
    norm: f64,
) -> Interval {
    let change = Interval::from(radius).sqr() * (unknowns as f64) * norm / 2.0;
    let loss = at_centre + Interval::between(-change.high(), change.high());
    Interval::between(loss.low().max(0.0), loss.high().max(0.0))
}
