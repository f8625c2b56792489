//! First lines, and what stands before them.

use super::{Attack, HIDDEN, survive};

const REST: &str = "\r\nHost: localhost\r\n\r\n";

#[test]
fn first_lines_that_are_none() {
    let lines: [(&str, &[u8]); 33] = [
        ("no version", b"GET /attack"),
        ("no target", b"GET HTTP/1.1"),
        ("a space at the end", b"GET /attack HTTP/1.1 "),
        ("a space in front", b" GET /attack HTTP/1.1"),
        ("a tab in front", b"\tGET /attack HTTP/1.1"),
        ("two spaces", b"GET  /attack HTTP/1.1"),
        ("two spaces before the version", b"GET /attack  HTTP/1.1"),
        ("tabs", b"GET\t/attack\tHTTP/1.1"),
        ("vertical tabs", b"GET\x0b/attack\x0bHTTP/1.1"),
        ("a no-break space", b"GET\xa0/attack HTTP/1.1"),
        ("a space in the target", b"GET /attack x HTTP/1.1"),
        ("a version in the target", b"GET /attack HTTP/1.1 HTTP/1.1"),
        ("a version of HTTP/1.0 in the target", b"GET /attack HTTP/1.0 HTTP/1.1"),
        ("NUL in the target", b"GET /attack\0 HTTP/1.1"),
        ("CR in the target", b"GET /attack\rx HTTP/1.1"),
        ("LF in the target", b"GET /attack\nX: HTTP/1.1"),
        ("DEL in the target", b"GET /attack\x7f HTTP/1.1"),
        ("CR at the end", b"GET /attack HTTP/1.1\r"),
        ("CR and a field", b"GET /attack HTTP/1.1\rX: y"),
        ("LF and a field", b"GET /attack HTTP/1.1\nX: y"),
        ("NUL at the end", b"GET /attack HTTP/1.1\0"),
        ("NUL in front", b"\0GET /attack HTTP/1.1"),
        ("a byte order mark in front", b"\xef\xbb\xbfGET /attack HTTP/1.1"),
        ("HTTP/0.9", b"GET /attack HTTP/0.9"),
        ("HTTP/1.2", b"GET /attack HTTP/1.2"),
        ("HTTP/2.0", b"GET /attack HTTP/2.0"),
        ("HTTP/1.1 in lower case", b"GET /attack http/1.1"),
        ("HTTP/1.10", b"GET /attack HTTP/1.10"),
        ("HTTP/1.", b"GET /attack HTTP/1."),
        ("HTTPS/1.1", b"GET /attack HTTPS/1.1"),
        ("a response", b"HTTP/1.1 200 OK"),
        (
            "a line of the PROXY protocol",
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET /attack HTTP/1.1",
        ),
        ("a line of an SMTP client", b"EHLO localhost"),
    ];
    survive(&lines.map(|(name, line)| {
        Attack::refused(name, [line, REST.as_bytes(), HIDDEN.as_bytes()].concat())
    }));
}

#[test]
fn line_ends_that_are_none() {
    let heads: [(&str, &str); 6] = [
        ("LF throughout", "GET /attack HTTP/1.1\nHost: localhost\n\n"),
        ("LF behind the first line", "GET /attack HTTP/1.1\nHost: localhost\r\n\r\n"),
        ("LF behind the fields", "GET /attack HTTP/1.1\r\nHost: localhost\n\r\n"),
        ("LF at the end", "GET /attack HTTP/1.1\r\nHost: localhost\r\n\n"),
        ("LF twice behind a field", "GET /attack HTTP/1.1\r\nHost: localhost\n\n"),
        ("LF and CR", "GET /attack HTTP/1.1\n\rHost: localhost\n\r\n\r"),
    ];
    survive(&heads.map(|(name, head)| Attack::refused(name, format!("{head}{HIDDEN}"))));
}

#[test]
fn what_may_be_taken() {
    survive(&[
        Attack::either("an empty line in front", format!("\r\nGET /attack HTTP/1.1{REST}"), ""),
        Attack::either("LF in front", format!("\nGET /attack HTTP/1.1{REST}"), ""),
        Attack::taken(
            "another Host than the target's",
            "GET http://localhost/attack HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "",
        ),
        Attack::taken(
            "a Host of another port",
            "GET http://localhost:1/attack HTTP/1.1\r\nHost: localhost:2\r\n\r\n",
            "",
        ),
        Attack::taken(
            "GET with a body",
            format!(
                "GET /attack HTTP/1.1\r\nHost: localhost\r\nContent-Length: 41\r\n\r\n{HIDDEN}"
            ),
            HIDDEN,
        ),
        Attack::taken(
            "DELETE with a body",
            format!(
                "DELETE /attack HTTP/1.1\r\nHost: localhost\r\nContent-Length: 41\r\n\r\n{HIDDEN}"
            ),
            HIDDEN,
        ),
        Attack::taken(
            "HTTP/1.0 with a body",
            format!(
                "POST /attack HTTP/1.0\r\nHost: localhost\r\nContent-Length: 41\r\n\r\n{HIDDEN}"
            ),
            HIDDEN,
        ),
    ]);
}
