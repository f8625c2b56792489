//! Clients that do not take what they asked for.

use std::io::Write;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Scene, is_of_others};
use crate::support::stage::{get, request};
use crate::support::{PATIENCE, eventually};

const MEGABYTE: usize = 1024 * 1024;

/// An IDE that answers with 100 MB, and tells when nobody takes them.
fn scene(timeouts: Value) -> (Scene, Receiver<()>) {
    let (gone, heard) = channel();
    let gone = Mutex::new(gone);
    let scene = Scene::set(timeouts, move |mut served| {
        while let Some(head) = served.head() {
            if is_of_others(&head) {
                served.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n/goes-on");
                continue;
            }
            served.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 100 * MEGABYTE));
            let piece = vec![1; MEGABYTE];
            if (0..100).any(|_| served.stream.write_all(&piece).is_err()) {
                let _ = gone.lock().unwrap().send(());
                return;
            }
        }
    });
    (scene, heard)
}

#[test]
fn a_client_that_takes_nothing_is_given_up_and_the_ide_hears_of_it() {
    let (scene, heard) = scene(json!({ "stalled": 500 }));
    let mut talk = scene.talk();
    talk.say(get(""));
    heard.recv_timeout(PATIENCE).expect("the IDE hears of it");
    scene.others_are_answered();
}

#[test]
fn many_clients_that_take_nothing_fill_no_memory() {
    let (scene, _heard) = scene(json!({}));
    let mut talks: Vec<_> = (0..64).map(|_| scene.talk().with_small_window()).collect();
    for talk in &mut talks {
        talk.say(get(""));
    }
    eventually("all are being answered", || scene.ide.heads().len() == 64);
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(30));
        scene.others_are_answered();
    }
    let most = scene.gateway.memory("VmHWM");
    assert!(most < 40 * 1024 * 1024, "{most} bytes");
}

/// Progress is enough, however slow it is.
#[test]
fn a_client_that_takes_little_by_little_is_not_given_up() {
    let (scene, _heard) = scene(json!({ "stalled": 1500 }));
    let mut talk = scene.talk();
    talk.say(get(""));
    for _ in 0..6 {
        std::thread::sleep(Duration::from_millis(400));
        talk.wire.exactly(8 * MEGABYTE).unwrap();
    }
}

/// The system takes megabytes ahead of a slow reader, and then nothing until a good part is gone.
#[test]
fn one_whose_system_confirms_little_by_little_is_not_given_up() {
    let (scene, heard) = scene(json!({ "stalled": 3000 }));
    let mut talk = scene.talk();
    talk.say(get(""));
    for _ in 0..40 {
        std::thread::sleep(Duration::from_millis(200));
        talk.wire.exactly(40 * 1024).unwrap();
    }
    assert!(heard.try_recv().is_err(), "it was given up");
    heard.recv_timeout(PATIENCE).expect("it takes nothing any more, and is");
}

/// A client that asks and asks, and takes no answer.
#[test]
fn pipelined_requests_whose_answers_nobody_takes_fill_no_memory() {
    let scene = Scene::patient(super::answer);
    let talk = scene.talk();
    let mut stream = talk.wire.stream.try_clone().unwrap();
    stream.set_nonblocking(true).unwrap();
    let requests = request(&format!("GET /{} HTTP/1.1", "x".repeat(2000)), "").repeat(100);
    let mut quiet = 0;
    let mut sent = 0;
    while quiet < 10 && sent < 200 * MEGABYTE {
        match stream.write(&requests.as_bytes()[sent % requests.len()..]) {
            Ok(count) => (sent, quiet) = (sent + count, 0),
            Err(_) => {
                quiet += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
    assert!(sent < 200 * MEGABYTE, "it takes everything");
    let most = scene.gateway.memory("VmHWM");
    assert!(most < 40 * 1024 * 1024, "{most} bytes");
    scene.others_are_answered();
}

#[test]
fn events_that_nobody_takes_fill_no_memory() {
    let scene = Scene::patient(|mut served| {
        while let Some(head) = served.head() {
            if is_of_others(&head) {
                served.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n/goes-on");
                continue;
            }
            served.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            let events = format!("400\r\n{}\n\n\r\n", "x".repeat(1022)).repeat(100);
            while served.stream.write_all(events.as_bytes()).is_ok() {}
        }
    });
    let mut talks: Vec<_> = (0..20).map(|_| scene.talk().with_small_window()).collect();
    for talk in &mut talks {
        talk.say(get(""));
        talk.final_head().unwrap();
    }
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(30));
        scene.others_are_answered();
    }
    let most = scene.gateway.memory("VmHWM");
    assert!(most < 40 * 1024 * 1024, "{most} bytes");
}
