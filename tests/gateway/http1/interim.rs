//! Interim answers (RFC 9110 §15.2): any number, before the one that counts.

use crate::support::cases::each;
use crate::support::stage::{Stage, get, post};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn statuses(stage: &Stage, request: &str) -> Vec<u16> {
    let mut talk = stage.talk();
    talk.say(request);
    let mut all = Vec::new();
    loop {
        let (status, _) = talk.head().unwrap();
        all.push(status);
        if status >= 200 {
            assert_eq!(talk.wire.exactly(2).unwrap(), b"ok");
            return all;
        }
    }
}

#[test]
fn early_hints_arrive_with_their_fields() {
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-A: b\r\n\r\n";
    let stage = Stage::answering(format!("{hints}{OK}"));
    let mut talk = stage.talk();
    talk.say(get(""));
    let (status, head) = talk.head().unwrap();
    assert_eq!(status, 103);
    assert_eq!(head.all("link"), ["</a.css>; rel=preload"]);
    assert_eq!(talk.answer().text(), "ok");
}

#[test]
fn interim_answers_are_passed_on_in_order() {
    let cases = [
        ("103", "HTTP/1.1 103 x\r\n\r\n", vec![103, 200]),
        ("102", "HTTP/1.1 102 Processing\r\n\r\n", vec![102, 200]),
        ("two", "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 103 x\r\n\r\n", vec![103, 103, 200]),
        ("102 and 103", "HTTP/1.1 102 x\r\n\r\nHTTP/1.1 103 x\r\n\r\n", vec![102, 103, 200]),
        ("one that nobody knows", "HTTP/1.1 199 x\r\n\r\n", vec![199, 200]),
    ];
    each(
        &cases,
        |(name, ..)| (*name).to_owned(),
        |(_, interim, expected)| {
            let stage = Stage::answering(format!("{interim}{OK}"));
            assert_eq!(statuses(&stage, &get("")), *expected);
        },
    );
}

/// RFC 9110 §15.2.1: who did not ask may be told or not.
#[test]
fn a_100_that_nobody_asked_for_does_no_harm() {
    let stage = Stage::answering(format!("HTTP/1.1 100 Continue\r\n\r\n{OK}"));
    for request in [get(""), post("Content-Length: 5\r\n", "hello")] {
        assert_eq!(statuses(&stage, &request).last(), Some(&200));
    }
}

#[test]
fn an_interim_answer_may_have_many_fields_but_no_body() {
    // The length belongs to nothing.
    let stage = Stage::answering(format!("HTTP/1.1 103 x\r\nContent-Length: 5\r\n\r\n{OK}"));
    let mut talk = stage.talk();
    talk.say(get(""));
    let answer = talk.answer();
    assert!(answer.status == 502 || answer.text() == "ok", "{answer:?}");
}

#[test]
fn early_hints_before_the_answer_to_head() {
    let stage = Stage::answering(format!("HTTP/1.1 103 x\r\n\r\n{OK}"));
    let mut talk = stage.talk();
    talk.say("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(talk.answer_to_head().status, 200);
}

#[test]
fn a_switch_that_nobody_asked_for_is_a_bad_gateway() {
    let stage = Stage::answering(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nEVIL",
    );
    let mut talk = stage.talk();
    talk.say(get(""));
    let answer = talk.answer();
    assert_eq!(answer.status, 502);
    assert!(!answer.text().contains("EVIL"));
}
