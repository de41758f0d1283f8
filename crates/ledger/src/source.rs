//! Where the code that a rustdoc link names is defined.
//!
//! rustdoc resolves a link to an item; this module resolves it to the file of that item, by the same rules: modules, `pub use`,
//! associated items, variants and fields, and what is private is refused.

mod resolve;
mod tree;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context as _, bail};

use resolve::Found;
use tree::Tree;

/// The crates of a workspace, read when they are first asked for.
#[derive(Debug)]
pub struct Sources {
    root: PathBuf,
    trees: RefCell<BTreeMap<String, Rc<Tree>>>,
}

impl Sources {
    /// The crates in the folder `crates` under `root`.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            trees: RefCell::default(),
        }
    }

    /// The file that defines what `link` names when it stands in the docs of the crate `owner`, relative to the root.
    ///
    /// A link is a path from `crate::` or from another crate of the workspace, such as `crate::Subspaces::project`,
    /// `crate::classify()` or `fn@crate::classify`.
    ///
    /// # Errors
    /// A sentence for a path that does not exist, that is private, or that names two things.
    pub fn file_of(&self, owner: &str, link: &str) -> anyhow::Result<String> {
        let wanted = Wanted::parse(link);
        let mut path = wanted.path.split("::");
        let home = match path.next() {
            Some("crate") => owner.to_owned(),
            Some(name) => name.replace('_', "-"),
            None => String::new(),
        };
        let names: Vec<&str> = path.collect();
        if names.is_empty() || !self.folder(&home).is_dir() {
            bail!("`{link}` is no path from `crate::` or from a crate of this workspace");
        }
        let mut files: Vec<PathBuf> = self
            .find(&home, &names, false)?
            .into_iter()
            .filter(|found| wanted.kind.is_none_or(|kind| kind == found.kind))
            .map(|found| found.file)
            .collect();
        files.sort();
        files.dedup();
        match files.as_slice() {
            [file] => Ok(file
                .strip_prefix(&self.root)
                .unwrap_or(file)
                .to_string_lossy()
                .replace('\\', "/")),
            [] if self.find(&home, &names, true)?.is_empty() => {
                bail!("`{link}`: crates/{home} has no such item")
            }
            [] => bail!("`{link}` is private, or is not of that kind"),
            _ => bail!("`{link}` names two things; write `{link}()` for a function"),
        }
    }

    /// What `names` mean from the root of a crate; the private ones too, if asked for.
    fn find(&self, home: &str, names: &[&str], private: bool) -> anyhow::Result<Vec<Found>> {
        let tree = self.tree(home)?;
        let search = resolve::Search {
            sources: self,
            private,
        };
        Ok(search.path(&tree, tree::ROOT, names))
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.root.join("crates").join(name)
    }

    /// The modules of the crate `name`.
    fn tree(&self, name: &str) -> anyhow::Result<Rc<Tree>> {
        if let Some(tree) = self.trees.borrow().get(name) {
            return Ok(Rc::clone(tree));
        }
        let tree = Tree::read(&self.folder(name).join("src/lib.rs"))
            .with_context(|| format!("cannot read the source of crates/{name}"))?;
        let tree = Rc::new(tree);
        self.trees
            .borrow_mut()
            .insert(name.to_owned(), Rc::clone(&tree));
        Ok(tree)
    }
}

/// What kind of thing a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Modules, types and traits.
    Type,
    /// Functions, constants, variants and fields.
    Value,
    /// Macros.
    Macro,
}

/// A link without the marks by which rustdoc tells kinds apart.
struct Wanted<'a> {
    path: &'a str,
    kind: Option<Kind>,
}

impl<'a> Wanted<'a> {
    fn parse(link: &'a str) -> Self {
        let link = link.trim().trim_matches('`');
        if let Some((word, path)) = link.split_once('@') {
            let kind = match word {
                "fn" | "function" | "method" | "const" | "constant" | "static" | "value"
                | "variant" | "field" => Kind::Value,
                "macro" | "derive" | "attr" => Kind::Macro,
                _ => Kind::Type,
            };
            return Self {
                path,
                kind: Some(kind),
            };
        }
        let marks = [("()", Kind::Value), ("!", Kind::Macro)];
        for (mark, kind) in marks {
            if let Some(path) = link.strip_suffix(mark) {
                return Self {
                    path,
                    kind: Some(kind),
                };
            }
        }
        Self {
            path: link,
            kind: None,
        }
    }
}
