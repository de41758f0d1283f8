use crate::covers::{
    Certificate, Chart, Cover, Determinant, PlanarFlow, Positive, cone_charts, cover,
};
use crate::error::Error;

/// The finest division that a search may reach.
const DEEPEST: u32 = 20;

/// A statement that is proved by covering the unit square of each of its functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theorem {
    /// L₁₂ > 0 for e* inside the cone of e₁ and e₂, < 0 outside its closure.
    ConeSign,
    /// det M > 0 up to one angle between 2.327616034877177 and 2.327616034877179, < 0 beyond.
    LyapunovDeterminant,
    /// f₃ > 0 for 0 < ε ≤ β₂/β but at the teacher.
    FlowUpToBound,
    /// f₃ > 0 for 0 < ε ≤ 7/10.
    FlowOnSlantedEdge,
}

impl Theorem {
    /// Every theorem.
    pub const ALL: [Self; 4] = [
        Self::ConeSign,
        Self::LyapunovDeterminant,
        Self::FlowUpToBound,
        Self::FlowOnSlantedEdge,
    ];

    /// Its name in a certificate.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConeSign => "cone-sign",
            Self::LyapunovDeterminant => "lyapunov-determinant",
            Self::FlowUpToBound => "flow-up-to-bound",
            Self::FlowOnSlantedEdge => "flow-on-slanted-edge",
        }
    }

    /// The theorem of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theorem| theorem.name() == name)
    }

    /// What it says, in one sentence.
    pub fn statement(self) -> &'static str {
        match self {
            Self::ConeSign => {
                "for all 0 < θ < π, L₁₂ is positive for e* inside the open cone of e₁ and e₂ and negative outside its \
                 closure; so is L₂₁(θ, φ) = L₁₂(θ, θ−φ)"
            }
            Self::LyapunovDeterminant => {
                "det M(θ) > 0 for 0 < θ < θ₀ and < 0 for θ₀ < θ ≤ π, with one θ₀, \
                 2.327616034877177 < θ₀ < 2.327616034877179"
            }
            Self::FlowUpToBound => {
                "for all real K ≥ 2 and 1 ≤ β < √K, f₃(β, ε) > 0 for 0 < ε ≤ β₂/β, but f₃ = 0 at (1, 1)"
            }
            Self::FlowOnSlantedEdge => {
                "for all real K ≥ 2, f₃ > 0 at every point of x > y ≥ 0 with x − y ≤ 7/10"
            }
        }
    }

    /// The functions whose positivity is the theorem, in the order of the certificate.
    pub fn functions(self) -> Vec<Box<dyn Positive>> {
        match self {
            Self::ConeSign => cone_charts().into_iter().map(boxed::<Chart>).collect(),
            Self::LyapunovDeterminant => Determinant::ALL
                .into_iter()
                .map(boxed::<Determinant>)
                .collect(),
            Self::FlowUpToBound => vec![boxed(PlanarFlow::UpToBound { share: 1.0 })],
            Self::FlowOnSlantedEdge => vec![boxed(PlanarFlow::SlantedEdge { tenths: 7.0 })],
        }
    }

    /// Searches for a cover of every function.
    ///
    /// The certificate is the same on any number of threads.
    ///
    /// # Errors
    /// The cell on which a sign could not be shown.
    pub fn prove(self) -> Result<Certificate, Error> {
        let mut covers = Vec::new();
        for function in self.functions() {
            covers.push(Cover {
                function: function.name().to_owned(),
                leaves: cover(function.as_ref(), DEEPEST)?,
            });
        }
        Ok(Certificate {
            theorem: self.name().to_owned(),
            covers,
        })
    }
}

fn boxed<F: Positive + 'static>(function: F) -> Box<dyn Positive> {
    Box::new(function)
}
