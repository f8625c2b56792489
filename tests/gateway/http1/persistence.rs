//! Whether a connection goes on (RFC 9112 §9.3).

use std::io::Write;
use std::time::{Duration, Instant};

use crate::support::cases::each;
use crate::support::stage::{Stage, get, post, request};

#[test]
fn a_connection_goes_on_unless_it_is_told_not_to() {
    let requests = [
        ("1.1", get(""), true),
        ("1.1 and keep-alive", get("Connection: keep-alive\r\n"), true),
        ("1.1 and something else", get("Connection: X-A\r\n"), true),
        ("1.1 and an empty Connection", get("Connection:\r\n"), true),
        ("1.1 and close", get("Connection: close\r\n"), false),
        ("1.1 and close in capitals", get("Connection: CLOSE\r\n"), false),
        ("1.1 and close in a list", get("Connection: keep-alive, close\r\n"), false),
        ("1.1 and close in a list without spaces", get("Connection: x,close,y\r\n"), false),
        ("1.1 and close in a second line", get("Connection: x\r\nConnection: close\r\n"), false),
        ("1.1 and something like close", get("Connection: closed\r\n"), true),
        ("1.1 and a body", post("Content-Length: 5\r\n", "hello"), true),
        ("1.1 and an empty body", post("Content-Length: 0\r\n", ""), true),
        (
            "1.1, a body and close",
            post("Content-Length: 5\r\nConnection: close\r\n", "hello"),
            false,
        ),
        ("Proxy-Connection", get("Proxy-Connection: close\r\n"), true),
        ("1.0", request("GET / HTTP/1.0", ""), false),
        ("1.0 and close", request("GET / HTTP/1.0", "Connection: close\r\n"), false),
    ];
    let stage = Stage::set();
    each(
        &requests,
        |(name, ..)| (*name).to_owned(),
        |(_, request, goes_on)| {
            let mut talk = stage.talk();
            talk.say(request);
            let answer = talk.answer();
            assert_eq!(answer.status, 200);
            if *goes_on {
                assert!(!answer.says_close(), "{answer:?}");
                talk.goes_on();
            } else {
                talk.is_over();
            }
        },
    );
}

#[test]
fn the_end_is_announced() {
    let stage = Stage::set();
    for path in ["/x", "/api", "/api/nothing"] {
        let mut talk = stage.talk();
        talk.say(request(&format!("GET {path} HTTP/1.1"), "Connection: close\r\n"));
        assert!(talk.answer().says_close(), "{path}");
        talk.is_over();
    }
}

/// Nothing can come any more that a reset would be the answer to: the socket is not kept for that. It
/// would be for a second.
#[test]
fn behind_a_last_request_that_is_read_whole_the_socket_is_closed_at_once() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(get("Connection: close\r\n"));
    assert_eq!(talk.answer().status, 200);
    talk.is_over();
    let over = Instant::now();
    while talk.wire.stream.write_all(b"x").is_ok() {
        assert!(over.elapsed() < Duration::from_millis(800), "it still takes what is sent");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// None of these is the client's mistake in HTTP.
#[test]
fn an_error_does_not_end_a_connection() {
    let requests = [
        ("nothing there", request("GET /api/nothing HTTP/1.1", "")),
        ("a wrong method", request("DELETE /api HTTP/1.1", "")),
        ("a wrong origin", request("POST / HTTP/1.1", "Origin: http://evil.example\r\n")),
        ("a wrong host", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned()),
    ];
    let stage = Stage::set();
    each(
        &requests,
        |(name, _)| (*name).to_owned(),
        |(_, request)| {
            let mut talk = stage.talk();
            talk.say(request);
            let answer = talk.answer();
            assert!((400..500).contains(&answer.status) && !answer.says_close(), "{answer:?}");
            talk.goes_on();
        },
    );
}

#[test]
fn a_refusal_of_what_is_no_http_says_that_the_connection_ends() {
    let stage = Stage::set();
    for request in
        ["GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", "x\r\n\r\n", "GET / HTTP/1.1\r\n x\r\n\r\n"]
    {
        let answer = stage.refused(request);
        assert!(answer.says_close(), "{request:?}: {answer:?}");
    }
}

#[test]
fn a_hundred_requests_of_every_kind_go_over_one_connection() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    for n in 0..25 {
        talk.say(get(""));
        assert_eq!(talk.answer().text(), "GET / HTTP/1.1");
        talk.say(request(&format!("HEAD /{n} HTTP/1.1"), ""));
        assert_eq!(talk.answer_to_head().status, 200);
        talk.say(request(&format!("PUT /{n} HTTP/1.1"), "Content-Length: 5\r\n") + "hello");
        assert_eq!(talk.answer().text(), format!("PUT /{n} HTTP/1.1"));
        talk.say(request("GET /api HTTP/1.1", ""));
        assert_eq!(talk.answer().status, 200);
    }
}
