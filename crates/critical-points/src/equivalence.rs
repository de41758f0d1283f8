use dense::product;
use faer::Mat;
use teacher_student::{Population, Weights, optimal_assignment};

use crate::error::{Error, same_dimension};
use crate::plane::PrincipalPlane;

/// Entries of the teachers' Gram matrix are equal if they differ by less than this, relative to its largest.
const SAME_TEACHER: f64 = 1e-12;
/// What a forbidden pair of students costs: far beyond every allowed sum of squares.
const FORBIDDEN: f64 = 1e100;

/// When two students are the same up to symmetry: renamed students, isometries of ℝᵈ that permute the teachers, and
/// rotations and reflections that fix Π*.
///
/// Students W and V are equivalent exactly if there are a permutation p of the students (of equal top weights) and a
/// permutation s of the teachers that keeps their Gram matrix and top weights, such that
///
/// w_p(i)·w*_s(k) = v_i·w*_k and z_p(i)·z_p(j) = y_i·y_j,
///
/// z and y the parts of w and v outside Π*: inner products with the teachers determine what is in Π*, the Gram matrix of the
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
    teacher: Weights,
    top: Vec<f64>,
    student_top: Vec<f64>,
    plane: PrincipalPlane,
    /// Teacher k may take the place of teacher l only if they are alike; entry (k, l) of the Gram matrix.
    gram: Mat<f64>,
    resolution: f64,
}

/// The permutations that carry one student to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Correspondence {
    students: Vec<usize>,
    teachers: Vec<usize>,
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

    /// The largest difference of the inner products that are compared.
    pub fn defect(&self) -> f64 {
        self.defect
    }
}

/// What symmetry leaves of a point: inner products with the teachers, and among the parts outside Π*.
struct Invariants {
    inside: Mat<f64>,
    outside: Mat<f64>,
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
        let teacher = population.teacher();
        let matrix = teacher.weights().as_mat();
        let gram = product(matrix, matrix.transpose());
        Ok(Self {
            plane: PrincipalPlane::new(teacher.weights())?,
            resolution: SAME_TEACHER * gram.norm_max(),
            gram,
            teacher: teacher.weights().clone(),
            top: teacher.top_weights().to_vec(),
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
        if !(tolerance.is_finite() && tolerance > 0.0) {
            return Err(Error::OutOfRange {
                name: "tolerance",
                value: tolerance,
                requirement: "it must be finite and positive",
            });
        }
        let (first, second) = (self.invariants(first)?, self.invariants(second)?);
        let matching = Matching {
            of: self,
            first: &first,
            second: &second,
            tolerance,
        };
        let neurons = self.student_top.len();
        let costs = Mat::from_fn(neurons, neurons, |i, j| {
            if self.student_top[i] == self.student_top[j] {
                0.0
            } else {
                FORBIDDEN
            }
        });
        matching.extend(&mut Vec::new(), &costs)
    }

    fn invariants(&self, student: &Weights) -> Result<Invariants, Error> {
        let (dimension, neurons) = (self.teacher.dimension(), self.student_top.len());
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
        let parts = product(student.as_mat(), self.plane.complement());
        Ok(Invariants {
            inside: product(student.as_mat(), self.teacher.as_mat().transpose()),
            outside: product(parts.as_ref(), parts.transpose()),
        })
    }
}

impl Matching<'_> {
    /// Places one more teacher. `costs` (i, j) is the squared difference of student j of the first point and student i of the
    /// second over the teachers placed so far.
    fn extend(
        &self,
        placed: &mut Vec<usize>,
        costs: &Mat<f64>,
    ) -> Result<Option<Correspondence>, Error> {
        let (teachers, neurons) = (self.of.top.len(), self.of.student_top.len());
        let next = placed.len();
        if next == teachers {
            return self.students(placed, costs);
        }
        for candidate in 0..teachers {
            if placed.contains(&candidate)
                || !self.alike(next, candidate, placed)
                || !self.same_profile(next, candidate)
            {
                continue;
            }
            let more = Mat::from_fn(neurons, neurons, |i, j| {
                costs[(i, j)]
                    + (self.second.inside[(i, next)] - self.first.inside[(j, candidate)]).powi(2)
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

    /// Whether teacher `candidate` can take the place of teacher `next`, as far as those placed before tell.
    fn alike(&self, next: usize, candidate: usize, placed: &[usize]) -> bool {
        let (gram, close) = (&self.of.gram, self.of.resolution);
        self.of.top[next] == self.of.top[candidate]
            && (gram[(next, next)] - gram[(candidate, candidate)]).abs() <= close
            && placed
                .iter()
                .enumerate()
                .all(|(k, &l)| (gram[(next, k)] - gram[(candidate, l)]).abs() <= close)
    }

    /// Sorted, the inner products of all students with the two teachers must agree.
    fn same_profile(&self, next: usize, candidate: usize) -> bool {
        let sorted = |matrix: &Mat<f64>, column: usize| {
            let mut values: Vec<f64> = (0..matrix.nrows()).map(|i| matrix[(i, column)]).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (a, b) = (
            sorted(&self.second.inside, next),
            sorted(&self.first.inside, candidate),
        );
        a.iter()
            .zip(&b)
            .all(|(a, b)| (a - b).abs() <= self.tolerance)
    }

    fn students(
        &self,
        teachers: &[usize],
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

    fn choose(&self, chosen: &mut Vec<usize>, teachers: &[usize]) -> Option<f64> {
        let neurons = self.of.student_top.len();
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
    fn defect(&self, students: &[usize], teachers: &[usize]) -> Option<f64> {
        let mut worst = 0.0_f64;
        for (i, &p) in students.iter().enumerate() {
            if self.of.student_top[i] != self.of.student_top[p] {
                return None;
            }
            for (k, &s) in teachers.iter().enumerate() {
                worst = worst.max((self.first.inside[(p, s)] - self.second.inside[(i, k)]).abs());
            }
            for (j, &q) in students[..=i].iter().enumerate() {
                worst = worst.max((self.first.outside[(p, q)] - self.second.outside[(i, j)]).abs());
            }
        }
        (worst <= self.tolerance).then_some(worst)
    }
}

fn correspondence(students: Vec<usize>, teachers: &[usize], defect: f64) -> Correspondence {
    Correspondence {
        students,
        teachers: teachers.to_vec(),
        defect,
    }
}
