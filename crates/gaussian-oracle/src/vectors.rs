//! Test vectors: exact double inputs, outputs with 32 significant digits.
//!
//! They were evaluated with 80 digits by an independent program, so they judge the multiprecision
//! reference of this crate as well as the double implementations of the others.

mod hex_float;

use crate::Error;
use crate::multiprecision::Real;
pub use hex_float::parse_hex_float;
use serde_json::Value;

const FILE: &str = include_str!("../data/vectors.json");

/// A decimal output: as printed to 512 bits, and as the nearest double.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// The nearest double.
    pub nearest: f64,
    /// The printed decimal, 32 significant digits.
    pub exact: Real,
}

/// E[F(e, w)].
#[derive(Debug, Clone, PartialEq)]
pub struct Gating {
    /// Number of the vector.
    pub id: u64,
    /// What it exercises.
    pub note: String,
    /// The control direction, not normalised.
    pub e: Vec<f64>,
    /// The weight.
    pub w: Vec<f64>,
    /// E[F(e, w)].
    pub gating: Vec<Number>,
    /// ∠(e, w).
    pub theta: Number,
}

/// The gradient of one student against one teacher.
#[derive(Debug, Clone, PartialEq)]
pub struct SingleUnit {
    /// Number of the vector.
    pub id: u64,
    /// What it exercises.
    pub note: String,
    /// The student.
    pub w: Vec<f64>,
    /// The teacher.
    pub teacher: Vec<f64>,
    /// +∂loss/∂w.
    pub gradient: Vec<Number>,
}

/// Loss, gradient and Hessian of K students against K′ teachers, all top weights 1.
#[derive(Debug, Clone, PartialEq)]
pub struct MultiUnit {
    /// Number of the vector.
    pub id: u64,
    /// What it exercises.
    pub note: String,
    /// One student a row.
    pub students: Vec<Vec<f64>>,
    /// One teacher a row.
    pub teachers: Vec<Vec<f64>>,
    /// The population loss.
    pub loss: Number,
    /// +∂loss/∂w, one student a row.
    pub gradient: Vec<Vec<Number>>,
    /// Kd × Kd, index j·d + i.
    pub hessian: Vec<Vec<Number>>,
}

/// The matrices of the normal equation and the separability functions, K = 2.
#[derive(Debug, Clone, PartialEq)]
pub struct NormalEquation {
    /// Number of the vector.
    pub id: u64,
    /// What it exercises.
    pub note: String,
    /// One student a row.
    pub students: Vec<Vec<f64>>,
    /// One teacher a row.
    pub teachers: Vec<Vec<f64>>,
    /// M, rows (1,1), (1,2), (2,1), (2,2).
    pub m: Vec<Vec<Number>>,
    /// M*, the same rows.
    pub m_star: Vec<Vec<Number>>,
    /// M_r.
    pub m_r: Vec<Vec<Number>>,
    /// M*_r.
    pub m_r_star: Vec<Vec<Number>>,
    /// L₁₂, one entry a teacher.
    pub l12: Vec<Number>,
    /// L₂₁, one entry a teacher.
    pub l21: Vec<Number>,
}

/// L₁₂ and L₂₁ for e₁ = (1, 0), e₂ = (cos θ, sin θ), e* = (cos φ, sin φ).
#[derive(Debug, Clone, PartialEq)]
pub struct PlanarSeparability {
    /// Number of the vector.
    pub id: u64,
    /// What it exercises.
    pub note: String,
    /// θ.
    pub theta: f64,
    /// φ.
    pub phi: f64,
    /// L₁₂.
    pub l12: Number,
    /// L₂₁.
    pub l21: Number,
}

/// The right-hand side of Tian 2016, Eq 16, 2π times the per-sample drift.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanarField {
    /// Number of the vector.
    pub id: u64,
    /// What it exercises.
    pub note: String,
    /// x.
    pub x: f64,
    /// y.
    pub y: f64,
    /// K.
    pub neurons: usize,
    /// (2π/N) E[(Δx, Δy)].
    pub field: Vec<Number>,
}

/// All test vectors, by kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vectors {
    /// Kind `gating`.
    pub gating: Vec<Gating>,
    /// Kind `grad1`.
    pub single_unit: Vec<SingleUnit>,
    /// Kind `multi`.
    pub multi_unit: Vec<MultiUnit>,
    /// Kind `M`.
    pub normal_equation: Vec<NormalEquation>,
    /// Kind `L12_2d`.
    pub planar_separability: Vec<PlanarSeparability>,
    /// Kind `dyn2d`.
    pub planar_field: Vec<PlanarField>,
}

impl Vectors {
    /// The vectors of `data/vectors.json`.
    ///
    /// # Errors
    /// [`Error::Vector`] or [`Error::Number`] if the file does not have the documented form.
    pub fn bundled() -> Result<Self, Error> {
        Self::parse(FILE)
    }

    /// Vectors from text of the same form.
    ///
    /// # Errors
    /// As [`Vectors::bundled`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let file: Value = serde_json::from_str(text).map_err(|_| Error::Vector {
            place: "the file".to_owned(),
            expected: "JSON",
        })?;
        let mut all = Self::default();
        for value in array(&file["vectors"], "vectors")? {
            let entry = Entry::new(value)?;
            all.push(&entry)?;
        }
        Ok(all)
    }

    fn push(&mut self, entry: &Entry<'_>) -> Result<(), Error> {
        let (id, note) = (entry.id, entry.note.to_owned());
        match entry.kind {
            "gating" => self.gating.push(Gating {
                id,
                note,
                e: entry.input("e", list(hex))?,
                w: entry.input("w", list(hex))?,
                gating: entry.output("F", list(number))?,
                theta: entry.output("theta", number)?,
            }),
            "grad1" => self.single_unit.push(SingleUnit {
                id,
                note,
                w: entry.input("w", list(hex))?,
                teacher: entry.input("wstar", list(hex))?,
                gradient: entry.output("g", list(number))?,
            }),
            "multi" => self.multi_unit.push(MultiUnit {
                id,
                note,
                students: entry.input("W", list(list(hex)))?,
                teachers: entry.input("V", list(list(hex)))?,
                loss: entry.output("loss", number)?,
                gradient: entry.output("grad", list(list(number)))?,
                hessian: entry.output("hessian", list(list(number)))?,
            }),
            "M" => self.normal_equation.push(NormalEquation {
                id,
                note,
                students: entry.input("W", list(list(hex)))?,
                teachers: entry.input("V", list(list(hex)))?,
                m: entry.output("M", list(list(number)))?,
                m_star: entry.output("Mstar", list(list(number)))?,
                m_r: entry.output("Mr", list(list(number)))?,
                m_r_star: entry.output("Mrstar", list(list(number)))?,
                l12: entry.output("L12", list(number))?,
                l21: entry.output("L21", list(number))?,
            }),
            "L12_2d" => self.planar_separability.push(PlanarSeparability {
                id,
                note,
                theta: entry.input("theta", hex)?,
                phi: entry.input("phi", hex)?,
                l12: entry.output("L12", number)?,
                l21: entry.output("L21", number)?,
            }),
            "dyn2d" => self.planar_field.push(PlanarField {
                id,
                note,
                x: entry.input("x", hex)?,
                y: entry.input("y", hex)?,
                neurons: entry.input("K", count)?,
                field: entry.output("rhs", list(number))?,
            }),
            _ => return Err(wrong(&format!("vector {id}, kind"), "a known kind")),
        }
        Ok(())
    }
}

/// The nearest doubles of a list of numbers.
pub fn nearest(numbers: &[Number]) -> Vec<f64> {
    numbers.iter().map(|number| number.nearest).collect()
}

/// The 32-digit values of a list of numbers.
pub fn exact(numbers: &[Number]) -> Vec<Real> {
    numbers.iter().map(|number| number.exact.clone()).collect()
}

struct Entry<'a> {
    id: u64,
    kind: &'a str,
    note: &'a str,
    value: &'a Value,
}

impl<'a> Entry<'a> {
    fn new(value: &'a Value) -> Result<Self, Error> {
        let id = value["id"]
            .as_u64()
            .ok_or_else(|| wrong("id", "a whole number"))?;
        Ok(Self {
            id,
            kind: text(&value["kind"], &format!("vector {id}, kind"))?,
            note: text(&value["note"], &format!("vector {id}, note"))?,
            value,
        })
    }

    fn input<T>(&self, name: &str, read: impl Reader<T>) -> Result<T, Error> {
        read(
            &self.value["input"][name],
            &format!("vector {}, input {name}", self.id),
        )
    }

    fn output<T>(&self, name: &str, read: impl Reader<T>) -> Result<T, Error> {
        read(
            &self.value["output"][name],
            &format!("vector {}, output {name}", self.id),
        )
    }
}

/// Reads a value; the text is its place, for messages.
trait Reader<T>: Fn(&Value, &str) -> Result<T, Error> {}
impl<T, F: Fn(&Value, &str) -> Result<T, Error>> Reader<T> for F {}

fn wrong(place: &str, expected: &'static str) -> Error {
    Error::Vector {
        place: place.to_owned(),
        expected,
    }
}

fn text<'a>(value: &'a Value, place: &str) -> Result<&'a str, Error> {
    value.as_str().ok_or_else(|| wrong(place, "text"))
}

fn array<'a>(value: &'a Value, place: &str) -> Result<&'a Vec<Value>, Error> {
    value.as_array().ok_or_else(|| wrong(place, "a list"))
}

fn hex(value: &Value, place: &str) -> Result<f64, Error> {
    parse_hex_float(text(value, place)?)
}

fn number(value: &Value, place: &str) -> Result<Number, Error> {
    let exact: Real = text(value, place)?.parse()?;
    Ok(Number {
        nearest: exact.to_f64(),
        exact,
    })
}

fn count(value: &Value, place: &str) -> Result<usize, Error> {
    let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
    count.ok_or_else(|| wrong(place, "a whole number"))
}

fn list<T>(read: impl Reader<T>) -> impl Reader<Vec<T>> {
    move |value: &Value, place: &str| {
        array(value, place)?
            .iter()
            .map(|v| read(v, place))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::multiprecision as reference;

    /// 32 printed digits, four of them spare.
    const DIGITS: &str = "1e-28";

    #[track_caller]
    fn agree(computed: &[Real], printed: &[Number]) {
        assert_eq!(computed.len(), printed.len());
        let digits: Real = DIGITS.parse().unwrap();
        for (computed, printed) in computed.iter().zip(printed) {
            let off = (computed - &printed.exact).abs();
            assert!(
                off <= &digits * printed.exact.abs(),
                "{computed} {}",
                printed.exact
            );
        }
    }

    #[test]
    fn the_file_has_every_kind() -> Result<(), Error> {
        let all = Vectors::bundled()?;
        let counts = [
            all.gating.len(),
            all.single_unit.len(),
            all.multi_unit.len(),
            all.normal_equation.len(),
            all.planar_separability.len(),
            all.planar_field.len(),
        ];
        assert_eq!(counts, [3, 2, 2, 1, 3, 3]);
        assert_eq!(all.gating[0].theta.nearest, 2.245_838_654_846_884_7);
        assert_eq!(
            nearest(&all.normal_equation[0].l12),
            [-0.052_490_122_492_012_444, -0.842_388_272_657_277_3]
        );
        assert_eq!(exact(&all.normal_equation[0].l21).len(), 2);
        Ok(())
    }

    #[test]
    fn gating_is_reproduced() -> Result<(), Error> {
        for vector in Vectors::bundled()?.gating {
            agree(
                &reference::population_gating(&vector.e, &vector.w),
                &vector.gating,
            );
            agree(
                &[reference::angle(&vector.e, &vector.w).theta],
                &[vector.theta],
            );
        }
        Ok(())
    }

    #[test]
    fn single_units_are_reproduced() -> Result<(), Error> {
        for vector in Vectors::bundled()?.single_unit {
            agree(
                &reference::single_unit_gradient(&vector.w, &vector.teacher),
                &vector.gradient,
            );
            let rows = ([vector.w], [vector.teacher]);
            let general = reference::population_gradient(&rows.0, &[1.0], &rows.1, &[1.0]);
            agree(&general[0], &vector.gradient);
        }
        Ok(())
    }

    #[test]
    fn networks_are_reproduced() -> Result<(), Error> {
        for vector in Vectors::bundled()?.multi_unit {
            let (w, v) = (&vector.students, &vector.teachers);
            let (a, b) = (vec![1.0; w.len()], vec![1.0; v.len()]);
            agree(
                &[reference::population_loss(w, &a, v, &b)],
                std::slice::from_ref(&vector.loss),
            );
            let gradient = reference::population_gradient(w, &a, v, &b);
            agree(&gradient.concat(), &vector.gradient.concat());
            let hessian = reference::population_hessian(w, &a, v, &b);
            agree(&hessian.concat(), &vector.hessian.concat());
        }
        Ok(())
    }

    #[test]
    fn the_planar_field_is_reproduced() -> Result<(), Error> {
        for vector in Vectors::bundled()?.planar_field {
            agree(
                &reference::planar_field(vector.x, vector.y, vector.neurons),
                &vector.field,
            );
        }
        Ok(())
    }

    #[test]
    fn the_normal_equation_holds_the_diagonal() -> Result<(), Error> {
        // M_r and M*_r are h of the angles from student j to student or teacher k.
        for vector in Vectors::bundled()?.normal_equation {
            let h = |u: &Vec<f64>, v: &Vec<f64>| reference::angle(u, v).arc_cosine();
            for (j, student) in vector.students.iter().enumerate() {
                let row: Vec<Real> = vector.students.iter().map(|w| h(student, w)).collect();
                agree(&row, &vector.m_r[j]);
                let row: Vec<Real> = vector.teachers.iter().map(|v| h(student, v)).collect();
                agree(&row, &vector.m_r_star[j]);
            }
        }
        Ok(())
    }

    #[test]
    fn damage_is_reported() {
        let refused = |text: &str| Vectors::parse(text).unwrap_err().to_string();
        assert!(refused("{").contains("JSON"));
        assert!(refused("{}").contains("vectors should be a list"));
        let entry = r#"{"vectors": [{"id": 3, "kind": "dyn2d", "note": "", "input": {"x": "0x1p0"}, "output": {}}]}"#;
        assert_eq!(
            refused(entry),
            "test vectors: vector 3, input y should be text"
        );
        assert!(refused(&entry.replace("0x1p0", "1.0")).contains("not a hex float"));
        assert!(refused(&entry.replace("dyn2d", "other")).contains("known kind"));
    }
}
