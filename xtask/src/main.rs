//! Starts the project's tasks: `cargo xtask TASK`.
//!
//! It depends on nothing, so that it starts at once; the work is done by the programs it starts.

use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

mod peers;

/// A task: its name, what it does, and the commands it stands for, the last of which gets the arguments.
struct Task {
    name: &'static str,
    about: &'static str,
    start: fn() -> Vec<Command>,
}

const TASKS: &[Task] = &[
    Task {
        name: "reproduce",
        about: "recompute the papers' statements and figures (--help for its options)",
        start: reproduce,
    },
    Task {
        name: "claims",
        about: "compare the claims ledger with tests and figures, and write docs/CLAIMS.md (--check: only compare)",
        start: claims,
    },
    Task {
        name: "peers",
        about: "compare with NumPy, SciPy, Numba and JAX, and write docs/BENCHMARKS.md (--help for its options)",
        start: peers::start,
    },
    Task {
        name: "bench-check",
        about: "compare the instruction counts of hot kernels with the accepted ones (--update: accept them)",
        start: bench_check,
    },
    Task {
        name: "ci",
        about: "run everything continuous integration runs",
        start: ci,
    },
];

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let Some(name) = arguments.next() else {
        eprint!("{}", help());
        return ExitCode::from(2);
    };
    if ["help", "--help", "-h"].iter().any(|word| name == *word) {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(task) = TASKS.iter().find(|task| name == task.name) else {
        eprint!(
            "error: no task is called `{}`\n\n{}",
            name.display(),
            help()
        );
        return ExitCode::from(2);
    };
    let mut commands = (task.start)();
    if let Some(last) = commands.last_mut() {
        last.args(arguments);
    }
    for command in &mut commands {
        match command.status() {
            Ok(status) if status.success() => {}
            Ok(status) => return exit_code(status),
            Err(reason) => {
                eprintln!(
                    "error: cannot start {}: {reason}",
                    command.get_program().display()
                );
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn help() -> String {
    let mut text = String::from("Usage: cargo xtask TASK [OPTIONS]\n\nTasks:\n");
    for task in TASKS {
        let _ = writeln!(text, "  {:<11} {}", task.name, task.about);
    }
    text
}

/// `figures reproduce`, optimised.
fn reproduce() -> Vec<Command> {
    vec![cargo(&[
        "run",
        "--quiet",
        "--release",
        "-p",
        "figures",
        "--",
        "reproduce",
    ])]
}

/// `figures claims`, built the way `cargo test --workspace` builds it, so that nothing is compiled twice.
fn claims() -> Vec<Command> {
    let build = cargo(&[
        "test",
        "--quiet",
        "--workspace",
        "--no-run",
        "--test",
        "claims",
        "--test",
        "ledger",
    ]);
    // Cargo puts the programs of one profile side by side.
    let here = env::current_exe().unwrap_or_default();
    let mut check =
        Command::new(here.with_file_name(format!("figures{}", env::consts::EXE_SUFFIX)));
    check.arg("claims");
    vec![build, check]
}

/// `instructions` of the benchmarks, optimised.
fn bench_check() -> Vec<Command> {
    vec![cargo(&[
        "run",
        "--quiet",
        "--release",
        "-p",
        "workspace-benches",
        "--bin",
        "instructions",
        "--",
    ])]
}

/// `.ci/run`, from the root of the workspace.
fn ci() -> Vec<Command> {
    let mut command = Command::new("bash");
    command
        .current_dir(root())
        .arg(Path::new(".ci").join("run"));
    vec![command]
}

/// Cargo, the one that started this program, on this workspace, from where the user stands.
fn cargo(arguments: &[&str]) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    let (task, options) = arguments.split_at(1);
    command
        .args(task)
        .arg("--manifest-path")
        .arg(root().join("Cargo.toml"))
        .args(options);
    command
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The exit status of the task, 1 if a signal ended it.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}
