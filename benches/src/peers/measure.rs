//! Runs a case: answers first, then rounds in which everyone has a turn.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use arrays::{npz, write};
use rayon::ThreadPool;
use serde_json::{Value, json};

use super::case::{Call, Case, Kind, Other, Task};
use super::record::{MemoryRecord, OtherRecord, Record, TargetRecord, Timing};
use super::worker::Worker;
use crate::scale::probe;

/// A turn lasts at least this.
const TURN: f64 = 0.02;
/// Between turns, so that the threads of the last one have gone to sleep.
const PAUSE: Duration = Duration::from_millis(3);
/// Starting Python and compiling.
const START: Duration = Duration::from_mins(5);

/// How much time there is.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Most rounds.
    pub rounds: usize,
    /// Seconds for the rounds of a case.
    pub seconds: f64,
    /// Whoever's first call takes longer has no further rounds.
    pub slow: f64,
    /// A call is stopped after this.
    pub limit: f64,
}

impl Budget {
    /// For a full or a reduced run.
    pub fn new(quick: bool) -> Self {
        let (rounds, seconds, slow, limit) = if quick {
            (3, 0.6, 1.0, 20.0)
        } else {
            (15, 10.0, 4.0, 120.0)
        };
        Self {
            rounds,
            seconds,
            slow,
            limit,
        }
    }
}

/// The Python side: where it is, and the workers that run.
pub struct Stage {
    /// The interpreter.
    pub python: PathBuf,
    /// The folder of `worker.py`.
    pub scripts: PathBuf,
    /// A folder for inputs, answers and compiled code.
    pub scratch: PathBuf,
    /// The libraries that take part.
    pub libraries: Vec<&'static str>,
    /// Time.
    pub budget: Budget,
    workers: BTreeMap<(&'static str, usize), Worker>,
    /// How a worker is told to prepare the current case, but for the variant.
    request: Value,
    /// Library, threads and variant of what is prepared for the current case.
    prepared: BTreeSet<(&'static str, usize, &'static str)>,
}

/// Someone who takes turns.
struct Player {
    first: f64,
    calls: usize,
    seconds: Vec<f64>,
    out: bool,
}

impl Player {
    fn new(first: f64, budget: Budget) -> Self {
        Self {
            first,
            calls: calls(first),
            seconds: Vec::new(),
            out: first > budget.slow,
        }
    }

    fn timing(self) -> Timing {
        if self.seconds.is_empty() {
            Timing::of(vec![self.first], 1)
        } else {
            Timing::of(self.seconds, self.calls)
        }
    }
}

fn calls(seconds: f64) -> usize {
    let count = (TURN / seconds.max(1e-9)).ceil();
    // Between 1 and 2·10⁷.
    let mut calls = 1;
    while (calls as f64) < count {
        calls *= 2;
    }
    calls
}

impl Stage {
    /// Without a worker yet.
    pub fn new(
        python: PathBuf,
        scripts: PathBuf,
        scratch: PathBuf,
        libraries: Vec<&'static str>,
        budget: Budget,
    ) -> Self {
        Self {
            python,
            scripts,
            scratch,
            libraries,
            budget,
            workers: BTreeMap::new(),
            request: Value::Null,
            prepared: BTreeSet::new(),
        }
    }

    fn worker(&mut self, library: &'static str, threads: usize) -> Result<&mut Worker> {
        let key = (library, threads);
        if !self.workers.contains_key(&key) {
            let cache = self.scratch.join("numba");
            let worker = Worker::start(&self.python, &self.scripts, &cache, library, threads)?;
            self.workers.insert(key, worker);
        }
        self.workers
            .get_mut(&key)
            .context("the worker was just started")
    }

    /// None if the request took longer than its limit; the worker is then started afresh for the next one.
    fn ask(
        &mut self,
        library: &'static str,
        threads: usize,
        request: &Value,
        limit: Duration,
    ) -> Result<Option<Value>> {
        let answer = self.worker(library, threads)?.ask(request, limit)?;
        if answer.is_none() {
            self.workers.remove(&(library, threads));
            // What else it had prepared is gone with it.
            self.prepared.retain(|p| (p.0, p.1) != (library, threads));
        }
        Ok(answer)
    }

    /// Prepares a variant for the current case, unless it is.
    fn prepare(
        &mut self,
        library: &'static str,
        threads: usize,
        variant: &'static str,
    ) -> Result<()> {
        if self.prepared.contains(&(library, threads, variant)) {
            return Ok(());
        }
        let mut request = self.request.clone();
        request["variant"] = variant.into();
        if self.ask(library, threads, &request, START)?.is_none() {
            bail!("{variant} is not ready after {START:?}");
        }
        self.prepared.insert((library, threads, variant));
        Ok(())
    }

    /// Versions of the libraries, by name.
    ///
    /// # Errors
    /// A library that is not installed.
    pub fn versions(&mut self) -> Result<BTreeMap<String, String>> {
        let mut versions = BTreeMap::new();
        for library in self.libraries.clone() {
            let answer = self.ask(library, 1, &json!({"do": "versions"}), START)?;
            let answer = answer.with_context(|| format!("{library} does not start"))?;
            let found = answer["versions"].as_object().into_iter().flatten();
            versions.extend(found.map(|(k, v)| (k.clone(), v.as_str().unwrap_or("").to_owned())));
        }
        Ok(versions)
    }

    /// Runs one case.
    ///
    /// # Errors
    /// A computation that fails, or answers that disagree.
    pub fn case(&mut self, task: &Task, case: Case, pool: &ThreadPool) -> Result<Record> {
        let threads = pool.current_num_threads();
        let place = format!("{}, {}, on {threads} threads", task.name, case.size);
        let inputs = self.scratch.join("inputs.npz");
        write::whole(&inputs, &npz::encode("inputs.npz", &case.inputs)?)?;
        self.prepared.clear();
        self.request = json!({
            "do": "prepare", "task": task.name, "parameters": case.parameters, "inputs": inputs, "case": place,
        });
        let (ours, first) = answered(pool, &case.ours).with_context(|| place.clone())?;
        ensure!(
            ours.iter().all(|x| x.is_finite()),
            "{place}: our answer is not finite"
        );

        let mut me = Player::new(first, self.budget);
        let mut players = Vec::new();
        for other in case.others {
            if let Kind::Python { library, .. } = other.kind
                && !self.libraries.contains(&library)
            {
                continue;
            }
            let (answer, player) = self.first(task, &other, pool)?;
            let difference = answer.map(|answer| difference(&ours, &answer));
            if let (Some(difference), Some(tolerance)) = (difference, other.tolerance)
                && (difference.is_nan() || difference > tolerance)
            {
                bail!(
                    "{place}: {} differs from us by {difference:.2e}, more than {tolerance:.0e}",
                    other.name
                );
            }
            players.push((other, player, difference));
        }

        self.rounds(task, &case.ours, &mut me, &mut players, pool)
            .with_context(|| place.clone())?;
        let memory = case.memory.map(|(arguments, target)| {
            let peak = probe(&arguments)?.peak_bytes;
            anyhow::Ok(MemoryRecord {
                input: target.input,
                peak,
                most: target.most,
            })
        });
        let ours = me.timing();
        let others: Vec<OtherRecord> = players
            .into_iter()
            .map(|(other, player, difference)| {
                let stopped = || Timing::stopped(self.budget.limit);
                let timing = player.map_or_else(stopped, Player::timing);
                OtherRecord::new(other, timing, difference, &ours)
            })
            .collect();
        let targets = case.targets.iter();
        let targets = targets
            .map(|target| TargetRecord::new(*target, &others))
            .collect();
        Ok(Record {
            task: task.name.to_owned(),
            title: task.title.to_owned(),
            size: case.size,
            threads,
            ours,
            others,
            targets,
            memory: memory.transpose()?,
        })
    }

    /// The answer and the first time of another; no player if it was stopped.
    fn first(
        &mut self,
        task: &Task,
        other: &Other,
        pool: &ThreadPool,
    ) -> Result<(Option<Vec<f64>>, Option<Player>)> {
        match &other.kind {
            Kind::Native(call) => {
                let (answer, first) = answered(pool, call)?;
                let answer = other.tolerance.is_some().then_some(answer);
                Ok((answer, Some(Player::new(first, self.budget))))
            }
            Kind::Python { library, variant } => {
                let threads = pool.current_num_threads();
                self.prepare(library, threads, variant)?;
                let file = self.scratch.join("answer.npz");
                let request = json!({
                    "do": "answer", "task": task.name, "variant": variant, "output": file,
                });
                let limit = Duration::from_secs_f64(self.budget.limit);
                let Some(reply) = self.ask(library, threads, &request, limit)? else {
                    return Ok((None, None));
                };
                let seconds = number(&reply, "seconds")?;
                let bytes = std::fs::read(&file)?;
                let answer = npz::decode_one("answer.npz", &bytes, Some("answer"))?;
                let player = Player::new(seconds, self.budget);
                Ok((Some(answer.data().to_vec()), Some(player)))
            }
        }
    }

    fn rounds(
        &mut self,
        task: &Task,
        ours: &Call,
        me: &mut Player,
        players: &mut [(Other, Option<Player>, Option<f64>)],
        pool: &ThreadPool,
    ) -> Result<()> {
        let threads = pool.current_num_threads();
        let clock = Instant::now();
        // The first round sets the number of calls, which a first call with its page faults would underrate.
        for round in 0..=self.budget.rounds {
            if round > 1 && clock.elapsed().as_secs_f64() > self.budget.seconds {
                break;
            }
            if !me.out {
                std::thread::sleep(PAUSE);
                let seconds = timed(pool, ours, me.calls)?;
                turn(me, seconds, round);
            }
            for (other, player, _) in &mut *players {
                let Some(player) = player else { continue };
                if player.out {
                    continue;
                }
                std::thread::sleep(PAUSE);
                let seconds = match &other.kind {
                    Kind::Native(call) => timed(pool, call, player.calls)?,
                    Kind::Python { library, variant } => {
                        self.prepare(library, threads, variant)?;
                        let request = json!({
                            "do": "time", "task": task.name, "variant": variant, "calls": player.calls,
                        });
                        let reply = self.ask(library, threads, &request, START)?;
                        let reply = reply.with_context(|| format!("{variant} hangs"))?;
                        number(&reply, "seconds")?
                    }
                };
                turn(player, seconds, round);
            }
        }
        Ok(())
    }
}

fn turn(player: &mut Player, seconds: f64, round: usize) {
    if round == 0 {
        player.calls = calls(seconds.min(player.first));
    } else {
        player.seconds.push(seconds);
    }
}

fn number(reply: &Value, key: &str) -> Result<f64> {
    let value = reply[key].as_f64();
    value.with_context(|| format!("the worker's answer {reply} has no number `{key}`"))
}

/// The answer, and the seconds of that one call.
fn answered(pool: &ThreadPool, call: &Call) -> Result<(Vec<f64>, f64)> {
    pool.install(|| {
        let clock = Instant::now();
        let answer = call.answer()?;
        Ok((answer, clock.elapsed().as_secs_f64()))
    })
}

/// Seconds per call on the threads of a pool.
fn timed(pool: &ThreadPool, call: &Call, count: usize) -> Result<f64> {
    let elapsed = pool.install(|| call.repeat(count))?;
    Ok(elapsed.as_secs_f64() / count as f64)
}

/// ‖b − a‖/‖a‖; infinite for answers of unequal length.
fn difference(a: &[f64], b: &[f64]) -> f64 {
    if a.len() != b.len() {
        return f64::INFINITY;
    }
    let size: f64 = a.iter().map(|x| x * x).sum();
    let apart: f64 = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum();
    if apart == 0.0 {
        0.0
    } else {
        (apart / size).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_relative_and_sees_lengths() {
        assert_eq!(difference(&[3.0, 4.0], &[3.0, 4.0]), 0.0);
        assert!((difference(&[3.0, 4.0], &[3.0, 4.5]) - 0.1).abs() < 1e-15);
        assert_eq!(difference(&[1.0], &[1.0, 0.0]), f64::INFINITY);
        assert!(difference(&[1.0], &[f64::NAN]).is_nan());
    }

    #[test]
    fn a_turn_lasts_long_enough() {
        assert_eq!(calls(1.0), 1);
        assert!((calls(1e-6) as f64) * 1e-6 >= TURN);
    }
}
