use faer::MatRef;

use super::refusal::Refusal;
use crate::Interval;

/// Boxes of rows with their norms, unit vectors and top weights.
pub(super) struct Neurons {
    pub(super) rows: Vec<Vec<Interval>>,
    pub(super) unit: Vec<Vec<Interval>>,
    pub(super) norm: Vec<Interval>,
    pub(super) top: Vec<f64>,
}

impl Neurons {
    fn new(rows: Vec<Vec<Interval>>, top: &[f64]) -> Result<Self, Refusal> {
        let mut unit = Vec::with_capacity(rows.len());
        let mut norm = Vec::with_capacity(rows.len());
        for (neuron, row) in rows.iter().enumerate() {
            let length = crate::norm(row);
            if length.low().is_nan() || length.low() <= 0.0 || !length.is_bounded() {
                return Err(Refusal::VanishingNeuron {
                    neuron,
                    least: length.low(),
                    greatest: length.high(),
                });
            }
            unit.push(
                row.iter()
                    .map(|&x| clipped(x / length, -1.0, 1.0))
                    .collect(),
            );
            norm.push(length);
        }
        Ok(Self {
            rows,
            unit,
            norm,
            top: top.to_vec(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}

/// The angle θ ∈ \[0, π\] of two directions, by what the closed forms need of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meeting {
    /// π − θ.
    pub(super) supplement: Interval,
    pub(super) cosine: Interval,
    pub(super) sine: Interval,
}

impl Meeting {
    /// A neuron and itself.
    const SELF: Self = Self {
        supplement: Interval::PI,
        cosine: Interval::ONE,
        sine: Interval::ZERO,
    };

    /// From the chords ‖u − v‖ = 2 sin(θ/2) and ‖u + v‖ = 2 cos(θ/2) of unit vectors: relative accuracy of θ near 0 and
    /// of π − θ near π, and a width of the order of that of the boxes.
    fn of(u: &[Interval], v: &[Interval]) -> Self {
        let (mut apart, mut along) = (Interval::ZERO, Interval::ZERO);
        for (&x, &y) in u.iter().zip(v) {
            apart = apart + (x - y).sqr();
            along = along + (x + y).sqr();
        }
        let half = |square: Interval| clipped(square.sqrt() / 2.0, 0.0, 1.0);
        let (half_sine, half_cosine) = (half(apart), half(along));
        let supplement = if apart.mid() < along.mid() {
            Interval::PI - 2.0 * half_sine.asin()
        } else {
            2.0 * half_cosine.asin()
        };
        Self {
            supplement: clipped(supplement, 0.0, Interval::PI.high()),
            cosine: clipped((along - apart) / 4.0, -1.0, 1.0),
            sine: clipped(2.0 * half_sine * half_cosine, 0.0, 1.0),
        }
    }
}

/// A box of students before a teacher.
pub(super) struct Configuration<'a> {
    pub(super) students: Neurons,
    pub(super) teachers: &'a Neurons,
}

impl<'a> Configuration<'a> {
    pub(super) fn new(
        rows: Vec<Vec<Interval>>,
        top: &[f64],
        teachers: &'a Neurons,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            students: Neurons::new(rows, top)?,
            teachers,
        })
    }

    pub(super) fn dimension(&self) -> usize {
        self.students.rows[0].len()
    }

    /// Student i and every student.
    pub(super) fn among(&self, i: usize) -> Vec<Meeting> {
        let unit = &self.students.unit;
        (0..unit.len())
            .map(|j| {
                if i == j {
                    Meeting::SELF
                } else {
                    Meeting::of(&unit[i], &unit[j])
                }
            })
            .collect()
    }

    /// Student i and every teacher.
    pub(super) fn towards(&self, i: usize) -> Vec<Meeting> {
        let of = |v: &Vec<Interval>| Meeting::of(&self.students.unit[i], v);
        self.teachers.unit.iter().map(of).collect()
    }

    /// Teacher k and every teacher.
    pub(super) fn of_teacher(&self, k: usize) -> Vec<Meeting> {
        let unit = &self.teachers.unit;
        (0..unit.len())
            .map(|l| {
                if k == l {
                    Meeting::SELF
                } else {
                    Meeting::of(&unit[k], &unit[l])
                }
            })
            .collect()
    }
}

/// The teacher, known exactly.
pub(super) fn teachers(weights: MatRef<'_, f64>, top: &[f64]) -> Result<Neurons, Refusal> {
    Neurons::new(rows_around(weights, 0.0), top)
}

/// A box around every row.
pub(super) fn rows_around(weights: MatRef<'_, f64>, radius: f64) -> Vec<Vec<Interval>> {
    (0..weights.nrows())
        .map(|i| {
            (0..weights.ncols())
                .map(|c| Interval::around(weights[(i, c)], radius))
                .collect()
        })
        .collect()
}

/// The part of an enclosure within bounds that are known to hold.
pub(super) fn clipped(x: Interval, low: f64, high: f64) -> Interval {
    let bounds = Interval::between(low, high);
    x.intersection(bounds).unwrap_or(bounds)
}

/// \[−bound, bound\] ∩ x.
pub(super) fn within(x: Interval, bound: f64) -> Interval {
    clipped(x, -bound, bound)
}
