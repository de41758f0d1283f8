//! The guide: the pages of `docs/guide`, rendered as web pages with typeset formulas.
//!
//! The pages are Markdown with formulas between dollar signs. Their Rust examples are tests of this crate, their links are
//! checked, and `cargo xtask guide` writes them to `target/guide`. A formula becomes MathML, which browsers draw without a
//! script and without the network.
//!
//! Invariant: this crate holds no mathematics and no text of the guide.

mod book;
mod formula;
mod page;

pub use book::{Chapter, chapters, write};
pub use page::Page;

/// The examples of the guide and of the README, as tests.
#[cfg(doctest)]
mod examples {
    macro_rules! pages {
        ($($name:ident: $path:literal,)*) => {$(
            #[doc = include_str!(concat!("../../../docs/guide/", $path))]
            pub struct $name;
        )*};
    }
    pages! {
        Landscape: "landscape.md",
        Recipes: "recipes.md",
        Trust: "trust.md",
        Readme: "../../README.md",
    }
}
