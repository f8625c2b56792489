//! A client that has said all it wants to say, and listens (RFC 9112 §9.6).

use std::sync::Mutex;
use std::sync::mpsc::channel;

use crate::support::PATIENCE;
use crate::support::cases::each;
use crate::support::recorder::Recorder;
use crate::support::stage::{Stage, get, post, request};

#[test]
fn a_client_that_is_done_sending_is_still_answered() {
    let requests = [
        ("GET", get("")),
        ("GET of ours", request("GET /api HTTP/1.1", "")),
        ("a body of known length", post("Content-Length: 5\r\n", "hello")),
        ("a chunked body", post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")),
        ("with close", get("Connection: close\r\n")),
        ("HTTP/1.0", request("GET / HTTP/1.0", "")),
        ("HTTP/1.0 with a body", request("POST / HTTP/1.0", "Content-Length: 2\r\n") + "ok"),
    ];
    let stage = Stage::set();
    each(
        &requests,
        |(name, _)| (*name).to_owned(),
        |(_, request)| {
            let mut talk = stage.talk();
            talk.say(request);
            talk.finish();
            assert_eq!(talk.answer().status, 200);
            talk.is_over();
        },
    );
}

/// The IDE takes its time: the client's end must not be taken for its going.
#[test]
fn also_when_the_answer_takes_its_time() {
    let (go, wait) = channel::<()>();
    let (told, heard) = channel::<()>();
    let (wait, told) = (Mutex::new(wait), Mutex::new(told));
    let stage = Stage::before(Recorder::answering(move |_| {
        told.lock().unwrap().send(()).unwrap();
        wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()
    }));
    for request in [get(""), post("Content-Length: 5\r\n", "hello")] {
        let mut talk = stage.talk();
        talk.say(request);
        talk.finish();
        heard.recv_timeout(PATIENCE).unwrap();
        // Time for the gateway to see the end; with less, the test still passes rightly.
        std::thread::sleep(std::time::Duration::from_millis(50));
        go.send(()).unwrap();
        assert_eq!(talk.answer().text(), "ok");
        talk.is_over();
    }
}

#[test]
fn a_long_answer_arrives_whole() {
    let content = "x".repeat(5_000_000);
    let stage =
        Stage::answering(format!("HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n{content}"));
    let mut talk = stage.talk();
    talk.say(get(""));
    talk.finish();
    assert!(talk.answer().text() == content);
    talk.is_over();
}

#[test]
fn pipelined_requests_are_all_answered() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say((0..5).map(|n| request(&format!("GET /{n} HTTP/1.1"), "")).collect::<String>());
    talk.finish();
    for n in 0..5 {
        assert_eq!(talk.answer().text(), format!("GET /{n} HTTP/1.1"));
    }
    talk.is_over();
}

/// What is not whole is not answered as if it were.
#[test]
fn what_breaks_off_is_not_carried_out() {
    let requests = [
        ("a request line", "GET / HT".to_owned()),
        ("a head", "GET / HTTP/1.1\r\nHost: localhost\r\n".to_owned()),
        ("a head but for its last byte", "GET / HTTP/1.1\r\nHost: localhost\r\n\r".to_owned()),
        ("a body", post("Content-Length: 10\r\n", "hello")),
        ("a chunk", post("Transfer-Encoding: chunked\r\n", "a\r\nhello")),
        ("between chunks", post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n")),
        ("the last chunk", post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n")),
        ("the trailers", post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nA: b\r\n")),
        ("nothing at all", String::new()),
    ];
    let stage = Stage::set();
    each(
        &requests,
        |(name, _)| (*name).to_owned(),
        |(_, request)| {
            stage.ide.take();
            let mut talk = stage.talk();
            talk.say(request);
            talk.finish();
            if let Ok(answer) = talk.try_answer(false) {
                assert!((400..600).contains(&answer.status), "{answer:?}");
            }
            talk.is_over();
            assert!(stage.ide.take().is_empty(), "the IDE got a whole request");
        },
    );
}
