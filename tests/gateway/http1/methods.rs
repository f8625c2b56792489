//! Methods (RFC 9110 §9): any token is one, and reaches the IDE as it is.

use crate::support::cases::each;
use crate::support::stage::{Stage, request};

#[test]
fn any_token_is_a_method() {
    let methods = [
        "GET",
        "POST",
        "PUT",
        "DELETE",
        "PATCH",
        "OPTIONS",
        "PROPFIND",
        "MKCOL",
        "LOCK",
        "REPORT",
        "M-SEARCH",
        "PURGE",
        "QUERY",
        "get",
        "Get",
        "gET",
        "X",
        "A1",
        "!#$%&'*+-.^_`|~",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF",
        "HEADER",
        "CONNECTED",
        "PRI",
    ];
    let stage = Stage::set();
    each(
        &methods,
        |method| (*method).to_owned(),
        |method| {
            let (seen, answer) = stage.pass(request(&format!("{method} /x HTTP/1.1"), ""));
            assert_eq!(seen.line(), format!("{method} /x HTTP/1.1"));
            assert_eq!(answer.text(), seen.line());
        },
    );
}

#[test]
fn what_is_no_token_is_no_method() {
    let lines: [(&str, &[u8]); 13] = [
        ("a parenthesis", b"G(T / HTTP/1.1"),
        ("a colon", b"GET: / HTTP/1.1"),
        ("a slash", b"GE/T / HTTP/1.1"),
        ("a quote", b"G\"T / HTTP/1.1"),
        ("a brace", b"{GET} / HTTP/1.1"),
        ("a comma", b"GET,POST / HTTP/1.1"),
        ("an equals sign", b"GET=1 / HTTP/1.1"),
        ("none, but the space behind it", b" / HTTP/1.1"),
        ("a tab in front", b"\tGET / HTTP/1.1"),
        ("NUL", b"GE\0T / HTTP/1.1"),
        ("a control character", b"GE\x01T / HTTP/1.1"),
        ("Latin-1", b"G\xc9T / HTTP/1.1"),
        ("UTF-8", "GÉT / HTTP/1.1".as_bytes()),
    ];
    let stage = Stage::set();
    each(
        &lines,
        |(name, _)| (*name).to_owned(),
        |(_, line)| {
            let answer = stage.refused([line, &b"\r\nHost: localhost\r\n\r\n"[..]].concat());
            assert_eq!(answer.status, 400);
        },
    );
}

#[test]
fn connect_is_refused_in_every_form() {
    let lines = [
        "CONNECT localhost:22 HTTP/1.1",
        "CONNECT / HTTP/1.1",
        "CONNECT http://localhost/ HTTP/1.1",
        "CONNECT localhost HTTP/1.1",
        "CONNECT [::1]:22 HTTP/1.1",
    ];
    let stage = Stage::set();
    each(
        &lines,
        |line| (*line).to_owned(),
        |line| {
            let mut talk = stage.talk();
            talk.say(request(line, ""));
            let answer = talk.answer();
            assert!((400..=501).contains(&answer.status));
            assert_eq!(answer.status == 405, answer.head.has("allow", "POST"), "{answer:?}");
            assert!(stage.ide.take().is_empty(), "the IDE was asked");
        },
    );
}

#[test]
fn options_of_the_whole_server_is_answered() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(request("OPTIONS * HTTP/1.1", ""));
    let answer = talk.answer();
    assert!((200..500).contains(&answer.status), "{answer:?}");
    assert!(stage.ide.take().iter().all(|seen| seen.line() == "OPTIONS * HTTP/1.1"));
    if !answer.says_close() {
        talk.goes_on();
    }
}

#[test]
fn a_star_is_no_target_of_another_method() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(request("GET * HTTP/1.1", ""));
    assert!((400..500).contains(&talk.answer().status));
    assert!(stage.ide.take().is_empty());
}

/// RFC 9110 §9.3.8 and §7.6.2: credentials would come back in the answer, and a count of zero ends
/// the way here.
#[test]
fn trace_shows_no_credentials() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(request(
        "TRACE /x HTTP/1.1",
        "Authorization: Bearer secret\r\nCookie: _xsrf=secret\r\n",
    ));
    let answer = talk.answer();
    assert!(!answer.text().contains("secret"), "{answer:?}");
    for seen in stage.ide.take() {
        assert!(!format!("{seen:?}").contains("secret"));
    }
}

#[test]
fn max_forwards_of_zero_ends_here() {
    let stage = Stage::set();
    each(
        &["TRACE", "OPTIONS"],
        |method| (*method).to_owned(),
        |method| {
            let mut talk = stage.talk();
            talk.say(request(&format!("{method} /x HTTP/1.1"), "Max-Forwards: 0\r\n"));
            talk.answer();
            assert!(stage.ide.take().is_empty(), "the IDE was asked");
        },
    );
}

#[test]
fn max_forwards_counts_down_and_only_where_it_means_something() {
    let stage = Stage::set();
    let (seen, _) = stage.pass(request("OPTIONS /x HTTP/1.1", "Max-Forwards: 3\r\n"));
    assert_eq!(seen.head.all("max-forwards"), ["2"]);
    let (seen, _) = stage.pass(request("GET /x HTTP/1.1", "Max-Forwards: 0\r\n"));
    assert_eq!(seen.line(), "GET /x HTTP/1.1");
}

#[test]
fn head_asks_the_ide_with_get_and_keeps_everything_else() {
    let stage = Stage::set();
    stage.ide.take();
    let mut talk = stage.talk();
    talk.say(request("HEAD /a%2Fb?c HTTP/1.1", "X-A: b\r\n"));
    let answer = talk.answer_to_head();
    let seen = stage.ide.take_one();
    assert_eq!(seen.line(), "GET /a%2Fb?c HTTP/1.1");
    assert_eq!(seen.head.all("x-a"), ["b"]);
    assert_eq!(answer.head.all("content-length"), [seen.line().len().to_string()]);
    talk.goes_on();
}

#[test]
fn head_is_answered_by_ourselves_too() {
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(request("HEAD /api HTTP/1.1", ""));
    let head = talk.answer_to_head();
    assert_eq!(head.status, 200);
    talk.say(request("GET /api HTTP/1.1", ""));
    let full = talk.answer();
    assert_eq!(head.head.all("content-type"), full.head.all("content-type"));
    assert_eq!(head.head.all("content-length"), full.head.all("content-length"));
}
