//! Connections to the IDE that are kept, and go stale (RFC 9112 §9.3.1, §9.4).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};

use crate::support::backend::{Backend, Served};
use crate::support::cases::each;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};
use crate::support::stage::{get, post, request};
use crate::support::talk::Talk;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn before(backend: &Backend) -> (Control, Gateway) {
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    (control, gateway)
}

fn ask(gateway: &Gateway, request: &str) -> u16 {
    let mut talk = Talk::to(gateway.address());
    talk.say(request);
    let head = request.starts_with("HEAD");
    talk.try_answer(head).expect("an answer").status
}

/// An IDE whose connections answer once, and hang up when they are asked a second time.
fn forgetful() -> Backend {
    Backend::start(|mut served| {
        served.head();
        served.send(OK);
        served.head();
    })
}

#[test]
fn what_may_be_sent_twice_survives_a_stale_connection() {
    let lines = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];
    let backend = forgetful();
    let (_control, gateway) = before(&backend);
    each(
        &lines,
        |method| (*method).to_owned(),
        |method| {
            ask(&gateway, &get(""));
            assert_eq!(ask(&gateway, &request(&format!("{method} /x HTTP/1.1"), "")), 200);
        },
    );
}

/// RFC 9110 §9.2.2: it may have been carried out already.
#[test]
fn what_may_not_be_sent_twice_is_never_seen_twice() {
    let lines = ["POST", "PATCH", "LOCK", "X"];
    let backend = forgetful();
    let (_control, gateway) = before(&backend);
    each(
        &lines,
        |method| (*method).to_owned(),
        |method| {
            ask(&gateway, &get(""));
            let before = backend.heads().len();
            let status =
                ask(&gateway, &request(&format!("{method} /x HTTP/1.1"), "Content-Length: 0\r\n"));
            assert!(matches!(status, 200 | 502), "{status}");
            assert_eq!(backend.heads().len(), before + 1, "{:?}", backend.heads());
        },
    );
}

/// The IDE hung up long before: nothing needs to be sent twice to find out.
#[test]
fn a_connection_that_is_known_to_be_over_is_not_used() {
    let backend = Backend::start(|mut served| {
        served.head();
        served.send(OK);
    });
    let (_control, gateway) = before(&backend);
    for n in 1..6 {
        assert_eq!(ask(&gateway, &post("Content-Length: 5\r\n", "hello")), 200);
        assert_eq!(backend.heads().len(), n);
    }
}

/// An IDE each of whose connections gives an answer, whatever it says about the next one.
fn each_connection(answer: &'static str) -> Backend {
    Backend::start(move |mut served| {
        while served.head().is_some() {
            served.send(answer);
        }
    })
}

#[test]
fn connections_that_the_ide_will_end_are_not_used_again() {
    let answers = [
        ("close", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
        (
            "close in a list",
            "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok",
        ),
        ("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ];
    each(
        &answers,
        |(name, _)| (*name).to_owned(),
        |(_, answer)| {
            let backend = each_connection(answer);
            let (_control, gateway) = before(&backend);
            for _ in 0..3 {
                assert_eq!(ask(&gateway, &get("")), 200);
            }
            assert_eq!(backend.connections(), 3);
        },
    );
}

#[test]
fn connections_are_used_again_after_answers_of_every_kind() {
    let answers = [
        ("a length", OK),
        ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
        (
            "trailers",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\n\r\n",
        ),
        ("no body", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("a 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"),
        ("an empty body", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ("an error", "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nok"),
        ("early hints", "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ];
    each(
        &answers,
        |(name, _)| (*name).to_owned(),
        |(_, answer)| {
            let backend = each_connection(answer);
            let (_control, gateway) = before(&backend);
            for _ in 0..5 {
                ask(&gateway, &get(""));
            }
            assert_eq!(backend.connections(), 1);
        },
    );
}

#[test]
fn as_many_are_kept_as_were_open_at_a_time() {
    const CROWD: usize = 200;
    let together = Barrier::new(CROWD);
    let backend = Backend::start(move |mut served| {
        while served.head().is_some() {
            together.wait();
            served.send(OK);
        }
    });
    let (_control, gateway) = before(&backend);
    let mut crowd: Vec<_> = (0..CROWD).map(|_| Talk::to(gateway.address())).collect();
    let mut opened_by_a_round = || {
        let before = backend.connections();
        crowd.iter_mut().for_each(|talk| talk.say(get("")));
        assert!(crowd.iter_mut().all(|talk| talk.answer().status == 200));
        backend.connections() - before
    };
    assert_eq!(opened_by_a_round(), CROWD);
    // A machine that pauses for as long as they are kept has them all opened anew.
    assert!((0..10).any(|_| opened_by_a_round() == 0));
}

/// What comes behind an answer is the answer to nothing, and must not become the next one's.
#[test]
fn what_comes_behind_an_answer_answers_nothing() {
    let numbers = Arc::new(AtomicUsize::new(0));
    let serve = move |mut served: Served| {
        while let Some(head) = served.head() {
            let number = numbers.fetch_add(1, Ordering::SeqCst);
            let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let behind = if number == 0 { OK.replace("ok", "NO") } else { String::new() };
            let length = target.len();
            served.send(format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{target}{behind}"
            ));
        }
    };
    let backend = Backend::start(serve);
    let (_control, gateway) = before(&backend);
    let mut talk = Talk::to(gateway.address());
    for n in 0..5 {
        talk.say(request(&format!("GET /{n} HTTP/1.1"), ""));
        assert_eq!(talk.answer().text(), format!("/{n}"));
    }
}

/// A client that leaves an answer in the middle leaves its rest on the IDE's connection.
#[test]
fn the_rest_of_an_answer_that_nobody_wants_answers_nothing() {
    let backend = Backend::start(|mut served| {
        while let Some(head) = served.head() {
            if head.starts_with("GET /large ") {
                served.send("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n");
                for _ in 0..100 {
                    served.send(OK.repeat(100_000 / OK.len()));
                }
            } else {
                served.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nsmall");
            }
        }
    });
    let (_control, gateway) = before(&backend);
    for _ in 0..3 {
        let mut talk = Talk::to(gateway.address());
        talk.say(request("GET /large HTTP/1.1", ""));
        talk.wire.exactly(1000).unwrap();
        drop(talk);
        let mut talk = Talk::to(gateway.address());
        talk.say(request("GET /small HTTP/1.1", ""));
        assert_eq!(talk.answer().text(), "small");
    }
}

#[test]
fn the_body_that_a_head_request_did_not_want_answers_nothing() {
    let backend = Backend::start(|mut served| {
        while let Some(head) = served.head() {
            let body = if head.contains("/large") { OK.repeat(1000) } else { "small".into() };
            served.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
        }
    });
    let (_control, gateway) = before(&backend);
    let mut talk = Talk::to(gateway.address());
    for _ in 0..5 {
        talk.say(request("HEAD /large HTTP/1.1", ""));
        assert_eq!(talk.answer_to_head().status, 200);
        talk.say(request("GET /small HTTP/1.1", ""));
        assert_eq!(talk.answer().text(), "small");
    }
}
