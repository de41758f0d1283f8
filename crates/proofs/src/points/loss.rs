use super::configuration::{Configuration, Meeting, Neurons};
use crate::Interval;

impl Configuration<'_> {
    /// The loss over the box, ½Σ ±aa′‖·‖‖·‖(sin θ + (π−θ) cos θ)/2π over students (+) and teachers (−), where student i
    /// counts `weight(i)` times: 1, or the number of its like.
    pub(super) fn loss(&self, weight: impl Fn(usize) -> usize) -> Interval {
        let (students, teachers) = (&self.students, self.teachers);
        let mut sum = Interval::ZERO;
        for i in (0..students.len()).filter(|&i| weight(i) > 0) {
            let own = students.top[i] * students.norm[i];
            let inner = energy(own, students, &self.among(i));
            let outer = energy(own, teachers, &self.towards(i));
            sum = sum + weight(i) as f64 * (inner - 2.0 * outer);
        }
        for k in 0..teachers.len() {
            sum = sum
                + energy(
                    teachers.top[k] * teachers.norm[k],
                    teachers,
                    &self.of_teacher(k),
                );
        }
        let loss = sum / (2.0 * Interval::TAU);
        // ½E of a square.
        Interval::between(loss.low().max(0.0), loss.high().max(0.0))
    }
}

fn energy(own: Interval, side: &Neurons, meetings: &[Meeting]) -> Interval {
    meetings
        .iter()
        .enumerate()
        .fold(Interval::ZERO, |sum, (j, meeting)| {
            sum + own
                * (side.top[j] * side.norm[j])
                * (meeting.sine + meeting.supplement * meeting.cosine)
        })
}
