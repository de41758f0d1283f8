//! Reading the file of test vectors.

use super::{
    Gating, MultiUnit, NormalEquation, Number, PlanarField, PlanarSeparability, SingleUnit,
    Vectors, parse_hex_float,
};
use crate::Error;
use crate::multiprecision::Real;
use serde_json::Value;

const FILE: &str = include_str!("../../data/vectors.json");

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
