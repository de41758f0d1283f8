//! Progress bars on a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A handle an item advances; it may be invisible.
#[derive(Debug, Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A handle that shows nothing.
    pub fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// A bar for one item on a terminal, nothing elsewhere.
    pub fn bar(label: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_prefix(label.to_owned());
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        Self(bar)
    }

    /// Announces more work.
    pub fn expect(&self, tasks: usize) {
        self.0.inc_length(tasks as u64);
    }

    /// Notes that one task is done.
    pub fn advance(&self) {
        self.0.inc(1);
    }

    /// Takes the bar off the terminal.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
