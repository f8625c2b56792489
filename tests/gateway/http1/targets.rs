//! Request targets (RFC 9112 §3.2): byte for byte, or refused, never tidied up.

use crate::support::cases::each;
use crate::support::stage::{Stage, request};

/// Targets that have to arrive as they are.
const KEPT: [(&str, &str); 35] = [
    ("the root", "/"),
    ("an encoded slash", "/a%2Fb"),
    ("an encoded slash in lower case", "/a%2fb"),
    ("an encoded question mark", "/a%3Fb"),
    ("an encoded number sign", "/a%23b"),
    ("an encoded percent sign", "/100%25"),
    ("encoded twice", "/a%252Fb"),
    ("an encoded NUL", "/a%00b"),
    ("an encoded line end", "/a%0d%0aX-Injected:%20b"),
    ("encoded dots", "/%2e%2e/%2E/x"),
    ("encoded letters", "/%61%62%63"),
    ("encoded UTF-8", "/%E4%BD%A0%E5%A5%BD"),
    ("encoded bytes that are no UTF-8", "/%ff%fe"),
    ("broken encoding", "/%zz/%4/%"),
    ("slashes in front", "//a"),
    ("three slashes", "///"),
    ("slashes within", "/a//b///c"),
    ("slashes at the end", "/a//"),
    ("dots", "/a/../b/./c"),
    ("dots above the root", "/../../x"),
    ("three dots", "/..."),
    ("path parameters", "/a;b=c;d/e;f"),
    ("sub-delimiters", "/!$&'()*+,;=:@"),
    ("unreserved", "/a-b.c_d~e"),
    ("braces and a bar", "/{a}|b"),
    ("an empty query", "/a?"),
    ("question marks in a query", "/a?b?c??d"),
    ("a URL in a query", "/x?u=http://h:1/p?q=r&s=//t"),
    ("a slash in a query", "/x?/../%2F//"),
    ("a plus sign", "/x?a+b=c+d"),
    ("a colon in the first segment", "/a:b"),
    ("an at sign", "/@x/@vite/client"),
    ("what looks like an authority", "//evil.example:80/x"),
    ("what looks like a URL", "/http://evil.example/"),
    ("a tilde", "/~alice/%7Ealice"),
];

#[test]
fn targets_arrive_byte_for_byte() {
    let stage = Stage::set();
    each(
        &KEPT,
        |(name, _)| (*name).to_owned(),
        |(_, target)| {
            let (seen, _) = stage.pass(request(&format!("GET {target} HTTP/1.1"), ""));
            assert_eq!(seen.line(), format!("GET {target} HTTP/1.1"));
        },
    );
}

#[test]
fn long_targets_arrive_byte_for_byte() {
    let stage = Stage::set();
    each(
        &[100, 1000, 4000, 8000],
        |length| length.to_string(),
        |&length| {
            let target = format!("/x?{}", "a%2F".repeat(length / 4));
            let (seen, _) = stage.pass(request(&format!("GET {target} HTTP/1.1"), ""));
            assert_eq!(seen.target(), target);
        },
    );
}

/// Nobody sends these, and the standard does not let them be sent: they may be refused, but not
/// become something else.
#[test]
fn what_no_target_may_hold_is_kept_or_refused() {
    let targets: [(&str, &[u8]); 9] = [
        ("a fragment", b"/a#b"),
        ("a fragment in a query", b"/a?b#c"),
        ("a back slash", b"/a\\..\\b"),
        ("angle brackets", b"/<a>"),
        ("a circumflex and a back quote", b"/a^b`c"),
        ("a quote", b"/a\"b"),
        ("square brackets", b"/a[0]"),
        ("UTF-8", "/é/你".as_bytes()),
        ("Latin-1", b"/\xe9"),
    ];
    let stage = Stage::set();
    each(
        &targets,
        |(name, _)| (*name).to_owned(),
        |(_, target)| {
            stage.ide.take();
            let mut talk = stage.talk();
            talk.say([b"GET ", *target, b" HTTP/1.1\r\nHost: localhost\r\n\r\n"].concat());
            let answer = talk.answer();
            let line = [b"GET ", *target, b" HTTP/1.1"].concat();
            match stage.ide.take().as_slice() {
                [] => assert!((400..500).contains(&answer.status), "{answer:?}"),
                [seen] => assert_eq!(seen.head.first, line),
                more => panic!("the IDE got {more:?}"),
            }
        },
    );
}

#[test]
fn what_is_no_target_is_refused() {
    let targets: [(&str, &[u8]); 15] = [
        ("NUL", b"/a\0b"),
        ("a tab", b"/a\tb"),
        ("CR", b"/a\rb"),
        ("a vertical tab", b"/a\x0bb"),
        ("a form feed", b"/a\x0cb"),
        ("escape", b"/a\x1bb"),
        ("DEL", b"/a\x7fb"),
        ("a space", b"/a b"),
        ("none", b""),
        ("a relative path", b"a/b"),
        ("a query alone", b"?a=b"),
        ("a name", b"localhost"),
        ("a name and port", b"localhost:80"),
        ("another scheme", b"ftp://localhost/"),
        ("a file", b"file:///etc/passwd"),
    ];
    let stage = Stage::set();
    each(
        &targets,
        |(name, _)| (*name).to_owned(),
        |(_, target)| {
            stage.ide.take();
            let mut talk = stage.talk();
            talk.say([b"GET ", *target, b" HTTP/1.1\r\nHost: localhost\r\n\r\n"].concat());
            let answer = talk.answer();
            assert!((400..500).contains(&answer.status), "{answer:?}");
            assert!(stage.ide.take().is_empty(), "the IDE was asked");
        },
    );
}

/// RFC 9112 §3.2.2: a server has to take them, and goes by them rather than by Host.
#[test]
fn a_whole_url_is_parted() {
    let urls = [
        ("with a path", "http://localhost/a%2Fb?c", "/a%2Fb?c", "localhost"),
        ("without a path", "http://localhost", "/", "localhost"),
        ("with a port", "http://localhost:8070/x", "/x", "localhost:8070"),
        ("of an address", "http://127.0.0.1:1/x", "/x", "127.0.0.1:1"),
        ("of an IPv6 address", "http://[::1]:1/x", "/x", "[::1]:1"),
        ("in capitals", "HTTP://localhost/x", "/x", "localhost"),
        ("with two slashes", "http://localhost//x", "//x", "localhost"),
    ];
    let stage = Stage::set();
    each(
        &urls,
        |(name, ..)| (*name).to_owned(),
        |(_, url, target, host)| {
            let line = format!("GET {url} HTTP/1.1\r\nHost: {host}\r\n\r\n");
            let (seen, _) = stage.pass(line);
            assert_eq!(seen.line(), format!("GET {target} HTTP/1.1"));
            assert_eq!(seen.head.all("host"), [*host]);
        },
    );
}
