//! What is put before a path, in the notations that the places ask for.

/// The base path without its last slash, such as `/user/alice`. Whatever a URL's path must not
/// hold as it is was percent-encoded, so that none of it ends a quoted string, a tag or a line.
#[derive(Debug)]
pub struct Prefix {
    plain: Vec<u8>,
}

/// What the prefix stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// A URL, a string of JSON, or text whose quotes are doubled.
    Plain,
    /// A style sheet: a string in quotes of either kind, or `url(…)` without any.
    Css,
}

impl Prefix {
    /// Takes a base path, with or without slashes at its ends; none for `/`.
    pub fn new(path: &str) -> Option<Prefix> {
        let mut plain = Vec::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            plain.push(b'/');
            part.bytes().for_each(|byte| push_encoded(byte, &mut plain));
        }
        (!plain.is_empty()).then_some(Prefix { plain })
    }

    /// As it stands in a URL.
    pub fn plain(&self) -> &[u8] {
        &self.plain
    }

    /// As it is written in `notation`, and then `depth` times as the value of an attribute.
    pub fn written(&self, notation: Notation, depth: Depth) -> Vec<u8> {
        let mut text = match notation {
            Notation::Plain => self.plain.clone(),
            Notation::Css => escape_css(&self.plain),
        };
        for _ in 0..depth {
            text = escape_attribute(&text);
        }
        text
    }
}

/// How many attributes are around a place: an `srcdoc` holds tags with attributes of their own.
pub type Depth = u8;

/// Percent-encodes what the URL standard encodes in a path, what a browser reads as a slash, and
/// what would end the path (URL standard, "path percent-encode set").
fn push_encoded(byte: u8, out: &mut Vec<u8>) {
    if byte.is_ascii_graphic() && !br#"?#"<>\^`{|}"#.contains(&byte) {
        out.push(byte);
    } else {
        out.extend(format!("%{byte:02X}").bytes());
    }
}

/// A backslash makes any of these an ordinary character (CSS Syntax §4.3.7).
fn escape_css(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for &byte in text {
        if b"'()".contains(&byte) {
            escaped.push(b'\\');
        }
        escaped.push(byte);
    }
    escaped
}

/// Escapes for a value in quotes of either kind, or in none.
pub fn escape_attribute(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'&' => escaped.extend(b"&amp;"),
            b'\'' => escaped.extend(b"&#39;"),
            b'"' => escaped.extend(b"&quot;"),
            _ => escaped.push(byte),
        }
    }
    escaped
}

/// A value with `text` before each of the bytes at `places`, which are in order.
pub fn put_in(value: &[u8], places: &[usize], text: &[u8]) -> Vec<u8> {
    let mut new = Vec::with_capacity(value.len() + places.len() * text.len());
    let mut from = 0;
    for &at in places {
        new.extend_from_slice(value.get(from..at).unwrap_or_default());
        new.extend_from_slice(text);
        from = at;
    }
    new.extend_from_slice(value.get(from..).unwrap_or_default());
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_at_the_ends_do_not_matter() {
        for path in ["/user/alice", "/user/alice/", "user/alice", "//user//alice//"] {
            assert_eq!(Prefix::new(path).unwrap().plain(), b"/user/alice", "{path}");
        }
        assert!(Prefix::new("/").is_none());
        assert!(Prefix::new("").is_none());
    }

    #[test]
    fn what_would_end_a_path_is_encoded() {
        let prefix = Prefix::new("/a b/\"<\u{e9}>?#\\/x%20").unwrap();
        assert_eq!(prefix.plain(), b"/a%20b/%22%3C%C3%A9%3E%3F%23%5C/x%20");
    }

    #[test]
    fn each_notation_has_its_escapes() {
        let prefix = Prefix::new("/o'n(e)&").unwrap();
        let written = |notation, depth| String::from_utf8(prefix.written(notation, depth)).unwrap();
        assert_eq!(written(Notation::Plain, 0), "/o'n(e)&");
        assert_eq!(written(Notation::Css, 0), r"/o\'n\(e\)&");
        assert_eq!(written(Notation::Plain, 1), "/o&#39;n(e)&amp;");
        assert_eq!(written(Notation::Css, 1), r"/o\&#39;n\(e\)&amp;");
        assert_eq!(written(Notation::Plain, 2), "/o&amp;#39;n(e)&amp;amp;");
    }
}
