//! Status codes (RFC 9110 §15): any, and those that never have a body.

use crate::support::cases::each;
use crate::support::stage::{Stage, get, request};
use crate::support::wire::Framing;

#[test]
fn any_final_status_arrives() {
    let statuses = [
        200, 201, 202, 203, 206, 207, 226, 299, 300, 301, 302, 303, 307, 308, 400, 401, 402, 403,
        404, 405, 406, 409, 410, 411, 412, 413, 415, 416, 417, 418, 421, 422, 426, 428, 429, 431,
        451, 499, 500, 501, 502, 503, 504, 505, 507, 511, 599,
    ];
    each(&statuses, i32::to_string, |status| {
        let stage =
            Stage::answering(format!("HTTP/1.1 {status} Why\r\nContent-Length: 2\r\n\r\nok"));
        let mut talk = stage.talk();
        talk.say(get(""));
        let answer = talk.answer();
        assert_eq!((i32::from(answer.status), answer.text().as_str()), (*status, "ok"));
    });
}

#[test]
fn status_lines_in_their_odder_forms_are_taken() {
    let lines: [(&str, &[u8]); 5] = [
        ("no reason", b"HTTP/1.1 200 "),
        ("neither reason nor space", b"HTTP/1.1 200"),
        ("a long reason", b"HTTP/1.1 200 This is a reason, with: punctuation (and more)"),
        ("a reason in Latin-1", b"HTTP/1.1 200 D\xe9j\xe0 vu"),
        ("HTTP/1.0", b"HTTP/1.0 200 OK"),
    ];
    each(
        &lines,
        |(name, _)| (*name).to_owned(),
        |(_, line)| {
            let stage = Stage::answering([line, &b"\r\nContent-Length: 2\r\n\r\nok"[..]].concat());
            let (_, answer) = stage.pass(get(""));
            assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
        },
    );
}

/// RFC 9112 §6.3: what follows such a head is the next message, whatever the head says.
#[test]
fn some_answers_never_have_a_body() {
    let answers = [
        ("204", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("304", "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n"),
        ("304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"),
        ("304 with a coding", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ];
    each(
        &answers,
        |(name, _)| (*name).to_owned(),
        |(_, answer)| {
            let stage = Stage::answering(answer);
            let mut talk = stage.talk();
            for _ in 0..3 {
                talk.say(get(""));
                let answer = talk.answer();
                assert_eq!(answer.body.framing, Framing::None);
                assert!(!answer.says_close());
            }
        },
    );
}

/// RFC 9110 §8.6 and RFC 9112 §6.1.
#[test]
fn a_204_has_neither_length_nor_coding() {
    for fields in ["", "Content-Length: 0\r\n"] {
        let stage = Stage::answering(format!("HTTP/1.1 204 No Content\r\n{fields}\r\n"));
        let (_, answer) = stage.pass(get(""));
        assert!(answer.head.all("transfer-encoding").is_empty());
        assert!(answer.head.all("content-length").is_empty(), "{answer:?}");
    }
}

#[test]
fn a_304_keeps_what_it_says_about_what_was_not_sent() {
    let stage = Stage::answering(
        "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nCache-Control: max-age=1\r\nVary: Accept\r\n\r\n",
    );
    let (seen, answer) = stage.pass(get("If-None-Match: \"a\"\r\n"));
    assert_eq!(seen.head.all("if-none-match"), ["\"a\""]);
    assert_eq!(answer.head.all("etag"), ["\"a\""]);
    assert_eq!(answer.head.all("cache-control"), ["max-age=1"]);
    assert_eq!(answer.head.all("vary"), ["Accept"]);
}

#[test]
fn the_answer_to_head_has_no_body_whatever_it_says() {
    let answers = [
        ("a length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        ("chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        ("until the end", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"),
        ("404", "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello"),
        ("a large one", "HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\nhello"),
    ];
    each(
        &answers,
        |(name, _)| (*name).to_owned(),
        |(_, answer)| {
            let stage = Stage::answering(answer);
            let mut talk = stage.talk();
            talk.say(request("HEAD / HTTP/1.1", ""));
            let first = talk.answer_to_head();
            if first.says_close() {
                talk.is_over();
            } else {
                // A body would be read as the next answer's head.
                talk.say(request("HEAD / HTTP/1.1", ""));
                assert_eq!(talk.answer_to_head().status, first.status);
            }
        },
    );
}

#[test]
fn the_answer_to_head_keeps_the_length_that_get_would_have() {
    let stage = Stage::answering("HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nETag: a\r\n\r\n");
    let mut talk = stage.talk();
    talk.say(request("HEAD / HTTP/1.1", ""));
    let answer = talk.answer_to_head();
    assert_eq!(answer.head.all("content-length"), ["12345"]);
    assert_eq!(answer.head.all("etag"), ["a"]);
}

#[test]
fn an_empty_body_is_said_to_be_empty() {
    let answers = [
        ("by its length", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ("by its chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("205", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"),
        ("a redirect", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"),
    ];
    each(
        &answers,
        |(name, _)| (*name).to_owned(),
        |(_, answer)| {
            let stage = Stage::answering(answer);
            let mut talk = stage.talk();
            for _ in 0..2 {
                talk.say(get(""));
                let answer = talk.answer();
                assert!(matches!(answer.body.framing, Framing::Length(0) | Framing::Chunked));
                assert!(answer.body.content.is_empty());
            }
        },
    );
}
