//! Bad input: one line that names file, row and value, status 1, nothing written.

mod common;

use std::fs;
use std::io::Read as _;
use std::process::{Command, Stdio};

use common::{contents, fixture, fixtures, misused, program, refused, run, stderr};

/// A command on one bad student, with an output that must not appear.
fn bad_student(bytes: &[u8], name: &str, words: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(name), bytes).expect("written");
    let before = contents(folder.path());
    let teacher = fixture("teacher.npy");
    let mut all = words.to_vec();
    all.push(name);
    refused(
        folder.path(),
        &[
            "gradient",
            "--student",
            name,
            "--teacher",
            &teacher,
            "-o",
            "out.npy",
        ],
        &all,
    );
    assert_eq!(
        contents(folder.path()),
        before,
        "{name}: something was written"
    );
}

fn bad_fixture(name: &str, words: &[&str]) {
    bad_student(&fs::read(fixture(name)).expect("a fixture"), name, words);
}

#[test]
fn arrays_of_numpy_that_are_no_weights() {
    bad_fixture("one_axis.npy", &["(4,)", "two axes"]);
    bad_fixture("three_axes.npy", &["(3, 2, 2)", "two axes"]);
    bad_fixture("complex.npy", &["<c16", "astype"]);
    bad_fixture("objects.npy", &["pickled", "python3 -c", "allow_pickle"]);
    bad_fixture("structured.npy", &["[("]);
    bad_fixture("no_rows.npy", &["(0, 4)"]);
    bad_fixture("no_columns.npy", &["(3, 0)"]);
    bad_fixture("nan.npy", &["row 2", "column 1", "NaN"]);
    bad_fixture("infinite.npy", &["row 2", "column 1", "-inf"]);
    bad_fixture("zero_row.npy", &["row 1", "all 4 values are 0"]);
    bad_fixture("five_columns.npy", &["5 columns", "has 4"]);
    bad_fixture("huge.npy", &["row 0", "1.7e308"]);
}

#[test]
fn files_that_are_no_arrays() {
    bad_student(b"", "w.npy", &["is empty"]);
    bad_student(b"", "w.csv", &["is empty"]);
    bad_student(b"hello, world", "w.npy", &["not an .npy file", "hello"]);
    bad_student(b"hello", "w.npz", &["not an .npz file"]);
    bad_student(b"PK\x03\x04 and nothing else", "w.npz", &["damaged .npz"]);
    bad_student(b"\x93NUMPY", "w.npy", &["truncated", "version"]);
    bad_student(b"\x93NUMPY\x09\x00", "w.npy", &["version 9.0"]);
    bad_student(
        b"\x93NUMPY\x01\x00\xff\x00{",
        "w.npy",
        &["255 bytes of header"],
    );
    bad_student(
        b"1,2\n3\n",
        "w.csv",
        &["line 2", "1 numbers", "2 in the first"],
    );
    bad_student(
        b"1,2,3,4\n3,x,1,1\n",
        "w.csv",
        &["line 2", "field 2", "`x`"],
    );
    bad_student(b"1,nan,3,4\n", "w.csv", &["row 0", "column 1", "NaN"]);
    bad_student(b"1,1e999,3,4\n", "w.csv", &["row 0", "column 1", "inf"]);
    bad_student(b"# nothing\n\n", "w.csv", &["is empty"]);
    bad_student(b"1,2\n\xff\xfe", "w.csv", &["byte 4", "UTF-8"]);
}

/// A header of `shape` and type, with the data that is given.
fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&u16::try_from(header.len()).expect("short").to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

#[test]
fn headers_that_lie() {
    let data = [0_u8; 64];
    bad_student(
        &npy("'<f8'", "(3, 4)", &data),
        "w.npy",
        &["96 bytes", "(3, 4)", "64 follow"],
    );
    bad_student(
        &npy("'<f8'", "(1, 4)", &data),
        "w.npy",
        &["32 bytes after", "(1, 4)"],
    );
    // Sizes that no machine has, and whose product wraps around.
    bad_student(
        &npy("'<f8'", "(1000000000, 1000000000)", &data),
        "w.npy",
        &["8000000000000000000 bytes", "64 follow"],
    );
    bad_student(
        &npy("'<f8'", "(4294967296, 4294967296)", &data),
        "w.npy",
        &["64 follow"],
    );
    bad_student(
        &npy("'<f8'", "(99999999999999999999, 1)", &data),
        "w.npy",
        &["no length"],
    );
    bad_student(&npy("'<f8'", "(-1, 4)", &data), "w.npy", &["no length"]);
    bad_student(
        &npy("'<f8'", "(8)", &data),
        "w.npy",
        &["number in parentheses"],
    );
    bad_student(&npy("'<f8'", "8", &data), "w.npy", &["no tuple"]);
    bad_student(&npy("'<f8", "(2, 4)", &data), "w.npy", &["damaged"]);
    bad_student(
        &npy("[('x', '<f8')", "(2, 4)", &data),
        "w.npy",
        &["damaged"],
    );
    bad_student(
        &npy("'<f8', 'extra': 1", "(2, 4)", &data),
        "w.npy",
        &["unknown key"],
    );
    bad_student(
        &npy("'<f8', 'descr': '<f8'", "(2, 4)", &data),
        "w.npy",
        &["twice"],
    );
}

/// A header that promises 4 GB is refused with hardly more memory than the program needs to start.
#[cfg(target_os = "linux")]
#[test]
fn no_memory_is_taken_on_the_word_of_a_header() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(
        folder.path().join("w.npy"),
        npy("'<f8'", "(500000, 1000)", &[]),
    )
    .expect("written");
    let output = Command::new("bash")
        .arg("-c")
        .arg("ulimit -v 1000000; exec \"$0\" loss --student w.npy --teacher w.npy --jobs 1")
        .arg(env!("CARGO_BIN_EXE_relu-lab"))
        .current_dir(folder.path())
        .output()
        .expect("starts");
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.contains("4000000000 bytes") && error.contains("0 follow"),
        "{error}"
    );
}

#[test]
fn files_that_do_not_fit_each_other() {
    let here = fixtures();
    let base = [
        "loss",
        "--student",
        "student.npy",
        "--teacher",
        "teacher.npy",
    ];
    let with = |option: &str, file: &str, words: &[&str]| {
        let mut all = base.to_vec();
        all.extend([option, file]);
        refused(&here, &all, words);
    };
    with(
        "--student-top",
        "two_tops.npy",
        &["two_tops.npy", "2 top weights", "3"],
    );
    with(
        "--teacher-top",
        "two_tops.npy",
        &["two_tops.npy", "2 top weights", "3"],
    );
    with("--student-top", "student.npy", &["(3, 4)", "one axis"]);
    refused(
        &here,
        &[
            "loss",
            "--student",
            "absent.npy",
            "--teacher",
            "teacher.npy",
        ],
        &["absent.npy", "No such file"],
    );
    refused(
        &here,
        &["loss", "--student", ".", "--teacher", "teacher.npy"],
        &["cannot read .", "directory"],
    );
    refused(
        &here,
        &["loss", "--student", "pair.npz", "--teacher", "teacher.npy"],
        &["student, teacher", "NAME"],
    );
    refused(
        &here,
        &[
            "loss",
            "--student",
            "pair.npz:studnt",
            "--teacher",
            "teacher.npy",
        ],
        &["no array `studnt`", "student"],
    );
}

#[test]
fn numbers_out_of_range() {
    let here = fixtures();
    let with = |option: &str, value: &str, words: &[&str]| {
        misused(
            &here,
            &[
                "flow",
                "--student",
                "student.npy",
                "--teacher",
                "teacher.npy",
                option,
                value,
            ],
            words,
        );
    };
    with("--steps", "-5", &["--steps", "-5", "at least 1"]);
    with("--steps", "0", &["at least 1"]);
    with("--step", "-0.1", &["--step", "-0.1", "positive"]);
    with("--time", "-1", &["not be negative"]);
    with("--time", "inf", &["finite"]);
    with("--stop-gradient", "nan", &["finite"]);
    with("--record", "many", &["whole number"]);
    refused(&here, &["planar", "--neurons", "1"], &["1"]);
    refused(
        &here,
        &["planar", "--neurons", "3", "--start", "0,0"],
        &["zero"],
    );
    misused(
        &here,
        &["planar", "--neurons", "3", "--start", "1"],
        &["X,Y"],
    );
    let teacher = ["critical-points", "--teacher", "teacher.npy", "--starts"];
    for starts in ["0", "1000001", "1000000000000"] {
        let all = [&teacher[..], &[starts]].concat();
        misused(&here, &all, &["--starts", starts]);
    }
    refused(
        &here,
        &[
            "critical-points",
            "--teacher",
            "teacher.npy",
            "--neurons",
            "100000",
        ],
        &["100000", "weights"],
    );
}

/// What a command reads it does not write, whatever the names: links count, and one array of a bundle is the bundle.
#[test]
fn an_output_that_is_an_input_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    for name in ["student.npy", "teacher.npy", "pair.npz", "top.npy"] {
        fs::copy(fixture(name), here.join(name)).expect("copied");
    }
    #[cfg(unix)]
    let elsewhere = tempfile::tempdir().expect("a folder");
    fs::hard_link(here.join("student.npy"), here.join("hard.npy")).expect("a link");
    fs::write(here.join("s.toml"), "replicates = 1\nneurons = [2]\n").expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink("teacher.npy", here.join("soft.npy")).expect("a link");
        symlink("student.npy", here.join("point.json")).expect("a link");
        symlink(here, elsewhere.path().join("again")).expect("a link");
    }
    let before = contents(here);
    let problem = ["--student", "student.npy", "--teacher", "teacher.npy"];
    let bundled = [
        "--student",
        "pair.npz:student",
        "--teacher",
        "pair.npz:teacher",
    ];
    let with = |command: &str, problem: &[&str], options: &[&str]| {
        let all = [&[command][..], problem, options].concat();
        refused(here, &all, &["read and written", "another name"]);
        assert_eq!(contents(here), before, "{all:?}");
    };
    for output in ["student.npy", "./student.npy", "teacher.npy", "hard.npy"] {
        with("gradient", &problem, &["-o", output]);
        with("hessian", &problem, &["-o", output]);
        with("certify", &problem, &["--certificate", output]);
    }
    let top = ["--student-top", "top.npy", "-o", "top.npy"];
    with("gradient", &problem, &top);
    with("flow", &bundled, &["-o", "pair.npz"]);
    with("angles", &bundled, &["-o", "pair.npz"]);
    with("separability", &bundled, &["-o", "pair.npz"]);
    let search = ["--teacher", "pair.npz:teacher"];
    with("critical-points", &search, &["-o", "pair.npz"]);
    #[cfg(unix)]
    {
        with("gradient", &problem, &["-o", "soft.npy"]);
        let again = elsewhere
            .path()
            .join("again/student.npy")
            .display()
            .to_string();
        with("gradient", &problem, &["-o", &again]);
        with("certify", &problem, &["--certificate", "point.json"]);
        let device = [
            "--student",
            "student.npy",
            "--teacher",
            "/dev/null",
            "-o",
            "x.npy",
        ];
        refused(
            here,
            &[&["gradient"][..], &device].concat(),
            &["/dev/null is empty"],
        );
    }
    // Two outputs that would be one file, though neither is there yet.
    let twice = ["-o", "new.npz", "--plot", "./new.npz"];
    refused(here, &[&["flow"][..], &problem, &twice].concat(), &[".svg"]);
    let twice = ["-o", "new.npy", "--certificate", "./new.npy"];
    refused(
        here,
        &[&["certify"][..], &problem, &twice].concat(),
        &["two outputs"],
    );
    refused(
        here,
        &["sweep", "s.toml", "-o", "s.toml"],
        &["read and written"],
    );
    assert!(
        run(here, &["sweep", "s.toml", "-o", "part", "-q"])
            .status
            .success()
    );
    let before = contents(here);
    refused(
        here,
        &["merge", "part", "-o", "./part"],
        &["read and written"],
    );
    assert_eq!(contents(here), before);
}

/// Where files may have a few bytes only, an output that has more leaves nothing behind.
#[cfg(target_os = "linux")]
#[test]
fn a_limit_on_file_sizes_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("g.npy"), "old").expect("written");
    let script = "ulimit -f 1; exec \"$0\" hessian --student \"$1/student.npy\" --teacher \"$1/teacher.npy\" -o g.npy";
    let output = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_relu-lab")])
        .arg(fixtures())
        .current_dir(folder.path())
        .output()
        .expect("starts");
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("the limit for a file is 1024"), "{error}");
    let left = contents(folder.path());
    assert_eq!(left, [("g.npy".to_owned(), b"old".to_vec())]);
}

#[test]
fn outputs_that_cannot_be_written() {
    let problem = [
        "gradient",
        "--student",
        &fixture("student.npy"),
        "--teacher",
        &fixture("teacher.npy"),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let with = |output: &str, words: &[&str]| {
        let mut all = problem.to_vec();
        all.extend(["-o", output]);
        refused(folder.path(), &all, words);
    };
    with(
        "missing/g.npy",
        &["cannot write missing/g.npy", "no folder missing"],
    );
    with("g.txt", &["g.txt", ".npy, .csv or .npz"]);
    with("g", &[".npy, .csv or .npz"]);
    fs::create_dir(folder.path().join("folder.npy")).expect("a folder");
    with("folder.npy", &["cannot write folder.npy"]);
    fs::remove_dir(folder.path().join("folder.npy")).expect("removed");
    assert!(contents(folder.path()).is_empty());
    let mut all = problem.to_vec();
    all[0] = "loss";
    all.extend(["-o", "x.npy"]);
    misused(folder.path(), &all, &["unexpected argument", "-o"]);
}

/// Of two outputs none is written where one cannot be; what cannot be written is refused before the work.
#[test]
fn two_outputs_are_written_or_none() {
    let (student, teacher) = (fixture("student.npy"), fixture("teacher.npy"));
    let problem = ["--student", &student, "--teacher", &teacher];
    let proved = ["--student", &teacher, "--teacher", &teacher];
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    fs::create_dir(here.join("folder.svg")).expect("a folder");
    #[cfg(target_os = "linux")]
    std::os::unix::fs::symlink("/dev/full", here.join("full.svg")).expect("a link");
    // Names alone: one of them is a link to a device without end.
    let files = || fs::read_dir(here).expect("a folder").count();
    let before = files();
    let with = |command: &str, options: &[&str], words: &[&str]| {
        let mut all = vec![command];
        all.extend(options);
        refused(here, &all, words);
        assert_eq!(files(), before, "{all:?} wrote something");
    };
    let plots = [
        ("missing/x.svg", "no folder missing"),
        ("folder.svg", "it is a folder"),
        #[cfg(target_os = "linux")]
        ("full.svg", "No space left"),
    ];
    for (plot, word) in plots {
        let outputs = ["-o", "x.npz", "--plot", plot];
        let flow = [&problem[..], &["--time", "1"], &outputs].concat();
        with("flow", &flow, &[plot, word]);
        let planar = [&["--neurons", "2"][..], &outputs].concat();
        with("planar", &planar, &[plot, word]);
    }
    let outputs = ["-o", "x.npy", "--certificate", "missing/c.json"];
    let certify = [&proved[..], &outputs].concat();
    with("certify", &certify, &["no folder missing"]);
    let outputs = ["-o", "x.npy", "--certificate", "x.npy"];
    let certify = [&proved[..], &outputs].concat();
    with("certify", &certify, &["x.npy", "two outputs"]);
    // Also where nothing is proved, and nothing would be written.
    let certify = [&problem[..], &["-o", "x.txt"]].concat();
    with("certify", &certify, &["x.txt", ".npy, .csv or .npz"]);
    // Before a search that would take days.
    let search = ["--teacher", &teacher, "--starts", "1000000"];
    let search = [&search[..], &["-o", "missing/x.npz"]].concat();
    with("critical-points", &search, &["no folder missing"]);
    fs::write(here.join("s.toml"), "replicates = 1\nneurons = [2]\n").expect("written");
    fs::write(here.join("file"), "").expect("written");
    refused(
        here,
        &["sweep", "s.toml", "-o", "file"],
        &["file", "a folder is needed"],
    );
}

/// An old output stays whole where the new one cannot be written.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let problem = [
        "gradient",
        "--student",
        &fixture("student.npy"),
        "--teacher",
        &fixture("teacher.npy"),
    ];
    let here = tempfile::tempdir().expect("a folder");
    let full = std::os::unix::fs::symlink("/dev/full", here.path().join("full.npy"));
    full.expect("a link");
    let mut all = problem.to_vec();
    all.extend(["-o", "full.npy"]);
    refused(
        here.path(),
        &all,
        &["cannot write full.npy", "No space left"],
    );
    assert!(
        fs::metadata("/dev/full").is_ok_and(|m| !m.is_file()),
        "the device was replaced"
    );
    // Standard output on a full disk.
    for arguments in [
        &problem[..],
        &["--help"],
        &["flow", "--help"],
        &["--version"],
    ] {
        let full = fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("a device");
        let output = program(here.path())
            .args(arguments)
            .stdout(Stdio::from(full))
            .stderr(Stdio::piped())
            .output()
            .expect("starts");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(
            stderr(&output).contains("cannot write standard output"),
            "{}",
            stderr(&output)
        );
    }
}

/// A file system of 128 KiB, where the user may mount one: the old file stays, no part of the new one appears, and a sweep
/// goes on once there is room.
#[cfg(target_os = "linux")]
#[test]
fn a_full_file_system_leaves_the_old_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = r#"
        set -u
        mount -t tmpfs -o size=128k tmpfs "$2" 2>/dev/null || { echo "not mounted"; exit 0; }
        cd "$2"
        printf old > h.npy
        printf 'replicates = 2\nneurons = [2]\nnoise = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]\nstart = [{ law = "he" }]\n' > s.toml
        head -c 200000 /dev/zero > filler 2>/dev/null
        "$1" hessian --student "$3/student.npy" --teacher "$3/teacher.npy" -o h.npy; echo "status $?"
        # Room for the configuration and two of the six cells.
        truncate -s -12k filler
        "$1" sweep s.toml -o sweep; echo "status $?"
        echo "old: $(cat h.npy) $(ls -A | grep -c unfinished)"
        rm filler
        "$1" sweep s.toml -o sweep -q; echo "status $?"
        cat sweep/sweep.csv | wc -l
    "#;
    // In a mount namespace of its own, so that nothing is left mounted.
    let output = Command::new("unshare")
        .args([
            "--mount",
            "--map-root-user",
            "bash",
            "-c",
            script,
            "bash",
            env!("CARGO_BIN_EXE_relu-lab"),
        ])
        .arg(folder.path())
        .arg(fixtures())
        .output();
    let Ok(output) = output else {
        eprintln!("unshare is not there: only /dev/full was tested");
        return;
    };
    let text = common::stdout(&output);
    if text.contains("not mounted") || text.is_empty() {
        eprintln!("no file system may be mounted here: only /dev/full was tested");
        return;
    }
    let errors = stderr(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        ["status 1", "status 1", "old: old 0", "status 0", "7"],
        "{text}\n{errors}"
    );
    assert_eq!(errors.matches("No space left").count(), 2, "{errors}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = program(&fixtures())
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let mut error = String::new();
    child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut error)
        .expect("text");
    assert!(child.wait().expect("ends").success(), "{error}");
    assert_eq!(error, "");
    let help = run(&fixtures(), &[]);
    assert_eq!(help.status.code(), Some(2));
}
