use faer::{Mat, MatRef};

use super::Population;
use crate::pairing::{Pairing, Side};
use crate::weights::Directions;

/// What every student sees, once the pairs are known: 2π∇_i/a_i = Σ_j (π−θ_ij) D_j − Σ_k C_ik b_k v_k + s_i e_i.
///
/// A paired student contributes D_j = a_j w_j − b_k v_k with C_ik = θ_ij − θ*_ik; an unpaired one D_j = a_j w_j, an unpaired
/// teacher C_ik = π − θ*_ik; s_i collects a_j‖w_j‖ sin θ_ij − b_k‖v_k‖ sin θ*_ik.
pub(super) struct Sources<'a> {
    pub(super) directions: &'a Directions,
    pub(super) teachers: &'a Directions,
    pub(super) pairing: &'a Pairing,
    /// D, K × d.
    moments: Moments<'a>,
    /// a_j‖w_j‖ of the unpaired students, 0 of the others.
    pub(super) lengths: Vec<f64>,
    /// Numbers of the unpaired teachers, and their b_k v_k; none stands for all.
    pub(super) unpaired: Option<(Vec<usize>, Mat<f64>)>,
    /// b_k v_k of all teachers, K′ × d.
    pub(super) effective: MatRef<'a, f64>,
    /// b_k v_k of the paired teachers, P × d.
    pub(super) partners: Mat<f64>,
    /// b_k‖v_k‖.
    pub(super) teacher_lengths: &'a [f64],
}

enum Moments<'a> {
    /// The weights themselves.
    Weights(MatRef<'a, f64>),
    /// d × K.
    Columns(Mat<f64>),
}

impl<'a> Sources<'a> {
    pub(super) fn new(population: &'a Population, student: Side<'a>, pairing: &'a Pairing) -> Self {
        let effective = population.effective.as_ref();
        let teacher = population.teacher_side();
        let rows = |indices: &[usize]| {
            Mat::from_fn(indices.len(), effective.ncols(), |row, c| {
                effective[(indices[row], c)]
            })
        };
        let mut lengths: Vec<f64> = student
            .top
            .iter()
            .zip(&student.directions.norms)
            .map(|(a, norm)| a * norm)
            .collect();
        for pair in &pairing.pairs {
            lengths[pair.student] = 0.0;
        }
        let mut unpaired = None;
        let mut partners = Mat::new();
        if !pairing.pairs.is_empty() {
            let free: Vec<usize> = (0..teacher.top.len())
                .filter(|&l| pairing.of_teacher[l].is_none())
                .collect();
            let free_rows = rows(&free);
            unpaired = Some((free, free_rows));
            let taken: Vec<usize> = pairing.pairs.iter().map(|pair| pair.teacher).collect();
            partners = rows(&taken);
        }
        Self {
            directions: student.directions,
            teachers: teacher.directions,
            pairing,
            moments: moments(student, pairing),
            lengths,
            unpaired,
            effective,
            partners,
            teacher_lengths: &population.teacher_lengths,
        }
    }

    /// D, K × d.
    pub(super) fn moments(&self) -> MatRef<'_, f64> {
        match &self.moments {
            Moments::Weights(weights) => *weights,
            Moments::Columns(columns) => columns.transpose(),
        }
    }
}

fn moments<'a>(student: Side<'a>, pairing: &Pairing) -> Moments<'a> {
    if pairing.pairs.is_empty() && student.top.iter().all(|a| *a == 1.0) {
        return Moments::Weights(student.weights);
    }
    // d × K, one neuron a column.
    let mut columns = student.weights.transpose().to_owned();
    for (j, partner) in pairing.of_student.iter().enumerate() {
        let column = columns.col_as_slice_mut(j);
        if let Some(p) = *partner {
            let sign = pairing.pairs[p].sign;
            for (x, difference) in column.iter_mut().zip(pairing.difference.col_as_slice(p)) {
                *x = sign * difference;
            }
        } else if student.top[j] != 1.0 {
            for x in column {
                *x *= student.top[j];
            }
        }
    }
    Moments::Columns(columns)
}
