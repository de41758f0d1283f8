//! The items, one file each under `src/catalogue/`.
//!
//! The build script lists that folder: a new file with a `pub const ITEM: Item` is a new item.

use crate::item::Item;

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// The items with the given ids in catalogue order, all of `items` for an empty list.
///
/// # Errors
/// A sentence that names the first unknown id, the nearest known one, and all known ones.
pub fn select<'a>(items: &'a [Item], ids: &[String]) -> anyhow::Result<Vec<&'a Item>> {
    for id in ids {
        if !items.iter().any(|item| item.id == id) {
            anyhow::bail!("{}", unknown(items, id));
        }
    }
    Ok(items
        .iter()
        .filter(|item| ids.is_empty() || ids.iter().any(|id| id == item.id))
        .collect())
}

fn unknown(items: &[Item], id: &str) -> String {
    let distance = |item: &&Item| strsim::damerau_levenshtein(&id.to_lowercase(), item.id);
    let hint = items
        .iter()
        .min_by_key(distance)
        .filter(|item| distance(item) <= 1 + id.len() / 3)
        .map_or(String::new(), |item| {
            format!(" Did you mean `{}`?", item.id)
        });
    let known: Vec<&str> = items.iter().map(|item| item.id).collect();
    format!(
        "no item is called `{id}`.{hint}\nThe known ones are: {}",
        known.join(", ")
    )
}
