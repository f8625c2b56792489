//! What an IDE says without being asked answers nothing.

use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use waiide_init::sys::socket::unconfirmed;

use crate::support::backend::Backend;
use crate::support::cases::each;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};
use crate::support::stage::{post, request};
use crate::support::talk::Talk;

const FORGED: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nFORGED";

/// An IDE whose connections can be written to by the test.
fn with_hands() -> (Control, Backend, Gateway, Arc<Mutex<Vec<TcpStream>>>) {
    let hands = Arc::<Mutex<Vec<TcpStream>>>::default();
    let kept = hands.clone();
    let backend = Backend::start(move |mut served| {
        kept.lock().unwrap().push(served.stream.try_clone().unwrap());
        while let Some(head) = served.head() {
            let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let length = target.len();
            served.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{target}"));
        }
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    (control, backend, gateway, hands)
}

/// What is confirmed is there to be read. Those that were hung up on confirm nothing.
fn say_on_idle_connections(hands: &Mutex<Vec<TcpStream>>, bytes: &str) {
    let mut hands = hands.lock().unwrap();
    hands.retain_mut(|stream| stream.write_all(bytes.as_bytes()).is_ok());
    for stream in hands.iter() {
        let until = Instant::now() + Duration::from_millis(300);
        while unconfirmed(stream) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn on_an_idle_connection() {
    let bytes = [
        ("an answer", FORGED),
        ("a byte", "x"),
        ("a line end", "\r\n"),
        ("a refusal, as servers send it that have waited too long", "HTTP/1.1 408 x\r\n\r\n"),
        ("a refusal that closes", "HTTP/1.1 408 x\r\nConnection: close\r\n\r\n"),
        ("an interim answer", "HTTP/1.1 103 x\r\n\r\n"),
        ("half an answer", "HTTP/1.1 200 OK\r\nX-Forged: "),
        ("two answers", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 204 x\r\n\r\n"),
    ];
    each(
        &bytes,
        |(name, _)| (*name).to_owned(),
        |(_, bytes)| {
            let (_control, _backend, gateway, hands) = with_hands();
            let mut talk = Talk::to(gateway.address());
            for n in 0..3 {
                talk.say(request(&format!("GET /{n} HTTP/1.1"), ""));
                assert_eq!(talk.answer().text(), format!("/{n}"));
                say_on_idle_connections(&hands, bytes);
            }
        },
    );
}

#[test]
fn on_many_idle_connections_at_once() {
    let (_control, backend, gateway, hands) = with_hands();
    let mut talks: Vec<_> = (0..20).map(|_| Talk::to(gateway.address())).collect();
    for round in 0..5 {
        for (n, talk) in talks.iter_mut().enumerate() {
            talk.say(request(&format!("GET /{round}/{n} HTTP/1.1"), ""));
        }
        for (n, talk) in talks.iter_mut().enumerate() {
            assert_eq!(talk.answer().text(), format!("/{round}/{n}"));
        }
        say_on_idle_connections(&hands, FORGED);
    }
    assert!(backend.connections() > 0);
}

/// It answers before it has read what it is asked, and answers again: the second answer is to
/// nothing.
#[test]
fn before_the_body_has_been_read() {
    let backend = Backend::start(|mut served| {
        while let Some(head) = served.head() {
            if head.starts_with("POST") {
                served.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly");
                served.read(5);
                served.send(FORGED);
            } else {
                served.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
            }
        }
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    for _ in 0..5 {
        let mut talk = Talk::to(gateway.address());
        talk.say(post("Content-Length: 5\r\n", ""));
        assert_eq!(talk.answer().text(), "early");
        talk.say("hello");
        talk.say(request("GET /next HTTP/1.1", ""));
        if let Ok(answer) = talk.try_answer(false) {
            assert_eq!(answer.text(), "good");
        }
        let mut other = Talk::to(gateway.address());
        other.say(request("GET /other HTTP/1.1", ""));
        assert_eq!(other.answer().text(), "good");
    }
}
