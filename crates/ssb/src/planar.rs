use std::f64::consts::{FRAC_PI_2, TAU};

use faer::{Mat, MatRef};
use teacher_student::{FieldError, VectorField, Weights};

use crate::error::{Error, check_neurons, finite, no_overflow};
use crate::geometry::{exponent, orthogonal_excess, self_deficit, times_power_of_two, versine};

/// The largest K that is lifted to a dense K × K matrix (512 MiB).
pub(crate) const LIFT_LIMIT: usize = 8192;
/// How far a frame may be from orthonormal, entry by entry of its Gram matrix.
///
/// Rounding a matrix of d columns to doubles and multiplying it out leaves about d·2⁻⁵³: this admits d up to 10⁴ and
/// rejects any frame whose error would show in the 1e-12 of the velocity.
const FRAME_TOLERANCE: f64 = 1e-12;

/// The angles of the symmetric student w = (x, y, …, y) at a point (x, y), and the ratio α of teacher to student norm.
///
/// cos θ = αx, cos φ* = αy, cos φ = α²(2xy + (K−2)y²), α = (x² + (K−1)y²)^(−1/2).
///
/// # Source
/// Tian 2016, Eq 17 and Eq 44–47.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanarAngles {
    pub(crate) alpha: f64,
    pub(crate) theta: f64,
    pub(crate) phi: f64,
    pub(crate) phi_star: f64,
}

impl PlanarAngles {
    /// α = ‖w*‖/‖w‖; infinite where ‖w‖ is so small that 1/‖w‖ is beyond the largest double.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// θ, between student 1 and its own teacher.
    pub fn theta(&self) -> f64 {
        self.theta
    }

    /// φ, between two students.
    pub fn phi(&self) -> f64 {
        self.phi
    }

    /// φ*, between a student and another student's teacher.
    pub fn phi_star(&self) -> f64 {
        self.phi_star
    }
}

/// Everything that depends on the direction of (x, y) alone, and the norm r of the student.
pub(crate) struct PlanarGeometry {
    /// αx and αy.
    pub(crate) cosines: [f64; 2],
    pub(crate) norm: f64,
    /// r − 1, of full relative accuracy near r = 1 up to the conditioning of r² − 1.
    pub(crate) norm_excess: f64,
    pub(crate) theta: f64,
    pub(crate) sin_theta: f64,
    pub(crate) phi: f64,
    pub(crate) sin_phi: f64,
    /// ψ = π/2 − φ.
    pub(crate) psi: f64,
    pub(crate) phi_star: f64,
    pub(crate) sin_phi_star: f64,
    /// ψ* = π/2 − φ*.
    pub(crate) psi_star: f64,
    /// α(x − y).
    pub(crate) scaled_gap: f64,
}

impl PlanarGeometry {
    /// (K−1)(r sin φ − sin φ*), which vanishes at (1, 0): by r sin φ − sin φ* = (r−1) − 2r sin²(ψ/2) + 2 sin²(ψ*/2).
    fn interaction(&self, others: f64) -> f64 {
        others * (self.norm_excess - self.norm * versine(self.psi) + versine(self.psi_star))
    }

    /// φ* − θ = 2 asin(α(x−y) / 2 sin((θ+φ*)/2)), of full relative accuracy as x → y.
    pub(crate) fn star_minus_theta(&self) -> f64 {
        let mean = (0.5 * (self.theta + self.phi_star)).sin();
        2.0 * (0.5 * self.scaled_gap / mean).clamp(-1.0, 1.0).asin()
    }
}

/// The dynamics of a student w = (x, y, …, y) and its K − 1 cyclic shifts against an orthonormal teacher.
///
/// Every student has the weight x on its own teacher and y on the other K − 1; the flow keeps this form. The velocity
/// is per sample: (2π)⁻¹ times the right-hand side of Eq 16,
///
/// 2π(ẋ, ẏ) = −{(π−φ)(x−1+(K−1)y)(1, 1) + (θ, φ*−φ) + φ(x−1, y)} + \[(K−1)(α sin φ* − sin φ) + α sin θ\](x, y).
///
/// It is evaluated in the complements ψ = π/2 − φ, ψ* = π/2 − φ*, which vanish at (1, 0) as the velocity does:
///
/// −2πẋ = (π/2)(s + x−1) + (θ − αx sin θ) + (K−1)ψy + αx T,
/// −2πẏ = (π/2)(s + y) − αy sin θ + ψ(x + (K−2)y) − ψ* + αy T,
///
/// s = x−1+(K−1)y, T = (K−1)\[(r−1) − 2r sin²(ψ/2) + 2 sin²(ψ*/2)\], r = 1/α, every angle an arctangent. Each term is
/// of the order of the velocity, at (1, 0) and for every K. Near the diagonal ẋ is ẏ plus the difference
/// 2π(ẋ−ẏ) = φ*−θ − (x−y)φ + (x−y)r⁻¹(sin θ − T) with φ*−θ = 2 asin(α(x−y)/2 sin((θ+φ*)/2)): the rate at which the
/// symmetry breaks keeps its relative accuracy, and x = y gives ẋ = ẏ exactly.
///
/// # Examples
/// ```
/// use ssb::PlanarDynamics;
/// let planar = PlanarDynamics::new(5)?;
/// let [x, y] = planar.velocity(1e-3, 0.0)?;
/// assert!(x > 0.0 && y > 0.0); // at first every neuron follows the mean of the teachers
/// assert_eq!(planar.velocity(1.0, 0.0)?, [0.0, 0.0]); // the teacher is at rest
/// # Ok::<(), ssb::Error>(())
/// ```
///
/// # Source
/// Tian 2016, Eq 16–17; Tian 2017 supplement, Eq 69–70.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanarDynamics {
    neurons: usize,
    others: f64,
}

impl PlanarDynamics {
    /// K ≥ 2 neurons.
    ///
    /// # Errors
    /// K < 2, or K above 2³¹.
    pub fn new(neurons: usize) -> Result<Self, Error> {
        check_neurons(neurons)?;
        Ok(Self {
            neurons,
            others: neurons as f64 - 1.0,
        })
    }

    /// K.
    pub fn neurons(&self) -> usize {
        self.neurons
    }

    /// K − 1.
    pub(crate) fn others(&self) -> f64 {
        self.others
    }

    /// θ, φ, φ* and α at (x, y), each angle in [0, π].
    ///
    /// # Errors
    /// A non-finite coordinate, or x = y = 0.
    pub fn angles(&self, x: f64, y: f64) -> Result<PlanarAngles, Error> {
        let geometry = self.geometry(x, y)?;
        Ok(PlanarAngles {
            alpha: geometry.norm.recip(),
            theta: geometry.theta,
            phi: geometry.phi,
            phi_star: geometry.phi_star,
        })
    }

    /// (ẋ, ẏ), the negative population gradient in the two coordinates, per sample.
    ///
    /// # Errors
    /// A non-finite coordinate, x = y = 0, or a velocity beyond the largest double.
    pub fn velocity(&self, x: f64, y: f64) -> Result<[f64; 2], Error> {
        if self.neurons == 2 && y.abs() > x.abs() {
            // For K = 2 exchanging the students exchanges x and y: (0, 1) is as much the teacher as (1, 0).
            let [b, a] = self.velocity_by_terms(y, x)?;
            return Ok([a, b]);
        }
        self.velocity_by_terms(x, y)
    }

    fn velocity_by_terms(&self, x: f64, y: f64) -> Result<[f64; 2], Error> {
        let g = self.geometry(x, y)?;
        let others = self.others;
        let excess = x - 1.0;
        let sum = excess + others * y;
        let interaction = g.interaction(others);
        let [cos_x, cos_y] = g.cosines;

        let down = FRAC_PI_2 * (sum + y) - cos_y * g.sin_theta + g.psi * (x + (others - 1.0) * y)
            - g.psi_star
            + cos_y * interaction;
        let right = if g.scaled_gap.abs() < 0.5 {
            down - self.difference(&g, x - y)
        } else {
            FRAC_PI_2 * (sum + excess)
                + (g.theta - cos_x * g.sin_theta)
                + others * g.psi * y
                + cos_x * interaction
        };
        Ok([
            no_overflow("velocity", -right / TAU)?,
            no_overflow("velocity", -down / TAU)?,
        ])
    }

    /// 2π(ẋ − ẏ) in the form that vanishes with the gap x − y.
    fn difference(&self, g: &PlanarGeometry, gap: f64) -> f64 {
        let mutual = self.others * (g.norm * g.sin_phi - g.sin_phi_star);
        g.star_minus_theta() - gap * g.phi + g.scaled_gap * (g.sin_theta - mutual)
    }

    /// 2π(ẋ − ẏ) for a gap ε = x − y that is known better than x and y: the boundary flow f₃.
    pub(crate) fn gap_rate(&self, y: f64, gap: f64) -> Result<f64, Error> {
        // x − 1 and x − y from the gap itself: the rounding of x = y + gap must not enter them.
        let g = self.geometry_of(y + gap, y, (gap - 1.0) + y, gap)?;
        let value = if g.scaled_gap.abs() < 0.5 {
            self.difference(&g, gap)
        } else {
            FRAC_PI_2 * (1.0 - gap) - g.theta + gap * g.psi - g.psi_star
                + g.scaled_gap * (g.sin_theta - g.interaction(self.others))
        };
        no_overflow("boundary flow", value)
    }

    /// The population loss of the K students at (x, y), per sample.
    ///
    /// 4πL = K²(r−1)² + (π/2)Ks² + K{(π/2−1)(r−1)² + 2r\[π sin²(θ/2) − (sin θ − θ cos θ)\]
    ///   + (K−1)\[r²ε(ψ) − 2rε(ψ*)\]}, ε(ψ) = ψ sin ψ + cos ψ − 1.
    ///
    /// This is ½ΣΣ of the arc-cosine kernel with 2πκ(u, v) split as ‖u‖‖v‖ + (π/2)u·v + ‖u‖‖v‖ε(ψ): the first two
    /// parts are squares of sums, the third is of second order for nearly orthogonal neurons. No digit is lost at
    /// (1, 0), where the loss is of second order in the distance.
    ///
    /// # Errors
    /// As [`velocity`](Self::velocity).
    pub fn loss(&self, x: f64, y: f64) -> Result<f64, Error> {
        if self.neurons == 2 && y.abs() > x.abs() {
            return self.loss_by_terms(y, x);
        }
        self.loss_by_terms(x, y)
    }

    fn loss_by_terms(&self, x: f64, y: f64) -> Result<f64, Error> {
        let g = self.geometry(x, y)?;
        let k = self.neurons as f64;
        let sum = (x - 1.0) + self.others * y;
        let square = g.norm_excess * g.norm_excess;
        let pairs =
            g.norm * (g.norm * orthogonal_excess(g.psi) - 2.0 * orthogonal_excess(g.psi_star));
        let own = (FRAC_PI_2 - 1.0) * square + 2.0 * g.norm * self_deficit(g.theta);
        let value = k * (k * square + FRAC_PI_2 * sum * sum + own + self.others * pairs);
        no_overflow("loss", value / (2.0 * TAU)).map(|value| value.max(0.0))
    }

    /// Angles, their complements and the norm of (x, y, …, y), without overflow or loss of digits.
    pub(crate) fn geometry(&self, x: f64, y: f64) -> Result<PlanarGeometry, Error> {
        self.geometry_of(x, y, x - 1.0, x - y)
    }

    /// The same, with x − 1 and x − y given where they are known better than x.
    fn geometry_of(&self, x: f64, y: f64, excess: f64, gap: f64) -> Result<PlanarGeometry, Error> {
        finite("x", x)?;
        finite("y", y)?;
        if x == 0.0 && y == 0.0 {
            return Err(Error::ZeroNeuron {
                what: "the student at (x, y) = (0, 0)".to_owned(),
            });
        }
        let others = self.others;
        // Scaling by a power of two is exact, so that X − Y keeps every digit of x − y.
        let scale = exponent(x.abs().max(y.abs()));
        let (a, b) = (times_power_of_two(x, -scale), times_power_of_two(y, -scale));
        let radius = (a * a + others * b * b).sqrt();
        let norm = times_power_of_two(radius, scale);
        let norm_excess = if (0.5..2.0).contains(&norm) {
            (excess * (x + 1.0) + others * y * y) / (norm + 1.0)
        } else {
            norm - 1.0
        };
        let others_length = others.sqrt() * b.abs();
        // Student minus student has length √2|x−y|; student plus student the root of 2(x+y)² + 4(K−2)y².
        let signed_gap = times_power_of_two(gap, -scale);
        let gap = signed_gap.abs();
        let mean = ((a + b) * (a + b) + 2.0 * (others - 1.0) * b * b).sqrt();
        let inner = b * (2.0 * a + (others - 1.0) * b);
        let rest = (a * a + (others - 1.0) * b * b).sqrt();
        let square = radius * radius;
        Ok(PlanarGeometry {
            cosines: [a / radius, b / radius],
            norm,
            norm_excess,
            theta: others_length.atan2(a),
            sin_theta: others_length / radius,
            phi: 2.0 * gap.atan2(mean),
            sin_phi: gap * mean / square,
            psi: inner.atan2(gap * mean),
            phi_star: rest.atan2(b),
            sin_phi_star: rest / radius,
            psi_star: b.atan2(rest),
            scaled_gap: signed_gap / radius,
        })
    }

    /// The K students at (x, y) in the standard basis: a K × K matrix with x on and y off the diagonal.
    ///
    /// # Errors
    /// A non-finite coordinate, x = y = 0, or K above 8192.
    pub fn lift(&self, x: f64, y: f64) -> Result<Weights, Error> {
        self.check_lift()?;
        self.geometry(x, y)?;
        let k = self.neurons;
        Ok(Weights::new(Mat::from_fn(k, k, |j, i| {
            if i == j { x } else { y }
        }))?)
    }

    /// The K students at (x, y) for the teacher whose rows are `frame`, K orthonormal vectors of length d:
    /// row j is x·frame_j + y·Σ_{i≠j} frame_i.
    ///
    /// # Errors
    /// As [`lift`](Self::lift), a frame that does not have K rows, or one that is not orthonormal to 1e-12.
    pub fn lift_on(&self, frame: MatRef<'_, f64>, x: f64, y: f64) -> Result<Weights, Error> {
        self.check_lift()?;
        self.geometry(x, y)?;
        let k = self.neurons;
        if frame.nrows() != k || frame.ncols() < k {
            return Err(Error::Shape {
                name: "frame",
                rows: frame.nrows(),
                columns: frame.ncols(),
                expected_rows: k,
                expected_columns: frame.ncols().max(k),
            });
        }
        check_orthonormal(frame)?;
        let sums: Vec<f64> = (0..frame.ncols())
            .map(|i| (0..k).map(|j| frame[(j, i)]).sum())
            .collect();
        let gap = x - y;
        Ok(Weights::new(Mat::from_fn(k, frame.ncols(), |j, i| {
            gap * frame[(j, i)] + y * sums[i]
        }))?)
    }

    fn check_lift(&self) -> Result<(), Error> {
        if self.neurons > LIFT_LIMIT {
            return Err(Error::TooLargeToLift {
                neurons: self.neurons,
                limit: LIFT_LIMIT,
            });
        }
        Ok(())
    }
}

fn check_orthonormal(frame: MatRef<'_, f64>) -> Result<(), Error> {
    let gram = dense::product(frame, frame.transpose());
    for first in 0..gram.nrows() {
        for second in first..gram.ncols() {
            let expected = if first == second { 1.0 } else { 0.0 };
            let value = gram[(first, second)];
            let deviation = (value - expected).abs();
            if deviation.is_nan() || deviation > FRAME_TOLERANCE {
                return Err(Error::NotOrthonormal {
                    first,
                    second,
                    value,
                    expected,
                    tolerance: FRAME_TOLERANCE,
                });
            }
        }
    }
    Ok(())
}

/// The state is (x, y); the potential is the loss of the K students.
impl VectorField for PlanarDynamics {
    fn dimension(&self) -> usize {
        2
    }

    fn evaluate(&self, state: &[f64], rate: &mut [f64]) -> Result<(), FieldError> {
        let [x, y] = point(state)?;
        rate.copy_from_slice(&self.velocity(x, y)?);
        Ok(())
    }

    fn potential(&self, state: &[f64]) -> Result<Option<f64>, FieldError> {
        let [x, y] = point(state)?;
        Ok(Some(self.loss(x, y)?))
    }
}

fn point(state: &[f64]) -> Result<[f64; 2], Error> {
    state.try_into().map_err(|_| Error::Length {
        name: "state",
        length: state.len(),
        expected: 2,
    })
}
