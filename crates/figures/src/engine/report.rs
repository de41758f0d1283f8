//! `index.html`: the report for people. One file, no script, nothing fetched.

use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use ledger::Status;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Map, Value};

use super::item::{Item, Kind, Verdict};
use super::results::Results;
use super::store::Record;
use super::summary::{Claim, claims};

const STYLE: &str = include_str!("report.css");

/// The papers behind the short names of the ledger.
const PAPERS: [(&str, &str); 4] = [
    (
        "T16",
        "Tian 2016, Symmetry-breaking convergence analysis of certain two-layered neural networks with ReLU nonlinearity",
    ),
    (
        "T17",
        "Tian 2017, An analytical formula of population gradient for two-layered ReLU network and its applications in convergence and critical point analysis",
    ),
    ("T17s", "its supplement"),
    (
        "LYX",
        "Long, Yin and Xin 2021, Global convergence and geometric characterization of slow to fast weight evolution in neural network training for classifying linearly non-separable data",
    ),
];

/// The report; the drawings are read from `root` and put into the page.
///
/// # Errors
/// When a drawing that was just kept cannot be read.
pub fn html(results: &Results<'_>, root: &Path) -> anyhow::Result<String> {
    let claims = claims(results);
    let (mut figures, mut pictures, mut proofs) = (Vec::new(), Vec::new(), Vec::new());
    for item in results.items {
        if let Some(record) = results.records.get(item.id)
            && record.figure.is_some()
        {
            let drawn = figure(results, item, record, root)?;
            match item.kind {
                Kind::Figure => figures.push(drawn),
                Kind::Experiment => pictures.push(drawn),
                Kind::Proof => proofs.push(drawn),
            }
        }
    }
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Reproduction: two-layer ReLU networks with Gaussian inputs" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (head(results, &claims, figures.len() + pictures.len() + proofs.len()))
                main {
                    section #claims {
                        h2 { "Claims" }
                        p {
                            "Each row is a statement of a paper. Its " em { "status" } " says what is known about it: "
                            @for (index, (status, words)) in Status::ALL.iter().enumerate() {
                                @if index > 0 { ", " }
                                (chip(status.name())) " " (words)
                            }
                            ". Its " em { "verdict" } " is what this run found."
                        }
                        (table(results, &claims))
                    }
                    @if !proofs.is_empty() {
                        section #proved {
                            h2 { "Proved" }
                            p {
                                "What follows is shown for all arguments, by interval arithmetic with outward rounding. Each certificate "
                                "was read back and checked by code that shares nothing with the search that found it."
                            }
                            @for proof in &proofs { (proof) }
                        }
                    }
                    section #figures {
                        h2 { "Figures of the papers" }
                        @for figure in &figures { (figure) }
                        @if figures.is_empty() { p.soft { "None was drawn." } }
                    }
                    @if !pictures.is_empty() {
                        section #pictures {
                            h2 { "Pictures of the experiments" }
                            @for picture in &pictures { (picture) }
                        }
                    }
                    section #papers {
                        h2 { "Papers" }
                        dl {
                            @for (short, long) in PAPERS { dt { (short) } dd { (long) } }
                        }
                    }
                }
                footer {
                    "The same numbers for programs: " a href="summary.json" { "summary.json" }
                    ". Program " code { (results.fingerprint.program) } "."
                }
            }
        }
    };
    Ok(page.into_string())
}

fn head(results: &Results<'_>, claims: &[Claim], figures: usize) -> Markup {
    let count = |verdict| {
        claims
            .iter()
            .filter(|claim| claim.verdict == verdict)
            .count()
    };
    let tally = [
        ("pass", count(Verdict::Pass), "pass"),
        ("fail", count(Verdict::Fail), "fail"),
        ("open", count(Verdict::Open), "open or not run"),
        ("open", count(Verdict::NeedsData), "need data"),
    ];
    html! {
        header.top {
            h1 { "Two-layer ReLU networks with Gaussian inputs" }
            p.lead { "A passing property is evidence, not proof." }
            p {
                "What this program found when it recomputed the papers' statements and figures, with seed "
                b { (results.fingerprint.seed) } " at " b { (results.fingerprint.scale.name()) }
                " scale, in " b { (duration(results.total)) } "."
            }
            ul.tally {
                @for (class, number, words) in tally.into_iter().filter(|entry| entry.1 > 0 || entry.2 != "need data") {
                    li class=(class) { b { (number) } (words) }
                }
                li { b { (figures) } @if figures == 1 { "figure" } @else { "figures" } }
            }
            nav {
                a href="#claims" { "Claims" }
                a href="#figures" { "Figures" }
                @for item in results.items {
                    @if results.records.get(item.id).is_some_and(|record| record.figure.is_some()) {
                        a href={ "#figure-" (item.id) } { (item.id) }
                    }
                }
            }
        }
    }
}

fn table(results: &Results<'_>, claims: &[Claim]) -> Markup {
    html! {
        div.scroll {
            table.claims {
                thead {
                    tr {
                        th { "Claim" } th { "Statement" } th { "Status" } th { "Verdict" }
                        th { "Evidence" } th { "Figure" } th { "Time" }
                    }
                }
                tbody {
                    @for (index, claim) in claims.iter().enumerate() {
                        tr id=(claim.id) class=[(index == 0).then_some("first")] {
                            td {
                                div.id { a href={ "#" (claim.id) } { (claim.id) } }
                                div.source { (claim.paper) }
                            }
                            td.statement { (inline(&claim.statement)) }
                            td { (chip(&claim.status)) }
                            td { (chip(claim.verdict.name())) }
                            td.finding { (evidence(&claim.evidence)) }
                            td {
                                @for figure in &claim.figures {
                                    div { a href={ "#figure-" (figure) } { (figure) } }
                                }
                            }
                            td.time {
                                @if results.records.contains_key(claim.id.as_str()) { (duration(claim.seconds)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn chip(name: &str) -> Markup {
    html! { span class={ "chip " (name) } { (name) } }
}

fn evidence(evidence: &Map<String, Value>) -> Markup {
    let finding = evidence.get("finding").and_then(Value::as_str);
    let rest: Vec<(&String, &Value)> = evidence
        .iter()
        .filter(|(name, _)| *name != "finding")
        .collect();
    html! {
        @if let Some(finding) = finding { (finding) }
        @if !rest.is_empty() {
            details {
                summary { "numbers" }
                dl { @for (name, value) in rest { dt { (words(name)) } dd { (plain(value)) } } }
            }
        }
    }
}

fn figure(
    results: &Results<'_>,
    item: &Item,
    record: &Record,
    root: &Path,
) -> anyhow::Result<Markup> {
    let Some(drawn) = &record.figure else {
        return Ok(html! {});
    };
    let mut pictures = Vec::new();
    for panel in &drawn.panels {
        let path = root.join(&panel.svg);
        let svg =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let source = format!(
            "data:image/svg+xml;base64,{}",
            base64::engine::general_purpose::STANDARD.encode(svg)
        );
        pictures.push((panel, source));
    }
    Ok(html! {
        article id={ "figure-" (item.id) } {
            header {
                h3 { (item.title) " " span.soft { "· " (item.paper) } }
                span { (chip(record.verdict.name())) " " a.id href={ "#" (item.id) } { (item.id) } }
            }
            div.panels {
                @for (panel, source) in &pictures {
                    figure {
                        img src=(source) alt=(panel.title);
                        figcaption {
                            a href=(panel.svg) { "SVG" } " · " a href=(panel.png) { "PNG" }
                        }
                    }
                }
            }
            p.caption { (drawn.caption) }
            p.soft {
                "Seed " (record.fingerprint.seed) ", " (record.fingerprint.scale.name()) " scale, "
                (duration(results.seconds.get(item.id).copied().unwrap_or(0.0))) ". Data: "
                @for (index, path) in drawn.data.iter().enumerate() {
                    @if index > 0 { ", " }
                    a href=(path) { (path.trim_start_matches("data/")) }
                }
            }
            @if !drawn.parameters.is_empty() {
                details open {
                    summary { "parameters" }
                    dl { @for (name, value) in &drawn.parameters { dt { (words(name)) } dd { (plain(value)) } } }
                }
            }
            @if !drawn.metrics.is_empty() {
                details {
                    summary { "metrics" }
                    dl { @for (name, value) in &drawn.metrics { dt { (words(name)) } dd { (plain(value)) } } }
                }
            }
        }
    })
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// A value for people: numbers to six digits, lists with commas.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "—".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.to_string(),
            (None, Some(real)) => digits(real),
            (None, None) => number.to_string(),
        },
        Value::Array(entries) => entries.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(entries) => entries
            .iter()
            .map(|(name, value)| format!("{}: {}", words(name), plain(value)))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

fn digits(real: f64) -> String {
    let size = real.abs();
    if size != 0.0 && !(1e-4..1e6).contains(&size) {
        return format!("{real:.3e}");
    }
    let text = format!("{real:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn duration(seconds: f64) -> String {
    if seconds >= 90.0 {
        format!("{:.1} min", seconds / 60.0)
    } else if seconds >= 0.1 {
        format!("{seconds:.1} s")
    } else {
        format!("{:.0} ms", seconds * 1e3)
    }
}

/// A statement of the ledger: words between backticks become code.
fn inline(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
