//! The `.safetensors` format: a length, a JSON header with names, types, shapes and places, then the numbers.

use ::safetensors::SafeTensors;

use crate::array::{Array, shape_text};
use crate::element::Element;
use crate::error::Error;
use crate::npy::shortened;

/// Whether bytes begin like such a file: with the length of a header that opens a JSON object.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    let length = bytes
        .first_chunk()
        .map(|length| u64::from_le_bytes(*length));
    let fits = length.is_some_and(|length| length < bytes.len() as u64);
    fits && bytes.get(8) == Some(&b'{')
}

/// One tensor of a file, or the only one without a name; what converts exactly to doubles is widened.
///
/// # Errors
/// A damaged file, a tensor that is not there, several and no name, or elements that are no real numbers.
pub fn decode_one(file: &str, bytes: &[u8], name: Option<&str>) -> Result<Array, Error> {
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| Error::Tensors {
        file: file.to_owned(),
        reason: shortened(&error.to_string()),
    })?;
    let mut names = tensors.names();
    names.sort_unstable();
    let known = || match &names[..] {
        [] => "no arrays".to_owned(),
        some => format!("the arrays {}", shortened(&some.join(", "))),
    };
    let name = match (name, &names[..]) {
        (Some(name), _) => name,
        (None, [only]) => only,
        (None, _) => {
            return Err(Error::Choice {
                file: file.to_owned(),
                known: known(),
            });
        }
    };
    let tensor = tensors.tensor(name).map_err(|_| Error::Entry {
        file: file.to_owned(),
        name: name.to_owned(),
        known: known(),
    })?;
    let file = format!("{file}:{}", shortened(name));
    let Some(element) = Element::safetensors(tensor.dtype()) else {
        return Err(Error::DataType {
            file,
            descr: format!("{:?}", tensor.dtype()),
        });
    };
    let values = element.widen(&file, tensor.data())?;
    let shape = tensor.shape().to_vec();
    let truncated = Error::Truncated {
        file,
        part: format!("data of shape {}", shape_text(&shape)),
        promised: (shape.iter().map(|&n| n as f64).product::<f64>()).to_string(),
        found: values.len(),
    };
    Array::new(shape, values).ok_or(truncated)
}
