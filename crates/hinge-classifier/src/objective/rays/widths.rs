//! Registers of every width give the same bits.

use proptest::prelude::*;
use pulp::Simd;

use super::{Evaluation, Rays, Scratch, Work};
use crate::data::PolarGrid;
use crate::network::HingeNetwork;

/// A path of gradient descent: evaluations, then the weights at the end.
fn descent<S: Simd>(simd: S, rays: &Rays, start: &[f64]) -> (Vec<Evaluation>, Vec<f64>) {
    let (mut weights, mut gradient) = (start.to_vec(), vec![0.0; start.len()]);
    let mut scratch = Scratch::default();
    let evaluations = (0..20)
        .map(|_| {
            let at = simd.vectorize(Work {
                rays,
                weights: &weights,
                gradient: &mut gradient,
                scratch: &mut scratch,
            });
            for (w, g) in weights.iter_mut().zip(&gradient) {
                *w -= 0.3 * g;
            }
            at
        })
        .collect();
    (evaluations, weights)
}

/// The path in registers of each width that this machine and this build have, the narrowest first.
fn in_all_widths(rays: &Rays, start: &[f64]) -> Vec<(Vec<Evaluation>, Vec<f64>)> {
    #[allow(unused_mut)]
    let mut paths = vec![descent(pulp::Scalar, rays, start)];
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        paths.push(descent(simd, rays, start));
    }
    #[cfg(all(target_arch = "x86_64", feature = "wide-registers"))]
    if let Some(simd) = pulp::x86::V4::try_new() {
        paths.push(descent(simd, rays, start));
    }
    paths
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Few and many directions, a number of them that is no multiple of any width, ties, and neurons of very different size.
    #[test]
    fn symmetry_registers_of_every_width_give_the_same_bits(
        angles in 8_usize..100,
        (positive, negative) in (1_usize..6, 1_usize..6),
        entries in prop::collection::vec(-2.0_f64..2.0, 20),
        power in -20_i32..20,
        tie in prop::sample::select(vec![0.0, 0.1]),
    ) {
        let network = HingeNetwork::simplified(positive, negative).unwrap();
        let grid = PolarGrid::new(&[0.7, 1.0, 1.9], angles).unwrap();
        let rays = Rays::plane(network, 0, &grid).unwrap().with_tie(tie).unwrap();
        let mut start = entries[..2 * (positive + negative)].to_vec();
        start[0] *= 10_f64.powi(power.max(0) / 2);
        let paths = in_all_widths(&rays, &start);
        for path in &paths {
            prop_assert_eq!(path, &paths[0]);
        }
    }
}

/// The build with wide registers compares three widths on a machine that has them.
#[cfg(all(target_arch = "x86_64", feature = "wide-registers"))]
#[test]
fn nonvacuity_wide_registers_are_compared() {
    let rays = Rays::plane(
        HingeNetwork::simplified(1, 1).unwrap(),
        0,
        &PolarGrid::paper(),
    );
    let widths = 1
        + usize::from(pulp::x86::V3::try_new().is_some())
        + usize::from(pulp::x86::V4::try_new().is_some());
    let paths = in_all_widths(&rays.unwrap(), &[1.0, 0.0, 0.0, 1.0]);
    assert_eq!(paths.len(), widths);
}
