/// One isotypic part of the K × K matrices under W ↦ PWPᵀ, P ∈ S_p₁ × … × S_pₘ: `dimension` copies of the span of the
/// given matrices, which are orthogonal to each other.
///
/// A symmetric operator that commutes with the group maps that span to itself and acts on all copies alike (Schur; the
/// irreducible representations of symmetric groups are real, of real type). Its eigenvalues on the part are therefore
/// those of its matrix in the normalised φ_a, each `dimension` times.
pub(super) struct Isotypic {
    pub(super) name: String,
    /// Dimension of the irreducible representation.
    pub(super) dimension: usize,
    /// φ_a, K × K each, entries small integers.
    pub(super) matrices: Vec<Vec<Vec<f64>>>,
    /// How many leading members of every block the φ_a tell apart; they treat all others alike.
    pub(super) singled: Vec<usize>,
    /// The block whose members exchange weight in this part.
    pub(super) moves: Option<usize>,
}

/// All parts; their dimensions times numbers of matrices add up to K².
///
/// ℝ^p = 1 ⊕ std, and ℝ^p ⊗ ℝ^p = 2·1 ⊕ 3·std ⊕ (p−2, 2) ⊕ (p−2, 1, 1), with fewer parts for p ≤ 3.
pub(super) fn isotypic_parts(sizes: &[usize]) -> Vec<Isotypic> {
    let builder = Builder::new(sizes);
    let m = sizes.len();
    let mut parts = vec![builder.fixed()];
    for a in (0..m).filter(|&a| sizes[a] > 1) {
        parts.push(builder.standard(a));
        for b in (0..a).filter(|&b| sizes[b] > 1) {
            parts.push(builder.mixed(a, b));
        }
        if sizes[a] > 2 {
            parts.push(builder.antisymmetric(a));
        }
        if sizes[a] > 3 {
            parts.push(builder.symmetric(a));
        }
    }
    parts
}

struct Builder<'a> {
    sizes: &'a [usize],
    first: Vec<usize>,
    block: Vec<usize>,
}

impl<'a> Builder<'a> {
    fn new(sizes: &'a [usize]) -> Self {
        let first = (0..sizes.len()).map(|a| sizes[..a].iter().sum()).collect();
        let block = sizes
            .iter()
            .enumerate()
            .flat_map(|(a, &p)| std::iter::repeat_n(a, p))
            .collect();
        Self {
            sizes,
            first,
            block,
        }
    }

    fn matrix(&self, entry: impl Fn(usize, usize) -> f64) -> Vec<Vec<f64>> {
        let k = self.block.len();
        (0..k)
            .map(|i| (0..k).map(|j| entry(i, j)).collect())
            .collect()
    }

    fn singled(&self, count: impl Fn(usize) -> usize) -> Vec<usize> {
        (0..self.sizes.len()).map(count).collect()
    }

    /// The matrices that the group fixes: the coordinates of the block dynamics.
    fn fixed(&self) -> Isotypic {
        let mut matrices = Vec::new();
        for a in 0..self.sizes.len() {
            let diagonal = |i: usize, j: usize| f64::from(u8::from(i == j && self.block[i] == a));
            matrices.push(self.matrix(diagonal));
            for b in 0..self.sizes.len() {
                if a != b || self.sizes[a] > 1 {
                    matrices.push(self.matrix(|i, j| {
                        f64::from(u8::from(i != j && self.block[i] == a && self.block[j] == b))
                    }));
                }
            }
        }
        Isotypic {
            name: "fixed by the group".to_owned(),
            dimension: 1,
            matrices,
            singled: self.singled(|_| 0),
            moves: None,
        }
    }

    /// u = e₁ − e₂ of block a.
    fn difference(&self, a: usize, member: usize) -> f64 {
        match member.checked_sub(self.first[a]) {
            Some(0) => 1.0,
            Some(1) => -1.0,
            _ => 0.0,
        }
    }

    /// The copies of std_a: u on the diagonal, u_i ± u_j off it within a, u_i or u_j between a and another block.
    fn standard(&self, a: usize) -> Isotypic {
        let u = |i: usize| self.difference(a, i);
        let inside = |i: usize, j: usize| self.block[i] == a && self.block[j] == a;
        let mut matrices = vec![self.matrix(|i, j| if i == j { u(i) } else { 0.0 })];
        // For two members u_i + u_j = 0 off the diagonal.
        if self.sizes[a] > 2 {
            matrices.push(self.matrix(|i, j| {
                if i != j && inside(i, j) {
                    u(i) + u(j)
                } else {
                    0.0
                }
            }));
        }
        matrices.push(self.matrix(|i, j| {
            if i != j && inside(i, j) {
                u(i) - u(j)
            } else {
                0.0
            }
        }));
        for b in (0..self.sizes.len()).filter(|&b| b != a) {
            matrices.push(self.matrix(|i, j| if self.block[j] == b { u(i) } else { 0.0 }));
            matrices.push(self.matrix(|i, j| if self.block[i] == b { u(j) } else { 0.0 }));
        }
        Isotypic {
            name: format!("standard representation of block {a}"),
            dimension: self.sizes[a] - 1,
            matrices,
            singled: self.singled(|b| if a == b { 2 } else { 0 }),
            moves: Some(a),
        }
    }

    /// std_a ⊗ std_b, once in the block row of a and once in that of b.
    fn mixed(&self, a: usize, b: usize) -> Isotypic {
        let (u, v) = (
            |i: usize| self.difference(a, i),
            |j: usize| self.difference(b, j),
        );
        Isotypic {
            name: format!("product of the standard representations of blocks {b} and {a}"),
            dimension: (self.sizes[a] - 1) * (self.sizes[b] - 1),
            matrices: vec![
                self.matrix(|i, j| u(i) * v(j)),
                self.matrix(|i, j| v(i) * u(j)),
            ],
            singled: self.singled(|c| if c == a || c == b { 2 } else { 0 }),
            moves: None,
        }
    }

    /// Antisymmetric with zero row sums: a cycle of three members.
    fn antisymmetric(&self, a: usize) -> Isotypic {
        let p = self.sizes[a];
        let place = |i: usize| i.checked_sub(self.first[a]).filter(|&x| x < 3);
        Isotypic {
            name: format!("antisymmetric part of block {a}"),
            dimension: (p - 1) * (p - 2) / 2,
            matrices: vec![self.matrix(|i, j| match (place(i), place(j)) {
                (Some(x), Some(y)) if (x + 1) % 3 == y => 1.0,
                (Some(x), Some(y)) if (y + 1) % 3 == x => -1.0,
                _ => 0.0,
            })],
            singled: self.singled(|b| if a == b { 3 } else { 0 }),
            moves: None,
        }
    }

    /// Symmetric with zero diagonal and zero row sums: (e₁ − e₂)(e₃ − e₄)ᵀ and its transpose.
    fn symmetric(&self, a: usize) -> Isotypic {
        let p = self.sizes[a];
        let place = |i: usize| i.checked_sub(self.first[a]);
        let left = |i: usize| match place(i) {
            Some(0) => 1.0,
            Some(1) => -1.0,
            _ => 0.0,
        };
        let right = |i: usize| match place(i) {
            Some(2) => 1.0,
            Some(3) => -1.0,
            _ => 0.0,
        };
        Isotypic {
            name: format!("symmetric part of block {a}"),
            dimension: p * (p - 3) / 2,
            matrices: vec![self.matrix(|i, j| left(i) * right(j) + right(i) * left(j))],
            singled: self.singled(|b| if a == b { 4 } else { 0 }),
            moves: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::isotypic_parts;

    #[test]
    fn parts_fill_the_space_and_are_orthogonal() {
        for sizes in [
            vec![1, 1],
            vec![2],
            vec![3],
            vec![4, 1],
            vec![5, 3, 2, 1],
            vec![2, 2, 1],
        ] {
            let parts = isotypic_parts(&sizes);
            let k: usize = sizes.iter().sum();
            let total: usize = parts
                .iter()
                .map(|part| part.dimension * part.matrices.len())
                .sum();
            assert_eq!(total, k * k, "{sizes:?}");
            let matrices: Vec<_> = parts.iter().flat_map(|part| &part.matrices).collect();
            for (index, phi) in matrices.iter().enumerate() {
                for psi in &matrices[..index] {
                    let product: f64 = phi
                        .iter()
                        .flatten()
                        .zip(psi.iter().flatten())
                        .map(|(x, y)| x * y)
                        .sum();
                    assert_eq!(product, 0.0, "{sizes:?}");
                }
                assert!(phi.iter().flatten().any(|x| *x != 0.0));
            }
        }
    }
}
