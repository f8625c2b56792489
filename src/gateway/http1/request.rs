//! The head of a request (RFC 9112 §3).

use super::fields::{Fields, Lines, Span};
use super::syntax::{self, Malformed};

/// The most header fields of a request.
const MOST_FIELDS: usize = 256;

/// A version of HTTP/1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
}

impl Version {
    pub(super) fn of(text: &[u8]) -> Result<Version, Malformed> {
        match text {
            b"HTTP/1.1" => Ok(Version::Http11),
            b"HTTP/1.0" => Ok(Version::Http10),
            [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => {
                Err(Malformed::Version)
            }
            _ => Err(Malformed::FirstLine),
        }
    }
}

/// The head of a request: its bytes, and where everything stands in them.
#[derive(Debug, Default)]
pub struct RequestHead {
    bytes: Vec<u8>,
    method: Span,
    authority: Option<Span>,
    target: Span,
    version: Version,
    lines: Lines,
}

impl RequestHead {
    /// Reads a head whose end has been found. The space that an earlier one took is used again.
    pub fn read(&mut self, head: &[u8]) -> Result<(), Malformed> {
        self.bytes.clear();
        self.bytes.extend_from_slice(head);
        self.lines.clear();
        self.authority = None;
        let end = syntax::line_end(head, 0)?;
        self.first_line(head.get(..end).unwrap_or_default())?;
        syntax::fields(head, end + 2, MOST_FIELDS, &mut self.lines)
    }

    fn first_line(&mut self, line: &[u8]) -> Result<(), Malformed> {
        let after_method = memchr::memchr(b' ', line).ok_or(Malformed::FirstLine)?;
        let before_version = memchr::memrchr(b' ', line).ok_or(Malformed::FirstLine)?;
        let target = line.get(after_method + 1..before_version).ok_or(Malformed::FirstLine)?;
        if !line.get(..after_method).is_some_and(syntax::is_token) {
            return Err(Malformed::FirstLine);
        }
        self.version = Version::of(line.get(before_version + 1..).unwrap_or_default())?;
        if !syntax::is_target(target) {
            return Err(Malformed::Target);
        }
        self.method = Span::new(0, after_method);
        self.locate_target(target, after_method + 1)
    }

    /// Tells a path from a URL (RFC 9112 §3.2), and parts the URL.
    fn locate_target(&mut self, target: &[u8], start: usize) -> Result<(), Malformed> {
        let end = start + target.len();
        self.target = Span::new(start, end);
        if self.method() == "CONNECT" {
            return Err(Malformed::Connect);
        }
        if target.starts_with(b"/") || (target == b"*" && self.method() == "OPTIONS") {
            return Ok(());
        }
        let authority = after_scheme(target).ok_or(Malformed::Target)?;
        let length = authority.iter().position(|byte| matches!(byte, b'/' | b'?'));
        let length = length.unwrap_or(authority.len());
        let authority_start = end - authority.len();
        self.authority = Some(Span::new(authority_start, authority_start + length));
        self.target = Span::new(authority_start + length, end);
        // `http://host?query` has no path; one cannot be told apart from it by another server.
        if self.target().starts_with('?') { Err(Malformed::Target) } else { Ok(()) }
    }

    /// The method, in the client's case.
    pub fn method(&self) -> &str {
        ascii(self.method.of(&self.bytes))
    }

    /// The version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The path and the query, byte for byte; `*` for `OPTIONS *`.
    pub fn target(&self) -> &str {
        match self.target.of(&self.bytes) {
            b"" => "/",
            target => ascii(target),
        }
    }

    /// The path.
    pub fn path(&self) -> &str {
        self.target().split_once('?').map_or(self.target(), |(path, _)| path)
    }

    /// The query, without its question mark; none where there is no question mark.
    pub fn query(&self) -> Option<&str> {
        self.target().split_once('?').map(|(_, query)| query)
    }

    /// The host and port of a target that is a whole URL.
    pub fn authority(&self) -> Option<&str> {
        self.authority.map(|span| ascii(span.of(&self.bytes)))
    }

    /// The header fields.
    pub fn fields(&self) -> Fields<'_> {
        Fields { bytes: &self.bytes, lines: &self.lines }
    }

    /// Whether the method only reads (RFC 9110 §9.2.1).
    pub fn is_safe(&self) -> bool {
        matches!(self.method(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }

    /// Whether it may be sent twice (RFC 9110 §9.2.2).
    pub fn is_idempotent(&self) -> bool {
        self.is_safe() || matches!(self.method(), "PUT" | "DELETE")
    }

    /// Whether the answer is a head alone.
    pub fn is_head(&self) -> bool {
        self.method() == "HEAD"
    }

    /// Whether it is `GET` or `HEAD`.
    pub fn reads(&self) -> bool {
        matches!(self.method(), "GET" | "HEAD")
    }

    /// Gives back what space of an unusually large head is.
    pub fn trim(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(2048);
        self.lines.clear();
    }
}

fn after_scheme(target: &[u8]) -> Option<&[u8]> {
    ["http://", "https://"].iter().find_map(|scheme| {
        let start = target.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme.as_bytes()).then(|| target.get(scheme.len()..))?
    })
}

/// What was checked to be ASCII already.
fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(first: &str) -> Result<RequestHead, Malformed> {
        let mut head = RequestHead::default();
        head.read(format!("{first}\r\nHost: a\r\n\r\n").as_bytes()).map(|()| head)
    }

    #[test]
    fn targets_are_kept_byte_for_byte() {
        for target in ["/", "//", "/a%2Fb?c=%3F?d", "/a;b/../c", "/{}|\\^`\"<>", "/?", "/a//b"] {
            let head = read(&format!("GET {target} HTTP/1.1")).unwrap();
            assert_eq!(head.target(), target);
        }
    }

    #[test]
    fn a_url_is_parted() {
        for (url, authority, target) in [
            ("http://a", "a", "/"),
            ("http://a/", "a", "/"),
            ("HTTP://a:80/b?c", "a:80", "/b?c"),
            ("https://[::1]:1/x", "[::1]:1", "/x"),
            ("http:///x", "", "/x"),
        ] {
            let head = read(&format!("GET {url} HTTP/1.1")).unwrap();
            assert_eq!((head.authority(), head.target()), (Some(authority), target));
        }
    }

    #[test]
    fn path_and_query_are_parted_at_the_first_question_mark() {
        let head = read("GET /a?b?c HTTP/1.0").unwrap();
        assert_eq!((head.path(), head.query()), ("/a", Some("b?c")));
        assert_eq!(head.version(), Version::Http10);
        assert_eq!(read("GET /a HTTP/1.1").unwrap().query(), None);
    }

    #[test]
    fn other_first_lines_are_refused() {
        for (line, reason) in [
            ("GET /", Malformed::FirstLine),
            ("GET", Malformed::FirstLine),
            ("", Malformed::FirstLine),
            (" / HTTP/1.1", Malformed::FirstLine),
            ("G(T / HTTP/1.1", Malformed::FirstLine),
            ("GET / http/1.1", Malformed::FirstLine),
            ("GET / HTTP/1.1 ", Malformed::FirstLine),
            ("GET / HTTP/11", Malformed::FirstLine),
            ("GET / HTTP/2.0", Malformed::Version),
            ("GET / HTTP/1.2", Malformed::Version),
            ("GET / HTTP/0.9", Malformed::Version),
            ("GET  / HTTP/1.1", Malformed::Target),
            ("GET /  HTTP/1.1", Malformed::Target),
            ("GET /a b HTTP/1.1", Malformed::Target),
            ("GET /a\tb HTTP/1.1", Malformed::Target),
            ("GET /a#b HTTP/1.1", Malformed::Target),
            ("GET /\u{e9} HTTP/1.1", Malformed::Target),
            ("GET a HTTP/1.1", Malformed::Target),
            ("GET * HTTP/1.1", Malformed::Target),
            ("CONNECT a:80 HTTP/1.1", Malformed::Connect),
            ("CONNECT / HTTP/1.1", Malformed::Connect),
            ("CONNECT http://a/ HTTP/1.1", Malformed::Connect),
            ("GET ftp://a/ HTTP/1.1", Malformed::Target),
            ("GET http://a?b HTTP/1.1", Malformed::Target),
        ] {
            assert_eq!(read(line).err(), Some(reason), "{line:?}");
        }
        assert!(read("OPTIONS * HTTP/1.1").is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            let _ = RequestHead::default().read(&bytes);
        }
    }
}
