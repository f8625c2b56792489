//! Fields that hide other fields, or a request.

use super::{Attack, HIDDEN, survive, with};

#[test]
fn lines_that_are_no_fields() {
    let lines: [(&str, &[u8]); 22] = [
        ("a request line", b"GET /hidden HTTP/1.1\r\n"),
        ("a word", b"X\r\n"),
        ("a colon", b":\r\n"),
        ("no name", b": y\r\n"),
        ("a space for a name", b" : y\r\n"),
        ("NUL in a name", b"X\0: y\r\n"),
        ("NUL in a value", b"X: \0\r\n"),
        ("NUL before the end", b"X: y\0\r\n"),
        ("CR in a value", b"X: \ry\r\n"),
        ("CR before the end", b"X: y\r\r\n"),
        ("LF in front", b"\nX: y\r\n"),
        ("LF at the end", b"X: y\n"),
        ("LF and a line", b"X: y\n\n"),
        ("a vertical tab in a value", b"X: \x0by\r\n"),
        ("DEL in a value", b"X: y\x7f\r\n"),
        ("an escape in a value", b"X: \x1b[2J\r\n"),
        ("a byte above ASCII for a name", b"\x80: y\r\n"),
        ("a no-break space before the colon", b"X\xa0: y\r\n"),
        ("brackets in a name", b"X[0]: y\r\n"),
        ("folded", b"X: y\r\n z\r\n"),
        ("folded into nothing", b"X: y\r\n \r\n"),
        ("folded twice", b"X: y\r\n a\r\n\tb\r\n"),
    ];
    survive(&lines.map(|(name, lines)| Attack::refused(name, with(lines, HIDDEN))));
}

#[test]
fn hosts_that_can_be_read_in_two_ways() {
    let start = "POST /attack HTTP/1.1\r\n";
    let hosts: [(&str, &str); 7] = [
        ("two", "Host: localhost\r\nHost: evil.example\r\n"),
        ("two that are equal", "Host: localhost\r\nHost: localhost\r\n"),
        ("a space before the colon", "Host : localhost\r\n"),
        ("folded", "Host:\r\n localhost\r\n"),
        ("in a folded line", "X: y\r\n Host: localhost\r\n"),
        ("behind LF", "X: y\nHost: localhost\r\n"),
        ("a second one in a folded line", "Host: localhost\r\n Host: evil.example\r\n"),
    ];
    // Those with a mistake in HTTP end their connection; a wrong Host need not.
    survive(&hosts.map(|(name, host)| {
        let end = if name.starts_with("two") { "Connection: close\r\n" } else { "" };
        Attack::refused(name, format!("{start}{host}{end}\r\n{HIDDEN}"))
    }));
}
