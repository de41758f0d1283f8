use std::fmt;

use faer::{Mat, MatRef};
use teacher_student::Weights;

use crate::error::{Error, finite};

mod element;

use element::Element;

/// The largest k for which all k! permutations are listed (40 320 elements).
const SYMMETRIC_LIMIT: usize = 8;

/// A finite group of orthogonal maps of ℝᵈ, element 0 the identity.
///
/// Its orbit of one neuron w is a network of as many neurons as the group has elements, row j = P_j w. Permutations of
/// coordinates, also when given as matrices, act exactly: they move entries and round nothing.
///
/// # Examples
/// ```
/// use ssb::OrthogonalGroup;
/// let shifts = OrthogonalGroup::cyclic(3)?;
/// assert_eq!(shifts.apply(1, &[1.0, 2.0, 3.0])?, [3.0, 1.0, 2.0]); // Tian 2017, §6.2
/// let orbit = shifts.orbit(&[1.0, 2.0, 3.0])?;
/// assert_eq!(orbit.as_mat()[(2, 0)], 2.0);
/// # Ok::<(), ssb::Error>(())
/// ```
///
/// # Source
/// Tian 2017, §6.2; Tian 2016, §4.
#[derive(Clone)]
pub struct OrthogonalGroup {
    elements: Vec<Element>,
    tolerance: f64,
}

impl fmt::Debug for OrthogonalGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrthogonalGroup")
            .field("order", &self.order())
            .field("dimension", &self.dimension())
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

impl OrthogonalGroup {
    /// The k cyclic shifts of ℝᵏ: P_j, counted from 0, moves entry i to entry (i + j) mod k.
    ///
    /// # Errors
    /// k = 0.
    ///
    /// # Source
    /// Tian 2017, §6.2 ("P_j circularly shifts dimension by j − 1", counted from 1). The index rule of Tian 2016, §4
    /// shifts by j and so makes P_1 other than the identity.
    pub fn cyclic(k: usize) -> Result<Self, Error> {
        if k == 0 {
            return Err(Error::EmptyGroup);
        }
        Ok(Self {
            elements: (0..k)
                .map(|j| Element::Permutation((0..k).map(|i| (i + k - j) % k).collect()))
                .collect(),
            tolerance: 0.0,
        })
    }

    /// All k! permutations of the coordinates of ℝᵏ, in lexicographic order.
    ///
    /// # Errors
    /// k = 0, or k > 8.
    pub fn symmetric(k: usize) -> Result<Self, Error> {
        if k == 0 {
            return Err(Error::EmptyGroup);
        }
        if k > SYMMETRIC_LIMIT {
            return Err(Error::GroupTooLarge {
                letters: k,
                limit: SYMMETRIC_LIMIT,
            });
        }
        let mut current: Vec<usize> = (0..k).collect();
        let mut elements = vec![Element::Permutation(current.clone())];
        while next_permutation(&mut current) {
            elements.push(Element::Permutation(current.clone()));
        }
        Ok(Self {
            elements,
            tolerance: 0.0,
        })
    }

    /// The group whose elements are the given d × d matrices, in their order but with the identity first.
    ///
    /// Every law is checked up to `tolerance`, entry by entry: each matrix orthogonal, the identity among them, no
    /// element twice, every inverse present, every product present. The cost is O(n³d² + n²d³) for n matrices.
    ///
    /// # Errors
    /// The law that fails, with the elements and the numbers; no matrices; matrices that are not d × d or not finite;
    /// a tolerance outside \[0, 0.1\].
    pub fn from_matrices(matrices: Vec<Mat<f64>>, tolerance: f64) -> Result<Self, Error> {
        if !(0.0..=0.1).contains(&finite("tolerance", tolerance)?) {
            return Err(Error::OutOfRange {
                name: "tolerance",
                value: tolerance,
                requirement: "it must lie in [0, 0.1]",
            });
        }
        let dimension = matrices.first().ok_or(Error::EmptyGroup)?.ncols();
        for (element, matrix) in matrices.iter().enumerate() {
            check_orthogonal(element, matrix.as_ref(), dimension, tolerance)?;
        }
        let group = Self {
            elements: matrices.into_iter().map(Element::from_matrix).collect(),
            tolerance,
        };
        let identity = Element::identity(dimension);
        let (index, distance) = nearest(&group.elements, &identity);
        if distance > tolerance {
            return Err(Error::NoIdentity {
                nearest: index,
                distance,
                tolerance,
            });
        }
        // Checked in the caller's order, so that errors count as the caller does.
        group.check_laws()?;
        let mut elements = group.elements;
        elements.remove(index);
        elements.insert(0, identity);
        Ok(Self {
            elements,
            tolerance,
        })
    }

    fn check_laws(&self) -> Result<(), Error> {
        let tolerance = self.tolerance;
        for (second, element) in self.elements.iter().enumerate() {
            for (first, earlier) in self.elements[..second].iter().enumerate() {
                let distance = element.distance(earlier);
                if distance <= tolerance {
                    return Err(Error::RepeatedElement {
                        first,
                        second,
                        distance,
                        tolerance,
                    });
                }
            }
        }
        for (element, map) in self.elements.iter().enumerate() {
            let (nearest, distance) = nearest(&self.elements, &map.inverse());
            if distance > tolerance {
                return Err(Error::NoInverse {
                    element,
                    nearest,
                    distance,
                    tolerance,
                });
            }
        }
        for (left, a) in self.elements.iter().enumerate() {
            for (right, b) in self.elements.iter().enumerate() {
                let (nearest, distance) = nearest(&self.elements, &a.after(b));
                if distance > tolerance {
                    return Err(Error::NotClosed {
                        left,
                        right,
                        nearest,
                        distance,
                        tolerance,
                    });
                }
            }
        }
        Ok(())
    }

    /// The number of elements, which is the number of neurons of an orbit.
    pub fn order(&self) -> usize {
        self.elements.len()
    }

    /// d.
    pub fn dimension(&self) -> usize {
        self.elements.first().map_or(0, Element::dimension)
    }

    /// P_j w.
    ///
    /// # Errors
    /// `w` does not have d entries, or there is no element `j`.
    pub fn apply(&self, j: usize, w: &[f64]) -> Result<Vec<f64>, Error> {
        self.check_length(w)?;
        Ok(self.element(j)?.apply(w))
    }

    /// P_jᵀ w = P_j⁻¹ w.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn apply_inverse(&self, j: usize, w: &[f64]) -> Result<Vec<f64>, Error> {
        self.check_length(w)?;
        Ok(self.element(j)?.inverse().apply(w))
    }

    /// P_j as a d × d matrix.
    ///
    /// # Errors
    /// There is no element `j`.
    pub fn matrix(&self, j: usize) -> Result<Mat<f64>, Error> {
        let element = self.element(j)?;
        let d = self.dimension();
        Ok(Mat::from_fn(d, d, |i, l| element.entry(i, l)))
    }

    /// The index of P_i P_j.
    ///
    /// # Errors
    /// There is no element `i` or `j`.
    pub fn product(&self, i: usize, j: usize) -> Result<usize, Error> {
        let product = self.element(i)?.after(self.element(j)?);
        Ok(nearest(&self.elements, &product).0)
    }

    /// The index of P_j⁻¹.
    ///
    /// # Errors
    /// There is no element `j`.
    pub fn inverse(&self, j: usize) -> Result<usize, Error> {
        Ok(nearest(&self.elements, &self.element(j)?.inverse()).0)
    }

    /// The network of the orbit of w, n × d with row j = P_j w.
    ///
    /// # Errors
    /// `w` does not have d entries, is not finite, or is zero.
    pub fn orbit(&self, w: &[f64]) -> Result<Weights, Error> {
        self.check_length(w)?;
        let rows: Vec<Vec<f64>> = self.elements.iter().map(|p| p.apply(w)).collect();
        Ok(Weights::from_rows(&rows)?)
    }

    fn element(&self, j: usize) -> Result<&Element, Error> {
        self.elements.get(j).ok_or(Error::NoSuchElement {
            element: j,
            order: self.order(),
        })
    }

    fn check_length(&self, w: &[f64]) -> Result<(), Error> {
        if w.len() == self.dimension() {
            return Ok(());
        }
        Err(Error::Length {
            name: "w",
            length: w.len(),
            expected: self.dimension(),
        })
    }
}

/// The element nearest to `target` and its distance; stops at an exact match.
fn nearest(elements: &[Element], target: &Element) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (index, element) in elements.iter().enumerate() {
        let distance = element.distance(target);
        if distance < best.1 {
            best = (index, distance);
        }
        if distance == 0.0 {
            break;
        }
    }
    best
}

fn check_orthogonal(
    element: usize,
    matrix: MatRef<'_, f64>,
    dimension: usize,
    tolerance: f64,
) -> Result<(), Error> {
    if matrix.shape() != (dimension, dimension) || dimension == 0 {
        return Err(Error::Shape {
            name: "an element of the group",
            rows: matrix.nrows(),
            columns: matrix.ncols(),
            expected_rows: dimension.max(1),
            expected_columns: dimension.max(1),
        });
    }
    for column in 0..dimension {
        for i in 0..dimension {
            finite("an entry of an element of the group", matrix[(i, column)])?;
        }
    }
    for row in 0..dimension {
        for column in row..dimension {
            let value: f64 = (0..dimension)
                .map(|i| matrix[(i, row)] * matrix[(i, column)])
                .sum();
            let expected = if row == column { 1.0 } else { 0.0 };
            let deviation = (value - expected).abs();
            if deviation.is_nan() || deviation > tolerance {
                return Err(Error::NotOrthogonal {
                    element,
                    row,
                    column,
                    value,
                    expected,
                    tolerance,
                });
            }
        }
    }
    Ok(())
}

/// The lexicographically next permutation; false after the last.
fn next_permutation(p: &mut [usize]) -> bool {
    let Some(pivot) = (1..p.len()).rev().find(|&i| p[i - 1] < p[i]) else {
        return false;
    };
    let pivot = pivot - 1;
    if let Some(swap) = (pivot + 1..p.len()).rev().find(|&i| p[i] > p[pivot]) {
        p.swap(pivot, swap);
    }
    p[pivot + 1..].reverse();
    true
}
