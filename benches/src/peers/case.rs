//! What is timed: one input, our call, and the calls of the others.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use arrays::Array;
use serde_json::Value;

type Answer = dyn Fn() -> Result<Vec<f64>> + Send + Sync;
type Repeat = dyn Fn(usize) -> Result<Duration> + Send + Sync;

/// A computation in Rust that can be asked for its answer, and timed.
pub struct Call {
    answer: Box<Answer>,
    repeat: Box<Repeat>,
}

impl Call {
    /// `run` is timed; `numbers` turns its result into the numbers that are compared.
    pub fn new<T>(
        run: impl Fn() -> Result<T> + Send + Sync + 'static,
        numbers: impl Fn(&T) -> Vec<f64> + Send + Sync + 'static,
    ) -> Self {
        let run = Arc::new(run);
        let again = Arc::clone(&run);
        Self {
            answer: Box::new(move || Ok(numbers(&run()?))),
            repeat: Box::new(move |count| {
                let clock = Instant::now();
                for _ in 0..count {
                    black_box(again()?);
                }
                Ok(clock.elapsed())
            }),
        }
    }

    /// The answer.
    ///
    /// # Errors
    /// Those of the computation.
    pub fn answer(&self) -> Result<Vec<f64>> {
        (self.answer)()
    }

    /// The time of that many calls.
    ///
    /// # Errors
    /// Those of the computation.
    pub fn repeat(&self, count: usize) -> Result<Duration> {
        (self.repeat)(count)
    }
}

/// Who computes the answer of a [`Case`] beside us.
pub enum Kind {
    /// A reference in Rust.
    Native(Call),
    /// A function of `benches/peers/`: the library whose worker runs it, and its name there.
    Python {
        /// `numpy`, `numba`, `jax` or `torch`; SciPy is in the first.
        library: &'static str,
        /// As registered in the module of the task.
        variant: &'static str,
    },
}

/// Another implementation.
pub struct Other {
    /// As the table shows it.
    pub name: String,
    /// Who it is.
    pub kind: Kind,
    /// The largest relative difference from our answer; none for a reference that computes something else.
    pub tolerance: Option<f64>,
}

impl Other {
    /// A peer in Python.
    pub fn python(library: &'static str, variant: &'static str, tolerance: f64) -> Self {
        Self {
            name: variant.to_owned(),
            kind: Kind::Python { library, variant },
            tolerance: Some(tolerance),
        }
    }

    /// A reference in Rust without an answer to compare.
    pub fn native(name: &str, call: Call) -> Self {
        Self {
            name: name.to_owned(),
            kind: Kind::Native(call),
            tolerance: None,
        }
    }
}

/// Whom a target is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// The fastest of all Python peers.
    Peers,
    /// The fastest peer whose name starts so.
    Named(&'static str),
}

/// A ratio, time of the other over ours, that we want.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Whom it is about.
    pub against: Against,
    /// At least this.
    pub ratio: f64,
}

impl Target {
    /// A ratio to the fastest peer.
    pub fn peers(ratio: f64) -> Self {
        let against = Against::Peers;
        Self { against, ratio }
    }

    /// A ratio to the fastest peer of a name.
    pub fn named(name: &'static str, ratio: f64) -> Self {
        let against = Against::Named(name);
        Self { against, ratio }
    }
}

/// Our memory during one call, beside the input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MemoryTarget {
    /// The size of the input in bytes.
    pub input: usize,
    /// Peak over input, at most this.
    pub most: f64,
}

/// One input and everyone who computes its answer.
pub struct Case {
    /// What the input is, as the table shows it.
    pub size: String,
    /// Arrays for the peers.
    pub inputs: Vec<(&'static str, Array)>,
    /// Numbers for the peers.
    pub parameters: Value,
    /// Our call.
    pub ours: Call,
    /// The others.
    pub others: Vec<Other>,
    /// What we want.
    pub targets: Vec<Target>,
    /// A probe of [`scale`](crate::scale) with its arguments, and what it may need.
    pub memory: Option<(Vec<String>, MemoryTarget)>,
}

/// Builds a case for a number of threads; none where the task has nothing to say about that number.
pub type Builder = Box<dyn Fn(usize) -> Result<Option<Case>>>;

/// A task of the comparison.
pub struct Task {
    /// Its name on the command line, and its module in `benches/peers/`.
    pub name: &'static str,
    /// What it is, as the table shows it.
    pub title: &'static str,
    /// Its cases, the reduced ones if asked for.
    pub cases: fn(bool) -> Vec<Builder>,
}
