//! What is said over a WebSocket passes byte for byte, whatever it is.

use std::io::{Read, Write};

use super::frames::{masked, masked_large, plain};
use super::{Scene, echo};
use crate::support::cases::each;

const PIECE: usize = 1024 * 1024;

#[test]
fn frames_of_every_kind_pass() {
    let frames = [
        ("text", masked(0x81, "héllo".as_bytes())),
        ("binary", masked(0x82, &[0, 255, 13, 10])),
        ("empty", masked(0x81, b"")),
        ("ping", masked(0x89, b"ping")),
        ("pong", masked(0x8a, b"pong")),
        ("a fragment", masked(0x01, b"frag")),
        ("a continuation", masked(0x00, b"ment")),
        ("compressed", masked(0xc1, &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00])),
        ("a reserved bit", masked(0xb1, b"x")),
        ("a reserved opcode", masked(0x83, b"x")),
        ("a reserved control opcode", masked(0x8f, b"x")),
        ("unmasked", plain(0x81, b"x")),
        ("a ping that is too long", masked(0x89, &[7; 200])),
        ("a length of 16 bits", masked(0x82, &[7; 300])),
        ("a length of 64 bits", masked(0x82, &[7; 70_000])),
        ("a length written too long", [&[0x82, 0xfe, 0, 1, 1, 2, 3, 4][..], &[0]].concat()),
        ("text that is no UTF-8", masked(0x81, &[0xff, 0xfe])),
        ("what looks like HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
    ];
    let scene = Scene::set(echo);
    each(
        &frames,
        |(name, _)| (*name).to_owned(),
        |(_, frame)| {
            let mut talk = scene.open();
            talk.say(frame);
            assert_eq!(&talk.wire.exactly(frame.len()).unwrap(), frame);
        },
    );
}

#[test]
fn control_frames_between_fragments_stay_where_they_are() {
    let mut stream = Vec::new();
    stream.extend(masked(0x01, &[b'a'; 5000]));
    for n in 0..50 {
        stream.extend(masked(0x89, &[n; 10]));
        stream.extend(masked(0x00, &[b'b'; 1000]));
        stream.extend(masked(0x8a, b""));
    }
    stream.extend(masked(0x80, b"end"));
    let scene = Scene::set(echo);
    for piece in [1, 7, 1000, stream.len()] {
        let mut talk = scene.open();
        stream.chunks(piece).take(5000).for_each(|piece| talk.say(piece));
        let sent = stream.len().min(5000 * piece);
        assert!(talk.wire.exactly(sent).unwrap() == stream[..sent], "pieces of {piece}");
    }
}

#[test]
fn one_byte_at_a_time_passes_both_ways() {
    let scene = Scene::set(|mut served| {
        served.stream.set_nodelay(true).unwrap();
        let mut byte = [0];
        while let Ok(1) = served.stream.read(&mut byte) {
            served.send(byte);
        }
    });
    let mut talk = scene.open();
    for byte in masked(0x82, &[1; 200]) {
        talk.say([byte]);
        assert_eq!(talk.wire.exactly(1).unwrap(), [byte]);
    }
}

#[test]
fn a_message_of_64_megabytes_passes_in_either_framing() {
    const SIZE: usize = 64 * PIECE;
    let scene = Scene::set(echo);
    let frame = masked_large(0x82, *b"abcd", SIZE / 4);
    let opcode = |n| if n == 0 { 2 } else { 0x80 * u8::from(n == 63) };
    let fragments: Vec<u8> =
        (0..64).flat_map(|n| masked_large(opcode(n), *b"efgh", PIECE / 4)).collect();
    for stream in [frame, fragments] {
        let talk = scene.open();
        let mut writer = talk.wire.stream.try_clone().unwrap();
        let mut reader = talk.wire.stream.try_clone().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| writer.write_all(&stream).unwrap());
            let mut piece = vec![0; PIECE];
            for expected in stream.chunks(PIECE) {
                reader.read_exact(&mut piece[..expected.len()]).unwrap();
                assert!(piece[..expected.len()] == *expected);
            }
        });
    }
    let most = scene.gateway.memory("VmHWM");
    assert!(most < 40 * 1024 * 1024, "{most} bytes");
}

/// Either end may say much while the other says nothing.
#[test]
fn much_passes_in_one_direction_while_the_other_is_silent() {
    const SIZE: usize = 32 * PIECE;
    let scene = Scene::set(|mut served| {
        (0..SIZE / PIECE).for_each(|_| served.send(vec![9; PIECE]));
        let mut rest = SIZE;
        let mut piece = vec![0; PIECE];
        while rest > 0 {
            let count = served.stream.read(&mut piece).unwrap();
            assert!(count > 0 && piece[..count].iter().all(|&byte| byte == 8));
            rest -= count;
        }
        served.send("done");
    });
    let mut talk = scene.open();
    for _ in 0..SIZE / PIECE {
        assert!(talk.wire.exactly(PIECE).unwrap().iter().all(|&byte| byte == 9));
    }
    (0..SIZE / PIECE).for_each(|_| talk.say(vec![8; PIECE]));
    assert_eq!(talk.wire.exactly(4).unwrap(), b"done");
}
