//! Running the built program.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The program, in a folder.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relu-lab"));
    command.current_dir(folder);
    command
}

/// The folder of the program, first in the search path.
pub fn search_path() -> std::ffi::OsString {
    let program = Path::new(env!("CARGO_BIN_EXE_relu-lab"));
    let mut path = program.parent().expect("a folder").as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    path
}

/// The commands that `relu-lab --help` lists.
pub fn commands() -> Vec<String> {
    let help = stdout(&run(&fixtures(), &["--help"]));
    let list = help.split("\nCommands:\n").nth(1).expect("the commands");
    let list = list.split("\n\n").next().expect("their end");
    let names = list
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// Runs the program in a folder.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    program(folder)
        .args(arguments)
        .output()
        .expect("the program starts")
}

/// The arrays that NumPy wrote.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A fixture as an argument.
pub fn fixture(name: &str) -> String {
    fixtures().join(name).display().to_string()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// Runs the program in the folder of the fixtures; it must succeed, print nothing but one JSON object, and say nothing.
pub fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let mut all = arguments.to_vec();
    all.push("--json");
    let output = run(folder, &all);
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        stderr(&output)
    );
    assert_eq!(stderr(&output), "", "{arguments:?}");
    let text = stdout(&output);
    assert_eq!(text.lines().count(), 1, "{text}");
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    check_schema(folder, arguments[0], &value);
    value
}

/// The object has the fields that `relu-lab schema` promises, with their types, and no others.
fn check_schema(folder: &Path, command: &str, value: &serde_json::Value) {
    let schema: serde_json::Value =
        serde_json::from_str(&stdout(&run(folder, &["schema", command]))).expect("a schema");
    let properties = schema["properties"].as_object().expect("properties");
    let object = value.as_object().expect("an object");
    assert_eq!(object.len(), properties.len(), "{command}: {value}");
    for (name, value) in object {
        let kinds = &properties[name]["type"];
        let found = match value {
            serde_json::Value::Null => "null",
            serde_json::Value::Bool(_) => "boolean",
            serde_json::Value::Number(n) if n.is_u64() => "integer",
            serde_json::Value::Number(_) => "number",
            serde_json::Value::String(_) => "string",
            serde_json::Value::Array(_) => "array",
            serde_json::Value::Object(_) => "object",
        };
        let fits =
            |kind: &serde_json::Value| kind == found || (kind == "number" && found == "integer");
        let allowed = kinds
            .as_array()
            .map_or_else(|| fits(kinds), |list| list.iter().any(fits));
        assert!(allowed, "{command}: `{name}` is {value}, promised {kinds}");
    }
}

/// Runs the program; it must refuse with status 1, one line on standard error with all `words`, and nothing on standard
/// output.
pub fn refused(folder: &Path, arguments: &[&str], words: &[&str]) {
    let output = run(folder, arguments);
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
    assert_eq!(stdout(&output), "", "{arguments:?}");
    assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
    for word in words {
        assert!(
            error.contains(word),
            "{arguments:?}: `{word}` is not in: {error}"
        );
    }
}

/// As [`refused`], for a command line that is wrong in itself: status 2.
pub fn misused(folder: &Path, arguments: &[&str], words: &[&str]) {
    let output = run(folder, arguments);
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
    assert_eq!(stdout(&output), "", "{arguments:?}");
    assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
    for word in words {
        assert!(
            error.contains(word),
            "{arguments:?}: `{word}` is not in: {error}"
        );
    }
}

/// The names of what is in a folder and below, sorted, with the bytes of the files.
pub fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    collect(folder, folder, &mut all);
    all.sort();
    all
}

fn collect(root: &Path, folder: &Path, all: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, all);
        } else {
            let name = path
                .strip_prefix(root)
                .expect("below")
                .display()
                .to_string();
            all.push((name, std::fs::read(&path).expect("a file")));
        }
    }
}
