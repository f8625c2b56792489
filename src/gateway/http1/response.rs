//! The head of a response (RFC 9112 §4).

use super::fields::{Fields, Lines, Span};
use super::request::Version;
use super::syntax::{self, Malformed};

/// The most header fields of a response.
const MOST_FIELDS: usize = 512;

/// The head of a response: its bytes, and where everything stands in them.
#[derive(Debug, Default)]
pub struct ResponseHead {
    bytes: Vec<u8>,
    status: u16,
    reason: Span,
    version: Version,
    lines: Lines,
}

impl ResponseHead {
    /// Reads a head whose end has been found. The space that an earlier one took is used again.
    pub fn read(&mut self, head: &[u8]) -> Result<(), Malformed> {
        self.bytes.clear();
        self.bytes.extend_from_slice(head);
        self.lines.clear();
        let end = syntax::line_end(head, 0)?;
        self.first_line(head.get(..end).unwrap_or_default())?;
        syntax::fields(head, end + 2, MOST_FIELDS, &mut self.lines)
    }

    /// `HTTP/1.1 200 OK`; the space before an empty reason may be missing.
    fn first_line(&mut self, line: &[u8]) -> Result<(), Malformed> {
        let version = line.get(..8).ok_or(Malformed::FirstLine)?;
        self.version = Version::of(version)?;
        let (digits, reason) = match line.get(8..) {
            Some([b' ', a, b, c]) => ([*a, *b, *c], 12),
            Some([b' ', a, b, c, b' ', ..]) => ([*a, *b, *c], 13),
            _ => return Err(Malformed::FirstLine),
        };
        if !digits.iter().all(u8::is_ascii_digit) || digits < *b"100" {
            return Err(Malformed::FirstLine);
        }
        self.status = digits.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
        self.reason = Span::new(reason, line.len());
        if syntax::is_value(self.reason()) { Ok(()) } else { Err(Malformed::FirstLine) }
    }

    /// The status code, 100 to 999.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The reason phrase.
    pub fn reason(&self) -> &[u8] {
        self.reason.of(&self.bytes)
    }

    /// The version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The header fields.
    pub fn fields(&self) -> Fields<'_> {
        Fields { bytes: &self.bytes, lines: &self.lines }
    }

    /// Gives back what space of an unusually large head is.
    pub fn trim(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(2048);
        self.lines.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(first: &str) -> Result<(u16, String), Malformed> {
        let mut head = ResponseHead::default();
        head.read(format!("{first}\r\nServer: x\r\n\r\n").as_bytes())?;
        Ok((head.status(), String::from_utf8_lossy(head.reason()).into_owned()))
    }

    #[test]
    fn status_lines_are_read() {
        for (line, status, reason) in [
            ("HTTP/1.1 200 OK", 200, "OK"),
            ("HTTP/1.0 404 Not Found", 404, "Not Found"),
            ("HTTP/1.1 200 ", 200, ""),
            ("HTTP/1.1 200", 200, ""),
            ("HTTP/1.1 299 \u{e9}", 299, "\u{e9}"),
            ("HTTP/1.1 999 x", 999, "x"),
        ] {
            assert_eq!(read(line), Ok((status, reason.to_owned())), "{line}");
        }
    }

    #[test]
    fn other_status_lines_are_refused() {
        for line in [
            "HTTP/1.1",
            "HTTP/1.1 20",
            "HTTP/1.1 2000",
            "HTTP/1.1  200 OK",
            "HTTP/1.1 +20 OK",
            "HTTP/1.1 099 OK",
            "HTTP/2.0 200 OK",
            "HTTP/1.1 200 a\rb",
            "ICY 200 OK",
            "",
        ] {
            assert!(read(line).is_err(), "{line:?}");
        }
    }
}
