//! Trailers (RFC 9110 §6.5): passed on, but for those that belong into a head.

use crate::support::cases::each;
use crate::support::stage::{Stage, get, post};

const FORBIDDEN: [&str; 22] = [
    "Content-Length: 1",
    "Transfer-Encoding: chunked",
    "Host: evil.example",
    "Connection: close",
    "Authorization: Bearer x",
    "Cookie: a=b",
    "Set-Cookie: a=b",
    "Content-Type: a/b",
    "Content-Encoding: gzip",
    "Content-Range: bytes 0-1/2",
    "Trailer: X-Sum",
    "TE: trailers",
    "Upgrade: websocket",
    "Keep-Alive: 5",
    "X-Forwarded-For: 6.6.6.6",
    "X-Forwarded-Host: x",
    "Forwarded: for=x",
    "X-Real-IP: 6.6.6.6",
    "Expect: 100-continue",
    "Cache-Control: no-store",
    "Proxy-Authorization: x",
    "Location: /x",
];

fn chunked(trailers: &str) -> String {
    format!("5\r\nhello\r\n0\r\n{trailers}\r\n")
}

#[test]
fn a_requests_trailers_arrive() {
    let stage = Stage::set();
    let fields = "Transfer-Encoding: chunked\r\nTrailer: X-Sum, X-More\r\n";
    let (seen, _) = stage.pass(post(fields, &chunked("X-Sum: 42\r\nX-More:  a b \r\n")));
    let trailers: Vec<_> =
        seen.body.trailers.iter().map(|(n, v)| (n.to_lowercase(), v.as_slice())).collect();
    assert_eq!(trailers, [("x-sum".into(), &b"42"[..]), ("x-more".into(), b"a b")]);
    assert_eq!(seen.head.all("trailer"), ["X-Sum, X-More"]);
    assert_eq!(seen.body.content, b"hello");
}

#[test]
fn a_requests_trailers_need_no_announcement() {
    let stage = Stage::set();
    let (seen, _) = stage.pass(post("Transfer-Encoding: chunked\r\n", &chunked("X-Sum: 42\r\n")));
    assert_eq!(seen.body.content, b"hello");
    assert_eq!(seen.body.trailers.len(), 1);
}

#[test]
fn what_belongs_into_a_requests_head_is_no_trailer() {
    let stage = Stage::set();
    each(
        &FORBIDDEN,
        |field| (*field).to_owned(),
        |field| {
            stage.ide.take();
            let mut talk = stage.talk();
            talk.say(post("Transfer-Encoding: chunked\r\n", &chunked(&format!("{field}\r\n"))));
            let answer = talk.answer();
            // Refused or dropped; but not passed on, and not taken into the head.
            for seen in stage.ide.take() {
                assert!(seen.body.trailers.is_empty(), "{seen:?}");
                assert!(!format!("{:?}", seen.head).contains("6.6.6.6"), "{seen:?}");
                assert_eq!(seen.head.all("host"), ["localhost"]);
            }
            assert!(matches!(answer.status, 200 | 400), "{answer:?}");
        },
    );
}

#[test]
fn what_is_no_trailer_is_refused() {
    let trailers: [(&str, &[u8]); 9] = [
        ("no colon", b"X-Sum\r\n"),
        ("a space before the colon", b"X-Sum : 1\r\n"),
        ("a space in front", b" X-Sum: 1\r\n"),
        ("folded", b"X-Sum: 1\r\n 2\r\n"),
        ("LF alone", b"X-Sum: 1\n"),
        ("CR alone", b"X-Sum: 1\rX: y\r\n"),
        ("NUL", b"X-Sum: \0\r\n"),
        ("no name", b": 1\r\n"),
        ("a request line", b"GET /hidden HTTP/1.1\r\n"),
    ];
    let stage = Stage::set();
    each(
        &trailers,
        |(name, _)| (*name).to_owned(),
        |(_, trailers)| {
            stage.ide.take();
            let mut talk = stage.talk();
            let head = post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n");
            talk.say([head.as_bytes(), trailers, b"\r\n"].concat());
            // The head and some of the body may have reached the IDE; their end may not.
            let answer = talk.try_answer(false);
            assert!(answer.map_or(true, |answer| answer.status >= 400));
            talk.is_over();
            assert!(stage.ide.take().is_empty(), "the IDE got a whole request");
        },
    );
}

fn with_trailers(trailers: &str) -> Stage {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n";
    Stage::answering(format!("{head}{}", chunked(trailers)))
}

#[test]
fn an_answers_trailers_arrive_where_they_are_wanted() {
    let stage = with_trailers("X-Sum: 42\r\nX-More: a\r\n");
    let (_, answer) = stage.pass(get("TE: trailers\r\nConnection: TE\r\n"));
    assert_eq!(answer.head.all("trailer"), ["X-Sum"]);
    let trailers: Vec<_> =
        answer.body.trailers.iter().map(|(n, v)| (n.to_lowercase(), v.as_slice())).collect();
    assert_eq!(trailers, [("x-sum".into(), &b"42"[..]), ("x-more".into(), b"a")]);
}

/// RFC 9110 §6.5.1: to others they may be sent or not; the body has to be right in any case.
#[test]
fn an_answers_trailers_do_no_harm_where_they_are_not_wanted() {
    let stage = with_trailers("X-Sum: 42\r\n");
    let mut talk = stage.talk();
    for _ in 0..2 {
        talk.say(get(""));
        assert_eq!(talk.answer().text(), "hello");
    }
}

#[test]
fn what_belongs_into_an_answers_head_is_no_trailer() {
    each(
        &FORBIDDEN,
        |field| (*field).to_owned(),
        |field| {
            let stage = with_trailers(&format!("{field}\r\n"));
            let mut talk = stage.talk();
            talk.say(get("TE: trailers\r\nConnection: TE\r\n"));
            if let Ok(answer) = talk.try_answer(false) {
                assert!(answer.body.trailers.is_empty(), "{answer:?}");
            }
        },
    );
}

#[test]
fn trailers_behind_an_answer_to_head_are_not_sent() {
    let stage = with_trailers("X-Sum: 42\r\n");
    let mut talk = stage.talk();
    talk.say("HEAD / HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nConnection: TE\r\n\r\n");
    let answer = talk.answer_to_head();
    if answer.says_close() {
        talk.is_over();
    } else {
        talk.say(get(""));
        assert_eq!(talk.answer().text(), "hello");
    }
}
