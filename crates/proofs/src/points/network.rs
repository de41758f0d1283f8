use std::collections::BTreeSet;

use faer::{Mat, MatRef};
use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::across::{Frame, across_component};
use super::configuration::{Configuration, Neurons, rows_around, teachers};
use super::proof::{Component, Proof, Radius, contraction_test, inertia, loss_at_rest};
use super::refusal::Refusal;
use crate::Interval;
use crate::linear_algebra::{BallMatrix, Preconditioner};

/// The slice across the orbits of rotations that fix the teachers.
///
/// The columns where all teachers vanish are the outside, q of them. Students with an outside part of rank p are turned
/// so that it fills the first p of these columns, and so that in pivot row k the outside entries beyond the k-th vanish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slice {
    /// p.
    pub(super) rank: usize,
    /// One student a column, p in all.
    pub(super) pivots: Vec<usize>,
}

/// Students with given top weights before a teacher, all entries of the students unknown, or those of a slice.
#[derive(Debug, Clone)]
pub(super) struct NetworkSystem {
    pub(super) teacher: Mat<f64>,
    pub(super) teacher_top: Vec<f64>,
    pub(super) student_top: Vec<f64>,
    /// The slice of certificates that were written with students turned into the outside columns.
    pub(super) slice: Option<Slice>,
    /// The rank of the part across the teachers, where rotations that fix them move the students: the unknowns are then all
    /// entries, with multipliers across the orbit.
    pub(super) across: Option<usize>,
}

/// Students at a smaller angle are called parallel where the Hessian is singular.
const PARALLEL: f64 = 1e-5;

/// Columns in which every teacher is exactly zero.
pub(super) fn outside(teacher: MatRef<'_, f64>) -> Vec<usize> {
    (0..teacher.ncols())
        .filter(|&c| (0..teacher.nrows()).all(|l| teacher[(l, c)] == 0.0))
        .collect()
}

impl NetworkSystem {
    /// The columns in which students may have entries: all of them, or the teachers' and the first p outside.
    pub(super) fn columns(&self) -> Vec<usize> {
        let d = self.teacher.ncols();
        let Some(slice) = &self.slice else {
            return (0..d).collect();
        };
        let unused: BTreeSet<usize> = outside(self.teacher.as_ref())
            .into_iter()
            .skip(slice.rank)
            .collect();
        (0..d).filter(|c| !unused.contains(c)).collect()
    }

    /// The entries (neuron, index into `columns`) that are unknown.
    pub(super) fn unknowns(&self) -> Vec<(usize, usize)> {
        let columns = self.columns();
        let outside = outside(self.teacher.as_ref());
        let fixed = |i: usize, column: usize| {
            self.slice.as_ref().is_some_and(|slice| {
                let place = outside.iter().position(|&c| c == column);
                let pivot = slice.pivots.iter().position(|&row| row == i);
                matches!((place, pivot), (Some(place), Some(pivot)) if place > pivot)
            })
        };
        (0..self.student_top.len())
            .flat_map(|i| columns.iter().enumerate().map(move |(at, &c)| (i, at, c)))
            .filter(|&(i, _, c)| !fixed(i, c))
            .map(|(i, at, _)| (i, at))
            .collect()
    }

    /// Whether a centre has its zeros where the slice asks for them, and every pivot entry is away from 0 throughout the box.
    pub(super) fn fits(&self, centre: MatRef<'_, f64>, radius: f64) -> bool {
        let Some(slice) = &self.slice else {
            return true;
        };
        let outside = outside(self.teacher.as_ref());
        let columns = self.columns();
        let free: BTreeSet<(usize, usize)> = self
            .unknowns()
            .into_iter()
            .map(|(i, at)| (i, columns[at]))
            .collect();
        let distinct: BTreeSet<usize> = slice.pivots.iter().copied().collect();
        slice.rank <= outside.len()
            && slice.pivots.len() == slice.rank
            && distinct.len() == slice.rank
            && slice
                .pivots
                .iter()
                .zip(&outside)
                .all(|(&row, &c)| row < centre.nrows() && centre[(row, c)].abs() > radius)
            && (0..centre.nrows())
                .flat_map(|i| (0..centre.ncols()).map(move |c| (i, c)))
                .all(|at| free.contains(&at) || centre[at] == 0.0)
    }

    /// Proves that the box of `radius` about `centre` has exactly one critical point (in the slice), and encloses what
    /// belongs to it.
    ///
    /// Everything that is said about a slice rests on [`fits`](Self::fits): without it nothing is proved.
    pub(super) fn prove(&self, centre: MatRef<'_, f64>, radius: Radius) -> Result<Proof, Refusal> {
        if let Some(rank) = self.across {
            return self.prove_across(rank, centre, radius);
        }
        let in_slice = |radius: f64| {
            let fits = self.fits(centre, radius);
            fits.then_some(()).ok_or(Refusal::NoSlice { radius })
        };
        in_slice(0.0)?;
        let columns = self.columns();
        let (k, d) = (centre.nrows(), columns.len());
        let unknowns = self.unknowns();
        let place: Vec<usize> = unknowns.iter().map(|(i, at)| i * d + at).collect();
        let part = |a: MatRef<'_, f64>| Mat::from_fn(a.nrows(), d, |i, at| a[(i, columns[at])]);
        let teacher = teachers(part(self.teacher.as_ref()).as_ref(), &self.teacher_top)?;
        let centre = part(centre);
        let at_centre = self.boxed(&teacher, centre.as_ref(), 0.0, &unknowns)?;
        let slope = at_centre.gradient();
        let residual: Vec<Interval> = place.iter().map(|&index| slope[index]).collect();
        let scale = (0..k)
            .map(|i| at_centre.students.norm[i].high())
            .fold(0.0, f64::max);
        let middle = at_centre.hessian().principal(&place);
        let preconditioner = Preconditioner::new(middle.midpoint()).ok_or(Refusal::Singular {
            unknowns: place.len(),
        })?;
        let (radius, contraction, hessian) =
            contraction_test(&residual, &preconditioner, scale, radius, |radius| {
                Ok(self
                    .boxed(&teacher, centre.as_ref(), radius, &unknowns)?
                    .hessian()
                    .principal(&place))
            })?;
        in_slice(radius)?;
        let components = self.components(&teacher, centre.as_ref(), radius, &unknowns, hessian)?;
        let (inertia, least, norm) = inertia(&components)?;
        let loss = if self.is_teacher(&teacher, centre.as_ref(), radius) {
            Interval::ZERO
        } else {
            loss_at_rest(at_centre.loss(|_| 1), place.len(), radius, norm)
        };
        Ok(Proof {
            radius,
            contraction,
            inertia,
            least,
            loss,
        })
    }

    /// Says more about why a proof failed: a degenerate Hessian at the centre, or parallel students.
    pub(super) fn named(&self, centre: MatRef<'_, f64>, refusal: Refusal) -> Refusal {
        if !matches!(
            refusal,
            Refusal::Degenerate { .. } | Refusal::NoContraction { .. } | Refusal::Singular { .. }
        ) {
            return refusal;
        }
        self.parallel_students(centre)
            .or_else(|| self.degeneracy(centre))
            .unwrap_or(refusal)
    }

    fn parallel_students(&self, centre: MatRef<'_, f64>) -> Option<Refusal> {
        let teacher = self.teachers().ok()?;
        let at = self.whole(&teacher, centre, 0.0).ok()?;
        for first in 0..centre.nrows() {
            for (second, meeting) in at.among(first).iter().enumerate().skip(first + 1) {
                let angle = Interval::PI - meeting.supplement;
                if angle.high() >= PARALLEL {
                    continue;
                }
                if angle.low() > 0.0 {
                    return Some(Refusal::NearlyParallel {
                        first,
                        second,
                        least: angle.low(),
                        greatest: angle.high(),
                    });
                }
                if self.student_top[first] * self.student_top[second] > 0.0 {
                    return Some(Refusal::ParallelStudents {
                        first,
                        second,
                        angle: angle.high(),
                    });
                }
            }
        }
        None
    }

    fn degeneracy(&self, centre: MatRef<'_, f64>) -> Option<Refusal> {
        let mut components = Vec::new();
        for (matrix, null) in self.hessians(centre, 0.0).ok()? {
            components.push(Component {
                name: "at the centre of the box".to_owned(),
                multiplicity: 1,
                matrix,
                null,
            });
        }
        inertia(&components).err()
    }

    /// The Hessian over a box, for a check of its definiteness by other means.
    pub(super) fn hessians(
        &self,
        centre: MatRef<'_, f64>,
        radius: f64,
    ) -> Result<Vec<(BallMatrix, usize)>, Refusal> {
        if let Some(rank) = self.across {
            let frame = Frame::of(centre, self.teacher.as_ref(), Some(rank));
            let at = self.teachers()?;
            let component = across_component(
                self.whole(&at, centre, radius)?.hessian(),
                frame.dimension(),
            );
            return Ok(vec![(component.matrix, component.null)]);
        }
        let columns = self.columns();
        let d = columns.len();
        let unknowns = self.unknowns();
        let place: Vec<usize> = unknowns.iter().map(|(i, at)| i * d + at).collect();
        let part = |a: MatRef<'_, f64>| Mat::from_fn(a.nrows(), d, |i, at| a[(i, columns[at])]);
        let teacher = teachers(part(self.teacher.as_ref()).as_ref(), &self.teacher_top)?;
        let centre = part(centre);
        let hessian = self
            .boxed(&teacher, centre.as_ref(), radius, &unknowns)?
            .hessian()
            .principal(&place);
        let components = self.components(&teacher, centre.as_ref(), radius, &unknowns, hessian)?;
        Ok(components.into_iter().map(|c| (c.matrix, c.null)).collect())
    }

    fn components(
        &self,
        teacher: &Neurons,
        centre: MatRef<'_, f64>,
        radius: f64,
        unknowns: &[(usize, usize)],
        hessian: BallMatrix,
    ) -> Result<Vec<Component>, Refusal> {
        let orbit = self
            .slice
            .as_ref()
            .map_or(0, |slice| slice.rank * slice.rank.saturating_sub(1) / 2);
        let mut components = vec![Component {
            name: if self.slice.is_some() {
                "across the rotations"
            } else {
                "of all unknowns"
            }
            .to_owned(),
            multiplicity: 1,
            matrix: hessian,
            null: 0,
        }];
        if orbit > 0 {
            // The tangents of the orbit within the first p outside columns: exact zeros.
            components.push(Component {
                name: "along the rotations".to_owned(),
                multiplicity: orbit,
                matrix: BallMatrix::exact(Mat::zeros(1, 1)),
                null: 1,
            });
        }
        if let Some(slice) = &self.slice {
            let extra = self.teacher.ncols() - self.columns().len();
            if extra > 0 {
                components.push(Component {
                    name: "in the dimensions without students and teachers".to_owned(),
                    multiplicity: extra,
                    matrix: self.boxed(teacher, centre, radius, unknowns)?.transversal(),
                    // Γ times the outside part of the students is the gradient there: zero.
                    null: slice.rank,
                });
            }
        }
        Ok(components)
    }

    /// The teacher, in all columns.
    pub(super) fn teachers(&self) -> Result<Neurons, Refusal> {
        teachers(self.teacher.as_ref(), &self.teacher_top)
    }

    /// All entries within the radius.
    pub(super) fn whole<'a>(
        &self,
        teacher: &'a Neurons,
        centre: MatRef<'_, f64>,
        radius: f64,
    ) -> Result<Configuration<'a>, Refusal> {
        Configuration::new(rows_around(centre, radius), &self.student_top, teacher)
    }

    /// A lower bound of ‖∇L‖ at a point, 0 where there is none.
    pub(super) fn steepness(&self, at: MatRef<'_, f64>) -> f64 {
        let Ok(teacher) = self.teachers() else {
            return 0.0;
        };
        let Ok(here) = self.whole(&teacher, at, 0.0) else {
            return 0.0;
        };
        crate::norm(&here.gradient()).low()
    }

    fn boxed<'a>(
        &self,
        teacher: &'a Neurons,
        centre: MatRef<'_, f64>,
        radius: f64,
        unknowns: &[(usize, usize)],
    ) -> Result<Configuration<'a>, Refusal> {
        let mut rows = rows_around(centre, 0.0);
        for &(i, at) in unknowns {
            rows[i][at] = Interval::around(centre[(i, at)], radius);
        }
        Configuration::new(rows, &self.student_top, teacher)
    }

    /// Whether the box holds weights of the teacher's function: then they are the critical point, with loss 0.
    ///
    /// Teachers of one exact direction count as one, τv = Σ b_k v_k. Each such sum is a_i w_i for one student i, whose weights are
    /// τv/a_i, with a_i of the sign of τ.
    fn is_teacher(&self, teacher: &Neurons, centre: MatRef<'_, f64>, radius: f64) -> bool {
        let mut free = vec![true; centre.nrows()];
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for l in 0..teacher.len() {
            match groups
                .iter_mut()
                .find(|group| same_direction(&teacher.rows[group[0]], &teacher.rows[l]))
            {
                Some(group) => group.push(l),
                None => groups.push(vec![l]),
            }
        }
        for group in &groups {
            let signs = group.iter().map(|&l| self.teacher_top[l].signum());
            let sign = self.teacher_top[group[0]].signum();
            if signs.into_iter().any(|other| other != sign) {
                return false;
            }
            let found = (0..centre.nrows()).find(|&i| {
                free[i]
                    && self.student_top[i].signum() == sign
                    && (0..centre.ncols()).all(|c| {
                        let sum = group.iter().fold(Interval::ZERO, |sum, &l| {
                            sum + self.teacher_top[l] * teacher.rows[l][c]
                        });
                        let exact = sum / Interval::from(self.student_top[i]);
                        (exact - centre[(i, c)]).mag() <= radius
                    })
            });
            match found {
                Some(i) => free[i] = false,
                None => return false,
            }
        }
        !free.contains(&true)
    }
}

/// Whether two rows of doubles have one direction, exactly.
fn same_direction(u: &[Interval], v: &[Interval]) -> bool {
    let exact = |x: &Interval| BigRational::from_float(x.low());
    let (Some(u), Some(v)) = (
        u.iter().map(exact).collect::<Option<Vec<_>>>(),
        v.iter().map(exact).collect::<Option<Vec<_>>>(),
    ) else {
        return false;
    };
    let Some(pivot) = u.iter().position(|x| !x.is_zero()) else {
        return false;
    };
    let aligned = (&u[pivot] * &v[pivot]).is_positive();
    aligned
        && u.iter()
            .zip(&v)
            .all(|(x, y)| x * &v[pivot] == y * &u[pivot])
}
