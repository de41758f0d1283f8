/// A vector turned by `angle` in the plane of coordinates i and j.
pub fn rotated(v: &[f64], i: usize, j: usize, angle: f64) -> Vec<f64> {
    let (sine, cosine) = angle.sin_cos();
    let mut rotated = v.to_vec();
    rotated[i] = cosine * v[i] - sine * v[j];
    rotated[j] = sine * v[i] + cosine * v[j];
    rotated
}

/// Every row [`rotated`] in the plane of coordinates i and i + 1.
pub fn turned(rows: &[Vec<f64>], i: usize, angle: f64) -> Vec<Vec<f64>> {
    rows.iter()
        .map(|row| rotated(row, i, i + 1, angle))
        .collect()
}
