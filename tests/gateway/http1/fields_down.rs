//! The header fields of answers.

use crate::support::cases::each;
use crate::support::stage::{Stage, get, request};

fn answer(fields: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 2\r\n\r\nok")
}

#[test]
fn values_arrive_byte_for_byte() {
    let values: [(&str, &[u8]); 8] = [
        ("capitals", b"AbC"),
        ("nothing", b""),
        ("white space within", b"a  b \t c"),
        ("quotes", b"\"a\\\"b\""),
        ("commas", b"a,,b , c,"),
        ("UTF-8", "é你".as_bytes()),
        ("Latin-1", b"\xe9\xff"),
        ("percent signs", b"%0d%0aX: y"),
    ];
    each(
        &values,
        |(name, _)| (*name).to_owned(),
        |(_, value)| {
            let bytes =
                [b"HTTP/1.1 200 OK\r\nX-A: ", *value, b"\r\nContent-Length: 2\r\n\r\nok"].concat();
            let stage = Stage::answering(bytes);
            let (_, answer) = stage.pass(get(""));
            let found =
                answer.head.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-a"));
            assert_eq!(found.map(|(_, value)| value.as_slice()), Some(*value));
        },
    );
}

#[test]
fn ordinary_fields_are_left_alone() {
    let fields = [
        ("Cache-Control", "public, max-age=31536000"),
        ("ETag", "W/\"a\""),
        ("Last-Modified", "Sat, 29 Oct 1994 19:43:31 GMT"),
        ("Date", "Sat, 29 Oct 1994 19:43:31 GMT"),
        ("Server", "a/1 (b)"),
        ("Content-Type", "text/x-a; charset=utf-8"),
        ("Content-Disposition", "attachment; filename*=UTF-8''a%20b"),
        ("X-Content-Security-Policy", "default-src 'none'; script-src 'self' 'nonce-x'"),
        ("Vary", "Accept, Cookie"),
        ("Accept-Ranges", "bytes"),
        ("WWW-Authenticate", "Basic realm=\"a, b\""),
        ("Retry-After", "120"),
        ("Access-Control-Allow-Origin", "*"),
        ("Service-Worker-Allowed", "/"),
        ("Cross-Origin-Embedder-Policy", "require-corp"),
        ("X-Accel-Buffering", "no"),
        ("Expires", "0"),
        ("Age", "7"),
        ("Link", "</a>; rel=preload"),
    ];
    each(
        &fields,
        |(name, _)| (*name).to_owned(),
        |(name, value)| {
            let stage = Stage::answering(answer(&format!("{name}: {value}\r\n")));
            let (_, answer) = stage.pass(get(""));
            assert_eq!(answer.head.all(name), [*value]);
        },
    );
}

#[test]
fn cookies_are_set_one_by_one_and_in_order() {
    let stage = Stage::answering(answer(
        "Set-Cookie: a=1; Path=/; Expires=Wed, 09 Jun 2027 10:18:14 GMT\r\nX-Between: 1\r\n\
         Set-Cookie: b=2; HttpOnly\r\nset-cookie: a=3\r\n",
    ));
    let (_, answer) = stage.pass(get(""));
    let expected = ["a=1; Path=/; Expires=Wed, 09 Jun 2027 10:18:14 GMT", "b=2; HttpOnly", "a=3"];
    assert_eq!(answer.head.all("set-cookie"), expected);
}

#[test]
fn many_fields_arrive() {
    let fields: String = (0..90).map(|n| format!("X-{n}: {n}\r\n")).collect();
    let stage = Stage::answering(answer(&fields));
    let (_, answer) = stage.pass(get(""));
    assert!((0..90).all(|n| answer.head.all(&format!("x-{n}")) == [n.to_string()]));
}

#[test]
fn a_value_of_sixty_kilobytes_arrives() {
    let value = "v".repeat(60_000);
    let stage = Stage::answering(answer(&format!("X-Large: {value}\r\n")));
    let (_, answer) = stage.pass(get(""));
    assert_eq!(answer.head.all("x-large"), [value]);
}

/// Policies add up (CSP Level 3 §8.1): one of ours may come beside the IDE's, never in its place.
#[test]
fn the_ides_security_policy_stays_as_it_is() {
    let policy = "default-src 'none'; script-src 'self' 'nonce-x'";
    let stage = Stage::answering(answer(&format!("Content-Security-Policy: {policy}\r\n")));
    let (_, answer) = stage.pass(get(""));
    assert!(answer.head.all("content-security-policy").contains(&policy.to_owned()));
}

/// RFC 9110 §6.6.1: whoever passes an answer on that has none says when it came; one that is there
/// stays alone.
#[test]
fn every_answer_has_one_date() {
    let stage = Stage::set();
    for path in ["/x", "/api", "/api/nothing"] {
        let mut talk = stage.talk();
        talk.say(request(&format!("GET {path} HTTP/1.1"), ""));
        let dates = talk.answer().head.all("date");
        assert!(dates.len() == 1 && dates[0].ends_with(" GMT"), "{path}: {dates:?}");
    }
    let own = "Date: Sat, 29 Oct 1994 19:43:31 GMT\r\n";
    let (_, answer) = Stage::answering(answer(own)).pass(get(""));
    assert_eq!(answer.head.all("date"), ["Sat, 29 Oct 1994 19:43:31 GMT"]);
}
