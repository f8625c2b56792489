//! How long a message's body is (RFC 9112 §6.3).

use super::body::Body;
use super::fields::Fields;
use super::name::Name;
use super::request::{RequestHead, Version};
use super::response::ResponseHead;

/// Why the length of a body cannot be told for sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ambiguous {
    /// Both ways to say it.
    #[error("the message has both Content-Length and Transfer-Encoding")]
    Both,
    /// More than one Content-Length, or one that is no number.
    #[error("Content-Length is not one number")]
    Length,
    /// A coding other than `chunked`, or that more than once.
    #[error("Transfer-Encoding is not chunked")]
    Coding,
    /// HTTP/1.0 has no transfer codings.
    #[error("a message of HTTP/1.0 has Transfer-Encoding")]
    Old,
}

/// The body that follows a request's head.
pub fn of_request(head: &RequestHead) -> Result<Body, Ambiguous> {
    Ok(stated(head.fields(), head.version())?.unwrap_or(Body::Empty))
}

/// The body that follows a response's head. `to_head`: the request was `HEAD`.
pub fn of_response(head: &ResponseHead, to_head: bool) -> Result<Body, Ambiguous> {
    let stated = stated(head.fields(), head.version())?;
    if to_head || matches!(head.status(), 100..=199 | 204 | 304) {
        return Ok(Body::Empty);
    }
    Ok(stated.unwrap_or(Body::UntilClose))
}

fn stated(fields: Fields<'_>, version: Version) -> Result<Option<Body>, Ambiguous> {
    match (fields.has(Name::ContentLength), fields.has(Name::TransferEncoding)) {
        (false, false) => Ok(None),
        (true, true) => Err(Ambiguous::Both),
        (true, false) => Ok(Some(Body::of_length(length(fields)?))),
        (false, true) if version == Version::Http10 => Err(Ambiguous::Old),
        (false, true) if is_chunked(fields) => Ok(Some(Body::chunked())),
        (false, true) => Err(Ambiguous::Coding),
    }
}

fn length(fields: Fields<'_>) -> Result<u64, Ambiguous> {
    let mut values = fields.all(Name::ContentLength);
    let value = values.next().unwrap_or_default();
    // 18 digits: the sum of one and anything that is counted here stays below 2^63.
    let plain = (1..=18).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    if values.next().is_some() || !plain {
        return Err(Ambiguous::Length);
    }
    Ok(value.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}

fn is_chunked(fields: Fields<'_>) -> bool {
    let mut values = fields.all(Name::TransferEncoding);
    let chunked = values.next().is_some_and(|value| value.eq_ignore_ascii_case(b"chunked"));
    chunked && values.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &str) -> Result<Body, Ambiguous> {
        let mut head = RequestHead::default();
        head.read(format!("POST / HTTP/1.1\r\n{fields}\r\n").as_bytes()).unwrap();
        of_request(&head)
    }

    fn response(first: &str, fields: &str, to_head: bool) -> Result<Body, Ambiguous> {
        let mut head = ResponseHead::default();
        head.read(format!("{first}\r\n{fields}\r\n").as_bytes()).unwrap();
        of_response(&head, to_head)
    }

    #[test]
    fn a_request_says_how_long_it_is() {
        assert!(matches!(request(""), Ok(Body::Empty)));
        assert!(matches!(request("Content-Length: 0\r\n"), Ok(Body::Empty)));
        assert!(matches!(request("Content-Length: 007\r\n"), Ok(Body::Length(7))));
        assert!(matches!(request("Transfer-Encoding: Chunked\r\n"), Ok(Body::Chunked(_))));
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for (fields, reason) in [
            ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", Ambiguous::Both),
            ("Content-Length: 1\r\nContent-Length: 1\r\n", Ambiguous::Length),
            ("Content-Length: 1, 1\r\n", Ambiguous::Length),
            ("Content-Length: +1\r\n", Ambiguous::Length),
            ("Content-Length: -1\r\n", Ambiguous::Length),
            ("Content-Length: 0x1\r\n", Ambiguous::Length),
            ("Content-Length: 1 1\r\n", Ambiguous::Length),
            ("Content-Length:\r\n", Ambiguous::Length),
            ("Content-Length: 1234567890123456789\r\n", Ambiguous::Length),
            ("Transfer-Encoding: gzip, chunked\r\n", Ambiguous::Coding),
            ("Transfer-Encoding: chunked, chunked\r\n", Ambiguous::Coding),
            ("Transfer-Encoding: chunked,\r\n", Ambiguous::Coding),
            ("Transfer-Encoding: identity\r\n", Ambiguous::Coding),
            ("Transfer-Encoding:\r\n", Ambiguous::Coding),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Ambiguous::Coding),
        ] {
            assert_eq!(request(fields).err(), Some(reason), "{fields:?}");
        }
        let mut head = RequestHead::default();
        head.read(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        assert_eq!(of_request(&head).err(), Some(Ambiguous::Old));
    }

    #[test]
    fn a_response_ends_as_its_status_and_its_request_say() {
        let ok = "HTTP/1.1 200 OK";
        assert!(matches!(response(ok, "", false), Ok(Body::UntilClose)));
        assert!(matches!(response(ok, "Content-Length: 3\r\n", false), Ok(Body::Length(3))));
        assert!(matches!(response(ok, "Content-Length: 3\r\n", true), Ok(Body::Empty)));
        for status in ["204 x", "304 x", "101 x", "199 x"] {
            let first = format!("HTTP/1.1 {status}");
            assert!(matches!(response(&first, "Content-Length: 3\r\n", false), Ok(Body::Empty)));
        }
        let both = "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n";
        assert_eq!(response(ok, both, true).err(), Some(Ambiguous::Both));
    }
}
