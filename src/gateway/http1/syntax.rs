//! What bytes may stand where in a head (RFC 9110 §5.6, RFC 9112 §2 to §5).
//!
//! Stricter than the standard asks for, wherever it lets a recipient be lenient: what we take and
//! the IDE reads differently is how one request hides another.

use super::fields::{Line, Lines, Span};
use super::name::Name;

/// Why a head is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A line ends with LF alone, or a CR stands within one.
    #[error("a line of the head does not end with CRLF")]
    LineEnd,
    /// The first line is not what it should be.
    #[error("the first line is not one of HTTP/1.1")]
    FirstLine,
    /// A version that is not 1.0 or 1.1.
    #[error("the HTTP version is not 1.0 or 1.1")]
    Version,
    /// The target is not a path, a URL or `*`.
    #[error("the request target is neither a path nor a URL")]
    Target,
    /// A tunnel is asked for (RFC 9110 §9.3.6).
    #[error("CONNECT is for proxies, and this is none")]
    Connect,
    /// A field's name is not a token, or there is white space before its colon.
    #[error("a header field's name is not a token followed by a colon")]
    FieldName,
    /// A line that goes on in the next one (RFC 9112 §5.2).
    #[error("a header field is folded over two lines")]
    Folded,
    /// A control character in a value.
    #[error("a header field's value holds a control character")]
    FieldValue,
    /// More fields than anybody needs.
    #[error("there are too many header fields")]
    TooManyFields,
}

const TOKEN: u8 = 1;
const TARGET: u8 = 2;
const VALUE: u8 = 4;

/// What each byte may be part of.
const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = class(byte as u8);
        byte += 1;
    }
    table
}

const fn class(byte: u8) -> u8 {
    let token = byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+')
        || matches!(byte, b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~');
    // A `#` would begin a fragment, which no client sends and which is read in two ways.
    let target = byte.is_ascii_graphic() && byte != b'#';
    let value = byte == b'\t' || (byte >= b' ' && byte != 0x7f);
    ((token as u8) * TOKEN) | ((target as u8) * TARGET) | ((value as u8) * VALUE)
}

fn all(bytes: &[u8], class: u8) -> bool {
    bytes.iter().all(|&byte| CLASSES.get(byte as usize).is_some_and(|found| found & class != 0))
}

/// Whether it is a token (RFC 9110 §5.6.2).
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && all(bytes, TOKEN)
}

/// Whether it may stand as a request target: visible ASCII but for `#`.
pub fn is_target(bytes: &[u8]) -> bool {
    !bytes.is_empty() && all(bytes, TARGET)
}

/// Whether it may stand as a field's value, or as the reason in a status line.
pub fn is_value(bytes: &[u8]) -> bool {
    all(bytes, VALUE)
}

/// Reads field lines up to the empty one; `at` is where the first begins in `bytes`, which end
/// with the empty line.
pub fn fields(
    bytes: &[u8],
    mut at: usize,
    most: usize,
    lines: &mut Lines,
) -> Result<(), Malformed> {
    loop {
        let end = line_end(bytes, at)?;
        if end == at {
            return Ok(());
        }
        if lines.len() >= most {
            return Err(Malformed::TooManyFields);
        }
        lines.push(field(bytes, at, end)?);
        at = end + 2;
    }
}

/// Where the line that begins at `at` ends: at its CRLF.
pub fn line_end(bytes: &[u8], at: usize) -> Result<usize, Malformed> {
    let rest = bytes.get(at..).unwrap_or_default();
    let feed = memchr::memchr(b'\n', rest).ok_or(Malformed::LineEnd)?;
    match feed.checked_sub(1).and_then(|before| rest.get(before)) {
        Some(b'\r') => Ok(at + feed - 1),
        _ => Err(Malformed::LineEnd),
    }
}

fn field(bytes: &[u8], start: usize, end: usize) -> Result<Line, Malformed> {
    let line = bytes.get(start..end).unwrap_or_default();
    if matches!(line, [b' ' | b'\t', ..]) {
        return Err(Malformed::Folded);
    }
    let colon = memchr::memchr(b':', line).ok_or(Malformed::FieldName)?;
    let (name, value) = line.split_at(colon);
    if !is_token(name) {
        return Err(Malformed::FieldName);
    }
    let value = value.get(1..).unwrap_or_default();
    if !is_value(value) {
        return Err(Malformed::FieldValue);
    }
    let before = value.iter().take_while(|byte| is_blank(**byte)).count();
    let after = value.iter().rev().take_while(|byte| is_blank(**byte)).count();
    let value_start = start + colon + 1 + before;
    Ok(Line {
        name: Name::of(name),
        spelled: Span::new(start, start + colon),
        value: Span::new(value_start, (end - after).max(value_start)),
    })
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Where a head ends that comes in pieces.
#[derive(Debug, Default, Clone, Copy)]
pub struct HeadEnd {
    first_line: Option<usize>,
    line_start: usize,
    seen: usize,
}

impl HeadEnd {
    /// Looks at what has come since the last time; `bytes` are all that came. Returns the head's
    /// length with its empty line once that is there. A line that ends with LF alone is refused at
    /// once: its sender would wait for an answer, and we for an end that never comes.
    pub fn find(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        while let Some(feed) = memchr::memchr(b'\n', bytes.get(self.seen..).unwrap_or_default()) {
            let feed = self.seen + feed;
            let length = feed - self.line_start;
            if length == 0 || bytes.get(feed - 1) != Some(&b'\r') {
                return Err(Malformed::LineEnd);
            }
            self.first_line.get_or_insert(length);
            (self.line_start, self.seen) = (feed + 1, feed + 1);
            if length == 1 {
                return Ok(Some(feed + 1));
            }
        }
        self.seen = bytes.len();
        Ok(None)
    }

    /// Whether nothing was looked at so far.
    pub fn is_new(&self) -> bool {
        self.seen == 0
    }

    /// How many bytes were looked at.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// How long the first line is, as far as it has come.
    pub fn first_line(&self) -> usize {
        self.first_line.unwrap_or(self.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::http1::fields::Fields;

    fn read(text: &str) -> Result<Vec<(String, String)>, Malformed> {
        let mut lines = Lines::default();
        fields(text.as_bytes(), 0, 4, &mut lines)?;
        let all = Fields { bytes: text.as_bytes(), lines: &lines };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(all.iter().map(|field| (text(field.spelled), text(field.value))).collect())
    }

    #[test]
    fn values_lose_the_white_space_around_them_and_nothing_else() {
        let found = read("A: b\r\nC:\t d  e \t\r\nF:\r\nG: \t \r\n\r\n").unwrap();
        let pairs: Vec<_> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(pairs, [("A", "b"), ("C", "d  e"), ("F", ""), ("G", "")]);
    }

    #[test]
    fn what_two_servers_may_read_differently_is_refused() {
        for (text, reason) in [
            ("A : b\r\n\r\n", Malformed::FieldName),
            ("A b\r\n\r\n", Malformed::FieldName),
            (": b\r\n\r\n", Malformed::FieldName),
            ("A: b\r\n c\r\n\r\n", Malformed::Folded),
            (" A: b\r\n\r\n", Malformed::Folded),
            ("A: b\n\r\n", Malformed::LineEnd),
            ("A: b\rc\r\n\r\n", Malformed::FieldValue),
            ("A: b\0\r\n\r\n", Malformed::FieldValue),
            ("A: b\x7f\r\n\r\n", Malformed::FieldValue),
            ("A\u{e9}: b\r\n\r\n", Malformed::FieldName),
            ("A: b\r\nB: b\r\nC: b\r\nD: b\r\nE: b\r\n\r\n", Malformed::TooManyFields),
        ] {
            assert_eq!(read(text), Err(reason), "{text:?}");
        }
    }

    #[test]
    fn an_end_is_found_in_any_pieces() {
        let head = b"GET / HTTP/1.1\r\nA: b\r\n\r\nrest";
        let mut end = HeadEnd::default();
        let found = (0..=head.len()).find_map(|n| end.find(&head[..n]).unwrap());
        assert_eq!(found, Some(head.len() - 4));
        assert_eq!(HeadEnd::default().find(head), Ok(Some(head.len() - 4)));
    }

    #[test]
    fn a_line_that_ends_with_lf_alone_is_refused_at_once() {
        for text in ["GET / HTTP/1.1\n", "\n", "GET / HTTP/1.1\r\n\n", "A\r\nB\n"] {
            assert_eq!(HeadEnd::default().find(text.as_bytes()), Err(Malformed::LineEnd));
        }
    }
}
