use ::proofs::{Certificate, Error, Rule, Theorem, check_cover};
use proptest::prelude::*;

use super::strategies::config;

mod edges;
mod files;

fn refused(certificate: &Certificate) -> bool {
    matches!(check_cover(certificate), Err(Error::Refused { .. }))
}

#[test]
fn oracle_every_theorem_passes_through_its_file() {
    for theorem in Theorem::ALL {
        let certificate = theorem.prove().expect("a theorem");
        let back = Certificate::read(&certificate.text()).expect("readable");
        assert_eq!(back, certificate);
        let checked = check_cover(&back).expect("it stands");
        assert_eq!(
            (checked.theorem, checked.leaves),
            (theorem, certificate.leaves())
        );
    }
}

#[test]
fn symmetry_the_number_of_threads_leaves_no_trace() {
    for theorem in [Theorem::LyapunovDeterminant, Theorem::FlowOnSlantedEdge] {
        let text = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a pool");
            pool.install(|| theorem.prove().expect("a theorem").text())
        };
        assert_eq!(text(1), text(3));
    }
}

#[test]
fn symmetry_the_order_of_leaves_does_not_matter() {
    let mut certificate = Theorem::FlowOnSlantedEdge.prove().expect("a theorem");
    certificate.covers[0].leaves.reverse();
    assert!(check_cover(&certificate).is_ok());
}

/// The recorded bounds carry no proof: the checker computes its own.
#[test]
fn symmetry_the_recorded_bounds_do_not_matter() {
    let mut certificate = Theorem::FlowOnSlantedEdge.prove().expect("a theorem");
    for (way, leaf) in certificate.covers[0].leaves.iter_mut().enumerate() {
        leaf.bound = if way % 2 == 0 {
            leaf.bound.next_up()
        } else {
            0.5 * leaf.bound
        };
    }
    assert!(check_cover(&certificate).is_ok());
}

/// Every leaf of two theorems, each corrupted in every way.
#[test]
fn nonvacuity_a_corrupted_leaf_is_refused() {
    for theorem in [Theorem::LyapunovDeterminant, Theorem::FlowUpToBound] {
        let certificate = theorem.prove().expect("a theorem");
        for (c, cover) in certificate.covers.iter().enumerate() {
            for l in 0..cover.leaves.len() {
                for corruption in 2..7 {
                    let mut wrong = certificate.clone();
                    corrupt(&mut wrong, c, l, corruption);
                    assert!(
                        wrong == certificate || refused(&wrong),
                        "{} cover {c} leaf {l} way {corruption}",
                        theorem.name()
                    );
                }
            }
        }
    }
}

fn corrupt(certificate: &mut Certificate, cover: usize, leaf: usize, way: u32) {
    let leaves = &mut certificate.covers[cover].leaves;
    match way {
        2 => leaves[leaf].cell.index[0] += 1,
        3 => leaves[leaf].cell.level[1] += 1,
        4 => {
            leaves.remove(leaf);
        }
        5 => {
            let twin = leaves[leaf];
            leaves.push(twin);
        }
        _ => {
            let rule = leaves[leaf].rule;
            leaves[leaf].rule = if rule == Rule::Value {
                Rule::FallsToHighEdge
            } else {
                Rule::Value
            };
        }
    }
}

#[test]
fn nonvacuity_corrupted_leaves_of_the_cone_are_refused() {
    let certificate = Theorem::ConeSign.prove().expect("a theorem");
    proptest!(config(12), |(cover in any::<prop::sample::Index>(), leaf in any::<prop::sample::Index>(), way in 2..7_u32)| {
        let cover = cover.index(certificate.covers.len());
        let leaf = leaf.index(certificate.covers[cover].leaves.len());
        let mut wrong = certificate.clone();
        corrupt(&mut wrong, cover, leaf, way);
        prop_assert!(refused(&wrong), "cover {cover} leaf {leaf} way {way}");
    });
}

#[test]
fn nonvacuity_covers_must_be_those_of_the_theorem() {
    let certificate = Theorem::LyapunovDeterminant.prove().expect("a theorem");
    let mut missing = certificate.clone();
    missing.covers.remove(1);
    let mut exchanged = certificate.clone();
    exchanged.covers.swap(0, 1);
    let mut renamed = certificate.clone();
    renamed.theorem = "everything".to_owned();
    let mut extra = certificate.clone();
    extra.covers.push(certificate.covers[0].clone());
    for wrong in [missing, exchanged, renamed, extra] {
        assert!(refused(&wrong));
    }
}

#[test]
fn nonvacuity_what_is_no_certificate_is_refused_with_its_line() {
    let text = Theorem::LyapunovDeterminant
        .prove()
        .expect("a theorem")
        .text();
    for (broken, line) in [
        (String::new(), 1),
        ("nothing\n".to_owned(), 1),
        (text.replacen("cover ", "", 1), 2),
        (text.replacen(" v ", " w ", 1), 3),
        (text.replacen(" v ", " v v ", 1), 3),
    ] {
        match Certificate::read(&broken) {
            Err(Error::Unreadable { line: found, .. }) => assert_eq!(found, line),
            other => panic!("{other:?}"),
        }
    }
    // Unit levels beyond the finest; bounds that are no positive numbers.
    let forged = text.replacen("0 0 0 0 v", "0 0 99 0 v", 1);
    assert!(refused(&Certificate::read(&forged).expect("readable")));
    for bound in ["NaN", "inf", "0", "-1e-3"] {
        let unreal = text.lines().map(|line| {
            line.rsplit_once(" v ")
                .map_or(line.to_owned(), |(head, _)| format!("{head} v {bound}"))
        });
        let unreal: Vec<String> = unreal.collect();
        assert!(Certificate::read(&unreal.join("\n")).is_err(), "{bound}");
    }
}
