//! The engine on small items: restarts, damaged files, threads, errors.

use std::fs;
use std::path::{Path, PathBuf};

use charts::{Axis, COLOURS, Chart, Stroke};
use figures::engine::runner::{Ran, Settings, run};
use figures::{Context, Item, Kind, Outcome, Picture, Scale, Table, Verdict};
use ledger::Ledger;
use rand::RngExt as _;
use tempfile::TempDir;

const DRAWS: Item = Item {
    id: "draws",
    kind: Kind::Figure,
    paper: "P17 Fig 1",
    title: "Random numbers",
    run: draws,
};
const PLAIN: Item = Item {
    id: "plain",
    kind: Kind::Experiment,
    paper: "P17 Thm 1",
    title: "One number",
    run: plain,
};
const ITEMS: &[Item] = &[DRAWS, PLAIN];

fn draws(context: &Context) -> anyhow::Result<Outcome> {
    let values = context.map("values", 64, |task, random| {
        // Uneven tasks, so that threads finish out of order.
        let value = (0..=task * 50).map(|_| random.random::<f64>()).last();
        Ok(value.unwrap_or_default())
    })?;
    let points: Vec<(f64, f64)> = values
        .iter()
        .enumerate()
        .map(|(i, v)| (i as f64, *v))
        .collect();
    let svg = Chart::new(
        "Draws",
        Axis::linear("i", 0.0, 64.0),
        Axis::linear("v", 0.0, 1.0),
    )
    .line("", COLOURS[0], Stroke::Solid, &points)
    .svg();
    let mut table = Table::new("values", &["i", "v"]);
    for (i, v) in &points {
        table.row(&[i, v]);
    }
    let picture = Picture::new("Draws.")
        .parameter("tasks", 64)
        .metric("sum", values.iter().sum::<f64>())
        .panel("a", "Draws", svg)
        .table(table);
    Ok(Outcome::new(Verdict::Pass, "They were drawn.")
        .with("third", values[2])
        .with_figure(picture))
}

fn plain(context: &Context) -> anyhow::Result<Outcome> {
    anyhow::ensure!(context.seed() > 0, "no seed");
    let value: f64 = context.random("x", 0).random();
    Ok(Outcome::new(Verdict::Pass, "A number.").with("value", value))
}

fn ledger() -> Ledger {
    let text = "| id | source | statement | status | rests on | code | test | figure |\n|---|---|---|---|---|---|---|---|\n\
                | plain | P17 Thm 1 | x < 1 | checked | — | [f](crate::f) | plain | draws |\n\
                | silent | P17 Thm 2 | nothing | checked | — | [f](crate::f) | silent | — |\n";
    Ledger {
        rows: ledger::parse("owner", text).expect("a ledger"),
    }
}

fn settings(out: &Path) -> Settings {
    Settings {
        ids: Vec::new(),
        scale: Scale::Quick,
        out: out.to_path_buf(),
        seed: 7,
        jobs: 2,
        force: false,
        training: out.join("no training"),
        talk: false,
    }
}

fn reproduce(out: &Path) -> Ran {
    run(ITEMS, &ledger(), &settings(out)).expect("a run")
}

/// Every file with its bytes, those that hold times aside.
fn timeless(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("inside").to_path_buf();
                if name != Path::new("index.html") && name != Path::new("summary.json") {
                    files.push((name, fs::read(&path).expect("a file")));
                }
            }
        }
    }
    files.sort();
    files
}

fn summary(out: &Path) -> serde_json::Value {
    let bytes = fs::read(out.join("summary.json")).expect("a summary");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn without_seconds(mut value: serde_json::Value) -> serde_json::Value {
    match &mut value {
        serde_json::Value::Object(map) => {
            map.remove("seconds");
            for entry in map.values_mut() {
                *entry = without_seconds(entry.take());
            }
        }
        serde_json::Value::Array(list) => {
            for entry in list {
                *entry = without_seconds(entry.take());
            }
        }
        _ => {}
    }
    value
}

#[test]
fn a_second_run_takes_everything_over() {
    let out = TempDir::new().expect("a folder");
    assert_eq!(reproduce(out.path()).computed, ["draws", "plain"]);
    let before = (timeless(out.path()), summary(out.path()));
    let ran = reproduce(out.path());
    assert!(ran.computed.is_empty() && ran.taken_over == ["draws", "plain"]);
    assert_eq!(before, (timeless(out.path()), summary(out.path())));
    let forced = Settings {
        force: true,
        ..settings(out.path())
    };
    assert_eq!(
        run(ITEMS, &ledger(), &forced)
            .expect("a run")
            .computed
            .len(),
        2
    );
}

#[test]
fn a_restart_continues_after_the_last_finished_item() {
    let out = TempDir::new().expect("a folder");
    let first = Settings {
        ids: vec!["draws".to_owned()],
        ..settings(out.path())
    };
    run(ITEMS, &ledger(), &first).expect("a run");
    // What a killed process leaves behind.
    fs::write(out.path().join("items/.unfinished-abc"), "{").expect("written");
    let ran = reproduce(out.path());
    assert_eq!(
        (ran.taken_over, ran.computed),
        (vec!["draws"], vec!["plain"])
    );
    assert!(!out.path().join("items/.unfinished-abc").exists());
}

type Damage = fn(&Path);

#[test]
fn damaged_files_are_never_taken_for_finished() {
    let damages: [(&str, Damage); 5] = [
        ("figures/draws-a.png", |path| {
            fs::remove_file(path).expect("removed");
        }),
        ("data/draws-values.csv", |path| {
            let bytes = fs::read(path).expect("read");
            fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
        }),
        ("figures/draws-a.svg", |path| {
            let mut bytes = fs::read(path).expect("read");
            bytes[100] ^= 1;
            fs::write(path, bytes).expect("written");
        }),
        ("items/draws.json", |path| {
            let bytes = fs::read(path).expect("read");
            fs::write(path, &bytes[..bytes.len() - 9]).expect("written");
        }),
        ("items/draws.json", |path| {
            fs::remove_file(path).expect("removed");
        }),
    ];
    let out = TempDir::new().expect("a folder");
    reproduce(out.path());
    let whole = timeless(out.path());
    for (name, damage) in damages {
        damage(&out.path().join(name));
        let ran = reproduce(out.path());
        assert_eq!(ran.computed, ["draws"], "{name}");
        assert_eq!(timeless(out.path()), whole, "{name}");
    }
}

#[test]
fn another_seed_or_scale_runs_again() {
    let out = TempDir::new().expect("a folder");
    reproduce(out.path());
    let first = timeless(out.path());
    let other = Settings {
        seed: 8,
        ..settings(out.path())
    };
    assert_eq!(
        run(ITEMS, &ledger(), &other).expect("a run").computed.len(),
        2
    );
    assert_ne!(timeless(out.path()), first);
    let other = Settings {
        scale: Scale::Full,
        ..settings(out.path())
    };
    assert_eq!(
        run(ITEMS, &ledger(), &other).expect("a run").computed.len(),
        2
    );
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let (one, two) = (
        TempDir::new().expect("a folder"),
        TempDir::new().expect("a folder"),
    );
    run(
        ITEMS,
        &ledger(),
        &Settings {
            jobs: 1,
            ..settings(one.path())
        },
    )
    .expect("a run");
    run(
        ITEMS,
        &ledger(),
        &Settings {
            jobs: 3,
            ..settings(two.path())
        },
    )
    .expect("a run");
    assert_eq!(timeless(one.path()), timeless(two.path()));
    assert_eq!(
        without_seconds(summary(one.path())),
        without_seconds(summary(two.path()))
    );
}

#[test]
fn an_unknown_id_lists_the_known_ones() {
    let out = TempDir::new().expect("a folder");
    let asked = Settings {
        ids: vec!["drews".to_owned()],
        ..settings(out.path())
    };
    let error = run(ITEMS, &ledger(), &asked)
        .expect_err("refused")
        .to_string();
    for words in ["`drews`", "Did you mean `draws`?", "draws, plain"] {
        assert!(error.contains(words), "{error}");
    }
    assert!(!out.path().join("summary.json").exists());
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let out = TempDir::new().expect("a folder");
    let file = out.path().join("file");
    fs::write(&file, "").expect("written");
    for blocked in [file.join("inside"), file.clone()] {
        let error = run(ITEMS, &ledger(), &settings(&blocked)).expect_err("refused");
        let words = format!("{error:#}");
        assert!(
            words.contains(&blocked.display().to_string()) && words.contains("--out"),
            "{words}"
        );
    }
    // A folder where a file has to go.
    let other = out.path().join("other");
    fs::create_dir_all(other.join("data/draws-values.csv/inside")).expect("made");
    let words = format!(
        "{:#}",
        run(ITEMS, &ledger(), &settings(&other)).expect_err("refused")
    );
    assert!(words.contains("draws-values.csv"), "{words}");
}

#[test]
fn a_second_process_is_turned_away() {
    let out = TempDir::new().expect("a folder");
    let lock = fs::File::create(out.path().join(".lock")).expect("made");
    lock.lock().expect("locked");
    let words = run(ITEMS, &ledger(), &settings(out.path()))
        .expect_err("refused")
        .to_string();
    assert!(words.contains("another reproduction"), "{words}");
}

#[test]
fn no_thread_is_refused() {
    let out = TempDir::new().expect("a folder");
    let none = Settings {
        jobs: 0,
        ..settings(out.path())
    };
    assert!(
        run(ITEMS, &ledger(), &none)
            .expect_err("refused")
            .to_string()
            .contains("--jobs")
    );
}

#[test]
fn a_panic_or_an_error_fails_the_item_and_runs_again() {
    static PANICS: Item = Item {
        id: "panics",
        run: |_| panic!("out of luck"),
        ..PLAIN
    };
    static REFUSES: Item = Item {
        id: "refuses",
        run: |context| {
            context.map("x", 4, |task, _| {
                anyhow::ensure!(task < 2, "task {task} cannot be done");
                Ok(())
            })?;
            Ok(Outcome::new(Verdict::Pass, "never"))
        },
        ..PLAIN
    };
    let items = [PANICS, PLAIN, REFUSES];
    let out = TempDir::new().expect("a folder");
    for _ in 0..2 {
        let ran = run(&items, &ledger(), &settings(out.path())).expect("a run");
        assert_eq!(ran.failed, ["panics", "refuses"]);
        assert!(ran.computed.contains(&"panics") && ran.computed.contains(&"refuses"));
    }
    let claims = summary(out.path())["claims"].to_string();
    assert!(
        claims.contains("out of luck") && claims.contains("task 2 cannot be done"),
        "{claims}"
    );
}

#[test]
fn the_report_holds_every_row_and_fetches_nothing() {
    let out = TempDir::new().expect("a folder");
    reproduce(out.path());
    let page = fs::read_to_string(out.path().join("index.html")).expect("a page");
    for words in [
        "id=\"plain\"",
        "id=\"silent\"",
        "x &lt; 1",
        "href=\"#figure-draws\"",
        "data/draws-values.csv",
        "A passing property is evidence, not proof.",
        "prefers-color-scheme",
    ] {
        assert!(page.contains(words), "{words}");
    }
    for words in ["http://", "https://", "<script", "<link"] {
        assert!(!page.contains(words), "{words}");
    }
    let summary = summary(out.path());
    let ids: Vec<&str> = summary["claims"]
        .as_array()
        .expect("claims")
        .iter()
        .filter_map(|claim| claim["id"].as_str())
        .collect();
    assert_eq!(ids, ["plain", "silent", "draws"]);
    assert_eq!(summary["claims"][0]["verdict"], "pass");
    assert_eq!(summary["claims"][1]["verdict"], "open");
    assert_eq!(summary["scale"], "quick");
    assert_eq!(summary["figures"][0]["files"][0], "figures/draws-a.svg");
    assert!(summary["figures"][0]["metrics"]["sum"].is_f64());
}
