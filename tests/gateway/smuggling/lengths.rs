//! Content-Length that is not one number, and Content-Length beside Transfer-Encoding.

use super::{Attack, HIDDEN, either_way, survive, with};

#[test]
fn both_a_length_and_a_coding() {
    let te = "Transfer-Encoding: chunked\r\n";
    let rest = either_way();
    survive(&[
        Attack::refused("the length first", with(format!("Content-Length: 5\r\n{te}"), &rest)),
        Attack::refused("the coding first", with(format!("{te}Content-Length: 5\r\n"), &rest)),
        Attack::refused("a length of zero", with(format!("Content-Length: 0\r\n{te}"), &rest)),
        Attack::refused("a length of all", with(format!("Content-Length: 50\r\n{te}"), &rest)),
        Attack::refused(
            "in other cases",
            with("content-LENGTH: 5\r\ntransfer-ENCODING: Chunked\r\n", &rest),
        ),
        Attack::refused(
            "far apart",
            with(format!("Content-Length: 5\r\nA: b\r\nC: d\r\n{te}"), &rest),
        ),
        Attack::refused(
            "an unknown coding",
            with("Content-Length: 5\r\nTransfer-Encoding: x\r\n", &rest),
        ),
        Attack::refused(
            "no coding",
            with("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", &rest),
        ),
        Attack::refused(
            "an empty coding",
            with("Content-Length: 5\r\nTransfer-Encoding:\r\n", &rest),
        ),
        Attack::refused("an empty length", with(format!("Content-Length:\r\n{te}"), &rest)),
        Attack::refused(
            "two lengths",
            with(format!("Content-Length: 5\r\n{te}Content-Length: 5\r\n"), &rest),
        ),
        Attack::refused(
            "hidden by Connection",
            with(format!("Connection: Transfer-Encoding\r\n{te}Content-Length: 5\r\n"), &rest),
        ),
        Attack::refused(
            "the length hidden by Connection",
            with(format!("Connection: Content-Length\r\n{te}Content-Length: 5\r\n"), &rest),
        ),
    ]);
}

#[test]
fn more_than_one_length() {
    let rest = format!("hello!{HIDDEN}");
    let fields = [
        ("that differ", "Content-Length: 5\r\nContent-Length: 6\r\n"),
        ("that are equal", "Content-Length: 5\r\nContent-Length: 5\r\n"),
        ("that differ by zeros", "Content-Length: 5\r\nContent-Length: 05\r\n"),
        ("in other cases", "Content-Length: 5\r\ncontent-length: 6\r\n"),
        ("one of them empty", "Content-Length: 5\r\nContent-Length:\r\n"),
        ("a list", "Content-Length: 5, 6\r\n"),
        ("a list of equals", "Content-Length: 5, 5\r\n"),
        ("a list without a space", "Content-Length: 5,5\r\n"),
        ("a list that ends early", "Content-Length: 5,\r\n"),
        ("a list that begins late", "Content-Length: ,5\r\n"),
        ("three", "Content-Length: 5\r\nContent-Length: 5\r\nContent-Length: 6\r\n"),
    ];
    survive(&fields.map(|(name, fields)| Attack::refused(name, with(fields, &rest))));
}

#[test]
fn what_is_no_number() {
    let rest = format!("hello{HIDDEN}");
    let values: [(&str, &[u8]); 26] = [
        ("a plus sign", b"+5"),
        ("a minus sign", b"-5"),
        ("minus zero", b"-0"),
        ("hexadecimal", b"0x5"),
        ("octal", b"0o5"),
        ("binary", b"0b101"),
        ("a letter behind", b"5a"),
        ("a letter in front", b"a5"),
        ("a decimal point", b"5.0"),
        ("an exponent", b"5e0"),
        ("two numbers", b"5 5"),
        ("two numbers and a tab", b"5\t6"),
        ("nothing", b""),
        ("a space", b" "),
        ("a parameter", b"5;a=b"),
        ("quotes", b"\"5\""),
        ("brackets", b"(5)"),
        ("encoded", b"%35"),
        ("an underscore", b"1_0"),
        ("more than 64 bits", b"18446744073709551621"),
        ("more than 128 bits", b"340282366920938463463374607431768211461"),
        ("NUL behind", b"5\0"),
        ("a vertical tab in front", b"\x0b5"),
        ("a form feed behind", b"5\x0c"),
        ("a wide digit", "５".as_bytes()),
        ("an Arabic digit", "٥".as_bytes()),
    ];
    survive(&values.map(|(name, value)| {
        Attack::refused(name, with([b"Content-Length: ", value, b"\r\n"].concat(), &rest))
    }));
}

#[test]
fn lengths_in_fields_that_are_none() {
    let rest = format!("hello{HIDDEN}");
    let fields: [(&str, &[u8]); 14] = [
        ("a space before the colon", b"Content-Length : 5\r\n"),
        ("a tab before the colon", b"Content-Length\t: 5\r\n"),
        ("NUL before the colon", b"Content-Length\0: 5\r\n"),
        ("a space in front", b" Content-Length: 5\r\n"),
        ("folded into another", b"X: y\r\n Content-Length: 5\r\n"),
        ("folded with a tab", b"X: y\r\n\tContent-Length: 5\r\n"),
        ("folded within", b"Content-Length: 5\r\n 0\r\n"),
        ("folded before the number", b"Content-Length:\r\n 5\r\n"),
        ("a space in the name", b"Content Length: 5\r\n"),
        ("behind LF alone", b"X: y\nContent-Length: 5\r\n"),
        ("behind CR alone", b"X: y\rContent-Length: 5\r\n"),
        ("before LF alone", b"Content-Length: 5\nX: y\r\n"),
        ("before CR alone", b"Content-Length: 5\rX: y\r\n"),
        ("a vertical tab in front", b"\x0bContent-Length: 5\r\n"),
    ];
    survive(&fields.map(|(name, fields)| Attack::refused(name, with(fields, &rest))));
}

#[test]
fn what_looks_suspicious_and_is_not() {
    survive(&[
        Attack::taken("zeros in front", with("Content-Length: 0005\r\n", "hello"), "hello"),
        Attack::taken("tabs around", with("Content-Length:\t5\t\r\n", "hello"), "hello"),
        Attack::taken("no space", with("Content-Length:5\r\n", "hello"), "hello"),
        Attack::taken("a request as a body", with("Content-Length: 41\r\n", HIDDEN), HIDDEN),
        Attack::taken(
            "named by Connection",
            with("Connection: content-length\r\nContent-Length: 41\r\n", HIDDEN),
            HIDDEN,
        ),
        Attack::taken(
            "a coding of the content",
            with("Content-Encoding: chunked\r\nContent-Length: 41\r\n", HIDDEN),
            HIDDEN,
        ),
        Attack::taken(
            "a coding that is wished for",
            with("TE: chunked\r\nContent-Length: 41\r\n", HIDDEN),
            HIDDEN,
        ),
        Attack::taken(
            "a field of another name",
            with("X-Transfer-Encoding: chunked\r\nContent-Length: 41\r\n", HIDDEN),
            HIDDEN,
        ),
        Attack::taken(
            "an upgrade to HTTP/2",
            with(
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\nContent-Length: 41\r\n",
                HIDDEN,
            ),
            HIDDEN,
        ),
        Attack::either(
            "an underscore in the name",
            with("Content_Length: 1\r\nContent-Length: 41\r\n", HIDDEN),
            HIDDEN,
        ),
    ]);
    assert_eq!(HIDDEN.len(), 41);
}
