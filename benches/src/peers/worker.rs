//! A Python process that computes on request: one JSON object a line in, one out.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Settings of a user's shell that would change what a peer does.
const UNSET: [&str; 4] = [
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "PYTHONPATH",
    "PYTHONHOME",
];
/// Variables that hold a number of threads.
const THREADS: [&str; 4] = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
];

/// A running process; it ends when this is dropped.
pub struct Worker {
    child: Child,
    input: ChildStdin,
    lines: Receiver<std::io::Result<String>>,
    name: String,
}

impl Worker {
    /// Starts `python scripts/worker.py` for one library and a number of threads; compiled code is kept in `cache`.
    ///
    /// # Errors
    /// The interpreter cannot be started.
    pub fn start(
        python: &Path,
        scripts: &Path,
        cache: &Path,
        library: &str,
        threads: usize,
    ) -> Result<Self> {
        let mut command = Command::new(python);
        for name in UNSET {
            command.env_remove(name);
        }
        for name in THREADS {
            command.env(name, threads.to_string());
        }
        let flags = if threads == 1 {
            "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        } else {
            ""
        };
        let mut child = command
            .arg("-u")
            .arg(scripts.join("worker.py"))
            .arg(library)
            .arg(threads.to_string())
            .env("XLA_FLAGS", flags)
            .env("JAX_PLATFORMS", "cpu")
            .env("JAX_ENABLE_X64", "1")
            .env("NUMBA_CACHE_DIR", cache)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", python.display()))?;
        let input = child.stdin.take().context("no pipe to the worker")?;
        let output = child.stdout.take().context("no pipe from the worker")?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            input,
            lines,
            name: format!("the {library} worker on {threads} threads"),
        })
    }

    /// Sends a request and waits for its answer; none if that takes longer than `limit`, and then the worker is of no use
    /// any more.
    ///
    /// # Errors
    /// A worker that ended, says no JSON, or reports an error.
    pub fn ask(&mut self, request: &Value, limit: Duration) -> Result<Option<Value>> {
        writeln!(self.input, "{request}").with_context(|| format!("{} is gone", self.name))?;
        let line = match self.lines.recv_timeout(limit) {
            Ok(line) => line.with_context(|| format!("cannot read from {}", self.name))?,
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                bail!("{} ended without an answer to {request}", self.name)
            }
        };
        let answer: Value = serde_json::from_str(&line)
            .with_context(|| format!("{} says `{line}`, which is no JSON", self.name))?;
        if let Some(error) = answer.get("error") {
            bail!("{}: {}", self.name, error.as_str().unwrap_or_default());
        }
        Ok(Some(answer))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A process that has ended already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
