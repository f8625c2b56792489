//! The header fields of requests (RFC 9110 §5, RFC 9112 §5).

use crate::support::cases::each;
use crate::support::stage::{Stage, get};

#[test]
fn values_arrive_byte_for_byte() {
    let values: [(&str, &[u8], &[u8]); 14] = [
        ("a word", b"abc", b"abc"),
        ("capitals", b"AbC", b"AbC"),
        ("nothing", b"", b""),
        ("white space around it", b" \t a \t ", b"a"),
        ("white space within", b"a  b \t c", b"a  b \t c"),
        ("a colon", b"a:b::c", b"a:b::c"),
        ("quotes", b"\"a\\\"b\"", b"\"a\\\"b\""),
        ("commas", b"a,,b , c,", b"a,,b , c,"),
        ("percent signs", b"%0d%0aX: y", b"%0d%0aX: y"),
        ("brackets", b"<a>(b)[c]{d}", b"<a>(b)[c]{d}"),
        ("UTF-8", "é你".as_bytes(), "é你".as_bytes()),
        ("Latin-1", b"\xe9\xff\x80", b"\xe9\xff\x80"),
        ("a semicolon at the end", b"a;", b"a;"),
        ("what looks like a request", b"GET / HTTP/1.1", b"GET / HTTP/1.1"),
    ];
    let stage = Stage::set();
    each(
        &values,
        |(name, ..)| (*name).to_owned(),
        |(_, sent, expected)| {
            let head = [b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A:", *sent, b"\r\n\r\n"].concat();
            let (seen, _) = stage.pass(head);
            let found = seen.head.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-a"));
            assert_eq!(found.map(|(_, value)| value.as_slice()), Some(*expected));
        },
    );
}

#[test]
fn names_are_tokens_of_any_kind() {
    let names =
        ["X-A", "x-a", "X", "X_Y", "x.y", "!#$%&'*+-.^_`|~", "1", "-", "X-Very-Long-Name-Indeed"];
    let stage = Stage::set();
    each(
        &names,
        |name| (*name).to_owned(),
        |name| {
            let (seen, _) = stage.pass(get(&format!("{name}: v\r\n")));
            assert_eq!(seen.head.all(name), ["v"]);
        },
    );
}

#[test]
fn what_is_no_field_is_refused() {
    let lines: [(&str, &[u8]); 24] = [
        ("no colon", b"X-A"),
        ("no name", b": v"),
        ("a space before the colon", b"X-A : v"),
        ("a tab before the colon", b"X-A\t: v"),
        ("a space in the name", b"X A: v"),
        ("a space in front", b" X-A: v"),
        ("a tab in front", b"\tX-A: v"),
        ("a parenthesis in the name", b"X(A): v"),
        ("a slash in the name", b"X/A: v"),
        ("a quote in the name", b"\"X\": v"),
        ("a comma in the name", b"X,A: v"),
        ("an equals sign in the name", b"X=A: v"),
        ("a control character in the name", b"X\x01A: v"),
        ("NUL in the name", b"X\0A: v"),
        ("UTF-8 in the name", "X-é: v".as_bytes()),
        ("Latin-1 in the name", b"X-\xe9: v"),
        ("NUL in the value", b"X-A: a\0b"),
        ("CR in the value", b"X-A: a\rb"),
        ("CR and a field in the value", b"X-A: a\rX-B: b"),
        ("a vertical tab in the value", b"X-A: a\x0bb"),
        ("a backspace in the value", b"X-A: a\x08b"),
        ("DEL in the value", b"X-A: a\x7fb"),
        ("folded with a space", b"X-A: a\r\n b"),
        ("folded with a tab", b"X-A: a\r\n\tb"),
    ];
    let stage = Stage::set();
    each(
        &lines,
        |(name, _)| (*name).to_owned(),
        |(_, line)| {
            let head = [b"GET / HTTP/1.1\r\nHost: localhost\r\n", *line, b"\r\n\r\n"].concat();
            assert_eq!(stage.refused(head).status, 400);
        },
    );
}

/// As the first field it could pass for a part of the request line.
#[test]
fn white_space_before_the_first_field_is_refused() {
    let stage = Stage::set();
    for space in [" ", "\t", "  "] {
        stage.refused(format!("GET / HTTP/1.1\r\n{space}X: y\r\nHost: localhost\r\n\r\n"));
    }
}

#[test]
fn a_line_that_ends_with_lf_alone_is_refused() {
    let heads = [
        ("the request line", "GET / HTTP/1.1\nHost: localhost\r\n\r\n"),
        ("a field", "GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n"),
        ("the last field", "GET / HTTP/1.1\r\nHost: localhost\n\r\n"),
        ("the empty line", "GET / HTTP/1.1\r\nHost: localhost\r\n\n"),
        ("all of them", "GET / HTTP/1.1\nHost: localhost\n\n"),
    ];
    let stage = Stage::set();
    each(
        &heads,
        |(name, _)| (*name).to_owned(),
        |(_, head)| {
            assert_eq!(stage.refused(head).status, 400);
        },
    );
}

#[test]
fn fields_of_one_name_stay_in_order() {
    let stage = Stage::set();
    let (seen, _) = stage.pass(get("X-A: 1\r\nX-B: 2\r\nx-a: 3\r\nX-A:\r\nX-A: 1\r\n"));
    assert_eq!(seen.head.all("x-a"), ["1", "3", "", "1"]);
}

#[test]
fn many_fields_arrive() {
    let stage = Stage::set();
    let fields: String = (0..90).map(|n| format!("X-{n}: {n}\r\n")).collect();
    let (seen, _) = stage.pass(get(&fields));
    for n in 0..90 {
        assert_eq!(seen.head.all(&format!("x-{n}")), [n.to_string()]);
    }
}

#[test]
fn eight_kilobytes_of_cookies_arrive() {
    let stage = Stage::set();
    let cookies =
        (0..80).map(|n| format!("c{n}={}", "x".repeat(95))).collect::<Vec<_>>().join("; ");
    assert!(cookies.len() > 8000);
    let (seen, _) = stage.pass(get(&format!("Cookie: {cookies}\r\n")));
    assert_eq!(seen.head.all("cookie"), [cookies]);
}

#[test]
fn a_value_of_thirty_kilobytes_arrives() {
    let stage = Stage::set();
    let value = "v".repeat(30_000);
    let (seen, _) = stage.pass(get(&format!("X-A: {value}\r\n")));
    assert_eq!(seen.head.all("x-a"), [value]);
}

#[test]
fn ordinary_fields_are_left_alone() {
    let fields = [
        ("Accept", "text/html;q=0.9, */*"),
        ("Accept-Language", "de, en;q=0.5"),
        ("Cache-Control", "no-cache"),
        ("Content-Type", "text/plain; charset=\"utf-8\""),
        ("If-Modified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"),
        ("If-None-Match", "\"a\", W/\"b\""),
        ("If-Match", "*"),
        ("Origin", "http://localhost"),
        ("Range", "bytes=0-1,-1"),
        ("Referer", "http://localhost/x?y"),
        ("User-Agent", "a/1 (b; c) d/2"),
        ("Sec-Fetch-Site", "same-origin"),
        ("DNT", "1"),
        ("X-Requested-With", "x"),
        ("Access-Control-Request-Method", "PUT"),
        ("Content-Encoding", "gzip"),
        ("Link", "</a>; rel=b"),
        ("X-Xsrftoken", "z"),
    ];
    let stage = Stage::set();
    each(
        &fields,
        |(name, _)| (*name).to_owned(),
        |(name, value)| {
            let (seen, _) = stage.pass(get(&format!("{name}: {value}\r\n")));
            assert_eq!(seen.head.all(name), [*value]);
        },
    );
}

#[test]
fn credentials_stay_here() {
    let fields = [
        ("a bearer token", "Authorization: Bearer secret\r\n"),
        ("the Hub's token", "AUTHORIZATION: token secret\r\n"),
        ("a password", "authorization: Basic c2VjcmV0\r\n"),
        ("two of them", "Authorization: a secret\r\nAuthorization: b secret\r\n"),
        ("for a proxy", "Proxy-Authorization: Basic secret\r\n"),
        ("the Hub's cookie", "Cookie: jupyterhub-user-alice=secret\r\n"),
        ("another of its cookies", "Cookie: a=b; jupyterhub-session-id=secret\r\n"),
        ("Jupyter's cookie", "Cookie: username-localhost-8888=secret\r\n"),
        ("its cookie against forgery", "Cookie: _xsrf=secret; a=b\r\n"),
        ("our own cookie", "Cookie: waiide-session-8070=secret\r\n"),
        ("our own of another server", "Cookie: waiide-session-default=secret\r\n"),
        ("a cookie bound to its host", "Cookie: __Host-jupyterhub-user-a=secret\r\n"),
        ("a cookie for https alone", "Cookie: __Secure-jupyterhub-user-a=secret\r\n"),
        ("without a space", "Cookie: a=b;jupyterhub-x=secret;c=d\r\n"),
        ("in two lines", "Cookie: a=b\r\nCookie: _xsrf=secret\r\n"),
        ("in capitals", "COOKIE: JupyterHub-x=secret\r\n"),
        ("with spaces", "Cookie:   jupyterhub-x = secret ; a=b\r\n"),
        ("with a tab", "Cookie: a=b;\tjupyterhub-x=secret\r\n"),
    ];
    let stage = Stage::set();
    each(
        &fields,
        |(name, _)| (*name).to_owned(),
        |(_, fields)| {
            let (seen, _) = stage.pass(get(fields));
            let seen = format!("{:?}", seen.head);
            assert!(!seen.contains("secret") && !seen.contains("c2VjcmV0"), "{seen}");
        },
    );
}

#[test]
fn other_cookies_stay_as_they_are() {
    let cookies = [
        "vscode-tkn=1",
        "a=b; c=d",
        "a=\"b; c\"; d=e",
        "a",
        "a=",
        "=b",
        "a=b=c",
        "xjupyterhub-a=b",
        "vscode-secret-key-path=/p; vscode-cli-secret-half=h",
    ];
    let stage = Stage::set();
    each(
        &cookies,
        |cookies| (*cookies).to_owned(),
        |cookies| {
            let (seen, _) = stage.pass(get(&format!("Cookie: {cookies}\r\n")));
            assert_eq!(seen.head.all("cookie").join("; "), *cookies);
        },
    );
}
