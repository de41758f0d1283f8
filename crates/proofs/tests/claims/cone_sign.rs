use critical_points::TwoUnits;
use gaussian_oracle::multiprecision::Real;
use proofs::{
    Cell, Chart, Error, Interval, Piece, Positive, Rule, Theorem, check_cover, cone_charts, cover,
    l12, overclaimed_cone,
};
use proptest::prelude::*;

use super::strategies::{cell, config, holds, inside};

/// h(z) = (π−z) cos z + sin z.
fn arc_cosine(z: &Real) -> Real {
    (&Real::pi() - z) * z.cos() + z.sin()
}

/// (π² − h(θ)²) U of the definition in T17s, Eq 44–45, with the angles of e* folded into [0, π].
fn numerator(theta: f64, phi: f64) -> Real {
    let (theta, phi) = (Real::from(theta), Real::from(phi));
    let fold = |angle: Real| {
        let turned = Real::from(2.0) * Real::pi() - &angle;
        if turned < angle { turned } else { angle }
    };
    let first = fold(phi.clone());
    let second = fold((&phi - &theta).abs());
    let h = arc_cosine(&theta);
    let room = (Real::pi() - &h) * (Real::pi() + &h);
    let beta_room = Real::pi() * arc_cosine(&second) - &h * arc_cosine(&first);
    (Real::pi() - first) * phi.sin() * room - (Real::pi() - &theta) * theta.sin() * beta_room
}

#[test]
fn oracle_the_proof_is_found_and_checked() {
    let certificate = Theorem::ConeSign
        .prove()
        .expect("Conjecture 1 is a theorem");
    let checked = check_cover(&certificate).expect("the cover stands");
    assert_eq!(checked.theorem, Theorem::ConeSign);
    assert!(checked.leaves >= cone_charts().len());
}

#[test]
fn oracle_enclosures_contain_the_multiprecision_value() {
    let charts = cone_charts();
    proptest!(config(1500), |(chart in 0..charts.len(), cell in cell(), a in 0.01..0.99_f64, b in 0.01..0.99_f64)| {
        let chart = &charts[chart];
        let [x_share, t] = inside(cell, [a, b]);
        let [x, theta, phi] = chart.point(x_share, t);
        let power = (0..chart.power()).fold(Real::one(), |product, _| product * Real::from(x));
        let quotient = Real::from(chart.sign()) * numerator(theta, phi) / power;
        let found = chart.enclosure(cell, Rule::Value);
        prop_assert!(holds(found, &quotient), "{} {cell:?} at θ = {theta}, φ = {phi}: {quotient} not in {found}", chart.name());
    });
}

/// The slope along t lies in its enclosure: by the difference quotient, whose value is taken by the derivative in between.
#[test]
fn oracle_slopes_contain_difference_quotients() {
    let charts = cone_charts();
    proptest!(config(600), |(chart in 0..charts.len(), cell in cell(), a in 0.1..0.9_f64)| {
        let chart = &charts[chart];
        let value = |share: f64| {
            let [x_share, t] = inside(cell, [a, share]);
            let [x, theta, phi] = chart.point(x_share, t);
            let power = (0..chart.power()).fold(Real::one(), |product, _| product * Real::from(x));
            (t, Real::from(chart.sign()) * numerator(theta, phi) / power)
        };
        let ((t0, low), (t1, high)) = (value(0.25), value(0.75));
        let slope = (high - low) / (Real::from(t1) - Real::from(t0));
        // θ and φ are rounded: their last bits move the quotient by 2⁻⁵² over xᵐ, and the slope by that over the step.
        let [x, ..] = chart.point(inside(cell, [a, 0.5])[0], 0.5);
        let power = i32::try_from(chart.power()).expect("at most 4");
        let blur = 1e-13 / (x.powi(power) * (t1 - t0));
        let found = chart.enclosure(cell, Rule::RisesFromLowEdge) + Interval::around(0.0, blur);
        prop_assert!(holds(found, &slope), "{} {cell:?}: {slope} not in {found}", chart.name());
    });
}

/// The images of the charts lie in their pieces, have together the area 2π² of the domain, and hold random points of it.
#[test]
fn oracle_the_charts_cover_the_domain() {
    let charts = cone_charts();
    let pi = std::f64::consts::PI;
    let mut area = 0.0;
    for chart in &charts {
        // Lines x = const and t = const are straight in (θ, φ): the image is the quadrilateral of the corners.
        let corners =
            [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].map(|[x, t]| chart.point(x, t));
        let mut twice = 0.0;
        for k in 0..4 {
            let ([_, a, b], [_, c, d]) = (corners[k], corners[(k + 1) % 4]);
            twice += a * d - b * c;
            let [low, high] = match chart.piece() {
                Piece::A => [0.0, a],
                Piece::B => [a, pi],
                Piece::C => [pi, pi + a],
                Piece::D => [pi + a, 2.0 * pi],
            };
            // Rounding of the corners only.
            assert!(
                low - 1e-14 <= b && b <= high + 1e-14,
                "{} leaves its piece: θ = {a}, φ = {b}",
                chart.name()
            );
        }
        area += 0.5 * twice.abs();
    }
    // Eighteen areas up to 2π², each to a few 2⁻⁵².
    assert!((area - 2.0 * pi * pi).abs() < 1e-12, "{area}");
    proptest!(config(3000), |(theta in 0.0..pi, phi in 0.0..2.0 * pi)| {
        let inside = |chart: &Chart| {
            let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].map(|[x, t]| chart.point(x, t));
            // On one side of all four sides, either way round.
            let sides = [0, 1, 2, 3].map(|k| {
                let ([_, a, b], [_, c, d]) = (corners[k], corners[(k + 1) % 4]);
                (c - a) * (phi - b) - (d - b) * (theta - a)
            });
            sides.iter().all(|side| *side >= -1e-12) || sides.iter().all(|side| *side <= 1e-12)
        };
        prop_assert!(charts.iter().any(inside), "θ = {theta}, φ = {phi} lies in no chart");
    });
}

/// The power of x that is divided out is there: every coefficient below it encloses 0 to rounding.
#[test]
fn oracle_low_orders_vanish() {
    for chart in cone_charts().iter().filter(|chart| chart.power() > 0) {
        for t in [0.0, 0.125, 0.5, 0.75, 1.0] {
            for coefficient in chart.vanishing(t) {
                assert!(
                    coefficient.contains(0.0),
                    "{} t = {t}: {coefficient}",
                    chart.name()
                );
                // Sums of a few products of size π³, each to 2⁻⁵².
                assert!(
                    coefficient.width() < 1e-12,
                    "{} t = {t}: {coefficient}",
                    chart.name()
                );
            }
        }
    }
}

/// L₂₁(θ, φ) = L₁₂(θ, θ−φ): a reflection exchanges the students.
#[test]
fn symmetry_the_exchange_of_the_students() {
    proptest!(config(400), |(theta in 0.05..3.1_f64, phi in 0.01..6.27_f64)| {
        let exchanged = (theta - phi).rem_euclid(std::f64::consts::TAU);
        let triple = TwoUnits::from_radians(theta, phi).expect("0 < θ < π");
        let mirrored = l12(Interval::from(theta), Interval::around(exchanged, 1e-15));
        // Rounding of θ − φ, and of L₂₁ itself.
        let found = mirrored + Interval::around(0.0, 1e-13);
        prop_assert!(found.contains(triple.l21()), "{} not in {found}", triple.l21());
        let own = l12(Interval::from(theta), Interval::from(phi)) + Interval::around(0.0, 1e-13);
        prop_assert!(own.contains(triple.l12()), "{} not in {own}", triple.l12());
    });
}

#[test]
fn nonvacuity_a_wider_cone_is_refused_with_the_box() {
    for excess in [0.5_f64.powi(4), 0.5_f64.powi(10)] {
        let claim: Chart = overclaimed_cone(excess);
        let error = cover(&claim, 20).expect_err("L12 < 0 beyond the cone");
        let Error::NotPositive { x, t, high, .. } = error else {
            panic!("{error}");
        };
        assert!(high < 0.0);
        for share in [0.25, 0.75] {
            let [_, theta, phi] =
                claim.point(x[0] + share * (x[1] - x[0]), t[0] + share * (t[1] - t[0]));
            let value = TwoUnits::from_radians(theta, phi).expect("0 < θ < π").l12();
            assert!(value < 0.0, "L12({theta}, {phi}) = {value}");
        }
    }
}

#[test]
fn nonvacuity_the_opposite_sign_is_refused() {
    for chart in cone_charts() {
        let claimed = chart.enclosure(Cell::WHOLE, Rule::Value);
        assert!(claimed.high() > 0.0, "{}: {claimed}", chart.name());
    }
}
