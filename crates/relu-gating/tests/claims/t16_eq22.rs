//! R(φ₀), the second-moment matrix of a sector, and its rotated form E[xxᵀ 1(x·u>0) 1(x·v>0)].

use std::f64::consts::{PI, TAU};

use gaussian_oracle::multiprecision::{self, largest_relative_error, relative_error};
use gaussian_oracle::quadrature::Sector;
use proptest::prelude::*;
use relu_gating::{gated_second_moment, sector_second_moment};

use crate::strategies::{config, pair, rotated, scale, times};

/// A few units of rounding: every entry is a product or a sum of positive terms, or a series.
const ACCURACY: f64 = 4e-15;

fn flat(matrix: &[[f64; 2]; 2]) -> Vec<f64> {
    matrix.concat()
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn oracle_multiprecision(phi in prop_oneof![0.0..TAU, (-9.0..0.0_f64).prop_map(|x| 10f64.powf(x))]) {
        let moment = sector_second_moment(phi)?;
        // The reference counts φ from the first axis, the paper from the second.
        let [[cc, cs], [sc, ss]] = multiprecision::sector_second_moment(phi);
        let reference = [ss, cs, sc, cc];
        prop_assert!(relative_error(&flat(&moment.in_plane), &reference) <= ACCURACY);
        if phi < 1.0 {
            // Every entry by itself, the one of size φ³ included.
            prop_assert!(largest_relative_error(&flat(&moment.in_plane), &reference) <= ACCURACY);
        }
    }

    #[test]
    fn oracle_gated_moment((u, v) in pair(), u_scale in scale(), v_scale in scale()) {
        let (u, v) = (times(u_scale, &u), times(v_scale, &v));
        let moment = gated_second_moment(&u, &v)?;
        let computed: Vec<f64> = (0..u.len()).flat_map(|i| (0..u.len()).map(move |j| (i, j))).map(|ij| moment[ij]).collect();
        let reference: Vec<_> = multiprecision::gated_second_moment(&u, &v).into_iter().flatten().collect();
        prop_assert!(relative_error(&computed, &reference) <= ACCURACY);
    }

    #[test]
    fn symmetry_sectors_add_up(phi in 0.0..PI) {
        // A sector and its opposite have the same moment, so R(π + φ) = R(π) + R(φ) and R(2π) = I.
        let (near, far, half) = (sector_second_moment(phi)?, sector_second_moment(PI + phi)?, sector_second_moment(PI)?);
        for ((a, b), c) in flat(&near.in_plane).iter().zip(flat(&far.in_plane)).zip(flat(&half.in_plane)) {
            prop_assert!((a + c - b).abs() <= 1e-15);
        }
        prop_assert!((near.out_of_plane + half.out_of_plane - far.out_of_plane).abs() <= 1e-15);
    }

    #[test]
    fn symmetry_exchange_and_rotation((u, v) in pair(), turn in 0.0..6.3_f64) {
        let moment = gated_second_moment(&u, &v)?;
        let exchanged = gated_second_moment(&v, &u)?;
        let turned = gated_second_moment(&rotated(&u, 0, 1, turn), &rotated(&v, 0, 1, turn))?;
        prop_assert!((&moment - &exchanged).norm_l2() <= 2e-15);
        let frame = faer::Mat::from_fn(u.len(), u.len(), |i, j| {
            let mut basis = vec![0.0; u.len()];
            basis[j] = 1.0;
            rotated(&basis, 0, 1, turn)[i]
        });
        prop_assert!((&turned - &frame * &moment * frame.transpose()).norm_l2() <= 4e-15);
    }
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn oracle_quadrature(phi in 0.01..6.2_f64) {
        // The paper's coordinates are (r sin φ, r cos φ): the roles of the axes are exchanged.
        let [[cc, cs], [_, ss]] = Sector::between(0.0, phi).second_moment(1e-12)?;
        let moment = sector_second_moment(phi)?.in_plane;
        for (computed, reference) in [(moment[0][0], ss), (moment[0][1], cs), (moment[1][1], cc)] {
            prop_assert!((computed - reference).abs() <= 1e-11);
        }
    }
}

/// The matrix is not isotropic in the plane: replacing it by P(sector)·I is wrong except for half planes.
#[test]
fn nonvacuity_a_sector_is_not_isotropic() {
    let quarter = sector_second_moment(PI / 2.0).unwrap();
    assert!((quarter.in_plane[0][1] - 1.0 / TAU).abs() < 1e-15);
    assert!((quarter.in_plane[0][0] - quarter.out_of_plane).abs() < 1e-15);
    let half = sector_second_moment(PI).unwrap();
    assert!(half.in_plane[0][1].abs() < 1e-16);
    assert!(sector_second_moment(-0.1).is_err() && sector_second_moment(7.0).is_err());
}

/// The basis printed in the proof, e⊥ = −(e − (w/‖w‖) cos θ)/sin θ, is not orthogonal to e.
#[test]
fn refutes_the_printed_basis() {
    let (e, w, theta) = ([1.0, 0.0], [0.6, 0.8], 0.8_f64.atan2(0.6));
    let printed = [
        -(e[0] - w[0] * theta.cos()) / theta.sin(),
        w[1] * theta.cos() / theta.sin(),
    ];
    assert!((e[0] * printed[0] + 0.8).abs() < 1e-15); // e·e⊥ = −sin θ, not 0
    let corrected = [
        (w[0] - theta.cos() * e[0]) / theta.sin(),
        w[1] / theta.sin(),
    ];
    assert!((e[0] * corrected[0]).abs() < 1e-15 && (corrected[1] - 1.0).abs() < 1e-15);
}
