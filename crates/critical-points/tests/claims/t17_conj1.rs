//! L₁₂ and L₂₁ are positive inside the cone of two students and negative outside.

use std::f64::consts::PI;

use critical_points::{Ray, TwoUnits, sign_grid, sign_grid_picture};
use gaussian_oracle::multiprecision::Real;
use gaussian_oracle::vectors::Vectors;
use proptest::prelude::*;
use relu_gating::Angle;

use crate::strategies::{config, magnitude, relative};

/// A sum of at most eight terms whose absolute values add up to at most 15 times the result, each with up to ten
/// roundings.
const ACCURACY: f64 = 1e-14;

fn number(value: f64) -> Real {
    Real::from(value)
}

/// h(x) = (π−x) cos x + sin x with 512 bits; x down to 1e-30 and as near to π costs 90 of 154 digits.
fn arc_cosine(x: &Real) -> Real {
    (Real::pi() - x) * x.cos() + x.sin()
}

/// L₁₂ as Eq 14 and Eq 46 of the supplement have it, with the signed e*·e₁⊥ = sin φ; `phi` in [0, 2π].
pub(crate) fn textbook(theta: &Real, phi: &Real) -> Real {
    textbook_with(theta, phi, &phi.sin())
}

fn textbook_with(theta: &Real, phi: &Real, across: &Real) -> Real {
    let pi = Real::pi();
    let turn = &pi * number(2.0);
    let fold = |x: Real| if x > pi { &turn - &x } else { x };
    let (first, second) = (fold(phi.clone()), fold((phi - theta).abs()));
    let (h, h1, h2) = (arc_cosine(theta), arc_cosine(&first), arc_cosine(&second));
    let beta = (&pi * &h2 - &h * &h1) / ((&pi - &h) * (&pi + &h));
    let u = (&pi - &first) * across - (&pi - theta) * theta.sin() * beta;
    theta.sin() * u
}

/// φ in [0, 2π) from a ray and an offset, exactly.
fn exact_phi(theta: &Real, ray: Ray, offset: f64) -> Real {
    let pi = Real::pi();
    let from = match ray {
        Ray::First => Real::zero(),
        Ray::Second => theta.clone(),
        Ray::OppositeFirst => pi.clone(),
        Ray::OppositeSecond => &pi + theta,
    };
    let phi = from + number(offset);
    let turn = pi * number(2.0);
    if phi.is_negative() {
        phi + turn
    } else if phi > turn {
        phi - turn
    } else {
        phi
    }
}

fn ray() -> impl Strategy<Value = Ray> {
    prop_oneof![
        Just(Ray::First),
        Just(Ray::Second),
        Just(Ray::OppositeFirst),
        Just(Ray::OppositeSecond)
    ]
}

/// θ with its exact value: uniform, near 0, or near π by its supplement.
fn theta() -> impl Strategy<Value = (Angle, Real)> {
    let plain = prop_oneof![0.001..1.6_f64, magnitude(-25.0..0.0)]
        .prop_map(|t| (Angle::from_radians(t).unwrap(), number(t)));
    let near_pi = magnitude(-14.0..0.0)
        .prop_map(|s| (Angle::from_supplement(s).unwrap(), Real::pi() - number(s)));
    prop_oneof![plain, near_pi]
}

fn signed() -> impl Strategy<Value = f64> {
    prop_oneof![Just(-1.0), Just(1.0)]
}

proptest! {
    #![proptest_config(config(4000))]

    #[test]
    fn oracle_full_relative_accuracy(theta in prop_oneof![1e-3..PI, magnitude(-25.0..0.4)], t in 0.0..4.0_f64, u in 0.0..6.3_f64, share in any::<bool>()) {
        // φ of the order of θ, and anywhere on the circle; both exact doubles.
        let theta = theta.min(PI);
        let phi = if share { (t * theta).min(6.25) } else { u.min(2.0 * PI) };
        let triple = TwoUnits::from_radians(theta, phi)?;
        if triple.side() == 0 {
            prop_assert!(triple.l12() == 0.0 && triple.l21() == 0.0);
            return Ok(());
        }
        let (exact, there) = (number(theta), number(phi));
        let error = relative(triple.l12(), &textbook(&exact, &there));
        prop_assert!(error <= ACCURACY, "L12: {error:e} at θ = {theta:e}, φ = {phi:e}");
        let back = &exact - &there;
        let back = if back.is_negative() { back + Real::pi() * number(2.0) } else { back };
        let error = relative(triple.l21(), &textbook(&exact, &back));
        prop_assert!(error <= ACCURACY, "L21: {error:e} at θ = {theta:e}, φ = {phi:e}");
    }

    #[test]
    fn oracle_accuracy_beside_the_rays((angle, exact) in theta(), ray in ray(), relative_offset in any::<bool>(), sign in signed(), size in magnitude(-16.0..0.3)) {
        // Distances down to 1e-16 of an angle down to 1e-25 from each ray, and the same of π−θ.
        let small = angle.radians().min(angle.supplement());
        let offset = sign * if relative_offset { size * small } else { size };
        let triple = TwoUnits::beside(angle, ray, offset)?;
        let phi = exact_phi(&exact, ray, offset);
        let error = relative(triple.l12(), &textbook(&exact, &phi));
        prop_assert!(error <= ACCURACY, "{error:e} at θ = {:e}, π−θ = {:e}, {ray:?} + {offset:e}", angle.radians(), angle.supplement());
    }
}

proptest! {
    #![proptest_config(config(4096))]

    #[test]
    fn oracle_sign_everywhere((angle, _) in theta(), ray in ray(), relative_offset in any::<bool>(), sign in signed(), size in magnitude(-20.0..0.49)) {
        let small = angle.radians().min(angle.supplement());
        let offset = sign * if relative_offset { size * small } else { size };
        let triple = TwoUnits::beside(angle, ray, offset)?;
        let sign = f64::from(triple.side());
        prop_assert!(sign != 0.0 && triple.l12() * sign > 0.0 && triple.l21() * sign > 0.0, "{triple:?}");
    }

    #[test]
    fn symmetry_exchange_of_the_students(theta in 1e-6..3.1_f64, t in -1.0..1.0_f64) {
        // L₂₁ is L₁₂ seen from the second student; on the bisector and on its opposite both agree.
        let triple = TwoUnits::from_radians(theta, PI * t)?;
        let seen = TwoUnits::beside(triple.theta(), Ray::First, triple.exchanged().offset(Ray::First))?;
        prop_assert!((seen.l12() - triple.l21()).abs() <= 1e-9 * triple.l21().abs() + 1e-15);
        prop_assert_eq!(triple.exchanged().exchanged(), triple);
        let middle = TwoUnits::from_radians(theta, 0.5 * theta)?;
        prop_assert!((middle.l12() - middle.l21()).abs() <= ACCURACY * middle.l12());
    }

    #[test]
    fn symmetry_rotation_and_scale(turn in 0.0..6.2_f64, theta in 1e-3..3.1_f64, phi in 0.0..6.2_f64, exponent in -900..900_i32) {
        let at = |angle: f64, length: f64| [length * (turn + angle).cos(), length * (turn + angle).sin()];
        let power = 2f64.powi(exponent);
        let plain = TwoUnits::from_radians(theta, phi)?;
        let turned = TwoUnits::from_vectors(at(0.0, power), at(theta, 3.0), at(phi, 1.0 / power))?;
        // Rounding of the vectors moves the directions by 1e-15; |∂L/∂(θ, φ)| ≤ 10.
        prop_assert!((turned.l12() - plain.l12()).abs() <= 1e-14);
        // A reflection keeps every angle.
        let mirrored = |v: [f64; 2]| [v[0], -v[1]];
        let back = TwoUnits::from_vectors(mirrored(at(0.0, power)), mirrored(at(theta, 3.0)), mirrored(at(phi, 1.0 / power)))?;
        prop_assert_eq!(back.l12(), turned.l12());
    }
}

#[test]
fn oracle_test_vectors() {
    for vector in Vectors::bundled().unwrap().planar_separability {
        let triple = TwoUnits::from_radians(vector.theta, vector.phi).unwrap();
        assert!(
            relative(triple.l12(), &vector.l12.exact) <= ACCURACY,
            "{}",
            vector.note
        );
        assert!(
            relative(triple.l21(), &vector.l21.exact) <= ACCURACY,
            "{}",
            vector.note
        );
    }
    for vector in Vectors::bundled().unwrap().normal_equation {
        let plane = |row: &Vec<f64>| [row[0], row[1]];
        let students: Vec<[f64; 2]> = vector.students.iter().map(plane).collect();
        for (k, teacher) in vector.teachers.iter().enumerate() {
            let triple = TwoUnits::from_vectors(students[0], students[1], plane(teacher)).unwrap();
            assert!(relative(triple.l12(), &vector.l12[k].exact) <= ACCURACY);
            assert!(relative(triple.l21(), &vector.l21[k].exact) <= ACCURACY);
        }
    }
}

#[test]
fn oracle_leading_orders() {
    // The next order is θ (or ε) smaller, with a factor below 10.
    let small = 1e-7;
    let near = |found: f64, leading: f64| {
        assert!(
            (found / leading - 1.0).abs() < 1e-6,
            "{found:e} {leading:e}"
        );
    };
    let narrow = Angle::from_radians(small).unwrap();
    let wide = Angle::from_supplement(small).unwrap();
    let at = |theta, ray, offset| TwoUnits::beside(theta, ray, offset).unwrap().l12();
    let (square, cube) = (small.powi(2), small.powi(3));
    for t in [1e-3, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999] {
        near(
            at(narrow, Ray::First, t * small),
            2.0 / 3.0 * cube * t * (1.0 - t) * (2.0 - t),
        );
        near(
            at(narrow, Ray::OppositeFirst, t * small),
            -cube / 3.0 * (1.0 - 3.0 * t + 6.0 * t * t - 2.0 * t.powi(3)),
        );
    }
    for t in [1.001, 1.5, 2.0, 5.0] {
        near(
            at(narrow, Ray::First, t * small),
            -2.0 / 3.0 * cube * (t - 1.0),
        );
    }
    for phi in [0.3, 1.0, 2.0, 3.0] {
        near(
            at(narrow, Ray::First, phi),
            -square * phi.sin() * (2.0 / 3.0 + phi / (3.0 * PI)),
        );
        near(
            at(narrow, Ray::First, -phi),
            -square * phi.sin() * (1.0 + (PI - phi) / (3.0 * PI)),
        );
        near(at(wide, Ray::First, phi), small * (PI - phi) * phi.sin());
        near(at(wide, Ray::OppositeFirst, phi), -small * phi * phi.sin());
    }
    for s in [0.1, 0.5, 0.9, 1.1, 2.0, 10.0] {
        near(
            at(wide, Ray::OppositeFirst, -s * small),
            cube * (s * s - 1.0),
        );
    }
}

#[test]
fn oracle_measured_bounds() {
    // |L₁₂| over the products of the four pieces stays between these bounds on a fine grid.
    let bounds = [
        (2.0 / 3.0, 2.0),
        (0.330_76, 2.0),
        (0.177_51, 1.0),
        (4.0 / 3.0, 3.321_67),
    ];
    let mut seen = [(f64::INFINITY, 0.0_f64); 4];
    let n = 400;
    for i in 1..n {
        let theta = PI * f64::from(i) / f64::from(n);
        for j in 1..n {
            let u = f64::from(j) / f64::from(n);
            let sine = theta.sin();
            let c = u * theta;
            let psi = u * (PI - theta);
            let phi = [c, theta + psi, PI + c, 2.0 * PI - psi];
            let product = [
                sine * c.sin() * 2.0 * ((theta - c) / 2.0).sin(),
                sine * sine * psi.sin(),
                sine * (sine * sine + c * c.sin()),
                sine * (theta / 2.0).sin() * psi.sin(),
            ];
            for piece in 0..4 {
                let quotient = TwoUnits::from_radians(theta, phi[piece])
                    .unwrap()
                    .l12()
                    .abs()
                    / product[piece];
                seen[piece] = (seen[piece].0.min(quotient), seen[piece].1.max(quotient));
            }
        }
    }
    for (seen, bound) in seen.iter().zip(bounds) {
        // The extremes are quoted to five digits, and some are limits that a grid does not reach.
        assert!(
            seen.0 >= bound.0 * (1.0 - 1e-4) && seen.1 <= bound.1 * (1.0 + 1e-5),
            "{seen:?} {bound:?}"
        );
        assert!(
            seen.0 <= bound.0 * 1.06 && seen.1 >= bound.1 * 0.96,
            "{seen:?} {bound:?}"
        );
    }
}

#[test]
fn oracle_grid() {
    // A tenth of the paper's resolution, and shapes in which φ = θ is hit seldom or never.
    for (n, m) in [(1000, 1000), (999, 2000), (97, 101), (1, 1), (3, 8)] {
        let grid = sign_grid(n, m).unwrap();
        assert_eq!(grid.points(), (n * m) as u64);
        assert_eq!(
            (grid.violations, grid.undecided, grid.boundary_off_zero),
            (0, 0, 0),
            "{grid:?}"
        );
    }
    // The extremes of the cells are values of the scalar evaluation.
    let (n, m) = (40, 60);
    let (_, cells) = sign_grid_picture(n, m, n, m).unwrap();
    for (index, cell) in cells.iter().enumerate() {
        let theta = PI * (index / m + 1) as f64 / (n + 1) as f64;
        let phi = 2.0 * PI * (index % m) as f64 / m as f64;
        let value = TwoUnits::from_radians(theta, phi).unwrap().l12();
        assert_eq!(cell.least, cell.greatest);
        assert!((cell.least - value).abs() <= 1e-13, "{cell:?} {value}");
    }
}

#[test]
fn symmetry_the_grid_does_not_depend_on_threads() {
    let (whole, cells) = sign_grid_picture(120, 240, 10, 20).unwrap();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let (one, same) = pool
        .install(|| sign_grid_picture(120, 240, 10, 20))
        .unwrap();
    assert_eq!((whole, cells), (one, same));
}

/// Eq 45–46 in doubles, with angles from arccosines of clamped cosines.
fn acos_based(theta: f64, phi: f64) -> f64 {
    let angle = |u: [f64; 2], v: [f64; 2]| (u[0] * v[0] + u[1] * v[1]).clamp(-1.0, 1.0).acos();
    let h = |x: f64| (PI - x) * x.cos() + x.sin();
    let [e1, e2, e] = [0.0, theta, phi].map(|t: f64| [t.cos(), t.sin()]);
    let (between, first, second) = (angle(e1, e2), angle(e, e1), angle(e, e2));
    let beta = (PI * h(second) - h(between) * h(first)) / ((PI - h(between)) * (PI + h(between)));
    between.sin() * ((PI - first) * phi.sin() - (PI - between) * between.sin() * beta)
}

#[test]
fn nonvacuity_an_acos_based_evaluation_loses_the_sign() {
    let mut wrong = [0; 2];
    for (count, theta) in wrong.iter_mut().zip([1e-5, 1e-2]) {
        for k in 1..100 {
            let phi = theta * f64::from(k) / 100.0;
            let found = acos_based(theta, phi);
            *count += i32::from(found.is_nan() || found <= 0.0);
            assert!(TwoUnits::from_radians(theta, phi).unwrap().l12() > 0.0);
        }
    }
    // At θ = 0.01 the same code is right.
    assert!(wrong[0] > 10 && wrong[1] == 0, "{wrong:?}");
}

#[test]
fn nonvacuity_collinear_students() {
    // The hypothesis 0 < θ < π: towards either end L₁₂ vanishes for every φ, and at the ends there is no cone.
    let inside = |theta: f64| TwoUnits::from_radians(theta, 0.5 * theta).unwrap().l12();
    assert!(inside(1e-8) < 1e-24 && inside(PI - 1e-8) < 1e-7);
    assert!(TwoUnits::from_radians(0.0, 0.3).is_err());
    assert!(TwoUnits::from_vectors([1.0, 0.0], [-2.0, 0.0], [0.0, 1.0]).is_err());
    assert!(
        TwoUnits::from_radians(f64::NAN, 0.3).is_err() && TwoUnits::from_radians(1.0, 7.0).is_err()
    );
    assert!(sign_grid(0, 5).is_err() && sign_grid_picture(5, 5, 6, 1).is_err());
}

#[test]
fn refutes_eq_45_of_the_supplement() {
    // Printed: (π−θ₁*) sin θ₁* in place of (π−θ₁*) sin φ. At θ = 1, φ = 4, in the lower half plane, outside the cone:
    let (theta, phi) = (number(1.0), number(4.0));
    let printed = textbook_with(&theta, &phi, &phi.sin().abs()).to_f64();
    let exact = TwoUnits::from_radians(1.0, 4.0).unwrap().l12();
    assert!((exact + 0.446_469_758_228_585_3).abs() < 1e-15, "{exact}");
    assert!(printed > 0.6, "{printed}"); // the wrong sign
    // In the upper half plane the two agree.
    let phi = number(2.0);
    assert_eq!(
        textbook(&theta, &phi),
        textbook_with(&theta, &phi, &phi.sin().abs())
    );
}
