//! Requests that are sent before the answers to earlier ones have come (RFC 9112 §9.3.2).

use std::sync::Mutex;
use std::sync::mpsc::channel;

use crate::support::PATIENCE;
use crate::support::recorder::Recorder;
use crate::support::stage::{Stage, get, post, request};

fn numbered(count: usize) -> String {
    (0..count).map(|n| request(&format!("GET /{n} HTTP/1.1"), "")).collect()
}

#[test]
fn answers_come_in_order() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(numbered(50));
    for n in 0..50 {
        assert_eq!(talk.answer().text(), format!("GET /{n} HTTP/1.1"));
    }
    assert_eq!(stage.ide.take().len(), 50);
}

#[test]
fn answers_come_in_order_whatever_the_pieces() {
    let stage = Stage::set();
    for piece in [1, 7, 40, 61] {
        let mut talk = stage.talk();
        numbered(8).as_bytes().chunks(piece).for_each(|piece| talk.say(piece));
        for n in 0..8 {
            assert_eq!(talk.answer().text(), format!("GET /{n} HTTP/1.1"), "pieces of {piece}");
        }
    }
}

#[test]
fn a_quick_answer_waits_for_a_slow_one() {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let stage = Stage::before(Recorder::answering(move |seen| {
        if seen.target() == "/slow" {
            wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        }
        let target = seen.target();
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{target}", target.len()).into_bytes()
    }));
    let mut talk = stage.talk();
    talk.say(request("GET /slow HTTP/1.1", "") + &request("GET /api HTTP/1.1", ""));
    // Somebody else is not held up.
    let mut other = stage.talk();
    other.say(request("GET /quick HTTP/1.1", ""));
    assert_eq!(other.answer().text(), "/quick");
    go.send(()).unwrap();
    assert_eq!(talk.answer().text(), "/slow");
    assert!(talk.answer().text().contains("waiide-init"));
}

#[test]
fn bodies_lie_between_the_requests() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(post("Content-Length: 5\r\n", "hello") + &request("HEAD /x HTTP/1.1", "") + &get(""));
    assert_eq!(talk.answer().text(), "POST / HTTP/1.1");
    assert_eq!(talk.answer_to_head().status, 200);
    assert_eq!(talk.answer().text(), "GET / HTTP/1.1");
    assert_eq!(stage.ide.take()[0].body.content, b"hello");
}

#[test]
fn our_own_answers_and_the_ides_keep_their_order() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(
        request("GET /api HTTP/1.1", "")
            + &request("GET /1 HTTP/1.1", "")
            + &request("GET /api/nothing HTTP/1.1", "")
            + &request("GET /2 HTTP/1.1", ""),
    );
    let answers: Vec<_> = (0..4).map(|_| talk.answer()).collect();
    assert!(answers[0].text().contains("waiide-init"));
    assert_eq!(answers[1].text(), "GET /1 HTTP/1.1");
    assert_eq!(answers[2].status, 404);
    assert_eq!(answers[3].text(), "GET /2 HTTP/1.1");
}

#[test]
fn nothing_is_answered_behind_close() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(get("Connection: close\r\n") + &request("GET /behind HTTP/1.1", ""));
    assert_eq!(talk.answer().text(), "GET / HTTP/1.1");
    talk.is_over();
    assert_eq!(stage.ide.take().len(), 1);
}

#[test]
fn nothing_is_answered_behind_a_mistake() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(get("") + "G(T / HTTP/1.1\r\n\r\n" + &request("GET /behind HTTP/1.1", ""));
    assert_eq!(talk.answer().text(), "GET / HTTP/1.1");
    assert_eq!(talk.answer().status, 400);
    talk.is_over();
    assert_eq!(stage.ide.take().len(), 1);
}

#[test]
fn nothing_is_answered_behind_an_http_1_0_request() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(request("GET /1 HTTP/1.0", "") + &request("GET /behind HTTP/1.1", ""));
    assert_eq!(talk.answer().text(), "GET /1 HTTP/1.1");
    talk.is_over();
    assert_eq!(stage.ide.take().len(), 1);
}

/// RFC 9112 §6.1: behind a chunked body a connection may end, but nothing else may happen.
#[test]
fn behind_a_chunked_body_the_next_request_is_answered_or_none() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(
        post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")
            + &request("GET /behind HTTP/1.1", ""),
    );
    let first = talk.answer();
    assert_eq!(first.text(), "POST / HTTP/1.1");
    if first.says_close() {
        talk.is_over();
        assert_eq!(stage.ide.take().len(), 1);
    } else {
        assert_eq!(talk.answer().text(), "GET /behind HTTP/1.1");
    }
}
