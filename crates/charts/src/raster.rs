//! Drawings as pixels.

use std::sync::OnceLock;

use anyhow::Context as _;
use base64::Engine as _;
use kuva::backend::svg::SvgBackend;
use kuva::render::render::Scene;
use resvg::{tiny_skia, usvg};

/// Pixels of the PNG for each pixel of the SVG.
const PNG_SCALE: f32 = 2.0;

/// An SVG document as a PNG of twice its size, its letters set in DejaVu Sans.
///
/// # Errors
/// When the document cannot be read or is too large.
pub fn rasterise(svg: &str) -> anyhow::Result<Vec<u8>> {
    let mut options = usvg::Options {
        font_family: "DejaVu Sans".to_owned(),
        ..usvg::Options::default()
    };
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
