//! Runs items one after the other, each with all threads, and writes the report.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Once;
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail};
use ledger::Ledger;

use super::item::{Context, Item, Outcome, Scale, Verdict};
use super::progress::Progress;
use super::results::{Results, round};
use super::store::{Fingerprint, Record, Store, pretty};
use super::{report, summary};
use crate::training_run;

/// What to run and where to write.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The ids to run; empty for all.
    pub ids: Vec<String>,
    /// How much work.
    pub scale: Scale,
    /// The output directory.
    pub out: PathBuf,
    /// The seed of every random stream.
    pub seed: u64,
    /// The number of threads, at least one.
    pub jobs: usize,
    /// Run finished items again.
    pub force: bool,
    /// The directory of the training that the figures of LeNet-5 read; it need not be there.
    pub training: PathBuf,
    /// Say what happens on standard error.
    pub talk: bool,
}

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct Ran {
    /// The items that were computed.
    pub computed: Vec<&'static str>,
    /// The items that were finished before.
    pub taken_over: Vec<&'static str>,
    /// The items whose verdict is `fail`, or that broke off.
    pub failed: Vec<&'static str>,
}

/// Runs the chosen items of `items` and writes the report.
///
/// # Errors
/// A sentence for an unknown id, a directory that cannot be written, no threads, or no room
/// left. An item that breaks off is no error: it counts as failed and is run again next time.
pub fn run(items: &[Item], ledger: &Ledger, settings: &Settings) -> anyhow::Result<Ran> {
    let chosen = select(items, &settings.ids)?;
    if settings.jobs == 0 {
        bail!("--jobs 0 leaves no thread to work; use 1 or more");
    }
    faer::set_global_parallelism(faer::Par::Seq);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(settings.jobs)
        .build()
        .with_context(|| format!("cannot start {} threads", settings.jobs))?;
    let fingerprint = Fingerprint::of_this_program(settings.seed, settings.scale)?;
    let input = training_run::stamp(&settings.training);
    let mut store = Store::open(&settings.out, fingerprint, input)?;

    let mut ran = Ran::default();
    let mut broken = BTreeMap::new();
    for (index, item) in chosen.iter().enumerate() {
        let label = format!("[{:>2}/{}] {:<12}", index + 1, chosen.len(), item.id);
        let say = |line: String| {
            if settings.talk {
                eprintln!("{label} {line}");
            }
        };
        if !settings.force
            && let Some(record) = store.finished(item.id)
        {
            say(format!("{}  finished before", record.verdict.name()));
            ran.taken_over.push(item.id);
            if record.verdict == Verdict::Fail {
                ran.failed.push(item.id);
            }
            continue;
        }
        let progress = if settings.talk {
            Progress::bar(&label)
        } else {
            Progress::hidden()
        };
        let context = Context::new(item.id, settings.scale, settings.seed, progress.clone())
            .with_training(&settings.training);
        let start = Instant::now();
        let outcome = pool.install(|| compute(item, &context));
        progress.finish();
        ran.computed.push(item.id);
        match outcome {
            Ok(outcome) => {
                let seconds = start.elapsed().as_secs_f64();
                let record = store.keep(item, &outcome, seconds)?;
                say(format!(
                    "{}  {seconds:.1} s  {}",
                    record.verdict.name(),
                    item.title
                ));
                if record.verdict == Verdict::Fail {
                    ran.failed.push(item.id);
                }
            }
            Err(reason) => {
                say(format!("fail  broke off: {reason:#}"));
                broken.insert(item.id, format!("{reason:#}"));
                ran.failed.push(item.id);
            }
        }
    }
    conclude(items, ledger, &store, broken)?;
    Ok(ran)
}

fn conclude(
    items: &[Item],
    ledger: &Ledger,
    store: &Store,
    broken: BTreeMap<&str, String>,
) -> anyhow::Result<()> {
    let records: BTreeMap<&str, Record> = items
        .iter()
        .filter(|item| !broken.contains_key(item.id))
        .filter_map(|item| Some((item.id, store.finished(item.id)?)))
        .collect();
    let seconds: BTreeMap<&str, f64> = records
        .keys()
        // Rounded as they are written: a later run, which reads them back, must find the same total.
        .map(|id| (*id, round(store.seconds(id))))
        .collect();
    let total = seconds.values().sum();
    let fingerprint = store.fingerprint();
    let results = Results {
        fingerprint,
        ledger,
        items,
        records,
        broken,
        seconds,
        total,
    };
    store.write("summary.json", &pretty(&summary::summary(&results))?)?;
    store.write(
        "index.html",
        report::html(&results, store.root())?.as_bytes(),
    )?;
    store.close();
    Ok(())
}

/// The items with the given ids in catalogue order, all of `items` for an empty list.
///
/// # Errors
/// A sentence that names the first unknown id, the nearest known one, and all known ones.
pub fn select<'a>(items: &'a [Item], ids: &[String]) -> anyhow::Result<Vec<&'a Item>> {
    for id in ids {
        if !items.iter().any(|item| item.id == id) {
            anyhow::bail!("{}", unknown(items, id));
        }
    }
    Ok(items
        .iter()
        .filter(|item| ids.is_empty() || ids.iter().any(|id| id == item.id))
        .collect())
}

fn unknown(items: &[Item], id: &str) -> String {
    let distance = |item: &&Item| strsim::damerau_levenshtein(&id.to_lowercase(), item.id);
    let hint = items
        .iter()
        .min_by_key(distance)
        .filter(|item| distance(item) <= 1 + id.len() / 3)
        .map_or(String::new(), |item| {
            format!(" Did you mean `{}`?", item.id)
        });
    let known: Vec<&str> = items.iter().map(|item| item.id).collect();
    format!(
        "no item is called `{id}`.{hint}\nThe known ones are: {}",
        known.join(", ")
    )
}

/// Runs an item; a panic inside it becomes an error.
fn compute(item: &Item, context: &Context) -> anyhow::Result<Outcome> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // Threads of a pool work for items only; their panics are reported below.
            if rayon::current_thread_index().is_none() {
                usual(panic);
            }
        }));
    });
    let result = std::panic::catch_unwind(AssertUnwindSafe(|| (item.run)(context)));
    result.unwrap_or_else(|panic| {
        let words = panic
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no words".to_owned());
        Err(anyhow!(
            "the computation stopped with an internal error: {words}"
        ))
    })
}
