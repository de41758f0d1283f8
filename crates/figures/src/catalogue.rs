//! The items: one file each, in a room for each paper.
//!
//! A new item is a file `src/catalogue/<paper>/<id>.rs` with a `pub const ITEM: Item`, a line `pub mod` in its room, and a line
//! of [`ITEMS`]. `cargo xtask claims` says when one of the two lines is missing.

use crate::item::Item;

pub mod beyond;
pub mod lyx;
pub mod t16;
pub mod t17;

/// Every item in the order of the ids, numbers in them as numbers; this is the order in which they run and are reported.
pub const ITEMS: &[Item] = &[
    beyond::certified_minima::ITEM,
    t17::empirical_flow::ITEM,
    t17::fig7::ITEM,
    t17::fig8::ITEM,
    t17::fig9::ITEM,
    t17::fig10::ITEM,
    t17::k2_one_inside::ITEM,
    t17::loss::ITEM,
    lyx::lyx_fig1::ITEM,
    lyx::lyx_fig3::ITEM,
    lyx::lyx_fig4::ITEM,
    lyx::lyx_fig5::ITEM,
    lyx::lyx_fig6::ITEM,
    lyx::lyx_fig7::ITEM,
    lyx::lyx_gc_compute::ITEM,
    lyx::lyx_l5_1::ITEM,
    lyx::lyx_l5_2::ITEM,
    lyx::lyx_prop1::ITEM,
    lyx::lyx_prop3::ITEM,
    lyx::lyx_prop4::ITEM,
    lyx::lyx_remark3::ITEM,
    lyx::lyx_table1::ITEM,
    t17::mr_invertible::ITEM,
    beyond::proofs::ITEM,
    beyond::spurious_minima::ITEM,
    t16::t16_eq9::ITEM,
    t16::t16_eq16::ITEM,
    t16::t16_eq22::ITEM,
    t16::t16_fig2::ITEM,
    t16::t16_fig2c::ITEM,
    t16::t16_l7_5::ITEM,
    t16::t16_l7_7::ITEM,
    t16::t16_l7_8::ITEM,
    t16::t16_thm7_6::ITEM,
    t16::t16_thm7_9::ITEM,
    t16::t16_thm7_10::ITEM,
    t16::t16_thm7_11::ITEM,
    t17::t17_conj1::ITEM,
    t17::t17_conj2::ITEM,
    t17::t17_eq6::ITEM,
    t17::t17_eq7::ITEM,
    t17::t17_eq8::ITEM,
    t17::t17_eq9::ITEM,
    t17::t17_eq10::ITEM,
    t17::t17_eq16::ITEM,
    t17::t17_eq17::ITEM,
    t17::t17_prop1::ITEM,
    t17::t17_prop2::ITEM,
    t17::t17_saddle_k2::ITEM,
    t17::t17_thm1::ITEM,
    t17::t17_thm2::ITEM,
    t17::t17_thm3::ITEM,
    t17::t17_thm4::ITEM,
    t17::t17_thm5::ITEM,
    t17::t17_thm6::ITEM,
    t17::t17_thm7::ITEM,
];

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

#[cfg(test)]
mod tests {
    use super::*;

    /// An id cut into words and numbers, so that `t16-thm7.10` follows `t16-thm7.9`.
    fn words_and_numbers(id: &str) -> Vec<(String, u64)> {
        let mut parts = Vec::new();
        let (mut word, mut number) = (String::new(), String::new());
        for letter in id.chars() {
            if letter.is_ascii_digit() {
                number.push(letter);
                continue;
            }
            if !number.is_empty() {
                let value = number.parse().expect("a number");
                parts.push((std::mem::take(&mut word), value));
                number.clear();
            }
            word.push(if letter == '.' { '_' } else { letter });
        }
        parts.push((word, number.parse().unwrap_or(0)));
        parts
    }

    #[test]
    fn items_stand_in_the_order_of_their_ids() {
        let order = |pair: &[Item]| words_and_numbers(pair[0].id) < words_and_numbers(pair[1].id);
        for pair in ITEMS.windows(2) {
            assert!(order(pair), "{} before {}", pair[0].id, pair[1].id);
        }
        assert!(words_and_numbers("t16-thm7.9") < words_and_numbers("t16-thm7.10"));
    }
}
