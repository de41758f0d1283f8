//! Help, completions, man page and the page of the command.

use crate::common::{fixtures, refused, run, stderr, stdout};

#[test]
fn help_completions_man_page_and_suggestions() {
    let here = fixtures();
    let help = stdout(&run(&here, &["--help"]));
    for command in [
        "loss",
        "gradient",
        "hessian",
        "angles",
        "flow",
        "critical-points",
        "certify",
        "check",
        "geometric-condition",
        "separability",
        "planar",
        "sweep",
        "merge",
        "schema",
        "completions",
        "man",
    ] {
        assert!(help.contains(command), "{command}");
        let own = run(&here, &[command, "--help"]);
        assert!(own.status.success());
        let text = stdout(&own);
        assert!(text.contains("Example: relu-lab"), "{command}: {text}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = stdout(&run(&here, &["completions", shell]));
        assert!(text.contains("critical-points"), "{shell}");
    }
    let page = stdout(&run(&here, &["man"]));
    assert!(
        page.contains(".TH") && page.contains("stop\\-gradient"),
        "{page}"
    );
    let option = run(&here, &["loss", "--studnet", "student.npy"]);
    assert_eq!(option.status.code(), Some(2));
    assert!(
        stderr(&option).contains("--student") && stderr(&option).lines().count() == 1,
        "{}",
        stderr(&option)
    );
    let command = run(&here, &["gradeint"]);
    assert!(
        stderr(&command).contains("gradient"),
        "{}",
        stderr(&command)
    );
    refused(&here, &["schema", "hesian"], &["hessian"]);
    refused(
        &here,
        &[
            "flow",
            "--student",
            "student.npy",
            "--teacher",
            "teacher.npy",
            "--method",
            "adaptve",
        ],
        &["adaptive"],
    );
}

/// The page of the command is the one in the repository; write it anew by
/// `cargo run -p relu-lab -- reference > docs/CLI.md`.
#[test]
fn the_reference_is_up_to_date() {
    let page = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CLI.md"),
    )
    .expect("docs/CLI.md");
    assert_eq!(stdout(&run(&fixtures(), &["reference"])), page);
}
