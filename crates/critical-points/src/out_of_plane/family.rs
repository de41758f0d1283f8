use std::f64::consts::{FRAC_PI_2, PI};

use teacher_student::Weights;

use crate::error::{Error, same_dimension};

/// The out-of-plane critical points of two students and two unit teachers at ±α about b: with a unit vector q ⟂ Π*
///
/// w₁,₂ = a b ± c q, r = 2 sin θ*/(θ + sin θ), a = r cos(θ/2), c = r sin(θ/2), cos θ* = cos(θ/2) cos α,
///
/// and θ = ∠(w₁, w₂) the root in (0, π) of 2 sin θ* cos(θ/2) (π−θ)/(θ + sin θ) = (π−θ*) cos α; θ* is the angle between
/// any student and any teacher.
///
/// The left side of the equation is infinite at θ = 0 and zero at π, so there is a root for every 0 < α < π/2; it is
/// found by bisection to the last bit. q ranges over a sphere of dimension d − 3: two points for d = 3, a manifold from
/// d = 4 = K + 2 on.
///
/// # Examples
/// ```
/// use critical_points::OutOfPlaneFamily;
/// let orthonormal = OutOfPlaneFamily::new(std::f64::consts::FRAC_PI_4)?;
/// assert!((orthonormal.theta() - 1.0079733347762672).abs() < 1e-14);
/// assert!((orthonormal.inside() - 0.74186705106049023).abs() < 1e-14);
/// assert!((orthonormal.outside() - 0.40913247508177845).abs() < 1e-14);
/// # Ok::<(), critical_points::Error>(())
/// ```
///
/// # Source
/// An explicit case of Tian 2017, Theorem 2, which shows that d ≥ K + 2 cannot be weakened. Derived here from Eq 9.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutOfPlaneFamily {
    half_angle: f64,
    theta: f64,
    theta_star: f64,
    length: f64,
}

impl OutOfPlaneFamily {
    /// The family for teachers (cos α, ±sin α).
    ///
    /// # Errors
    /// α outside (0, π/2).
    pub fn new(half_angle: f64) -> Result<Self, Error> {
        if !(half_angle > 0.0 && half_angle < FRAC_PI_2) {
            return Err(Error::OutOfRange {
                name: "half_angle",
                value: half_angle,
                requirement: "half of the teachers' angle must lie inside (0, pi/2)",
            });
        }
        let excess = |theta: f64| {
            let (sine, angle) = teacher_angle(half_angle, theta);
            let left = 2.0 * sine * (0.5 * theta).cos() * (PI - theta) / (theta + theta.sin());
            left - (PI - angle) * half_angle.cos()
        };
        let (mut low, mut high) = (0.0, PI);
        loop {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if excess(middle) > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        let theta = high;
        let (sine, theta_star) = teacher_angle(half_angle, theta);
        Ok(Self {
            half_angle,
            theta,
            theta_star,
            length: 2.0 * sine / (theta + theta.sin()),
        })
    }

    /// α, half of the angle between the teachers.
    pub fn half_angle(&self) -> f64 {
        self.half_angle
    }

    /// θ, the angle between the students.
    pub fn theta(&self) -> f64 {
        self.theta
    }

    /// θ*, the angle between a student and a teacher.
    pub fn theta_star(&self) -> f64 {
        self.theta_star
    }

    /// a, the component of both students along b.
    pub fn inside(&self) -> f64 {
        self.length * (0.5 * self.theta).cos()
    }

    /// c, the component of a student out of the plane.
    pub fn outside(&self) -> f64 {
        self.length * (0.5 * self.theta).sin()
    }

    /// The teachers (cos α, ±sin α, 0, …).
    ///
    /// # Errors
    /// d < 3.
    pub fn teachers(&self, dimension: usize) -> Result<Weights, Error> {
        check_room(dimension, 3)?;
        let row = |sign: f64| {
            let mut row = vec![0.0; dimension];
            row[0] = self.half_angle.cos();
            row[1] = sign * self.half_angle.sin();
            row
        };
        Ok(Weights::from_rows(&[row(1.0), row(-1.0)])?)
    }

    /// The students (a, 0, ±c, 0, …).
    ///
    /// # Errors
    /// d < 3.
    pub fn students(&self, dimension: usize) -> Result<Weights, Error> {
        check_room(dimension, 3)?;
        let mut normal = vec![0.0; dimension - 2];
        normal[0] = 1.0;
        self.students_along(&normal)
    }

    /// The students (a, 0, ±c q) for a direction q of length d − 2, made a unit vector here.
    ///
    /// # Errors
    /// An empty, zero or non-finite direction.
    pub fn students_along(&self, normal: &[f64]) -> Result<Weights, Error> {
        check_room(normal.len() + 2, 3)?;
        let unit = normalised("normal", normal)?;
        let row = |sign: f64| {
            let mut row = vec![self.inside(), 0.0];
            row.extend(unit.iter().map(|x| sign * self.outside() * x));
            row
        };
        Ok(Weights::from_rows(&[row(1.0), row(-1.0)])?)
    }
}

/// sin θ* and θ* with cos θ* = cos(θ/2) cos α.
fn teacher_angle(half_angle: f64, theta: f64) -> (f64, f64) {
    let half = 0.5 * theta;
    let sine = half_angle.sin().hypot(half_angle.cos() * half.sin());
    (sine, sine.atan2(half_angle.cos() * half.cos()))
}

/// The collinear out-of-plane critical points of two opposite teachers ±w*: w_j = t_j e with any unit e ⟂ w* and any
/// t_j > 0 that add up to 2‖w*‖/π.
///
/// The teacher network is |w*·x|, and Σ_k E\[F(e, w_k*)\] = ‖w*‖e/π, while Σ_j E\[F(e, w_j)\] = ½ Σ_j t_j e. In d
/// dimensions the points form a manifold of dimension (d − 2) + (K − 1). Collinear students off Π* exist only for
/// linearly dependent teachers: Σ_k (π−θ_k*) w_k* must vanish.
///
/// # Examples
/// ```
/// use critical_points::AntipodalFamily;
/// let family = AntipodalFamily::new(vec![0.0, 2.0, 0.0])?;
/// let students = family.students(&[1.0, 0.0, 0.0], &[0.5, 0.5])?;
/// assert!((students.as_mat()[(0, 0)] - 2.0 / std::f64::consts::PI).abs() < 1e-15);
/// # Ok::<(), critical_points::Error>(())
/// ```
///
/// # Source
/// Derived here from Tian 2017, Eq 9.
#[derive(Debug, Clone, PartialEq)]
pub struct AntipodalFamily {
    teacher: Vec<f64>,
    norm: f64,
}

impl AntipodalFamily {
    /// The teachers w* and −w*.
    ///
    /// # Errors
    /// A zero or non-finite vector, or d < 2.
    pub fn new(teacher: Vec<f64>) -> Result<Self, Error> {
        check_room(teacher.len(), 2)?;
        let unit = normalised("teacher", &teacher)?;
        let norm = teacher.iter().zip(&unit).map(|(a, b)| a * b).sum();
        Ok(Self { teacher, norm })
    }

    /// The teachers ±w*.
    ///
    /// # Errors
    /// None for a valid family; the signature is that of its parts.
    pub fn teachers(&self) -> Result<Weights, Error> {
        let opposite = self.teacher.iter().map(|x| -x).collect();
        Ok(Weights::from_rows(&[self.teacher.clone(), opposite])?)
    }

    /// The students w_j = shares_j/(Σ shares) · (2‖w*‖/π) e, e the unit vector of the part of `direction` across w*.
    ///
    /// # Errors
    /// Another dimension, a direction along w*, or shares that are not positive and finite.
    pub fn students(&self, direction: &[f64], shares: &[f64]) -> Result<Weights, Error> {
        same_dimension(
            "the direction",
            direction.len(),
            "the teacher",
            self.teacher.len(),
        )?;
        let along = normalised("teacher", &self.teacher)?;
        let inner: f64 = along.iter().zip(direction).map(|(a, b)| a * b).sum();
        let across: Vec<f64> = direction
            .iter()
            .zip(&along)
            .map(|(x, a)| x - inner * a)
            .collect();
        let unit = normalised("direction across the teacher", &across)?;
        if let Some(&value) = shares.iter().find(|t| !(**t > 0.0 && t.is_finite())) {
            return Err(Error::OutOfRange {
                name: "shares",
                value,
                requirement: "every share must be positive and finite",
            });
        }
        let total: f64 = shares.iter().sum();
        let rows: Vec<Vec<f64>> = shares
            .iter()
            .map(|t| {
                let length = t / total * 2.0 * self.norm / PI;
                unit.iter().map(|x| length * x).collect()
            })
            .collect();
        Ok(Weights::from_rows(&rows)?)
    }
}

fn normalised(name: &'static str, vector: &[f64]) -> Result<Vec<f64>, Error> {
    let largest = vector.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    if let Some(&value) = vector.iter().find(|x| !x.is_finite()) {
        return Err(Error::NotFinite { name, value });
    }
    if largest == 0.0 {
        return Err(relu_gating::Error::ZeroVector { name }.into());
    }
    let scaled: Vec<f64> = vector.iter().map(|x| x / largest).collect();
    let length = scaled.iter().map(|x| x * x).sum::<f64>().sqrt();
    Ok(scaled.iter().map(|x| x / length).collect())
}

fn check_room(dimension: usize, needed: usize) -> Result<(), Error> {
    if dimension >= needed {
        Ok(())
    } else {
        Err(Error::NoRoom { dimension, needed })
    }
}
