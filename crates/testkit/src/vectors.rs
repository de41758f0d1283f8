use faer::{Mat, MatRef};
use numeric::{distance, norm};

/// The rows of a matrix.
pub fn rows(matrix: MatRef<'_, f64>) -> Vec<Vec<f64>> {
    (0..matrix.nrows())
        .map(|i| (0..matrix.ncols()).map(|j| matrix[(i, j)]).collect())
        .collect()
}

/// The matrix with the given rows, all of one length.
pub fn from_rows(rows: &[Vec<f64>]) -> Mat<f64> {
    let columns = rows.first().map_or(0, Vec::len);
    Mat::from_fn(rows.len(), columns, |i, j| rows[i][j])
}

/// c·v.
pub fn times(factor: f64, v: &[f64]) -> Vec<f64> {
    v.iter().map(|x| factor * x).collect()
}

/// ‖a − b‖/‖b‖.
pub fn relative_distance(a: &[f64], b: &[f64]) -> f64 {
    distance(a, b) / norm(b)
}
