//! The modules of a crate and what they define, read from its files.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use syn::{Fields, ImplItem, Item, TraitItem, Type, UseTree, Visibility};

use super::Kind;

/// The place of the crate's root among its modules.
pub(super) const ROOT: usize = 0;

/// A crate.
#[derive(Debug)]
pub(super) struct Tree {
    /// Its modules; the first is its root.
    pub(super) modules: Vec<Module>,
}

/// A module.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) file: PathBuf,
    pub(super) parent: usize,
    pub(super) items: Vec<Definition>,
    pub(super) uses: Vec<Use>,
    pub(super) impls: Vec<Impl>,
}

/// An item of a module.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) public: bool,
    pub(super) kind: Kind,
    /// The place of the module that it is, if it is one.
    pub(super) module: Option<usize>,
    /// Variants, fields, and the items of a trait.
    pub(super) members: Vec<Member>,
}

/// What belongs to a type.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) public: bool,
    pub(super) kind: Kind,
}

/// `use path as name;`, or `use path::*;` where there is no name.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) path: Vec<String>,
    pub(super) name: Option<String>,
    pub(super) public: bool,
}

/// An `impl` block.
#[derive(Debug)]
pub(super) struct Impl {
    /// The path of the type, as written.
    pub(super) of: Vec<String>,
    pub(super) members: Vec<Member>,
}

impl Tree {
    /// The crate whose root is `file`.
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let mut tree = Self {
            modules: Vec::new(),
        };
        let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
        tree.module(file, ROOT, &folder, parse(file)?)?;
        Ok(tree)
    }

    /// Enters a module; the files of its modules are in `folder`.
    fn module(
        &mut self,
        file: &Path,
        parent: usize,
        folder: &Path,
        items: Vec<Item>,
    ) -> anyhow::Result<usize> {
        let place = self.modules.len();
        self.modules.push(Module {
            file: file.to_path_buf(),
            parent,
            items: Vec::new(),
            uses: Vec::new(),
            impls: Vec::new(),
        });
        for item in items {
            self.item(place, file, folder, item)?;
        }
        Ok(place)
    }

    fn item(&mut self, place: usize, file: &Path, folder: &Path, item: Item) -> anyhow::Result<()> {
        let (name, visibility, kind, members) = match item {
            Item::Mod(module) => {
                if only_for_tests(&module.attrs) {
                    return Ok(());
                }
                let name = plain(&module.ident);
                let inside = folder.join(&name);
                let (path, items) = if let Some((_, items)) = module.content {
                    (file.to_path_buf(), items)
                } else {
                    let path = [folder.join(format!("{name}.rs")), inside.join("mod.rs")]
                        .into_iter()
                        .find(|path| path.is_file())
                        .with_context(|| {
                            format!("{} has `mod {name}` without a file", file.display())
                        })?;
                    let items = parse(&path)?;
                    (path, items)
                };
                let module_place = self.module(&path, place, &inside, items)?;
                self.modules[place].items.push(Definition {
                    name,
                    public: is_public(&module.vis),
                    kind: Kind::Type,
                    module: Some(module_place),
                    members: Vec::new(),
                });
                return Ok(());
            }
            Item::Use(import) => {
                let public = is_public(&import.vis);
                imports(
                    &import.tree,
                    &mut Vec::new(),
                    public,
                    &mut self.modules[place].uses,
                );
                return Ok(());
            }
            Item::Impl(block) => {
                if let Type::Path(of) = *block.self_ty {
                    let of = of.path.segments.iter().map(|part| plain(&part.ident));
                    let open = block.trait_.is_some();
                    let members = block
                        .items
                        .iter()
                        .filter_map(|item| impl_member(item, open));
                    self.modules[place].impls.push(Impl {
                        of: of.collect(),
                        members: members.collect(),
                    });
                }
                return Ok(());
            }
            Item::Struct(item) => (item.ident, item.vis, Kind::Type, fields(&item.fields)),
            Item::Union(item) => (
                item.ident,
                item.vis,
                Kind::Type,
                fields(&Fields::Named(item.fields)),
            ),
            Item::Enum(item) => {
                let variants = item.variants.iter().map(|variant| Member {
                    name: plain(&variant.ident),
                    public: true,
                    kind: Kind::Value,
                });
                let variants = variants.collect();
                (item.ident, item.vis, Kind::Type, variants)
            }
            Item::Trait(item) => {
                let members = item.items.iter().filter_map(trait_member).collect();
                (item.ident, item.vis, Kind::Type, members)
            }
            Item::Type(item) => (item.ident, item.vis, Kind::Type, Vec::new()),
            Item::Fn(item) => (item.sig.ident, item.vis, Kind::Value, Vec::new()),
            Item::Const(item) => (item.ident, item.vis, Kind::Value, Vec::new()),
            Item::Static(item) => (item.ident, item.vis, Kind::Value, Vec::new()),
            _ => return Ok(()),
        };
        self.modules[place].items.push(Definition {
            name: plain(&name),
            public: is_public(&visibility),
            kind,
            module: None,
            members,
        });
        Ok(())
    }
}

fn parse(file: &Path) -> anyhow::Result<Vec<Item>> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let parsed =
        syn::parse_file(&text).with_context(|| format!("{} is no Rust", file.display()))?;
    Ok(parsed.items)
}

fn plain(name: &syn::Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").map_or(name.clone(), str::to_owned)
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Whether the attributes contain `#[cfg(test)]`.
fn only_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|condition| condition == "test")
    })
}

/// The imports of a `use` tree under the path `before`.
fn imports(tree: &UseTree, before: &mut Vec<String>, public: bool, found: &mut Vec<Use>) {
    let mut enter = |name: &syn::Ident, alias: &syn::Ident| {
        let mut path = before.clone();
        // `use a::{self}` imports `a`.
        if name != "self" {
            path.push(plain(name));
        }
        let alias = if alias == "self" {
            path.last().cloned().unwrap_or_default()
        } else {
            plain(alias)
        };
        found.push(Use {
            path,
            name: Some(alias),
            public,
        });
    };
    match tree {
        UseTree::Name(name) => enter(&name.ident, &name.ident),
        UseTree::Rename(rename) => enter(&rename.ident, &rename.rename),
        UseTree::Glob(_) => found.push(Use {
            path: before.clone(),
            name: None,
            public,
        }),
        UseTree::Path(path) => {
            before.push(plain(&path.ident));
            imports(&path.tree, before, public, found);
            before.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                imports(tree, before, public, found);
            }
        }
    }
}

fn fields(fields: &Fields) -> Vec<Member> {
    let named = fields.iter().filter_map(|field| {
        Some(Member {
            name: plain(field.ident.as_ref()?),
            public: is_public(&field.vis),
            kind: Kind::Value,
        })
    });
    named.collect()
}

/// An item of an `impl` block; those of a trait are as public as the trait.
fn impl_member(item: &ImplItem, open: bool) -> Option<Member> {
    let (name, visibility, kind) = match item {
        ImplItem::Fn(item) => (&item.sig.ident, &item.vis, Kind::Value),
        ImplItem::Const(item) => (&item.ident, &item.vis, Kind::Value),
        ImplItem::Type(item) => (&item.ident, &item.vis, Kind::Type),
        _ => return None,
    };
    Some(Member {
        name: plain(name),
        public: open || is_public(visibility),
        kind,
    })
}

fn trait_member(item: &TraitItem) -> Option<Member> {
    let (name, kind) = match item {
        TraitItem::Fn(item) => (&item.sig.ident, Kind::Value),
        TraitItem::Const(item) => (&item.ident, Kind::Value),
        TraitItem::Type(item) => (&item.ident, Kind::Type),
        _ => return None,
    };
    Some(Member {
        name: plain(name),
        public: true,
        kind,
    })
}
