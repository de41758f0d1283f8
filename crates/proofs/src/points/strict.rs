//! JSON without duplicate keys, and objects without unknown ones: two readers must not see two certificates in one text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::certificate::{Rejection, malformed};

/// A value of JSON in which no object has a key twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Strict;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value of JSON")
    }

    fn visit_bool<E>(self, x: bool) -> Result<Strict, E> {
        Ok(Strict(x.into()))
    }

    fn visit_i64<E>(self, x: i64) -> Result<Strict, E> {
        Ok(Strict(x.into()))
    }

    fn visit_u64<E>(self, x: u64) -> Result<Strict, E> {
        Ok(Strict(x.into()))
    }

    fn visit_f64<E>(self, x: f64) -> Result<Strict, E> {
        Ok(Strict(x.into()))
    }

    fn visit_str<E>(self, x: &str) -> Result<Strict, E> {
        Ok(Strict(x.into()))
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Strict(Value::Array(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Strict, A::Error> {
        let mut object = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, Strict>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("the field `{key}` stands twice")));
            }
            object.insert(key, value);
        }
        Ok(Strict(Value::Object(object)))
    }
}

/// Reads a text.
pub(super) fn read(text: &str) -> Result<Value, Rejection> {
    let strict: Strict =
        serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
    Ok(strict.0)
}

/// Refuses an object with a field that is not in the list.
pub(super) fn only(value: &Value, name: &str, known: &[&str]) -> Result<(), Rejection> {
    let object = value
        .as_object()
        .ok_or_else(|| malformed(format!("`{name}` is no object")))?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(malformed(format!("`{name}` has the unknown field `{key}`"))),
        None => Ok(()),
    }
}
