//! A client that is gone behind what nobody reads, since somebody else has to do something first; and
//! one that looks so.

use std::io::{Read, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use serde_json::json;

use super::Scene;
use crate::support::backend::Served;
use crate::support::stage::{get, post};
use crate::support::talk::Talk;
use crate::support::{PATIENCE, eventually};

/// Before an IDE that reads a head, and neither more nor answers.
fn scene() -> (Scene, Receiver<Served>) {
    let (held, kept) = channel();
    let held = Mutex::new(held);
    let scene = Scene::set(json!({ "stalled": 600 }), move |mut served| {
        served.head();
        held.lock().unwrap().send(served).unwrap();
    });
    (scene, kept)
}

/// A client says this and leaves with something unread, which resets its connection.
fn is_noticed(say: impl Fn(&mut Talk)) {
    let (scene, kept) = scene();
    let before = scene.gateway.descriptors();
    let mut talk = scene.talk();
    say(&mut talk);
    let _ide = kept.recv_timeout(PATIENCE).unwrap();
    let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
    setsockopt(&talk.wire.stream, sockopt::Linger, &linger).unwrap();
    assert!(scene.gateway.descriptors() >= before + 2);
    drop(talk);
    eventually("both connections are closed", || scene.gateway.descriptors() <= before);
}

#[test]
fn in_the_middle_of_a_body_that_the_ide_does_not_read() {
    let say = |talk: &mut Talk| {
        talk.say(post("Content-Length: 900000000\r\n", ""));
        talk.wire.stream.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
        while (&talk.wire.stream).write_all(&[7; 100_000]).is_ok() {}
    };
    is_noticed(say);
}

#[test]
fn behind_many_requests_of_which_the_first_is_not_answered() {
    is_noticed(|talk| talk.say(get("").repeat(1000)));
}

/// How long the IDE does nothing, which nobody else may be blamed for.
const PAUSE: Duration = Duration::from_millis(1800);
const BEGINS: &str = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nfirst";

/// Before an IDE that has its time.
fn slow(serve: impl Fn(Served) + Send + Sync + 'static) -> Scene {
    Scene::set(json!({ "stalled": 400 }), move |mut served| {
        served.head();
        serve(served);
    })
}

#[test]
fn an_answer_may_pause_behind_a_body_that_the_ide_does_not_read() {
    let scene = slow(|mut served| {
        served.send(BEGINS);
        std::thread::sleep(PAUSE);
        served.send("second");
    });
    let mut talk = scene.talk();
    let mut writer = talk.wire.stream.try_clone().unwrap();
    let writes = std::thread::spawn(move || {
        let _ = writer.write_all(post("Content-Length: 90000000\r\n", "").as_bytes());
        while writer.write_all(&[7; 100_000]).is_ok() {}
    });
    assert_eq!(talk.answer().text(), "firstsecond");
    drop(talk);
    drop(scene);
    writes.join().unwrap();
}

#[test]
fn an_answer_may_pause_once_the_body_has_come() {
    let scene = slow(|mut served| {
        served.send(BEGINS);
        served.read(5);
        std::thread::sleep(PAUSE);
        served.send("second");
    });
    let mut talk = scene.talk();
    talk.say(post("Content-Length: 5\r\n", "he"));
    assert_eq!(talk.head().unwrap().0, 200);
    talk.say("llo");
    assert_eq!(talk.wire.exactly(11).unwrap(), b"firstsecond");
}

/// It has said all and closed its side while the IDE is at the beginning.
#[test]
fn a_body_arrives_whole_at_an_ide_that_reads_slowly() {
    const LENGTH: usize = 8_000_000;
    let (told, heard) = channel();
    let told = Mutex::new(told);
    let scene = slow(move |mut served| {
        let mut came = 0;
        while let Ok(count @ 1..) = served.stream.read(&mut [0; 100_000]) {
            came += count;
            std::thread::sleep(Duration::from_millis(80));
        }
        told.lock().unwrap().send(came).unwrap();
    });
    let mut talk = scene.talk();
    talk.say(post(&format!("Content-Length: {LENGTH}\r\n"), ""));
    talk.say(vec![7; LENGTH]);
    talk.finish();
    let came = heard.recv_timeout(PATIENCE).unwrap();
    assert_eq!(came, LENGTH, "the rest was lost");
}
