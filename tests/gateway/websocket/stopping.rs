//! When the gateway is to end, clients are told with 1001 (RFC 6455 §7.4.1), between two frames.

use std::io::Read;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use nix::sys::signal::Signal;

use super::frames::{masked, plain};
use super::{Scene, echo};
use crate::support::PATIENCE;
use crate::support::talk::Talk;

const GOING_AWAY: [u8; 4] = [0x88, 2, 0x03, 0xe9];

#[test]
fn an_idle_client_is_told() {
    let mut scene = Scene::set(echo);
    let mut talk = scene.open();
    scene.gateway.signal(Signal::SIGTERM);
    assert_eq!(talk.wire.rest(), GOING_AWAY);
    assert!(scene.gateway.wait().success());
}

#[test]
fn all_clients_are_told() {
    let mut scene = Scene::set(echo);
    let mut talks: Vec<Talk> = (0..100).map(|_| scene.open()).collect();
    for talk in &mut talks {
        talk.say(masked(0x81, b"x"));
        talk.wire.exactly(7).unwrap();
    }
    scene.gateway.signal(Signal::SIGTERM);
    for talk in &mut talks {
        assert_eq!(talk.wire.rest(), GOING_AWAY);
    }
    assert!(scene.gateway.wait().success());
}

/// In the middle of a frame the close frame would be part of it.
#[test]
fn a_frame_that_never_ends_is_not_added_to() {
    let mut scene = Scene::set(|mut served| {
        served.send([0x82, 126, 0xff, 0xff, 1, 2, 3]);
        let _ = served.stream.read_to_end(&mut Vec::new());
    });
    let mut talk = scene.open();
    talk.wire.exactly(7).unwrap();
    scene.gateway.signal(Signal::SIGTERM);
    assert_eq!(talk.wire.rest(), b"");
    assert!(scene.gateway.wait().success());
}

#[test]
fn the_ide_hears_of_it() {
    let (gone, heard) = channel();
    let gone = Mutex::new(gone);
    let scene = Scene::set(move |mut served| {
        let _ = served.stream.read_to_end(&mut Vec::new());
        gone.lock().unwrap().send(()).unwrap();
    });
    let _talk = scene.open();
    scene.gateway.signal(Signal::SIGTERM);
    heard.recv_timeout(PATIENCE).expect("the IDE hears of it");
}

/// An IDE that never stops talking does not keep the client from being told.
#[test]
fn in_a_stream_of_frames_it_comes_between_two() {
    let frame = plain(0x82, &[7; 300]);
    let sent = frame.clone();
    let mut scene = Scene::set(move |mut served| {
        use std::io::Write;
        while served.stream.write_all(&sent).is_ok() {}
    });
    let mut talk = scene.open();
    talk.wire.exactly(frame.len() * 100).unwrap();
    scene.gateway.signal(Signal::SIGTERM);
    let rest = talk.wire.rest();
    let (frames, last) = rest.split_at(rest.len().saturating_sub(4));
    assert_eq!(last, GOING_AWAY);
    assert!(frames.chunks(frame.len()).all(|found| found == frame));
    assert!(scene.gateway.wait().success());
}

/// A client that takes nothing cannot be told, and is not waited for.
#[test]
fn a_client_that_takes_nothing_does_not_hold_up_the_end() {
    let mut scene = Scene::set(|mut served| {
        use std::io::Write;
        while served.stream.write_all(&[7; 10_000]).is_ok() {}
    });
    let _talk = scene.open();
    std::thread::sleep(std::time::Duration::from_millis(100));
    scene.gateway.signal(Signal::SIGTERM);
    assert!(scene.gateway.wait().success());
}
