//! The opening handshake (RFC 6455 §4), relayed.

use super::{FIELDS, SWITCHED, Scene, echo};
use crate::support::backend::values;
use crate::support::cases::each;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config, with_token};
use crate::support::stage::{get, request};
use crate::support::talk::Talk;

const KEY: &str = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[test]
fn what_a_client_asks_for_reaches_the_ide_as_it_is() {
    let fields = [
        ("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEC=="),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Protocol", "a, b.c , \"d\""),
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits, x-foo;a=\"b,c\""),
        ("Origin", "http://localhost"),
        ("User-Agent", "x/1 (y)"),
        ("Cookie", "vscode-tkn=1"),
        ("X-Other", "a  b"),
    ];
    each(
        &fields,
        |(name, _)| (*name).to_owned(),
        |(name, value)| {
            let scene = Scene::set(echo);
            let without: String =
                FIELDS.split_inclusive("\r\n").filter(|line| !line.starts_with(name)).collect();
            let mut talk = scene.talk();
            talk.say(get(&format!("{without}{name}: {value}\r\n")));
            assert_eq!(talk.head().unwrap().0, 101);
            let head = scene.ide.last_head();
            assert_eq!(values(&head, name), [*value]);
            assert!(values(&head, "connection")[0].eq_ignore_ascii_case("upgrade"));
            assert!(values(&head, "upgrade")[0].eq_ignore_ascii_case("websocket"));
        },
    );
}

#[test]
fn several_lines_of_a_field_stay_several() {
    let scene = Scene::set(echo);
    let mut talk = scene.talk();
    let more = "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b\r\n\
                Sec-WebSocket-Extensions: x\r\nSec-WebSocket-Extensions: y\r\n";
    talk.say(get(&format!("{FIELDS}{more}")));
    assert_eq!(talk.head().unwrap().0, 101);
    assert_eq!(values(&scene.ide.last_head(), "sec-websocket-protocol"), ["a", "b"]);
    assert_eq!(values(&scene.ide.last_head(), "sec-websocket-extensions"), ["x", "y"]);
}

#[test]
fn what_the_ide_chooses_reaches_the_client_as_it_is() {
    let fields = [
        ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("Sec-WebSocket-Protocol", "b.c"),
        ("Sec-WebSocket-Extensions", "permessage-deflate; server_no_context_takeover"),
        ("Set-Cookie", "a=b; Path=/"),
        ("X-Other", "a  b"),
        ("Server", "x"),
    ];
    each(
        &fields,
        |(name, _)| (*name).to_owned(),
        |&(name, value)| {
            let scene = Scene::raw(move |mut served| {
                served.head();
                served.send(format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
                     Connection: Upgrade\r\n{name}: {value}\r\n\r\n"
                ));
                echo(served);
            });
            let mut talk = scene.talk();
            talk.say(get(FIELDS));
            let (status, head) = talk.head().unwrap();
            assert_eq!((status, head.all(name)), (101, vec![value.to_owned()]));
            assert!(head.has("connection", "upgrade") && head.has("upgrade", "websocket"));
            assert!(head.all("content-length").is_empty());
            assert!(head.all("transfer-encoding").is_empty());
        },
    );
}

#[test]
fn an_upgrade_may_be_asked_for_in_any_spelling() {
    let spellings = [
        "Connection: Upgrade\r\nUpgrade: websocket\r\n",
        "Connection: upgrade\r\nUpgrade: WebSocket\r\n",
        "CONNECTION: UPGRADE\r\nUPGRADE: WEBSOCKET\r\n",
        "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n",
        "Connection: Upgrade,keep-alive\r\nUpgrade: websocket\r\n",
        "Connection: keep-alive\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
        "Upgrade: websocket\r\nConnection: Upgrade\r\n",
    ];
    let scene = Scene::set(echo);
    each(
        &spellings,
        |spelling| (*spelling).to_owned(),
        |spelling| {
            let mut talk = scene.talk();
            talk.say(get(&format!("{spelling}{KEY}")));
            assert_eq!(talk.head().unwrap().0, 101);
            talk.say("ping");
            assert_eq!(talk.wire.exactly(4).unwrap(), b"ping");
        },
    );
}

#[test]
fn what_asks_for_no_upgrade_opens_no_websocket() {
    let requests = [
        ("no Connection", get(&format!("Upgrade: websocket\r\n{KEY}"))),
        ("no Upgrade", get(&format!("Connection: Upgrade\r\n{KEY}"))),
        (
            "another word in Connection",
            get(&format!("Connection: upgraded\r\nUpgrade: websocket\r\n{KEY}")),
        ),
        ("HTTP/1.0", request("GET / HTTP/1.0", FIELDS)),
        ("POST", request("POST / HTTP/1.1", FIELDS)),
        ("OPTIONS", request("OPTIONS / HTTP/1.1", FIELDS)),
        ("with a body", get(&format!("{FIELDS}Content-Length: 5\r\n")) + "hello"),
        (
            "with chunks",
            get(&format!("{FIELDS}Transfer-Encoding: chunked\r\n")) + "5\r\nhello\r\n0\r\n\r\n",
        ),
    ];
    let scene = Scene::raw(|mut served| {
        while let Some(head) = served.head() {
            if head.contains("\r\nContent-Length: 5") || head.contains("\r\ncontent-length: 5") {
                served.read(5);
            } else if head.to_lowercase().contains("\r\ntransfer-encoding: chunked") {
                served.read_chunked();
            }
            served.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        }
    });
    each(
        &requests,
        |(name, _)| (*name).to_owned(),
        |(_, request)| {
            let before = scene.ide.heads().len();
            let mut talk = scene.talk();
            talk.say(request);
            let answer = talk.answer();
            assert!(answer.status == 200 || (400..500).contains(&answer.status), "{answer:?}");
            for head in &scene.ide.heads()[before..] {
                assert!(values(head, "upgrade").is_empty(), "{head}");
            }
        },
    );
}

/// The IDE is asked by GET, as it knows no HEAD; with the fields of an upgrade it would open one.
#[test]
fn head_opens_none_either() {
    let scene = Scene::set(|_| {});
    let mut talk = scene.talk();
    talk.say(request("HEAD / HTTP/1.1", FIELDS));
    let _ = talk.head();
    let heads = scene.ide.heads();
    assert!(heads[0].starts_with("GET / ") && values(&heads[0], "upgrade").is_empty(), "{heads:?}");
}

#[test]
fn a_handshake_may_come_byte_by_byte() {
    let scene = Scene::set(echo);
    let mut talk = scene.talk();
    get(FIELDS).bytes().for_each(|byte| talk.say([byte]));
    assert_eq!(talk.head().unwrap().0, 101);
    talk.say("x");
    assert_eq!(talk.wire.exactly(1).unwrap(), b"x");
}

#[test]
fn the_ides_answer_may_come_byte_by_byte() {
    let scene = Scene::raw(|mut served| {
        served.stream.set_nodelay(true).unwrap();
        served.head();
        format!("{SWITCHED}early").bytes().for_each(|byte| served.send([byte]));
        echo(served);
    });
    let mut talk = scene.open();
    assert_eq!(talk.wire.exactly(5).unwrap(), b"early");
}

#[test]
fn what_comes_right_behind_either_handshake_is_not_lost() {
    for size in [1, 1000, 100_000] {
        let scene = Scene::raw(move |mut served| {
            served.head();
            served.send([SWITCHED.as_bytes(), &vec![b'e'; size]].concat());
            echo(served);
        });
        let mut talk = scene.talk();
        talk.say([get(FIELDS).as_bytes(), &vec![b'h'; size]].concat());
        assert_eq!(talk.head().unwrap().0, 101);
        assert_eq!(talk.wire.exactly(size).unwrap(), vec![b'e'; size]);
        assert_eq!(talk.wire.exactly(size).unwrap(), vec![b'h'; size]);
    }
}

/// A hasty client sends what only makes sense once the answer is known; where the WebSocket is
/// refused it is no request.
#[test]
fn what_comes_behind_a_refused_handshake_is_read_as_http() {
    let scene = Scene::raw(|mut served| {
        while served.head().is_some() {
            served.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        }
    });
    let mut talk = scene.talk();
    talk.say(get(FIELDS) + "\u{1}\u{2}\u{3}\r\n\r\n");
    assert_eq!(talk.answer().status, 403);
    if let Ok(answer) = talk.try_answer(false) {
        assert_eq!(answer.status, 400);
    }
    assert_eq!(scene.ide.heads().len(), 1);
}

#[test]
fn a_page_of_another_origin_gets_none() {
    let scene = Scene::set(echo);
    let strangers = [
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Origin: http://localhost.evil.example\r\n",
        "Origin: http://localhost:1\r\n",
        "Origin: http://localhost\r\nOrigin: http://evil.example\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
    ];
    each(
        &strangers,
        |stranger| (*stranger).to_owned(),
        |stranger| {
            let mut talk = scene.talk();
            talk.say(get(&format!("{FIELDS}{stranger}")));
            assert_eq!(talk.answer().status, 403);
        },
    );
    assert_eq!(scene.ide.heads().len(), 0);
}

#[test]
fn under_a_base_path_it_is_stripped() {
    let scene = Scene::set(echo);
    let mut config = config(&scene._control, scene.ide.address);
    config.base_path = "/user/alice/".into();
    let gateway = Gateway::start(&config);
    let mut talk = Talk::to(gateway.address());
    talk.say(request("GET /user/alice/stable-1?reconnectionToken=a%2Fb HTTP/1.1", FIELDS));
    assert_eq!(talk.head().unwrap().0, 101);
    assert!(
        scene.ide.last_head().starts_with("GET /stable-1?reconnectionToken=a%2Fb HTTP/1.1\r\n")
    );
}

#[test]
fn where_there_is_a_token_it_has_to_be_shown() {
    let scene = Scene::set(echo);
    let control = Control::ready();
    let gateway = Gateway::start(&with_token(config(&control, scene.ide.address), "hunter2"));
    let mut talk = Talk::to(gateway.address());
    talk.say(get(FIELDS));
    assert_eq!(talk.answer().status, 401);
    assert_eq!(scene.ide.heads().len(), 0);
    let mut talk = Talk::to(gateway.address());
    talk.say(get(&format!("{FIELDS}Authorization: Bearer hunter2\r\n")));
    assert_eq!(talk.head().unwrap().0, 101);
    assert!(values(&scene.ide.last_head(), "authorization").is_empty());
}
