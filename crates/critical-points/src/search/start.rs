use dense::product;
use faer::Mat;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use teacher_student::Weights;

use crate::error::Error;
use crate::plane::PrincipalPlane;
use crate::units::longest;

/// A family of random starts for K students. Lengths are in units of the longest teacher neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum StartFamily {
    /// Independent N(0, s²/d) entries: neurons of length about s.
    Gaussian {
        /// s.
        scale: f64,
    },
    /// Lengths between 0.1 and 1.5 along one random direction of Π*, and N(0, s²/d) noise.
    NearCollinear {
        /// s.
        noise: f64,
    },
    /// The same with random signs, not all equal where K ≥ 2.
    NearAntiparallel {
        /// s.
        noise: f64,
    },
    /// Every student at a random teacher neuron, all teachers taken before any is taken twice, and N(0, s²/d) noise.
    NearPermutation {
        /// s.
        noise: f64,
    },
    /// Neurons of length about s in Π*.
    InPlane {
        /// s.
        scale: f64,
    },
    /// Neurons whose parts in and outside Π* both have length about s/√2.
    OutOfPlane {
        /// s.
        scale: f64,
    },
}

impl StartFamily {
    /// Draws one start of `neurons` students.
    ///
    /// # Errors
    /// No students; a scale that is not finite and positive, a noise that is not finite or negative; for
    /// [`OutOfPlane`](Self::OutOfPlane), teachers that span the whole space.
    pub fn draw<R: Rng + ?Sized>(
        &self,
        rng: &mut R,
        teacher: &Weights,
        neurons: usize,
    ) -> Result<Weights, Error> {
        let plane = PrincipalPlane::new(teacher)?;
        self.draw_around(rng, teacher, &plane, neurons)
    }

    pub(super) fn check(&self, plane: &PrincipalPlane) -> Result<(), Error> {
        let (name, value, holds) = match *self {
            Self::Gaussian { scale } | Self::InPlane { scale } | Self::OutOfPlane { scale } => {
                ("scale", scale, scale > 0.0)
            }
            Self::NearCollinear { noise }
            | Self::NearAntiparallel { noise }
            | Self::NearPermutation { noise } => ("noise", noise, noise >= 0.0),
        };
        if !(holds && value.is_finite()) {
            return Err(Error::OutOfRange {
                name,
                value,
                requirement: "it must be finite and positive (a noise may be zero)",
            });
        }
        if matches!(self, Self::OutOfPlane { .. }) && plane.rank() == plane.dimension() {
            return Err(Error::NoRoom {
                dimension: plane.dimension(),
                needed: plane.rank() + 1,
            });
        }
        Ok(())
    }

    pub(super) fn draw_around<R: Rng + ?Sized>(
        &self,
        rng: &mut R,
        teacher: &Weights,
        plane: &PrincipalPlane,
        neurons: usize,
    ) -> Result<Weights, Error> {
        self.check(plane)?;
        let (count, d) = (teacher.neurons(), teacher.dimension());
        let unit = longest(teacher.as_mat());
        let mut gaussian = |rows: usize, columns: usize, deviation: f64| {
            let entries: Vec<f64> = (0..rows * columns)
                .map(|_| deviation * unit * normal(rng))
                .collect();
            Mat::from_fn(rows, columns, |i, j| entries[i * columns + j])
        };
        // Gaussian vectors of ℝⁿ with this deviation have length about 1.
        let per = |dimension: usize| 1.0 / (dimension as f64).sqrt();
        let matrix = match *self {
            Self::Gaussian { scale } => gaussian(neurons, d, scale * per(d)),
            Self::InPlane { scale } => {
                let inside = gaussian(neurons, plane.rank(), scale * per(plane.rank()));
                product(inside.as_ref(), plane.basis().transpose())
            }
            Self::OutOfPlane { scale } => {
                let (inner, outer) = (plane.rank(), plane.dimension() - plane.rank());
                let inside = gaussian(neurons, inner, scale * (0.5 / inner as f64).sqrt());
                let outside = gaussian(neurons, outer, scale * (0.5 / outer as f64).sqrt());
                product(inside.as_ref(), plane.basis().transpose())
                    + product(outside.as_ref(), plane.complement().transpose())
            }
            Self::NearCollinear { noise } | Self::NearAntiparallel { noise } => {
                let ray = gaussian(1, plane.rank(), per(plane.rank()));
                let ray = product(ray.as_ref(), plane.basis().transpose());
                let rest = gaussian(neurons, d, noise * per(d));
                let signed = matches!(self, Self::NearAntiparallel { .. });
                let lengths: Vec<f64> = (0..neurons)
                    .map(|j| {
                        let length: f64 = rng.random_range(0.1..1.5);
                        let turned = signed && j > 0 && (j == 1 || rng.random_bool(0.5));
                        if turned { -length } else { length }
                    })
                    .collect();
                Mat::from_fn(neurons, d, |j, c| lengths[j] * ray[(0, c)] + rest[(j, c)])
            }
            Self::NearPermutation { noise } => {
                let rest = gaussian(neurons, d, noise * per(d));
                let mut free = Vec::new();
                let chosen: Vec<usize> = (0..neurons)
                    .map(|_| {
                        if free.is_empty() {
                            free = (0..count).collect();
                        }
                        free.swap_remove(rng.random_range(0..free.len()))
                    })
                    .collect();
                Mat::from_fn(neurons, d, |j, c| {
                    teacher.as_mat()[(chosen[j], c)] + rest[(j, c)]
                })
            }
        };
        Ok(Weights::new(matrix)?)
    }
}

fn normal<R: Rng + ?Sized>(rng: &mut R) -> f64 {
    StandardNormal.sample(rng)
}
