use std::ffi::OsString;

use anyhow::Result;
use clap::Args;
use hinge_classifier::{GeometricCondition as Verdict, Hull, geometric_condition, margin_bounds};
use relu_lab::Weights;
use relu_lab::files::read;

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
            "if it holds, rows (counted from 0) that span the space and positive coefficients with sum zero of their unit \
             vectors; if not, a normal with no row on its negative side; exact says whether the proof is in integers",
        ),
    ];
}

impl Work for GeometricCondition {
    fn files(&self) -> Files<'_> {
        Files::none().read([&self.weights])
    }

    fn run(&self, _: &Common) -> Result<Report> {
        let weights = read::weights(&self.weights)?;
        let verdict = geometric_condition(weights.as_mat())?;
        verdict.verify(weights.as_mat())?;
        let certificate = match &verdict {
            Verdict::Holds(combination) => vec![
                ("rows", combination.rows().to_vec().into()),
                ("coefficients", combination.coefficients().to_vec().into()),
                ("exact", combination.is_exact().into()),
            ],
            Verdict::Fails(hemisphere) => vec![
                ("normal", hemisphere.normal().to_vec().into()),
                ("exact", hemisphere.is_exact().into()),
            ],
            Verdict::Undecided(open) => vec![("normal", open.normal().to_vec().into())],
        };
        let margin = if weights.neurons() * weights.dimension() <= MOST_WEIGHTS {
            Some(margin(&weights, &verdict)?)
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
/// The most neurons whose facets are listed: pairs of them are compared.
const MOST_CORNERS: usize = 4096;
/// What the offset of a facet may be off by.
const FACET: f64 = 1e-12;

/// Bounds of the radius of the largest ball around 0 in the hull.
fn margin(weights: &Weights, verdict: &Verdict) -> Result<[f64; 2]> {
    let bounds = margin_bounds(weights.as_mat())?;
    if verdict.holds() == Some(true)
        && (2..=3).contains(&weights.dimension())
        && weights.neurons() <= MOST_CORNERS
        && let Ok(hull) = Hull::of(weights.as_mat())
    {
        let exact = hull.margin();
        return Ok([
            bounds.lower.max(exact - FACET),
            bounds.upper.min(exact + FACET),
        ]);
    }
    Ok([bounds.lower, bounds.upper])
}
