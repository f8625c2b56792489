//! Which responses are rewritten.

/// How a body holds URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A page.
    Html,
    /// A page or a picture in XML, in which any element may be closed by its own tag.
    Xml,
    /// A style sheet.
    Css,
    /// A web manifest.
    Manifest,
}

impl Kind {
    /// Decides by `Content-Type` and by the path that was asked for, in which a query does not
    /// matter. None for a body without URLs that could be told from other text, and for one in a
    /// charset in which ASCII characters are not single bytes of the same value, or other
    /// characters hold such bytes.
    pub fn of(content_type: &[u8], path: &str) -> Option<Kind> {
        let content_type = content_type.to_ascii_lowercase();
        let mut parts = content_type.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
        let essence = parts.next().unwrap_or_default();
        if parts.filter_map(charset).any(|charset| !is_like_ascii(charset)) {
            return None;
        }
        match essence {
            b"text/html" => Some(Kind::Html),
            b"application/xhtml+xml" | b"image/svg+xml" => Some(Kind::Xml),
            b"text/css" => Some(Kind::Css),
            b"application/manifest+json" => Some(Kind::Manifest),
            b"application/json" | b"application/octet-stream" | b"text/plain" | b"" => {
                is_manifest(essence, path).then_some(Kind::Manifest)
            }
            _ => None,
        }
    }
}

/// A manifest by its name: servers that do not know the type send others.
fn is_manifest(essence: &[u8], path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    name.ends_with(".webmanifest") || (name == "manifest.json" && essence == b"application/json")
}

/// The value of a `charset` parameter, without quotes.
fn charset(parameter: &[u8]) -> Option<&[u8]> {
    let value = parameter.strip_prefix(b"charset=")?;
    Some(value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value))
}

/// False for those that [`super`] cannot read.
fn is_like_ascii(charset: &[u8]) -> bool {
    let others: [&[u8]; 9] = [
        b"utf-16",
        b"utf16",
        b"utf-32",
        b"utf32",
        b"utf-7",
        b"ucs-2",
        b"unicode",
        b"iso-2022",
        b"csiso2022",
    ];
    let whole: [&[u8]; 4] = [b"iso-10646-ucs-2", b"csunicode", b"hz-gb-2312", b"replacement"];
    !others.iter().any(|other| charset.starts_with(other)) && !whole.contains(&charset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_decides() {
        for (content_type, path, kind) in [
            ("text/html", "/", Some(Kind::Html)),
            ("Text/HTML; charset=utf-8", "/x.css", Some(Kind::Html)),
            (" text/html ;charset=\"windows-1252\"", "/", Some(Kind::Html)),
            ("text/html;charset=shift_jis", "/", Some(Kind::Html)),
            ("text/html; charset=utf-16le", "/", None),
            ("text/html; charset=\"UTF-16\"", "/", None),
            ("text/html; charset = utf-16", "/", Some(Kind::Html)),
            ("text/html; charset=iso-2022-jp", "/", None),
            ("application/xhtml+xml", "/", Some(Kind::Xml)),
            ("image/svg+xml", "/x.svg", Some(Kind::Xml)),
            ("text/css", "/x", Some(Kind::Css)),
            ("application/manifest+json", "/x", Some(Kind::Manifest)),
            ("application/json", "/a/manifest.json?v=1", Some(Kind::Manifest)),
            ("application/json", "/a/site.webmanifest", Some(Kind::Manifest)),
            ("application/octet-stream", "/site.webmanifest", Some(Kind::Manifest)),
            ("", "/site.webmanifest", Some(Kind::Manifest)),
            ("text/plain", "/manifest.json", None),
            ("application/json", "/api?x=manifest.json", None),
            ("application/json", "/my-manifest.json", None),
            ("text/html", "/manifest.json", Some(Kind::Html)),
            ("text/javascript", "/x.js", None),
            ("image/png", "/x.svg", None),
            ("text/htmlx", "/", None),
            ("", "/", None),
        ] {
            assert_eq!(Kind::of(content_type.as_bytes(), path), kind, "{content_type} {path}");
        }
    }
}
