use faer::Mat;

/// One orthogonal map of ℝᵈ.
#[derive(Clone, PartialEq)]
pub(super) enum Element {
    /// (P w)_i = w_{source_i}: exact, it only moves entries.
    Permutation(Vec<usize>),
    Matrix(Mat<f64>),
}

impl Element {
    pub(super) fn identity(dimension: usize) -> Self {
        Self::Permutation((0..dimension).collect())
    }

    /// A matrix whose entries are exactly 0 and 1 with one 1 a row and a column is kept as a permutation.
    pub(super) fn from_matrix(matrix: Mat<f64>) -> Self {
        let d = matrix.nrows();
        let mut source = Vec::with_capacity(d);
        let mut used = vec![false; d];
        for i in 0..d {
            let mut ones = (0..d).filter(|&j| matrix[(i, j)] == 1.0);
            let zeros = (0..d).filter(|&j| matrix[(i, j)] == 0.0).count();
            let Some(j) = ones.next().filter(|&j| zeros + 1 == d && !used[j]) else {
                return Self::Matrix(matrix);
            };
            used[j] = true;
            source.push(j);
        }
        Self::Permutation(source)
    }

    pub(super) fn entry(&self, i: usize, j: usize) -> f64 {
        match self {
            Self::Permutation(source) => f64::from(u8::from(source[i] == j)),
            Self::Matrix(matrix) => matrix[(i, j)],
        }
    }

    pub(super) fn apply(&self, w: &[f64]) -> Vec<f64> {
        match self {
            Self::Permutation(source) => source.iter().map(|&s| w[s]).collect(),
            Self::Matrix(matrix) => (0..w.len())
                .map(|i| w.iter().enumerate().map(|(j, x)| matrix[(i, j)] * x).sum())
                .collect(),
        }
    }

    pub(super) fn inverse(&self) -> Self {
        match self {
            Self::Permutation(source) => {
                let mut inverse = vec![0; source.len()];
                for (i, &s) in source.iter().enumerate() {
                    inverse[s] = i;
                }
                Self::Permutation(inverse)
            }
            Self::Matrix(matrix) => Self::Matrix(matrix.transpose().to_owned()),
        }
    }

    /// self ∘ other.
    pub(super) fn after(&self, other: &Self) -> Self {
        if let (Self::Permutation(left), Self::Permutation(right)) = (self, other) {
            return Self::Permutation(left.iter().map(|&s| right[s]).collect());
        }
        let d = self.dimension();
        Self::Matrix(Mat::from_fn(d, d, |i, j| match self {
            Self::Permutation(source) => other.entry(source[i], j),
            Self::Matrix(left) => (0..d).map(|l| left[(i, l)] * other.entry(l, j)).sum(),
        }))
    }

    pub(super) fn dimension(&self) -> usize {
        match self {
            Self::Permutation(source) => source.len(),
            Self::Matrix(matrix) => matrix.nrows(),
        }
    }

    /// The largest difference of two entries.
    pub(super) fn distance(&self, other: &Self) -> f64 {
        if let (Self::Permutation(a), Self::Permutation(b)) = (self, other) {
            return f64::from(u8::from(a != b));
        }
        let d = self.dimension();
        let mut largest = 0.0_f64;
        for i in 0..d {
            for j in 0..d {
                largest = largest.max((self.entry(i, j) - other.entry(i, j)).abs());
            }
        }
        largest
    }
}
