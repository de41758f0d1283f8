//! The items: one file each, in a room for each paper.
//!
//! A new item is a file `src/catalogue/<paper>/<id>.rs` with a `pub const ITEM: Item`, a line `pub mod` in its room, and a line
//! of [`ITEMS`]. `cargo xtask claims` says when one of the two lines is missing.

use crate::Item;

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
    t17::t17_initialization::ITEM,
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
