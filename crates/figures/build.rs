//! Lists `src/catalogue/*.rs` so that adding an item means adding one file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let folder = here.join("src").join("catalogue");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build.rs");

    let mut modules = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            modules.push(path);
        }
    }
    modules.sort_by_key(|path| natural_key(path));

    let mut code = String::new();
    let mut list = String::new();
    for path in &modules {
        let stem = stem(path);
        let path = path.to_string_lossy();
        let _ = writeln!(code, "#[path = {path:?}]\npub mod {stem};");
        let _ = writeln!(list, "    {stem}::ITEM,");
    }
    let _ = writeln!(
        code,
        "/// Every item, in the order of its file name.\npub const ITEMS: &[crate::item::Item] = &[\n{list}];"
    );
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    fs::write(out.join("catalogue.rs"), code)
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The name cut into text and numbers, so that `7_10` follows `7_9`.
fn natural_key(path: &Path) -> Vec<(String, u64)> {
    let mut key = Vec::new();
    let (mut text, mut digits) = (String::new(), String::new());
    for letter in stem(path).chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
        } else {
            if !digits.is_empty() {
                key.push((
                    std::mem::take(&mut text),
                    digits.parse().unwrap_or(u64::MAX),
                ));
                digits.clear();
            }
            text.push(letter);
        }
    }
    key.push((text, digits.parse().unwrap_or(0)));
    key
}
