use dense::Eigen;
use faer::{Mat, MatRef};
use numeric::inner_product as dot;

use super::general::{GeometricCondition, geometric_condition};
use super::hull::{Hull, SAME, directions, lowest, unit};
use crate::Error;

/// Bounds of the margin: the radius of the largest ball around 0 inside the hull of the directions.
#[derive(Debug, Clone, PartialEq)]
pub struct MarginBounds {
    /// The ball of this radius is inside; 0 where nothing better is known.
    pub lower: f64,
    /// No larger ball is inside.
    pub upper: f64,
    /// The unit vector n with max_j ⟨n, w̃_j⟩ ≤ `upper`.
    pub normal: Vec<f64>,
}

/// The most directions whose facets are listed: pairs of them are compared.
const MOST_CORNERS: usize = 4096;
/// Multiples of the golden ratio fill the unit interval evenly.
const GOLDEN: f64 = 0.618_033_988_749_894_9;
/// Subgradient steps from each start.
const STEPS: u32 = 200;

/// Bounds of the margin in any dimension; both are 0 unless the condition holds.
///
/// Below: for λ ≥ 0 with Σ λ_j w̃_j = r and a unit vector x, Σ λ_j ⟨x, w̃_j⟩₊ = (Σ λ_j |⟨x, w̃_j⟩| + ⟨x, r⟩)/2, and
/// |⟨x, w̃_j⟩| ≥ ⟨x, w̃_j⟩², so max_j ⟨x, w̃_j⟩ ≥ (λ_min(Σ λ_j w̃_j w̃_jᵀ) − ‖r‖)/(2 Σ λ_j).
/// Above: max_j ⟨n, w̃_j⟩ for any unit n; n by subgradient steps from the directions of least extent.
/// Both include a bound of their rounding. For up to 4096 rows in ℝ² and ℝ³ both come from the facets of the [`Hull`], off
/// by rounding only, and in ℝ¹ the margin is 1.
///
/// # Examples
/// ```
/// use hinge_classifier::margin_bounds;
/// let bounds = margin_bounds(faer::mat![[3.0], [-0.1]].as_ref())?;
/// assert_eq!((bounds.lower, bounds.upper), (1.0, 1.0));
/// # Ok::<(), hinge_classifier::Error>(())
/// ```
///
/// # Errors
/// Those of [`geometric_condition`].
pub fn margin_bounds(weights: MatRef<'_, f64>) -> Result<MarginBounds, Error> {
    let d = weights.ncols();
    let combination = match geometric_condition(weights)? {
        GeometricCondition::Holds(combination) => combination,
        GeometricCondition::Fails(hemisphere) => {
            let normal = hemisphere.normal().iter().map(|x| -x).collect();
            return Ok(MarginBounds {
                lower: 0.0,
                upper: 0.0,
                normal,
            });
        }
        GeometricCondition::Undecided(open) => {
            let normal = open.normal().iter().map(|x| -x).collect();
            return Ok(MarginBounds {
                lower: 0.0,
                upper: open.margin_bound(),
                normal,
            });
        }
    };
    if d == 1 {
        return Ok(MarginBounds {
            lower: 1.0,
            upper: 1.0,
            normal: vec![1.0],
        });
    }
    if weights.nrows() <= MOST_CORNERS
        && let Ok(hull) = Hull::of(weights)
    {
        return Ok(from_facets(&hull));
    }
    let directions = directions(weights)?;
    let mut moments = Mat::<f64>::zeros(d, d);
    let mut residual = vec![0.0; d];
    let mut total = 0.0;
    for (&row, &lambda) in combination.rows().iter().zip(combination.coefficients()) {
        total += lambda;
        for i in 0..d {
            let scaled = lambda * directions[row][i];
            residual[i] += scaled;
            for l in 0..d {
                moments[(i, l)] += scaled * directions[row][l];
            }
        }
    }
    // Sums of m terms of at most λ_j, directions off by d/2 + 2 units, and a backward stable eigenvalue: each below
    // (m + d) ε Σλ in the matrix of trace Σλ.
    let terms = combination.rows().len() as f64 + d as f64;
    let rounding = 8.0 * terms * f64::EPSILON * total;
    let values = Eigen::new(moments.as_ref()).ok();
    let least = values.as_ref().map_or(0.0, |eigen| eigen.values()[0]);
    let lower = ((least - dot(&residual, &residual).sqrt() - rounding) / (2.0 * total)).max(0.0);
    let mut starts: Vec<Vec<f64>> = Vec::new();
    if let Some(eigen) = &values {
        let axis: Vec<f64> = (0..d).map(|i| eigen.vectors()[(i, 0)]).collect();
        starts.push(axis.iter().map(|x| -x).collect());
        starts.push(axis);
    }
    let filled: Vec<&Vec<f64>> = directions.iter().filter(|row| !row.is_empty()).collect();
    starts.extend((0..4.min(filled.len())).map(|i| {
        filled[i * filled.len() / 4.min(filled.len())]
            .iter()
            .map(|x| -x)
            .collect()
    }));
    let mut best = (f64::INFINITY, vec![0.0; d]);
    for start in starts {
        // Off the axis by irregular amounts, or a symmetric set would keep it there.
        let start: Vec<f64> = start
            .iter()
            .enumerate()
            .map(|(i, x)| x + 0.2 * ((i + 1) as f64 * GOLDEN).fract() / (d as f64).sqrt())
            .collect();
        let Some(mut normal) = unit(&start) else {
            continue;
        };
        for step in 1..=STEPS {
            let (height, top) = filled
                .iter()
                .enumerate()
                .map(|(j, row)| (dot(&normal, row), j))
                .fold((f64::NEG_INFINITY, 0), |most, next| {
                    if next.0 > most.0 { next } else { most }
                });
            if height < best.0 {
                best = (height, normal.clone());
            }
            let length = 0.5 / f64::from(step);
            let moved: Vec<f64> = normal
                .iter()
                .zip(filled[top])
                .map(|(n, w)| n - length * w)
                .collect();
            match unit(&moved) {
                Some(next) => normal = next,
                None => break,
            }
        }
    }
    let upper = best.0 + (2.0 * d as f64 + 8.0) * f64::EPSILON;
    Ok(MarginBounds {
        lower,
        upper,
        normal: best.1,
    })
}

/// The directions are rounded by at most (d/2 + 2) units of 1.1e-16, which moves max_j ⟨n, w̃_j⟩ by as much for every n; normal
/// and offset by a few units each.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// The hull leaves out directions that are nearer than [`SAME`] to others, which moves max_j ⟨n, w̃_j⟩ up by less than that.
fn from_facets(hull: &Hull) -> MarginBounds {
    let (least, normal) = lowest(hull);
    MarginBounds {
        lower: (least - ROUNDING).max(0.0),
        upper: least.max(0.0) + SAME + ROUNDING,
        normal,
    }
}
