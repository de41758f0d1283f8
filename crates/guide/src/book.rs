use std::path::Path;

use anyhow::{Context as _, Result};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::page::Page;

const STYLE: &str = include_str!("guide.css");

/// The pages in reading order, without `.md`. A test compares the list with the folder.
const ORDER: &[&str] = &["index", "conventions", "landscape", "recipes", "trust"];

/// A rendered page and the name of its file.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// The name of the file, without its ending.
    pub name: &'static str,
    /// The page.
    pub page: Page,
}

/// Reads and renders the pages of the guide in `folder`, in reading order.
///
/// # Errors
/// A page that is missing, or a formula that cannot be typeset.
pub fn chapters(folder: &Path) -> Result<Vec<Chapter>> {
    ORDER
        .iter()
        .map(|&name| {
            let path = folder.join(name).with_extension("md");
            let markdown = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let page = Page::render(&markdown).with_context(|| format!("in {}", path.display()))?;
            Ok(Chapter { name, page })
        })
        .collect()
}

/// Writes one HTML file a chapter to `folder`; each has its style and its formulas inside.
///
/// # Errors
/// What the system says.
pub fn write(chapters: &[Chapter], folder: &Path) -> Result<()> {
    for (at, chapter) in chapters.iter().enumerate() {
        let path = folder.join(chapter.name).with_extension("html");
        arrays::write::with_folders(&path, document(chapters, at).into_string().as_bytes())?;
    }
    Ok(())
}

fn document(chapters: &[Chapter], at: usize) -> Markup {
    let page = &chapters[at].page;
    let step = |name: &str, to: Option<&Chapter>| {
        to.map(|chapter| {
            html! { a rel=(name) href=(format!("{}.html", chapter.name)) { (chapter.page.title) } }
        })
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (page.title) " – relu-lab" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                nav aria-label="chapters" {
                    ol {
                        @for (other, chapter) in chapters.iter().enumerate() {
                            li {
                                a href=(format!("{}.html", chapter.name)) aria-current=[(other == at).then_some("page")] {
                                    (chapter.page.title)
                                }
                            }
                        }
                    }
                }
                main { (PreEscaped(&page.html)) }
                footer {
                    span { (step("prev", at.checked_sub(1).map(|at| &chapters[at])).unwrap_or_default()) }
                    span { (step("next", chapters.get(at + 1)).unwrap_or_default()) }
                }
            }
        }
    }
}
