//! At the end, what is being answered is still answered, for a while.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use nix::sys::signal::Signal;
use serde_json::json;

use super::Scene;
use crate::support::stage::{get, post, request};
use crate::support::wire::Fault;
use crate::support::{PATIENCE, eventually};

/// An IDE that waits for the test between the halves of its answers.
fn scene(drain: u64, first: &'static str, second: &'static str) -> (Scene, Sender<()>) {
    let (go, wait): (_, Receiver<()>) = channel();
    let wait = Mutex::new(wait);
    let scene = Scene::set(json!({ "drain": drain }), move |mut served| {
        while served.head().is_some() {
            served.send(first);
            if wait.lock().unwrap().recv_timeout(PATIENCE).is_err() {
                return;
            }
            served.send(second);
        }
    });
    (scene, go)
}

const LONG: u64 = 60_000;

fn stops_listening(scene: &Scene) {
    scene.gateway.signal(Signal::SIGTERM);
    eventually("nobody is let in", || TcpStream::connect(scene.gateway.address()).is_err());
}

#[test]
fn an_answer_that_has_not_begun_arrives_and_says_that_it_is_the_last() {
    let (mut scene, go) = scene(LONG, "", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    let mut talk = scene.talk();
    talk.say(get(""));
    eventually("the IDE is asked", || scene.ide.heads().len() == 1);
    stops_listening(&scene);
    go.send(()).unwrap();
    assert_eq!(talk.answer().text(), "ok");
    talk.is_over();
    assert!(scene.gateway.wait().success());
}

#[test]
fn an_answer_that_has_begun_arrives_whole() {
    let halves = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe", "ll"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n",
            "2\r\nll\r\n0\r\n\r\n",
        ),
    ];
    for (first, second) in halves {
        let (mut scene, go) = scene(LONG, first, second);
        let mut talk = scene.talk();
        talk.say(get(""));
        eventually("the IDE is asked", || scene.ide.heads().len() == 1);
        stops_listening(&scene);
        go.send(()).unwrap();
        assert_eq!(talk.answer().text(), "hell");
        talk.is_over();
        assert!(scene.gateway.wait().success());
    }
}

#[test]
fn an_upload_that_has_begun_arrives_whole() {
    let mut scene = Scene::set(json!({ "drain": LONG }), |mut served| {
        served.head();
        if served.read(5) == b"hello" {
            served.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let mut talk = scene.talk();
    talk.say(post("Content-Length: 5\r\n", "he"));
    eventually("the IDE is asked", || scene.ide.heads().len() == 1);
    stops_listening(&scene);
    talk.say("llo");
    assert_eq!(talk.answer().text(), "ok");
    assert!(scene.gateway.wait().success());
}

#[test]
fn idle_connections_end_without_a_word() {
    let (mut scene, _go) = scene(LONG, "", "");
    let mut silent = scene.talk();
    let mut used = scene.talk();
    used.say(request("GET /api HTTP/1.1", ""));
    used.answer();
    scene.gateway.signal(Signal::SIGTERM);
    for talk in [&mut silent, &mut used] {
        assert_eq!(talk.wire.end(), Ok(Fault::Closed));
    }
    assert!(scene.gateway.wait().success());
}

#[test]
fn what_takes_longer_is_broken_off() {
    let (mut scene, _go) = scene(300, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe", "ll");
    let mut talk = scene.talk();
    talk.say(get(""));
    talk.final_head().unwrap();
    scene.gateway.signal(Signal::SIGTERM);
    assert!(scene.gateway.wait().success());
    assert_eq!(talk.wire.exactly(2).unwrap(), b"he");
    talk.is_over();
}

/// What is sent when the end has begun is not carried out, or at most one of it, as the last.
#[test]
fn no_further_requests_are_taken() {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let mut scene = Scene::set(json!({ "drain": LONG }), move |mut served| {
        while let Some(head) = served.head() {
            if head.starts_with("GET /slow ") {
                wait.lock().unwrap().recv_timeout(PATIENCE).unwrap();
            }
            served.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    let mut talk = scene.talk();
    talk.say(request("GET /slow HTTP/1.1", ""));
    eventually("the IDE is asked", || scene.ide.heads().len() == 1);
    stops_listening(&scene);
    talk.say(get("").repeat(10));
    go.send(()).unwrap();
    assert_eq!(talk.answer().text(), "ok");
    let _ = talk.wire.rest();
    assert!(scene.gateway.wait().success());
    assert!(scene.ide.heads().len() <= 2);
}

#[test]
fn clients_that_take_nothing_do_not_hold_up_the_end() {
    let mut scene = Scene::set(json!({ "drain": 300 }), |mut served| {
        served.head();
        served.send("HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n");
        while served.stream.write_all(&[0; 100_000]).is_ok() {}
    });
    let mut talk = scene.talk();
    talk.say(get(""));
    talk.final_head().unwrap();
    let mut slow = scene.talk();
    slow.say("GET / HTTP/1.1\r\n");
    scene.gateway.signal(Signal::SIGTERM);
    assert!(scene.gateway.wait().success());
    let _ = talk.wire.stream.read(&mut [0]);
}
