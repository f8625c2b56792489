//! One side goes: the other hears of it, at once and not as if all had been well.

use std::io::Read;
use std::net::Shutdown;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use nix::sys::socket::{setsockopt, sockopt};

use crate::support::backend::{Backend, Served};
use crate::support::cases::each;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};
use crate::support::stage::{get, post};
use crate::support::talk::Talk;
use crate::support::{PATIENCE, eventually};

fn before(serve: impl Fn(Served) + Send + Sync + 'static) -> (Control, Backend, Gateway) {
    let backend = Backend::start(serve);
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    (control, backend, gateway)
}

/// How a client leaves.
#[derive(Clone, Copy)]
enum Leaving {
    /// It closes its socket.
    Closing,
    /// It resets the connection, as a killed tab or a lost network does.
    Reset,
}

impl Leaving {
    fn of(self, talk: Talk) {
        if let Leaving::Reset = self {
            let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
            setsockopt(&talk.wire.stream, sockopt::Linger, &linger).unwrap();
        }
        drop(talk);
    }
}

#[test]
fn when_a_client_goes_the_ide_hears_of_it() {
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    let moments = [
        ("before the answer", get(""), "", Leaving::Reset),
        (
            "behind the head",
            get(""),
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
            Leaving::Reset,
        ),
        (
            "within a body",
            get(""),
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
            Leaving::Reset,
        ),
        ("within a chunked body", get(""), CHUNKED, Leaving::Reset),
        ("within an upload", post("Content-Length: 9\r\n", "hello"), "", Leaving::Reset),
        ("within an upload, closing", post("Content-Length: 9\r\n", "hello"), "", Leaving::Closing),
        (
            "within chunks",
            post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"),
            "",
            Leaving::Closing,
        ),
        ("within both", post("Content-Length: 9\r\n", "hello"), CHUNKED, Leaving::Closing),
    ];
    each(
        &moments,
        |(name, ..)| (*name).to_owned(),
        |(_, request, answer, leaving)| {
            let (gone, heard) = channel();
            let answer = (*answer).to_owned();
            let gone = Mutex::new(gone);
            let sent = answer.clone();
            let (_control, backend, gateway) = before(move |mut served| {
                served.head();
                served.send(&answer);
                let _ = served.stream.read_to_end(&mut Vec::new());
                let _ = gone.lock().unwrap().send(());
            });
            let mut talk = Talk::to(gateway.address());
            talk.say(request);
            eventually("the IDE is asked", || !backend.heads().is_empty());
            if !sent.is_empty() {
                talk.final_head().unwrap();
            }
            leaving.of(talk);
            heard.recv_timeout(PATIENCE).expect("the IDE hears of it");
        },
    );
}

/// A stream that never ends by itself: an event source, a long download.
#[test]
fn when_a_client_leaves_a_stream_the_ide_hears_of_it() {
    let (gone, heard) = channel();
    let gone = Mutex::new(gone);
    let (_control, _backend, gateway) = before(move |mut served| {
        use std::io::Write;
        served.head();
        served.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while served.stream.write_all(b"5\r\nhello\r\n").is_ok() {}
        let _ = gone.lock().unwrap().send(());
    });
    let mut talk = Talk::to(gateway.address());
    talk.say(get(""));
    talk.final_head().unwrap();
    talk.wire.exactly(1000).unwrap();
    drop(talk);
    heard.recv_timeout(PATIENCE).expect("the IDE hears of it");
}

#[test]
fn an_upload_that_breaks_off_does_not_look_whole() {
    for (request, leaving) in [
        (post("Content-Length: 9\r\n", "hello"), Leaving::Reset),
        (post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"), Leaving::Reset),
        (post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"), Leaving::Closing),
        (post("Transfer-Encoding: chunked\r\n", "9\r\nhello"), Leaving::Closing),
    ] {
        let (read, heard) = channel();
        let read = Mutex::new(read);
        let (_control, backend, gateway) = before(move |mut served| {
            served.head();
            let mut body = Vec::new();
            let _ = served.stream.read_to_end(&mut body);
            let _ = read.lock().unwrap().send(String::from_utf8(body).unwrap());
        });
        let mut talk = Talk::to(gateway.address());
        talk.say(request);
        eventually("the IDE is asked", || !backend.heads().is_empty());
        leaving.of(talk);
        let body = heard.recv_timeout(PATIENCE).unwrap();
        assert!(!body.contains("0\r\n\r\n") && body.len() < 13, "{body:?}");
    }
}

#[test]
fn when_the_ide_goes_before_it_answers_that_is_a_bad_gateway() {
    let endings: [(&str, &'static [u8]); 5] = [
        ("without a word", b""),
        ("within the status line", b"HTTP/1.1 20"),
        ("within the head", b"HTTP/1.1 200 OK\r\nContent-Le"),
        ("before the empty line", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"),
        ("behind an interim answer", b"HTTP/1.1 103 x\r\n\r\n"),
    ];
    each(
        &endings,
        |(name, _)| (*name).to_owned(),
        |&(_, said)| {
            let (_control, _backend, gateway) = before(move |mut served| {
                served.head();
                served.send(said);
            });
            let mut talk = Talk::to(gateway.address());
            talk.say(post("Content-Length: 0\r\n", ""));
            let answer = talk.answer();
            assert_eq!(answer.status, 502);
            assert!(answer.text().contains("\"bad_gateway\""), "{answer:?}");
            // A connection that is not said to end goes on.
            if answer.says_close() {
                talk.is_over();
            } else {
                talk.say("GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assert_eq!(talk.answer().status, 200);
            }
        },
    );
}

/// The IDE closes its sending side alone: the request was read, no answer will come.
#[test]
fn when_the_ide_is_done_sending_that_is_a_bad_gateway() {
    let (_control, _backend, gateway) = before(|mut served| {
        served.head();
        let _ = served.stream.shutdown(Shutdown::Write);
        let _ = served.stream.read_to_end(&mut Vec::new());
    });
    let mut talk = Talk::to(gateway.address());
    talk.say(post("Content-Length: 0\r\n", ""));
    assert_eq!(talk.answer().status, 502);
}

#[test]
fn others_are_not_affected() {
    let (_control, _backend, gateway) = before(|mut served| {
        while let Some(head) = served.head() {
            if head.contains("/gone") {
                return;
            }
            served.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let mut other = Talk::to(gateway.address());
    for _ in 0..5 {
        let mut talk = Talk::to(gateway.address());
        talk.say("POST /gone HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(talk.answer().status, 502);
        other.say(get(""));
        assert_eq!(other.answer().text(), "ok");
    }
}
