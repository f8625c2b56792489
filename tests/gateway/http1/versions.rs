//! Clients that speak HTTP/1.0 (RFC 9110 §2.5, RFC 9112 §9.3).

use crate::support::recorder::Recorder;
use crate::support::stage::{Stage, request};
use crate::support::wire::Framing;

#[test]
fn the_ide_is_asked_in_1_1_and_the_connection_ends() {
    let stage = Stage::set();
    stage.ide.take();
    let mut talk = stage.talk();
    talk.say(request("GET /x HTTP/1.0", ""));
    assert_eq!(talk.answer().text(), "GET /x HTTP/1.1");
    talk.is_over();
    assert_eq!(stage.ide.take_one().line(), "GET /x HTTP/1.1");
}

#[test]
fn keep_alive_is_granted_in_words_or_not_at_all() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(request("GET /x HTTP/1.0", "Connection: keep-alive\r\n"));
    let answer = talk.answer();
    if answer.head.has("connection", "keep-alive") {
        talk.say(request("GET /y HTTP/1.0", "Connection: keep-alive\r\n"));
        assert_eq!(talk.answer().text(), "GET /y HTTP/1.1");
    } else {
        talk.is_over();
    }
}

#[test]
fn close_beats_keep_alive() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(request("GET /x HTTP/1.0", "Connection: keep-alive, close\r\n"));
    assert!(!talk.answer().head.has("connection", "keep-alive"));
    talk.is_over();
}

/// RFC 9112 §6.1: it is never told a length by a transfer coding.
#[test]
fn a_chunked_answer_arrives_without_its_coding() {
    let answer =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n";
    let stage = Stage::answering(answer);
    for fields in ["", "Connection: keep-alive\r\n"] {
        let mut talk = stage.talk();
        talk.say(request("GET /x HTTP/1.0", fields));
        let answer = talk.answer();
        assert!(answer.head.all("transfer-encoding").is_empty(), "{answer:?}");
        assert_eq!((answer.text().as_str(), answer.body.framing), ("abcdef", Framing::Close));
        assert!(!answer.head.has("connection", "keep-alive"));
    }
}

#[test]
fn a_chunked_answer_with_trailers_loses_them() {
    let stage = Stage::answering(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
    );
    let mut talk = stage.talk();
    talk.say(request("GET /x HTTP/1.0", ""));
    assert_eq!(talk.answer().text(), "abc");
}

#[test]
fn an_upload_of_known_length_arrives() {
    let stage = Stage::set();
    let (seen, _) =
        stage.pass("POST /x HTTP/1.0\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(seen.body.content, b"hello");
}

/// RFC 9110 §15.2: it has never heard of interim answers.
#[test]
fn interim_answers_are_kept_back() {
    let stage = Stage::before(Recorder::answering(|_| {
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            .to_vec()
    }));
    let mut talk = stage.talk();
    talk.say(request("GET /x HTTP/1.0", ""));
    assert_eq!(talk.head().map(|(status, _)| status), Ok(200));
}

/// RFC 9110 §10.1.1: an expectation in HTTP/1.0 means nothing.
#[test]
fn it_is_not_told_to_continue() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    let fields = "Content-Length: 5\r\nExpect: 100-continue\r\n";
    talk.say(format!("POST /x HTTP/1.0\r\nHost: localhost\r\n{fields}\r\nhello"));
    assert_eq!(talk.head().map(|(status, _)| status), Ok(200));
}

#[test]
fn without_a_host_it_gets_an_answer_and_nobody_elses() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say("GET /x HTTP/1.0\r\n\r\n");
    let answer = talk.answer();
    assert!(matches!(answer.status, 200 | 400 | 403), "{answer:?}");
    talk.is_over();
}

#[test]
fn head_gets_a_head_alone() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(request("HEAD /x HTTP/1.0", ""));
    assert_eq!(talk.answer_to_head().status, 200);
    talk.is_over();
}

#[test]
fn a_websocket_is_not_opened() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(request(
        "GET /x HTTP/1.0",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    ));
    talk.answer();
    for seen in stage.ide.take() {
        assert!(seen.head.all("upgrade").is_empty());
    }
}
