//! Test vectors: exact double inputs, outputs with 32 significant digits.
//!
//! They were evaluated with 80 digits by an independent program, so they judge the multiprecision
//! reference of this crate as well as the double implementations of the others.

mod file;
mod hex_float;

use crate::multiprecision::Real;
pub use hex_float::parse_hex_float;

/// A decimal output: as printed to 512 bits, and as the nearest double.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// The nearest double.
    pub nearest: f64,
    /// The printed decimal, 32 significant digits.
    pub exact: Real,
}

/// E[F(e, w)].
#[derive(Debug, Clone, PartialEq)]
pub struct Gating {
    /// Number of the vector.
    pub id: u64,
    /// What it exercises.
    pub note: String,
    /// The control direction, not normalised.
    pub e: Vec<f64>,
    /// The weight.
    pub w: Vec<f64>,
    /// E[F(e, w)].
    pub gating: Vec<Number>,
    /// ∠(e, w).
    pub theta: Number,
}

/// The gradient of one student against one teacher.
#[derive(Debug, Clone, PartialEq)]
pub struct SingleUnit {
    /// Number of the vector.
    pub id: u64,
    /// What it exercises.
    pub note: String,
    /// The student.
    pub w: Vec<f64>,
    /// The teacher.
    pub teacher: Vec<f64>,
    /// +∂loss/∂w.
    pub gradient: Vec<Number>,
}

/// Loss, gradient and Hessian of K students against K′ teachers, all top weights 1.
#[derive(Debug, Clone, PartialEq)]
pub struct MultiUnit {
    /// Number of the vector.
    pub id: u64,
    /// What it exercises.
    pub note: String,
    /// One student a row.
    pub students: Vec<Vec<f64>>,
    /// One teacher a row.
    pub teachers: Vec<Vec<f64>>,
    /// The population loss.
    pub loss: Number,
    /// +∂loss/∂w, one student a row.
    pub gradient: Vec<Vec<Number>>,
    /// Kd × Kd, index j·d + i.
    pub hessian: Vec<Vec<Number>>,
}

/// The matrices of the normal equation and the separability functions, K = 2.
#[derive(Debug, Clone, PartialEq)]
pub struct NormalEquation {
    /// Number of the vector.
    pub id: u64,
    /// What it exercises.
    pub note: String,
    /// One student a row.
    pub students: Vec<Vec<f64>>,
    /// One teacher a row.
    pub teachers: Vec<Vec<f64>>,
    /// M, rows (1,1), (1,2), (2,1), (2,2).
    pub m: Vec<Vec<Number>>,
    /// M*, the same rows.
    pub m_star: Vec<Vec<Number>>,
    /// M_r.
    pub m_r: Vec<Vec<Number>>,
    /// M*_r.
    pub m_r_star: Vec<Vec<Number>>,
    /// L₁₂, one entry a teacher.
    pub l12: Vec<Number>,
    /// L₂₁, one entry a teacher.
    pub l21: Vec<Number>,
}

/// L₁₂ and L₂₁ for e₁ = (1, 0), e₂ = (cos θ, sin θ), e* = (cos φ, sin φ).
#[derive(Debug, Clone, PartialEq)]
pub struct PlanarSeparability {
    /// Number of the vector.
    pub id: u64,
    /// What it exercises.
    pub note: String,
    /// θ.
    pub theta: f64,
    /// φ.
    pub phi: f64,
    /// L₁₂.
    pub l12: Number,
    /// L₂₁.
    pub l21: Number,
}

/// The right-hand side of Tian 2016, Eq 16, 2π times the per-sample drift.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanarField {
    /// Number of the vector.
    pub id: u64,
    /// What it exercises.
    pub note: String,
    /// x.
    pub x: f64,
    /// y.
    pub y: f64,
    /// K.
    pub neurons: usize,
    /// (2π/N) E[(Δx, Δy)].
    pub field: Vec<Number>,
}

/// All test vectors, by kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vectors {
    /// Kind `gating`.
    pub gating: Vec<Gating>,
    /// Kind `grad1`.
    pub single_unit: Vec<SingleUnit>,
    /// Kind `multi`.
    pub multi_unit: Vec<MultiUnit>,
    /// Kind `M`.
    pub normal_equation: Vec<NormalEquation>,
    /// Kind `L12_2d`.
    pub planar_separability: Vec<PlanarSeparability>,
    /// Kind `dyn2d`.
    pub planar_field: Vec<PlanarField>,
}

/// The nearest doubles of a list of numbers.
pub fn nearest(numbers: &[Number]) -> Vec<f64> {
    numbers.iter().map(|number| number.nearest).collect()
}

/// The 32-digit values of a list of numbers.
pub fn exact(numbers: &[Number]) -> Vec<Real> {
    numbers.iter().map(|number| number.exact.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::multiprecision as reference;

    /// 32 printed digits, four of them spare.
    const DIGITS: &str = "1e-28";

    #[track_caller]
    fn agree(computed: &[Real], printed: &[Number]) {
        assert_eq!(computed.len(), printed.len());
        let digits: Real = DIGITS.parse().unwrap();
        for (computed, printed) in computed.iter().zip(printed) {
            let off = (computed - &printed.exact).abs();
            assert!(
                off <= &digits * printed.exact.abs(),
                "{computed} {}",
                printed.exact
            );
        }
    }

    #[test]
    fn the_file_has_every_kind() -> Result<(), Error> {
        let all = Vectors::bundled()?;
        let counts = [
            all.gating.len(),
            all.single_unit.len(),
            all.multi_unit.len(),
            all.normal_equation.len(),
            all.planar_separability.len(),
            all.planar_field.len(),
        ];
        assert_eq!(counts, [3, 2, 2, 1, 3, 3]);
        assert_eq!(all.gating[0].theta.nearest, 2.245_838_654_846_884_7);
        assert_eq!(
            nearest(&all.normal_equation[0].l12),
            [-0.052_490_122_492_012_445, -0.842_388_272_657_277_2]
        );
        assert_eq!(exact(&all.normal_equation[0].l21).len(), 2);
        Ok(())
    }

    #[test]
    fn gating_is_reproduced() -> Result<(), Error> {
        for vector in Vectors::bundled()?.gating {
            agree(
                &reference::population_gating(&vector.e, &vector.w),
                &vector.gating,
            );
            agree(
                &[reference::angle(&vector.e, &vector.w).theta],
                &[vector.theta],
            );
        }
        Ok(())
    }

    #[test]
    fn single_units_are_reproduced() -> Result<(), Error> {
        for vector in Vectors::bundled()?.single_unit {
            agree(
                &reference::single_unit_gradient(&vector.w, &vector.teacher),
                &vector.gradient,
            );
            let rows = ([vector.w], [vector.teacher]);
            let general = reference::population_gradient(&rows.0, &[1.0], &rows.1, &[1.0]);
            agree(&general[0], &vector.gradient);
        }
        Ok(())
    }

    #[test]
    fn networks_are_reproduced() -> Result<(), Error> {
        for vector in Vectors::bundled()?.multi_unit {
            let (w, v) = (&vector.students, &vector.teachers);
            let (a, b) = (vec![1.0; w.len()], vec![1.0; v.len()]);
            agree(
                &[reference::population_loss(w, &a, v, &b)],
                std::slice::from_ref(&vector.loss),
            );
            let gradient = reference::population_gradient(w, &a, v, &b);
            agree(&gradient.concat(), &vector.gradient.concat());
            let hessian = reference::population_hessian(w, &a, v, &b);
            agree(&hessian.concat(), &vector.hessian.concat());
        }
        Ok(())
    }

    #[test]
    fn the_planar_field_is_reproduced() -> Result<(), Error> {
        for vector in Vectors::bundled()?.planar_field {
            agree(
                &reference::planar_field(vector.x, vector.y, vector.neurons),
                &vector.field,
            );
        }
        Ok(())
    }

    #[test]
    fn the_normal_equation_holds_the_diagonal() -> Result<(), Error> {
        // M_r and M*_r are h of the angles from student j to student or teacher k.
        for vector in Vectors::bundled()?.normal_equation {
            let h = |u: &Vec<f64>, v: &Vec<f64>| reference::angle(u, v).arc_cosine();
            for (j, student) in vector.students.iter().enumerate() {
                let row: Vec<Real> = vector.students.iter().map(|w| h(student, w)).collect();
                agree(&row, &vector.m_r[j]);
                let row: Vec<Real> = vector.teachers.iter().map(|v| h(student, v)).collect();
                agree(&row, &vector.m_r_star[j]);
            }
        }
        Ok(())
    }
}
