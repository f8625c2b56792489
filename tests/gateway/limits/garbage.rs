//! An IDE that answers nonsense without end, or nothing.

use std::io::{Read, Write};
use std::sync::Mutex;
use std::sync::mpsc::channel;

use super::{Scene, is_of_others};
use crate::support::PATIENCE;
use crate::support::cases::each;
use crate::support::stage::{get, request};

/// An IDE that, asked for anything but `/goes-on`, says something and then the same again and
/// again.
fn babbling(start: &'static str, again: &'static str) -> Scene {
    Scene::patient(move |mut served| {
        while let Some(head) = served.head() {
            if is_of_others(&head) {
                served.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n/goes-on");
                continue;
            }
            served.send(start);
            let block = again.repeat(64 * 1024 / again.len());
            while served.stream.write_all(block.as_bytes()).is_ok() {}
            return;
        }
    })
}

#[test]
fn a_head_without_end_is_a_bad_gateway() {
    let streams = [
        ("bytes", "", "x"),
        ("NUL", "", "\0"),
        ("line ends", "", "\r\n"),
        ("a status line", "HTTP/1.1 200 ", "x"),
        ("a value", "HTTP/1.1 200 OK\r\nX-A: ", "x"),
        ("a name", "HTTP/1.1 200 OK\r\n", "X"),
        ("fields", "HTTP/1.1 200 OK\r\n", "X-A: b\r\n"),
        ("interim answers", "", "HTTP/1.1 103 x\r\n\r\n"),
        ("requests to continue", "", "HTTP/1.1 100 Continue\r\n\r\n"),
    ];
    each(
        &streams,
        |(name, ..)| (*name).to_owned(),
        |&(_, start, again)| {
            let scene = babbling(start, again);
            let mut talk = scene.talk();
            talk.say(get(""));
            let answer = talk.answer();
            assert_eq!(answer.status, 502);
            assert!(answer.text().contains("\"bad_gateway\""), "{answer:?}");
            let most = scene.gateway.memory("VmHWM");
            assert!(most < 40 * 1024 * 1024, "{most} bytes");
            scene.others_are_answered();
        },
    );
}

#[test]
fn a_body_that_is_nonsense_without_end_breaks_off() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let streams = [
        ("a size", "", "0"),
        ("an extension", "5;", "x"),
        ("a trailer", "0\r\nX-A: ", "x"),
        ("trailers", "0\r\n", "X-A: b\r\n"),
        ("letters", "", "x"),
    ];
    each(
        &streams,
        |(name, ..)| (*name).to_owned(),
        |&(_, start, again)| {
            let start: &'static str = Box::leak(format!("{head}{start}").into_boxed_str());
            let scene = babbling(start, again);
            let mut talk = scene.talk();
            talk.say(get(""));
            if let Ok(answer) = talk.try_answer(false) {
                assert_eq!(answer.status, 502);
            }
            talk.is_over();
            let most = scene.gateway.memory("VmHWM");
            assert!(most < 40 * 1024 * 1024, "{most} bytes");
            scene.others_are_answered();
        },
    );
}

/// The client asked for a head alone: the body that comes with it is not read for ever.
#[test]
fn a_body_that_nobody_asked_for_is_not_read_for_ever() {
    let scene = babbling("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n");
    for _ in 0..5 {
        let mut talk = scene.talk();
        talk.say(request("HEAD / HTTP/1.1", ""));
        assert_eq!(talk.answer_to_head().status, 200);
    }
    scene.others_are_answered();
}

#[test]
fn an_ide_that_says_nothing_holds_up_nobody_else() {
    let scene = Scene::patient(|mut served| {
        while let Some(head) = served.head() {
            if !is_of_others(&head) {
                let _ = served.stream.read_to_end(&mut Vec::new());
                return;
            }
            served.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n/goes-on");
        }
    });
    let waiting: Vec<_> = (0..300)
        .map(|_| {
            let mut talk = scene.talk();
            talk.say(get(""));
            talk
        })
        .collect();
    scene.others_are_answered();
    drop(waiting);
    scene.others_are_answered();
}

/// The client has given up on it, and it has to be told.
#[test]
fn an_ide_that_says_nothing_hears_that_the_client_has_gone() {
    let (gone, heard) = channel();
    let gone = Mutex::new(gone);
    let scene = Scene::set(serde_json::json!({ "half_closed": 500 }), move |mut served| {
        served.head();
        let _ = served.stream.read_to_end(&mut Vec::new());
        let _ = gone.lock().unwrap().send(());
    });
    let mut talk = scene.talk();
    talk.say(get(""));
    crate::support::eventually("it is asked", || scene.ide.heads().len() == 1);
    drop(talk);
    heard.recv_timeout(PATIENCE).expect("the IDE hears of it");
}
