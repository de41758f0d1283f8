//! Pictures: the one module that knows the plotting library.
//!
//! A [`Chart`] is a pair of axes with fixed ranges and layers in data coordinates; it renders to
//! an SVG document, and [`rasterise`] turns that into a PNG with the same letters.
//!
//! Logarithmic axes are drawn here, on decimal exponents: the library clamps them at 1e-10.

use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use base64::Engine as _;
use kuva::backend::svg::SvgBackend;
use kuva::plot::legend::LegendPosition;
use kuva::plot::scatter::MarkerShape;
use kuva::plot::{BandPlot, LinePlot, QuiverPivot, QuiverPlot, ScatterPlot};
use kuva::render::annotations::TextAnnotation;
use kuva::render::layout::{AxisLine, Layout, TickFormat};
use kuva::render::plots::Plot;
use kuva::render::render::{Scene, render_multiple};
use kuva::render::theme::Theme;
use resvg::{tiny_skia, usvg};

/// Colours that readers with any colour vision tell apart (Okabe and Ito).
pub const COLOURS: [&str; 6] = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9",
];
/// The colour of guides: diagonals, reference slopes.
pub const GUIDE: &str = "#777777";
/// The colour of marks that must stand out: saddles, targets.
pub const MARK: &str = "#111111";

/// Pixels of the PNG for each pixel of the SVG.
const PNG_SCALE: f32 = 2.0;

/// Room for the half of the last tick label that stands right of the axes.
const RIGHT_MARGIN: f64 = 24.0;

/// One axis with a fixed range.
#[derive(Debug, Clone)]
pub struct Axis {
    label: String,
    range: (f64, f64),
    step: Option<f64>,
    ticks: Ticks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ticks {
    Plain,
    Decimals(usize),
    Decades,
    PiHalves,
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

    fn place(&self, value: f64) -> f64 {
        if self.ticks == Ticks::Decades {
            if value > 0.0 { value.log10() } else { f64::NAN }
        } else {
            value
        }
    }

    fn format(&self) -> TickFormat {
        match self.ticks {
            Ticks::Plain => TickFormat::Auto,
            Ticks::Decimals(decimals) => TickFormat::Fixed(decimals),
            Ticks::Decades => TickFormat::Custom(Arc::new(power_of_ten)),
            Ticks::PiHalves => TickFormat::Custom(Arc::new(halves_of_pi)),
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

fn halves_of_pi(value: f64) -> String {
    let halves = (value / std::f64::consts::FRAC_PI_2).round();
    match format!("{halves:.0}").as_str() {
        "0" | "-0" => "0".to_owned(),
        "1" => "π/2".to_owned(),
        "2" => "π".to_owned(),
        other => format!("{other}π/2"),
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// Without gaps.
    Solid,
    /// With gaps; for references.
    Dashed,
    /// As dots.
    Dotted,
}

/// How a point is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A small dot, for clouds of points.
    Dot,
    /// A disc, for marked points.
    Disc,
    /// A square.
    Square,
    /// A triangle.
    Triangle,
    /// A diamond, for saddles.
    Diamond,
    /// A star, for targets.
    Star,
}

/// Where the legend stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legend {
    /// Nowhere.
    Hidden,
    /// Inside, above on the right.
    TopRight,
    /// Inside, above on the left.
    TopLeft,
    /// Inside, below on the right.
    BottomRight,
    /// Inside, below on the left.
    BottomLeft,
    /// Right of the axes.
    Outside,
}

/// A pair of axes with layers.
pub struct Chart {
    title: String,
    x: Axis,
    y: Axis,
    size: (f64, f64),
    legend: Legend,
    layers: Vec<Plot>,
    notes: Vec<TextAnnotation>,
}

impl Chart {
    /// Empty axes.
    pub fn new(title: &str, x: Axis, y: Axis) -> Self {
        Self {
            title: title.to_owned(),
            x,
            y,
            size: (560.0, 420.0),
            legend: Legend::TopRight,
            layers: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Width and height of the whole picture in pixels.
    #[must_use]
    pub fn size(mut self, width: f64, height: f64) -> Self {
        self.size = (width, height);
        self
    }

    /// Where the legend stands; above on the right unless said otherwise.
    #[must_use]
    pub fn legend(mut self, legend: Legend) -> Self {
        self.legend = legend;
        self
    }

    /// A line through points; an empty `name` keeps it out of the legend.
    #[must_use]
    pub fn line(mut self, name: &str, colour: &str, stroke: Stroke, points: &[(f64, f64)]) -> Self {
        let width = if colour == GUIDE { 1.2 } else { 2.0 };
        let mut plot = LinePlot::new()
            .with_data(self.place(points))
            .with_color(colour)
            .with_stroke_width(width);
        plot = match stroke {
            Stroke::Solid => plot,
            Stroke::Dashed => plot.with_dashed(),
            Stroke::Dotted => plot.with_dotted(),
        };
        if !name.is_empty() {
            plot = plot.with_legend(name);
        }
        self.layers.push(plot.into());
        self
    }

    /// A thin line without legend, for bundles of trajectories.
    #[must_use]
    pub fn thin(mut self, colour: &str, points: &[(f64, f64)]) -> Self {
        let plot = LinePlot::new()
            .with_data(self.place(points))
            .with_color(colour)
            .with_stroke_width(0.7);
        self.layers.push(plot.into());
        self
    }

    /// Single points; an empty `name` keeps them out of the legend.
    #[must_use]
    pub fn points(mut self, name: &str, colour: &str, mark: Mark, points: &[(f64, f64)]) -> Self {
        let (shape, size, opacity) = match mark {
            Mark::Dot => (MarkerShape::Circle, 1.6, 0.35),
            Mark::Disc => (MarkerShape::Circle, 4.0, 1.0),
            Mark::Square => (MarkerShape::Square, 4.0, 1.0),
            Mark::Triangle => (MarkerShape::Triangle, 4.5, 1.0),
            Mark::Diamond => (MarkerShape::Diamond, 5.0, 1.0),
            Mark::Star => (MarkerShape::Star, 7.0, 1.0),
        };
        let mut plot = ScatterPlot::new()
            .with_data(self.place(points))
            .with_color(colour)
            .with_marker(shape)
            .with_size(size)
            .with_marker_opacity(opacity);
        if !name.is_empty() {
            plot = plot.with_legend(name);
        }
        self.layers.push(plot.into());
        self
    }

    /// The area between two curves over the same abscissae: `(x, low, high)`. It has no legend.
    #[must_use]
    pub fn band(mut self, colour: &str, edges: &[(f64, f64, f64)]) -> Self {
        let low: Vec<(f64, f64)> = edges.iter().map(|edge| (edge.0, edge.1)).collect();
        let high: Vec<(f64, f64)> = edges.iter().map(|edge| (edge.0, edge.2)).collect();
        let (low, high) = (self.place(&low), self.place(&high));
        let plot = BandPlot::new(
            low.iter().map(|point| point.0).collect::<Vec<_>>(),
            low.iter().map(|point| point.1).collect::<Vec<_>>(),
            high.iter().map(|point| point.1).collect::<Vec<_>>(),
        )
        .with_color(colour)
        .with_opacity(0.22);
        self.layers.push(plot.into());
        self
    }

    /// Arrows `(x, y, u, v)` of one length in data units, turned into the direction of `(u, v)`.
    /// Arrows without direction are left out.
    #[must_use]
    pub fn directions(
        mut self,
        colour: &str,
        length: f64,
        arrows: &[(f64, f64, f64, f64)],
    ) -> Self {
        let unit = arrows.iter().filter_map(|&(x, y, u, v)| {
            let norm = u.hypot(v);
            (norm > 0.0 && norm.is_finite()).then(|| (x, y, length * u / norm, length * v / norm))
        });
        let plot = QuiverPlot::new()
            .with_arrows(unit)
            .with_scale(1.0)
            .with_pivot(QuiverPivot::Middle)
            .with_color(colour)
            .with_shaft_width(1.0)
            .with_head_min_px(3.0)
            .with_head_max_px(5.0);
        self.layers.push(Plot::Quiver(plot));
        self
    }

    /// Words at a place in data coordinates.
    #[must_use]
    pub fn note(mut self, words: &str, colour: &str, x: f64, y: f64) -> Self {
        let (x, y) = (self.x.place(x), self.y.place(y));
        self.notes.push(
            TextAnnotation::new(words, x, y)
                .with_color(colour)
                .with_font_size(12),
        );
        self
    }

    /// Words at a place, with an arrow to a target, in data coordinates.
    #[must_use]
    pub fn pointer(mut self, words: &str, colour: &str, at: (f64, f64), to: (f64, f64)) -> Self {
        let at = (self.x.place(at.0), self.y.place(at.1));
        let to = (self.x.place(to.0), self.y.place(to.1));
        self.notes.push(
            TextAnnotation::new(words, at.0, at.1)
                .with_arrow(to.0, to.1)
                .with_color(colour)
                .with_font_size(12),
        );
        self
    }

    fn place(&self, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
        points
            .iter()
            .map(|&(x, y)| (self.x.place(x), self.y.place(y)))
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .collect()
    }

    /// The picture as an SVG document.
    pub fn svg(self) -> String {
        let theme = Theme {
            axis_color: "#333333".into(),
            grid_color: "#e6e6e6".into(),
            tick_color: "#333333".into(),
            text_color: "#222222".into(),
            legend_border: "#cccccc".into(),
            ..Theme::light()
        };
        let mut layout = Layout::auto_from_plots(&self.layers)
            .with_width(self.size.0)
            .with_height(self.size.1)
            .with_x_label(self.x.label.as_str())
            .with_y_label(self.y.label.as_str())
            .with_x_axis_min(self.x.range.0)
            .with_x_axis_max(self.x.range.1)
            .with_y_axis_min(self.y.range.0)
            .with_y_axis_max(self.y.range.1)
            .with_x_tick_format(self.x.format())
            .with_y_tick_format(self.y.format())
            .with_axis_line(AxisLine::Box)
            .with_title_size(15)
            .with_label_size(13)
            .with_theme(theme);
        if !self.title.is_empty() {
            layout = layout.with_title(self.title.as_str());
        }
        if let Some(step) = self.x.step {
            layout = layout.with_x_tick_step(step);
        }
        if let Some(step) = self.y.step {
            layout = layout.with_y_tick_step(step);
        }
        layout.show_legend = self.legend != Legend::Hidden;
        layout.legend_position = match self.legend {
            Legend::Hidden | Legend::TopRight => LegendPosition::InsideTopRight,
            Legend::TopLeft => LegendPosition::InsideTopLeft,
            Legend::BottomRight => LegendPosition::InsideBottomRight,
            Legend::BottomLeft => LegendPosition::InsideBottomLeft,
            Legend::Outside => LegendPosition::OutsideRightTop,
        };
        if self.legend != Legend::Outside {
            layout.force_margin_right = Some(RIGHT_MARGIN);
        }
        for note in self.notes {
            layout = layout.with_annotation(note);
        }
        plain_clips(&SvgBackend::new().render_scene(&render_multiple(self.layers, layout)))
    }
}

/// Numbers the clip paths of a document from 0. The library numbers them through the life of the
/// process, which would make a picture depend on those drawn before.
fn plain_clips(svg: &str) -> String {
    const NAME: &str = "kuva-clip-";
    let mut seen: Vec<&str> = Vec::new();
    let mut plain = String::with_capacity(svg.len());
    let mut pieces = svg.split(NAME);
    plain.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(piece.len());
        let (number, rest) = piece.split_at(end);
        let place = seen
            .iter()
            .position(|known| *known == number)
            .unwrap_or_else(|| {
                seen.push(number);
                seen.len() - 1
            });
        plain.push_str("clip-");
        plain.push_str(&place.to_string());
        plain.push_str(rest);
    }
    plain
}

/// An SVG document as a PNG of twice its size, its letters set in DejaVu Sans.
///
/// # Errors
/// When the document cannot be read or is too large.
pub fn rasterise(svg: &str) -> anyhow::Result<Vec<u8>> {
    let mut options = usvg::Options::default();
    options.font_family = "DejaVu Sans".to_owned();
    *options.fontdb_mut() = letters().clone();
    let tree = usvg::Tree::from_str(svg, &options).context("cannot read the drawing")?;
    let size = tree
        .size()
        .to_int_size()
        .scale_by(PNG_SCALE)
        .context("the drawing is empty")?;
    let mut pixels =
        tiny_skia::Pixmap::new(size.width(), size.height()).context("the drawing is too large")?;
    pixels.fill(tiny_skia::Color::WHITE);
    let scale = tiny_skia::Transform::from_scale(PNG_SCALE, PNG_SCALE);
    resvg::render(&tree, scale, &mut pixels.as_mut());
    Ok(pixels.encode_png()?)
}

/// The letters of the PNGs: the fonts the plotting library carries, taken out of an empty drawing,
/// and no others, so that the same picture has the same bytes on every machine.
fn letters() -> &'static usvg::fontdb::Database {
    static LETTERS: OnceLock<usvg::fontdb::Database> = OnceLock::new();
    LETTERS.get_or_init(|| {
        let mut letters = usvg::fontdb::Database::new();
        let blank = SvgBackend::new()
            .with_embedded_font(true)
            .render_scene(&Scene::new(1.0, 1.0));
        for piece in blank.split("base64,").skip(1) {
            let encoded = piece.split('\'').next().unwrap_or_default();
            if let Ok(font) = base64::engine::general_purpose::STANDARD.decode(encoded) {
                letters.load_font_data(font);
            }
        }
        letters.set_sans_serif_family("DejaVu Sans");
        letters
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Chart {
        Chart::new(
            "Title",
            Axis::linear("x", 0.0, 1.0),
            Axis::log("y", 1e-12, 1.0),
        )
        .line(
            "name",
            COLOURS[0],
            Stroke::Solid,
            &[(0.0, 1e-12), (1.0, 1.0), (0.5, 0.0)],
        )
    }

    #[test]
    fn the_same_chart_has_the_same_bytes() {
        assert_eq!(chart().svg(), chart().svg());
    }

    #[test]
    fn the_letters_are_there() {
        assert!(letters().len() >= 4);
        let with = rasterise(&chart().svg()).expect("a picture");
        let without = rasterise(&chart().svg().replace("Title", "     ")).expect("a picture");
        assert_ne!(with, without, "the title leaves no trace in the picture");
    }

    #[test]
    fn exponents_are_raised() {
        assert_eq!(power_of_ten(-12.0), "10⁻¹²");
        assert_eq!(power_of_ten(4.0), "10⁴");
        assert_eq!(halves_of_pi(std::f64::consts::PI), "π");
    }
}
