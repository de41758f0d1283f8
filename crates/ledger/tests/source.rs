//! Links are resolved as rustdoc resolves them.

use std::fs;

use ledger::Sources;
use tempfile::TempDir;

const FILES: &[(&str, &str)] = &[
    (
        "crates/shapes/src/lib.rs",
        "mod plane;\npub mod solid;\nmod round;\nmod twice;\n\
         pub use plane::{Polygon, area as surface, polygon::*};\n\
         pub use round::Circle as Disc;\npub use crate::round::inner::Deep;\n\
         pub use measures::Unit;\npub use twice::*;\n\
         pub const SIDES: usize = 3;\nfn hidden() {}\npub(crate) fn within() {}\n\
         #[macro_export]\nmacro_rules! corner { () => {} }\n",
    ),
    (
        "crates/shapes/src/plane.rs",
        "pub(crate) mod polygon;\npub use polygon::Polygon;\npub fn area() {}\nfn project() {}\n\
         pub fn solid() {}\n",
    ),
    (
        "crates/shapes/src/plane/polygon.rs",
        "pub struct Polygon { pub sides: usize, secret: usize }\npub enum Kind { Convex, Star }\n\
         impl Polygon { fn project(&self) {} }\npub trait Shape { fn size(&self); }\n\
         impl Shape for Polygon { fn size(&self) {} }\n",
    ),
    (
        "crates/shapes/src/solid/mod.rs",
        "use super::plane::polygon::Polygon as Face;\nuse self::body::Body;\nmod body;\n\
         impl Face { pub fn lift(&self) {} }\npub use body::Body as Solid;\npub fn solid() {}\n\
         impl Body { pub fn project(&self) {} }\n",
    ),
    ("crates/shapes/src/solid/body.rs", "pub struct Body;\n"),
    (
        "crates/shapes/src/round.rs",
        "pub struct Circle;\nimpl Circle { pub const PI: f64 = 3.0; }\n\
         pub mod inner { pub struct Deep; impl Deep { pub fn down() {} } }\n\
         #[cfg(test)] mod tests { pub struct Deep; }\n",
    ),
    (
        "crates/shapes/src/twice.rs",
        "pub mod both;\npub fn both() {}\npub use crate::twice as circle;\n",
    ),
    ("crates/shapes/src/twice/both.rs", ""),
    (
        "crates/measures/src/lib.rs",
        "mod unit;\npub use unit::Unit;\n",
    ),
    (
        "crates/measures/src/unit.rs",
        "pub struct Unit;\nimpl Unit { pub fn metre() {} }\n",
    ),
];

fn with_sources(look: impl FnOnce(&Sources)) {
    let folder = TempDir::new().expect("a folder");
    for (path, text) in FILES {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    look(&Sources::new(folder.path()));
}

#[test]
fn a_link_leads_to_the_file_of_its_definition() {
    let cases = [
        ("crate::SIDES", "shapes/src/lib.rs"),
        ("crate::Polygon", "shapes/src/plane/polygon.rs"),
        // Renamed, by a star, from a module inside a file.
        ("crate::surface", "shapes/src/plane.rs"),
        ("crate::Kind::Star", "shapes/src/plane/polygon.rs"),
        ("crate::Disc::PI", "shapes/src/round.rs"),
        ("crate::Deep::down", "shapes/src/round.rs"),
        ("crate::Polygon::sides", "shapes/src/plane/polygon.rs"),
        ("crate::Polygon::size", "shapes/src/plane/polygon.rs"),
        ("crate::Shape::size", "shapes/src/plane/polygon.rs"),
        // Methods in other files than the type, one under another name; `project` of `Solid` alone is public.
        ("crate::Polygon::lift", "shapes/src/solid/mod.rs"),
        ("crate::solid::Solid::project", "shapes/src/solid/mod.rs"),
        ("crate::solid::Solid", "shapes/src/solid/body.rs"),
        ("crate::solid", "shapes/src/solid/mod.rs"),
        ("crate::solid::solid", "shapes/src/solid/mod.rs"),
        // A module and a function of one name.
        ("crate::both()", "shapes/src/twice.rs"),
        ("fn@crate::both", "shapes/src/twice.rs"),
        ("mod@crate::both", "shapes/src/twice/both.rs"),
        // Around a circle of `use`, and from another crate.
        ("crate::circle::circle::both()", "shapes/src/twice.rs"),
        ("crate::Unit::metre", "measures/src/unit.rs"),
        ("measures::Unit", "measures/src/unit.rs"),
        ("`crate::Polygon`", "shapes/src/plane/polygon.rs"),
    ];
    with_sources(|sources| {
        for (link, file) in cases {
            let found = sources.file_of("shapes", link);
            assert_eq!(found.expect(link), format!("crates/{file}"), "{link}");
        }
    });
}

#[test]
fn what_is_private_absent_or_double_is_refused() {
    let cases = [
        ("crate::hidden", "is private"),
        ("crate::within", "is private"),
        ("crate::plane::area", "is private"),
        ("crate::plane::project", "is private"),
        ("crate::Polygon::project", "is private"),
        ("crate::Polygon::secret", "is private"),
        ("crate::Circle", "no such item"),
        ("crate::round::tests::Deep", "no such item"),
        ("crate::Disc::project", "no such item"),
        ("crate::Kind::Concave", "no such item"),
        ("crate::both", "names two things"),
        ("fn@crate::Polygon", "is private, or is not of that kind"),
        ("std::vec::Vec", "no path from `crate::`"),
        ("crate", "no path from `crate::`"),
        ("Polygon", "no path from `crate::`"),
    ];
    with_sources(|sources| {
        for (link, words) in cases {
            let error = sources.file_of("shapes", link).expect_err(link).to_string();
            assert!(error.contains(words), "{link}: {error}");
        }
    });
}
