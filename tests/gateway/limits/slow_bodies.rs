//! Bodies that stop coming, and bodies that come slowly.

use std::io::Read;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::json;

use super::{Scene, is_of_others};
use crate::support::PATIENCE;
use crate::support::cases::each;
use crate::support::stage::post;
use crate::support::wire::Fault;

/// An IDE that reads bodies of five bytes, or endless chunks, and tells when a connection of it ends before that.
fn scene(stalled: u64) -> (Scene, Receiver<()>) {
    let (gone, heard) = channel();
    let gone = Mutex::new(gone);
    let scene = Scene::set(json!({ "stalled": stalled }), move |mut served| {
        while let Some(head) = served.head() {
            let chunked = head.to_lowercase().contains("\r\ntransfer-encoding: chunked");
            // What a chunk holds and what is around it are longer than what is sent here.
            let mut body = vec![0; if chunked { 100 } else { 5 }];
            if !is_of_others(&head) && served.stream.read_exact(&mut body).is_err() {
                let _ = gone.lock().unwrap().send(());
                return;
            }
            served.send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n/goes-on");
        }
    });
    (scene, heard)
}

#[test]
fn a_body_that_stops_coming_is_given_up_on_both_sides() {
    let bodies = [
        ("nothing", "Content-Length: 5\r\n", ""),
        ("a part", "Content-Length: 5\r\n", "hel"),
        ("no chunk", "Transfer-Encoding: chunked\r\n", ""),
        ("half a chunk", "Transfer-Encoding: chunked\r\n", "5\r\nh"),
    ];
    let (scene, heard) = scene(500);
    each(
        &bodies,
        |(name, ..)| (*name).to_owned(),
        |(_, fields, body)| {
            let mut talk = scene.talk();
            talk.say(post(fields, body));
            if let Ok(answer) = talk.try_answer(false) {
                assert_eq!(answer.status, 408);
            }
            talk.is_over();
            heard.recv_timeout(PATIENCE).expect("the IDE hears of it");
        },
    );
    scene.others_are_answered();
}

/// An IDE may begin its answer before it has the request's body, and wait for that.
#[test]
fn a_body_that_stops_coming_behind_the_beginning_of_its_answer_is_given_up() {
    let scene = Scene::set(json!({ "stalled": 500 }), |mut served| {
        served.head();
        served.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
        let _ = served.stream.read_to_end(&mut Vec::new());
    });
    let mut talk = scene.talk();
    talk.say(post("Content-Length: 10\r\n", "abc"));
    assert!(matches!(talk.try_answer(false), Err(Fault::Closed | Fault::Reset)));
}

/// As long as there is progress, a body may take as long as it likes.
#[test]
fn a_slow_body_is_not_given_up() {
    let (scene, _heard) = scene(1500);
    let mut talk = scene.talk();
    talk.say(post("Content-Length: 5\r\n", ""));
    // More than half of the time at once, too.
    for (byte, pause) in b"hello".iter().zip([1000, 400, 400, 400, 400]) {
        std::thread::sleep(Duration::from_millis(pause));
        talk.say([*byte]);
    }
    assert_eq!(talk.answer().status, 200);
}

/// The client is waiting for the IDE, not the other way round.
#[test]
fn an_ide_that_thinks_is_not_given_up() {
    let scene = Scene::set(json!({"stalled": 200, "head": 2000, "idle": 2000}), |mut served| {
        served.head();
        served.read(5);
        std::thread::sleep(Duration::from_millis(1000));
        served.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
        std::thread::sleep(Duration::from_millis(1000));
        served.send("ok");
    });
    let mut talk = scene.talk();
    talk.say(post("Content-Length: 5\r\n", "hello"));
    assert_eq!(talk.answer().text(), "ok");
}

/// An IDE that takes nothing fills no memory: the client is made to wait.
#[test]
fn an_upload_that_the_ide_does_not_take_waits_at_the_client() {
    let scene = Scene::patient(|mut served| {
        served.head();
        std::thread::sleep(PATIENCE);
    });
    let mut writers = Vec::new();
    for _ in 0..10 {
        let mut talk = scene.talk();
        talk.say(post("Content-Length: 500000000\r\n", ""));
        talk.wire.stream.set_nonblocking(true).unwrap();
        writers.push(talk);
    }
    fill(&mut writers);
    let most = scene.gateway.memory("VmHWM");
    assert!(most < 40 * 1024 * 1024, "{most} bytes");
}

/// Sends what the sockets take, until they take nothing for a while.
fn fill(talks: &mut [crate::support::talk::Talk]) {
    use std::io::Write;
    let piece = vec![1; 256 * 1024];
    let mut quiet = 0;
    let mut sent = 0;
    while quiet < 10 && sent < 400_000_000 {
        let now: usize =
            talks.iter_mut().map(|talk| talk.wire.stream.write(&piece).unwrap_or(0)).sum();
        sent += now;
        quiet = if now == 0 { quiet + 1 } else { 0 };
        std::thread::sleep(Duration::from_millis(if now == 0 { 20 } else { 0 }));
    }
    assert!(sent < 400_000_000, "it takes everything");
}
