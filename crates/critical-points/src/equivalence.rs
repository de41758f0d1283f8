use dense::product;
use faer::{Mat, MatRef};
use teacher_student::{Population, Weights, optimal_assignment};

use crate::error::{Error, same_dimension};
use crate::plane::PrincipalPlane;
use crate::split::Merged;

/// Inner products of teachers are equal if they differ by less than this, relative to the largest.
const SAME_TEACHER: f64 = 1e-12;
/// What a forbidden pair of students costs: far beyond every allowed sum of squares.
const FORBIDDEN: f64 = 1e100;

/// When two students are the same up to symmetry: renamed students, isometries of ℝᵈ that leave the function of the teacher as
/// it is, and rotations and reflections that fix Π*.
///
/// A top weight a_j counts by its sign alone, with the effective weights w_j = |a_j|·(row j), v_k = |b_k|·(teacher k):
/// the network is the same function. An isometry Q leaves the teacher f(x) = ½Σ_k sgn(b_k)|v_k·x| + ½m·x, m = Σ_k sgn(b_k) v_k,
/// as it is if it permutes the v_k up to signs, Q v_k = ε_k v_s(k) with equal signs of the top weights, and fixes m. A sign
/// ε_k = −1 turns a neuron around: for three teachers at angles of 120°, m = 0 and x ↦ −x is such an isometry.
///
/// Students W and Y are equivalent if there are a permutation p of the students (of equal signs of the top weights) and such s
/// and ε, which keep the Gram matrix of the v_k, such that
///
/// ε_k w_p(i)·v_s(k) = y_i·v_k and z_p(i)·z_p(j) = t_i·t_j,
///
/// z and t the parts of w and y outside Π*: inner products with the teachers determine what is in Π*, the Gram matrix of the
/// parts outside determines them up to an isometry. The permutation s is built teacher by teacher. A partial one is given up
/// as soon as the optimal assignment of the students, for the inner products so far, costs more than the tolerance allows: the
/// search is exact. Its worst case is exponential, as for isomorphic graphs; points without symmetry and points with much of
/// it are both decided in polynomial time.
///
/// # Examples
/// ```
/// use critical_points::Equivalence;
/// use teacher_student::{Network, Population, Weights};
/// let population = Population::matching(Network::new(Weights::orthonormal(2, 3)?));
/// let one = Weights::from_rows(&[vec![0.9, 0.1, 0.2], vec![0.3, 0.8, 0.0]])?;
/// let other = Weights::from_rows(&[vec![0.8, 0.3, 0.0], vec![0.1, 0.9, -0.2]])?; // renamed twice, and reflected
/// let same = Equivalence::new(&population)?.between(&one, &other, 1e-12)?.expect("they are equivalent");
/// assert_eq!((same.students(), same.teachers()), (&[1, 0][..], &[1, 0][..]));
/// # Ok::<(), critical_points::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Equivalence {
    /// v_k, one a row.
    teacher: Mat<f64>,
    /// Signs of the top weights.
    signs: Vec<f64>,
    student_top: Vec<f64>,
    plane: PrincipalPlane,
    /// v_k·v_l.
    gram: Mat<f64>,
    /// m·v_k.
    slope: Vec<f64>,
    resolution: f64,
}

/// The permutations that carry one student to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Correspondence {
    students: Vec<usize>,
    teachers: Vec<usize>,
    signs: Vec<f64>,
    defect: f64,
}

impl Correspondence {
    /// Entry i is the student of the first point that takes the place of student i of the second.
    pub fn students(&self) -> &[usize] {
        &self.students
    }

    /// Entry k is the teacher that takes the place of teacher k.
    pub fn teachers(&self) -> &[usize] {
        &self.teachers
    }

    /// Entry k is ε_k: −1 where that teacher takes the place turned around.
    pub fn signs(&self) -> &[f64] {
        &self.signs
    }

    /// The largest difference of the inner products that are compared.
    pub fn defect(&self) -> f64 {
        self.defect
    }
}

/// What symmetry leaves of a point: of each neuron what it is, inner products with the teachers, and inner products among the
/// parts outside Π*.
struct Invariants {
    neurons: Vec<Neuron>,
    inside: Mat<f64>,
    outside: Mat<f64>,
}

/// What must agree for one neuron to take the place of another.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Neuron {
    /// The sign of its top weight.
    sign: f64,
    /// Of how many parallel students it is made.
    copies: usize,
}

struct Matching<'a> {
    of: &'a Equivalence,
    first: &'a Invariants,
    second: &'a Invariants,
    tolerance: f64,
}

impl Equivalence {
    /// The symmetries of a teacher and its student's top weights.
    ///
    /// # Errors
    /// A norm beyond the largest double, or singular values that do not converge.
    pub fn new(population: &Population) -> Result<Self, Error> {
        let network = population.teacher();
        let teacher = effective(network.weights().as_mat(), network.top_weights());
        let signs: Vec<f64> = network.top_weights().iter().map(|b| sign(*b)).collect();
        let gram = product(teacher.as_ref(), teacher.transpose());
        let slope = (0..signs.len())
            .map(|k| {
                signs
                    .iter()
                    .enumerate()
                    .map(|(l, b)| b * gram[(l, k)])
                    .sum()
            })
            .collect();
        Ok(Self {
            plane: PrincipalPlane::new(network.weights())?,
            resolution: SAME_TEACHER * gram.norm_max(),
            gram,
            slope,
            teacher,
            signs,
            student_top: population.student_top_weights().to_vec(),
        })
    }

    /// The correspondence of two points, if all inner products agree within `tolerance` for one.
    ///
    /// # Errors
    /// A point of another shape, or a tolerance that is not finite and positive.
    pub fn between(
        &self,
        first: &Weights,
        second: &Weights,
        tolerance: f64,
    ) -> Result<Option<Correspondence>, Error> {
        check_tolerance(tolerance)?;
        let (first, second) = (self.single(first)?, self.single(second)?);
        self.compare(
            &self.invariants(&first),
            &self.invariants(&second),
            tolerance,
        )
    }

    /// Whether two points are of one manifold of equal networks, up to symmetry: equivalent once parallel students with top
    /// weights of one sign are merged, and in each point merged of equally many.
    ///
    /// The shares of parallel students of what they do together are free: m of them span m − 1 directions in which the network
    /// stays the same function.
    ///
    /// # Errors
    /// As [`between`](Self::between).
    pub fn of_one_manifold(
        &self,
        first: &Weights,
        second: &Weights,
        tolerance: f64,
    ) -> Result<bool, Error> {
        check_tolerance(tolerance)?;
        let (first, second) = (self.single(first)?.merged(), self.single(second)?.merged());
        Ok(first.neurons() == second.neurons()
            && self
                .compare(
                    &self.invariants(&first),
                    &self.invariants(&second),
                    tolerance,
                )?
                .is_some())
    }

    fn compare(
        &self,
        first: &Invariants,
        second: &Invariants,
        tolerance: f64,
    ) -> Result<Option<Correspondence>, Error> {
        let matching = Matching {
            of: self,
            first,
            second,
            tolerance,
        };
        let neurons = first.neurons.len();
        let costs = Mat::from_fn(neurons, neurons, |i, j| {
            if second.neurons[i] == first.neurons[j] {
                0.0
            } else {
                FORBIDDEN
            }
        });
        matching.extend(&mut Vec::new(), &costs)
    }

    /// The effective weights of a point, no neurons merged.
    fn single(&self, student: &Weights) -> Result<Merged, Error> {
        let (dimension, neurons) = (self.teacher.ncols(), self.student_top.len());
        same_dimension("the student", student.dimension(), "the teacher", dimension)?;
        if student.neurons() != neurons {
            return Err(Error::Shape {
                name: "the student",
                rows: student.neurons(),
                columns: dimension,
                expected_rows: neurons,
                expected_columns: dimension,
            });
        }
        Ok(Merged::none(student.as_mat(), &self.student_top))
    }

    fn invariants(&self, student: &Merged) -> Invariants {
        let rows = student.rows();
        let parts = product(rows, self.plane.complement());
        Invariants {
            neurons: (0..student.neurons())
                .map(|j| Neuron {
                    sign: student.sign(j),
                    copies: student.copies(j),
                })
                .collect(),
            inside: product(rows, self.teacher.transpose()),
            outside: product(parts.as_ref(), parts.transpose()),
        }
    }
}

/// Rows times the sizes of their top weights.
pub(crate) fn effective(weights: MatRef<'_, f64>, top: &[f64]) -> Mat<f64> {
    Mat::from_fn(weights.nrows(), weights.ncols(), |j, c| {
        top[j].abs() * weights[(j, c)]
    })
}

/// −1, 0 or 1.
pub(crate) fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

fn check_tolerance(tolerance: f64) -> Result<(), Error> {
    if tolerance.is_finite() && tolerance > 0.0 {
        return Ok(());
    }
    Err(Error::OutOfRange {
        name: "tolerance",
        value: tolerance,
        requirement: "it must be finite and positive",
    })
}

/// A teacher that takes the place of another, and its sign ε.
type Placed = (usize, f64);

impl Matching<'_> {
    /// Places one more teacher. `costs` (i, j) is the squared difference of student j of the first point and student i of the
    /// second over the teachers placed so far.
    fn extend(
        &self,
        placed: &mut Vec<Placed>,
        costs: &Mat<f64>,
    ) -> Result<Option<Correspondence>, Error> {
        let (teachers, neurons) = (self.of.signs.len(), self.first.neurons.len());
        let next = placed.len();
        if next == teachers {
            return self.students(placed, costs);
        }
        let candidates = (0..teachers).flat_map(|l| [(l, 1.0), (l, -1.0)]);
        for candidate in candidates {
            let (other, turn) = candidate;
            if placed.iter().any(|(l, _)| *l == other)
                || !self.alike(next, candidate, placed)
                || !self.same_profile(next, candidate)
            {
                continue;
            }
            let more = Mat::from_fn(neurons, neurons, |i, j| {
                let theirs = turn * self.first.inside[(j, other)];
                costs[(i, j)] + (self.second.inside[(i, next)] - theirs).powi(2)
            });
            let assignment = optimal_assignment(more.as_ref())?;
            let cost: f64 = assignment
                .iter()
                .enumerate()
                .map(|(i, &j)| more[(i, j)])
                .sum();
            let allowed = (neurons * (next + 1)) as f64 * self.tolerance * self.tolerance;
            if cost > allowed {
                continue;
            }
            placed.push(candidate);
            let found = self.extend(placed, &more)?;
            if found.is_some() {
                return Ok(found);
            }
            placed.pop();
        }
        Ok(None)
    }

    /// Whether a teacher can take the place of teacher `next`, as far as those placed before tell.
    fn alike(&self, next: usize, (other, turn): Placed, placed: &[Placed]) -> bool {
        let (gram, slope, close) = (&self.of.gram, &self.of.slope, self.of.resolution);
        let teachers = self.of.signs.len() as f64;
        self.of.signs[next] == self.of.signs[other]
            && (gram[(next, next)] - gram[(other, other)]).abs() <= close
            && (slope[next] - turn * slope[other]).abs() <= teachers * close
            && placed
                .iter()
                .enumerate()
                .all(|(k, &(l, e))| (gram[(next, k)] - turn * e * gram[(other, l)]).abs() <= close)
    }

    /// Sorted, the inner products of all students with the two teachers must agree.
    fn same_profile(&self, next: usize, (other, turn): Placed) -> bool {
        let sorted = |matrix: &Mat<f64>, column: usize, turn: f64| {
            let entries = (0..matrix.nrows()).map(|i| turn * matrix[(i, column)]);
            let mut values: Vec<f64> = entries.collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (a, b) = (
            sorted(&self.second.inside, next, 1.0),
            sorted(&self.first.inside, other, turn),
        );
        a.iter()
            .zip(&b)
            .all(|(a, b)| (a - b).abs() <= self.tolerance)
    }

    fn students(
        &self,
        teachers: &[Placed],
        costs: &Mat<f64>,
    ) -> Result<Option<Correspondence>, Error> {
        let assignment = optimal_assignment(costs.as_ref())?;
        if let Some(defect) = self.defect(&assignment, teachers) {
            return Ok(Some(correspondence(assignment, teachers, defect)));
        }
        // Several students with one in-plane part differ outside only: try all of them.
        let mut chosen = Vec::new();
        Ok(self
            .choose(&mut chosen, teachers)
            .map(|defect| correspondence(chosen, teachers, defect)))
    }

    fn choose(&self, chosen: &mut Vec<usize>, teachers: &[Placed]) -> Option<f64> {
        let neurons = self.first.neurons.len();
        if chosen.len() == neurons {
            return self.defect(chosen, teachers);
        }
        for candidate in 0..neurons {
            if chosen.contains(&candidate) {
                continue;
            }
            chosen.push(candidate);
            if self.defect(chosen, teachers).is_some()
                && let Some(defect) = self.choose(chosen, teachers)
            {
                return Some(defect);
            }
            chosen.pop();
        }
        None
    }

    /// The largest difference of the inner products of the students chosen so far; none beyond the tolerance.
    fn defect(&self, students: &[usize], teachers: &[Placed]) -> Option<f64> {
        let mut worst = 0.0_f64;
        for (i, &p) in students.iter().enumerate() {
            if self.second.neurons[i] != self.first.neurons[p] {
                return None;
            }
            for (k, &(s, turn)) in teachers.iter().enumerate() {
                let theirs = turn * self.first.inside[(p, s)];
                worst = worst.max((theirs - self.second.inside[(i, k)]).abs());
            }
            for (j, &q) in students[..=i].iter().enumerate() {
                worst = worst.max((self.first.outside[(p, q)] - self.second.outside[(i, j)]).abs());
            }
        }
        (worst <= self.tolerance).then_some(worst)
    }
}

fn correspondence(students: Vec<usize>, teachers: &[Placed], defect: f64) -> Correspondence {
    let (teachers, signs) = teachers.iter().copied().unzip();
    Correspondence {
        students,
        teachers,
        signs,
        defect,
    }
}
