//! A polyhedron in the unit sphere, drawn in parallel projection.

use std::fmt::Write as _;

use crate::{GUIDE, MARK};

/// A point of space.
type Point = [f64; 3];

/// The unit sphere with a polyhedron inside, seen from afar.
pub struct Sphere {
    title: String,
    right: Point,
    up: Point,
    toward: Point,
    faces: Vec<(Vec<Point>, Point)>,
    points: Vec<Point>,
    colour: String,
    half_space: Option<Point>,
    notes: Vec<String>,
}

/// The far edge of the ball.
const SHADE: &str = "#e9edf3";
/// Width and height of the picture, and the radius of the sphere, in pixels.
const SIZE: (f64, f64) = (440.0, 470.0);
const RADIUS: f64 = 165.0;
const CENTRE: (f64, f64) = (220.0, 232.0);
/// Segments of a circle.
const SEGMENTS: u32 = 120;

fn dot(a: &Point, b: &Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: &Point, b: &Point) -> Point {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

fn unit(a: &Point) -> Point {
    let length = dot(a, a).sqrt();
    [a[0] / length, a[1] / length, a[2] / length]
}

impl Sphere {
    /// An empty sphere, seen from a longitude and a latitude in degrees.
    pub fn new(title: &str, colour: &str, longitude: f64, latitude: f64) -> Self {
        let (sin_a, cos_a) = longitude.to_radians().sin_cos();
        let (sin_b, cos_b) = latitude.to_radians().sin_cos();
        let toward = [cos_b * cos_a, cos_b * sin_a, sin_b];
        let right = [-sin_a, cos_a, 0.0];
        Self {
            title: title.to_owned(),
            right,
            up: cross(&toward, &right),
            toward,
            faces: Vec::new(),
            points: Vec::new(),
            colour: colour.to_owned(),
            half_space: None,
            notes: Vec::new(),
        }
    }

    /// A convex face with its corners in order and its outward normal.
    #[must_use]
    pub fn face(mut self, corners: &[Point], normal: Point) -> Self {
        self.faces.push((corners.to_vec(), normal));
        self
    }

    /// Points on the sphere.
    #[must_use]
    pub fn points(mut self, points: &[Point]) -> Self {
        self.points.extend_from_slice(points);
        self
    }

    /// The plane through the centre with this normal, and the normal as an arrow.
    #[must_use]
    pub fn half_space(mut self, normal: Point) -> Self {
        self.half_space = Some(unit(&normal));
        self
    }

    /// A line of text below the sphere.
    #[must_use]
    pub fn note(mut self, words: &str) -> Self {
        self.notes.push(words.to_owned());
        self
    }

    fn place(&self, point: &Point) -> (f64, f64) {
        (
            CENTRE.0 + RADIUS * dot(point, &self.right),
            CENTRE.1 - RADIUS * dot(point, &self.up),
        )
    }

    /// The points as the data of a path.
    fn path(&self, points: &[Point], closed: bool) -> String {
        let mut data = String::new();
        for (i, point) in points.iter().enumerate() {
            let (x, y) = self.place(point);
            let _ = write!(data, "{}{x:.2} {y:.2}", if i == 0 { "M" } else { " L" });
        }
        if closed {
            data.push_str(" Z");
        }
        data
    }

    /// The circle at a height over the plane with this normal.
    fn circle(normal: &Point, height: f64) -> Vec<Point> {
        let least = (0..3)
            .min_by(|&a, &b| normal[a].abs().total_cmp(&normal[b].abs()))
            .unwrap_or(0);
        let mut axis = [0.0; 3];
        axis[least] = 1.0;
        let first = unit(&cross(normal, &axis));
        let second = cross(normal, &first);
        let radius = (1.0 - height * height).max(0.0).sqrt();
        (0..=SEGMENTS)
            .map(|i| {
                let turn = std::f64::consts::TAU * f64::from(i) / f64::from(SEGMENTS);
                let (sine, cosine) = turn.sin_cos();
                std::array::from_fn(|l| {
                    height * normal[l] + radius * (cosine * first[l] + sine * second[l])
                })
            })
            .collect()
    }

    /// The parts of a closed line of the sphere before or behind its centre.
    fn parts(&self, line: &[Point], before: bool) -> Vec<Vec<Point>> {
        let mut parts = vec![Vec::new()];
        for point in line {
            if (dot(point, &self.toward) >= 0.0) == before {
                if let Some(part) = parts.last_mut() {
                    part.push(*point);
                }
            } else if parts.last().is_some_and(|part| !part.is_empty()) {
                parts.push(Vec::new());
            }
        }
        parts.retain(|part| part.len() > 1);
        parts
    }

    fn graticule(&self, svg: &mut String, before: bool) {
        let mut lines: Vec<Vec<Point>> = [-0.5, 0.0, 0.5]
            .iter()
            .map(|height| Self::circle(&[0.0, 0.0, 1.0], *height))
            .collect();
        for turn in [0.0_f64, 60.0, 120.0] {
            let (sine, cosine) = turn.to_radians().sin_cos();
            lines.push(Self::circle(&[cosine, sine, 0.0], 0.0));
        }
        let colour = if before { "#b9bec6" } else { "#dcdfe4" };
        for part in lines.iter().flat_map(|line| self.parts(line, before)) {
            let _ = writeln!(
                svg,
                r#"<path d="{}" fill="none" stroke="{colour}" stroke-width="0.8"/>"#,
                self.path(&part, false)
            );
        }
    }

    fn draw_faces(&self, svg: &mut String, before: bool) {
        let light = unit(&std::array::from_fn(|i| {
            self.toward[i] + 0.6 * self.up[i] - 0.5 * self.right[i]
        }));
        for (corners, normal) in &self.faces {
            if (dot(normal, &self.toward) >= 0.0) != before {
                continue;
            }
            // Faces turned to the light are paler.
            let bright = dot(normal, &light).max(0.0);
            let opacity = if before { 0.52 - 0.30 * bright } else { 0.14 };
            let (width, edge) = if before { (1.5, 0.95) } else { (0.8, 0.35) };
            let _ = writeln!(
                svg,
                r#"<path d="{}" fill="{c}" fill-opacity="{opacity:.3}" stroke="{c}" stroke-opacity="{edge}" stroke-width="{width}" stroke-linejoin="round"/>"#,
                self.path(corners, true),
                c = self.colour,
            );
        }
    }

    fn draw_points(&self, svg: &mut String, before: bool) {
        for point in &self.points {
            if (dot(point, &self.toward) >= 0.0) != before {
                continue;
            }
            let (x, y) = self.place(point);
            let (radius, opacity) = if before { (4.6, 1.0) } else { (3.6, 0.45) };
            let _ = writeln!(
                svg,
                r##"<circle cx="{x:.2}" cy="{y:.2}" r="{radius}" fill="{}" fill-opacity="{opacity}" stroke="#ffffff" stroke-width="1.1"/>"##,
                self.colour
            );
        }
    }

    fn draw_normal(&self, svg: &mut String, normal: &Point) {
        let (x, y) = self.place(&normal.map(|x| 1.22 * x));
        let (dx, dy) = (x - CENTRE.0, y - CENTRE.1);
        let length = dx.hypot(dy).max(1e-9);
        let (ux, uy) = (dx / length, dy / length);
        let (bx, by) = (x - 10.0 * ux, y - 10.0 * uy);
        let _ = writeln!(
            svg,
            r#"<path d="M{:.2} {:.2} L{bx:.2} {by:.2}" stroke="{MARK}" stroke-width="1.8"/><path d="M{x:.2} {y:.2} L{:.2} {:.2} L{:.2} {:.2} Z" fill="{MARK}"/>"#,
            CENTRE.0,
            CENTRE.1,
            bx - 4.5 * uy,
            by + 4.5 * ux,
            bx + 4.5 * uy,
            by - 4.5 * ux,
        );
        let _ = writeln!(
            svg,
            r#"<text x="{:.2}" y="{:.2}" font-size="14" font-style="italic" fill="{MARK}">n</text>"#,
            x + 8.0,
            y + 4.0
        );
    }

    /// The picture as an SVG document.
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        let _ = writeln!(
            svg,
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" font-family="DejaVu Sans, sans-serif">
<rect width="{w}" height="{h}" fill="white"/>
<defs><radialGradient id="ball" cx="0.38" cy="0.32" r="0.75"><stop offset="0" stop-color="white"/><stop offset="1" stop-color="{SHADE}"/></radialGradient></defs>
<text x="{x}" y="30" font-size="15" text-anchor="middle" fill="{MARK}">{title}</text>
<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="url(#ball)" stroke="{GUIDE}" stroke-width="1"/>"#,
            w = SIZE.0,
            h = SIZE.1,
            x = CENTRE.0,
            y = CENTRE.1,
            title = escaped(&self.title),
        );
        self.graticule(&mut svg, false);
        if let Some(normal) = &self.half_space {
            let _ = writeln!(
                svg,
                r#"<path d="{}" fill="{GUIDE}" fill-opacity="0.22" stroke="{GUIDE}" stroke-width="1.2"/>"#,
                self.path(&Self::circle(normal, 0.0), true)
            );
        }
        self.draw_points(&mut svg, false);
        self.draw_faces(&mut svg, false);
        let (x, y) = CENTRE;
        if let Some(normal) = &self.half_space {
            self.draw_normal(&mut svg, normal);
        }
        self.draw_faces(&mut svg, true);
        self.graticule(&mut svg, true);
        self.draw_points(&mut svg, true);
        let _ = writeln!(
            svg,
            r##"<circle cx="{x}" cy="{y}" r="4.2" fill="{MARK}" stroke="#ffffff" stroke-width="1.2"/><text x="{:.1}" y="{:.1}" font-size="13" fill="{MARK}">0</text>"##,
            x + 7.0,
            y + 13.0
        );
        for (line, note) in self.notes.iter().enumerate() {
            let _ = writeln!(
                svg,
                r##"<text x="{x}" y="{:.1}" font-size="12" text-anchor="middle" fill="#444444">{}</text>"##,
                CENTRE.1 + RADIUS + 34.0 + 17.0 * line as f64,
                escaped(note)
            );
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn escaped(words: &str) -> String {
    words
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
