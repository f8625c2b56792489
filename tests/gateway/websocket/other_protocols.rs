//! Upgrades to anything else (RFC 9110 §7.8) are not passed on: the request is answered as if they
//! had not been asked for.

use super::{FIELDS, Scene, echo};
use crate::support::backend::values;
use crate::support::cases::each;
use crate::support::stage::get;

#[test]
fn other_protocols_are_not_asked_for() {
    let protocols = [
        "h2c",
        "HTTP/2.0",
        "TLS/1.0",
        "TLS/1.2, HTTP/1.1",
        "IRC/6.9",
        "SPDY/3.1",
        "tcp",
        "docker",
        "websocket2",
        "xwebsocket",
        "web socket",
        "connect-udp",
        "foo",
        "websocket/13",
        "\"websocket\"",
    ];
    let scene = Scene::raw(|mut served| {
        while served.head().is_some() {
            served.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    each(
        &protocols,
        |protocol| (*protocol).to_owned(),
        |protocol| {
            let mut talk = scene.talk();
            talk.say(get(&format!("Connection: Upgrade\r\nUpgrade: {protocol}\r\n")));
            assert_eq!(talk.answer().text(), "ok");
            let head = scene.ide.last_head();
            assert!(values(&head, "upgrade").is_empty(), "{head}");
            assert!(!values(&head, "connection").iter().any(|c| c.eq_ignore_ascii_case("upgrade")));
        },
    );
}

#[test]
fn of_several_protocols_only_websocket_is_asked_for() {
    let scene = Scene::set(echo);
    for upgrade in ["websocket, h2c", "h2c, websocket"] {
        let mut talk = scene.talk();
        talk.say(get(&FIELDS.replace("Upgrade: websocket", &format!("Upgrade: {upgrade}"))));
        assert_eq!(talk.head().unwrap().0, 101);
        let head = scene.ide.last_head();
        assert_eq!(values(&head, "upgrade"), ["websocket"], "{head}");
    }
}
