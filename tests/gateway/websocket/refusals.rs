//! An IDE that opens no WebSocket: its answer is one like any other, and the connection stays one
//! for HTTP. A gateway that took it for a tunnel would let anybody speak to the IDE directly.

use super::{FIELDS, Scene, echo};
use crate::support::backend::values;
use crate::support::cases::each;
use crate::support::stage::{get, request};

#[test]
fn a_refusal_arrives_whole_and_the_connection_stays_http() {
    let refusals = [
        ("400", "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"),
        ("401", "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: x\r\nContent-Length: 2\r\n\r\nno"),
        ("403", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"),
        (
            "404 in chunks",
            "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
        ),
        (
            "426",
            "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13, 8\r\nContent-Length: 2\r\n\r\nno",
        ),
        ("503", "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\nno"),
        ("200", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno"),
        (
            "200 that looks like a switch",
            "HTTP/1.1 200 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nno",
        ),
        ("a redirect", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 2\r\n\r\nno"),
    ];
    each(
        &refusals,
        |(name, _)| (*name).to_owned(),
        |&(_, refusal)| {
            let scene = Scene::raw(move |mut served| {
                while served.head().is_some() {
                    served.send(refusal);
                }
            });
            let mut talk = scene.talk();
            talk.say(get(FIELDS));
            let answer = talk.answer();
            assert_eq!(answer.text(), "no");
            assert_eq!(answer.status, refusal[9..12].parse::<u16>().unwrap());
            if answer.says_close() {
                return;
            }
            // Through a tunnel, the IDE would be told nothing about who asks.
            talk.say(request("GET /next HTTP/1.1", "X-Forwarded-For: 6.6.6.6\r\n"));
            talk.answer();
            let head = scene.ide.last_head();
            assert!(head.starts_with("GET /next HTTP/1.1\r\n"), "{head}");
            assert_eq!(values(&head, "x-forwarded-for"), ["127.0.0.1"]);
        },
    );
}

#[test]
fn what_a_refusal_says_about_versions_arrives() {
    let scene = Scene::raw(|mut served| {
        served.head();
        served.send(
            "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13, 8, 7\r\nContent-Length: 0\r\n\r\n",
        );
    });
    let mut talk = scene.talk();
    talk.say(get(&FIELDS.replace("13", "99")));
    let answer = talk.answer();
    assert_eq!(answer.status, 426);
    assert_eq!(answer.head.all("sec-websocket-version"), ["13, 8, 7"]);
    assert_eq!(values(&scene.ide.last_head(), "sec-websocket-version"), ["99"]);
}

#[test]
fn a_switch_to_something_else_is_a_bad_gateway() {
    let switches = [
        ("to h2c", "Upgrade: h2c\r\nConnection: Upgrade\r\n"),
        ("to nothing", ""),
        ("to an empty word", "Upgrade:\r\nConnection: Upgrade\r\n"),
        ("to something like it", "Upgrade: websockets\r\nConnection: Upgrade\r\n"),
    ];
    each(
        &switches,
        |(name, _)| (*name).to_owned(),
        |&(_, fields)| {
            let scene = Scene::raw(move |mut served| {
                served.head();
                served.send(format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\nEVIL"));
                echo(served);
            });
            let mut talk = scene.talk();
            talk.say(get(FIELDS));
            let answer = talk.answer();
            assert_eq!(answer.status, 502);
            assert!(!answer.text().contains("EVIL"));
        },
    );
}

#[test]
fn early_hints_may_come_before_the_switch() {
    let scene = Scene::raw(|mut served| {
        served.head();
        served.send(format!("HTTP/1.1 103 x\r\nLink: </a>\r\n\r\n{}", super::SWITCHED));
        echo(served);
    });
    let mut talk = scene.talk();
    talk.say(get(FIELDS));
    let (mut status, _) = talk.head().unwrap();
    if status == 103 {
        (status, _) = talk.head().unwrap();
    }
    assert_eq!(status, 101);
    talk.say("x");
    assert_eq!(talk.wire.exactly(1).unwrap(), b"x");
}

#[test]
fn an_ide_that_hangs_up_instead_is_a_bad_gateway() {
    let scene = Scene::raw(|mut served| {
        served.head();
    });
    let mut talk = scene.talk();
    talk.say(get(FIELDS));
    assert_eq!(talk.answer().status, 502);
}
