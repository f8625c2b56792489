//! Bodies of answers (RFC 9112 §6, §7).

use std::sync::Mutex;
use std::sync::mpsc::channel;

use crate::support::backend::Backend;
use crate::support::cases::each;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};
use crate::support::stage::{Stage, get, request};
use crate::support::talk::Talk;
use crate::support::wire::{Fault, Framing};

#[test]
fn bodies_arrive_whole() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answers = [
        ("of known length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".into(), "hello"),
        ("in one chunk", format!("{chunked}5\r\nhello\r\n0\r\n\r\n"), "hello"),
        ("in chunks", format!("{chunked}2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), "hello"),
        ("in no chunk", format!("{chunked}0\r\n\r\n"), ""),
        ("with capitals in a size", format!("{chunked}A\r\n0123456789\r\n0\r\n\r\n"), "0123456789"),
        ("with zeros before a size", format!("{chunked}0005\r\nhello\r\n000\r\n\r\n"), "hello"),
        ("with extensions", format!("{chunked}5;a=\"b;c\"\r\nhello\r\n0;d\r\n\r\n"), "hello"),
        ("that holds a last chunk", format!("{chunked}5\r\n0\r\n\r\n\r\n0\r\n\r\n"), "0\r\n\r\n"),
        (
            "in capitals",
            "HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n".into(),
            "a",
        ),
    ];
    each(
        &answers,
        |(name, ..)| (*name).to_owned(),
        |(_, answer, expected)| {
            let stage = Stage::answering(answer);
            let mut talk = stage.talk();
            for _ in 0..2 {
                talk.say(get(""));
                assert_eq!(talk.answer().text(), *expected);
            }
        },
    );
}

/// An IDE that answers once on each connection and hangs up.
fn once(answer: &'static [u8]) -> (Control, Backend, Gateway) {
    let backend = Backend::start(move |mut served| {
        served.head();
        served.send(answer);
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    (control, backend, gateway)
}

#[test]
fn an_answer_that_ends_with_its_connection_has_an_end_for_the_client() {
    let answers: [(&str, &[u8]); 4] = [
        ("HTTP/1.1", b"HTTP/1.1 200 OK\r\n\r\nhello"),
        ("HTTP/1.1, announced", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"),
        ("HTTP/1.0", b"HTTP/1.0 200 OK\r\n\r\nhello"),
        ("HTTP/1.0 with a length", b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    ];
    each(
        &answers,
        |(name, _)| (*name).to_owned(),
        |(_, answer)| {
            let (_control, _backend, gateway) = once(answer);
            let mut talk = Talk::to(gateway.address());
            talk.say(get(""));
            let answer = talk.answer();
            assert_eq!(answer.text(), "hello");
            // Either the client can tell the end, or the connection ends with it.
            assert!(answer.body.framing != Framing::Close || answer.says_close(), "{answer:?}");
        },
    );
}

#[test]
fn lengths_and_codings_are_not_both_there() {
    let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ];
    each(
        &answers,
        |answer| (*answer).to_owned(),
        |answer| {
            let (_, answer) = Stage::answering(answer).pass(get(""));
            let (lengths, codings) =
                (answer.head.all("content-length"), answer.head.all("transfer-encoding"));
            assert_eq!(lengths.len() + codings.len(), 1, "{answer:?}");
        },
    );
}

#[test]
fn a_length_that_is_stated_stays_stated() {
    let stage = Stage::answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(stage.pass(get("")).1.body.framing, Framing::Length(5));
}

#[test]
fn three_megabytes_arrive_in_either_framing() {
    let content: String = ('a'..='z').cycle().take(3_000_000).collect();
    let length = content.len();
    for answer in [
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{content}"),
        format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{content}\r\n0\r\n\r\n"
        ),
    ] {
        let stage = Stage::answering(answer);
        let (_, answer) = stage.pass(get(""));
        assert!(answer.text() == content);
    }
}

/// The last piece and the end come apart: an answer must not hang on them, nor end before them.
#[test]
fn an_answer_in_pieces_of_one_byte_arrives() {
    let backend = Backend::start(|mut served| {
        while served.head().is_some() {
            let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nA: b\r\n\r\n";
            served.stream.set_nodelay(true).unwrap();
            answer.bytes().for_each(|byte| served.send([byte]));
        }
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let mut talk = Talk::to(gateway.address());
    for _ in 0..3 {
        talk.say(get(""));
        assert_eq!(talk.answer().text(), "hello");
    }
}

/// What broke off must not look whole (RFC 9112 §8).
#[test]
fn an_answer_that_breaks_off_does_not_look_whole() {
    let answers: [(&str, &[u8]); 7] = [
        ("within its length", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"),
        ("before its first byte", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"),
        ("within a chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhello"),
        ("between chunks", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        ("before any chunk", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (
            "within the last chunk",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        ),
        (
            "within the trailers",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n",
        ),
    ];
    each(
        &answers,
        |(name, _)| (*name).to_owned(),
        |(_, answer)| {
            let (_control, _backend, gateway) = once(answer);
            let mut talk = Talk::to(gateway.address());
            talk.say(get(""));
            match talk.try_answer(false) {
                // Before its first byte has been passed on, it may still be called what it is.
                Ok(whole) => assert_eq!(whole.status, 502, "{whole:?}"),
                Err(fault) => assert_ne!(fault, Fault::Silence),
            }
        },
    );
}

#[test]
fn to_an_old_client_what_broke_off_is_reset_or_short() {
    let (_control, _backend, gateway) = once(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    let mut talk = Talk::to(gateway.address());
    talk.say(request("GET / HTTP/1.0", ""));
    assert!(talk.try_answer(false).map_or(true, |answer| answer.status == 502));
}

/// The client has all of the body: that the IDE keeps its connection open is not its affair.
#[test]
fn an_answer_ends_with_its_length_not_with_the_ides_connection() {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let backend = Backend::start(move |mut served| {
        served.head();
        served.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
        let _ = wait.lock().unwrap().recv();
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let mut talk = Talk::to(gateway.address());
    talk.say(get(""));
    assert_eq!(talk.answer().text(), "hello");
    drop(go);
}
