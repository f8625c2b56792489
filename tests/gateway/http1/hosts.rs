//! Host (RFC 9112 §3.2): one, well-formed, allowed; the target's where that is a whole URL.

use crate::support::cases::each;
use crate::support::stage::Stage;

#[test]
fn a_host_that_cannot_be_told_is_refused() {
    let heads = [
        ("none", "GET / HTTP/1.1\r\n\r\n"),
        ("none, to a whole URL", "GET http://localhost/ HTTP/1.1\r\n\r\n"),
        ("two", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
        ("two that differ", "GET / HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\n\r\n"),
        ("two, and a whole URL", "GET http://localhost/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        ("empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
        ("empty but for a space", "GET / HTTP/1.1\r\nHost: \r\n\r\n"),
        ("a list", "GET / HTTP/1.1\r\nHost: localhost, localhost\r\n\r\n"),
        ("with a user", "GET / HTTP/1.1\r\nHost: x@localhost\r\n\r\n"),
        ("with a path", "GET / HTTP/1.1\r\nHost: localhost/x\r\n\r\n"),
        ("with a space", "GET / HTTP/1.1\r\nHost: local host\r\n\r\n"),
        ("with a port that is none", "GET / HTTP/1.1\r\nHost: localhost:x\r\n\r\n"),
        ("with a port that is too large", "GET / HTTP/1.1\r\nHost: localhost:65536\r\n\r\n"),
        ("with two ports", "GET / HTTP/1.1\r\nHost: localhost:1:2\r\n\r\n"),
        ("with a scheme", "GET / HTTP/1.1\r\nHost: http://localhost\r\n\r\n"),
        ("an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
        (
            "with a user, in a whole URL",
            "GET http://x@localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ),
        ("a whole URL without one", "GET http:///x HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ];
    let stage = Stage::set();
    each(
        &heads,
        |(name, _)| (*name).to_owned(),
        |(_, head)| {
            stage.ide.take();
            let mut talk = stage.talk();
            talk.say(head);
            let answer = talk.answer();
            assert!(matches!(answer.status, 400 | 403), "{answer:?}");
            assert!(stage.ide.take().is_empty(), "the IDE was asked");
        },
    );
}

#[test]
fn a_host_that_is_not_allowed_is_refused() {
    let heads = [
        ("a name", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        ("a whole URL", "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ("ours as the beginning", "GET / HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n"),
        ("ours as the end", "GET / HTTP/1.1\r\nHost: evillocalhost\r\n\r\n"),
        ("an address in a name", "GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n"),
    ];
    let stage = Stage::set();
    each(
        &heads,
        |(name, _)| (*name).to_owned(),
        |(_, head)| {
            let mut talk = stage.talk();
            talk.say(head);
            assert_eq!(talk.answer().status, 403);
            assert!(stage.ide.take().is_empty(), "the IDE was asked");
            // The connection is one of a client that made no mistake in HTTP.
            talk.goes_on();
            stage.ide.take();
        },
    );
}

#[test]
fn the_targets_host_counts_and_the_ide_gets_it_alone() {
    let stage = Stage::set();
    let (seen, _) =
        stage.pass("GET http://a.localhost:8070/x HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    assert_eq!(seen.head.all("host"), ["a.localhost:8070"]);
    assert_eq!(seen.head.all("x-forwarded-host"), ["a.localhost:8070"]);
    assert!(!format!("{seen:?}").contains("evil"));
}

#[test]
fn the_ide_gets_the_host_that_was_asked_for() {
    let stage = Stage::set();
    let hosts = ["localhost", "localhost:8070", "a.b.localhost", "127.0.0.1:9", "[::1]:8070"];
    each(
        &hosts,
        |host| (*host).to_owned(),
        |host| {
            let (seen, _) = stage.pass(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            assert_eq!(seen.head.all("host"), [*host]);
        },
    );
}
