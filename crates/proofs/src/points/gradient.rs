use super::configuration::Configuration;
use crate::Interval;

impl Configuration<'_> {
    /// Row i of the gradient over the box:
    /// (a_i/2π){Σ_j a_j\[(π−θ_ij)w_j + ‖w_j‖ sin θ_ij e_i\] − Σ_k b_k\[(π−θ*_ik)v_k + ‖v_k‖ sin θ*_ik e_i\]}.
    pub(super) fn gradient_row(&self, i: usize) -> Vec<Interval> {
        let (students, teachers) = (&self.students, self.teachers);
        let mut row = vec![Interval::ZERO; self.dimension()];
        let mut radial = Interval::ZERO;
        let sides = [
            (students, self.among(i), 1.0),
            (teachers, self.towards(i), -1.0),
        ];
        for (side, meetings, sign) in &sides {
            for (j, meeting) in meetings.iter().enumerate() {
                let top = sign * side.top[j];
                let mass = top * meeting.supplement;
                for (sum, &x) in row.iter_mut().zip(&side.rows[j]) {
                    *sum = *sum + mass * x;
                }
                radial = radial + top * (side.norm[j] * meeting.sine);
            }
        }
        let scale = students.top[i] / Interval::TAU;
        row.iter()
            .zip(&students.unit[i])
            .map(|(&sum, &e)| scale * (sum + radial * e))
            .collect()
    }

    /// All rows of the gradient in one list, neuron by neuron.
    pub(super) fn gradient(&self) -> Vec<Interval> {
        (0..self.students.len())
            .flat_map(|i| self.gradient_row(i))
            .collect()
    }
}
