//! Heads of answers that are none.

use super::responses::{Bad, FORGED, case, survive};

#[test]
fn heads_that_are_none() {
    let end = format!("Content-Length: 5\r\n\r\nhello{FORGED}");
    let heads: [(&str, &[u8]); 36] = [
        ("a status of two digits", b"HTTP/1.1 20 OK\r\n"),
        ("a status of four digits", b"HTTP/1.1 2000 OK\r\n"),
        ("a status with a sign", b"HTTP/1.1 +20 OK\r\n"),
        ("a status with letters", b"HTTP/1.1 2OO OK\r\n"),
        ("a status of zero", b"HTTP/1.1 000 OK\r\n"),
        ("a status below 100", b"HTTP/1.1 099 OK\r\n"),
        ("no status", b"HTTP/1.1\r\n"),
        ("no status but a space", b"HTTP/1.1 \r\n"),
        ("two spaces", b"HTTP/1.1  200 OK\r\n"),
        ("a tab", b"HTTP/1.1\t200 OK\r\n"),
        ("HTTP/2.0", b"HTTP/2.0 200 OK\r\n"),
        ("HTTP/0.9", b"HTTP/0.9 200 OK\r\n"),
        ("in lower case", b"http/1.1 200 OK\r\n"),
        ("another protocol", b"ICY 200 OK\r\n"),
        ("no protocol", b"200 OK\r\n"),
        ("a space in front", b" HTTP/1.1 200 OK\r\n"),
        ("a request", b"GET / HTTP/1.1\r\n"),
        ("a page", b"<!doctype html><title>x</title>\r\n"),
        ("an SSH server", b"SSH-2.0-OpenSSH_9.2\r\n"),
        ("bytes", b"\x15\x03\x01\x00\x02\x02\x28\r\n"),
        ("zeros", b"\0\0\0\0\0\0\0\0\r\n"),
        ("NUL in the reason", b"HTTP/1.1 200 O\0K\r\n"),
        ("CR in the reason", b"HTTP/1.1 200 O\rK\r\n"),
        ("no colon in a field", b"HTTP/1.1 200 OK\r\nX\r\n"),
        ("no name in a field", b"HTTP/1.1 200 OK\r\n: y\r\n"),
        ("a space before a colon", b"HTTP/1.1 200 OK\r\nX : y\r\n"),
        ("a length with a space before its colon", b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n"),
        ("a space in a name", b"HTTP/1.1 200 OK\r\nX Y: z\r\n"),
        ("NUL in a name", b"HTTP/1.1 200 OK\r\nX\0: y\r\n"),
        ("NUL in a value", b"HTTP/1.1 200 OK\r\nX: \0\r\n"),
        ("CR in a value", b"HTTP/1.1 200 OK\r\nX: a\rb\r\n"),
        ("CR and a field in a value", b"HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b=c\r\n"),
        ("a byte above ASCII in a name", b"HTTP/1.1 200 OK\r\n\xe9: y\r\n"),
        ("a space in front of the first field", b"HTTP/1.1 200 OK\r\n X: y\r\n"),
        (
            "a length folded into another field",
            b"HTTP/1.1 200 OK\r\nX: y\r\n Content-Length: 2\r\n",
        ),
        ("a folded field", b"HTTP/1.1 200 OK\r\nX: y\r\n z\r\n"),
    ];
    let rows = heads.map(|(name, head)| case(name, [head, end.as_bytes()].concat(), Bad));
    survive(&rows, true);
}

/// A fold may be mended by a proxy (RFC 9112 §5.2), and a line that ends with LF alone be forgiven
/// (RFC 9112 §2.2); ours does neither, so that nothing has to be told about it.
#[test]
fn line_ends_that_are_none() {
    survive(
        &[
            case("LF throughout", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", Bad),
            case(
                "LF behind the status line",
                "HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\nhello",
                Bad,
            ),
            case(
                "LF behind a field",
                "HTTP/1.1 200 OK\r\nX: y\nContent-Length: 5\r\n\r\nhello",
                Bad,
            ),
            case("LF at the end", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\nhello", Bad),
            case(
                "CR behind the status line",
                "HTTP/1.1 200 OK\rContent-Length: 5\r\n\r\nhello",
                Bad,
            ),
        ],
        true,
    );
}
