//! Pictures: the one crate that knows the plotting library.
//!
//! A [`Chart`] is a pair of axes with fixed ranges and layers in data coordinates; it renders to
//! an SVG document, and [`rasterise`] turns that into a PNG with the same letters.
//!
//! Logarithmic axes are drawn here, on decimal exponents: the library clamps them at 1e-10.

mod axis;
mod raster;
mod sphere;

use kuva::backend::svg::SvgBackend;
use kuva::plot::legend::LegendPosition;
use kuva::plot::scatter::MarkerShape;
use kuva::plot::{BandPlot, LinePlot, QuiverPivot, QuiverPlot, ScatterPlot};
use kuva::render::annotations::TextAnnotation;
use kuva::render::layout::{AxisLine, Layout};
use kuva::render::plots::Plot;
use kuva::render::render::render_multiple;
use kuva::render::theme::Theme;

pub use axis::Axis;
pub use raster::rasterise;
pub use sphere::Sphere;

/// Colours that readers with any colour vision tell apart (Okabe and Ito).
pub const COLOURS: [&str; 6] = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9",
];
/// The colour of guides: diagonals, reference slopes.
pub const GUIDE: &str = "#777777";
/// The colour of marks that must stand out: saddles, targets.
pub const MARK: &str = "#111111";

/// Room for the half of the last tick label that stands right of the axes.
const RIGHT_MARGIN: f64 = 24.0;

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

    /// A filled rectangle between two abscissae and two ordinates. It has no legend.
    #[must_use]
    pub fn tile(mut self, colour: &str, across: (f64, f64), upward: (f64, f64)) -> Self {
        let corners = self.place(&[(across.0, upward.0), (across.1, upward.1)]);
        if let [(left, low), (right, high)] = corners[..] {
            let plot = BandPlot::new([left, right], [low, low], [high, high])
                .with_color(colour)
                .with_opacity(1.0);
            self.layers.push(plot.into());
        }
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
        let with = rasterise(&chart().svg()).expect("a picture");
        let without = rasterise(&chart().svg().replace("Title", "     ")).expect("a picture");
        assert_ne!(with, without, "the title leaves no trace in the picture");
    }
}
