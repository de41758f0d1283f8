use std::f64::consts::TAU;

use faer::Mat;
use relu_gating::{arc_cosine, sin_minus_x_cos};

use super::Evaluation;
use crate::angles::AngleTable;
use crate::pairing::Pair;
use crate::product::product;

/// ½E[ρ²] with the residual ρ = Σ_pairs s(σ(u·x) − σ(v·x)) + Σ_unpaired ±aσ(w·x).
pub(super) fn loss(at: &Evaluation<'_>, teacher_angles: &AngleTable) -> f64 {
    let pairs = &at.pairing.pairs;
    let mut total: f64 = pairs
        .iter()
        .enumerate()
        .map(|(p, pair)| own_energy(at, p, pair))
        .sum();
    if pairs.len() > 1 {
        let cross = Cross::new(at, teacher_angles);
        for p in 0..pairs.len() {
            for q in 0..p {
                total += pairs[p].sign * pairs[q].sign * cross.energy(p, q);
            }
        }
    }
    if at.pairing.is_complete() {
        return total;
    }
    total + unpaired_energy(at, teacher_angles)
}

fn unpaired(partners: &[Option<usize>]) -> impl Iterator<Item = usize> {
    (0..partners.len()).filter(|&index| partners[index].is_none())
}

/// ½E[(σ(u·x) − σ(v·x))²] = ¼‖u − v‖² − ‖u‖‖v‖(sin θ − θ cos θ)/2π.
fn own_energy(at: &Evaluation<'_>, p: usize, pair: &Pair) -> f64 {
    let difference = at.pairing.difference.col_as_slice(p);
    let half_square: f64 = difference.iter().map(|x| (x / 2.0).powi(2)).sum();
    half_square - pair.student_norm * pair.teacher_norm * (sin_minus_x_cos(pair.angle()) / TAU)
}

/// One neuron of the residual: a student or, with a negative coefficient, a teacher.
#[derive(Clone, Copy)]
enum Term {
    Student(usize),
    Teacher(usize),
}

/// The part of ½E[ρ²] in which at least one factor is unpaired, by the kernel.
fn unpaired_energy(at: &Evaluation<'_>, teacher_angles: &AngleTable) -> f64 {
    let single: Vec<Term> = unpaired(&at.pairing.of_student)
        .map(Term::Student)
        .chain(unpaired(&at.pairing.of_teacher).map(Term::Teacher))
        .collect();
    let kernel = |a: Term, b: Term| {
        let angle = match (a, b) {
            (Term::Student(i), Term::Student(j)) => at.inner.angle(i, j),
            (Term::Student(i), Term::Teacher(l)) | (Term::Teacher(l), Term::Student(i)) => {
                at.outer.angle(i, l)
            }
            (Term::Teacher(l), Term::Teacher(m)) => teacher_angles.angle(l, m),
        };
        signed_norm(at, a) * signed_norm(at, b) * (arc_cosine(angle) / TAU)
    };
    let mut total = 0.0;
    for (index, &a) in single.iter().enumerate() {
        total += kernel(a, a) / 2.0;
        for &b in &single[..index] {
            total += kernel(a, b);
        }
        for pair in &at.pairing.pairs {
            total +=
                kernel(a, Term::Student(pair.student)) + kernel(a, Term::Teacher(pair.teacher));
        }
    }
    total
}

fn signed_norm(at: &Evaluation<'_>, term: Term) -> f64 {
    match term {
        Term::Student(j) => at.student.top[j] * at.student.directions.norms[j],
        Term::Teacher(l) => -at.teacher.top[l] * at.teacher.directions.norms[l],
    }
}

/// E[Δ_p Δ_q] of two pairs, Δ = σ(u·x) − σ(v·x): a second difference of the kernel.
struct Cross<'a> {
    at: &'a Evaluation<'a>,
    teacher_angles: &'a AngleTable,
    /// v_p·D_q and D_p·D_q in units of the teacher norms, P × P.
    mixed: Mat<f64>,
    moves: Mat<f64>,
}

impl<'a> Cross<'a> {
    fn new(at: &'a Evaluation<'a>, teacher_angles: &'a AngleTable) -> Self {
        let pairs = &at.pairing.pairs;
        let d = at.student.weights.ncols();
        let base = Mat::from_fn(pairs.len(), d, |p, c| {
            at.teacher.directions.unit(pairs[p].teacher)[c]
        });
        let moves = Mat::from_fn(pairs.len(), d, |p, c| {
            at.pairing.difference[(c, p)] / pairs[p].teacher_norm
        });
        Self {
            at,
            teacher_angles,
            mixed: product(base.as_ref(), moves.transpose()),
            moves: product(moves.as_ref(), moves.transpose()),
        }
    }

    fn energy(&self, p: usize, q: usize) -> f64 {
        let pairs = &self.at.pairing.pairs;
        let scale = pairs[p].teacher_norm * pairs[q].teacher_norm;
        let separation = self
            .teacher_angles
            .angle(pairs[p].teacher, pairs[q].teacher)
            .sin();
        let (p_reach, q_reach) = (self.moves[(p, p)].sqrt(), self.moves[(q, q)].sqrt());
        let reach = p_reach + q_reach;
        let (nodes, weights) = match rule(reach / separation) {
            Some(rule) => rule,
            // The integrand has a kink: the error of the rule is a fraction of it, that of the kernel a unit of rounding.
            None if KINK * (separation + reach) * p_reach * q_reach < f64::EPSILON => RULES[3],
            None => return self.second_difference(&pairs[p], &pairs[q]),
        };
        scale * self.integral(p, q, nodes, weights)
    }

    /// ∫∫ D_pᵀ E[xxᵀ 1(u_s·x>0) 1(u_t·x>0)] D_q ds dt along u_s = v_p + s D_p, u_t = v_q + t D_q.
    fn integral(&self, p: usize, q: usize, nodes: &[f64], weights: &[f64]) -> f64 {
        let pairs = &self.at.pairing.pairs;
        let at_rest = self
            .teacher_angles
            .angle(pairs[p].teacher, pairs[q].teacher);
        let versine = |x: f64| 2.0 * (x / 2.0).sin().powi(2);
        let at_rest = [versine(at_rest.radians()), versine(at_rest.supplement())];
        let mut total = 0.0;
        for (&s, &s_weight) in nodes.iter().zip(weights) {
            let p_growth = self.growth(p, s);
            for (&t, &t_weight) in nodes.iter().zip(weights) {
                let growth = [p_growth, self.growth(q, t)];
                total +=
                    s_weight * t_weight * self.mixed_curvature([p, q], at_rest, [s, t], growth);
            }
        }
        total
    }

    /// ‖v_r + x D_r‖ − 1 in units of the teacher's norm.
    fn growth(&self, r: usize, x: f64) -> f64 {
        let change = x * (2.0 * self.mixed[(r, r)] + x * self.moves[(r, r)]);
        change / ((1.0 + change).sqrt() + 1.0)
    }

    /// D_pᵀ M D_q with M = \[(π−θ)I + sin θ(bbᵀ − ccᵀ)\]/2π, b and c the bisectors of the two directions; from the versines of
    /// the teachers' angle and its supplement, and how much longer than the teachers the two vectors are.
    fn mixed_curvature(
        &self,
        [p, q]: [usize; 2],
        [apart, together]: [f64; 2],
        [s, t]: [f64; 2],
        [p_growth, q_growth]: [f64; 2],
    ) -> f64 {
        let (mixed, moves) = (&self.mixed, &self.moves);
        let (p_norm, q_norm) = (1.0 + p_growth, 1.0 + q_growth);
        // ‖u‖‖v‖ ± u·v without cancellation: from the teachers' own angle, and what the moves change.
        let stretch = p_growth + q_growth + p_growth * q_growth;
        let turn = s * mixed[(q, p)] + t * mixed[(p, q)] + s * t * moves[(p, q)];
        let product = 2.0 * p_norm * q_norm;
        let half_sine = ((apart + stretch - turn) / product).max(0.0).sqrt();
        let half_cosine = ((together + stretch + turn) / product).max(0.0).sqrt();
        let supplement = 2.0 * half_cosine.atan2(half_sine);
        // Components of the moves along the two directions.
        let p_along_p = (mixed[(p, p)] + s * moves[(p, p)]) / p_norm;
        let p_along_q = (mixed[(q, p)] + t * moves[(p, q)]) / q_norm;
        let q_along_p = (mixed[(p, q)] + s * moves[(p, q)]) / p_norm;
        let q_along_q = (mixed[(q, q)] + t * moves[(q, q)]) / q_norm;
        // Each numerator carries the square of its denominator; both vanish where the directions are (anti)parallel.
        let quotient = |x: f64, y: f64| if y > PARALLEL { x / y } else { 0.0 };
        let bisector = half_sine
            * quotient(
                (p_along_p + p_along_q) * (q_along_p + q_along_q),
                half_cosine,
            );
        let across =
            half_cosine * quotient((p_along_p - p_along_q) * (q_along_p - q_along_q), half_sine);
        (supplement * moves[(p, q)] + (bisector - across) / 2.0) / TAU
    }

    fn second_difference(&self, p: &Pair, q: &Pair) -> f64 {
        let at = self.at;
        let both = |a: f64, b: f64, angle| a * b * arc_cosine(angle) / TAU;
        both(
            p.student_norm,
            q.student_norm,
            at.inner.angle(p.student, q.student),
        ) - both(
            p.student_norm,
            q.teacher_norm,
            at.outer.angle(p.student, q.teacher),
        ) - both(
            p.teacher_norm,
            q.student_norm,
            at.outer.angle(q.student, p.teacher),
        ) + both(
            p.teacher_norm,
            q.teacher_norm,
            self.teacher_angles.angle(p.teacher, q.teacher),
        )
    }
}

/// Error of the 8-node rule against the size of a kink in the integrand.
const KINK: f64 = 2e-3;
/// Half sines and cosines below this are rounding.
const PARALLEL: f64 = 1e-12;

/// Gauss–Legendre rules on [0, 1] with n = 1, 2, 4 and 8 nodes.
const RULES: [(&[f64], &[f64]); 4] = [
    (&[0.5], &[1.0]),
    (
        &[0.211_324_865_405_187_1, 0.788_675_134_594_812_9],
        &[0.5, 0.5],
    ),
    (
        &[
            0.069_431_844_202_973_71,
            0.330_009_478_207_571_9,
            0.669_990_521_792_428_1,
            0.930_568_155_797_026_3,
        ],
        &[
            0.173_927_422_568_726_93,
            0.326_072_577_431_273_07,
            0.326_072_577_431_273_07,
            0.173_927_422_568_726_93,
        ],
    ),
    (
        &[
            0.019_855_071_751_231_88,
            0.101_666_761_293_186_64,
            0.237_233_795_041_835_5,
            0.408_282_678_752_175_1,
            0.591_717_321_247_825,
            0.762_766_204_958_164_5,
            0.898_333_238_706_813_4,
            0.980_144_928_248_768_1,
        ],
        &[
            0.050_614_268_145_188_13,
            0.111_190_517_226_687_24,
            0.156_853_322_938_943_64,
            0.181_341_891_689_181,
            0.181_341_891_689_181,
            0.156_853_322_938_943_64,
            0.111_190_517_226_687_24,
            0.050_614_268_145_188_13,
        ],
    ),
];

/// The smallest rule whose error is below 1e-14 when the two segments reach `ratio` times as far as the nearest
/// singularity (parallel directions), or none.
///
/// A function analytic up to distance δ from a segment of length r is integrated by n nodes with an error of
/// about (r/4δ)^2n relative to its size.
fn rule(ratio: f64) -> Option<(&'static [f64], &'static [f64])> {
    let index = match ratio {
        r if r <= 4e-7 => 0,
        r if r <= 1e-3 => 1,
        r if r <= 0.06 => 2,
        r if r <= 0.4 => 3,
        _ => return None,
    };
    Some(RULES[index])
}
