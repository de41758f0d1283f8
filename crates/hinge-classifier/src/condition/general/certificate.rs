//! What proves a verdict, and the check of the proof. The check shares nothing with the search but the reading of a row.

use dense::Lu;
use faer::{Mat, MatRef};
use num_bigint::{BigInt, Sign};
use numeric::{two_product, two_sum};

use super::integers::{integer_row, integers, product, rank, to_doubles};
use super::scaled::Scaled;
use crate::Error;

/// Positive coefficients with Σ λ_j w̃_j = 0 over rows that span the space: 0 is in the interior of their hull, and so of
/// the hull of all.
#[derive(Debug, Clone, PartialEq)]
pub struct PositiveCombination {
    pub(super) rows: Vec<usize>,
    pub(super) coefficients: Vec<f64>,
    pub(super) proof: Interior,
}

/// How a [`PositiveCombination`] is proved.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Interior {
    /// The coefficients are next to an exact solution that differs from them on these d rows only.
    Near(Vec<usize>),
    /// Positive integers ℓ_j with Σ ℓ_j u_j = 0, u_j the smallest integer multiple of w_j by a power of two.
    Integers(Vec<BigInt>),
}

/// A vector n ≠ 0 with ⟨n, w_j⟩ ≥ 0 for all rows: all directions are in a closed half-space.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedHemisphere {
    pub(super) normal: Vec<f64>,
    /// Integers in the direction of n, where doubles do not do.
    pub(super) integers: Option<Vec<BigInt>>,
}

/// What is known where rounding forbids a verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Undecided {
    pub(super) normal: Vec<f64>,
    pub(super) lowest: f64,
}

fn refused(clause: &'static str, index: usize, value: f64) -> Error {
    Error::CertificateRefused {
        clause,
        index,
        value,
    }
}

impl PositiveCombination {
    /// The rows used, increasing. The other rows only enlarge the hull.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// λ_j of the rows used, the largest 1: Σ λ_j w̃_j = 0. Exact values are rounded; else they are within the distance of
    /// an exact solution that [`Self::verify`] bounds by λ_j itself.
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The coefficients ℓ_j of the smallest integer multiples of the rows, where the proof is in integers.
    pub(in crate::condition) fn exact_coefficients(&self) -> Option<&[BigInt]> {
        match &self.proof {
            Interior::Integers(values) => Some(values),
            Interior::Near(_) => None,
        }
    }

    /// Whether the proof is a combination in integers instead of a bound on rounding.
    pub fn is_exact(&self) -> bool {
        matches!(self.proof, Interior::Integers(_))
    }

    /// Checks the proof against the weights, a k × d matrix.
    ///
    /// In floating point: let u_j = 2^{e_j}w_j, ℓ_j = λ_j/‖u_j‖, r = Σ ℓ_j u_j (computed in twice the working precision, with
    /// its bound), M the matrix with the d columns u_b of the basis, X ≈ M⁻¹. If η ≥ ‖1 − MX‖ is below ½, then M is
    /// regular, and δ = −X(MX)⁻¹r solves Σ_b δ_b u_b = −r with |δ_b| ≤ ‖X_b‖ ‖r‖/(1 − η). If this is below ℓ_b for every
    /// b, then ℓ + δ > 0 solves the equation exactly, and the rows span the space because M is regular.
    ///
    /// In integers: Σ ℓ_j u_j = 0 exactly, and the rank is d modulo a prime, so it is d.
    ///
    /// # Errors
    /// [`Error::CertificateRefused`] with the first clause that fails, errors of the weights.
    pub fn verify(&self, weights: MatRef<'_, f64>) -> Result<(), Error> {
        let scaled = Scaled::new(weights)?;
        self.verify_scaled(&scaled)
    }

    pub(super) fn verify_scaled(&self, scaled: &Scaled<'_>) -> Result<(), Error> {
        let count = scaled.scales.len();
        if self.rows.len() != self.coefficients.len() {
            return Err(refused(
                "a coefficient for every row",
                self.rows.len(),
                self.coefficients.len() as f64,
            ));
        }
        if let Some(place) = (1..self.rows.len()).find(|&i| self.rows[i - 1] >= self.rows[i]) {
            return Err(refused(
                "the rows are increasing",
                place,
                self.rows[place] as f64,
            ));
        }
        if let Some(&row) = self
            .rows
            .iter()
            .find(|&&row| row >= count || scaled.scales[row] == 0.0)
        {
            return Err(refused(
                "the rows exist and are not zero",
                row,
                count as f64,
            ));
        }
        for (&row, &value) in self.rows.iter().zip(&self.coefficients) {
            if !(value.is_finite() && value >= 0.0) {
                return Err(refused(
                    "the coefficients are finite and not negative",
                    row,
                    value,
                ));
            }
        }
        match &self.proof {
            Interior::Near(basis) => self.verify_near(scaled, basis),
            Interior::Integers(values) => self.verify_integers(scaled, values),
        }
    }

    fn verify_near(&self, scaled: &Scaled<'_>, basis: &[usize]) -> Result<(), Error> {
        let d = scaled.dimension();
        if basis.len() != d {
            return Err(refused("the basis has d rows", basis.len(), d as f64));
        }
        let mut sum = CompensatedSum::new(d);
        let mut scaled_coefficients = Vec::with_capacity(self.rows.len());
        for (&row, &value) in self.rows.iter().zip(&self.coefficients) {
            let coefficient = value / scaled.norms[row];
            if !(coefficient > 0.0 && coefficient <= 1.0) {
                return Err(refused("the coefficients are in (0, 1]", row, value));
            }
            sum.add(coefficient, &scaled.row(row));
            scaled_coefficients.push(coefficient);
        }
        let residual = sum.norm_bound();
        let columns: Vec<Vec<f64>> = basis
            .iter()
            .map(|&row| {
                if row < scaled.scales.len() {
                    scaled.row(row)
                } else {
                    vec![0.0; d]
                }
            })
            .collect();
        let matrix = Mat::from_fn(d, d, |i, b| columns[b][i]);
        let Ok(factors) = Lu::new(matrix.as_ref()) else {
            return Err(refused("the basis is square", basis.len(), d as f64));
        };
        let inverse = factors.inverse();
        let product = dense::product(matrix.as_ref(), inverse.as_ref());
        let mut defect = 0.0;
        for i in 0..d {
            for b in 0..d {
                let entry = product[(i, b)] - f64::from(u8::from(i == b));
                defect += entry * entry;
            }
        }
        // Rounding of the product: an inner product of length d in any order has the error γ_d Σ|x||y|, and by Cauchy
        // and Schwarz the Frobenius norm of these is at most γ_d ‖M‖‖X‖. Doubled for the rounding of the norms.
        let rounding = (d as f64 + 4.0) * f64::EPSILON * matrix.norm_l2() * inverse.norm_l2();
        let eta = (defect.sqrt() + rounding) * SLACK;
        if eta.is_nan() || eta >= 0.5 {
            return Err(refused("the basis is regular beyond rounding", d, eta));
        }
        for (b, &row) in basis.iter().enumerate() {
            let Ok(place) = self.rows.binary_search(&row) else {
                return Err(refused("the basis consists of rows used", row, b as f64));
            };
            let length = (0..d)
                .map(|i| inverse[(b, i)] * inverse[(b, i)])
                .sum::<f64>()
                .sqrt();
            let correction = length * residual / (1.0 - eta) * SLACK;
            if correction.is_nan() || correction >= scaled_coefficients[place] {
                return Err(refused(
                    "the correction to an exact solution is below the coefficient",
                    row,
                    correction,
                ));
            }
        }
        Ok(())
    }

    fn verify_integers(&self, scaled: &Scaled<'_>, values: &[BigInt]) -> Result<(), Error> {
        let d = scaled.dimension();
        if values.len() != self.rows.len() {
            return Err(refused(
                "an integer for every row",
                values.len(),
                self.rows.len() as f64,
            ));
        }
        if let Some(place) = values.iter().position(|value| value.sign() != Sign::Plus) {
            return Err(refused("the integers are positive", self.rows[place], 0.0));
        }
        let rows: Vec<Vec<BigInt>> = self
            .rows
            .iter()
            .map(|&row| integer_row(scaled.weights.row(row)))
            .collect();
        for i in 0..d {
            let column: Vec<BigInt> = rows.iter().map(|row| row[i].clone()).collect();
            let sum = product(values, &column);
            if sum.sign() != Sign::NoSign {
                return Err(refused("the combination is zero", i, to_doubles(&[sum])[0]));
            }
        }
        let rank = rank(&rows, d);
        if rank < d {
            return Err(refused("the rows span the space", rank, d as f64));
        }
        Ok(())
    }
}

/// Bounds computed by fewer than 1e6 roundings each grow by this.
const SLACK: f64 = 1.0 + 1e-9;

/// Σ ℓ_j u_j in twice the working precision, with the sum of absolute values.
struct CompensatedSum {
    high: Vec<f64>,
    low: Vec<f64>,
    absolute: Vec<f64>,
    terms: usize,
}

impl CompensatedSum {
    fn new(dimension: usize) -> Self {
        Self {
            high: vec![0.0; dimension],
            low: vec![0.0; dimension],
            absolute: vec![0.0; dimension],
            terms: 0,
        }
    }

    /// Adds a row with entries of at most 2 times a coefficient of at most 1.
    fn add(&mut self, coefficient: f64, row: &[f64]) {
        self.terms += 1;
        for (i, &entry) in row.iter().enumerate() {
            let (product, product_error) = two_product(coefficient, entry);
            let (sum, sum_error) = two_sum(self.high[i], product);
            self.high[i] = sum;
            self.low[i] += sum_error + product_error;
            self.absolute[i] += product.abs();
        }
    }

    /// An upper bound of the length of the exact sum. Ogita, Rump and Oishi (2005): the error of the compensated sum is
    /// u|sum| + γ_n² Σ|ℓ_j u_ji|; each term may lose MIN_POSITIVE to underflow.
    fn norm_bound(&self) -> f64 {
        let terms = self.terms as f64;
        let gamma = (terms + 2.0) * f64::EPSILON;
        let squares: f64 = (0..self.high.len())
            .map(|i| {
                let value = (self.high[i] + self.low[i]).abs();
                let bound = value * (1.0 + f64::EPSILON)
                    + gamma * gamma * self.absolute[i]
                    + 8.0 * terms * f64::MIN_POSITIVE;
                // Squares of tiny numbers underflow: keep them visible.
                bound.max(1e-150) * bound.max(1e-150)
            })
            .sum();
        squares.sqrt() * SLACK
    }
}

impl ClosedHemisphere {
    /// The unit vector n, rounded where it is exact in integers: then a row on the border may have a product with it that is
    /// negative. The vector that the proof is about is that of [`GeometricCondition::proof`](crate::GeometricCondition::proof).
    pub fn normal(&self) -> &[f64] {
        &self.normal
    }

    /// n in integers, as it was proved.
    pub(in crate::condition) fn exact_normal(&self) -> Vec<BigInt> {
        self.integers
            .clone()
            .unwrap_or_else(|| integers(self.normal.iter().copied()))
    }

    /// Whether the proof needs n in integers, because no double on its line is orthogonal to rows that lie on the border.
    pub fn is_exact(&self) -> bool {
        self.integers.is_some()
    }

    /// Checks ⟨n, w_j⟩ ≥ 0 for all rows of a k × d matrix: by the computed product where it is above the bound
    /// γ_d Σᵢ |nᵢw_ji| of its rounding, by the exact product in integers elsewhere.
    ///
    /// # Errors
    /// [`Error::CertificateRefused`] with the first row on the wrong side, errors of the weights.
    pub fn verify(&self, weights: MatRef<'_, f64>) -> Result<(), Error> {
        let scaled = Scaled::new(weights)?;
        self.verify_scaled(&scaled)
    }

    pub(super) fn verify_scaled(&self, scaled: &Scaled<'_>) -> Result<(), Error> {
        let d = scaled.dimension();
        if self.normal.len() != d {
            return Err(refused(
                "the normal has d entries",
                self.normal.len(),
                d as f64,
            ));
        }
        let exact = self.exact_normal();
        if exact.len() != d || exact.iter().all(|x| x.sign() == Sign::NoSign) {
            return Err(refused("the normal is not zero", exact.len(), 0.0));
        }
        if let Some(&row) = behind(scaled, &self.normal, &exact, self.integers.is_some(), 1).first()
        {
            return Err(refused("the row is on the side of the normal", row, 0.0));
        }
        Ok(())
    }
}

/// The relative distance of a rounded normal from its integers, entry by entry and with the final normalisation.
const ROUNDED: f64 = 1e-13;

/// Up to `most` rows with ⟨n, w_j⟩ < 0. `approximate` is n, or with `rounded` next to a positive multiple of it.
pub(super) fn behind(
    scaled: &Scaled<'_>,
    approximate: &[f64],
    exact: &[BigInt],
    rounded: bool,
    most: usize,
) -> Vec<usize> {
    let d = scaled.dimension() as f64;
    let relative = (d + 4.0) * f64::EPSILON + if rounded { ROUNDED } else { 0.0 };
    let only = {
        let mut entries = (0..exact.len()).filter(|&i| exact[i].sign() != Sign::NoSign);
        match (entries.next(), entries.next()) {
            (Some(i), None) => Some(i),
            _ => None,
        }
    };
    let sums = if only.is_some() {
        Vec::new()
    } else {
        scaled.sums(approximate)
    };
    let mut found = Vec::new();
    for row in 0..scaled.scales.len() {
        if scaled.scales[row] == 0.0 {
            continue;
        }
        let negative = if let Some(i) = only {
            let entry = scaled.weights[(row, i)];
            entry != 0.0 && (entry < 0.0) != (exact[i].sign() == Sign::Minus)
        } else {
            let (sum, absolute) = sums[row];
            let bound = relative * absolute + 8.0 * d * f64::MIN_POSITIVE;
            if sum.abs() > bound {
                sum < 0.0
            } else {
                product(&integer_row(scaled.weights.row(row)), exact).sign() == Sign::Minus
            }
        };
        if negative {
            found.push(row);
            if found.len() == most {
                break;
            }
        }
    }
    found
}

impl Undecided {
    /// The unit vector n with the highest lowest product that was found.
    pub fn normal(&self) -> &[f64] {
        &self.normal
    }

    /// An upper bound of the margin, the radius of the largest ball around 0 inside the hull: −min_j ⟨n, w̃_j⟩ with its
    /// rounding. The condition may hold or fail; if it holds, then by no more than this.
    pub fn margin_bound(&self) -> f64 {
        let d = self.normal.len() as f64;
        (-self.lowest).max(0.0) + (2.0 * d + 8.0) * f64::EPSILON
    }
}
