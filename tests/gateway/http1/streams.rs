//! Bodies that take their time: each part goes on as it comes, both ways.

use std::net::Shutdown;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::support::PATIENCE;
use crate::support::backend::{Backend, Served};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};
use crate::support::stage::{get, post};
use crate::support::talk::Talk;

struct Scene {
    talk: Talk,
    /// Lets the IDE go on.
    go: Sender<()>,
    /// What the IDE says that it got.
    heard: Receiver<Vec<u8>>,
    _parts: (Control, Backend, Gateway),
}

/// An IDE that does something, with a way to wait for the test and a way to tell it something.
fn scene(serve: impl Fn(Served, &Receiver<()>, &Sender<Vec<u8>>) + Send + Sync + 'static) -> Scene {
    let ((go, wait), (tell, heard)) = (channel(), channel());
    let (wait, tell) = (Mutex::new(wait), Mutex::new(tell));
    let backend = Backend::start(move |mut served| {
        served.head();
        served.stream.set_nodelay(true).unwrap();
        let tell = tell.lock().unwrap().clone();
        serve(served, &wait.lock().unwrap(), &tell);
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let talk = Talk::to(gateway.address());
    Scene { talk, go, heard, _parts: (control, backend, gateway) }
}

fn until_told(wait: &Receiver<()>) {
    wait.recv_timeout(PATIENCE).expect("the test lets the IDE go on");
}

#[test]
fn the_first_byte_of_an_upload_arrives_before_the_last_is_sent() {
    for (fields, first, rest) in [
        ("Content-Length: 5\r\n", "h", "ello"),
        ("Transfer-Encoding: chunked\r\n", "1\r\nh\r\n", "4\r\nello\r\n0\r\n\r\n"),
    ] {
        let mut scene = scene(|mut served, _, tell| {
            let chunked = served_chunked(&mut served);
            tell.send(chunked.0).unwrap();
            if chunked.1 {
                served.read_chunked().into_bytes()
            } else {
                served.read(4)
            };
            served.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        scene.talk.say(post(fields, first));
        assert_eq!(scene.heard.recv_timeout(PATIENCE).unwrap(), b"h");
        scene.talk.say(rest);
        assert_eq!(scene.talk.answer().text(), "ok");
    }
}

/// The first byte of content, and whether it came in a chunk.
fn served_chunked(served: &mut Served) -> (Vec<u8>, bool) {
    match served.read(1).as_slice() {
        b"1" => {
            served.read(2);
            let content = served.read(1);
            served.read(2);
            (content, true)
        }
        byte => (byte.to_vec(), false),
    }
}

#[test]
fn the_first_byte_of_an_answer_arrives_before_the_last_is_sent() {
    let framings = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nh", "ello", false),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n",
            "4\r\nello\r\n0\r\n\r\n",
            false,
        ),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nh", "ello", true),
    ];
    for (first, rest, closes) in framings {
        let mut scene = scene(move |mut served, wait, _| {
            served.send(first);
            until_told(wait);
            served.send(rest);
            if closes {
                let _ = served.stream.shutdown(Shutdown::Both);
            }
        });
        scene.talk.say(get(""));
        let (_, head) = scene.talk.final_head().unwrap();
        let chunked = head.has("transfer-encoding", "chunked");
        let read = |talk: &mut Talk, count| {
            if chunked { talk.wire.chunk().unwrap() } else { talk.wire.exactly(count).unwrap() }
        };
        assert_eq!(read(&mut scene.talk, 1), b"h");
        scene.go.send(()).unwrap();
        assert_eq!(read(&mut scene.talk, 4), b"ello");
    }
}

#[test]
fn a_head_arrives_before_its_body_begins() {
    let mut scene = scene(|mut served, wait, _| {
        served.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
        until_told(wait);
        served.send("ok");
    });
    scene.talk.say(get(""));
    assert_eq!(scene.talk.final_head().unwrap().0, 200);
    scene.go.send(()).unwrap();
    assert_eq!(scene.talk.wire.exactly(2).unwrap(), b"ok");
}

#[test]
fn events_arrive_one_by_one() {
    let mut scene = scene(|mut served, wait, _| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        served.send(head);
        for n in 0..5 {
            let event = format!("data: {n}\n\n");
            served.send(format!("{:x}\r\n{event}\r\n", event.len()));
            until_told(wait);
        }
        served.send("0\r\n\r\n");
    });
    // A stream is not compressed: that would hold it up.
    scene.talk.say(get("Accept: text/event-stream\r\nAccept-Encoding: gzip, br, zstd\r\n"));
    let (_, head) = scene.talk.final_head().unwrap();
    assert!(head.all("content-encoding").is_empty());
    for n in 0..5 {
        assert_eq!(scene.talk.wire.chunk().unwrap(), format!("data: {n}\n\n").as_bytes());
        scene.go.send(()).unwrap();
    }
    assert_eq!(scene.talk.wire.chunk().unwrap(), b"");
}

#[test]
fn both_directions_can_be_open_at_once() {
    let mut scene = scene(|mut served, _, _| {
        served.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        // An echo: each byte is answered before the next one is sent.
        for _ in 0..5 {
            let byte = served.read(1);
            served.send([b"1\r\n", byte.as_slice(), b"\r\n"].concat());
        }
        served.send("0\r\n\r\n");
    });
    scene.talk.say(post("Content-Length: 5\r\n", ""));
    assert_eq!(scene.talk.final_head().unwrap().0, 200);
    for byte in b"hello" {
        scene.talk.say([*byte]);
        assert_eq!(scene.talk.wire.chunk().unwrap(), [*byte]);
    }
    assert_eq!(scene.talk.wire.chunk().unwrap(), b"");
}

/// The client goes on sending after it has been refused, as many do: the refusal has to arrive.
#[test]
fn an_early_answer_reaches_a_client_that_still_sends() {
    let mut scene = scene(|mut served, wait, _| {
        served.read(1000);
        served.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
        let _ = served.stream.shutdown(Shutdown::Write);
        until_told(wait);
    });
    scene.talk.say(post("Content-Length: 10000000\r\n", &"x".repeat(100_000)));
    let answer = scene.talk.answer();
    assert_eq!((answer.status, answer.text().as_str()), (413, "no"));
    scene.go.send(()).unwrap();
}

/// The IDE hangs up with the body unread, which on its side becomes a reset.
#[test]
fn an_early_answer_survives_the_ide_hanging_up() {
    let mut scene = scene(|mut served, _, _| {
        served.read(10);
        served.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    });
    scene.talk.say(post("Content-Length: 1000000\r\n", "0123456789"));
    let answer = scene.talk.answer();
    assert_eq!((answer.status, answer.text().as_str()), (413, "no"));
}

/// After an early answer the rest of the upload is either read or the connection ends.
#[test]
fn what_is_left_of_an_upload_is_no_request() {
    let mut scene = scene(|mut served, wait, tell| {
        served.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
        until_told(wait);
        while let Some(head) = served.head() {
            tell.send(head.into_bytes()).unwrap();
        }
    });
    let hidden = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
    scene.talk.say(post(&format!("Content-Length: {}\r\n", hidden.len()), ""));
    assert_eq!(scene.talk.answer().status, 413);
    scene.talk.say(hidden);
    scene.go.send(()).unwrap();
    scene.talk.finish();
    // Whatever is answered now is not the hidden request.
    let rest = scene.talk.wire.rest();
    assert!(!String::from_utf8_lossy(&rest).contains("HTTP/1.1 2"), "{rest:?}");
}
