//! What happens on the edges t = 0 and t = 1, and at x = 0, is decided by exact polynomials in the checker.

use proofs::{
    Certificate, Cover, Edge, End, Error, Exact, Interval, PlanarFlow, Positive, Rule, Symbol,
    Theorem, check_functions, cone_charts, cover,
};
use proptest::prelude::*;

use super::super::strategies::config;

/// A function with other rules, other edges or another order than its own.
struct Claimed<F> {
    function: F,
    rules: &'static [Rule],
    low_orders: Exact,
}

impl<F: Positive> Positive for Claimed<F> {
    fn name(&self) -> &str {
        self.function.name()
    }

    fn rules(&self) -> &[Rule] {
        self.rules
    }

    fn edge(&self, end: End) -> Option<Edge> {
        self.function.edge(end)
    }

    fn low_orders(&self) -> Option<Exact> {
        Some(self.low_orders.clone())
    }

    fn enclosure(&self, cell: proofs::Cell, rule: Rule) -> Interval {
        self.function.enclosure(cell, rule)
    }
}

const ALL: &[Rule] = &[Rule::Value, Rule::RisesFromLowEdge, Rule::FallsToHighEdge];

fn up_to(share: f64, low_orders: Exact) -> Result<(), Error> {
    let claimed: Box<dyn Positive> = Box::new(Claimed {
        function: PlanarFlow::UpToBound { share },
        rules: ALL,
        low_orders,
    });
    // The search believes the rules: every leaf of it is positive.
    let leaves = cover(claimed.as_ref(), 20)?;
    let certificate = Certificate {
        theorem: "flow-up-to-bound".to_owned(),
        covers: vec![Cover {
            function: claimed.name().to_owned(),
            leaves,
        }],
    };
    check_functions(&[claimed], &certificate)
}

#[test]
fn nonvacuity_a_wrong_edge_is_refused() {
    assert!(up_to(1.0, Exact::zero()).is_ok());
    // Beyond the bound f₃ < 0 on the edge t = 0, from which the rule `r` says it rises.
    for share in [1.0625, 1.0_f64.next_up()] {
        let error = up_to(share, Exact::zero()).expect_err("it is negative on an edge");
        assert!(error.to_string().contains("on the edge"), "{error}");
    }
}

#[test]
fn nonvacuity_an_order_that_is_not_reached_is_refused() {
    let rest = Exact::symbol(Symbol::SinPiT) * Exact::number(1e-300);
    let error = up_to(1.0, rest).expect_err("a coefficient does not vanish");
    assert!(error.to_string().contains("power of x"), "{error}");
}

#[test]
fn oracle_the_edges_of_the_charts() {
    let charts = cone_charts();
    let find = |name: &str| {
        charts
            .iter()
            .find(|chart| chart.name() == name)
            .expect("a chart")
    };
    // Zero on an edge wherever a rule starts from it, but for the two charts that end where C1 begins.
    for chart in &charts {
        assert!(
            chart.low_orders().expect("a polynomial").is_zero(),
            "{}",
            chart.name()
        );
        for rule in chart.rules() {
            let Some(end) = rule.end() else { continue };
            let edge = chart.edge(end).expect("exact");
            let zero = edge.numerator.is_zero();
            let shared = matches!((chart.name(), end), ("B1" | "D1", End::High));
            assert_eq!(zero, !shared, "{} {end:?}", chart.name());
        }
    }
    for (name, end) in [("B1", End::Low), ("D1", End::High)] {
        let edge = find(name).edge(End::High).expect("exact");
        assert!(
            edge.follows(&find("C1").edge(end).expect("exact")),
            "{name}"
        );
        assert!(
            !find("C1").edge(end).expect("exact").follows(&edge),
            "{name}"
        );
    }
}

/// The exact edge is the function that the enclosures enclose.
#[test]
fn oracle_enclosures_hold_the_exact_edges() {
    let charts = cone_charts();
    proptest!(config(300), |(chart in 0..charts.len(), high in any::<bool>(), level in 0..6_u32, index in any::<u64>(), share in 0.01..0.99_f64)| {
        let chart = &charts[chart];
        let end = if high { End::High } else { End::Low };
        if let Some(edge) = chart.edge(end) {
            let cell = proofs::Cell { index: [index % (1 << level), if high { 7 } else { 0 }], level: [level, 3] };
            let [low, width] = cell.ends(0);
            let [x, ..] = chart.point(low + share * (width - low), end.t());
            let value = edge.numerator.enclosure(|symbol| match symbol {
                Symbol::X => Interval::from(x),
                Symbol::SinX => Interval::from(x).sin(),
                Symbol::CosX => Interval::from(x).cos(),
                Symbol::Pi => Interval::PI,
                _ => Interval::ENTIRE,
            }) / Interval::from(x).powi(edge.order);
            let found = chart.enclosure(cell, Rule::Value);
            prop_assert!(found.intersection(value).is_some(), "{} {end:?} x = {x}: {value} {found}", chart.name());
        }
    });
}

/// Sums of angles: sin²x + cos²x = 1 in another guise, and the identity behind the edge t = 1 of the planar flow.
#[test]
fn symmetry_normal_forms() {
    let symbol = Exact::symbol;
    let angle = symbol(Symbol::Pi) - symbol(Symbol::X) - symbol(Symbol::X);
    let (sin, cos) = angle.sin_cos().expect("whole multiples");
    let twice = Exact::number(2.0) * symbol(Symbol::SinX) * symbol(Symbol::CosX);
    assert_eq!(sin, twice);
    assert!((sin.clone() * sin + cos.clone() * cos - Exact::number(1.0)).is_zero());
    let (sine, cosine) = symbol(Symbol::ArctanQ).sin_cos().expect("one angle");
    assert!((symbol(Symbol::Q) * cosine.clone() - sine.clone()).is_zero());
    assert!((sine.clone() * sine + cosine.clone() * cosine - Exact::number(1.0)).is_zero());
    // No sine of half an angle, nor of a number.
    assert!((Exact::number(0.5) * symbol(Symbol::X)).sin_cos().is_none());
    assert!(Exact::number(1.0).sin_cos().is_none());
}

#[test]
fn oracle_the_root_of_the_determinant_is_in_the_certificate() {
    use gaussian_oracle::multiprecision::{Real, lyapunov_determinant};
    let certificate = Theorem::LyapunovDeterminant.prove().expect("a theorem");
    assert!(
        certificate
            .text()
            .contains("cover det M at 2.327616034877177\n")
    );
    assert!(
        certificate
            .text()
            .contains("cover -det M at 2.327616034877179\n")
    );
    // det M falls: its value at a decimal lies between those at the doubles around it.
    for (function, decimal, sign) in [
        (
            proofs::Determinant::BeforeRoot,
            2.327_616_034_877_177_f64,
            1.0,
        ),
        (proofs::Determinant::BehindRoot, 2.327_616_034_877_179, -1.0),
    ] {
        let found = sign * function.enclosure(proofs::Cell::WHOLE, Rule::Value);
        let (before, behind) = (
            lyapunov_determinant(decimal.next_down()),
            lyapunov_determinant(decimal.next_up()),
        );
        assert!(
            Real::from(found.low()) < before && behind < Real::from(found.high()),
            "{found}"
        );
        assert!(found.width() < 1e-27, "{found}");
    }
}
