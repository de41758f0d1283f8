//! Derivatives by extrapolated central differences, with an error estimate.
//!
//! Ridders' method: central differences at steps h, h/1.4, h/1.4², … are extrapolated to h = 0 in
//! even powers, and the entry of the tableau with the least error estimate is kept. Typical accuracy
//! for a smooth function of unit scale is 1e−11 to 1e−13. The function must be smooth within `step`
//! of the point: choose the step below the distance to the nearest kink.

/// Ratio of successive steps.
const RATIO: f64 = 1.4;
/// Rows of the tableau: the last step is `step` / 1.4¹¹, a fortieth.
const ROWS: usize = 12;
/// Stop when the newest diagonal entry is this many times worse than the best.
const WORSE: f64 = 2.0;

/// A derivative and an estimate of its absolute error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Derivative {
    /// The value.
    pub value: f64,
    /// An estimate of |value − exact|.
    pub error: f64,
}

/// A vector and the largest error estimate of its entries.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// ∂f/∂x_i.
    pub value: Vec<f64>,
    /// The largest error estimate over the entries.
    pub error: f64,
}

/// A matrix of derivatives and the largest error estimate of its entries.
#[derive(Debug, Clone, PartialEq)]
pub struct Jacobian {
    /// rows\[i\]\[k\] = ∂f_i/∂x_k.
    pub rows: Vec<Vec<f64>>,
    /// The largest error estimate over the entries.
    pub error: f64,
}

/// f′(x), starting from a central difference over x ± `step`.
///
/// # Examples
/// ```
/// let d = gaussian_oracle::finite_difference::derivative(f64::sin, 1.0, 0.1);
/// assert!((d.value - 1f64.cos()).abs() < 1e-12);
/// ```
///
/// # Panics
/// Unless `step` is positive and finite.
pub fn derivative(mut f: impl FnMut(f64) -> f64, x: f64, step: f64) -> Derivative {
    let slope = |h: f64| vec![central(f(x + h), f(x - h), width(x, h))];
    extrapolate(slope, step)[0]
}

/// ∇f(x), coordinate by coordinate.
///
/// # Panics
/// As [`derivative`].
pub fn gradient(mut f: impl FnMut(&[f64]) -> f64, x: &[f64], step: f64) -> Gradient {
    let mut jacobian = jacobian(|x| vec![f(x)], x, step);
    Gradient {
        value: jacobian.rows.pop().unwrap_or_default(),
        error: jacobian.error,
    }
}

/// ∂f_i/∂x_k of a vector-valued f, one row an output.
///
/// # Panics
/// As [`derivative`], and if f returns vectors of different lengths.
pub fn jacobian(mut f: impl FnMut(&[f64]) -> Vec<f64>, x: &[f64], step: f64) -> Jacobian {
    let mut rows: Vec<Vec<f64>> = Vec::new();
    let mut error = 0.0_f64;
    let mut point = x.to_vec();
    for k in 0..x.len() {
        let slope = |h: f64| {
            point[k] = x[k] + h;
            let right = f(&point);
            point[k] = x[k] - h;
            let left = f(&point);
            point[k] = x[k];
            assert_eq!(
                right.len(),
                left.len(),
                "f must keep the length of its value"
            );
            let pairs = right.into_iter().zip(left);
            pairs.map(|(r, l)| central(r, l, width(x[k], h))).collect()
        };
        let column = extrapolate(slope, step);
        rows.resize(column.len(), vec![0.0; x.len()]);
        for (row, entry) in rows.iter_mut().zip(column) {
            row[k] = entry.value;
            error = if entry.error.is_nan() {
                entry.error
            } else {
                error.max(entry.error)
            };
        }
    }
    Jacobian { rows, error }
}

/// The Hessian as the Jacobian of an analytic gradient; not symmetrised, so symmetry is a check.
///
/// # Panics
/// As [`jacobian`].
pub fn hessian(gradient: impl FnMut(&[f64]) -> Vec<f64>, x: &[f64], step: f64) -> Jacobian {
    jacobian(gradient, x, step)
}

/// The distance between the two points really used, after rounding of x ± h.
fn width(x: f64, h: f64) -> f64 {
    (x + h) - (x - h)
}

fn central(right: f64, left: f64, width: f64) -> f64 {
    (right - left) / width
}

/// Ridders' tableau for every component of `slope(h)`.
fn extrapolate(mut slope: impl FnMut(f64) -> Vec<f64>, step: f64) -> Vec<Derivative> {
    assert!(
        step > 0.0 && step.is_finite(),
        "the step must be positive, not {step}"
    );
    let slopes: Vec<Vec<f64>> = (0..ROWS)
        .scan(step, |h, _| {
            let row = slope(*h);
            *h /= RATIO;
            Some(row)
        })
        .collect();
    (0..slopes[0].len())
        .map(|i| {
            let column: Vec<f64> = slopes.iter().map(|row| row[i]).collect();
            ridders(&column)
        })
        .collect()
}

fn ridders(slopes: &[f64]) -> Derivative {
    let mut best = Derivative {
        value: slopes[0],
        error: f64::INFINITY,
    };
    let mut previous = vec![slopes[0]];
    for &slope in &slopes[1..] {
        let mut row = vec![slope];
        let mut factor = 1.0;
        for (j, &above) in previous.iter().enumerate() {
            factor *= RATIO * RATIO;
            let value = (row[j] * factor - above) / (factor - 1.0);
            let error = (value - row[j]).abs().max((value - above).abs());
            if error <= best.error {
                best = Derivative { value, error };
            }
            row.push(value);
        }
        let drift = (row[row.len() - 1] - previous[previous.len() - 1]).abs();
        if drift >= WORSE * best.error {
            break;
        }
        previous = row;
    }
    if slopes.iter().any(|slope| slope.is_nan()) {
        best.error = f64::NAN;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rounding of unit-scale values over the smallest useful steps.
    const CLOSE: f64 = 1e-11;

    #[test]
    fn elementary_derivatives() {
        for (d, exact) in [
            (derivative(f64::sin, 1.0, 0.2), 1f64.cos()),
            (derivative(f64::exp, 0.0, 0.2), 1.0),
            (derivative(|t| t * t * t, 2.0, 0.2), 12.0),
            (derivative(|_| 4.0, 2.0, 0.2), 0.0),
            (derivative(f64::ln, 0.5, 0.1), 2.0),
        ] {
            assert!((d.value - exact).abs() < CLOSE, "{d:?} {exact}");
            assert!(
                (d.value - exact).abs() <= 100.0 * d.error + 1e-15,
                "{d:?} {exact}"
            );
        }
    }

    #[test]
    fn a_kink_shows_in_the_error() {
        let d = derivative(|t: f64| t.max(0.0), 0.01, 0.1);
        assert!(d.error > 1e-3, "{d:?}");
        assert!(derivative(|_| f64::NAN, 0.0, 0.1).error.is_nan());
    }

    #[test]
    fn derivatives_of_a_quartic() {
        let f = |x: &[f64]| x[0].powi(2) * x[1] + x[1].powi(4);
        let g = |x: &[f64]| vec![2.0 * x[0] * x[1], x[0].powi(2) + 4.0 * x[1].powi(3)];
        let x = [0.7, -1.2];
        let found = gradient(f, &x, 0.1);
        for (a, b) in found.value.iter().zip(g(&x)) {
            assert!((a - b).abs() < CLOSE);
        }
        let exact = [[-2.4, 1.4], [1.4, 12.0 * 1.44]];
        let found = hessian(g, &x, 0.1);
        for (row, exact) in found.rows.iter().zip(exact) {
            for (a, b) in row.iter().zip(exact) {
                assert!((a - b).abs() < CLOSE, "{a} {b}");
            }
        }
        let found = jacobian(|x| vec![x[0] * x[1], x[0].sin(), x[1]], &x, 0.1);
        assert_eq!(found.rows.len(), 3);
        assert!((found.rows[0][0] + 1.2).abs() < CLOSE && (found.rows[2][1] - 1.0).abs() < CLOSE);
    }
}
