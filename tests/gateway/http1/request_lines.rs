//! The request line (RFC 9112 §3) and what stands before it.

use crate::support::cases::each;
use crate::support::stage::{Stage, request};
use crate::support::wire::Fault;

#[test]
fn what_is_no_request_line_is_refused() {
    let lines: [(&str, &[u8]); 28] = [
        ("no version", b"GET /"),
        ("no version, but a space", b"GET / "),
        ("a method alone", b"GET"),
        ("four parts", b"GET / x HTTP/1.1"),
        ("two spaces before the target", b"GET  / HTTP/1.1"),
        ("two spaces before the version", b"GET /  HTTP/1.1"),
        ("a space at the end", b"GET / HTTP/1.1 "),
        ("a tab at the end", b"GET / HTTP/1.1\t"),
        ("tabs", b"GET\t/\tHTTP/1.1"),
        ("a vertical tab", b"GET\x0b/ HTTP/1.1"),
        ("a form feed", b"GET /\x0cHTTP/1.1"),
        ("a version in lower case", b"GET / http/1.1"),
        ("another protocol", b"GET / ICY/1.1"),
        ("no minor version", b"GET / HTTP/1"),
        ("no dot", b"GET / HTTP/11"),
        ("a comma", b"GET / HTTP/1,1"),
        ("three numbers", b"GET / HTTP/1.1.1"),
        ("two digits", b"GET / HTTP/1.10"),
        ("two digits in front", b"GET / HTTP/01.1"),
        ("a sign", b"GET / HTTP/+1.1"),
        ("a letter", b"GET / HTTP/1.x"),
        ("a space in the version", b"GET / HTTP/ 1.1"),
        ("a NUL at the end", b"GET / HTTP/1.1\0"),
        ("CR twice", b"GET / HTTP/1.1\r"),
        ("a response", b"HTTP/1.1 200 OK"),
        ("spaces", b"   "),
        ("an overlong encoding of a slash", b"GET /\xc0\xaf HTTP/1.1\0"),
        ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    ];
    let stage = Stage::set();
    each(
        &lines,
        |(name, _)| (*name).to_owned(),
        |(_, line)| {
            let answer = stage.refused([line, &b"\r\nHost: localhost\r\n\r\n"[..]].concat());
            assert_eq!(answer.status, 400);
        },
    );
}

#[test]
fn versions_that_are_not_spoken_are_refused() {
    let versions = ["HTTP/0.9", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9", "HTTP/1.2", "HTTP/1.9"];
    let stage = Stage::set();
    each(
        &versions,
        |version| (*version).to_owned(),
        |version| {
            let answer = stage.refused(request(&format!("GET / {version}"), ""));
            assert!(matches!(answer.status, 400 | 505), "{answer:?}");
        },
    );
}

/// RFC 9112 §2.2: left over by old clients behind a body.
#[test]
fn an_empty_line_in_front_is_forgiven() {
    let stage = Stage::set();
    let (seen, _) = stage.pass(format!("\r\n{}", request("GET /x HTTP/1.1", "")));
    assert_eq!(seen.line(), "GET /x HTTP/1.1");
}

#[test]
fn an_empty_line_between_two_requests_is_forgiven() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(request("GET /1 HTTP/1.1", ""));
    talk.answer();
    talk.say(format!("\r\n{}", request("GET /2 HTTP/1.1", "")));
    assert_eq!(talk.answer().text(), "GET /2 HTTP/1.1");
}

#[test]
fn empty_lines_without_end_are_not_read_for_ever() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say("\r\n".repeat(100_000));
    match talk.try_answer(false) {
        Ok(answer) => assert_eq!(answer.status, 400),
        Err(fault) => assert_ne!(fault, Fault::Silence),
    }
}

#[test]
fn http_2_prior_knowledge_is_refused() {
    let stage = Stage::set();
    let answer = stage.refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    assert!(matches!(answer.status, 400 | 404 | 505), "{answer:?}");
}
