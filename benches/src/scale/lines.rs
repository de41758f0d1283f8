use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::{Probe, probe};

/// A size, and what it took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// The variable.
    pub size: usize,
    /// Time and memory.
    pub probe: Probe,
}

/// Growth with one variable, the others held.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// What is computed.
    pub name: String,
    /// The variable.
    pub variable: String,
    /// What is held.
    pub held: String,
    /// The exponent of the operations.
    pub theory: f64,
    /// The measured points, sizes doubling.
    pub points: Vec<Point>,
    /// The exponent of the time by least squares of the logarithms, and its standard error.
    pub exponent: (f64, f64),
    /// The exponent of the memory beyond the input over the last doubling; none below a megabyte.
    pub memory_exponent: Option<f64>,
}

/// A large problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Large {
    /// What is computed.
    pub name: String,
    /// Its size.
    pub size: String,
    /// What it took; none if it was not run because it would take longer than some minutes.
    pub probe: Option<Probe>,
    /// What is said beside it.
    pub remark: String,
}

/// The section on scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// Threads.
    pub threads: usize,
    /// The exponents.
    pub growth: Vec<Growth>,
    /// The largest problems.
    pub large: Vec<Large>,
}

/// A probe whose variable doubles: name, probe, variable, held, exponent in theory, arguments at a size, sizes.
struct Plan {
    name: &'static str,
    probe: &'static str,
    variable: &'static str,
    held: &'static str,
    theory: f64,
    arguments: fn(usize) -> [usize; 2],
    /// First size, and doublings of the full run.
    from: usize,
    doublings: u32,
}

const PLANS: [Plan; 9] = [
    Plan {
        name: "gradient",
        probe: "gradient",
        variable: "K",
        held: "d = 100",
        theory: 2.0,
        arguments: |k| [k, 100],
        from: 125,
        doublings: 5,
    },
    Plan {
        name: "gradient",
        probe: "gradient",
        variable: "d",
        held: "K = 500",
        theory: 1.0,
        arguments: |d| [500, d],
        from: 125,
        doublings: 5,
    },
    Plan {
        name: "Hessian",
        probe: "hessian",
        variable: "K",
        held: "d = 30",
        theory: 2.0,
        arguments: |k| [k, 30],
        from: 15,
        doublings: 4,
    },
    Plan {
        name: "Hessian",
        probe: "hessian",
        variable: "d",
        held: "K = 30",
        theory: 2.0,
        arguments: |d| [30, d],
        from: 15,
        doublings: 4,
    },
    Plan {
        name: "Hessian product",
        probe: "hessian-product",
        variable: "K",
        held: "d = 100",
        theory: 2.0,
        arguments: |k| [k, 100],
        from: 125,
        doublings: 4,
    },
    Plan {
        name: "sign grid",
        probe: "sign-grid",
        variable: "n",
        held: "n × 2000 points",
        theory: 1.0,
        arguments: |n| [n, 2000],
        from: 1000,
        doublings: 5,
    },
    Plan {
        name: "geometric condition",
        probe: "geometric-condition",
        variable: "k",
        held: "d = 50",
        theory: 1.0,
        arguments: |k| [k, 50],
        from: 2000,
        doublings: 5,
    },
    Plan {
        name: "geometric condition",
        probe: "geometric-condition",
        variable: "d",
        held: "k = 20 d",
        theory: 4.0,
        arguments: |d| [20 * d, d],
        from: 25,
        doublings: 3,
    },
    Plan {
        name: "sampled gating",
        probe: "gating",
        variable: "N",
        held: "d = 50",
        theory: 1.0,
        arguments: |n| [n, 50],
        from: 50_000,
        doublings: 4,
    },
];

const LIMIT: usize = 8 << 30;
/// A problem expected to take longer is not run.
const LONGEST: f64 = 60.0;

/// Measures everything, reduced if `quick`; `say` hears of each step.
///
/// # Errors
/// A probe that fails.
pub fn measure(quick: bool, threads: usize, say: impl Fn(&str)) -> Result<Scaling> {
    let mut growth = Vec::new();
    for plan in PLANS {
        say(&format!(
            "{} in {}, {}",
            plan.name, plan.variable, plan.held
        ));
        let doublings = if quick { 2 } else { plan.doublings };
        let points: Vec<Point> = (0..=doublings)
            .map(|n| {
                let size = plan.from << n;
                Ok(Point {
                    size,
                    probe: ask(plan.probe, (plan.arguments)(size))?,
                })
            })
            .collect::<Result<_>>()?;
        let logarithms: Vec<(f64, f64)> = points
            .iter()
            .map(|p| ((p.size as f64).ln(), p.probe.seconds.ln()))
            .collect();
        growth.push(Growth {
            name: plan.name.to_owned(),
            variable: plan.variable.to_owned(),
            held: plan.held.to_owned(),
            theory: plan.theory,
            exponent: slope(&logarithms),
            memory_exponent: memory_exponent(&points),
            points,
        });
    }
    let mut large = Vec::new();
    let d = if quick { 100 } else { 1000 };
    let k = 10 * d;
    say(&format!("gradient at K = {k}, d = {d}"));
    large.push(Large {
        name: "gradient".to_owned(),
        size: format!("K = {k}, d = {d}"),
        probe: Some(ask("gradient", [k, d])?),
        remark: String::new(),
    });
    say("the largest sizes");
    let sizes = if quick { [250, 500] } else { [4000, 10_000] };
    large.push(largest(
        "gradient",
        sizes,
        2,
        quick,
        |k| [k, d],
        |k| format!("K = {k}, d = {d}"),
    )?);
    let sizes = if quick { [15, 30] } else { [50, 100] };
    large.push(largest(
        "hessian",
        sizes,
        4,
        quick,
        |n| [n, n],
        |n| format!("K = d = {n}"),
    )?);
    Ok(Scaling {
        threads,
        growth,
        large,
    })
}

fn ask(name: &str, sizes: [usize; 2]) -> Result<Probe> {
    let [a, b] = sizes.map(|size| size.to_string());
    probe(&[name.to_owned(), a, b])
}

/// The largest size within [`LIMIT`]: extrapolated from two sizes, then run unless that takes too long.
///
/// Memory is taken as α n^p + β n for the p of the largest array: a power law through small sizes would miss it.
fn largest(
    name: &str,
    [first, second]: [usize; 2],
    power: i32,
    quick: bool,
    arguments: impl Fn(usize) -> [usize; 2],
    words: impl Fn(usize) -> String,
) -> Result<Large> {
    let (a, b) = (ask(name, arguments(first))?, ask(name, arguments(second))?);
    let (low, high) = (first as f64, second as f64);
    let per_unit = |probe: &Probe, n: f64| probe.peak_bytes as f64 / n;
    let rise = per_unit(&b, high) - per_unit(&a, low);
    let array = (rise / (high.powi(power - 1) - low.powi(power - 1))).max(0.0);
    let rest = (per_unit(&b, high) - array * high.powi(power - 1)).max(0.0);
    let mut size = second;
    while array * (size as f64).powi(power) + rest * (size as f64) <= LIMIT as f64 {
        size += 1;
    }
    size -= 1;
    let time = (b.seconds / a.seconds).ln() / (high / low).ln();
    let seconds = b.seconds * (size as f64 / high).powf(time);
    let run = !quick && seconds <= LONGEST;
    let mut probe = None;
    if run {
        let mut found = ask(name, arguments(size))?;
        while found.peak_bytes > LIMIT {
            size = size * 99 / 100;
            found = ask(name, arguments(size))?;
        }
        probe = Some(found);
    }
    Ok(Large {
        name: name.to_owned(),
        size: words(size),
        probe,
        remark: if run {
            "the largest within 8 GiB".to_owned()
        } else {
            format!("the largest within 8 GiB by extrapolation, in about {seconds:.0} s: not run")
        },
    })
}

/// Least squares slope of at least two points, and its standard error (0 for two).
fn slope(points: &[(f64, f64)]) -> (f64, f64) {
    let n = points.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (x0, y0) = (mean(|p| p.0), mean(|p| p.1));
    let spread: f64 = points.iter().map(|p| (p.0 - x0).powi(2)).sum();
    let slope = points.iter().map(|p| (p.0 - x0) * (p.1 - y0)).sum::<f64>() / spread;
    let rest: f64 = points
        .iter()
        .map(|p| (p.1 - y0 - slope * (p.0 - x0)).powi(2))
        .sum();
    let error = if points.len() > 2 {
        (rest / (n - 2.0) / spread).sqrt()
    } else {
        0.0
    };
    (slope, error)
}

fn memory_exponent(points: &[Point]) -> Option<f64> {
    let [.., a, b] = points else { return None };
    let beyond = |p: &Point| (p.probe.peak_bytes - p.probe.input_bytes) as f64;
    (beyond(a) > 1e6).then(|| (beyond(b) / beyond(a)).log2())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_a_power_is_its_exponent() {
        let points: Vec<(f64, f64)> = [1.0, 2.0, 4.0, 8.0_f64]
            .map(|x| (x.ln(), (3.0 * x.powi(2)).ln()))
            .to_vec();
        let (exponent, error) = slope(&points);
        assert!((exponent - 2.0).abs() < 1e-12 && error < 1e-7);
        let (_, error) = slope(&[(0.0, 0.0), (1.0, 1.2), (2.0, 1.9)]);
        assert!(error > 0.01);
    }
}
