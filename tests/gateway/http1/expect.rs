//! `Expect: 100-continue` (RFC 9110 §10.1.1): the IDE decides whether the body is sent.

use std::io::Read;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use crate::support::PATIENCE;
use crate::support::backend::{Backend, Served};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};
use crate::support::stage::{Stage, post, request};
use crate::support::talk::Talk;

const FIELDS: &str = "Content-Length: 5\r\nExpect: 100-continue\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn before(serve: impl Fn(Served) + Send + Sync + 'static) -> (Control, Backend, Gateway, Talk) {
    let backend = Backend::start(serve);
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let talk = Talk::to(gateway.address());
    (control, backend, gateway, talk)
}

#[test]
fn the_ides_word_reaches_the_client() {
    let (_control, backend, _gateway, mut talk) = before(|mut served| {
        served.head();
        served.send("HTTP/1.1 100 Continue\r\n\r\n");
        assert_eq!(served.read(5), b"hello");
        served.send(OK);
    });
    talk.say(post(FIELDS, ""));
    assert_eq!(talk.head().unwrap().0, 100);
    talk.say("hello");
    assert_eq!(talk.answer().text(), "ok");
    assert!(backend.last_head().to_lowercase().contains("expect: 100-continue\r\n"));
}

#[test]
fn the_client_is_asked_only_once() {
    let (_control, _backend, _gateway, mut talk) = before(|mut served| {
        served.head();
        served.send("HTTP/1.1 100 Continue\r\n\r\n");
        served.read(5);
        served.send(OK);
    });
    talk.say(post(FIELDS, ""));
    assert_eq!(talk.head().unwrap().0, 100);
    talk.say("hello");
    assert_eq!(talk.head().unwrap().0, 200);
}

#[test]
fn a_refusal_comes_without_a_100() {
    let statuses = [413, 401, 417, 303, 200];
    for status in statuses {
        let answer =
            format!("HTTP/1.1 {status} x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
        let (_control, _backend, _gateway, mut talk) = before(move |mut served| {
            served.head();
            served.send(&answer);
        });
        talk.say(post(FIELDS, ""));
        assert_eq!(talk.head().unwrap().0, status);
        assert_eq!(talk.wire.exactly(2).unwrap(), b"no");
    }
}

/// The body may come or not after a refusal: what the client sends then is no request.
#[test]
fn after_a_refusal_the_body_is_no_request() {
    const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let (_control, backend, _gateway, mut talk) = before(|mut served| {
        served.head();
        served.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
        let mut body = [0; HIDDEN.len()];
        if served.stream.read_exact(&mut body).is_ok() {
            served.head();
        }
    });
    let fields = format!("Content-Length: {}\r\nExpect: 100-continue\r\n", HIDDEN.len());
    talk.say(post(&fields, ""));
    assert_eq!(talk.answer().status, 413);
    talk.say(HIDDEN);
    talk.say(request("GET /last HTTP/1.1", "Connection: close\r\n"));
    let _ = talk.try_answer(false);
    assert!(backend.heads().iter().all(|head| !head.contains("/hidden")), "{:?}", backend.heads());
}

/// The client waits, and the IDE does not know that it should say something.
#[test]
fn an_ide_that_says_nothing_gets_the_body() {
    let (_control, _backend, _gateway, mut talk) = before(|mut served| {
        served.head();
        assert_eq!(served.read(5), b"hello");
        served.send(OK);
    });
    talk.say(post(FIELDS, ""));
    assert_eq!(talk.head().unwrap().0, 100);
    talk.say("hello");
    assert_eq!(talk.answer().text(), "ok");
}

#[test]
fn a_client_that_does_not_wait_is_answered_too() {
    let stage = Stage::set();
    for (fields, body) in [
        (FIELDS, "hello"),
        ("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n", "5\r\nhello\r\n0\r\n\r\n"),
        ("Content-Length: 5\r\nExpect: 100-Continue\r\n", "hello"),
    ] {
        let (seen, answer) = stage.pass(post(fields, body));
        assert_eq!((seen.body.content.as_slice(), answer.status), (&b"hello"[..], 200));
    }
}

#[test]
fn an_expectation_without_a_body_is_answered() {
    let stage = Stage::set();
    for (line, fields) in [
        ("GET / HTTP/1.1", "Expect: 100-continue\r\n"),
        ("POST / HTTP/1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n"),
    ] {
        let (_, answer) = stage.pass(request(line, fields));
        assert_eq!(answer.status, 200);
    }
}

/// RFC 9110 §10.1.1: 417, or left to the IDE.
#[test]
fn another_expectation_is_refused_or_passed_on() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(post("Content-Length: 5\r\nExpect: 200-maybe\r\n", "hello"));
    let answer = talk.answer();
    match stage.ide.take().as_slice() {
        [] => assert_eq!(answer.status, 417),
        [seen] => assert_eq!(seen.head.all("expect"), ["200-maybe"]),
        more => panic!("{more:?}"),
    }
}

#[test]
fn our_own_refusal_comes_before_the_body() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(post(&format!("Origin: http://evil.example\r\n{FIELDS}"), ""));
    assert_eq!(talk.head().unwrap().0, 403);
}

/// An upload that waits does so at the client: nothing is taken from it before.
#[test]
fn the_ide_hears_of_the_request_before_the_body_is_sent() {
    let (told, heard) = channel();
    let (go, wait): (_, Receiver<()>) = channel();
    let wait = Arc::new(Mutex::new(wait));
    let (_control, _backend, _gateway, mut talk) = before(move |mut served| {
        served.head();
        told.send(()).unwrap();
        wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        served.send("HTTP/1.1 100 Continue\r\n\r\n");
        assert_eq!(served.read(5), b"hello");
        served.send(OK);
    });
    talk.say(post(FIELDS, ""));
    heard.recv_timeout(PATIENCE).unwrap();
    go.send(()).unwrap();
    assert_eq!(talk.head().unwrap().0, 100);
    talk.say("hello");
    assert_eq!(talk.answer().text(), "ok");
}
