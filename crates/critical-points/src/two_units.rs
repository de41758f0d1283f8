use std::f64::consts::PI;

use relu_gating::Angle;

use crate::error::Error;

mod cone;
mod grid;
mod row;

pub use cone::ConeCase;
pub use grid::{SignExtremes, SignGrid, sign_grid, sign_grid_picture};
use row::Row;

/// π − [`PI`].
const PI_LOW: f64 = 1.224_646_799_147_353_2e-16;

/// Two students and one teacher in a plane: e₁ = (1, 0), e₂ = (cos θ, sin θ), e* = (cos φ, sin φ), 0 < θ < π, with
/// the separability functions L₁₂ and L₂₁ in closed form, accurate relative to themselves for every θ and φ.
///
/// With θ₁* = ∠(e*, e₁), θ₂* = ∠(e*, e₂), h the arc-cosine function and D = (π − h(θ))(π + h(θ)),
///
/// L₁₂ = sin θ · N/D,  N = (π−θ₁*) sin φ · D − (π−θ) sin θ (π h(θ₂*) − h(θ) h(θ₁*)),  L₂₁(θ, φ) = L₁₂(θ, θ−φ).
///
/// N is of order θ⁴ in the cone while its terms are of order θ³, and it vanishes on the boundary of the cone: as it
/// stands the formula keeps no digit for θ below 1e-8. Here N is expanded piece by piece, with
/// g(x) = sin x − x cos x, into sums in which the terms of order θ³ have cancelled by hand and what is left loses at
/// most one digit: with g = g(θ), s = sin θ, c = cos θ, δ = π − θ
///
/// - φ in (0, θ): 2π²(ω sin φ s² + cP) + π(gP + 2cQ − θω s² sin φ) + gQ with ω = θ−φ,
///   P = s g(φ) − g sin φ = (ω sin(θ+φ) − (θ+φ) sin ω)/2 and Q = φ sin φ g − θ s g(φ);
/// - φ in (θ, π), a = π−φ: −πδ s(g cos a + θ s sin a) + a sin a (πθ s² − 2πcg − g²) + δ s g g(a);
/// - φ in (π, π+θ), b = φ−π: −b sin b D − δ s(π g(θ−b) − h(θ) g(b));
/// - ψ = 2π−φ in (0, π−θ): −sin ψ (π(2π(θ s² − cg) − g² − θ² s²) − ψ(πθ s² − 2πcg − g²)) + δ s g g(ψ);
///
/// and for θ near π, where those cancel, into differences of x sin x and of h in π−θ. The relative error of L₁₂ is
/// below 1e-14 as long as |L₁₂| > 1e-290.
///
/// # Examples
/// ```
/// use critical_points::TwoUnits;
/// let theta = 1e-9;
/// let inside = TwoUnits::from_radians(theta, 0.3 * theta)?;
/// let leading = 2.0 / 3.0 * theta.powi(3) * 0.3 * 0.7 * 1.7;
/// assert!((inside.l12() / leading - 1.0).abs() < 1e-8); // 2.38e-28
/// assert!(TwoUnits::from_radians(theta, 2.0 * theta)?.l12() < 0.0);
/// # Ok::<(), critical_points::Error>(())
/// ```
///
/// # Source
/// Tian 2017, Eq 14 and Conjecture 1; supplement, Eq 40–46. In Eq 45 the first term needs the signed e*·e₁⊥ = sin φ
/// in place of sin θ₁*.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoUnits {
    theta: Angle,
    /// Signed angles from e₁, e₂, −e₁ and −e₂ to e*, counter-clockwise, each accurate relative to itself.
    from_first: f64,
    from_second: f64,
    from_opposite_first: f64,
    from_opposite_second: f64,
}

/// A ray in the plane of two students, from which the position of a teacher is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ray {
    /// e₁, at φ = 0.
    First,
    /// e₂, at φ = θ.
    Second,
    /// −e₁, at φ = π.
    OppositeFirst,
    /// −e₂, at φ = π + θ.
    OppositeSecond,
}

impl TwoUnits {
    /// From θ and φ in radians, both taken as the exact numbers they are.
    ///
    /// # Errors
    /// θ outside (0, π), or φ outside [−π, 2π].
    pub fn from_radians(theta: f64, phi: f64) -> Result<Self, Error> {
        let theta_range = "the students' angle must lie inside (0, pi)";
        if !(theta > 0.0 && theta <= PI) {
            return Err(Error::OutOfRange {
                name: "theta",
                value: theta,
                requirement: theta_range,
            });
        }
        // The largest double below π is PI itself.
        let angle = if theta < 0.5 * PI {
            Angle::from_radians(theta)?
        } else {
            Angle::from_supplement((PI - theta) + PI_LOW)?
        };
        let phi_range = "the teacher's direction must lie in [-pi, 2 pi]";
        if !(-PI..=2.0 * PI).contains(&phi) {
            return Err(Error::OutOfRange {
                name: "phi",
                value: phi,
                requirement: phi_range,
            });
        }
        // Each difference is a sum of exact numbers, rounded once or twice: PI and PI_LOW add up to π.
        let minus_half_turn = (phi - PI) - PI_LOW;
        let from_first = if phi <= PI {
            phi
        } else {
            (phi - 2.0 * PI) - 2.0 * PI_LOW
        };
        let ahead = phi - theta;
        let from_second = wrapped(ahead, || {
            let turn = if ahead > 0.0 { -2.0 } else { 2.0 };
            exact_sum(phi, turn * PI, -theta, turn * PI_LOW)
        });
        let from_opposite_first = if phi >= 0.0 {
            minus_half_turn
        } else {
            (phi + PI) + PI_LOW
        };
        let behind = exact_sum(phi, -PI, -theta, -PI_LOW);
        let from_opposite_second = if behind < -PI {
            exact_sum(phi, PI, -theta, PI_LOW)
        } else {
            behind
        };
        Ok(Self::consistent(
            angle,
            [from_first, from_opposite_first],
            [from_second, from_opposite_second],
        ))
    }

    /// From the students' angle and the signed angle, counter-clockwise, from one of the rays ±e₁, ±e₂ to e*.
    ///
    /// Reaches points that no φ in double precision describes: φ = π + 1e-30 is the offset 1e-30 from −e₁. Both
    /// numbers in `theta` are taken as they are, the radians where offsets are compared with θ, the supplement where
    /// they are compared with π − θ.
    ///
    /// # Errors
    /// θ not inside (0, π), or the offset outside [−π, π].
    pub fn beside(theta: Angle, ray: Ray, offset: f64) -> Result<Self, Error> {
        if theta.radians() <= 0.0 || theta.supplement() <= 0.0 {
            return Err(Error::OutOfRange {
                name: "theta",
                value: theta.radians(),
                requirement: "the students' angle must lie inside (0, pi)",
            });
        }
        if !(-PI..=PI).contains(&offset) {
            return Err(Error::OutOfRange {
                name: "offset",
                value: offset,
                requirement: "the offset from the ray must lie in [-pi, pi]",
            });
        }
        let (t, s) = (theta.radians(), theta.supplement());
        // Counter-clockwise the rays are e₁, e₂ (after θ), −e₁ (after π−θ), −e₂ (after θ), e₁ (after π−θ).
        let opposite = if offset >= 0.0 {
            (offset - PI) - PI_LOW
        } else {
            (offset + PI) + PI_LOW
        };
        // To the ray `gap` ahead, and to the ray `gap` behind.
        let ahead = |gap: f64| wrapped(offset - gap, || (offset + PI) + (PI - gap) + 2.0 * PI_LOW);
        let behind = |gap: f64| wrapped(offset + gap, || (offset - PI) - (PI - gap) - 2.0 * PI_LOW);
        let (first, second, opposite_first, opposite_second) = match ray {
            Ray::First => (offset, ahead(t), opposite, behind(s)),
            Ray::Second => (behind(t), offset, ahead(s), opposite),
            Ray::OppositeFirst => (opposite, behind(s), offset, ahead(t)),
            Ray::OppositeSecond => (ahead(s), opposite, behind(t), offset),
        };
        Ok(Self::consistent(
            theta,
            [first, opposite_first],
            [second, opposite_second],
        ))
    }

    /// From three non-zero vectors in the plane: the students w₁, w₂ and a teacher w*. Only directions count.
    ///
    /// Angles are atan2 of cross and inner products, both with an error of two roundings of themselves.
    ///
    /// # Errors
    /// A zero or non-finite vector, or students on one line.
    pub fn from_vectors(w1: [f64; 2], w2: [f64; 2], teacher: [f64; 2]) -> Result<Self, Error> {
        let [w1, w2, teacher] = [
            balanced("w1", w1)?,
            balanced("w2", w2)?,
            balanced("teacher", teacher)?,
        ];
        // Turn the plane over if e₂ lies clockwise of e₁.
        let turn = signed_angle(w1, w2);
        let mirrored = |v: [f64; 2]| if turn < 0.0 { [v[0], -v[1]] } else { v };
        let [w1, w2, teacher] = [w1, w2, teacher].map(mirrored);
        let opposite = |v: [f64; 2]| [-v[0], -v[1]];
        let forth = cross(w1, w2);
        if forth == 0.0 {
            return Err(Error::OutOfRange {
                name: "theta",
                value: turn.abs(),
                requirement: "the students must not lie on one line",
            });
        }
        let around = |w: [f64; 2]| [w, opposite(w)].map(|ray| signed_angle(ray, teacher));
        let theta = Angle::from_parts(forth, dot(w1, w2));
        Ok(Self::consistent(theta, around(w1), around(w2)))
    }

    /// Of the angles from a ray and from its opposite the smaller one decides on which side of their line e* lies:
    /// the rounding of the larger could put it on the other.
    fn consistent(theta: Angle, first: [f64; 2], second: [f64; 2]) -> Self {
        let sided = |[from, from_opposite]: [f64; 2]| {
            if from.abs() <= from_opposite.abs() {
                [from, from_opposite.copysign(-from)]
            } else {
                [from.copysign(-from_opposite), from_opposite]
            }
        };
        let [from_first, from_opposite_first] = sided(first);
        let [from_second, from_opposite_second] = sided(second);
        Self {
            theta,
            from_first,
            from_second,
            from_opposite_first,
            from_opposite_second,
        }
    }

    /// θ = ∠(e₁, e₂).
    pub fn theta(&self) -> Angle {
        self.theta
    }

    /// The signed angle from a ray to e*, in [−π, π], counter-clockwise.
    pub fn offset(&self, ray: Ray) -> f64 {
        match ray {
            Ray::First => self.from_first,
            Ray::Second => self.from_second,
            Ray::OppositeFirst => self.from_opposite_first,
            Ray::OppositeSecond => self.from_opposite_second,
        }
    }

    /// Where e* lies: 1 inside Cone(e₁, e₂), 0 on its boundary, −1 outside.
    ///
    /// Conjecture 1: the sign of L₁₂ and of L₂₁.
    pub fn side(&self) -> i8 {
        if self.from_first == 0.0 || self.from_second == 0.0 {
            0
        } else if self.from_first > 0.0 && self.from_second < 0.0 {
            1
        } else {
            -1
        }
    }

    /// The same plane seen from e₂: the two students exchanged, and the orientation with them.
    #[must_use]
    pub fn exchanged(&self) -> Self {
        Self {
            theta: self.theta,
            from_first: -self.from_second,
            from_second: -self.from_first,
            from_opposite_first: -self.from_opposite_second,
            from_opposite_second: -self.from_opposite_first,
        }
    }

    /// L₁₂, the component along e₂ of what the first student cannot compensate.
    pub fn l12(&self) -> f64 {
        let row = Row::new(self.theta);
        let numerator = if self.from_first >= 0.0 {
            let (phi, a) = (self.from_first, -self.from_opposite_first);
            if self.from_second <= 0.0 {
                row.inside(phi, -self.from_second, a)
            } else {
                row.above(phi, self.from_second, a)
            }
        } else if self.from_opposite_second <= 0.0 {
            row.opposite(
                self.from_opposite_first,
                -self.from_opposite_second,
                -self.from_first,
            )
        } else {
            row.below(-self.from_first, self.from_opposite_second)
        };
        row.sine * (numerator / row.denominator)
    }

    /// L₂₁.
    pub fn l21(&self) -> f64 {
        self.exchanged().l12()
    }
}

/// `sum`, or the other representative if it leaves [−π, π].
fn wrapped(sum: f64, other: impl Fn() -> f64) -> f64 {
    if (-PI..=PI).contains(&sum) {
        sum
    } else {
        other()
    }
}

/// a + b + c + small, of which a + b is rounded at most once and the rounding is kept.
fn exact_sum(a: f64, b: f64, c: f64, small: f64) -> f64 {
    let (first, first_low) = two_sum(a, b);
    let (second, second_low) = two_sum(first, c);
    second + (second_low + first_low + small)
}

/// a + b = sum + rounding error (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// Scaled by a power of two to entries of order one.
fn balanced(name: &'static str, vector: [f64; 2]) -> Result<[f64; 2], Error> {
    for value in vector {
        if !value.is_finite() {
            return Err(Error::NotFinite { name, value });
        }
    }
    let largest = vector[0].abs().max(vector[1].abs());
    if largest == 0.0 {
        return Err(relu_gating::Error::ZeroVector { name }.into());
    }
    let mut scaled = vector;
    while scaled[0].abs().max(scaled[1].abs()) >= 2.0 {
        scaled = scaled.map(|x| x * 0.5);
    }
    while scaled[0].abs().max(scaled[1].abs()) < 1.0 {
        scaled = scaled.map(|x| x * 2.0);
    }
    Ok(scaled)
}

/// a·b + c·d with an error of two roundings of the result (Kahan).
fn sum_of_products(a: f64, b: f64, c: f64, d: f64) -> f64 {
    let product = c * d;
    let low = c.mul_add(d, -product);
    a.mul_add(b, product) + low
}

fn cross(u: [f64; 2], v: [f64; 2]) -> f64 {
    sum_of_products(u[0], v[1], -u[1], v[0])
}

fn dot(u: [f64; 2], v: [f64; 2]) -> f64 {
    sum_of_products(u[0], v[0], u[1], v[1])
}

fn signed_angle(u: [f64; 2], v: [f64; 2]) -> f64 {
    cross(u, v).atan2(dot(u, v))
}
