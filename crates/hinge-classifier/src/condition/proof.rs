//! A verdict with its proof in integers, as text, and the check of it.

use std::fmt;
use std::str::FromStr;

use faer::MatRef;
use num_bigint::{BigInt, Sign};

use super::general::exact::{self, Exact};
use super::general::integers::{integer_row, product, rank, row_bits};
use super::general::{GeometricCondition, affordable};
use crate::Error;

/// A proof of a verdict on the geometric condition in integers.
///
/// Let u_j be the smallest integer multiple of the row w_j by a power of two. The condition holds if Σ_j ℓ_j u_j = 0 with positive
/// integers ℓ_j over rows that span the space; it fails if ⟨n, u_j⟩ ≥ 0 for all rows and a vector of integers n ≠ 0.
///
/// The text form ([`Display`](fmt::Display) and [`FromStr`]) has a line with the verdict, one with the dimension, and then one
/// line a row with its coefficient, or one line with the normal.
///
/// # Examples
/// ```
/// use faer::mat;
/// use hinge_classifier::{ConditionProof, geometric_condition};
///
/// let triangle = mat![[1.0, 0.0], [0.0, 2.0], [-1.0, -1.0]];
/// let proof = geometric_condition(triangle.as_ref())?.proof(triangle.as_ref())?;
/// let text = proof.to_string();
/// assert_eq!(
///     text,
///     "geometric condition holds\ndimension 2\nrow 0 coefficient 1\nrow 1 coefficient 1\nrow 2 coefficient 1\n"
/// );
/// let read: ConditionProof = text.parse()?;
/// assert!(read.holds());
/// read.check(triangle.as_ref())?;
/// # Ok::<(), hinge_classifier::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionProof {
    dimension: usize,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Holds(Vec<(usize, BigInt)>),
    Fails(Vec<BigInt>),
}

impl GeometricCondition {
    /// The proof in integers of the verdict for the weights that it was found for.
    ///
    /// A verdict that was proved by a bound of the rounding is proved again in integers, from the rows that it used.
    ///
    /// # Errors
    /// No verdict; weights of another shape; more rows and dimensions than some seconds of exact arithmetic allow, where
    /// [`GeometricCondition::verify`] still checks the bound.
    pub fn proof(&self, weights: MatRef<'_, f64>) -> Result<ConditionProof, Error> {
        self.verify(weights)?;
        let dimension = weights.ncols();
        let kind = match self {
            Self::Undecided(_) => return Err(Error::NoVerdict),
            Self::Fails(hemisphere) => Kind::Fails(hemisphere.exact_normal()),
            Self::Holds(combination) => {
                let rows = combination.rows();
                let values = if let Some(values) = combination.exact_coefficients() {
                    values.to_vec()
                } else {
                    let bits = rows.iter().map(|&row| row_bits(weights.row(row)));
                    if !affordable(dimension, rows.len(), bits.max().unwrap_or(1)) {
                        return Err(Error::Count {
                            name: "rows used",
                            value: rows.len(),
                            requirement: "an exact proof in this dimension takes too long: the verdict has been checked with a \
                                          bound of the rounding",
                        });
                    }
                    let whole: Vec<_> = rows.iter().map(|&j| integer_row(weights.row(j))).collect();
                    match exact::decide(&whole, dimension) {
                        Exact::Interior(values) => values,
                        // The verdict has been verified: these rows have 0 in the interior of their hull.
                        Exact::Separated(_) | Exact::Flat(_) => return Err(Error::NoVerdict),
                    }
                };
                Kind::Holds(rows.iter().copied().zip(values).collect())
            }
        };
        Ok(ConditionProof { dimension, kind })
    }
}

impl ConditionProof {
    /// The verdict.
    pub fn holds(&self) -> bool {
        matches!(self.kind, Kind::Holds(_))
    }

    /// The rows used, increasing; none where the condition fails.
    pub fn rows(&self) -> Vec<usize> {
        match &self.kind {
            Kind::Holds(terms) => terms.iter().map(|term| term.0).collect(),
            Kind::Fails(_) => Vec::new(),
        }
    }

    /// In decimal digits the coefficients ℓ_j of the rows used, or the entries of the normal n.
    pub fn integers(&self) -> Vec<String> {
        match &self.kind {
            Kind::Holds(terms) => terms.iter().map(|term| term.1.to_string()).collect(),
            Kind::Fails(normal) => normal.iter().map(BigInt::to_string).collect(),
        }
    }

    /// Checks the proof against a k × d matrix, in integers alone.
    ///
    /// The rank is taken modulo primes, which can only make it smaller.
    ///
    /// # Errors
    /// [`Error::CertificateRefused`] with the clause that fails, errors of the weights.
    pub fn check(&self, weights: MatRef<'_, f64>) -> Result<(), Error> {
        let (rows, columns) = weights.shape();
        for row in 0..rows {
            if let Some(column) = (0..columns).find(|&c| !weights[(row, c)].is_finite()) {
                let value = weights[(row, column)];
                return Err(Error::NotFiniteWeight { row, column, value });
            }
        }
        let refused = |clause, index: usize, value: f64| {
            Err(Error::CertificateRefused {
                clause,
                index,
                value,
            })
        };
        let d = self.dimension;
        if columns != d || d == 0 {
            return refused("the dimension is that of the weights", columns, d as f64);
        }
        match &self.kind {
            Kind::Fails(normal) => {
                if normal.len() != d || normal.iter().all(|x| x.sign() == Sign::NoSign) {
                    return refused("the normal has d entries, not all zero", normal.len(), 0.0);
                }
                for row in 0..rows {
                    if product(&integer_row(weights.row(row)), normal).sign() == Sign::Minus {
                        return refused("the row is on the side of the normal", row, 0.0);
                    }
                }
            }
            Kind::Holds(terms) => {
                for (place, (row, value)) in terms.iter().enumerate() {
                    if place > 0 && terms[place - 1].0 >= *row {
                        return refused("the rows are increasing", place, *row as f64);
                    }
                    if *row >= rows {
                        return refused("the rows exist", *row, rows as f64);
                    }
                    if value.sign() != Sign::Plus {
                        return refused("the coefficients are positive", *row, 0.0);
                    }
                }
                let whole: Vec<_> = terms
                    .iter()
                    .map(|term| integer_row(weights.row(term.0)))
                    .collect();
                let values: Vec<BigInt> = terms.iter().map(|term| term.1.clone()).collect();
                for c in 0..d {
                    let column: Vec<BigInt> = whole.iter().map(|row| row[c].clone()).collect();
                    if product(&values, &column).sign() != Sign::NoSign {
                        return refused("the combination is zero", c, 0.0);
                    }
                }
                let rank = rank(&whole, d);
                if rank < d {
                    return refused("the rows span the space", rank, d as f64);
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for ConditionProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds() { "holds" } else { "fails" };
        writeln!(f, "geometric condition {verdict}")?;
        writeln!(f, "dimension {}", self.dimension)?;
        match &self.kind {
            Kind::Holds(terms) => terms
                .iter()
                .try_for_each(|(row, value)| writeln!(f, "row {row} coefficient {value}")),
            Kind::Fails(normal) => {
                write!(f, "normal")?;
                normal.iter().try_for_each(|x| write!(f, " {x}"))?;
                writeln!(f)
            }
        }
    }
}

impl FromStr for ConditionProof {
    type Err = Error;

    /// Reads the text form.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut lines = text.lines().enumerate();
        let mut line = |expected: &'static str| {
            let (number, line) = lines.next().ok_or(Error::ProofText { line: 0, expected })?;
            Ok((number + 1, line.split_whitespace().collect::<Vec<&str>>()))
        };
        let wrong = |line, expected| Error::ProofText { line, expected };
        let (number, words) = line("geometric condition holds|fails")?;
        let holds = match words[..] {
            ["geometric", "condition", "holds"] => true,
            ["geometric", "condition", "fails"] => false,
            _ => return Err(wrong(number, "geometric condition holds|fails")),
        };
        let (number, words) = line("dimension <d>")?;
        let dimension = match words[..] {
            ["dimension", d] => d.parse().map_err(|_| wrong(number, "dimension <d>"))?,
            _ => return Err(wrong(number, "dimension <d>")),
        };
        let kind = if holds {
            let expected = "row <index> coefficient <integer>";
            let mut terms = Vec::new();
            for (number, line) in lines {
                let words: Vec<&str> = line.split_whitespace().collect();
                let term = match words[..] {
                    ["row", row, "coefficient", value] => row.parse().ok().zip(value.parse().ok()),
                    _ => None,
                };
                terms.push(term.ok_or_else(|| wrong(number + 1, expected))?);
            }
            Kind::Holds(terms)
        } else {
            let expected = "normal <integer> … <integer>";
            let (number, words) = line(expected)?;
            let ["normal", entries @ ..] = &words[..] else {
                return Err(wrong(number, expected));
            };
            let entries: Option<Vec<BigInt>> = entries.iter().map(|x| x.parse().ok()).collect();
            if let Some((number, _)) = lines.next() {
                return Err(wrong(number + 1, "the end"));
            }
            Kind::Fails(entries.ok_or_else(|| wrong(number, expected))?)
        };
        Ok(Self { dimension, kind })
    }
}
