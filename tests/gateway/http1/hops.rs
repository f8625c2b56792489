//! Fields that are about one connection (RFC 9110 §7.6.1): they end with their hop, both ways.

use crate::support::cases::each;
use crate::support::stage::{Stage, get, post};

#[test]
fn fields_of_a_clients_connection_stay_here() {
    let cases = [
        ("keep-alive", "Connection: keep-alive\r\n", "connection"),
        ("close", "Connection: close\r\n", "connection"),
        ("Keep-Alive", "Keep-Alive: timeout=5\r\n", "keep-alive"),
        ("Proxy-Connection", "Proxy-Connection: keep-alive\r\n", "proxy-connection"),
        ("Proxy-Authorization", "Proxy-Authorization: x\r\n", "proxy-authorization"),
        ("TE", "TE: gzip\r\n", "te"),
        ("TE, named", "TE: gzip\r\nConnection: TE\r\n", "te"),
        ("Upgrade", "Upgrade: h2c\r\n", "upgrade"),
        (
            "Upgrade, named",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n",
            "upgrade",
        ),
        (
            "h2c's settings",
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n",
            "http2-settings",
        ),
        ("what Connection names", "Connection: X-Private\r\nX-Private: 1\r\n", "x-private"),
        ("named in another case", "Connection: x-PRIVATE\r\nX-Private: 1\r\n", "x-private"),
        ("named before", "X-Private: 1\r\nConnection: X-Private\r\n", "x-private"),
        ("named in a list", "Connection: close, X-Private ,,x\r\nX-Private: 1\r\n", "x-private"),
        (
            "named in a second line",
            "Connection: keep-alive\r\nConnection: X-Private\r\nX-Private: 1\r\n",
            "x-private",
        ),
        ("there twice", "Connection: X-Private\r\nX-Private: 1\r\nX-Private: 2\r\n", "x-private"),
    ];
    let stage = Stage::set();
    each(
        &cases,
        |(name, ..)| (*name).to_owned(),
        |(_, fields, gone)| {
            let (seen, _) = stage.pass(get(&format!("X-Before: 1\r\n{fields}X-After: 2\r\n")));
            assert!(seen.head.all(gone).is_empty(), "{seen:?}");
            assert_eq!(
                (seen.head.all("x-before"), seen.head.all("x-after")),
                (vec!["1".into()], vec!["2".into()])
            );
        },
    );
}

/// A message would mean something else without them.
#[test]
fn connection_takes_away_nothing_that_a_request_needs() {
    let stage = Stage::set();
    let fields = "Connection: Content-Length, Content-Type, Host\r\nContent-Length: 5\r\nContent-Type: a/b\r\n";
    let (seen, _) = stage.pass(post(fields, "hello"));
    assert_eq!(seen.body.content, b"hello");
    assert_eq!(seen.head.all("content-type"), ["a/b"]);
    assert_eq!(seen.head.all("host"), ["localhost"]);
}

#[test]
fn naming_transfer_encoding_does_not_hide_the_body() {
    let stage = Stage::set();
    let fields = "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n";
    let (seen, _) = stage.pass(post(fields, "5\r\nhello\r\n0\r\n\r\n"));
    assert_eq!(seen.body.content, b"hello");
}

#[test]
fn a_client_that_takes_trailers_is_announced_as_one() {
    let stage = Stage::set();
    for te in ["trailers", "Trailers", "trailers, deflate;q=0.5"] {
        let (seen, _) = stage.pass(get(&format!("TE: {te}\r\nConnection: TE\r\n")));
        assert_eq!(seen.head.all("te"), ["trailers"], "{te}");
        assert!(seen.head.has("connection", "te"), "{te}");
    }
}

#[test]
fn fields_of_the_ides_connection_stay_here() {
    let cases = [
        ("keep-alive", "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n", "keep-alive"),
        ("Proxy-Authenticate", "Proxy-Authenticate: Basic\r\n", "proxy-authenticate"),
        ("Proxy-Connection", "Proxy-Connection: close\r\n", "proxy-connection"),
        ("Upgrade", "Upgrade: h2c\r\n", "upgrade"),
        ("TE", "TE: trailers\r\n", "te"),
        ("what Connection names", "Connection: X-Private\r\nX-Private: 1\r\n", "x-private"),
        ("named in a list", "Connection: close, x-private\r\nX-Private: 1\r\n", "x-private"),
        (
            "named in a second line",
            "Connection: a\r\nConnection: x-private\r\nX-Private: 1\r\n",
            "x-private",
        ),
    ];
    each(
        &cases,
        |(name, ..)| (*name).to_owned(),
        |(_, fields, gone)| {
            let head = format!("HTTP/1.1 200 OK\r\nX-Before: 1\r\n{fields}X-After: 2\r\n");
            let stage = Stage::answering(format!("{head}Content-Length: 2\r\n\r\nok"));
            let (_, answer) = stage.pass(get(""));
            assert!(answer.head.all(gone).is_empty(), "{answer:?}");
            assert_eq!(
                (answer.head.all("x-before"), answer.head.all("x-after")),
                (vec!["1".into()], vec!["2".into()])
            );
            assert_eq!(answer.text(), "ok");
        },
    );
}

/// What the IDE does with its connection is not the client's business.
#[test]
fn the_clients_connection_outlives_the_ides() {
    let stage = Stage::answering(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\n/goes-on\n",
    );
    let mut talk = stage.talk();
    talk.goes_on();
    talk.goes_on();
}
