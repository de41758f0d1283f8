use std::f64::consts::PI;

use relu_gating::{Angle, arc_cosine, arc_cosine_deficit, sin_minus_x_cos};

use crate::error::Error;

mod cone;
mod grid;

pub use cone::ConeCase;
pub use grid::{Cell, SignGrid, sign_grid, sign_grid_picture};

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

/// 1 − sin x / x for 0 ≤ x ≤ 2π, without the cancellation at 0 where it is x²/6.
fn sinc_deficit(x: f64) -> f64 {
    if x > 1.5 {
        return 1.0 - x.sin() / x;
    }
    // Σ (−1)^(k+1) x^(2k)/(2k+1)!, truncated at 1e-18 relative.
    let y = x * x;
    y * (1.0 / 6.0
        + y * (-1.0 / 120.0
            + y * (1.0 / 5040.0
                + y * (-1.0 / 362_880.0
                    + y * (1.0 / 39_916_800.0
                        + y * (-1.0 / 6_227_020_800.0
                            + y * (1.0 / 1_307_674_368_000.0
                                + y * (-1.0 / 355_687_428_096_000.0
                                    + y * (1.0 / 121_645_100_408_832_000.0
                                        - y / 51_090_942_171_709_440_000.0)))))))))
}

/// π − h(x), without the cancellation at 0.
fn deficit(x: f64) -> f64 {
    let half = (0.5 * x).sin();
    2.0 * PI * half * half - sin_minus_x_cos(x)
}

/// What depends on θ alone. `denominator` is D/θ², and so are the numerators below: no power of a tiny θ underflows
/// before the result does.
struct Row {
    theta: f64,
    delta: f64,
    sine: f64,
    cosine: f64,
    /// g(θ), g(θ)/θ, g(θ)/θ².
    g: f64,
    g_over: f64,
    g_over_square: f64,
    /// sin θ/θ.
    sinc: f64,
    h: f64,
    denominator: f64,
}

impl Row {
    fn new(angle: Angle) -> Self {
        let (theta, h) = (angle.radians(), arc_cosine(angle));
        // g(θ)/θ³ is 1/3 at 0: below 1e-100 its cube would underflow.
        let g_over_square = if theta < 1e-60 {
            theta / 3.0
        } else {
            g_of(angle) / (theta * theta)
        };
        let deficit_over_square = if theta < 1e-60 {
            0.5 * PI
        } else {
            arc_cosine_deficit(angle) / (theta * theta)
        };
        let g_over = g_over_square * theta;
        Self {
            theta,
            delta: angle.supplement(),
            sine: angle.sin(),
            cosine: angle.cos(),
            g: g_over * theta,
            g_over,
            g_over_square,
            sinc: angle.sin() / theta,
            h,
            denominator: deficit_over_square * (PI + h),
        }
    }

    /// N/θ² for 0 ≤ φ ≤ θ; ω = θ−φ, a = π−φ.
    fn inside(&self, phi: f64, omega: f64, a: f64) -> f64 {
        if self.theta <= 2.0 {
            return self.near_cone(phi, omega);
        }
        let square = self.theta * self.theta;
        let weight = self.delta * self.sine;
        if phi <= 0.5 * self.theta {
            let gap = h_difference(self.delta + 0.5 * phi, phi);
            let loss = PI * gap + self.h * deficit(phi);
            (a * phi.sin()) * self.denominator - weight * loss / square
        } else {
            let mean = 0.5 * (self.delta + a);
            x_sin_difference(mean, omega) * self.denominator
                + weight * (PI * deficit(omega) + self.h * h_difference(mean, omega)) / square
        }
    }

    /// N/θ² for θ ≤ φ ≤ π; ω = φ−θ, a = π−φ.
    fn above(&self, phi: f64, omega: f64, a: f64) -> f64 {
        if self.theta > 1.5 {
            let mean = 0.5 * (self.delta + a);
            let square = self.theta * self.theta;
            let gain = PI * deficit(omega) - self.h * h_difference(mean, omega);
            return self.delta * self.sine * gain / square
                - x_sin_difference(mean, omega) * self.denominator;
        }
        if phi <= 1.75 * self.theta {
            let extra = 2.0 * PI * self.delta * self.sinc * (sin_minus_x_cos(omega) / self.theta);
            return self.near_cone(phi, -omega) - extra;
        }
        let (sine, cosine) = if a < 0.5 * PI {
            (a.sin(), a.cos())
        } else {
            (phi.sin(), -phi.cos())
        };
        let weight = self.delta * self.sinc;
        -PI * weight * (self.g_over * cosine + self.theta * self.sinc * sine)
            + a * sine * self.common()
            + weight * self.g_over * sin_minus_x_cos(a)
    }

    /// (πθ s² − 2πcg − g²)/θ².
    fn common(&self) -> f64 {
        PI * self.theta * self.sinc * self.sinc
            - 2.0 * PI * self.cosine * self.g_over_square
            - self.g * self.g_over_square
    }

    /// The expansion of N/θ² in the cone, and its continuation to ω = θ−φ < 0.
    fn near_cone(&self, phi: f64, omega: f64) -> f64 {
        let (theta, sinc, distance) = (self.theta, self.sinc, omega.abs());
        let sine = phi.sin();
        let ratio = phi / theta;
        let (p, q) = if ratio < 0.5 {
            let g = sin_minus_x_cos(phi);
            (
                sinc * (g / theta) - sine * self.g_over_square,
                phi * sine * self.g_over_square - sinc * g,
            )
        } else {
            let sum = theta + phi;
            let near = sinc_deficit(distance);
            (
                -0.5 * (sum / theta) * (omega / theta) * (sinc_deficit(sum) - near),
                omega * ratio * (sinc_deficit(theta) + sinc * sinc_deficit(phi) - near),
            )
        };
        let product = omega * sine * sinc * sinc;
        2.0 * PI * PI * (product + self.cosine * p)
            + PI * (self.g * p + 2.0 * self.cosine * q - theta * product)
            + self.g * q
    }

    /// N/θ² for φ = π + b, 0 ≤ b ≤ θ; `left` = θ−b, ψ = π−b.
    fn opposite(&self, b: f64, left: f64, psi: f64) -> f64 {
        let inner =
            PI * (sin_minus_x_cos(left) / self.theta) - self.h * (sin_minus_x_cos(b) / self.theta);
        -b * b.min(psi).sin() * self.denominator - self.delta * self.sinc * inner
    }

    /// N/θ² for φ = −ψ, 0 ≤ ψ ≤ π−θ; `left` = π−θ−ψ.
    fn below(&self, psi: f64, left: f64) -> f64 {
        let sine = if psi < 0.5 * PI {
            psi.sin()
        } else {
            (left + self.theta).sin()
        };
        let last = self.delta * self.sinc * self.g_over * sin_minus_x_cos(psi);
        if self.theta > 1.0 {
            let first = -(left + self.theta) * self.denominator;
            return sine * (first + PI * self.delta * self.sinc * self.sinc * left) + last;
        }
        let square = self.sinc * self.sinc;
        let first = 2.0 * PI * (self.theta * square - self.cosine * self.g_over_square)
            - self.g * self.g_over_square
            - self.theta * self.theta * square;
        last - sine * (PI * first - psi * self.common())
    }
}

/// g(θ) = sin θ − θ cos θ.
fn g_of(angle: Angle) -> f64 {
    if angle.radians() < 2.0 {
        sin_minus_x_cos(angle.radians())
    } else {
        angle.sin() - angle.radians() * angle.cos()
    }
}

/// (m + ω/2) sin(m + ω/2) − (m − ω/2) sin(m − ω/2).
fn x_sin_difference(mean: f64, omega: f64) -> f64 {
    let half = 0.5 * omega;
    omega * mean.sin() * half.cos() + 2.0 * mean * mean.cos() * half.sin()
}

/// g(m + ω/2) − g(m − ω/2), that is h at the supplements.
fn h_difference(mean: f64, omega: f64) -> f64 {
    let half = 0.5 * omega;
    2.0 * (mean * mean.sin() * half.sin() + mean.cos() * sin_minus_x_cos(half))
}
