//! The Python side of the comparison: an environment of its own, with the versions of `benches/peers/requirements.txt`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{cargo, root};

/// Makes the environment if it is missing or holds other versions, and starts the driver. The libraries are not needed to
/// measure scale, to render the page or to show the options.
pub(crate) fn start(arguments: Vec<OsString>) -> Vec<Command> {
    let asked = |word: &str| arguments.iter().any(|argument| argument == word);
    let place = root().join("target").join("peers").join("venv");
    let python = interpreter(&place);
    let mut commands = Vec::new();
    if !["--scale", "--render", "--help", "-h"]
        .into_iter()
        .any(asked)
    {
        commands.extend(environment(&place, &python, asked("--with-torch")));
    }
    let mut driver = cargo(&[
        "run",
        "--quiet",
        "--release",
        "-p",
        "workspace-benches",
        "--bin",
        "peers",
        "--",
    ]);
    driver.arg("--python").arg(python).args(arguments);
    commands.push(driver);
    commands
}

/// The commands that make the environment; none if it is there.
fn environment(place: &Path, python: &Path, torch: bool) -> Vec<Command> {
    let scripts = root().join("benches").join("peers");
    let mut files = vec![scripts.join("requirements.txt")];
    if torch {
        files.push(scripts.join("requirements-torch.txt"));
    }
    let wanted: String = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .collect();
    // pip copies this file's name nowhere: that it is equal to what is wanted says that the last command has succeeded.
    let mark = place.join("installed.txt");
    if python.exists()
        && fs::read_to_string(&mark).is_ok_and(|installed| installed.starts_with(&wanted))
    {
        return Vec::new();
    }
    let mut make = Command::new(if cfg!(windows) { "python" } else { "python3" });
    make.args(["-m", "venv"]).arg(place);
    let mut install = Command::new(python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
    ]);
    for file in &files {
        install.arg("--requirement").arg(file);
    }
    let mut note = Command::new(python);
    note.arg("-c")
        .arg("import sys; open(sys.argv[1], 'w').write(''.join(open(name).read() for name in sys.argv[2:]))")
        .arg(mark)
        .args(&files);
    vec![make, install, note]
}

fn interpreter(place: &Path) -> PathBuf {
    if cfg!(windows) {
        place.join("Scripts").join("python.exe")
    } else {
        place.join("bin").join("python")
    }
}
