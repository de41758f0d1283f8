//! A critical point as a text, and the checker that proves it again from nothing but that text.

use std::collections::BTreeMap;

use faer::Mat;
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::blocks::BlockSystem;
use super::critical_point::{CriticalPoint, Place};
use super::network::{NetworkSystem, Slice};
use super::proof::{Inertia, Radius};
use super::refusal::Refusal;
use super::strict::{self, only};
use crate::Interval;
use crate::linear_algebra::least_eigenvalue_above;

const FORMAT: &str = "critical-point-certificate/1";
/// The claimed bound of the least eigenvalue is weaker than the proved one by this share: another order of summation must
/// reach it too, and a factorisation in place of eigenvectors.
const SLACK: f64 = 1e-4;

/// Why a certificate is not accepted.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The text cannot be read.
    #[error("the certificate cannot be read: {reason}")]
    Malformed {
        /// What is missing or wrong.
        reason: String,
    },
    /// A point with too many weights to be checked.
    #[error("the point has {weights} weights, the most for a proof is {limit}")]
    Large {
        /// Weights of the student, or coordinates.
        weights: usize,
        /// The most.
        limit: usize,
    },
    /// The text was changed.
    #[error("the certificate was changed: its checksum is {found}, the text has {computed}")]
    Checksum {
        /// The one written in the text.
        found: String,
        /// That of the text.
        computed: String,
    },
    /// What it states could not be proved.
    #[error("the statement is not proved: {0}")]
    Unproved(#[from] Refusal),
    /// A number that the proof does not support.
    #[error("the certificate claims {what} {claimed}, the proof gives {proved}")]
    Claim {
        /// Which number.
        what: &'static str,
        /// Claimed.
        claimed: String,
        /// Proved.
        proved: String,
    },
}

pub(super) fn malformed(reason: impl Into<String>) -> Rejection {
    Rejection::Malformed {
        reason: reason.into(),
    }
}

impl CriticalPoint {
    /// A JSON text with everything a checker needs: the teacher, the top weights, the reduction, centre and radius of the
    /// box, and what is claimed of the critical point in it. Doubles are written as strings that read back to the same bits.
    pub fn certificate(&self) -> String {
        let system = match &self.place {
            Place::Network { system, centre } => json!({
                "kind": "network",
                "teacher": matrix(&system.teacher),
                "teacher_top": numbers(&system.teacher_top),
                "student_top": numbers(&system.student_top),
                "slice": match (&system.slice, system.across) {
                    (Some(slice), _) => json!({"rank": slice.rank, "pivots": slice.pivots}),
                    (None, Some(rank)) => json!({"rank": rank}),
                    (None, None) => Value::Null,
                },
                "centre": matrix(centre),
            }),
            Place::Blocks { system, centre } => json!({
                "kind": "blocks",
                "sizes": system.sizes,
                "tied": system.tied,
                "centre": numbers(centre),
            }),
        };
        let Inertia {
            negative,
            zero,
            positive,
        } = self.proof.inertia;
        let loss = self.proof.loss;
        let slack = loss.width() / 4.0;
        let mut body = Map::new();
        body.insert("format".to_owned(), json!(FORMAT));
        body.insert("system".to_owned(), system);
        body.insert("radius".to_owned(), json!(number(self.proof.radius)));
        body.insert(
            "claims".to_owned(),
            json!({
                "negative": negative,
                "zero": zero,
                "positive": positive,
                "least_eigenvalue": number(self.proof.least - SLACK * self.proof.least.abs()),
                "loss": [number((loss.low() - slack).max(0.0)), number(loss.high() + slack)],
            }),
        );
        let checksum = checksum(&body);
        body.insert("checksum".to_owned(), json!(checksum));
        let mut text = format!("{:#}", Value::Object(body));
        text.push('\n');
        text
    }
}

/// Proves the statement of a certificate again.
///
/// The box is that of the text; existence, uniqueness, inertia and loss are computed from it alone and must be as claimed. For a
/// minimum the least eigenvalue is bounded a second time, by a Cholesky factorisation in place of eigenvectors.
/// Returns the critical point.
///
/// # Errors
/// A [`Rejection`] that says what is wrong.
pub fn check_certificate(text: &str) -> Result<CriticalPoint, Rejection> {
    let Value::Object(mut body) = strict::read(text)? else {
        return Err(malformed("it is no JSON object"));
    };
    let found = body
        .remove("checksum")
        .and_then(|value| value.as_str().map(str::to_owned))
        .ok_or_else(|| malformed("`checksum` is missing"))?;
    let computed = checksum(&body);
    if found != computed {
        return Err(Rejection::Checksum { found, computed });
    }
    let body = Value::Object(body);
    if body["format"] != FORMAT {
        return Err(malformed(format!("`format` is not {FORMAT}")));
    }
    only(
        &body,
        "certificate",
        &["format", "system", "radius", "claims"],
    )?;
    only(
        &body["claims"],
        "claims",
        &["negative", "zero", "positive", "least_eigenvalue", "loss"],
    )?;
    let radius = read_number(&body["radius"], "radius")?;
    if radius <= 0.0 {
        return Err(malformed(format!(
            "`radius` is {radius}: it must be positive"
        )));
    }
    let place = read_place(&body["system"])?;
    let (proof, hessians) = match &place {
        Place::Network { system, centre } => (
            system.prove(centre.as_ref(), Radius::Given(radius))?,
            system.hessians(centre.as_ref(), radius)?,
        ),
        Place::Blocks { system, centre } => (
            system.prove(centre, Radius::Given(radius))?,
            system.hessians(centre, radius)?,
        ),
    };
    let claims = &body["claims"];
    let count = |name: &'static str, proved: usize| {
        let claimed = claims[name]
            .as_u64()
            .ok_or_else(|| malformed(format!("`{name}` is no count")))?;
        agree(
            name,
            usize::try_from(claimed) == Ok(proved),
            &claimed,
            &proved,
        )
    };
    count("negative", proof.inertia.negative)?;
    count("zero", proof.inertia.zero)?;
    count("positive", proof.inertia.positive)?;
    let least = read_number(&claims["least_eigenvalue"], "least_eigenvalue")?;
    agree(
        "least_eigenvalue",
        least <= proof.least,
        &least,
        &proof.least,
    )?;
    if proof.inertia.negative == 0 {
        for (matrix, _) in hessians.iter().filter(|(_, null)| *null == 0) {
            let proved = least_eigenvalue_above(matrix, least);
            agree(
                "least_eigenvalue",
                proved,
                &least,
                &"no Cholesky factor of the shifted Hessian",
            )?;
        }
    }
    let bounds = read_list(&claims["loss"], "loss", read_number)?;
    let claimed: [f64; 2] = bounds
        .try_into()
        .map_err(|_| malformed("`loss` has not two ends"))?;
    let holds = claimed[0] <= proof.loss.low() && proof.loss.high() <= claimed[1];
    agree(
        "loss",
        holds,
        &Interval::between(claimed[0], claimed[1]),
        &proof.loss,
    )?;
    Ok(CriticalPoint::new(place, proof))
}

fn agree(
    what: &'static str,
    holds: bool,
    claimed: &dyn std::fmt::Display,
    proved: &dyn std::fmt::Display,
) -> Result<(), Rejection> {
    if holds {
        return Ok(());
    }
    Err(Rejection::Claim {
        what,
        claimed: claimed.to_string(),
        proved: proved.to_string(),
    })
}

fn read_place(system: &Value) -> Result<Place, Rejection> {
    match system["kind"].as_str() {
        Some("network") => {
            let known = [
                "kind",
                "teacher",
                "teacher_top",
                "student_top",
                "slice",
                "centre",
            ];
            only(system, "system", &known)?;
            let teacher = read_matrix(&system["teacher"], "teacher")?;
            let centre = read_matrix(&system["centre"], "centre")?;
            let (slice, across) = match &system["slice"] {
                Value::Null => (None, None),
                slice => {
                    only(slice, "slice", &["rank", "pivots"])?;
                    let rank = read_index(&slice["rank"], "rank")?;
                    if slice.get("pivots").is_some() {
                        let pivots = read_list(&slice["pivots"], "pivots", read_index)?;
                        (Some(Slice { rank, pivots }), None)
                    } else {
                        (None, Some(rank))
                    }
                }
            };
            let system = NetworkSystem {
                teacher_top: read_list(&system["teacher_top"], "teacher_top", read_number)?,
                student_top: read_list(&system["student_top"], "student_top", read_number)?,
                teacher,
                slice,
                across,
            };
            let shapes = system.teacher.ncols() == centre.ncols()
                && system.teacher.nrows() == system.teacher_top.len()
                && centre.nrows() == system.student_top.len();
            if !shapes {
                return Err(malformed(
                    "the shapes of teacher, centre and top weights do not agree",
                ));
            }
            small(centre.nrows().saturating_mul(centre.ncols()), MOST_WEIGHTS)?;
            small(system.teacher.nrows(), MOST_WEIGHTS)?;
            Ok(Place::Network { system, centre })
        }
        Some("blocks") => {
            only(system, "system", &["kind", "sizes", "tied", "centre"])?;
            let sizes = read_list(&system["sizes"], "sizes", read_index)?;
            let flag = |value: &Value, name: &str| {
                value
                    .as_bool()
                    .ok_or_else(|| malformed(format!("`{name}` has no flag")))
            };
            let tied = read_list(&system["tied"], "tied", flag)?;
            let neurons = sizes.iter().fold(0, |sum: usize, &p| sum.saturating_add(p));
            if sizes.len() != tied.len() || sizes.contains(&0) || neurons < 2 {
                return Err(malformed("`sizes` are no block sizes"));
            }
            small(neurons, MOST_WEIGHTS)?;
            small(sizes.len().saturating_mul(sizes.len() + 1), MOST_WEIGHTS)?;
            let system_of = BlockSystem { sizes, tied };
            let centre = read_list(&system["centre"], "centre", read_number)?;
            if centre.len() != system_of.representatives().len() {
                return Err(malformed("`centre` has not one number a coordinate"));
            }
            Ok(Place::Blocks {
                system: system_of,
                centre,
            })
        }
        _ => Err(malformed("`kind` is neither `network` nor `blocks`")),
    }
}

/// The most weights of a student, or students in blocks, for which a point is certified or checked: the proof multiplies
/// matrices of as many rows, and takes minutes there.
pub const MOST_WEIGHTS: usize = 2048;

fn small(weights: usize, limit: usize) -> Result<(), Rejection> {
    if weights > limit {
        return Err(Rejection::Large { weights, limit });
    }
    Ok(())
}

fn number(x: f64) -> String {
    format!("{x:e}")
}

fn numbers(values: &[f64]) -> Value {
    values.iter().map(|&x| Value::String(number(x))).collect()
}

fn matrix(a: &Mat<f64>) -> Value {
    let row = |i: usize| numbers(&(0..a.ncols()).map(|c| a[(i, c)]).collect::<Vec<f64>>());
    (0..a.nrows()).map(row).collect()
}

fn read_number(value: &Value, name: &str) -> Result<f64, Rejection> {
    let number: Option<f64> = value.as_str().and_then(|text| text.parse().ok());
    number.filter(|x| x.is_finite()).ok_or_else(|| {
        malformed(format!(
            "`{name}` is {value}, not a finite number in a string"
        ))
    })
}

fn read_index(value: &Value, name: &str) -> Result<usize, Rejection> {
    let index = value.as_u64().and_then(|x| usize::try_from(x).ok());
    index.ok_or_else(|| malformed(format!("`{name}` is {value}, not a whole number")))
}

fn read_list<T>(
    value: &Value,
    name: &str,
    read: impl Fn(&Value, &str) -> Result<T, Rejection>,
) -> Result<Vec<T>, Rejection> {
    let list = value
        .as_array()
        .ok_or_else(|| malformed(format!("`{name}` is no list")))?;
    list.iter().map(|item| read(item, name)).collect()
}

fn read_matrix(value: &Value, name: &str) -> Result<Mat<f64>, Rejection> {
    let rows = read_list(value, name, |row, name| read_list(row, name, read_number))?;
    let columns = rows.first().map_or(0, Vec::len);
    if columns == 0 || rows.iter().any(|row| row.len() != columns) {
        return Err(malformed(format!(
            "the rows of `{name}` differ in length or are empty"
        )));
    }
    Ok(Mat::from_fn(rows.len(), columns, |i, j| rows[i][j]))
}

/// FNV-1a of the text with sorted keys: it finds accidents; what protects from a wrong statement is the proof.
fn checksum(body: &Map<String, Value>) -> String {
    let mut text = String::new();
    write_object(&mut text, body);
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn write_object(text: &mut String, object: &Map<String, Value>) {
    let sorted: BTreeMap<&String, &Value> = object.iter().collect();
    for (key, value) in sorted {
        text.push_str(key);
        text.push(':');
        write_value(text, value);
    }
    text.push('}');
}

fn write_value(text: &mut String, value: &Value) {
    match value {
        Value::Object(object) => write_object(text, object),
        Value::Array(items) => {
            for item in items {
                write_value(text, item);
                text.push(',');
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}
