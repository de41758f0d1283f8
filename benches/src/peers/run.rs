//! The whole comparison, from the command line to the files.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use arrays::write;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::measure::{Budget, Stage};
use super::options::Options;
use super::record::{Record, Records};
use super::tasks::TASKS;
use super::{chart, report};
use crate::machine::{compiler, root};
use crate::scale;

/// The files of a run.
struct Files {
    json: PathBuf,
    page: PathBuf,
    images: PathBuf,
}

impl Files {
    /// The documents of the workspace, or a folder of their own for a reduced run.
    fn new(quick: bool) -> Result<Self> {
        let docs = root().join("docs");
        if !quick {
            return Ok(Self {
                json: docs.join("benchmarks.json"),
                page: docs.join("BENCHMARKS.md"),
                images: docs.join("images"),
            });
        }
        let place = scratch().join("quick");
        fs::create_dir_all(&place)?;
        let page = place.join("BENCHMARKS.md");
        fs::copy(docs.join("BENCHMARKS.md"), &page).context("docs/BENCHMARKS.md")?;
        Ok(Self {
            json: place.join("benchmarks.json"),
            page,
            images: place,
        })
    }

    fn read(&self) -> Result<Records> {
        if !self.json.exists() {
            return Ok(Records::default());
        }
        let text = fs::read_to_string(&self.json)?;
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", self.json.display()))
    }

    fn write(&self, records: &Records) -> Result<()> {
        let mut text = serde_json::to_string_pretty(records)?;
        text.push('\n');
        write::whole(&self.json, text.as_bytes())?;
        let page = fs::read_to_string(&self.page)?;
        let page = report::inserted(&page, "peers", &report::peers(records))?;
        let page = match &records.scale {
            Some(scaling) => report::inserted(&page, "scale", &report::scale(scaling))?,
            None => page,
        };
        write::whole(&self.page, page.as_bytes())?;
        if !records.cases.is_empty() {
            let svg = chart::ratios(&records.cases);
            write::whole(&self.images.join("peers.svg"), svg.as_bytes())?;
        }
        if let Some(scaling) = &records.scale {
            let svg = chart::growth(scaling);
            write::whole(&self.images.join("scale.svg"), svg.as_bytes())?;
        }
        println!("wrote {} and {}", self.page.display(), self.json.display());
        Ok(())
    }
}

fn scratch() -> PathBuf {
    root().join("target").join("peers")
}

/// Does what the options say.
///
/// # Errors
/// An unknown task, a missing library, answers that disagree, files that cannot be written.
pub fn run(options: &Options) -> Result<()> {
    if let Some(arguments) = &options.probe {
        println!("{}", serde_json::to_string(&scale::run_probe(arguments)?)?);
        return Ok(());
    }
    let clock = Instant::now();
    let files = Files::new(options.quick)?;
    let mut records = files.read()?;
    if options.instead.render {
        return files.write(&records);
    }
    let cores = available_parallelism()?.get();
    let processor = processor();
    if options.instead.scale {
        let scaling = scale::measure(options.quick, cores, |step| {
            println!("{:6.1} s  {step}", clock.elapsed().as_secs_f64());
        })?;
        if records.processor.is_empty() {
            (records.processor, records.cores) = (processor, cores);
        }
        records.scale = Some(scaling);
        return files.write(&records);
    }
    for name in &options.task {
        if !TASKS.iter().any(|task| task.name == name) {
            let known: Vec<&str> = TASKS.iter().map(|task| task.name).collect();
            bail!(
                "no task is called `{name}`: the tasks are {}",
                known.join(", ")
            );
        }
    }
    let mut libraries = vec!["numpy", "numba", "jax"];
    if options.with_torch {
        libraries.push("torch");
    }
    let place = scratch().join("work");
    fs::create_dir_all(&place)?;
    let scripts = root().join("benches").join("peers");
    let budget = Budget::new(options.quick);
    let mut stage = Stage::new(options.python.clone(), scripts, place, libraries, budget);
    let mut versions = stage.versions()?;
    versions.insert("rustc".to_owned(), compiler());
    // Numbers of another machine or of other versions do not stand beside these.
    if (&records.processor, records.cores, &records.versions) != (&processor, cores, &versions) {
        records.cases.clear();
    }
    (records.processor, records.cores, records.versions) = (processor, cores, versions);

    let pools = pools(cores)?;
    for task in &TASKS {
        if !options.task.is_empty() && !options.task.iter().any(|name| name == task.name) {
            continue;
        }
        let mut found = Vec::new();
        for build in (task.cases)(options.quick) {
            for pool in &pools {
                if let Some(case) = build(pool.current_num_threads())? {
                    let record = stage.case(task, case, pool)?;
                    println!(
                        "{:6.1} s  {}",
                        clock.elapsed().as_secs_f64(),
                        report::line(&record)
                    );
                    found.push(record);
                }
            }
        }
        records.cases.retain(|record| record.task != task.name);
        records.cases.extend(found);
        records.cases.sort_by_key(place_of);
        // What has been measured is kept if a later task fails.
        files.write(&records)?;
    }
    Ok(())
}

fn place_of(record: &Record) -> usize {
    let place = TASKS.iter().position(|task| task.name == record.task);
    place.unwrap_or(TASKS.len())
}

/// A pool of one thread, and one of all cores if there are more.
fn pools(cores: usize) -> Result<Vec<ThreadPool>> {
    let counts = if cores > 1 { vec![1, cores] } else { vec![1] };
    counts
        .into_iter()
        .map(|count| Ok(ThreadPoolBuilder::new().num_threads(count).build()?))
        .collect()
}

fn processor() -> String {
    let text = fs::read_to_string(Path::new("/proc/cpuinfo")).unwrap_or_default();
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix(':'))
            .map(|value| value.trim().to_owned())
    };
    let name = field("model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    match (field("cpu family"), field("model\t")) {
        (Some(family), Some(model)) => format!("{name} (family {family}, model {model})"),
        _ => name,
    }
}
