use dense::product;
use faer::{Mat, MatRef};
use teacher_student::Weights;

use crate::error::{Error, same_dimension};
use crate::plane::{PrincipalPlane, singular};

mod family;

pub use family::{AntipodalFamily, OutOfPlaneFamily};

/// Out-of-plane parts below this share of the longest student count as zero.
const OUTSIDE: f64 = 1e-10;

/// The orbit of a student under the rotations that fix Π*: the manifold on which an out-of-plane critical point lies.
///
/// A rotation R of ℝᵈ with R w_k* = w_k* for all teachers keeps the loss, so it carries critical points to critical
/// points. With q = d − r, r the dimension of Π*, and p the rank of the out-of-plane parts of the students, a K × q
/// matrix, the orbit has dimension
///
/// p q − p(p+1)/2.
///
/// It is positive exactly if p ≥ 1 and q ≥ 2: an out-of-plane critical point is not isolated if d ≥ r + 2, in
/// particular if d ≥ K + 2. At a critical point each tangent direction is in the kernel of the Hessian, so the nullity
/// is at least this dimension. For d = r + 1 the only rotation that fixes Π* is the identity (a reflection is left),
/// and the point may be isolated.
///
/// # Examples
/// ```
/// use critical_points::{OutOfPlaneFamily, RotationOrbit};
/// let family = OutOfPlaneFamily::new(std::f64::consts::FRAC_PI_4)?;
/// for (d, dimension) in [(3, 0), (4, 1), (5, 2)] {
///     let orbit = RotationOrbit::new(&family.teachers(d)?, &family.students(d)?)?;
///     assert_eq!(orbit.dimension(), dimension);
/// }
/// # Ok::<(), critical_points::Error>(())
/// ```
///
/// # Source
/// Tian 2017, Theorem 2; supplement, Lemma 1. The count of dimensions is derived here.
#[derive(Debug, Clone)]
pub struct RotationOrbit {
    plane: PrincipalPlane,
    tangents: Mat<f64>,
    outside_rank: usize,
}

impl RotationOrbit {
    /// The orbit of K students under the rotations that fix the teachers.
    ///
    /// # Errors
    /// Different dimensions, a norm beyond the largest double, or singular values that do not converge.
    pub fn new(teacher: &Weights, student: &Weights) -> Result<Self, Error> {
        same_dimension(
            "the student",
            student.dimension(),
            "the teacher",
            teacher.dimension(),
        )?;
        let plane = PrincipalPlane::new(teacher)?;
        let (neurons, dimension) = (student.neurons(), student.dimension());
        let outer = dimension - plane.rank();
        if outer == 0 {
            return Ok(Self {
                plane,
                tangents: Mat::zeros(neurons * dimension, 0),
                outside_rank: 0,
            });
        }
        // Z = W Q, the out-of-plane parts, = Σ_i σ_i u_i r_iᵀ.
        let parts = product(student.as_mat(), plane.complement());
        let singular = singular(parts.as_ref())?;
        let longest = (0..neurons)
            .map(|j| student.as_mat().row(j).norm_l2())
            .fold(0.0, f64::max);
        let outside_rank = singular
            .values()
            .iter()
            .filter(|value| **value > OUTSIDE * longest)
            .count();
        // Z A for A = r_i r_jᵀ − r_j r_iᵀ is σ_i u_i r_jᵀ − σ_j u_j r_iᵀ: orthogonal for different pairs i < j, and zero
        // for i ≥ p.
        let rays = product(plane.complement(), singular.right());
        let value = |i: usize| singular.values().get(i).copied().unwrap_or(0.0);
        let left = |k: usize, i: usize| {
            if i < singular.left().ncols() {
                singular.left()[(k, i)]
            } else {
                0.0
            }
        };
        let pairs: Vec<(usize, usize)> = (0..outside_rank)
            .flat_map(|i| (i + 1..outer).map(move |j| (i, j)))
            .collect();
        let tangents = Mat::from_fn(neurons * dimension, pairs.len(), |row, column| {
            let ((neuron, at), (i, j)) = ((row / dimension, row % dimension), pairs[column]);
            let length = value(i).hypot(value(j));
            (value(i) * left(neuron, i) * rays[(at, j)]
                - value(j) * left(neuron, j) * rays[(at, i)])
                / length
        });
        Ok(Self {
            plane,
            tangents,
            outside_rank,
        })
    }

    /// Π*.
    pub fn plane(&self) -> &PrincipalPlane {
        &self.plane
    }

    /// p, the rank of the out-of-plane parts of the students; 0 for an in-plane point.
    pub fn outside_rank(&self) -> usize {
        self.outside_rank
    }

    /// p q − p(p+1)/2, the dimension of the orbit.
    pub fn dimension(&self) -> usize {
        self.tangents.ncols()
    }

    /// An orthonormal basis of the tangent space, one direction a column, neuron-major: Kd × dimension.
    pub fn tangents(&self) -> MatRef<'_, f64> {
        self.tangents.as_ref()
    }

    /// The largest ‖H t‖ over the [tangents](Self::tangents) t of length 1: zero at a critical point.
    ///
    /// # Errors
    /// A matrix that is not Kd × Kd.
    pub fn kernel_defect(&self, hessian: &Mat<f64>) -> Result<f64, Error> {
        let needed = self.tangents.nrows();
        if hessian.shape() != (needed, needed) {
            return Err(Error::Shape {
                name: "hessian",
                rows: hessian.nrows(),
                columns: hessian.ncols(),
                expected_rows: needed,
                expected_columns: needed,
            });
        }
        let image = hessian * &self.tangents;
        Ok((0..image.ncols())
            .map(|c| image.col(c).norm_l2())
            .fold(0.0, f64::max))
    }
}
