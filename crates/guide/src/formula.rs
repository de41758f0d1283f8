use anyhow::{Result, anyhow};
use pulldown_latex::config::DisplayMode;
use pulldown_latex::{Parser, RenderConfig, Storage, push_mathml};

/// A formula in LaTeX as MathML, on a line of its own or within one.
///
/// # Errors
/// LaTeX that the parser does not know.
pub(crate) fn mathml(latex: &str, display: bool) -> Result<String> {
    let refusal = |reason: String| anyhow!("the formula `{latex}` cannot be typeset: {reason}");
    let storage = Storage::new();
    let events: Vec<_> = Parser::new(latex, &storage)
        .collect::<Result<_, _>>()
        .map_err(|error| refusal(error.to_string()))?;
    let config = RenderConfig {
        display_mode: if display {
            DisplayMode::Block
        } else {
            DisplayMode::Inline
        },
        annotation: Some(latex),
        ..RenderConfig::default()
    };
    let events = events.into_iter().map(Ok::<_, std::convert::Infallible>);
    let mut html = String::new();
    push_mathml(&mut html, events, config).map_err(|error| refusal(error.to_string()))?;
    Ok(html)
}

#[cfg(test)]
mod tests {
    use super::mathml;

    #[test]
    fn a_formula_becomes_mathml_that_keeps_its_source() {
        let html = mathml(r"\frac{1}{2\pi}", false).unwrap();
        assert!(html.starts_with("<math") && html.contains("<mfrac>"));
        assert!(html.contains(r"\frac{1}{2\pi}"));
    }

    #[test]
    fn what_is_no_latex_is_refused_with_the_formula() {
        let refusal = mathml(r"\frac{1}", true).unwrap_err().to_string();
        assert!(refusal.contains(r"\frac{1}"), "{refusal}");
    }
}
