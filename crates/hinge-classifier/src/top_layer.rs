use faer::{Mat, MatRef};

use crate::error::{Error, check_positive};

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
        check_positive("v", modulus)?;
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

    /// The layer in which neuron j votes for class j mod n: it meets Assumption 1 for any k ≥ n.
    ///
    /// # Errors
    /// n < 2, k < n, or v not positive.
    pub fn alternating(classes: usize, neurons: usize, modulus: f64) -> Result<Self, Error> {
        check_classes(classes)?;
        check_positive("v", modulus)?;
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
        check_positive("v", modulus)?;
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
    /// # Panics
    /// If there is no such neuron.
    pub fn vote(&self, neuron: usize) -> Option<usize> {
        self.votes[neuron]
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
    pub fn difference(&self, class: usize, other: usize, neuron: usize) -> f64 {
        let sign = |i: usize| i32::from(self.votes[neuron] == Some(i));
        2.0 * self.modulus * f64::from(sign(class) - sign(other))
    }

    /// V, n × k.
    pub fn matrix(&self) -> Mat<f64> {
        Mat::from_fn(self.classes, self.neurons(), |i, j| {
            if self.votes[j] == Some(i) {
                self.modulus
            } else {
                -self.modulus
            }
        })
    }
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
