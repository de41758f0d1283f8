//! `guide OUT`: writes the pages of `docs/guide` to the folder OUT.

use std::path::{Path, PathBuf};

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let out = std::env::args_os()
        .nth(1)
        .map_or_else(|| root.join("target/guide"), PathBuf::from);
    let chapters = guide::chapters(&root.join("docs/guide"))?;
    guide::write(&chapters, &out)?;
    println!("open {}", out.join("index.html").display());
    Ok(())
}
