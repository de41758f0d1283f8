//! The state of a training in one file: a line of JSON, numbers, and a checksum over both.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::data::sha256;
use crate::network::{Parameters, Widths};
use crate::training::{Conditions, History};

/// Characters of a SHA-256.
const SUM: usize = 64;

/// Everything that the rest of a training depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// What must agree for the training to go on.
    pub conditions: Conditions,
    /// Steps done.
    pub iteration: usize,
    /// The parameters after them.
    pub parameters: Parameters,
    /// What was seen on the way.
    pub history: History,
    /// How long it took, in seconds.
    pub seconds: f64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    conditions: Conditions,
    iteration: usize,
    widths: Widths,
    tests: usize,
    seconds: f64,
}

/// Writes a state; the file is the old one or the new one, never a part.
///
/// # Errors
/// A sentence that names the path.
pub fn write(path: &Path, state: &State) -> anyhow::Result<()> {
    let mut bytes = serde_json::to_vec(&Header {
        conditions: state.conditions.clone(),
        iteration: state.iteration,
        widths: state.parameters.widths,
        tests: state.history.tests.len(),
        seconds: state.seconds,
    })?;
    bytes.push(b'\n');
    let arrays = state.parameters.arrays.iter().map(Vec::as_slice);
    let tests = state.history.tests.iter().map(<[f32; 3]>::as_slice);
    let numbers = arrays
        .chain([
            state.history.losses.as_slice(),
            state.history.accuracies.as_slice(),
        ])
        .chain(tests);
    for slice in numbers {
        bytes.extend(slice.iter().flat_map(|number| number.to_le_bytes()));
    }
    let sum = sha256(&bytes);
    bytes.extend_from_slice(sum.as_bytes());
    Ok(::arrays::write::with_folders(path, &bytes)?)
}

/// Reads a state; `None` if there is no such file.
///
/// # Errors
/// A sentence that names a file that cannot be read or is damaged.
pub fn read(path: &Path) -> anyhow::Result<Option<State>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(reason) if reason.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(reason) => bail!("cannot read {}: {reason}", path.display()),
    };
    let state = decode(&bytes).with_context(|| {
        format!(
            "{} is damaged; remove it or start again with --force",
            path.display()
        )
    })?;
    Ok(Some(state))
}

fn decode(bytes: &[u8]) -> anyhow::Result<State> {
    let body = bytes.len().checked_sub(SUM).context("it is too short")?;
    let (body, sum) = bytes.split_at(body);
    ensure!(sha256(body).as_bytes() == sum, "its checksum does not fit");
    let end = body
        .iter()
        .position(|byte| *byte == b'\n')
        .context("it has no header")?;
    let header: Header = serde_json::from_slice(&body[..end])?;
    let (chunks, rest) = body[end + 1..].as_chunks::<4>();
    ensure!(rest.is_empty(), "a number is cut off");
    let mut numbers = chunks.iter().map(|chunk| f32::from_le_bytes(*chunk));
    let mut take = |count: usize| -> Vec<f32> { numbers.by_ref().take(count).collect() };
    let arrays = header
        .widths
        .shapes()
        .map(|shape| take(shape.iter().product()));
    let losses = take(header.iteration);
    let accuracies = take(header.iteration);
    let tests = take(3 * header.tests);
    ensure!(
        tests.len() == 3 * header.tests && numbers.next().is_none(),
        "it has {} numbers, which its header does not say",
        chunks.len()
    );
    Ok(State {
        conditions: header.conditions,
        iteration: header.iteration,
        parameters: Parameters {
            widths: header.widths,
            arrays,
        },
        history: History {
            losses,
            accuracies,
            tests: tests.as_chunks::<3>().0.to_vec(),
        },
        seconds: header.seconds,
    })
}
