//! Sweeps: shards, joins, threads, and a kill at any moment.

mod common;

use std::fs;
use std::path::Path;
use std::time::Duration;

use common::{contents, json, misused, program, refused, run, stderr};

const CONFIG: &str = r#"
replicates = 6
seed = 5
neurons = [2, 3]
noise = [0.0, 0.2]
start = [{ law = "symmetric", x0 = 0.2, y0 = 0.1 }, { law = "xavier" }]
rule = [{ method = "gd", step = 0.5, steps = 2000 }, { method = "adaptive", time = 500.0 }]
stop_gradient = 1e-7
"#;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("sweep.toml"), CONFIG).expect("written");
    folder
}

fn sweep(here: &Path, output: &str, more: &[&str]) {
    let mut all = vec!["sweep", "sweep.toml", "-o", output];
    all.extend(more);
    let output = run(here, &all);
    assert!(output.status.success(), "{all:?}: {}", stderr(&output));
}

#[test]
fn a_table_with_shares_and_a_picture() {
    let here = folder();
    let report = json(here.path(), &["sweep", "sweep.toml", "-o", "out"]);
    assert_eq!(
        (&report["cells"], &report["runs"]),
        (&16.into(), &96.into())
    );
    assert_eq!(report["complete"], true);
    let table = fs::read_to_string(here.path().join("out/sweep.csv")).expect("a table");
    let lines: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(lines.len(), 17);
    let column = |name: &str| {
        lines[0]
            .iter()
            .position(|n| *n == name)
            .unwrap_or_else(|| panic!("no {name}"))
    };
    let mut global = 0.0;
    for line in &lines[1..] {
        assert_eq!(line.len(), lines[0].len());
        let value = |name: &str| line[column(name)].parse::<f64>().expect("a number");
        let counts = [
            "at_teacher",
            "at_permutation",
            "other_global_minimum",
            "spurious",
            "stalled",
            "diverged",
            "undefined",
        ];
        assert_eq!(counts.iter().map(|name| value(name)).sum::<f64>(), 6.0);
        assert!(
            value("share_low") <= value("share_global")
                && value("share_global") <= value("share_high")
        );
        // Without noise the symmetric start follows the plane to the teacher itself.
        if line[column("noise")] == "0.0" && line[column("start")].starts_with("symmetric") {
            assert_eq!(value("at_teacher"), 6.0, "{line:?}");
        }
        global += value("at_teacher") + value("at_permutation") + value("other_global_minimum");
    }
    assert_eq!(report["global"].as_f64(), Some(global));
    assert!(
        fs::read_to_string(here.path().join("out/heatmap.svg"))
            .expect("a picture")
            .contains('%')
    );
}

#[test]
fn shards_joined_equal_the_single_run() {
    let here = folder();
    sweep(here.path(), "whole", &["--jobs", "1"]);
    let whole = contents(&here.path().join("whole"));
    for jobs in ["2", "7"] {
        sweep(here.path(), jobs, &["--jobs", jobs]);
        assert_eq!(contents(&here.path().join(jobs)), whole, "--jobs {jobs}");
    }
    let parts = ["a", "b", "c"];
    for (index, part) in parts.iter().enumerate() {
        sweep(here.path(), part, &["--shard", &format!("{}/3", index + 1)]);
        assert!(!here.path().join(part).join("sweep.csv").exists());
    }
    refused(
        here.path(),
        &["merge", "a", "c", "-o", "joined"],
        &["5 of 16 cells", "cell 1"],
    );
    assert!(!here.path().join("joined").exists());
    let report = json(here.path(), &["merge", "c", "a", "b", "-o", "joined"]);
    assert_eq!(report["complete"], true);
    assert_eq!(contents(&here.path().join("joined")), whole);
}

#[test]
fn killed_at_any_moment_it_goes_on() {
    let here = folder();
    sweep(here.path(), "whole", &[]);
    let whole = contents(&here.path().join("whole"));
    let mut stopped = 0;
    for round in 0..4_u64 {
        let name = format!("killed{round}");
        for kill in 0..5 {
            let mut child = program(here.path())
                .args(["sweep", "sweep.toml", "-o", &name, "-q"])
                .spawn()
                .expect("starts");
            std::thread::sleep(Duration::from_millis(
                5 + 17 * ((5 * kill + 3 * round) % 11),
            ));
            stopped += u32::from(child.try_wait().expect("a status").is_none());
            child.kill().expect("killed");
            child.wait().expect("ended");
        }
        sweep(here.path(), &name, &[]);
        assert!(contents(&here.path().join(&name)) == whole, "round {round}");
    }
    assert!(stopped > 0, "no run was killed");
}

/// `--seed` replaces the seed of the configuration, whatever it is: also by 0, and by one that TOML cannot hold.
#[test]
fn the_seed_of_the_command_line_counts() {
    let here = folder();
    for seed in ["0", "6", "18446744073709551615"] {
        let folder = format!("by option {seed}");
        sweep(here.path(), &folder, &["--seed", seed]);
        // Again: the folder is known as that of the same sweep.
        sweep(here.path(), &folder, &["--seed", seed]);
        refused(
            here.path(),
            &["sweep", "sweep.toml", "-o", &folder],
            &["another configuration", "seed"],
        );
    }
    for seed in ["0", "6"] {
        let text = CONFIG.replace("seed = 5", &format!("seed = {seed}"));
        fs::write(here.path().join("other.toml"), text).expect("written");
        let whole = run(here.path(), &["sweep", "other.toml", "-o", seed]);
        assert!(whole.status.success(), "{}", stderr(&whole));
        let by_option = here.path().join(format!("by option {seed}"));
        assert!(contents(&by_option) == contents(&here.path().join(seed)));
    }
    sweep(here.path(), "5", &[]);
    assert!(contents(&here.path().join("5")) != contents(&here.path().join("0")));
}

/// A finished cell is not computed again: its file keeps its time of change.
#[test]
fn finished_cells_are_kept() {
    let here = folder();
    sweep(here.path(), "out", &["--shard", "1/2"]);
    let path = here.path().join("out/cells/0000000.json");
    let before = fs::metadata(&path)
        .and_then(|m| m.modified())
        .expect("a time");
    let report = json(here.path(), &["sweep", "sweep.toml", "-o", "out"]);
    assert_eq!(
        (&report["reused"], &report["finished"]),
        (&8.into(), &16.into())
    );
    assert_eq!(
        fs::metadata(&path)
            .and_then(|m| m.modified())
            .expect("a time"),
        before
    );
    // A cell whose file was cut off is computed again.
    let whole = contents(&here.path().join("out"));
    fs::write(&path, "{\"cell\":0,\"teach").expect("written");
    sweep(here.path(), "out", &[]);
    assert_eq!(contents(&here.path().join("out")), whole);
}

#[test]
fn parts_and_folders_of_other_sweeps_are_refused() {
    let here = folder();
    sweep(here.path(), "a", &["--shard", "1/2"]);
    fs::write(
        here.path().join("other.toml"),
        CONFIG.replace("seed = 5", "seed = 6"),
    )
    .expect("written");
    refused(
        here.path(),
        &["sweep", "other.toml", "-o", "a"],
        &["another configuration", "seed"],
    );
    assert!(
        run(
            here.path(),
            &["sweep", "other.toml", "-o", "b", "--shard", "2/2"]
        )
        .status
        .success()
    );
    refused(
        here.path(),
        &["merge", "a", "b", "-o", "joined"],
        &["b ", "another configuration", "seed"],
    );
    fs::create_dir(here.path().join("foreign")).expect("a folder");
    fs::write(here.path().join("foreign/notes.txt"), "mine").expect("written");
    refused(
        here.path(),
        &["sweep", "sweep.toml", "-o", "foreign"],
        &["foreign", "config.toml"],
    );
    refused(
        here.path(),
        &["merge", "foreign", "-o", "joined"],
        &["foreign", "config.toml"],
    );
    refused(
        here.path(),
        &["sweep", "sweep.toml", "-o", "x", "--shard", "3/2"],
        &["3/2", "i/n"],
    );
    misused(
        here.path(),
        &["sweep", "sweep.toml"],
        &["not provided", "--output <DIR>"],
    );
    refused(
        here.path(),
        &["sweep", "absent.toml", "-o", "x"],
        &["absent.toml"],
    );
    assert!(!here.path().join("joined").exists() && !here.path().join("x").exists());
}

#[test]
fn bad_configurations_are_refused() {
    let here = folder();
    let with = |text: &str, words: &[&str]| {
        fs::write(here.path().join("bad.toml"), text).expect("written");
        let mut all = words.to_vec();
        all.push("bad.toml");
        refused(here.path(), &["sweep", "bad.toml", "-o", "out"], &all);
        assert!(!here.path().join("out").exists());
    };
    with(
        "replicates = 1\nneurons = [2]\nnoize = [0.1]\n",
        &["line 3", "noize", "noise"],
    );
    with("replicates = 1\n", &["neurons"]);
    with("replicates = 0\nneurons = [2]\n", &["replicates", "0"]);
    with("replicates = -1\nneurons = [2]\n", &["-1"]);
    with("replicates = 1\nneurons = []\n", &["neurons", "[]"]);
    with("replicates = 1\nneurons = [0]\n", &["neurons", "0"]);
    with(
        "replicates = 1\nneurons = [3]\ndimension = [2]\n",
        &["dimension", "2"],
    );
    with(
        "replicates = 1\nneurons = [2]\nnoise = [nan]\n",
        &["noise", "NaN"],
    );
    with(
        "replicates = 1\nneurons = [2]\nconfidence = 1.0\n",
        &["confidence", "1"],
    );
    with("replicates = 1\nneurons = [100000]\n", &["100000"]);
    with(
        "replicates = 1\nneurons = [2]\nstart = [{ law = \"xavir\" }]\n",
        &["xavir", "xavier"],
    );
    with(
        "replicates = 1\nneurons = [2]\nrule = [{ method = \"gd\", step = -1.0, steps = 5 }]\n",
        &["step", "-1"],
    );
    // A key that a law or a method does not have is refused also where the law has none.
    for (start, key) in [
        ("{ law = \"xavier\", deviation = 0.5 }", "deviation"),
        ("{ law = \"he\", radius = 1.0 }", "radius"),
        ("{ law = \"lecun\", x0 = 1.0 }", "x0"),
        (
            "{ law = \"gaussian\", deviation = 0.5, radius = 1.0 }",
            "radius",
        ),
    ] {
        with(
            &format!("replicates = 1\nneurons = [2]\nstart = [{start}]\n"),
            &["line 3", key],
        );
    }
    with(
        "replicates = 1\nneurons = [2]\nrule = [{ method = \"adaptive\", time = 1.0, step = 0.1 }]\n",
        &["line 3", "step"],
    );
    with(
        "replicates = 1\nneurons = [2]\nrule = [{ method = \"chebyshev\", time = 1.0, tolerance = 0.5 }]\n",
        &["tolerance", "[1e-10, 0.1]"],
    );
    with("replicates = ", &["line 1"]);
}

/// The descents of `flow` are those of a sweep: from near the teacher each finds it.
#[test]
fn every_method_of_flow_runs_in_a_sweep() {
    let here = folder();
    let rules = [
        "{ method = \"gd\", step = 0.5, steps = 20000 }",
        "{ method = \"rk4\", step = 0.5, steps = 20000 }",
        "{ method = \"adaptive\", time = 10000.0, tolerance = 1e-10 }",
        "{ method = \"chebyshev\", time = 10000.0 }",
        "{ method = \"exponential\", time = 10000.0, tolerance = 1e-10 }",
    ];
    let text = format!(
        "replicates = 2\nneurons = [3]\nstart = [{{ law = \"near-teacher\", distance = 0.1 }}]\nstop_gradient = 1e-7\nrule = [{}]\n",
        rules.join(", ")
    );
    fs::write(here.path().join("rules.toml"), text).expect("written");
    let report = json(here.path(), &["sweep", "rules.toml", "-o", "out"]);
    assert_eq!(
        (&report["cells"], &report["global"]),
        (&5.into(), &10.into()),
        "{report}"
    );
    let table = fs::read_to_string(here.path().join("out/sweep.csv")).expect("a table");
    for name in [
        "gd 0.5",
        "rk4 0.5",
        "adaptive 1e-10",
        "chebyshev",
        "exponential 1e-10",
    ] {
        assert!(table.contains(&format!(",{name},")), "{name}: {table}");
    }
}

/// A folder whose name is no UTF-8 is a folder, and goes on as any other.
#[cfg(target_os = "linux")]
#[test]
fn folders_of_any_bytes() {
    use std::os::unix::ffi::OsStrExt as _;
    let here = folder();
    let name = std::ffi::OsStr::from_bytes(b"\xff");
    sweep(here.path(), "whole", &[]);
    for shard in ["1/2", "2/2"] {
        let mut command = program(here.path());
        command
            .args(["sweep", "sweep.toml", "-q", "--shard", shard, "-o"])
            .arg(name);
        let output = command.output().expect("starts");
        assert!(output.status.success(), "{}", stderr(&output));
    }
    assert!(contents(&here.path().join(name)) == contents(&here.path().join("whole")));
}
