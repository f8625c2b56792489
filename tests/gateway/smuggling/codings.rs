//! Transfer-Encoding that one server sees and another does not.

use super::{Attack, HIDDEN, either_way, survive, with};

#[test]
fn values_that_are_not_chunked_alone() {
    let values: [(&str, &[u8]); 29] = [
        ("another word", b"xchunked"),
        ("another word behind", b"chunkedx"),
        ("identity", b"identity"),
        ("identity behind", b"chunked, identity"),
        ("identity in front", b"identity, chunked"),
        ("gzip", b"gzip"),
        ("gzip in front", b"gzip, chunked"),
        ("gzip behind", b"chunked, gzip"),
        ("twice", b"chunked, chunked"),
        ("twice without a space", b"chunked,chunked"),
        ("a list that ends early", b"chunked,"),
        ("a list that begins late", b",chunked"),
        ("a parameter", b"chunked;a=b"),
        ("a parameter without a name", b"chunked;"),
        ("quotes", b"\"chunked\""),
        ("single quotes", b"'chunked'"),
        ("brackets", b"(chunked)"),
        ("a space within", b"chun ked"),
        ("NUL behind", b"chunked\0"),
        ("NUL in front", b"\0chunked"),
        ("a vertical tab in front", b"\x0bchunked"),
        ("a vertical tab behind", b"chunked\x0b"),
        ("a form feed behind", b"chunked\x0c"),
        ("a no-break space in front", b"\xa0chunked"),
        ("a back space", b"chunkedd\x08"),
        ("nothing", b""),
        ("trailers", b"trailers"),
        ("a Kelvin sign", "chun\u{212a}ed".as_bytes()),
        ("an unknown one behind", b"CHUNKED, cow"),
    ];
    let rest = either_way();
    survive(&values.map(|(name, value)| {
        Attack::refused(name, with([b"Transfer-Encoding: ", value, b"\r\n"].concat(), &rest))
    }));
}

#[test]
fn more_than_one_line() {
    let lines = [
        ("twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        ("identity behind", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
        ("identity in front", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
        ("an empty one in front", "Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n"),
        ("an empty one behind", "Transfer-Encoding: chunked\r\nTransfer-Encoding:\r\n"),
        ("an unknown one behind", "Transfer-Encoding: chunked\r\nTransfer-encoding: x\r\n"),
        ("an unknown one in front", "transfer-encoding: cow\r\nTransfer-Encoding: chunked\r\n"),
    ];
    let rest = either_way();
    survive(&lines.map(|(name, lines)| Attack::refused(name, with(lines, &rest))));
}

#[test]
fn lines_that_are_no_fields() {
    let lines: [(&str, &[u8]); 25] = [
        ("a space before the colon", b"Transfer-Encoding : chunked\r\n"),
        ("a tab before the colon", b"Transfer-Encoding\t: chunked\r\n"),
        ("a vertical tab before the colon", b"Transfer-Encoding\x0b: chunked\r\n"),
        ("NUL before the colon", b"Transfer-Encoding\0: chunked\r\n"),
        ("CR before the colon", b"Transfer-Encoding\r: chunked\r\n"),
        ("a line end before the colon", b"Transfer-Encoding\r\n: chunked\r\n"),
        ("a space in front", b" Transfer-Encoding: chunked\r\n"),
        ("a tab in front", b"\tTransfer-Encoding: chunked\r\n"),
        ("folded into another", b"X: y\r\n Transfer-Encoding: chunked\r\n"),
        ("folded with a tab", b"X: y\r\n\tTransfer-Encoding: chunked\r\n"),
        ("folded before the value", b"Transfer-Encoding:\r\n chunked\r\n"),
        ("folded within the value", b"Transfer-Encoding: chun\r\n ked\r\n"),
        ("folded behind the value", b"Transfer-Encoding: chunked\r\n ,identity\r\n"),
        ("behind LF alone", b"X: y\nTransfer-Encoding: chunked\r\n"),
        ("behind CR alone", b"X: y\rTransfer-Encoding: chunked\r\n"),
        ("behind CR twice", b"X: y\r\r\nTransfer-Encoding: chunked\r\n"),
        ("before LF alone", b"Transfer-Encoding: chunked\nX: y\r\n"),
        ("before CR alone", b"Transfer-Encoding: chunked\rX: y\r\n"),
        ("a space in the name", b"Transfer Encoding: chunked\r\n"),
        ("a soft hyphen in the name", b"Transfer\xadEncoding: chunked\r\n"),
        ("another letter in the name", "Transfer-Encodıng: chunked\r\n".as_bytes()),
        ("brackets around the name", b"(Transfer-Encoding): chunked\r\n"),
        ("a semicolon in the name", b"Transfer-Encoding;: chunked\r\n"),
        ("an equals sign for the colon", b"Transfer-Encoding=chunked\r\n"),
        ("a space for the colon", b"Transfer-Encoding chunked\r\n"),
    ];
    let rest = either_way();
    survive(&lines.map(|(name, lines)| Attack::refused(name, with(lines, &rest))));
}

/// RFC 9112 §6.1: it has no transfer codings, and whoever sends one is misled or misleads.
#[test]
fn codings_in_http_1_0() {
    let head = |fields: &str| {
        format!("POST /attack HTTP/1.0\r\nHost: localhost\r\n{fields}\r\n{}", either_way())
    };
    survive(&[
        Attack::refused("alone", head("Transfer-Encoding: chunked\r\n")),
        Attack::refused(
            "with a length",
            head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        ),
        Attack::refused(
            "kept alive",
            head("Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n"),
        ),
    ]);
}

#[test]
fn what_looks_suspicious_and_is_not() {
    let body = format!("29\r\n{HIDDEN}\r\n0\r\n\r\n");
    let fields = [
        ("in capitals", "TRANSFER-ENCODING: CHUNKED\r\n"),
        ("no space", "Transfer-Encoding:chunked\r\n"),
        ("a tab in front", "Transfer-Encoding:\tchunked\r\n"),
        ("white space behind", "Transfer-Encoding: chunked \t \r\n"),
        ("named by Connection", "Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n"),
        ("a length of another name", "X-Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
    ];
    survive(&fields.map(|(name, fields)| Attack::taken(name, with(fields, &body), HIDDEN)));
}
