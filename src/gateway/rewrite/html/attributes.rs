//! Which attributes hold URLs, and how.

/// How an attribute holds URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// It is one.
    Url,
    /// Several, with space between them.
    List,
    /// Images of several sizes.
    Srcset,
    /// A style sheet's declarations.
    Style,
    /// A page of its own.
    Page,
    /// The `content` of a `meta` that may be a refresh.
    MetaContent,
    /// The `data-settings` of a `meta` that may be the workbench's.
    MetaSettings,
}

/// The longest name that is looked for has 14 characters.
const LONGEST: usize = 16;

/// A name in lower case; none for one that is longer than any that is looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lower {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Lower {
    /// Takes a name in whatever case.
    pub fn new(name: &[u8]) -> Option<Lower> {
        let mut lower = Lower { bytes: [0; LONGEST], length: name.len() };
        lower.bytes.get_mut(..name.len())?.copy_from_slice(name);
        lower.bytes.make_ascii_lowercase();
        Some(lower)
    }

    /// The name.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// How the attribute `name` of a `tag` holds URLs; none if it holds none. A tag that is not known
/// (a custom element, something of SVG's) is believed to mean by `src` and `href` what all mean.
pub fn holds(tag: &[u8], name: &[u8]) -> Option<Holds> {
    let holds = match name {
        b"href" | b"src" | b"xlink:href" => Holds::Url,
        b"srcset" => Holds::Srcset,
        b"style" => Holds::Style,
        b"attributionsrc" => Holds::List,
        b"content" if tag == b"meta" => Holds::MetaContent,
        b"data-settings" if tag == b"meta" => Holds::MetaSettings,
        b"srcdoc" if tag == b"iframe" => Holds::Page,
        b"imagesrcset" if tag == b"link" => Holds::Srcset,
        b"ping" if matches!(tag, b"a" | b"area") => Holds::List,
        b"archive" if tag == b"object" => Holds::List,
        b"profile" if tag == b"head" => Holds::List,
        // What SVG draws with (SVG 2 §6.6, "presentation attributes").
        b"clip-path" | b"cursor" | b"fill" | b"filter" | b"marker" | b"marker-end"
        | b"marker-mid" | b"marker-start" | b"mask" | b"stroke" => Holds::Style,
        _ => return is_url(tag, name).then_some(Holds::Url),
    };
    Some(holds)
}

/// Attributes that are a URL on some tags and may be anything on others. Obsolete ones are among
/// them, since browsers still follow them.
fn is_url(tag: &[u8], name: &[u8]) -> bool {
    match name {
        b"action" => tag == b"form",
        b"formaction" => matches!(tag, b"button" | b"input"),
        b"poster" => tag == b"video",
        b"data" => tag == b"object",
        b"codebase" => matches!(tag, b"object" | b"applet"),
        b"cite" => matches!(tag, b"blockquote" | b"del" | b"ins" | b"q"),
        b"manifest" => tag == b"html",
        b"icon" => matches!(tag, b"command" | b"menuitem"),
        b"longdesc" => matches!(tag, b"frame" | b"iframe" | b"img"),
        b"lowsrc" | b"dynsrc" => matches!(tag, b"img" | b"input"),
        b"background" => {
            matches!(
                tag,
                b"body" | b"table" | b"tbody" | b"td" | b"tfoot" | b"th" | b"thead" | b"tr"
            )
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_in_any_case() {
        assert_eq!(Lower::new(b"XLink:HREF").unwrap().as_bytes(), b"xlink:href");
        assert_eq!(Lower::new(b"").unwrap().as_bytes(), b"");
        assert!(Lower::new(b"data-something-long").is_none());
    }

    #[test]
    fn some_names_mean_something_on_some_tags_only() {
        assert_eq!(holds(b"object", b"data"), Some(Holds::Url));
        assert_eq!(holds(b"x-chart", b"data"), None);
        assert_eq!(holds(b"form", b"action"), Some(Holds::Url));
        assert_eq!(holds(b"turbo-stream", b"action"), None);
        assert_eq!(holds(b"x-image", b"src"), Some(Holds::Url));
        assert_eq!(holds(b"a", b"title"), None);
        assert_eq!(holds(b"a", b"onclick"), None);
        assert_eq!(holds(b"input", b"value"), None);
    }
}
