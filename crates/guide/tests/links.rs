//! Every link of the guide leads somewhere, and every page is in its table of contents.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide")
}

#[test]
fn every_link_resolves() {
    let chapters = guide::chapters(&folder()).unwrap();
    for chapter in &chapters {
        for link in &chapter.page.links {
            if link.starts_with("https://") {
                continue;
            }
            let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
            let name = path.strip_suffix(".md").unwrap_or(path);
            let target = if path.is_empty() {
                Some(chapter)
            } else {
                chapters.iter().find(|other| other.name == name)
            };
            match target {
                Some(target) => assert!(
                    fragment.is_empty()
                        || target.page.anchors.iter().any(|anchor| anchor == fragment),
                    "{}: `{link}` names no heading; there are {:?}",
                    chapter.name,
                    target.page.anchors
                ),
                None => assert!(
                    folder().join(path).exists(),
                    "{}: `{link}` leads nowhere",
                    chapter.name
                ),
            }
        }
    }
}

#[test]
fn every_page_has_its_place_in_the_order() {
    let listed: BTreeSet<String> = guide::chapters(&folder())
        .unwrap()
        .iter()
        .map(|chapter| chapter.name.to_owned())
        .collect();
    let present: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(listed, present);
}

#[test]
fn the_pages_are_written_with_their_formulas() {
    let out = tempfile::tempdir().unwrap();
    let chapters = guide::chapters(&folder()).unwrap();
    guide::write(&chapters, out.path()).unwrap();
    let page = std::fs::read_to_string(out.path().join("conventions.html")).unwrap();
    assert!(
        page.contains("<math") && !page.contains("$$"),
        "no formula was typeset"
    );
}
