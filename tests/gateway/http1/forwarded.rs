//! What the IDE is told about the client: once, and by us alone.

use crate::support::cases::each;
use crate::support::stage::{Stage, get};

#[test]
fn a_client_cannot_describe_itself() {
    let names = [
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded-Port",
        "X-Forwarded-Prefix",
        "X-Forwarded-Server",
        "X-Forwarded-By",
        "X-Forwarded-Path",
        "X-Forwarded-Uri",
        "X-Forwarded-Context",
        "X-Forwarded-Scheme",
        "X-Forwarded-Ssl",
        "X-Forwarded-Client-Cert",
        "x-FORWARDED-for",
        "Forwarded",
        "X-Real-IP",
        "X-Original-Host",
        "X-Original-URL",
        "X-ProxyContextPath",
    ];
    let stage = Stage::set();
    each(
        &names,
        |name| (*name).to_owned(),
        |name| {
            let (seen, _) =
                stage.pass(get(&format!("{name}: forged\r\n{name}: forged, again\r\n")));
            assert!(seen.head.all(name).len() <= 1, "{seen:?}");
            assert!(seen.head.all(name).iter().all(|value| !value.contains("forged")), "{seen:?}");
        },
    );
}

#[test]
fn each_fact_is_told_once() {
    let stage = Stage::set();
    let (seen, _) = stage.pass(
        "GET / HTTP/1.1\r\nHost: localhost:8070\r\nX-Forwarded-For: a\r\nX-Forwarded-Host: b\r\n\
         X-Forwarded-Proto: c\r\nX-Forwarded-Port: d\r\nX-Forwarded-For: e\r\n\r\n",
    );
    for (name, value) in [
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "localhost:8070"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", "8070"),
    ] {
        assert_eq!(seen.head.all(name), [value], "{name}");
    }
    assert!(seen.head.all("x-forwarded-prefix").is_empty());
}

#[test]
fn connection_cannot_take_them_away() {
    let stage = Stage::set();
    let (seen, _) = stage.pass(get(
        "Connection: X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Proto, Host, close\r\n",
    ));
    assert_eq!(seen.head.all("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(seen.head.all("x-forwarded-host"), ["localhost"]);
    assert_eq!(seen.head.all("x-forwarded-proto"), ["http"]);
    assert_eq!(seen.head.all("host"), ["localhost"]);
}
