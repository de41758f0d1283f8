//! The page: a table of all cases, and one on scale.

use std::fmt::Write as _;

use anyhow::{Result, ensure};

use super::record::{OtherRecord, Record, Records, Timing};
use crate::scale::Scaling;

/// Puts `text` between the marks `<!-- NAME:begin -->` and `<!-- NAME:end -->` of a page.
///
/// # Errors
/// A page without the two marks in this order.
pub fn inserted(page: &str, name: &str, text: &str) -> Result<String> {
    let (begin, end) = (
        format!("<!-- {name}:begin -->"),
        format!("<!-- {name}:end -->"),
    );
    let parts = page.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    ensure!(parts.is_some(), "the page has no marks {begin} and {end}");
    let (before, after) = parts.unwrap_or_default();
    Ok(format!(
        "{before}{begin}\n{}\n{end}{after}",
        text.trim_end()
    ))
}

/// One case on one line, for the terminal.
pub fn line(record: &Record) -> String {
    let mut text = format!(
        "{} | {} | {} thr. | ours {}",
        record.task,
        record.size,
        record.threads,
        seconds(&record.ours)
    );
    for other in &record.others {
        let _ = write!(text, " | {} {}", other.name, ratio(other));
    }
    for target in record.targets.iter().filter(|target| !target.reached) {
        let _ = write!(text, " | {} × {} missed", target.wanted, target.against);
    }
    text
}

/// Three digits with a unit.
fn seconds(timing: &Timing) -> String {
    let bound = if timing.stopped { "> " } else { "" };
    format!("{bound}{}", duration(timing.median))
}

fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 1e-6 => (s * 1e9, "ns"),
        s if s < 1e-3 => (s * 1e6, "µs"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    format!("{} {unit}", three(value))
}

fn three(value: f64) -> String {
    let decimals = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

fn ratio(other: &OtherRecord) -> String {
    let bound = if other.timing.stopped { "> " } else { "" };
    format!("{bound}{} ×", three(other.ratio))
}

fn bytes(count: usize) -> String {
    let count = count as f64;
    if count < 1e9 {
        format!("{} MB", three(count / 1e6))
    } else {
        format!("{} GB", three(count / 1e9))
    }
}

/// The section on peers.
pub fn peers(records: &Records) -> String {
    let versions: Vec<String> = records
        .versions
        .iter()
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    let mut text = format!(
        "{}, {} cores. {}.\n\n![Time of each peer over ours](images/peers.svg)\n",
        records.processor,
        records.cores,
        versions.join(", ")
    );
    let mut title = "";
    for record in &records.cases {
        if record.title != title {
            title = &record.title;
            let _ = write!(
                text,
                "\n### {title}\n\n| size | threads | ours | others: time, ratio, difference | target |\n|---|---|---|---|---|\n"
            );
        }
        let others: Vec<String> = record.others.iter().map(other).collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            record.size,
            record.threads,
            seconds(&record.ours),
            others.join("<br>"),
            targets(record)
        );
    }
    text
}

fn other(other: &OtherRecord) -> String {
    let difference = match other.difference {
        Some(difference) if difference > 0.0 => format!(", {difference:.0e}"),
        Some(_) => ", equal".to_owned(),
        None => String::new(),
    };
    format!(
        "{} {}, **{}**{difference}",
        other.name,
        seconds(&other.timing),
        ratio(other)
    )
}

fn targets(record: &Record) -> String {
    let mut words: Vec<String> = record
        .targets
        .iter()
        .map(|target| {
            let mark = if target.reached { "reached" } else { "missed" };
            format!("{} × {}: {mark}", plain(target.wanted), target.against)
        })
        .collect();
    if let Some(memory) = &record.memory {
        let share = memory.peak as f64 / memory.input as f64;
        let mark = if share <= memory.most {
            "reached"
        } else {
            "missed"
        };
        words.push(format!(
            "memory {} × the input of {}, at most {}: {mark}",
            three(share),
            bytes(memory.input),
            memory.most
        ));
    }
    words.join("<br>")
}

/// At most two decimals, none where there is nothing to show.
fn plain(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The section on scale.
pub fn scale(scaling: &Scaling) -> String {
    let mut text = format!(
        "On {} threads; each point in a process of its own.\n\n![Time over size](images/scale.svg)\n\n\
         | computation | variable | held | sizes | exponent of the time | of the operations | of the memory |\n\
         |---|---|---|---|---|---|---|\n",
        scaling.threads
    );
    for growth in &scaling.growth {
        let sizes = match (growth.points.first(), growth.points.last()) {
            (Some(first), Some(last)) => format!("{} … {}", first.size, last.size),
            _ => String::new(),
        };
        let memory = growth.memory_exponent.map_or_else(
            || "below 1 MB".to_owned(),
            |exponent| format!("{exponent:.2}"),
        );
        let _ = writeln!(
            text,
            "| {} | {} | {} | {sizes} | {:.2} ± {:.2} | {} | {memory} |",
            growth.name,
            growth.variable,
            growth.held,
            growth.exponent.0,
            growth.exponent.1,
            growth.theory
        );
    }
    text.push_str(
        "\n| computation | size | time | memory at the peak | |\n|---|---|---|---|---|\n",
    );
    for large in &scaling.large {
        let (time, memory) = large.probe.map_or_else(
            || ("not run".to_owned(), String::new()),
            |probe| (duration(probe.seconds), bytes(probe.peak_bytes)),
        );
        let _ = writeln!(
            text,
            "| {} | {} | {time} | {memory} | {} |",
            large.name, large.size, large.remark
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::record::TargetRecord;

    fn record() -> Record {
        let peer = OtherRecord {
            name: "NumPy".to_owned(),
            peer: true,
            timing: Timing::of(vec![2e-5, 4e-5, 3e-5], 64),
            ratio: 12.0,
            difference: Some(2e-14),
            tolerance: Some(1e-10),
        };
        let slow = OtherRecord {
            name: "HiGHS".to_owned(),
            timing: Timing::stopped(60.0),
            ratio: 24e6,
            difference: None,
            ..peer.clone()
        };
        let target = |wanted| TargetRecord {
            against: "NumPy".to_owned(),
            wanted,
            ratio: Some(12.0),
            reached: wanted <= 12.0,
        };
        Record {
            task: "gradient".to_owned(),
            title: "population gradient".to_owned(),
            size: "K = 10, d = 10".to_owned(),
            threads: 1,
            ours: Timing::of(vec![2.5e-6], 1),
            others: vec![peer, slow],
            targets: vec![target(2.5), target(20.0)],
            memory: None,
        }
    }

    #[test]
    fn a_row_says_time_ratio_difference_and_target() {
        let records = Records {
            processor: "a processor".to_owned(),
            cores: 2,
            cases: vec![record()],
            ..Records::default()
        };
        let page = peers(&records);
        let row = page.lines().last().expect("a row");
        assert_eq!(
            row,
            "| K = 10, d = 10 | 1 | 2.50 µs | NumPy 30.0 µs, **12.0 ×**, 2e-14<br>HiGHS > 60.0 s, **> 24000000 ×** | \
             2.5 × NumPy: reached<br>20 × NumPy: missed |"
        );
        assert!(line(&record()).ends_with("20 × NumPy missed"));
    }

    #[test]
    fn text_goes_between_the_marks_and_nowhere_else() {
        let page = "# A\n<!-- peers:begin -->\nold\n<!-- peers:end -->\nrest\n";
        let once = inserted(page, "peers", "new\n").expect("the marks are there");
        assert_eq!(
            once,
            "# A\n<!-- peers:begin -->\nnew\n<!-- peers:end -->\nrest\n"
        );
        assert_eq!(inserted(&once, "peers", "new").expect("still there"), once);
        assert!(inserted(page, "scale", "new").is_err());
    }

    #[test]
    fn durations_have_three_digits() {
        let words: Vec<String> = [4.56e-8, 1.2e-5, 0.1234, 9.999, 123.4]
            .map(duration)
            .to_vec();
        assert_eq!(words, ["45.6 ns", "12.0 µs", "123 ms", "10.0 s", "123 s"]);
    }
}
