use serde::{Deserialize, Serialize};

use crate::cell::Cell;
use crate::error::Error;
use crate::law::{Rule, Start, Teacher, Top};

/// The most cells of a grid.
const MOST_CELLS: usize = 1_000_000;
/// The most weights of one student: a state of 8 MiB.
const MOST_WEIGHTS: usize = 1 << 20;

/// A grid of descents: every combination of the lists is a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Seed of all random numbers.
    #[serde(default)]
    pub seed: u64,
    /// Runs a cell.
    pub replicates: u32,
    /// Level of the confidence intervals of the shares.
    #[serde(default = "level")]
    pub confidence: f64,
    /// A run ends where its gradient norm is at most this.
    #[serde(default = "stop_gradient")]
    pub stop_gradient: f64,
    /// K, of student and teacher.
    pub neurons: Vec<usize>,
    /// d; left out, d = K.
    #[serde(default)]
    pub dimension: Vec<usize>,
    /// Standard deviation of normal noise that is added to every entry of the start.
    #[serde(default = "no_noise")]
    pub noise: Vec<f64>,
    /// Laws of the start.
    #[serde(default = "xavier")]
    pub start: Vec<Start>,
    /// Laws of the teacher.
    #[serde(default = "orthonormal")]
    pub teacher: Vec<Teacher>,
    /// Top weights of student and teacher.
    #[serde(default = "ones")]
    pub top: Vec<Top>,
    /// Descent rules.
    #[serde(default = "adaptive")]
    pub rule: Vec<Rule>,
}

fn level() -> f64 {
    0.95
}

fn stop_gradient() -> f64 {
    1e-9
}

fn no_noise() -> Vec<f64> {
    vec![0.0]
}

fn xavier() -> Vec<Start> {
    vec![Start::Xavier {}]
}

fn orthonormal() -> Vec<Teacher> {
    vec![Teacher::Orthonormal]
}

fn ones() -> Vec<Top> {
    vec![Top::Ones]
}

fn adaptive() -> Vec<Rule> {
    vec![Rule::Adaptive {
        time: 1e4,
        tolerance: None,
    }]
}

impl Config {
    /// Reads and checks a configuration; `file` names it in messages.
    ///
    /// # Errors
    /// Text that is no TOML, an unknown or missing key, or a value outside its range.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .and_then(|span| text.get(..span.start))
                .map(|before| 1 + before.matches('\n').count());
            Error::Syntax {
                file: file.to_owned(),
                place: line.map_or(String::new(), |line| format!(", line {line}")),
                reason: error.message().replace('\n', " "),
            }
        })?;
        config.check(file)?;
        Ok(config)
    }

    fn check(&self, file: &str) -> Result<(), Error> {
        let refuse = |name, value: String, requirement| {
            Err(Error::Setting {
                file: file.to_owned(),
                name,
                value,
                requirement,
            })
        };
        let positive = |x: f64| x.is_finite() && x > 0.0;
        if self.replicates == 0 {
            return refuse("replicates", "0".to_owned(), "at least 1 is needed");
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            let value = self.confidence.to_string();
            return refuse("confidence", value, "it must lie between 0 and 1");
        }
        if !(self.stop_gradient.is_finite() && self.stop_gradient >= 0.0) {
            let value = self.stop_gradient.to_string();
            return refuse("stop_gradient", value, "it must be finite and not negative");
        }
        let lengths = [
            ("neurons", self.neurons.len()),
            ("noise", self.noise.len()),
            ("start", self.start.len()),
            ("teacher", self.teacher.len()),
            ("top", self.top.len()),
            ("rule", self.rule.len()),
        ];
        for (name, length) in lengths {
            if length == 0 {
                return refuse(name, "[]".to_owned(), "the list needs an entry");
            }
        }
        if self.neurons.contains(&0) {
            return refuse("neurons", "0".to_owned(), "at least 1 is needed");
        }
        if self.dimension.contains(&0) {
            return refuse("dimension", "0".to_owned(), "at least 1 is needed");
        }
        let most = self.neurons.iter().max().copied().unwrap_or(1);
        let widest = self.dimension.iter().max().copied().unwrap_or(most);
        if most.checked_mul(widest).is_none_or(|n| n > MOST_WEIGHTS) {
            let value = format!("{most} with dimension {widest}");
            return refuse(
                "neurons",
                value,
                "one student may have at most 2^20 weights",
            );
        }
        let narrowest = self.dimension.iter().min().copied().unwrap_or(most);
        if self.teacher.contains(&Teacher::Orthonormal) && narrowest < most {
            return refuse(
                "dimension",
                narrowest.to_string(),
                "an orthonormal teacher needs at least as many dimensions as the largest `neurons`",
            );
        }
        for noise in &self.noise {
            if !(noise.is_finite() && *noise >= 0.0) {
                return refuse(
                    "noise",
                    noise.to_string(),
                    "it must be finite and not negative",
                );
            }
        }
        for start in &self.start {
            let (name, value, fits) = match *start {
                Start::Symmetric { x0, y0 } => {
                    let moved = x0 != 0.0 || y0 != 0.0 || self.noise.iter().all(|n| *n > 0.0);
                    ("x0", x0, x0.is_finite() && y0.is_finite() && moved)
                }
                Start::Gaussian { deviation } => ("deviation", deviation, positive(deviation)),
                Start::Ball { radius } => ("radius", radius, positive(radius)),
                Start::NearTeacher { distance } => (
                    "distance",
                    distance,
                    distance.is_finite() && distance >= 0.0,
                ),
                Start::Xavier {} | Start::He {} | Start::Lecun {} => ("", 0.0, true),
            };
            if !fits {
                return refuse(
                    name,
                    value.to_string(),
                    "it must be finite and must not make all neurons zero or a spread negative",
                );
            }
        }
        for rule in &self.rule {
            let (name, value) = match *rule {
                Rule::Gd { step, steps } | Rule::Rk4 { step, steps } => {
                    if steps == 0 {
                        return refuse("steps", "0".to_owned(), "at least 1 is needed");
                    }
                    ("step", step)
                }
                Rule::Adaptive { time, tolerance }
                | Rule::Chebyshev { time, tolerance }
                | Rule::Exponential { time, tolerance } => {
                    if !positive(time) {
                        let value = time.to_string();
                        return refuse("time", value, "it must be finite and positive");
                    }
                    ("tolerance", tolerance.unwrap_or_default())
                }
            };
            if let Some(doubt) = rule.method(self.stop_gradient).doubt() {
                return refuse(name, value.to_string(), doubt);
            }
        }
        let cells = lengths
            .iter()
            .map(|(_, length)| *length as f64)
            .product::<f64>()
            * self.dimension.len().max(1) as f64;
        if cells > MOST_CELLS as f64 {
            return Err(Error::TooManyCells {
                file: file.to_owned(),
                cells,
                limit: MOST_CELLS,
            });
        }
        Ok(())
    }

    /// All cells, the last key fastest, in the order of the keys: neurons, dimension, noise, start, teacher, top, rule.
    pub fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for &neurons in &self.neurons {
            let dimensions = if self.dimension.is_empty() {
                &[neurons][..]
            } else {
                &self.dimension
            };
            for &dimension in dimensions {
                for &noise in &self.noise {
                    for &start in &self.start {
                        for &teacher in &self.teacher {
                            for &top in &self.top {
                                for &rule in &self.rule {
                                    cells.push(Cell {
                                        index: cells.len(),
                                        neurons,
                                        dimension,
                                        noise,
                                        start,
                                        teacher,
                                        top,
                                        rule,
                                    });
                                }
                            }
                        }
                    }
                }
            }
        }
        cells
    }

    /// The configuration in full, as TOML: what a folder of results keeps.
    pub(crate) fn canonical(&self) -> String {
        // Numbers, names and lists of tables: TOML holds them all.
        toml::to_string(self).unwrap_or_default()
    }
}
