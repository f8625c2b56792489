//! How a WebSocket ends is the two ends' affair, and either hears of it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use serde_json::json;

use super::frames::{close, masked, plain};
use super::{Scene, echo};
use crate::support::cases::each;
use crate::support::gateway::{Gateway, config};
use crate::support::stage::get;
use crate::support::talk::Talk;
use crate::support::wire::Fault;
use crate::support::{PATIENCE, eventually};

const CODES: [u16; 18] = [
    1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1015, 3000, 3999,
    4000, 4999,
];

#[test]
fn codes_and_reasons_are_kept_both_ways() {
    each(&CODES, u16::to_string, |&code| {
        let closing = plain(0x88, &close(code, "because é"));
        let sent = closing.clone();
        let scene = Scene::set(move |mut served| {
            served.send(&sent);
            let answer = masked(0x88, &close(code, "yes"));
            assert_eq!(served.read(answer.len()), answer);
        });
        let mut talk = scene.open();
        assert_eq!(talk.wire.exactly(closing.len()).unwrap(), closing);
        talk.say(masked(0x88, &close(code, "yes")));
        talk.is_over();
    });
}

#[test]
fn a_close_without_a_code_stays_without() {
    let scene = Scene::set(echo);
    let mut talk = scene.open();
    talk.say(masked(0x88, b""));
    assert_eq!(talk.wire.exactly(6).unwrap(), masked(0x88, b""));
}

/// The gateway is no party to the closing handshake: it ends nothing that the two have not ended.
#[test]
fn a_close_frame_alone_ends_nothing() {
    let scene = Scene::set(echo);
    let mut talk = scene.open();
    talk.say(masked(0x88, &close(1000, "")));
    talk.wire.exactly(8).unwrap();
    talk.say("still there");
    assert_eq!(talk.wire.exactly(11).unwrap(), b"still there");
}

#[test]
fn a_client_that_is_done_sending_still_hears() {
    let scene = Scene::set(|mut served| {
        let mut all = Vec::new();
        served.stream.read_to_end(&mut all).unwrap();
        served.send(all.repeat(100_000));
    });
    let mut talk = scene.open();
    talk.say("0123456789");
    talk.finish();
    assert!(talk.wire.exactly(1_000_000).unwrap() == b"0123456789".repeat(100_000));
    talk.is_over();
}

#[test]
fn an_ide_that_is_done_sending_still_hears() {
    let (tell, heard) = channel();
    let tell = Mutex::new(tell);
    let scene = Scene::set(move |mut served| {
        served.send("bye");
        served.stream.shutdown(Shutdown::Write).unwrap();
        let mut all = Vec::new();
        served.stream.read_to_end(&mut all).unwrap();
        tell.lock().unwrap().send(all).unwrap();
    });
    let mut talk = scene.open();
    assert_eq!(talk.wire.exactly(3).unwrap(), b"bye");
    assert_eq!(talk.wire.end(), Ok(Fault::Closed));
    talk.say(vec![5; 1_000_000]);
    talk.finish();
    assert!(heard.recv_timeout(PATIENCE).unwrap() == vec![5; 1_000_000]);
}

fn reset(stream: &TcpStream) {
    let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
    setsockopt(stream, sockopt::Linger, &linger).unwrap();
}

#[test]
fn a_client_that_is_gone_is_gone_for_the_ide() {
    let (gone, heard) = channel();
    let gone = Mutex::new(gone);
    let scene = Scene::set(move |mut served| {
        let _ = served.stream.read_to_end(&mut Vec::new());
        gone.lock().unwrap().send(()).unwrap();
    });
    for resets in [true, false] {
        let talk = scene.open();
        if resets {
            reset(&talk.wire.stream);
        }
        drop(talk);
        heard.recv_timeout(PATIENCE).expect("the IDE hears of it");
    }
}

#[test]
fn an_ide_that_is_gone_is_gone_for_the_client() {
    for resets in [true, false] {
        let scene = Scene::set(move |mut served| {
            served.read(1);
            if resets {
                reset(&served.stream);
            }
        });
        let mut talk = scene.open();
        talk.say("x");
        talk.is_over();
    }
}

#[test]
fn what_was_said_before_the_end_arrives() {
    let scene = Scene::set(|mut served| {
        served.read(1);
        served.send(vec![6; 3_000_000]);
    });
    let mut talk = scene.open();
    talk.say("x");
    assert!(talk.wire.exactly(3_000_000).unwrap() == vec![6; 3_000_000]);
    talk.is_over();
}

/// The client closes with something unread, which resets its connection.
#[test]
fn a_clients_last_words_arrive_though_it_takes_nothing_any_more() {
    let (told, heard) = channel();
    let told = Mutex::new(told);
    let scene = Scene::set(move |served| {
        let mut writer = served.stream.try_clone().unwrap();
        let writes = std::thread::spawn(move || while writer.write_all(&[0x82, 0]).is_ok() {});
        let mut all = Vec::new();
        let _ = (&served.stream).read_to_end(&mut all);
        told.lock().unwrap().send(all).unwrap();
        let _ = served.stream.shutdown(Shutdown::Both);
        writes.join().unwrap();
    });
    for _ in 0..50 {
        let mut talk = scene.open();
        talk.wire.exactly(1000).unwrap();
        talk.say([7; 90]);
        drop(talk);
        assert_eq!(heard.recv_timeout(PATIENCE).unwrap(), [7; 90]);
    }
}

/// As a server does that refuses a message for its length.
#[test]
fn what_the_ide_says_last_arrives_though_it_reads_no_more() {
    let refusal = close(1009, "too big");
    let last = refusal.clone();
    let scene = Scene::set(move |mut served| {
        served.read(1_000_000);
        served.send(&last);
    });
    for _ in 0..30 {
        let mut talk = scene.open();
        let mut writer = talk.wire.stream.try_clone().unwrap();
        let writes = std::thread::spawn(move || {
            for _ in 0..64 {
                let _ = writer.write_all(&[7; 1_000_000]);
            }
        });
        assert_eq!(talk.wire.exactly(refusal.len()).unwrap(), refusal);
        talk.is_over();
        writes.join().unwrap();
    }
}

/// A browser that is gone behind what the IDE does not read, as one that is suspended does not.
#[test]
fn a_client_that_is_gone_behind_what_the_ide_does_not_read_is_given_up() {
    let (held, kept) = channel();
    let held = Mutex::new(held);
    let scene = Scene::set(move |served| held.lock().unwrap().send(served.stream).unwrap());
    let (gateway, mut talk) = open_with(&scene, json!({"half_closed": 300, "stalled": 600}));
    let mut ide = kept.recv_timeout(PATIENCE).unwrap();
    talk.say("x");
    ide.read_exact(&mut [0]).unwrap();
    let before = gateway.descriptors();
    talk.wire.stream.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    while (&talk.wire.stream).write_all(&[7; 100_000]).is_ok() {}
    reset(&talk.wire.stream);
    drop(talk);
    eventually("both connections are closed", || gateway.descriptors() + 2 <= before);
}

fn open_with(scene: &Scene, times: serde_json::Value) -> (Gateway, Talk) {
    let config = config(&scene._control, scene.ide.address);
    let gateway = Gateway::start_with(&config, &json!({"timeouts": times}));
    let mut talk = Talk::to(gateway.address());
    talk.say(get(super::FIELDS));
    assert_eq!(talk.head().unwrap().0, 101);
    (gateway, talk)
}

/// A browser that is gone and a server that neither reads nor writes: nobody else would end it.
#[test]
fn what_one_end_has_closed_and_the_other_is_silent_in_is_given_up() {
    let (held, kept) = channel();
    let held = Mutex::new(held);
    let scene = Scene::set(move |served| held.lock().unwrap().send(served.stream).unwrap());
    let (_gateway, talk) = open_with(&scene, json!({"half_closed": 300}));
    let ide = kept.recv_timeout(PATIENCE).unwrap();
    drop(talk);
    ide.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!((&ide).read(&mut [0]).unwrap(), 0);
    // The gateway's side is closed whole: what is sent to it is refused.
    eventually("the IDE is hung up on", || (&ide).write_all(b"x").is_err());
}

#[test]
fn one_that_is_half_closed_goes_on_while_something_comes() {
    let scene = Scene::set(|mut served| {
        served.stream.read_to_end(&mut Vec::new()).unwrap();
        for _ in 0..10 {
            std::thread::sleep(Duration::from_millis(300));
            served.send("x");
        }
    });
    let (_gateway, mut talk) = open_with(&scene, json!({"half_closed": 1500}));
    talk.finish();
    assert_eq!(talk.wire.exactly(10).unwrap(), b"xxxxxxxxxx");
    talk.is_over();
}

/// A server that has said its last, to a client that has no time to read it.
#[test]
fn one_that_is_half_closed_waits_longer_for_a_reader_that_is_slow() {
    const LENGTH: usize = 24_000_000; // more than the sockets between them hold
    let scene = Scene::set(|mut served| served.send(vec![6; LENGTH]));
    let (_gateway, mut talk) = open_with(&scene, json!({"half_closed": 300}));
    talk.finish();
    std::thread::sleep(Duration::from_millis(1500));
    assert!(talk.wire.exactly(LENGTH).unwrap() == vec![6; LENGTH]);
    talk.is_over();
}

/// What the system has taken, and the client's has not: to close then is to lose it once the client
/// says a word.
#[test]
fn one_that_is_half_closed_waits_for_what_is_still_on_its_way() {
    const LENGTH: usize = 2_000_000;
    let scene = Scene::set(|mut served| {
        served.send(vec![6; LENGTH]);
        served.stream.shutdown(std::net::Shutdown::Write).unwrap();
        let _ = served.stream.read_to_end(&mut Vec::new());
    });
    let (_gateway, mut talk) = open_with(&scene, json!({"half_closed": 300}));
    std::thread::sleep(Duration::from_millis(1500));
    talk.say("a word");
    std::thread::sleep(Duration::from_millis(100));
    assert!(talk.wire.exactly(LENGTH).unwrap() == vec![6; LENGTH]);
}

/// RFC 6455 sets no limit: nobody may be hung up on for having nothing to say.
#[test]
fn an_idle_one_is_left_alone() {
    let scene = Scene::set(echo);
    let times = json!({"head": 1000, "idle": 1000, "stalled": 200, "half_closed": 200});
    let (_gateway, mut talk) = open_with(&scene, times);
    std::thread::sleep(Duration::from_millis(1500));
    talk.say("still there");
    assert_eq!(talk.wire.exactly(11).unwrap(), b"still there");
}
