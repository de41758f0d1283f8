//! The comparison of ledger, tests and catalogue finds every kind of difference.

use std::fs;
use std::path::Path;

use figures::claims::{Evidence, Tests, differences, page};
use figures::ledger::{self, Ledger};
use figures::{Item, Kind, Outcome, Verdict};
use tempfile::TempDir;

const HEADER: &str =
    "| id | source | statement | status | code | test | figure |\n|---|---|---|---|---|---|---|\n";
const ROW: &str =
    "| p-1.2 | P17 Thm 1 | \\|x\\| ≥ 0 | corrected | [size](crate::size) | p_1_2 | fig1 |\n";
const ERRATA: &str = "# Errata\n\n## p-1.2\n\nText.\n";
const NAMES: [&str; 4] = [
    "p_1_2::oracle_a",
    "p_1_2::symmetry_b",
    "p_1_2::nonvacuity_c",
    "p_1_2::refutes_d",
];

fn item(id: &'static str) -> Item {
    let run = |_: &figures::Context| Ok(Outcome::new(Verdict::Pass, ""));
    Item {
        id,
        kind: Kind::Figure,
        paper: "",
        title: "",
        run,
    }
}

struct Case {
    ledger: String,
    names: Vec<String>,
    items: Vec<Item>,
    files: Vec<&'static str>,
    errata: String,
}

impl Case {
    fn sound() -> Self {
        Self {
            ledger: format!(
                "{HEADER}{ROW}| fig1 | P17 Fig 1 | drawn | checked | [size](crate::size) | fig1 | fig1 |\n"
            ),
            names: NAMES
                .iter()
                .copied()
                .chain(["fig1::oracle_a", "fig1::symmetry_b", "fig1::nonvacuity_c"])
                .map(ToOwned::to_owned)
                .collect(),
            items: vec![item("fig1")],
            files: vec!["fig1.rs"],
            errata: ERRATA.to_owned(),
        }
    }

    fn examine<T>(&self, root: &Path, look: impl FnOnce(&Evidence<'_>) -> T) -> T {
        fs::create_dir_all(root.join("crates/owner/src")).expect("made");
        fs::write(root.join("crates/owner/src/size.rs"), "pub fn size() {}\n").expect("written");
        let room = root.join("crates/figures/src/catalogue/p17");
        fs::create_dir_all(&room).expect("made");
        for file in &self.files {
            fs::write(room.join(file), "").expect("written");
        }
        let ledger = Ledger {
            rows: ledger::parse("owner", &self.ledger).expect("a ledger"),
        };
        let tests = [Tests {
            owner: "owner".to_owned(),
            names: self.names.clone(),
        }];
        let (items, errata) = (&self.items, &self.errata);
        look(&Evidence {
            root,
            ledger: &ledger,
            tests: &tests,
            items,
            errata,
        })
    }

    fn differences(&self) -> Vec<String> {
        let root = TempDir::new().expect("a folder");
        self.examine(root.path(), differences)
    }
}

#[test]
fn a_sound_ledger_has_no_difference() {
    assert_eq!(Case::sound().differences(), Vec::<String>::new());
}

type Spoil = fn(&mut Case);

#[test]
fn every_difference_is_named() {
    let cases: [(&str, Spoil); 13] = [
        ("has no test in p_1_2", |case| {
            case.names.retain(|name| !name.starts_with("p_1_2"));
        }),
        ("belongs to no row", |case| {
            case.names.push("stray::oracle_a".to_owned());
        }),
        ("begins with oracle_", |case| {
            case.names.retain(|name| name != "p_1_2::oracle_a");
        }),
        ("begins with symmetry_", |case| {
            case.names.retain(|name| name != "p_1_2::symmetry_b");
        }),
        ("begins with nonvacuity_", |case| {
            case.names.retain(|name| name != "p_1_2::nonvacuity_c");
        }),
        ("begins with refutes_", |case| {
            case.names.retain(|name| name != "p_1_2::refutes_d");
        }),
        ("no heading `## p-1.2`", |case| {
            case.errata = case.errata.replace("## p-1.2", "## p-1");
        }),
        ("which the catalogue does not have", |case| {
            case.ledger = case.ledger.replace("| p_1_2 | fig1 |", "| p_1_2 | fig2 |");
        }),
        ("without a row in any ledger", |case| {
            case.items.push(item("fig3"));
        }),
        ("fig4.rs: a file of the catalogue", |case| {
            case.files.push("fig4.rs");
        }),
        ("unknown status `maybe`", |case| {
            case.ledger = case.ledger.replace("corrected", "maybe");
        }),
        ("stands in the ledger twice", |case| {
            case.ledger.push_str(ROW);
        }),
        ("defines no length", |case| {
            case.ledger = case
                .ledger
                .replacen("[size](crate::size)", "[length](crate::length)", 1);
        }),
    ];
    for (words, spoil) in cases {
        let mut case = Case::sound();
        spoil(&mut case);
        let found = case.differences();
        assert!(
            found.iter().any(|sentence| sentence.contains(words)),
            "{words}: {found:?}"
        );
    }
}

#[test]
fn the_page_links_code_tests_figures_and_errata() {
    let root = TempDir::new().expect("a folder");
    let page = Case::sound().examine(root.path(), page);
    for words in [
        "A passing property is evidence, not proof.",
        "[`size`](../crates/owner/src/size.rs)",
        "[p_1_2](../crates/owner/tests/claims/p_1_2.rs)",
        "[corrected](ERRATA.md#p-12)",
        "[fig1](../crates/figures/src/catalogue/p17/fig1.rs)",
        "\\|x\\| ≥ 0",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
}
