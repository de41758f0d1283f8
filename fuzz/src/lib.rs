//! What is fuzzed: functions of arbitrary bytes that panic where a promise is broken.

use relu_lab::files::{npy, npz, read, table};
use relu_lab::hinge::geometric_condition;
use relu_lab::sweep::Config;
use relu_lab::{Network, Objective, Population, Weights};

/// The readers: no panic, no more numbers than bytes can hold, and what is read is written and read back bit by bit.
pub fn readers(bytes: &[u8]) {
    let Some((&kind, bytes)) = bytes.split_first() else {
        return;
    };
    let array = match kind % 5 {
        0 => npy::decode("fuzz.npy", bytes).ok(),
        1 => table::decode("fuzz.csv", bytes).ok(),
        2 => npz::decode("fuzz.npz", bytes)
            .ok()
            .and_then(|all| all.into_iter().next())
            .map(|(_, array)| array),
        3 => read::decode("-", bytes, None).ok(),
        _ => {
            if let Ok(text) = std::str::from_utf8(bytes) {
                let _ = Config::parse("fuzz.toml", text);
            }
            None
        }
    };
    let Some(array) = array else {
        return;
    };
    if kind % 5 < 2 {
        assert!(array.data().len() <= bytes.len(), "more numbers than bytes");
    }
    let again = npy::decode("again.npy", &npy::encode(&array)).expect("what is written is read");
    assert_eq!(again.shape(), array.shape());
    let same = again.data().iter().zip(array.data());
    assert!(same.clone().all(|(a, b)| a.to_bits() == b.to_bits()));
    if let Ok(weights) = read::weights_of("fuzz.npy", &array) {
        assert!(weights.neurons() * weights.dimension() == array.data().len());
        let text = table::decode("again.csv", &table::encode(&array)).expect("a table");
        assert_eq!(text.data(), array.data());
    }
}

/// Loss, gradient, Hessian and the geometric condition at weights of arbitrary bit patterns: an error or finite numbers,
/// and a verdict whose proof is accepted.
pub fn numbers(bytes: &[u8]) {
    let [students, teachers, dimension, rest @ ..] = bytes else {
        return;
    };
    let size = |byte: &u8| usize::from(byte % 4) + 1;
    let (k, l, d) = (size(students), size(teachers), size(dimension));
    let mut values = rest
        .as_chunks::<8>()
        .0
        .iter()
        .map(|chunk| f64::from_le_bytes(*chunk));
    let mut rows = |count: usize| -> Option<Vec<Vec<f64>>> {
        (0..count)
            .map(|_| (0..d).map(|_| values.next()).collect())
            .collect()
    };
    let (Some(student), Some(teacher)) = (rows(k), rows(l)) else {
        return;
    };
    let Ok(student) = Weights::from_rows(&student) else {
        return;
    };
    let condition = geometric_condition(student.as_mat()).expect("finite weights have an answer");
    condition
        .verify(student.as_mat())
        .expect("the proof of a verdict is accepted");
    let Ok(teacher) = Weights::from_rows(&teacher) else {
        return;
    };
    let population = Population::new(Network::new(teacher), vec![1.0; k]).expect("finite weights");
    if let Ok(loss) = population.loss(student.as_mat()) {
        assert!(loss.is_finite() && loss >= 0.0, "loss {loss}");
    }
    for matrix in [
        population.gradient(student.as_mat()),
        population.hessian(student.as_mat()),
    ]
    .into_iter()
    .flatten()
    {
        assert!(matrix.as_ref().is_all_finite(), "{matrix:?}");
    }
}
