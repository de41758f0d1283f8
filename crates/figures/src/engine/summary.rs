//! `summary.json`: the report for programs.

use serde_json::{Map, Value, json};

use super::item::Verdict;
use super::results::{Results, round};

/// What a report says about one claim.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The id.
    pub id: String,
    /// Papers and statement numbers.
    pub paper: String,
    /// The statement.
    pub statement: String,
    /// The status of the ledger.
    pub status: String,
    /// The verdict of the experiment, `open` without one.
    pub verdict: Verdict,
    /// Its evidence.
    pub evidence: Map<String, Value>,
    /// The figures that show it: that of the ledger and its own, if they are drawn.
    pub figures: Vec<String>,
    /// How long the experiment took.
    pub seconds: f64,
}

/// The claims of the ledger, then the items that have no row in it.
pub fn claims(results: &Results<'_>) -> Vec<Claim> {
    let mut claims: Vec<Claim> = results
        .ledger
        .rows
        .iter()
        .map(|row| {
            claim(
                results,
                &row.id,
                &row.source,
                &row.statement,
                &row.status,
                row.figure.as_deref(),
            )
        })
        .collect();
    for item in results.items {
        if results.ledger.row(item.id).is_none() {
            claims.push(claim(
                results, item.id, item.paper, item.title, "open", None,
            ));
        }
    }
    claims
}

fn claim(
    results: &Results<'_>,
    id: &str,
    paper: &str,
    statement: &str,
    status: &str,
    figure: Option<&str>,
) -> Claim {
    let (verdict, evidence) = if let Some(reason) = results.broken.get(id) {
        (
            Verdict::Fail,
            note(&format!("The experiment broke off: {reason}.")),
        )
    } else if let Some(record) = results.records.get(id) {
        (record.verdict, record.evidence.clone())
    } else if results.items.iter().any(|item| item.id == id) {
        (Verdict::Open, note("Not run this time."))
    } else if let Some((shown, record)) =
        figure.and_then(|figure| Some((figure, results.records.get(figure)?)))
    {
        // The item that shows it decides it too.
        let finding = record.evidence.get("finding").and_then(Value::as_str);
        (
            record.verdict,
            note(&format!("By {shown}: {}", finding.unwrap_or_default())),
        )
    } else {
        (
            Verdict::Open,
            note("No numerical experiment; see its test module."),
        )
    };
    let own = Some(id).filter(|id| figure != Some(id));
    let figures = [figure, own]
        .into_iter()
        .flatten()
        .filter(|id| {
            results
                .records
                .get(id)
                .is_some_and(|record| record.figure.is_some())
        })
        .map(ToOwned::to_owned)
        .collect();
    Claim {
        id: id.to_owned(),
        paper: paper.to_owned(),
        statement: statement.to_owned(),
        status: status.to_owned(),
        verdict,
        evidence,
        figures,
        seconds: results.seconds.get(id).copied().unwrap_or(0.0),
    }
}

fn note(words: &str) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("finding".to_owned(), Value::String(words.to_owned()));
    map
}

/// The whole summary.
pub fn summary(results: &Results<'_>) -> Value {
    let claims: Vec<Value> = claims(results)
        .into_iter()
        .map(|claim| {
            json!({
                "id": claim.id,
                "paper": claim.paper,
                "statement": claim.statement,
                "status": claim.status,
                "verdict": claim.verdict.name(),
                "evidence": claim.evidence,
                "seconds": round(claim.seconds),
            })
        })
        .collect();
    let figures: Vec<Value> = results
        .items
        .iter()
        .filter_map(|item| {
            let drawn = results.records.get(item.id)?.figure.as_ref()?;
            let files: Vec<&String> = drawn
                .panels
                .iter()
                .flat_map(|panel| [&panel.svg, &panel.png])
                .collect();
            Some(json!({
                "id": item.id,
                "paper": item.paper,
                "title": item.title,
                "files": files,
                "data": drawn.data,
                "metrics": drawn.metrics,
                "seconds": round(results.seconds.get(item.id).copied().unwrap_or(0.0)),
            }))
        })
        .collect();
    json!({
        "seed": results.fingerprint.seed,
        "scale": results.fingerprint.scale.name(),
        "seconds": round(results.total),
        "claims": claims,
        "figures": figures,
    })
}
