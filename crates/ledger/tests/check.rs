//! The comparison of ledger, code, tests, proofs and catalogue finds every kind of difference.

use std::fs;
use std::path::Path;

use ledger::{
    ClaimTests, Evidence, Item, Ledger, Sources, WrittenProofs, differences, page, parse,
};
use tempfile::TempDir;

const HEADER: &str = "| id | source | statement | status | rests on | code | test | figure |\n|---|---|---|---|---|---|---|---|\n";
const CORRECTED: &str = "| p-1.2 | P17 Thm 1 | \\|x\\| ≥ 0 | corrected | refutation p-1.2 | [size](crate::size) | p_1_2 | fig1 |\n";
const DRAWN: &str =
    "| fig1 | P17 Fig 1 | drawn | checked | — | [size](crate::size) | fig1 | fig1 |\n";
const PROVED: &str = "| sure | P17 Thm 2 | x = x | proved | certificate same; points fig1; written by-hand-sure | [size](crate::size) | sure | — |\n";
const ERRATA: &str = "# Errata\n\n## p-1.2\n\nText.\n";
const PROOFS: &str =
    "# Proofs\n\n## How a proof works\n\n## By interval (`same`)\n\n## By hand (`sure`)\n";
const NAMES: [&str; 10] = [
    "p_1_2::oracle_a",
    "p_1_2::symmetry_b",
    "p_1_2::nonvacuity_c",
    "p_1_2::refutes_d",
    "fig1::oracle_a",
    "fig1::symmetry_b",
    "fig1::nonvacuity_c",
    "sure::oracle_a",
    "sure::symmetry_b",
    "sure::nonvacuity_c",
];
const TEST: &str = "use gaussian_oracle::quadrature;\n#[test]\nfn oracle_a() {}\n";

struct Case {
    ledger: String,
    names: Vec<&'static str>,
    items: Vec<Item<'static>>,
    catalogue: Vec<&'static str>,
    errata: String,
    proofs: String,
    certificates: Vec<&'static str>,
    refutations: Vec<&'static str>,
    test: String,
}

impl Case {
    fn sound() -> Self {
        Self {
            ledger: [HEADER, CORRECTED, DRAWN, PROVED].concat(),
            names: NAMES.to_vec(),
            items: vec![Item {
                id: "fig1",
                proves: true,
            }],
            catalogue: vec!["fig1.rs"],
            errata: ERRATA.to_owned(),
            proofs: PROOFS.to_owned(),
            certificates: vec!["same"],
            refutations: vec!["p-1.2"],
            test: TEST.to_owned(),
        }
    }

    fn examine<T>(&self, look: impl FnOnce(&Evidence<'_>) -> T) -> T {
        let folder = TempDir::new().expect("a folder");
        let root = folder.path();
        let write = |path: &str, text: &str| write(root, path, text);
        write(
            "crates/owner/src/lib.rs",
            "mod size;\npub use size::size;\n",
        );
        write(
            "crates/owner/src/size.rs",
            "pub fn size() {}\nfn hidden() {}\n",
        );
        for module in ["p_1_2", "fig1", "sure"] {
            write(
                &format!("crates/owner/tests/claims/{module}.rs"),
                &self.test,
            );
        }
        for file in &self.catalogue {
            write(&format!("crates/figures/src/catalogue/p17/{file}"), "");
        }
        write("docs/PROOFS.md", &self.proofs);
        let ledger = Ledger {
            rows: parse("owner", &self.ledger).expect("a ledger"),
        };
        let tests = [ClaimTests {
            owner: "owner".to_owned(),
            names: self.names.iter().map(ToString::to_string).collect(),
        }];
        look(&Evidence {
            root,
            ledger: &ledger,
            sources: &Sources::new(root),
            tests: &tests,
            items: &self.items,
            errata: &self.errata,
            certificates: &self.certificates,
            refutations: &self.refutations,
            written: &WrittenProofs::read(root),
        })
    }

    fn differences(&self) -> Vec<String> {
        self.examine(differences)
    }

    fn replace(&mut self, from: &str, to: &str) {
        assert!(self.ledger.contains(from), "{from}");
        self.ledger = self.ledger.replacen(from, to, 1);
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
}

#[test]
fn a_sound_ledger_has_no_difference() {
    assert_eq!(Case::sound().differences(), Vec::<String>::new());
}

type Spoil = fn(&mut Case);

#[test]
fn every_difference_is_named() {
    let cases: &[(&str, Spoil)] = &[
        ("has no test in p_1_2", |case| {
            case.names.retain(|name| !name.starts_with("p_1_2"));
        }),
        ("belongs to no row", |case| {
            case.names.push("stray::oracle_a");
        }),
        ("begins with oracle_", |case| {
            case.names.retain(|name| *name != "p_1_2::oracle_a");
        }),
        ("begins with symmetry_", |case| {
            case.names.retain(|name| *name != "p_1_2::symmetry_b");
        }),
        ("begins with nonvacuity_", |case| {
            case.names.retain(|name| *name != "p_1_2::nonvacuity_c");
        }),
        ("begins with refutes_", |case| {
            case.names.retain(|name| *name != "p_1_2::refutes_d");
        }),
        ("imports no oracle", |case| {
            case.test = TEST.replace("use ", "// use ");
        }),
        ("no heading `## p-1.2`", |case| {
            case.errata = case.errata.replace("## p-1.2", "## p-1");
        }),
        ("which the catalogue does not have", |case| {
            case.replace("| p_1_2 | fig1 |", "| p_1_2 | fig2 |");
        }),
        ("without a row in any ledger", |case| {
            case.items.push(Item {
                id: "fig3",
                proves: false,
            });
        }),
        ("catalogue/p17/fig4.rs is not in the list", |case| {
            case.catalogue.push("fig4.rs");
        }),
        ("unknown status `maybe`", |case| {
            case.replace("corrected", "maybe");
        }),
        ("stands in the ledger twice", |case| {
            case.ledger.push_str(CORRECTED);
        }),
        ("no such item", |case| {
            case.replace("[size](crate::size)", "[length](crate::length)");
        }),
        ("is private", |case| {
            case.replace("[size](crate::size)", "[size](crate::size::size)");
        }),
        ("rests on no certificate, points or written proof", |case| {
            case.replace("certificate same; points fig1; written by-hand-sure", "—");
        }),
        ("rests on no certificate, points or written proof", |case| {
            case.replace("corrected", "proved");
        }),
        ("open, but it rests on a proof", |case| {
            case.replace("proved", "open");
        }),
        ("no theorem of that name", |case| {
            case.replace("certificate same", "certificate other");
        }),
        ("no row rests on `certificate same`", |case| {
            case.replace("certificate same; ", "");
        }),
        ("no heading of docs/PROOFS.md names that theorem", |case| {
            case.proofs = PROOFS.replace("`same`", "`sure`");
        }),
        ("no refutation of that name that holds", |case| {
            case.replace("refutation p-1.2", "refutation p-1.3");
        }),
        ("no row rests on `refutation p-1.2`", |case| {
            case.replace("refutation p-1.2", "—");
        }),
        ("no proof of that name", |case| {
            case.replace("points fig1", "points fig2");
        }),
        ("no proof of that name", |case| {
            case.items[0].proves = false;
        }),
        ("no section of that anchor", |case| {
            case.replace("by-hand-sure", "by-heart-sure");
        }),
        (
            "`sure` of the heading does not rest on this section",
            |case| {
                case.replace("; written by-hand-sure", "");
            },
        ),
        (
            "`p-7` of the heading does not rest on this section",
            |case| {
                case.proofs.push_str("## Another proof (`p-7`)\n");
            },
        ),
        ("names no claim in backticks", |case| {
            case.proofs.push_str("## Another proof\n");
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
fn the_page_links_code_tests_figures_proofs_and_errata() {
    let page = Case::sound().examine(page);
    for words in [
        "A passing property is evidence, not proof.",
        "[`size`](../crates/owner/src/size.rs)",
        "[p_1_2](../crates/owner/tests/claims/p_1_2.rs)",
        "[corrected](ERRATA.md#p-12)",
        "[refutation](ERRATA.md#p-12)",
        "[certificate same](PROOFS.md#by-interval-same); [points fig1](../crates/figures/src/catalogue/p17/fig1.rs); \
         [written proof](PROOFS.md#by-hand-sure)",
        "[fig1](../crates/figures/src/catalogue/p17/fig1.rs)",
        "\\|x\\| ≥ 0",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
}
