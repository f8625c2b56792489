//! Heads without end.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use super::{Scene, answer};
use crate::support::cases::each;
use crate::support::stage::{get, request};
use crate::support::talk::Talk;
use crate::support::{PATIENCE, eventually};

#[test]
fn a_target_that_is_too_long_is_414() {
    let scene = Scene::patient(answer);
    for length in [100_000, 1_000_000] {
        let mut talk = scene.talk();
        talk.say(request(&format!("GET /{} HTTP/1.1", "x".repeat(length)), ""));
        let answer = talk.answer();
        assert!(answer.status == 414 && answer.says_close(), "{answer:?}");
        talk.is_over();
    }
    assert!(scene.ide.heads().is_empty());
    scene.others_are_answered();
}

#[test]
fn a_head_that_is_too_large_is_431() {
    let bombs = [
        ("a value", format!("X-A: {}\r\n", "x".repeat(1_000_000))),
        ("a name", format!("{}: y\r\n", "X".repeat(1_000_000))),
        ("many fields", "X-A: b\r\n".repeat(100_000)),
        ("many large fields", format!("X-A: {}\r\n", "b".repeat(5000)).repeat(200)),
        ("many cookies", format!("Cookie: {}\r\n", "a=b; ".repeat(100_000))),
        ("many hosts", "Host: localhost\r\n".repeat(100_000)),
        ("many tokens", format!("Connection: {}\r\n", "a,".repeat(300_000))),
        ("a line that does not end", format!("X-A: {}", "x".repeat(300_000))),
    ];
    let scene = Scene::patient(answer);
    each(
        &bombs,
        |(name, _)| (*name).to_owned(),
        |(_, fields)| {
            let mut talk = scene.talk();
            talk.say(get(fields));
            let answer = talk.answer();
            assert!(answer.status == 431 && answer.says_close(), "{answer:?}");
            talk.is_over();
        },
    );
    assert!(scene.ide.heads().is_empty());
    scene.others_are_answered();
}

/// Each may have its 64 KB, but not all of them together, and nobody has shown a token yet.
#[test]
fn of_large_heads_without_an_end_only_so_many_are_waited_for() {
    let scene = Scene::patient(answer);
    let head = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-A: {}", "x".repeat(20_000));
    let mut talks: Vec<Talk> = (0..256).map(|_| scene.talk()).collect();
    talks.iter_mut().for_each(|talk| talk.say(&head));
    eventually("one more is refused", || {
        let mut talk = scene.talk();
        talk.wire.stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        talk.say(&head);
        talk.try_answer(false).is_ok_and(|answer| answer.status == 503 && answer.says_close())
    });
    scene.others_are_answered();
    let mut first = talks.remove(0);
    first.say("\r\n\r\n");
    assert_eq!(first.answer().status, 200);
    drop(talks);
    eventually("there is room again", || {
        let mut talk = scene.talk();
        talk.say(format!("{head}\r\n\r\n"));
        talk.answer().status == 200
    });
}

/// More fields than anybody sends, each of them small.
#[test]
fn too_many_small_fields_are_refused() {
    let scene = Scene::patient(answer);
    let mut talk = scene.talk();
    talk.say(get(&(0..5000).map(|n| format!("a{n}:\r\n")).collect::<String>()));
    let answer = talk.answer();
    assert!(answer.status == 431 && answer.says_close(), "{answer:?}");
    talk.is_over();
}

#[test]
fn a_method_without_end_is_refused() {
    let scene = Scene::patient(answer);
    let mut talk = scene.talk();
    talk.say("G".repeat(1_000_000));
    let answer = talk.answer();
    assert!(matches!(answer.status, 400 | 414 | 431 | 501), "{answer:?}");
    talk.is_over();
}

/// The bomb goes on until the connection ends: what is refused has to be hung up on, too.
#[test]
fn a_head_without_end_is_not_read_for_ever() {
    let starts = ["GET /", "GET / HTTP/1.1\r\nX-A: ", "GET / HTTP/1.1\r\n", ""];
    let scene = Scene::patient(answer);
    each(
        &starts,
        |start| format!("{start:?}"),
        |start| {
            let mut talk = scene.talk();
            talk.say(start);
            let piece = if start.ends_with("\r\n") { "X-A: b\r\n" } else { "xxxxxxxx" };
            is_hung_up_on(&mut talk, piece);
        },
    );
    let most = scene.gateway.memory("VmHWM");
    assert!(most < 40 * 1024 * 1024, "{most} bytes");
    scene.others_are_answered();
}

/// Sends without end, and fails unless the other side ends that.
#[track_caller]
fn is_hung_up_on(talk: &mut Talk, piece: &str) {
    let block = piece.repeat(16 * 1024);
    let deadline = Instant::now() + PATIENCE;
    while talk.wire.stream.write_all(block.as_bytes()).is_ok() {
        assert!(Instant::now() < deadline, "everything is taken");
    }
}

#[test]
fn a_hundred_bombs_at_once_fill_no_memory() {
    let scene = Scene::patient(answer);
    let mut talks: Vec<_> = (0..100).map(|_| scene.talk()).collect();
    for talk in &mut talks {
        // Just short of the limit, and held there.
        talk.say(format!("GET / HTTP/1.1\r\nX-A: {}", "x".repeat(60_000)));
    }
    scene.others_are_answered();
    let most = scene.gateway.memory("VmHWM");
    assert!(most < 60 * 1024 * 1024, "{most} bytes");
    drop(talks);
    // What it took is given back, or used again.
    for _ in 0..5 {
        let mut talks: Vec<_> = (0..100).map(|_| scene.talk()).collect();
        for talk in &mut talks {
            talk.say(format!("GET / HTTP/1.1\r\nX-A: {}", "x".repeat(60_000)));
        }
        scene.others_are_answered();
    }
    let now = scene.gateway.memory("VmHWM");
    assert!(now < 70 * 1024 * 1024, "{most} bytes, then {now}");
}

/// The sizes that real clients need pass (RFC 9112 §3 asks for 8000 bytes at least).
#[test]
fn large_heads_of_real_clients_pass() {
    let scene = Scene::patient(answer);
    let heads = [
        request(&format!("GET /{} HTTP/1.1", "x".repeat(8000)), ""),
        get(&format!("Cookie: {}\r\n", "x".repeat(32_000))),
        get(&format!("X-A: {}\r\n", "x".repeat(8000)).repeat(5)),
        get(&"X-A: b\r\n".repeat(100)),
    ];
    for head in heads {
        let mut talk = scene.talk();
        talk.say(head);
        assert_eq!(talk.answer().status, 200);
    }
}

/// A refusal is read although much more was sent than was read.
#[test]
fn a_refusal_is_not_lost_to_a_reset() {
    let scene = Scene::patient(answer);
    for _ in 0..20 {
        let mut talk = scene.talk();
        talk.say(get(&"X-A: b\r\n".repeat(20_000)));
        let mut answer = Vec::new();
        talk.wire.stream.read_to_end(&mut answer).expect("no reset");
        assert!(answer.starts_with(b"HTTP/1.1 431 "));
    }
}
