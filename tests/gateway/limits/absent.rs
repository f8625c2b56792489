//! A client that is gone behind what nobody reads, since somebody else has to do something first.

use std::io::Write;
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

/// What is left open of a client that says this, and then leaves.
fn is_noticed(say: impl Fn(&mut Talk), resets: bool) {
    let (scene, kept) = scene();
    let before = scene.gateway.descriptors();
    let mut talk = scene.talk();
    say(&mut talk);
    let _ide = kept.recv_timeout(PATIENCE).unwrap();
    if resets {
        let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
        setsockopt(&talk.wire.stream, sockopt::Linger, &linger).unwrap();
    }
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
    is_noticed(say, true);
}

#[test]
fn behind_many_requests_of_which_the_first_is_not_answered() {
    for resets in [true, false] {
        is_noticed(|talk| talk.say(get("").repeat(1000)), resets);
    }
}
