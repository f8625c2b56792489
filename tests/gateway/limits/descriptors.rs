//! Nothing is left open, however a conversation ends.

use std::io::{Read, Write};

use nix::sys::socket::{setsockopt, sockopt};

use super::Scene;
use crate::support::eventually;
use crate::support::stage::{get, post, request};
use crate::support::talk::Talk;

const SWITCHED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\n\r\n";

/// An IDE that is as awkward as its clients.
fn scene() -> Scene {
    Scene::patient(|mut served| {
        while let Some(head) = served.head() {
            match head.split(' ').nth(1).unwrap_or_default() {
                "/silent" => drop(served.stream.read_to_end(&mut Vec::new())),
                "/short" => return served.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
                "/garbage" => return served.send("x\r\n\r\n"),
                "/long" => {
                    served.send("HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n");
                    while served.stream.write_all(&[0; 10_000]).is_ok() {}
                    return;
                }
                "/switch" => {
                    served.send(SWITCHED);
                    let _ = served.stream.read_to_end(&mut Vec::new());
                }
                target => {
                    let length = target.len();
                    served.send(format!(
                        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{target}"
                    ));
                }
            }
        }
    })
}

#[test]
fn connections_that_end_in_any_way_leave_nothing_open() {
    let scene = scene();
    scene.others_are_answered();
    let before = scene.gateway.descriptors();
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let sayings = [
        String::new(),
        "GET".to_owned(),
        get(""),
        "x\r\n\r\n".to_owned(),
        post("Content-Length: 5\r\n", "he"),
        post("Transfer-Encoding: chunked\r\n", "5\r\nhe"),
        request("GET /silent HTTP/1.1", ""),
        request("GET /short HTTP/1.1", ""),
        request("GET /garbage HTTP/1.1", ""),
        request("GET /long HTTP/1.1", ""),
        request("HEAD /long HTTP/1.1", ""),
        request("GET /switch HTTP/1.1", upgrade),
        request("GET /api/events HTTP/1.1", ""),
    ];
    for resets in [true, false] {
        for saying in &sayings {
            for _ in 0..10 {
                let mut talk = scene.talk();
                talk.say(saying);
                leave(talk, resets || saying.contains("/silent"));
            }
        }
    }
    eventually("all is closed", || {
        scene.others_are_answered();
        // The IDE's connections may be kept for a while.
        scene.gateway.descriptors() <= before + 10
    });
}

/// Half of them wait for the beginning of an answer.
fn leave(mut talk: Talk, resets: bool) {
    if resets {
        let linger = nix::libc::linger { l_onoff: 1, l_linger: 0 };
        setsockopt(&talk.wire.stream, sockopt::Linger, &linger).unwrap();
    } else {
        talk.wire.stream.set_read_timeout(Some(std::time::Duration::from_millis(5))).unwrap();
        let _ = talk.wire.exactly(1);
    }
}
