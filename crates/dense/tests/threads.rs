//! The functions have the bits of faer's own on one thread, inside pools of any size and whatever parallelism the process has.

use dense::{Cholesky, Eigen, Lu, Singular, eigenvalues, orthonormal, product, singular_values};
use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::{Mat, Par, Side};

/// Entries of a fixed pattern without structure, symmetric and diagonally dominant where the factorisation asks for it.
fn matrix(rows: usize, columns: usize) -> Mat<f64> {
    Mat::from_fn(rows, columns, |i, j| {
        (1.0 + i as f64 * 12.9898 + j as f64 * 78.233).sin()
    })
}

fn symmetric(n: usize) -> Mat<f64> {
    let half = matrix(n, n);
    Mat::from_fn(n, n, |i, j| half[(i, j)] + half[(j, i)])
}

fn definite(n: usize) -> Mat<f64> {
    let half = symmetric(n);
    Mat::from_fn(n, n, |i, j| {
        half[(i, j)] + if i == j { 2.0 * n as f64 } else { 0.0 }
    })
}

fn everything(n: usize) -> Vec<Mat<f64>> {
    let column = |values: &[f64]| Mat::from_fn(values.len(), 1, |i, _| values[i]);
    let (general, tall) = (matrix(n, n), matrix(n + 7, n));
    let (symmetric, definite) = (symmetric(n), definite(n));
    let right = matrix(n, 3);
    let eigen = Eigen::new(symmetric.as_ref()).unwrap();
    let singular = Singular::new(tall.as_ref()).unwrap();
    let thin = Singular::thin(tall.as_ref()).unwrap();
    let cholesky = Cholesky::new(definite.as_ref()).unwrap();
    let lu = Lu::new(general.as_ref()).unwrap();
    vec![
        product(general.as_ref(), general.as_ref()),
        column(&eigenvalues(symmetric.as_ref()).unwrap()),
        column(eigen.values()),
        eigen.vectors().to_owned(),
        column(&singular_values(tall.as_ref()).unwrap()),
        column(singular.values()),
        singular.left().to_owned(),
        singular.right().to_owned(),
        thin.left().to_owned(),
        cholesky.lower().to_owned(),
        cholesky.solve(right.as_ref()),
        lu.solve(right.as_ref()),
        lu.inverse(),
        orthonormal(tall.as_ref()),
    ]
}

/// The same by the methods of faer, on the parallelism of the process.
fn by_methods(n: usize) -> Vec<Mat<f64>> {
    let column = |values: &[f64]| Mat::from_fn(values.len(), 1, |i, _| values[i]);
    let (general, tall) = (matrix(n, n), matrix(n + 7, n));
    let (symmetric, definite) = (symmetric(n), definite(n));
    let right = matrix(n, 3);
    let eigen = symmetric.self_adjoint_eigen(Side::Lower).unwrap();
    let diagonal = |d: faer::diag::DiagRef<'_, f64>| d.column_vector().as_mat().to_owned();
    let singular = tall.svd().unwrap();
    let thin = tall.thin_svd().unwrap();
    let cholesky = definite.llt(Side::Lower).unwrap();
    let lu = general.partial_piv_lu();
    vec![
        &general * &general,
        column(&symmetric.self_adjoint_eigenvalues(Side::Lower).unwrap()),
        diagonal(eigen.S()),
        eigen.U().to_owned(),
        column(&tall.singular_values().unwrap()),
        diagonal(singular.S()),
        singular.U().to_owned(),
        singular.V().to_owned(),
        thin.U().to_owned(),
        cholesky.L().to_owned(),
        cholesky.solve(&right),
        lu.solve(&right),
        lu.inverse(),
        tall.qr().compute_thin_Q(),
    ]
}

/// One test, for the parallelism of the process is one.
#[test]
fn symmetry_threads() {
    for n in [1, 2, 5, 33, 130] {
        faer::set_global_parallelism(Par::Seq);
        let alone = everything(n);
        assert_eq!(alone, by_methods(n), "{n}");
        for threads in [2, 7] {
            faer::set_global_parallelism(Par::rayon(threads));
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            assert_eq!(alone, pool.install(|| everything(n)), "{n} on {threads}");
        }
    }
    // Without this crate the bits depend on the threads.
    let (n, threads) = (130, 7);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    faer::set_global_parallelism(Par::rayon(threads));
    assert_ne!(everything(n), pool.install(|| by_methods(n)));
}

#[test]
fn bad_input() {
    let mut poisoned = symmetric(3);
    poisoned[(2, 0)] = f64::NAN;
    let says =
        |error: dense::Error, words: &str| assert!(error.to_string().contains(words), "{error}");
    says(eigenvalues(poisoned.as_ref()).unwrap_err(), "finite");
    says(singular_values(poisoned.as_ref()).unwrap_err(), "finite");
    says(eigenvalues(matrix(2, 3).as_ref()).unwrap_err(), "2 x 3");
    says(Cholesky::new(matrix(3, 2).as_ref()).unwrap_err(), "3 x 2");
    says(Lu::new(matrix(3, 2).as_ref()).unwrap_err(), "3 x 2");
    says(
        Cholesky::new(faer::mat![[1.0, 0.0], [2.0, 1.0]].as_ref()).unwrap_err(),
        "pivot 1",
    );
    assert_eq!(
        eigenvalues(Mat::<f64>::zeros(0, 0).as_ref()).unwrap(),
        Vec::<f64>::new()
    );
}
