//! Messages, written.

use std::collections::HashSet;
use std::io::Write;

use super::fields::{Field, Fields};
use super::name::{Name, Names};

/// What is about one connection and ends with it (RFC 9110 §7.6.1), the two that are for a proxy
/// (RFC 9110 §11.7), and the length, which whoever writes a message states.
pub const HOP_BY_HOP: Names = Names::of(&[
    Name::Connection,
    Name::KeepAlive,
    Name::ProxyAuthenticate,
    Name::ProxyAuthenticationInfo,
    Name::ProxyAuthorization,
    Name::ProxyConnection,
    Name::Te,
    Name::TransferEncoding,
    Name::Upgrade,
]);

/// Fields with which a client could pass for another.
pub const FORGEABLE: Names = Names::of(&[
    Name::Forwarded,
    Name::XForwardedFor,
    Name::XForwardedHost,
    Name::XForwardedOther,
    Name::XForwardedPort,
    Name::XForwardedPrefix,
    Name::XForwardedProto,
    Name::XOriginalHost,
    Name::XOriginalUrl,
    Name::XProxyContextPath,
    Name::XRealIp,
]);

/// Fields that mean something only in a head, or only there are looked at by those who decide: they
/// are never taken from a trailer section (RFC 9110 §6.5.1).
const NEVER_TRAILERS: Names = HOP_BY_HOP
    .and(Names::of(&[
        Name::Authorization,
        Name::CacheControl,
        Name::ContentEncoding,
        Name::ContentLength,
        Name::ContentRange,
        Name::ContentType,
        Name::Cookie,
        Name::Expect,
        Name::Host,
        Name::IfMatch,
        Name::IfModifiedSince,
        Name::IfNoneMatch,
        Name::IfRange,
        Name::IfUnmodifiedSince,
        Name::Location,
        Name::MaxForwards,
        Name::Origin,
        Name::Range,
        Name::SetCookie,
        Name::Trailer,
        Name::Vary,
        Name::WwwAuthenticate,
    ]))
    .and(FORGEABLE);

/// Writes a field line.
pub fn field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Writes those fields that end-to-end are, but for some.
pub fn fields(out: &mut Vec<u8>, fields: Fields<'_>, without: Names) {
    let without = without.and(HOP_BY_HOP);
    let named = Named::of(fields);
    for line in fields.iter() {
        if !without.has(line.name) && !named.has(line) {
            field(out, line.spelled, line.value);
        }
    }
}

/// The fields that `Connection` names: they are about the connection as well.
enum Named {
    None,
    /// In lower case. There may be as many as a head has room for.
    Some(HashSet<Vec<u8>>),
}

impl Named {
    fn of(fields: Fields<'_>) -> Named {
        let ordinary = |token: &str| {
            ["close", "keep-alive", "upgrade"].iter().any(|known| known.eq_ignore_ascii_case(token))
        };
        if !fields.has(Name::Connection) || fields.tokens(Name::Connection).all(ordinary) {
            return Named::None;
        }
        let lower = |token: &str| token.to_ascii_lowercase().into_bytes();
        Named::Some(fields.tokens(Name::Connection).map(lower).collect())
    }

    /// A message means something else without the three that cannot be taken away.
    fn has(&self, line: Field<'_>) -> bool {
        let Named::Some(names) = self else { return false };
        let kept = matches!(line.name, Name::Host | Name::ContentLength | Name::ContentType);
        !kept && names.contains(&line.spelled.to_ascii_lowercase())
    }
}

/// Writes a number.
pub fn number(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Writes a chunk that holds `content`; nothing for none, which would be the last chunk.
pub fn chunk(out: &mut Vec<u8>, content: &[u8]) {
    if !content.is_empty() {
        // Writing to a Vec cannot fail.
        let _ = write!(out, "{:x}\r\n", content.len());
        out.extend_from_slice(content);
        out.extend_from_slice(b"\r\n");
    }
}

/// Writes the end of a chunked body, with those trailers that may be passed on.
pub fn last_chunk(out: &mut Vec<u8>, trailers: impl FnOnce(&mut dyn FnMut(Fields<'_>))) {
    out.extend_from_slice(b"0\r\n");
    trailers(&mut |all| fields(out, all, NEVER_TRAILERS));
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::http1::RequestHead;

    fn passed(lines: &str) -> String {
        let mut head = RequestHead::default();
        head.read(format!("GET / HTTP/1.1\r\n{lines}\r\n").as_bytes()).unwrap();
        let mut out = Vec::new();
        fields(&mut out, head.fields(), Names::NONE);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_pass_in_order_and_as_they_are() {
        let lines = "b: 1\r\nA: 2\r\nb: 3\r\nC: x  y\r\n";
        assert_eq!(passed(lines), lines);
    }

    #[test]
    fn what_is_about_the_connection_stays() {
        let lines = "Connection: X-Private, close\r\nKeep-Alive: 5\r\nx-private: 1\r\nTE: trailers\r\n\
                     Upgrade: h2c\r\nA: b\r\nProxy-Authorization: x\r\n";
        assert_eq!(passed(lines), "A: b\r\n");
    }

    #[test]
    fn connection_takes_away_no_field_that_the_message_needs() {
        let lines = "Host: a\r\nContent-Type: b\r\nContent-Length: 1\r\n";
        assert_eq!(
            passed(&format!("Connection: host, content-type, content-length\r\n{lines}")),
            lines
        );
    }

    #[test]
    fn chunks_are_written() {
        let mut out = Vec::new();
        chunk(&mut out, b"");
        chunk(&mut out, b"hello, world! 16");
        last_chunk(&mut out, |_| ());
        assert_eq!(out, b"10\r\nhello, world! 16\r\n0\r\n\r\n");
    }
}
