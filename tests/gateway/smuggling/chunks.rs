//! Chunks whose sizes and ends one server reads differently than another.

use super::{Attack, HIDDEN, survive, with};

const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

fn chunked(body: impl AsRef<[u8]>) -> Vec<u8> {
    [with(CHUNKED, "").as_slice(), body.as_ref()].concat()
}

#[test]
fn sizes_that_are_none() {
    let sizes: [(&str, &[u8]); 31] = [
        ("a letter", b"x"),
        ("nothing", b""),
        ("a prefix", b"0x5"),
        ("a prefix in capitals", b"0X5"),
        ("a plus sign", b"+5"),
        ("a minus sign", b"-5"),
        ("minus zero", b"-0"),
        ("a space in front", b" 5"),
        ("a tab in front", b"\t5"),
        ("a space behind", b"5 "),
        ("a tab behind", b"5\t"),
        ("a vertical tab behind", b"5\x0b"),
        ("NUL behind", b"5\0"),
        ("NUL in front", b"\x005"),
        ("two numbers", b"5 5"),
        ("a comma", b"5,5"),
        ("a decimal point", b"5.0"),
        ("an underscore", b"5_0"),
        ("a letter behind", b"5g"),
        ("h behind", b"5h"),
        ("quotes", b"\"5\""),
        ("a wide digit", "５".as_bytes()),
        ("a byte above ASCII", b"5\x85"),
        ("more than 64 bits", b"10000000000000005"),
        ("more than 128 bits", b"100000000000000000000000000000005"),
        ("CR behind", b"5\r"),
        ("CR and a byte behind", b"5\rx"),
        ("a line end in front", b"\r\n5"),
        ("a semicolon alone", b";"),
        ("an extension without a size", b";a=b"),
        ("an equals sign", b"5=5"),
    ];
    survive(&sizes.map(|(name, size)| {
        let rest = format!("\r\nhello\r\n0\r\n\r\n{HIDDEN}");
        Attack::broken(name, chunked([size, rest.as_bytes()].concat()))
    }));
}

#[test]
fn ends_that_are_none() {
    let bodies: [(&str, &str); 20] = [
        ("LF behind a size", "5\nhello\r\n0\r\n\r\n"),
        ("CR behind a size", "5\rhello\r\n0\r\n\r\n"),
        ("CR twice behind a size", "5\r\r\nhello\r\n0\r\n\r\n"),
        ("LF twice behind a size", "5\n\nhello\r\n0\r\n\r\n"),
        ("LF behind a chunk", "5\r\nhello\n0\r\n\r\n"),
        ("CR behind a chunk", "5\r\nhello\r0\r\n\r\n"),
        ("nothing behind a chunk", "5\r\nhello0\r\n\r\n"),
        ("two bytes behind a chunk", "5\r\nhelloXX0\r\n\r\n"),
        ("LF and CR behind a chunk", "5\r\nhello\n\r0\r\n\r\n"),
        ("CR twice behind a chunk", "5\r\nhello\r\r\n0\r\n\r\n"),
        ("a longer chunk", "3\r\nhello\r\n0\r\n\r\n"),
        ("a shorter chunk", "8\r\nhello\r\n0\r\n\r\n"),
        ("LF behind the last size", "5\r\nhello\r\n0\n\r\n"),
        ("LF at the end", "5\r\nhello\r\n0\r\n\n"),
        ("LF twice at the end", "5\r\nhello\r\n0\n\n"),
        ("CR twice at the end", "5\r\nhello\r\n0\r\n\r\r\n"),
        ("no end", "5\r\nhello\r\n0\r\n"),
        ("a space behind the last size", "5\r\nhello\r\n0 \r\n\r\n"),
        ("a space before the last size", "5\r\nhello\r\n 0\r\n\r\n"),
        ("an empty line between chunks", "5\r\nhello\r\n\r\n0\r\n\r\n"),
    ];
    survive(&bodies.map(|(name, body)| Attack::broken(name, chunked(format!("{body}{HIDDEN}")))));
}

#[test]
fn extensions_that_are_none() {
    let extensions: [(&str, &[u8]); 8] = [
        ("LF within", b";a\nb"),
        ("LF at the end", b";a\n"),
        ("CR within", b";a\rb"),
        ("CR twice", b";a\r"),
        ("NUL within", b";a\0b"),
        ("LF in quotes", b";a=\"\n\""),
        ("an escape character", b";a\x1b"),
        ("LF and what looks like a chunk", b";a\n5"),
    ];
    survive(&extensions.map(|(name, extension)| {
        let rest = format!("\r\nhello\r\n0\r\n\r\n{HIDDEN}");
        Attack::broken(name, chunked([b"5", extension, rest.as_bytes()].concat()))
    }));
}

/// The grammar lets these through, or nearly; a strict server may refuse them.
#[test]
fn bodies_that_may_be_taken() {
    survive(&[
        Attack::either(
            "white space before an extension",
            chunked("5 ;a=b\r\nhello\r\n0\r\n\r\n"),
            "hello",
        ),
        Attack::either(
            "white space in an extension",
            chunked("5; a = b\r\nhello\r\n0\r\n\r\n"),
            "hello",
        ),
        Attack::either("an empty extension", chunked("5;\r\nhello\r\n0\r\n\r\n"), "hello"),
        Attack::either("an open quote", chunked("5;a=\"\r\nhello\r\n0\r\n\r\n"), "hello"),
        Attack::either(
            "an extension that is no token",
            chunked("5;[=]\r\nhello\r\n0\r\n\r\n"),
            "hello",
        ),
        Attack::either(
            "many zeros",
            chunked("0000000000000000000000005\r\nhello\r\n0\r\n\r\n"),
            "hello",
        ),
        Attack::either(
            "a length as a trailer",
            chunked("5\r\nhello\r\n0\r\nContent-Length: 41\r\n\r\n"),
            "hello",
        ),
        Attack::either(
            "a coding as a trailer",
            chunked("5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "hello",
        ),
        Attack::either(
            "a host as a trailer",
            chunked("5\r\nhello\r\n0\r\nHost: evil.example\r\n\r\n"),
            "hello",
        ),
        Attack::either(
            "bytes above ASCII in an extension",
            chunked("5;a=\u{e9}\r\nhello\r\n0\r\n\r\n"),
            "hello",
        ),
    ]);
}

#[test]
fn bodies_that_have_to_be_taken() {
    survive(&[
        Attack::taken("an extension", chunked("5;a=b\r\nhello\r\n0;c\r\n\r\n"), "hello"),
        Attack::taken("zeros", chunked("05\r\nhello\r\n00\r\n\r\n"), "hello"),
        Attack::taken(
            "a request in a chunk",
            chunked(format!("29\r\n{HIDDEN}\r\n0\r\n\r\n")),
            HIDDEN,
        ),
        Attack::taken(
            "a last chunk in a chunk",
            chunked("5\r\n0\r\n\r\n\r\n0\r\n\r\n"),
            "0\r\n\r\n",
        ),
        Attack::taken("a trailer", chunked("5\r\nhello\r\n0\r\nX: y\r\n\r\n"), "hello"),
        Attack::taken(
            "an extension with quotes",
            chunked("5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n"),
            "hello",
        ),
    ]);
}

#[test]
fn extensions_and_trailers_without_end() {
    let long = "x".repeat(1_000_000);
    survive(&[
        Attack::broken("an extension", chunked(format!("5;{long}"))),
        Attack::broken("zeros", chunked("0".repeat(1_000_000))),
        Attack::broken("a trailer", chunked(format!("0\r\nX: {long}"))),
        Attack::broken("trailers", chunked(format!("0\r\n{}", "X: y\r\n".repeat(100_000)))),
    ]);
}
