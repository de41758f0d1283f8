//! The meaning of a path in the modules of a crate.

use std::path::PathBuf;
use std::rc::Rc;

use super::tree::{Definition, ROOT, Tree};
use super::{Kind, Sources};

/// Longest chain of `use` that is followed; it ends those that run in a circle.
const LONGEST_CHAIN: usize = 32;

/// An item that a path means.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) file: PathBuf,
    pub(super) kind: Kind,
}

/// A place in the modules of a crate: the item `item` of the module `module`, or that module's self.
#[derive(Debug, Clone)]
struct Place {
    tree: Rc<Tree>,
    module: usize,
    item: Option<usize>,
}

impl Place {
    fn definition(&self) -> Option<&Definition> {
        Some(&self.tree.modules[self.module].items[self.item?])
    }

    fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.tree, &other.tree)
            && (self.module, self.item) == (other.module, other.item)
    }

    fn found(&self) -> Found {
        let definition = self.definition();
        // A module stands in its own file, not in the one that declares it.
        let module = definition.and_then(|definition| definition.module);
        Found {
            file: self.tree.modules[module.unwrap_or(self.module)]
                .file
                .clone(),
            kind: definition.map_or(Kind::Type, |definition| definition.kind),
        }
    }
}

/// A search that sees what is public, or everything.
pub(super) struct Search<'a> {
    pub(super) sources: &'a Sources,
    pub(super) private: bool,
}

impl Search<'_> {
    /// What `names` mean, seen from outside of the module `from`.
    pub(super) fn path(&self, tree: &Rc<Tree>, from: usize, names: &[&str]) -> Vec<Found> {
        let Some((last, before)) = names.split_last() else {
            return Vec::new();
        };
        let mut modules = vec![(Rc::clone(tree), from)];
        let mut types = Vec::new();
        for name in before {
            let places: Vec<Place> = modules
                .iter()
                .flat_map(|(tree, module)| self.seen(tree, *module, name, 0))
                .collect();
            (modules, types) = (Vec::new(), Vec::new());
            for place in places {
                match place.definition() {
                    Some(definition) => match definition.module {
                        Some(inner) => modules.push((place.tree, inner)),
                        None => types.push(place),
                    },
                    None => modules.push((place.tree, place.module)),
                }
            }
        }
        let items = modules
            .iter()
            .flat_map(|(tree, module)| self.seen(tree, *module, last, 0))
            .map(|place| place.found());
        let members = types
            .iter()
            .flat_map(|place| self.members(place, last))
            .collect::<Vec<_>>();
        items.chain(members).collect()
    }

    /// What `name` means in a module, as far as it can be seen from outside.
    fn seen(&self, tree: &Rc<Tree>, module: usize, name: &str, depth: usize) -> Vec<Place> {
        named(self.sources, tree, module, name, self.private, depth)
    }

    /// The members of a type with that name.
    fn members(&self, place: &Place, name: &str) -> Vec<Found> {
        let Some(definition) = place.definition() else {
            return Vec::new();
        };
        let fits = |public: bool, other: &str| other == name && (public || self.private);
        let module = &place.tree.modules[place.module];
        let mut found: Vec<Found> = definition
            .members
            .iter()
            .filter(|member| fits(member.public, &member.name))
            .map(|member| Found {
                file: module.file.clone(),
                kind: member.kind,
            })
            .collect();
        for (index, other) in place.tree.modules.iter().enumerate() {
            for block in &other.impls {
                let members = block
                    .members
                    .iter()
                    .filter(|member| fits(member.public, &member.name));
                let mut members = members.peekable();
                if members.peek().is_none() {
                    continue;
                }
                let of = inside(self.sources, &place.tree, index, &block.of, 0);
                if of.iter().any(|of| of.is(place)) {
                    found.extend(members.map(|member| Found {
                        file: other.file.clone(),
                        kind: member.kind,
                    }));
                }
            }
        }
        found
    }
}

/// What `name` means in a module: its items, then its named imports, then those by `*`. Private ones count if asked for.
fn named(
    sources: &Sources,
    tree: &Rc<Tree>,
    module: usize,
    name: &str,
    private: bool,
    depth: usize,
) -> Vec<Place> {
    if depth > LONGEST_CHAIN {
        return Vec::new();
    }
    let here = &tree.modules[module];
    let mut places: Vec<Place> = here
        .items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.name == name && (private || item.public))
        .map(|(item, _)| Place {
            tree: Rc::clone(tree),
            module,
            item: Some(item),
        })
        .collect();
    for import in &here.uses {
        if (private || import.public) && import.name.as_deref() == Some(name) {
            for place in inside(sources, tree, module, &import.path, depth + 1) {
                if !places.iter().any(|known| known.is(&place)) {
                    places.push(place);
                }
            }
        }
    }
    if !places.is_empty() {
        return places;
    }
    for import in &here.uses {
        if (private || import.public) && import.name.is_none() {
            for source in inside(sources, tree, module, &import.path, depth + 1) {
                let inner = source
                    .definition()
                    .map_or(Some(source.module), |d| d.module);
                if let Some(inner) = inner {
                    places.extend(named(sources, &source.tree, inner, name, false, depth + 1));
                }
            }
        }
    }
    places
}

/// What a path means to code inside a module, which sees what is private.
fn inside(
    sources: &Sources,
    tree: &Rc<Tree>,
    module: usize,
    path: &[String],
    depth: usize,
) -> Vec<Place> {
    let whole = |tree: &Rc<Tree>, module| Place {
        tree: Rc::clone(tree),
        module,
        item: None,
    };
    let Some((first, rest)) = path.split_first() else {
        return Vec::new();
    };
    let mut places = match first.as_str() {
        "crate" => vec![whole(tree, ROOT)],
        "self" => vec![whole(tree, module)],
        "super" => vec![whole(tree, tree.modules[module].parent)],
        name => named(sources, tree, module, name, true, depth),
    };
    if places.is_empty() {
        // Another crate of the workspace.
        let other = sources.tree(&first.replace('_', "-"));
        places.extend(other.ok().map(|other| whole(&other, ROOT)));
    }
    for name in rest {
        let mut next = Vec::new();
        for place in places {
            let inner = place.definition().map_or(Some(place.module), |d| d.module);
            let Some(inner) = inner else { continue };
            if name == "super" {
                next.push(whole(&place.tree, place.tree.modules[inner].parent));
            } else {
                next.extend(named(sources, &place.tree, inner, name, true, depth + 1));
            }
        }
        places = next;
    }
    places
}
