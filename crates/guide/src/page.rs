use anyhow::Result;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::formula::mathml;

/// A page of the guide: its title, its HTML, and where its links lead.
#[derive(Debug, Clone)]
pub struct Page {
    /// The heading of level 1.
    pub title: String,
    /// The body.
    pub html: String,
    /// The targets of its links and pictures, as written.
    pub links: Vec<String>,
    /// The anchors of its headings.
    pub anchors: Vec<String>,
}

impl Page {
    /// Renders Markdown; headings get anchors, formulas become MathML, and links to `name.md` lead to `name.html`.
    ///
    /// # Errors
    /// A formula that cannot be typeset.
    pub fn render(markdown: &str) -> Result<Self> {
        let options = Options::ENABLE_MATH | Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
        let mut events: Vec<Event<'_>> = Vec::new();
        let (mut title, mut links, mut anchors) = (String::new(), Vec::new(), Vec::new());
        // Where the heading that is being read begins, and its text.
        let mut heading: Option<(usize, String)> = None;
        for event in Parser::new_ext(markdown, options) {
            match event {
                Event::InlineMath(latex) => {
                    events.push(Event::InlineHtml(mathml(&latex, false)?.into()));
                }
                Event::DisplayMath(latex) => {
                    events.push(Event::InlineHtml(mathml(&latex, true)?.into()));
                }
                Event::Start(Tag::Heading { .. }) => {
                    heading = Some((events.len(), String::new()));
                    events.push(event);
                }
                Event::End(TagEnd::Heading(level)) => {
                    if let Some((at, text)) = heading.take() {
                        if level == HeadingLevel::H1 {
                            title.clone_from(&text);
                        }
                        let id = anchor(&text);
                        events[at] = Event::Start(Tag::Heading {
                            level,
                            id: Some(CowStr::from(id.clone())),
                            classes: Vec::new(),
                            attrs: Vec::new(),
                        });
                        anchors.push(id);
                    }
                    events.push(event);
                }
                Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    id,
                }) => {
                    links.push(dest_url.to_string());
                    events.push(Event::Start(Tag::Link {
                        link_type,
                        dest_url: target(&dest_url).into(),
                        title,
                        id,
                    }));
                }
                Event::Start(Tag::Image { ref dest_url, .. }) => {
                    links.push(dest_url.to_string());
                    events.push(event);
                }
                Event::Text(ref text) | Event::Code(ref text) => {
                    if let Some((_, heading)) = &mut heading {
                        heading.push_str(text);
                    }
                    events.push(event);
                }
                other => events.push(other),
            }
        }
        let mut body = String::new();
        html::push_html(&mut body, events.into_iter());
        Ok(Self {
            title,
            html: body,
            links,
            anchors,
        })
    }
}

/// The anchor of a heading, as GitHub makes it: lower case, blanks become hyphens, punctuation goes.
pub(crate) fn anchor(heading: &str) -> String {
    heading
        .trim()
        .chars()
        .filter_map(|letter| match letter {
            ' ' | '-' => Some('-'),
            letter if letter.is_alphanumeric() || letter == '_' => Some(letter),
            _ => None,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Where a link of a page leads on the web: pages of the guide stand beside each other.
fn target(link: &str) -> String {
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    if path.contains('/') {
        return link.to_owned();
    }
    let Some(stem) = path.strip_suffix(".md") else {
        return link.to_owned();
    };
    if fragment.is_empty() {
        format!("{stem}.html")
    } else {
        format!("{stem}.html#{fragment}")
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn headings_get_the_anchors_that_links_use() {
        let page = Page::render("# A title\n\n## How `loss` is defined, exactly\n").unwrap();
        assert_eq!(page.title, "A title");
        assert_eq!(page.anchors, ["a-title", "how-loss-is-defined-exactly"]);
        assert!(
            page.html
                .contains(r#"<h2 id="how-loss-is-defined-exactly">"#)
        );
    }

    #[test]
    fn links_to_pages_lead_to_rendered_pages_and_others_stay() {
        let page =
            Page::render("[a](b.md#c) [d](../CLI.md) [e](https://example.org/f.md)").unwrap();
        assert!(page.html.contains(r#"href="b.html#c""#));
        assert!(
            page.html.contains(r#"href="../CLI.md""#) && page.html.contains("example.org/f.md")
        );
        assert_eq!(
            page.links,
            ["b.md#c", "../CLI.md", "https://example.org/f.md"]
        );
    }

    #[test]
    fn a_dollar_in_code_is_no_formula() {
        let page = Page::render("`$x$` and $x$").unwrap();
        assert_eq!(page.html.matches("<math").count(), 1);
        assert!(page.html.contains("<code>$x$</code>"));
    }
}
