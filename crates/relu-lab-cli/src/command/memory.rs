use anyhow::{Result, bail};

/// Refuses work that needs more bytes than this process may still take, before the system would end it.
pub(crate) fn expect(bytes: f64, what: &str) -> Result<()> {
    match room() {
        Some(room) if bytes > room => bail!(
            "{what} needs about {} of memory and {} are left: take fewer neurons or a larger machine",
            shown(bytes),
            shown(room)
        ),
        _ => Ok(()),
    }
}

fn shown(bytes: f64) -> String {
    if bytes < 1e9 {
        format!("{:.0} MB", bytes / 1e6)
    } else {
        format!("{:.1} GB", bytes / 1e9)
    }
}

/// Bytes that this process may still take: what the machine has available, and what the limit of its addresses
/// (`ulimit -v`) leaves. Nothing where the system does not say.
fn room() -> Option<f64> {
    let available = entry("/proc/meminfo", "MemAvailable:");
    let limit = limit().zip(entry("/proc/self/status", "VmSize:"));
    let within = limit.map(|(limit, taken)| (limit - taken).max(0.0));
    [available, within].into_iter().flatten().reduce(f64::min)
}

/// An entry of a file of the system, which counts in kilobytes.
fn entry(file: &str, name: &str) -> Option<f64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}

/// The limit of the addresses of this process, if there is one.
fn limit() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}
