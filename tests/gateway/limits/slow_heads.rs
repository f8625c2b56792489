//! Clients that do not come to the point.

use std::time::Duration;

use serde_json::json;

use super::{Scene, answer};
use crate::support::cases::each;
use crate::support::stage::request;
use crate::support::wire::Fault;

/// In a hurry about heads alone; nothing else here takes any time.
fn scene() -> Scene {
    Scene::set(json!({"head": 500, "idle": 1500}), answer)
}

#[test]
fn a_head_that_does_not_come_to_its_end_is_given_up() {
    let heads = [
        ("a letter", "G"),
        ("a method", "GET "),
        ("a request line", "GET / HTTP/1.1\r\n"),
        ("a field", "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b"),
        ("all but a byte", "GET / HTTP/1.1\r\nHost: localhost\r\n\r"),
    ];
    let scene = scene();
    each(
        &heads,
        |(name, _)| (*name).to_owned(),
        |(_, head)| {
            let mut talk = scene.talk();
            talk.say(head);
            let answer = talk.answer();
            assert!(answer.status == 408 && answer.says_close(), "{answer:?}");
            talk.is_over();
        },
    );
    assert!(scene.ide.heads().is_empty());
    scene.others_are_answered();
}

/// What counts is the time since the head began, not since the last byte of it.
#[test]
fn a_byte_now_and_then_gains_nothing() {
    let scene = scene();
    let mut talk = scene.talk();
    let mut writer = talk.wire.stream.try_clone().unwrap();
    let dripping = std::thread::spawn(move || {
        use std::io::Write;
        let head = request("GET / HTTP/1.1", &"X-A: b\r\n".repeat(1000));
        for byte in head.bytes() {
            if writer.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("all of it could be sent");
    });
    match talk.try_answer(false) {
        Ok(answer) => assert_eq!(answer.status, 408),
        Err(fault) => assert_eq!(fault, Fault::Reset),
    }
    talk.is_over();
    drop(talk);
    dripping.join().unwrap();
}

#[test]
fn the_second_request_has_no_more_time_than_the_first() {
    let scene = scene();
    let mut talk = scene.talk();
    talk.goes_on();
    talk.say("GET / HTTP/1.1\r\n");
    assert_eq!(talk.answer().status, 408);
    talk.is_over();
}

/// Nobody asked for anything: there is nothing to answer.
#[test]
fn an_idle_connection_ends_without_a_word() {
    let scene = Scene::set(json!({"head": 1000, "idle": 500}), answer);
    let mut silent = scene.talk();
    let mut used = scene.talk();
    used.goes_on();
    for talk in [&mut silent, &mut used] {
        assert_eq!(talk.wire.end(), Ok(Fault::Closed));
    }
}

#[test]
fn a_slow_head_that_comes_in_time_is_answered() {
    let scene = Scene::set(json!({"head": 20_000, "idle": 20_000}), answer);
    let mut talk = scene.talk();
    for part in ["GET /goes", "-on HTTP/1.1\r\nHo", "st: localhost\r\n", "\r\n"] {
        std::thread::sleep(Duration::from_millis(50));
        talk.say(part);
    }
    assert_eq!(talk.answer().text(), "/goes-on");
}

#[test]
fn a_thousand_slow_heads_keep_nobody_from_being_answered() {
    let scene = Scene::patient(answer);
    let slow: Vec<_> = (0..1000)
        .map(|n| {
            let mut talk = scene.talk();
            talk.say(format!("GET /{n} HTTP/1.1\r\nHost: localhost\r\nX-A: "));
            talk
        })
        .collect();
    scene.others_are_answered();
    for (n, mut talk) in slow.into_iter().enumerate().step_by(100) {
        talk.say("b\r\n\r\n");
        assert_eq!(talk.answer().text(), format!("/{n}"));
    }
}
