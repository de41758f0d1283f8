use teacher_student::Network;

use super::configuration::{Configuration, rows_around, teachers};
use super::refusal::Refusal;
use crate::linear_algebra::BallMatrix;
use crate::{Error, Interval};

/// Loss, gradient and Hessian of ½E\[(student − teacher)²\] over a box of weights.
///
/// Each contains the value at every point of the box; widths are of the order of the radius plus rounding, also where
/// directions coincide or are opposite.
///
/// # Examples
/// ```
/// use proofs::points::Enclosure;
/// use teacher_student::{Network, Weights};
/// let teacher = Network::new(Weights::orthonormal(3, 3)?);
/// let enclosure = Enclosure::new(&teacher, 1e-9, &teacher)?;
/// assert!(enclosure.gradient().iter().all(|g| g.contains(0.0) && g.width() < 1e-7));
/// # Ok::<(), proofs::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Enclosure {
    loss: Interval,
    gradient: Vec<Interval>,
    hessian: BallMatrix,
}

impl Enclosure {
    /// Over all students whose entries are within `radius` of the given ones, K × d.
    ///
    /// # Errors
    /// Different dimensions, a radius that is negative or not finite, or so large that a neuron may vanish.
    pub fn new(student: &Network, radius: f64, teacher: &Network) -> Result<Self, Error> {
        let (d, teacher_d) = (student.weights().dimension(), teacher.weights().dimension());
        if d != teacher_d {
            return Err(Error::Dimension {
                student: d,
                teacher: teacher_d,
            });
        }
        Interval::new(-radius, radius)?;
        Ok(Self::over(student, radius, teacher)?)
    }

    fn over(student: &Network, radius: f64, teacher: &Network) -> Result<Self, Refusal> {
        let teachers = teachers(teacher.weights().as_mat(), teacher.top_weights())?;
        let rows = rows_around(student.weights().as_mat(), radius);
        let at = Configuration::new(rows, student.top_weights(), &teachers)?;
        Ok(Self {
            loss: at.loss(|_| 1),
            gradient: at.gradient(),
            hessian: at.hessian(),
        })
    }

    /// The loss.
    pub fn loss(&self) -> Interval {
        self.loss
    }

    /// The gradient, K·d entries, neuron by neuron.
    pub fn gradient(&self) -> &[Interval] {
        &self.gradient
    }

    /// The Hessian, Kd × Kd.
    pub fn hessian(&self) -> &BallMatrix {
        &self.hessian
    }
}
