//! How time and memory grow: exponents over doubling sizes, and the largest sizes.
//!
//! Every point is measured in a process of its own, so that its peak of memory is its own.

use std::env;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use critical_points::sign_grid;
use hinge_classifier::geometric_condition;
use serde::{Deserialize, Serialize};
use teacher_student::Objective as _;
use teacher_student::initialization::{gaussian, stream};

use crate::problems::{SEED, cloud, gaussian_pair};

mod lines;

pub use lines::{Growth, Large, Point, Scaling, measure};

/// What one call took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Seconds: the least of a few calls, of one if it is slow.
    pub seconds: f64,
    /// Bytes at the peak of the call, input included.
    pub peak_bytes: usize,
    /// Bytes of the input.
    pub input_bytes: usize,
}

/// A call may be repeated until this many seconds have passed.
const PATIENCE: f64 = 0.5;
/// And so often.
const MOST: usize = 20;

/// Runs `peers --probe ARGUMENTS` in a process of its own: a name and its sizes.
///
/// # Errors
/// The process cannot be started, or fails.
pub fn probe(arguments: &[String]) -> Result<Probe> {
    let program = env::current_exe()?;
    let mut command = Command::new(program);
    // Without this glibc keeps freed memory of earlier calls and lends every thread an arena.
    command.env("MALLOC_ARENA_MAX", "1");
    let output = command
        .arg("--probe")
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(
        output.status.success(),
        "the probe {} fails",
        arguments.join(" ")
    );
    let text = String::from_utf8(output.stdout)?;
    serde_json::from_str(&text).with_context(|| format!("the probe says `{text}`"))
}

/// Does what [`probe`] asks for, in this process.
///
/// # Errors
/// An unknown name, sizes that are no numbers, or a call that fails.
pub fn run_probe(arguments: &[String]) -> Result<Probe> {
    let (name, sizes) = arguments.split_first().context("which probe?")?;
    let sizes: Vec<usize> = sizes.iter().map(|s| s.parse()).collect::<Result<_, _>>()?;
    let [a, b] = sizes[..] else {
        bail!("a probe has two sizes, not {sizes:?}");
    };
    match name.as_str() {
        "gradient" => {
            let (population, student) = gaussian_pair(a, b)?;
            measured(16 * a * b, || Ok(population.gradient(student.as_mat())?))
        }
        "hessian" => {
            let (population, student) = gaussian_pair(a, b)?;
            measured(16 * a * b, || Ok(population.hessian(student.as_mat())?))
        }
        "hessian-product" => {
            let (population, student) = gaussian_pair(a, b)?;
            let direction = gaussian(&mut stream(SEED, 4), a, b, 1.0)?;
            measured(24 * a * b, || {
                Ok(population.hessian_product(student.as_mat(), direction.as_mat())?)
            })
        }
        "geometric-condition" => {
            let weights = cloud(a, b, false)?;
            measured(8 * a * b, || {
                let verdict = geometric_condition(weights.as_ref())?;
                ensure!(verdict.holds() == Some(true), "the condition holds here");
                Ok(verdict)
            })
        }
        "sign-grid" => measured(0, || Ok(sign_grid(a, b)?)),
        "gating" => {
            let [e, w] = [1.0, -1.0].map(|sign| {
                let entry = |i: usize| if i.is_multiple_of(2) { 1.0 } else { sign * 0.5 };
                (0..b).map(entry).collect::<Vec<f64>>()
            });
            measured(16 * b, || crate::peers::tasks::gating::sampled(a, &e, &w))
        }
        _ => bail!("no probe is called `{name}`"),
    }
}

fn measured<T>(input: usize, call: impl Fn() -> Result<T>) -> Result<Probe> {
    let before = status("VmRSS")?;
    // 5 sets the peak to what is held now.
    fs::write("/proc/self/clear_refs", "5").context("cannot reset the peak of memory")?;
    let clock = Instant::now();
    call()?;
    let mut seconds = clock.elapsed().as_secs_f64();
    let peak = status("VmHWM")?.saturating_sub(before);
    for _ in 1..MOST {
        if clock.elapsed().as_secs_f64() > PATIENCE {
            break;
        }
        let turn = Instant::now();
        call()?;
        seconds = seconds.min(turn.elapsed().as_secs_f64());
    }
    Ok(Probe {
        seconds,
        peak_bytes: input + peak,
        input_bytes: input,
    })
}

/// An entry of /proc/self/status in bytes.
fn status(name: &str) -> Result<usize> {
    let text = fs::read_to_string("/proc/self/status")
        .context("memory is measured through /proc, which this system lacks")?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .with_context(|| format!("no {name} in /proc/self/status"))?;
    let kib: usize = line
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .with_context(|| format!("{name} is `{line}`"))?;
    Ok(kib << 10)
}
