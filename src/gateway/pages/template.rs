//! Pages put together from files.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const LAYOUT: &str = include_str!("layout.html");

/// A page before it is put together. Everything in it is HTML already.
pub struct Page<'a> {
    /// What the browser's tab says.
    pub title: &'a str,
    /// More for the page's head.
    pub head: &'a str,
    /// A class for all of it; may be empty.
    pub kind: &'a str,
    /// What is shown.
    pub body: &'a str,
    /// What runs; may be empty.
    pub script: &'a str,
    /// Whether other pages of ours stand in it.
    pub has_frames: bool,
}

impl<'a> Page<'a> {
    /// A plain page.
    pub fn new(title: &'a str, body: &'a str) -> Page<'a> {
        Page { title, head: "", kind: "", body, script: "", has_frames: false }
    }

    /// The whole page.
    pub fn html(&self, style: &str) -> String {
        let script = match self.script {
            "" => String::new(),
            script => format!("<script>{script}</script>"),
        };
        let parts = [
            ("title", self.title),
            ("head", self.head),
            ("style", style),
            ("kind", self.kind),
            ("body", self.body),
            ("script", &script),
        ];
        replace(LAYOUT, &parts, str::to_owned)
    }

    /// The policy under which only this page's own style and script work.
    pub fn content_security_policy(&self, style: &str) -> String {
        let script = match self.script {
            "" => "'none'".to_owned(),
            script => hash(script),
        };
        let frames = if self.has_frames { "'self'" } else { "'none'" };
        format!(
            "default-src 'none'; style-src {}; script-src {script}; img-src data:; \
             connect-src 'self'; frame-src {frames}; form-action 'self'; base-uri 'none'",
            hash(style)
        )
    }
}

/// A source expression that admits one text (CSP Level 3 §2.3.1).
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// Puts values in for `{{name}}`, escaped for HTML text and quoted attributes.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    replace(template, values, escape)
}

/// Puts values in, in one pass: what looks like a name within a value stays as it is.
fn replace(template: &str, values: &[(&str, &str)], prepare: fn(&str) -> String) -> String {
    let mut pieces = template.split("{{");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").unwrap_or(("", piece));
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(&value.map_or(String::new(), |(_, value)| prepare(value)));
        filled.push_str(rest);
    }
    filled
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_is_escaped_and_never_filled_itself() {
        let values = [("a", "<b> & \"{{b}}\" 'x'"), ("b", "no")];
        assert_eq!(fill("{{a}}", &values), "&lt;b&gt; &amp; &quot;{{b}}&quot; &#39;x&#39;");
    }

    proptest! {
        #[test]
        fn no_value_leaves_its_attribute(value in "\\PC{0,40}") {
            let filled = fill("<i a=\"{{v}}\">", &[("v", &value)]);
            prop_assert_eq!(filled.matches('"').count(), 2);
            prop_assert_eq!(filled.matches('<').count(), 1);
        }
    }
}
