use crate::error::{Error, check_positive};

/// A finite grid in polar coordinates of a plane: every radius in every direction.
#[derive(Debug, Clone, PartialEq)]
pub struct PolarGrid {
    radii: Vec<f64>,
    directions: Vec<[f64; 2]>,
}

impl PolarGrid {
    /// The radii, positive, and `angles` directions jπ·2/angles for j = 1, …, angles.
    ///
    /// # Errors
    /// No radius or no angle, or a radius that is not positive.
    pub fn new(radii: &[f64], angles: usize) -> Result<Self, Error> {
        if radii.is_empty() || angles == 0 {
            return Err(Error::Count {
                name: "radii or angles",
                value: 0,
                requirement: "a grid needs at least one radius and one angle",
            });
        }
        for &radius in radii {
            check_positive("radius", radius)?;
        }
        let step = 2.0 * std::f64::consts::PI / angles as f64;
        let directions = (1..=angles)
            .map(|j| {
                let (sin, cos) = (j as f64 * step).sin_cos();
                [cos, sin]
            })
            .collect();
        let mut radii = radii.to_vec();
        radii.sort_by(f64::total_cmp);
        Ok(Self { radii, directions })
    }

    /// The grid of §6.1: radii 20/j for j = 10, …, 20 and angles jπ/40 for j = 1, …, 80, 880 points.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, §6.1.
    pub fn paper() -> Self {
        let radii: Vec<f64> = (10..=20).rev().map(|j| 20.0 / f64::from(j)).collect();
        // The arguments are valid.
        Self::new(&radii, 80).unwrap_or(Self {
            radii,
            directions: Vec::new(),
        })
    }

    /// The radii, ascending.
    pub fn radii(&self) -> &[f64] {
        &self.radii
    }

    /// The unit vectors.
    pub fn directions(&self) -> &[[f64; 2]] {
        &self.directions
    }
}
