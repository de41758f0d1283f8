use super::configuration::{Configuration, Meeting, within};
use crate::Interval;
use crate::linear_algebra::BallMatrix;

impl Configuration<'_> {
    /// The Hessian over the box, Kd × Kd, entry (j·d + c, j′·d + c′).
    ///
    /// With e, f the unit vectors of a pair at angle θ, n that of f across e, and s = sin θ, the mixed block is
    /// (a_i a_j/2π)\[(π−θ)I + (efᵀ + feᵀ − cos θ (eeᵀ + ffᵀ))/s\], and a neuron v of weight τ adds to the diagonal block
    /// (a_i τ‖v‖/2π‖w_i‖)\[s(I − eeᵀ) + s nnᵀ\], s nnᵀ = (f − cos θ e)(f − cos θ e)ᵀ/s. Both quotients have entries of at most s
    /// in size, to which they are cut: a box that holds θ = 0 or π needs no case of its own.
    pub(super) fn hessian(&self) -> BallMatrix {
        let (k, d) = (self.students.len(), self.dimension());
        let n = k * d;
        let mut entries = vec![Interval::ZERO; n * n];
        for i in 0..k {
            let meetings = self.among(i);
            let own = self.diagonal_block(i, &meetings);
            for r in 0..d {
                for c in 0..d {
                    entries[(i * d + r) * n + i * d + c] = own[r.max(c) * d + r.min(c)];
                }
            }
            for j in 0..i {
                let block = self.mixed_block(i, j, &meetings[j]);
                for r in 0..d {
                    for c in 0..d {
                        let value = block[r.max(c) * d + r.min(c)];
                        entries[(i * d + r) * n + j * d + c] = value;
                        entries[(j * d + c) * n + i * d + r] = value;
                    }
                }
            }
        }
        BallMatrix::from_bounds(n, n, |i, j| {
            (entries[i * n + j].low(), entries[i * n + j].high())
        })
    }

    /// Lower half of the symmetric d × d block of neurons i ≠ j.
    fn mixed_block(&self, i: usize, j: usize, meeting: &Meeting) -> Vec<Interval> {
        let d = self.dimension();
        let (e, f) = (&self.students.unit[i], &self.students.unit[j]);
        let scale = self.pair_scale(i, j);
        let (bound, over_sine) = (meeting.sine.high(), inverse(meeting.sine));
        // e_r f_c + f_r e_c − cos θ (e_r e_c + f_r f_c) = e_r (f_c − cos θ e_c) + f_r (e_c − cos θ f_c).
        let across = |x: &[Interval], y: &[Interval]| -> Vec<Interval> {
            x.iter()
                .zip(y)
                .map(|(&x, &y)| (x - meeting.cosine * y) * over_sine)
                .collect()
        };
        let (f_across, e_across) = (across(f, e), across(e, f));
        let mut block = vec![Interval::ZERO; d * d];
        for r in 0..d {
            for c in 0..=r {
                let bent = within(e[r] * f_across[c] + f[r] * e_across[c], bound);
                let straight = if r == c {
                    meeting.supplement + bent
                } else {
                    bent
                };
                block[r * d + c] = scale * straight;
            }
        }
        block
    }

    /// Lower half of the symmetric d × d block of neuron i.
    fn diagonal_block(&self, i: usize, meetings: &[Meeting]) -> Vec<Interval> {
        let d = self.dimension();
        let e = &self.students.unit[i];
        let mut block = vec![Interval::ZERO; d * d];
        let mut total = Interval::ZERO;
        for (f, meeting, strength) in self.others(i, meetings, &self.towards(i)) {
            total = total + strength * meeting.sine;
            let bound = (strength * meeting.sine).mag();
            let over_sine = strength * inverse(meeting.sine);
            let across: Vec<Interval> = f
                .iter()
                .zip(e)
                .map(|(&f, &e)| f - meeting.cosine * e)
                .collect();
            for r in 0..d {
                let left = over_sine * across[r];
                for c in 0..=r {
                    block[r * d + c] = block[r * d + c] + within(left * across[c], bound);
                }
            }
        }
        let top = self.students.top[i];
        let scale = top / (Interval::TAU * self.students.norm[i]);
        let own = Interval::from(top) * top / 2.0;
        for r in 0..d {
            for c in 0..=r {
                let mut entry = block[r * d + c] - total * (e[r] * e[c]);
                if r == c {
                    entry = entry + total;
                }
                block[r * d + c] = scale * entry;
            }
            block[r * d + r] = block[r * d + r] + own;
        }
        block
    }

    /// Unit vector, meeting and ±top‖·‖ of everything that student i meets.
    fn others<'b>(
        &'b self,
        i: usize,
        among: &[Meeting],
        towards: &[Meeting],
    ) -> Vec<(&'b Vec<Interval>, Meeting, Interval)> {
        let (students, teachers) = (&self.students, self.teachers);
        let inner = (0..students.len()).filter(|&j| j != i).map(|j| {
            (
                &students.unit[j],
                among[j],
                students.top[j] * students.norm[j],
            )
        });
        let outer = (0..teachers.len()).map(|l| {
            (
                &teachers.unit[l],
                towards[l],
                -teachers.top[l] * teachers.norm[l],
            )
        });
        inner.chain(outer).collect()
    }

    /// a_i a_j/2π.
    fn pair_scale(&self, i: usize, j: usize) -> Interval {
        Interval::from(self.students.top[i]) * self.students.top[j] / Interval::TAU
    }

    /// Rows i of the products of the Hessian with matrices φ of K rows, without forming it; one a direction.
    pub(super) fn hessian_row_products(
        &self,
        i: usize,
        directions: &[Vec<Vec<f64>>],
    ) -> Vec<Vec<Interval>> {
        let d = self.dimension();
        let students = &self.students;
        let (among, towards) = (self.among(i), self.towards(i));
        let e = &students.unit[i];
        let mut rows = vec![vec![Interval::ZERO; d]; directions.len()];
        for j in (0..students.len()).filter(|&j| j != i) {
            let (f, meeting) = (&students.unit[j], among[j]);
            let scale = self.pair_scale(i, j);
            let over_sine = inverse(meeting.sine);
            for (row, phi) in rows.iter_mut().zip(directions) {
                let phi = &phi[j];
                if phi.iter().all(|&x| x == 0.0) {
                    continue;
                }
                let (along_e, along_f) = (weighted(e, phi), weighted(f, phi));
                // e(f·φ) + f(e·φ) − cos θ (e(e·φ) + f(f·φ)), over s: of norm at most s‖φ‖.
                let of_e = (along_f - meeting.cosine * along_e) * over_sine;
                let of_f = (along_e - meeting.cosine * along_f) * over_sine;
                let bound = (meeting.sine * length(phi)).high();
                for c in 0..d {
                    let bent = within(e[c] * of_e + f[c] * of_f, bound);
                    row[c] = row[c] + scale * (phi[c] * meeting.supplement + bent);
                }
            }
        }
        let others = self.others(i, &among, &towards);
        let scale = students.top[i] / (Interval::TAU * students.norm[i]);
        let own = Interval::from(students.top[i]) * students.top[i] / 2.0;
        let total = others
            .iter()
            .fold(Interval::ZERO, |sum, (_, meeting, strength)| {
                sum + *strength * meeting.sine
            });
        for (row, phi) in rows.iter_mut().zip(directions) {
            let phi = &phi[i];
            if phi.iter().all(|&x| x == 0.0) {
                continue;
            }
            let along_e = weighted(e, phi);
            let size = length(phi);
            let mut bent = vec![Interval::ZERO; d];
            for (f, meeting, strength) in &others {
                // s n(n·φ), n·φ = (f·φ − cos θ e·φ)/s.
                let rest = (weighted(f, phi) - meeting.cosine * along_e)
                    * (*strength * inverse(meeting.sine));
                let bound = (*strength * meeting.sine * size).mag();
                for c in 0..d {
                    bent[c] = bent[c] + within((f[c] - meeting.cosine * e[c]) * rest, bound);
                }
            }
            for c in 0..d {
                let turned = total * (phi[c] - along_e * e[c]) + bent[c];
                row[c] = row[c] + phi[c] * own + scale * turned;
            }
        }
        rows
    }

    /// The matrix Γ of the Hessian in a direction across all neurons and teachers, K × K: a perturbation w_j + c_j q,
    /// q a unit vector orthogonal to all rows, has second derivative cᵀΓc.
    pub(super) fn transversal(&self) -> BallMatrix {
        let k = self.students.len();
        let mut entries = vec![Interval::ZERO; k * k];
        for i in 0..k {
            let among = self.among(i);
            let others = self.others(i, &among, &self.towards(i));
            let total = others
                .iter()
                .fold(Interval::ZERO, |sum, (_, meeting, strength)| {
                    sum + *strength * meeting.sine
                });
            let own = Interval::from(self.students.top[i]) * self.students.top[i] / 2.0;
            entries[i * k + i] =
                own + self.students.top[i] / (Interval::TAU * self.students.norm[i]) * total;
            for j in 0..i {
                let value = self.pair_scale(i, j) * among[j].supplement;
                entries[i * k + j] = value;
                entries[j * k + i] = value;
            }
        }
        BallMatrix::from_bounds(k, k, |i, j| {
            (entries[i * k + j].low(), entries[i * k + j].high())
        })
    }
}

/// 1/s, all reals where s may vanish.
fn inverse(sine: Interval) -> Interval {
    if sine.low() > 0.0 {
        1.0 / sine
    } else {
        Interval::ENTIRE
    }
}

fn weighted(unit: &[Interval], phi: &[f64]) -> Interval {
    let terms = unit.iter().zip(phi).filter(|(_, p)| **p != 0.0);
    terms.fold(Interval::ZERO, |sum, (&u, &p)| sum + p * u)
}

fn length(phi: &[f64]) -> Interval {
    let square = |sum: Interval, &x: &f64| {
        if x == 0.0 {
            sum
        } else {
            sum + Interval::from(x).sqr()
        }
    };
    phi.iter().fold(Interval::ZERO, square).sqrt()
}
