//! The checker: it reads a certificate and trusts nothing of the search that wrote it.

use std::collections::{BTreeMap, BinaryHeap};

use std::cmp::Reverse;

use rayon::prelude::*;

use crate::covers::{Certificate, Cover, End, FINEST, Leaf, Positive, Rule, Theorem};
use crate::error::Error;

/// What a certificate was found to prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checked {
    /// The theorem.
    pub theorem: Theorem,
    /// Leaves whose bounds were evaluated again.
    pub leaves: usize,
}

/// Checks that a certificate proves the theorem it names.
///
/// It is [`check_functions`] for the functions of that theorem.
///
/// # Errors
/// The first thing that is wrong, with the function and the leaf.
pub fn check_cover(certificate: &Certificate) -> Result<Checked, Error> {
    let theorem = Theorem::named(&certificate.theorem).ok_or_else(|| Error::Refused {
        theorem: certificate.theorem.clone(),
        function: "-".to_owned(),
        leaf: "-".to_owned(),
        reason: "there is no theorem of this name",
    })?;
    check_functions(&theorem.functions(), certificate)?;
    Ok(Checked {
        theorem,
        leaves: certificate.leaves(),
    })
}

/// Checks that the covers of a certificate prove each of the given functions positive.
///
/// For every function: what is divided by a power of x vanishes to that order, exactly; the leaves are parts of the unit square,
/// pairwise disjoint, and their areas sum to 1 exactly; the rule of each is one that the function allows, starts from an edge that
/// the leaf touches, and the function is not negative on that edge: exactly zero, or a power of x times another of the
/// functions, whose positivity is shown on the closed square; and the bound evaluated again is positive. The recorded bounds are not used.
///
/// # Errors
/// The first thing that is wrong, with the function and the leaf.
pub fn check_functions(
    functions: &[Box<dyn Positive>],
    certificate: &Certificate,
) -> Result<(), Error> {
    let refused = |function: &str, leaf: String, reason| Error::Refused {
        theorem: certificate.theorem.clone(),
        function: function.to_owned(),
        leaf,
        reason,
    };
    let named = |index: usize| certificate.covers.get(index).map(|c| c.function.as_str());
    for (index, function) in functions.iter().enumerate() {
        if named(index) != Some(function.name()) {
            return Err(refused(
                function.name(),
                "-".to_owned(),
                "its cover is missing or out of order",
            ));
        }
    }
    if let Some(extra) = named(functions.len()) {
        return Err(refused(
            extra,
            "-".to_owned(),
            "it is no function of this theorem",
        ));
    }
    for (index, (function, cover)) in functions.iter().zip(&certificate.covers).enumerate() {
        if !function.low_orders().is_some_and(|low| low.is_zero()) {
            return Err(refused(
                &cover.function,
                "-".to_owned(),
                "its numerator does not vanish to the power of x that is divided out",
            ));
        }
        check_tiling(cover).map_err(|(leaf, reason)| refused(&cover.function, leaf, reason))?;
        let grounds = End::BOTH.map(|end| {
            let starts = |leaf: &Leaf| leaf.rule.end() == Some(end);
            cover.leaves.iter().any(starts) && stands(functions, index, end)
        });
        let wrong = cover
            .leaves
            .par_iter()
            .map(|leaf| fault(function.as_ref(), leaf, grounds).map(|reason| (leaf, reason)))
            .collect::<Vec<_>>()
            .into_iter()
            .flatten()
            .next();
        if let Some((leaf, reason)) = wrong {
            return Err(refused(&cover.function, format!("{leaf:?}"), reason));
        }
    }
    Ok(())
}

/// Whether a function is not negative on an edge: it vanishes there, or is a power of x times a function that has to be shown
/// positive by values alone.
fn stands(functions: &[Box<dyn Positive>], index: usize, end: End) -> bool {
    let Some(edge) = functions[index].edge(end) else {
        return false;
    };
    edge.numerator.is_zero()
        || functions.iter().any(|other| {
            let mut edges = End::BOTH.into_iter().filter_map(|end| other.edge(end));
            other.rules() == [Rule::Value] && edges.any(|known| edge.follows(&known))
        })
}

/// What is wrong with a leaf by itself; `grounds` says on which edges the function is not negative.
fn fault(function: &dyn Positive, leaf: &Leaf, grounds: [bool; 2]) -> Option<&'static str> {
    if !function.rules().contains(&leaf.rule) {
        return Some("the function does not allow this rule");
    }
    if !leaf.rule.touches(leaf.cell) {
        return Some("the leaf does not touch the edge that its rule starts from");
    }
    let grounded = match leaf.rule.end() {
        None => true,
        Some(End::Low) => grounds[0],
        Some(End::High) => grounds[1],
    };
    if !grounded {
        return Some(
            "the function is not shown to be zero or positive on the edge that this rule starts from",
        );
    }
    let bound = function.enclosure(leaf.cell, leaf.rule).low();
    (bound.is_nan() || bound <= 0.0).then_some("its bound is not positive")
}

/// Checks in integers that the leaves tile the unit square.
fn check_tiling(cover: &Cover) -> Result<(), (String, &'static str)> {
    let mut cells = Vec::with_capacity(cover.leaves.len());
    let mut area = 0_u128;
    for leaf in &cover.leaves {
        let ([i, j], [l, m]) = (leaf.cell.index, leaf.cell.level);
        let inside = l <= FINEST && m <= FINEST && i < 1 << l && j < 1 << m;
        if !inside {
            return Err((format!("{leaf:?}"), "it is no dyadic part of the square"));
        }
        // Ends in units of 2⁻ᶠ, F the finest division.
        let span = |index: u64, level: u32| {
            let unit = 1_u64 << (FINEST - level);
            (index * unit, (index + 1) * unit)
        };
        cells.push((span(i, l), span(j, m), leaf));
        area += 1_u128 << (2 * FINEST - l - m);
        if area > 1 << (2 * FINEST) {
            return Err((format!("{leaf:?}"), "the areas sum to more than the square"));
        }
    }
    if area != 1 << (2 * FINEST) {
        return Err(("-".to_owned(), "the areas sum to less than the square"));
    }
    // A sweep along x: the leaves over the present x are disjoint along t.
    cells.sort_by_key(|&(x, t, _)| (x, t));
    let mut open: BTreeMap<u64, u64> = BTreeMap::new();
    let mut ends = BinaryHeap::new();
    for (x, t, leaf) in cells {
        while let Some(&Reverse((end, start))) = ends.peek() {
            if end > x.0 {
                break;
            }
            ends.pop();
            open.remove(&start);
        }
        let below = open
            .range(..=t.0)
            .next_back()
            .is_some_and(|(_, &end)| end > t.0);
        let above = open
            .range(t.0..)
            .next()
            .is_some_and(|(&start, _)| start < t.1);
        if below || above {
            return Err((format!("{leaf:?}"), "it overlaps another leaf"));
        }
        open.insert(t.0, t.1);
        ends.push(Reverse((x.1, t.0)));
    }
    Ok(())
}
