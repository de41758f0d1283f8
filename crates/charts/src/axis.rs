//! Axes: ranges, ticks and their labels.

use std::sync::Arc;

use kuva::render::layout::TickFormat;

/// One axis with a fixed range.
#[derive(Debug, Clone)]
pub struct Axis {
    pub(super) label: String,
    pub(super) range: (f64, f64),
    pub(super) step: Option<f64>,
    ticks: Ticks,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Ticks {
    Plain,
    Decimals(usize),
    Decades,
    PiHalves,
    Names(Arc<[String]>),
}

impl Axis {
    /// A linear axis.
    pub fn linear(label: &str, from: f64, to: f64) -> Self {
        Self {
            label: label.to_owned(),
            range: (from, to),
            step: None,
            ticks: Ticks::Plain,
        }
    }

    /// A logarithmic axis; points that are not positive are left out.
    pub fn log(label: &str, from: f64, to: f64) -> Self {
        Self {
            label: label.to_owned(),
            range: (from.log10(), to.log10()),
            step: Some(1.0),
            ticks: Ticks::Decades,
        }
    }

    /// An axis with a place for each name, at 0, 1, 2, ….
    pub fn names(label: &str, names: &[String]) -> Self {
        Self {
            label: label.to_owned(),
            range: (-0.5, names.len() as f64 - 0.5),
            step: Some(1.0),
            ticks: Ticks::Names(names.into()),
        }
    }

    /// A mark every `step`: on a logarithmic axis, every `step` decades.
    #[must_use]
    pub fn step(mut self, step: f64) -> Self {
        self.step = Some(step);
        self
    }

    /// Tick labels with that many decimals.
    #[must_use]
    pub fn decimals(mut self, decimals: usize) -> Self {
        self.ticks = Ticks::Decimals(decimals);
        self
    }

    /// Tick labels in multiples of π/2, for an axis whose step is one of them.
    #[must_use]
    pub fn in_pi(mut self) -> Self {
        self.ticks = Ticks::PiHalves;
        self.step = Some(std::f64::consts::FRAC_PI_2);
        self
    }

    pub(super) fn place(&self, value: f64) -> f64 {
        if self.ticks == Ticks::Decades {
            if value > 0.0 { value.log10() } else { f64::NAN }
        } else {
            value
        }
    }

    pub(super) fn format(&self) -> TickFormat {
        match &self.ticks {
            Ticks::Plain => TickFormat::Auto,
            Ticks::Decimals(decimals) => TickFormat::Fixed(*decimals),
            Ticks::Decades => TickFormat::Custom(Arc::new(power_of_ten)),
            Ticks::PiHalves => TickFormat::Custom(Arc::new(halves_of_pi)),
            Ticks::Names(names) => {
                let names = Arc::clone(names);
                TickFormat::Custom(Arc::new(move |place| name_at(&names, place)))
            }
        }
    }
}

fn power_of_ten(exponent: f64) -> String {
    if exponent.abs() < 1e-9 {
        return "1".to_owned();
    }
    if (exponent - 1.0).abs() < 1e-9 {
        return "10".to_owned();
    }
    if (exponent - exponent.round()).abs() > 1e-6 {
        return String::new();
    }
    let raised = format!("{exponent:.0}")
        .chars()
        .map(|letter| match letter {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            other => other
                .to_digit(10)
                .and_then(|digit| char::from_u32(0x2070 + digit))
                .unwrap_or(other),
        })
        .collect::<String>();
    format!("10{raised}")
}

/// The name whose place is nearest; none off the ends.
fn name_at(names: &[String], place: f64) -> String {
    names
        .iter()
        .enumerate()
        .find(|(index, _)| (place - *index as f64).abs() < 1e-6)
        .map_or_else(String::new, |(_, name)| name.clone())
}

fn halves_of_pi(value: f64) -> String {
    let halves = (value / std::f64::consts::FRAC_PI_2).round();
    match format!("{halves:.0}").as_str() {
        "0" | "-0" => "0".to_owned(),
        "1" => "π/2".to_owned(),
        "2" => "π".to_owned(),
        "4" => "2π".to_owned(),
        other => format!("{other}π/2"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponents_are_raised() {
        assert_eq!(power_of_ten(-12.0), "10⁻¹²");
        assert_eq!(power_of_ten(4.0), "10⁴");
        assert_eq!(halves_of_pi(std::f64::consts::PI), "π");
    }
}
