use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use hinge_classifier::{Error, GeometricCondition as Verdict, geometric_condition, margin_bounds};
use relu_lab::files::{read, write};

use super::files::Files;
use super::report::{Field, Kind, Report, Value};
use super::{Common, Work};

/// Whether 0 is in the interior of the hull of the neurons' directions, with a proof
///
/// The condition of Long, Yin & Xin (2021), Lemma 5.2: neurons point everywhere, no closed half-space holds them all. The
/// margin is the radius of the largest ball around 0 in the hull of their unit vectors.
#[derive(Debug, Args)]
#[command(
    name = "geometric-condition",
    after_help = "Example: relu-lab geometric-condition --weights W.npy --json"
)]
pub(crate) struct GeometricCondition {
    /// Weights, K x d
    #[arg(long, value_name = "FILE")]
    weights: OsString,
    /// Write the proof in integers, which `relu-lab check --weights` checks
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
}

impl GeometricCondition {
    pub(crate) const FIELDS: &[Field] = &[
        Field::new("holds", Kind::Truth, "the verdict; null where rounding forbids one").or_null(),
        Field::new(
            "margin",
            Kind::Vector,
            "[lower, upper]: bounds of the radius of the largest ball around 0 in the hull, both 0 where the condition fails; \
             by the facets in dimensions 2 and 3; null for more than 2^20 weights",
        )
        .or_null(),
        Field::new(
            "certificate",
            Kind::Object,
            "let u_j be the smallest multiple of row j by a power of two that is a vector of integers. If the condition holds: \
             rows (counted from 0) that span the space, and integers l_j > 0 with sum of l_j u_j = 0, one a row; coefficients are \
             those of the unit vectors, rounded. If it fails: the integers of a normal n != 0 with n.u_j >= 0 for all rows; \
             normal is n over its norm, rounded. The integers are what is proved, as text, and null where exact arithmetic would \
             take too long; exact says whether the verdict was found in integers",
        ),
    ];
}

impl Work for GeometricCondition {
    fn files(&self) -> Files<'_> {
        Files::none()
            .read([&self.weights])
            .write(self.certificate.as_ref(), None)
    }

    fn run(&self, _: &Common) -> Result<Report> {
        let weights = read::weights(&self.weights)?;
        let verdict = geometric_condition(weights.as_mat())?;
        verdict.verify(weights.as_mat())?;
        let proof = match verdict.holds() {
            Some(_) => verdict.proof(weights.as_mat()),
            None => Err(Error::NoVerdict),
        };
        if let (Some(path), Ok(proof)) = (&self.certificate, &proof) {
            write::whole(path, proof.to_string().as_bytes())?;
        }
        let integers = match &proof {
            Ok(proof) => proof.integers().into(),
            Err(_) => Value::Null,
        };
        let certificate = match &verdict {
            Verdict::Holds(combination) => vec![
                ("rows", combination.rows().to_vec().into()),
                ("integers", integers),
                ("coefficients", combination.coefficients().to_vec().into()),
                ("exact", combination.is_exact().into()),
            ],
            Verdict::Fails(hemisphere) => vec![
                ("integers", integers),
                ("normal", hemisphere.normal().to_vec().into()),
                ("exact", hemisphere.is_exact().into()),
            ],
            Verdict::Undecided(open) => vec![("normal", open.normal().to_vec().into())],
        };
        if self.certificate.is_some() {
            proof?;
        }
        let margin = if weights.neurons() * weights.dimension() <= MOST_WEIGHTS {
            let bounds = margin_bounds(weights.as_mat())?;
            Some([bounds.lower, bounds.upper])
        } else {
            None
        };
        Ok(Report::Fields(vec![
            ("holds", verdict.holds().into()),
            ("margin", margin.map(Vec::from).into()),
            ("certificate", Value::Object(certificate)),
        ]))
    }
}

/// The most weights whose margin is bounded: a second's work.
const MOST_WEIGHTS: usize = 1 << 20;
