use relu_gating::Angle;
use teacher_student::Weights;

use crate::error::Error;

/// The rows of a weight matrix with their norms and unit vectors.
#[derive(Debug, Clone)]
pub(crate) struct Directions {
    pub(crate) unit: Vec<Vec<f64>>,
    pub(crate) norms: Vec<f64>,
}

impl Directions {
    pub(crate) fn new(name: &'static str, weights: &Weights) -> Result<Self, Error> {
        let matrix = weights.as_mat();
        let (mut unit, mut norms) = (Vec::new(), Vec::new());
        for j in 0..weights.neurons() {
            let row: Vec<f64> = (0..weights.dimension()).map(|i| matrix[(j, i)]).collect();
            let largest = row.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
            let scaled: Vec<f64> = row.iter().map(|x| x / largest).collect();
            let length = scaled.iter().map(|x| x * x).sum::<f64>().sqrt();
            let norm = length * largest;
            if !norm.is_finite() {
                return Err(Error::NotFinite { name, value: norm });
            }
            unit.push(scaled.iter().map(|x| x / length).collect());
            norms.push(norm);
        }
        Ok(Self { unit, norms })
    }

    pub(crate) fn len(&self) -> usize {
        self.norms.len()
    }

    /// ∠(row j, row k): a symmetric table, to the last bit.
    pub(crate) fn angles_among(&self) -> Result<Vec<Vec<Angle>>, Error> {
        let mut table = self.angles(self)?;
        for j in 0..table.len() {
            for k in 0..j {
                table[j][k] = table[k][j];
            }
        }
        Ok(table)
    }

    /// ∠(row j of `self`, row k of `other`).
    pub(crate) fn angles(&self, other: &Self) -> Result<Vec<Vec<Angle>>, Error> {
        self.unit
            .iter()
            .map(|u| {
                other
                    .unit
                    .iter()
                    .map(|v| Ok(Angle::between(u, v)?))
                    .collect()
            })
            .collect()
    }
}
