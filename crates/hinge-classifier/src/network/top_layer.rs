use faer::{Mat, MatRef};

use crate::error::{Error, check, check_length, check_positive};
use crate::network::check_label;

/// The fixed top layer V of Assumption 1: n classes, k neurons, entries ±v, at most one positive entry a neuron, at least
/// one positive entry a class.
///
/// What training sees of V are the differences v_{i,j} − v_{r,j} ∈ {−2v, 0, 2v}.
///
/// # Source
/// Long, Yin & Xin 2021, Assumption 1 (V is n × k there too; the k × n of the text is a slip).
#[derive(Debug, Clone, PartialEq)]
pub struct TopLayer {
    classes: usize,
    modulus: f64,
    /// For each neuron the class it votes for, if any.
    votes: Vec<Option<usize>>,
}

impl TopLayer {
    /// A given n × k matrix, checked against Assumption 1.
    ///
    /// # Errors
    /// The violated clause, with the entries that violate it; fewer than two classes; an entry that is not finite.
    pub fn new(matrix: MatRef<'_, f64>) -> Result<Self, Error> {
        let (classes, neurons) = matrix.shape();
        check_classes(classes)?;
        if neurons == 0 {
            return Err(Error::NoPositiveNeuron { class: 0 });
        }
        let modulus = matrix[(0, 0)].abs();
        check_modulus(modulus)?;
        let mut votes = vec![None; neurons];
        for (j, vote) in votes.iter_mut().enumerate() {
            for i in 0..classes {
                let weight = matrix[(i, j)];
                if weight.abs() != modulus {
                    return Err(Error::UnequalModulus {
                        class: i,
                        neuron: j,
                        weight,
                        modulus,
                    });
                }
                if weight > 0.0 {
                    if let Some(first) = *vote {
                        return Err(Error::TwoPositive {
                            neuron: j,
                            first,
                            first_weight: matrix[(first, j)],
                            second: i,
                            second_weight: weight,
                        });
                    }
                    *vote = Some(i);
                }
            }
        }
        Self::from_votes(classes, modulus, votes)
    }

    /// The same from the n rows of the matrix, one a class.
    ///
    /// # Examples
    /// ```
    /// use hinge_classifier::TopLayer;
    /// let top = TopLayer::from_rows(&[&[0.5, -0.5, 0.5], &[-0.5, 0.5, -0.5]])?;
    /// assert_eq!((top.classes(), top.neurons(), top.modulus()), (2, 3, 0.5));
    /// # Ok::<(), hinge_classifier::Error>(())
    /// ```
    ///
    /// # Errors
    /// Rows of different lengths, or an error of [`TopLayer::new`].
    pub fn from_rows<R: AsRef<[f64]>>(rows: &[R]) -> Result<Self, Error> {
        let neurons = rows.first().map_or(0, |row| row.as_ref().len());
        for row in rows {
            let length = row.as_ref().len();
            check_length("row of V", length, neurons, "the length of the first row")?;
        }
        let matrix = Mat::from_fn(rows.len(), neurons, |i, j| rows[i].as_ref()[j]);
        Self::new(matrix.as_ref())
    }

    /// The layer in which neuron j votes for class j mod n: it meets Assumption 1 for any k ≥ n.
    ///
    /// # Errors
    /// n < 2, k < n, or v not positive.
    pub fn alternating(classes: usize, neurons: usize, modulus: f64) -> Result<Self, Error> {
        check_classes(classes)?;
        check_modulus(modulus)?;
        Self::from_votes(
            classes,
            modulus,
            (0..neurons).map(|j| Some(j % classes)).collect(),
        )
    }

    /// The layer in which the first `counts[0]` neurons vote for class 0, the next `counts[1]` for class 1, and so on.
    ///
    /// Two classes, v = ½ and counts (k, k) make the simplified network (7): f₁ − f₂ is its output.
    ///
    /// # Errors
    /// Fewer than two classes, a count of zero, or v not positive.
    pub fn grouped(counts: &[usize], modulus: f64) -> Result<Self, Error> {
        check_classes(counts.len())?;
        check_modulus(modulus)?;
        let votes = counts
            .iter()
            .enumerate()
            .flat_map(|(class, &count)| std::iter::repeat_n(Some(class), count))
            .collect();
        Self::from_votes(counts.len(), modulus, votes)
    }

    fn from_votes(classes: usize, modulus: f64, votes: Vec<Option<usize>>) -> Result<Self, Error> {
        match (0..classes).find(|&class| !votes.contains(&Some(class))) {
            Some(class) => Err(Error::NoPositiveNeuron { class }),
            None => Ok(Self {
                classes,
                modulus,
                votes,
            }),
        }
    }

    /// n.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// k.
    pub fn neurons(&self) -> usize {
        self.votes.len()
    }

    /// v.
    pub fn modulus(&self) -> f64 {
        self.modulus
    }

    /// The class with a positive weight for a neuron, if there is one.
    ///
    /// # Errors
    /// No such neuron.
    pub fn vote(&self, neuron: usize) -> Result<Option<usize>, Error> {
        self.check_neuron(neuron)?;
        Ok(self.votes[neuron])
    }

    fn check_neuron(&self, neuron: usize) -> Result<(), Error> {
        if neuron < self.votes.len() {
            return Ok(());
        }
        Err(Error::Count {
            name: "neuron",
            value: neuron,
            requirement: "neurons are 0, …, k − 1 for k neurons",
        })
    }

    /// The neurons with a positive weight for a class, ascending.
    pub fn positive(&self, class: usize) -> Vec<usize> {
        let votes = self.votes.iter().enumerate();
        votes
            .filter(|(_, vote)| **vote == Some(class))
            .map(|(j, _)| j)
            .collect()
    }

    /// v_{i,j} − v_{r,j}.
    ///
    /// # Errors
    /// No such class or neuron.
    pub fn difference(&self, class: usize, other: usize, neuron: usize) -> Result<f64, Error> {
        check_label(class, self.classes)?;
        check_label(other, self.classes)?;
        self.check_neuron(neuron)?;
        Ok(2.0 * self.modulus * self.sign(class, other, neuron))
    }

    /// (v_{i,j} − v_{r,j})/(2v): −1, 0 or 1.
    pub(crate) fn sign(&self, class: usize, other: usize, neuron: usize) -> f64 {
        let votes_for = |i: usize| i32::from(self.votes[neuron] == Some(i));
        f64::from(votes_for(class) - votes_for(other))
    }

    /// v_{i,j}/v: 1 or −1.
    pub(super) fn vote_sign(&self, class: usize, neuron: usize) -> f64 {
        if self.votes[neuron] == Some(class) {
            1.0
        } else {
            -1.0
        }
    }

    /// V, n × k.
    pub fn matrix(&self) -> Mat<f64> {
        Mat::from_fn(self.classes, self.neurons(), |i, j| {
            self.modulus * self.vote_sign(i, j)
        })
    }
}

fn check_modulus(modulus: f64) -> Result<(), Error> {
    check_positive("v", modulus)?;
    check(
        "v",
        modulus,
        (2.0 * modulus).is_finite(),
        "2v, the difference of two top weights, must be finite",
    )
}

fn check_classes(classes: usize) -> Result<(), Error> {
    if classes < 2 {
        return Err(Error::Count {
            name: "classes",
            value: classes,
            requirement: "a classifier needs at least two classes",
        });
    }
    Ok(())
}
