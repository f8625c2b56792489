//! Bodies of requests (RFC 9112 §6, §7).

use crate::support::cases::each;
use crate::support::stage::{Stage, post, request};
use crate::support::wire::Framing;

#[test]
fn bodies_arrive_whole() {
    let bodies = [
        ("of known length", "Content-Length: 5\r\n", "hello", "hello"),
        ("empty", "Content-Length: 0\r\n", "", ""),
        ("with zeros before the length", "Content-Length: 0005\r\n", "hello", "hello"),
        ("with space around the length", "Content-Length:  5 \t\r\n", "hello", "hello"),
        ("in one chunk", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("in no chunk", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", ""),
        (
            "in two chunks",
            "Transfer-Encoding: chunked\r\n",
            "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
            "hello",
        ),
        (
            "in capitals",
            "TRANSFER-ENCODING: CHUNKED\r\n",
            "A\r\n0123456789\r\n0\r\n\r\n",
            "0123456789",
        ),
        (
            "in lower case",
            "transfer-encoding: chunked\r\n",
            "a\r\n0123456789\r\n0\r\n\r\n",
            "0123456789",
        ),
        (
            "with zeros before a size",
            "Transfer-Encoding: chunked\r\n",
            "0005\r\nhello\r\n000\r\n\r\n",
            "hello",
        ),
        (
            "that holds a last chunk",
            "Transfer-Encoding: chunked\r\n",
            "5\r\n0\r\n\r\n\r\n0\r\n\r\n",
            "0\r\n\r\n",
        ),
        (
            "that holds a request",
            "Content-Length: 18\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
        ),
    ];
    let stage = Stage::set();
    each(
        &bodies,
        |(name, ..)| (*name).to_owned(),
        |(_, fields, sent, expected)| {
            let (seen, answer) = stage.pass(post(fields, sent));
            assert_eq!(seen.body.content, expected.as_bytes());
            assert_eq!(answer.status, 200);
        },
    );
}

/// RFC 9112 §7.1.1: a recipient ignores those it does not know, and a chunk ends with its hop.
#[test]
fn chunk_extensions_end_here() {
    let extensions = [
        ("a name", ";a"),
        ("a value", ";a=b"),
        ("a quoted value", ";a=\"b c\""),
        ("a semicolon in quotes", ";a=\"b;c\""),
        ("two", ";a=b;c=d"),
        ("Latin-1 in quotes", ";a=\"é\""),
    ];
    let stage = Stage::set();
    each(
        &extensions,
        |(name, _)| (*name).to_owned(),
        |(_, extension)| {
            let body = format!("5{extension}\r\nhello\r\n0{extension}\r\n\r\n");
            let (seen, _) = stage.pass(post("Transfer-Encoding: chunked\r\n", &body));
            // The IDE takes no extensions.
            assert_eq!(seen.body.content, b"hello");
        },
    );
}

#[test]
fn a_body_in_pieces_of_one_byte_arrives() {
    let stage = Stage::set();
    let chunked = "1\r\nh\r\n1\r\ne\r\n3;x=y\r\nllo\r\n0\r\n\r\n";
    for (fields, body) in
        [("Content-Length: 5\r\n", "hello"), ("Transfer-Encoding: chunked\r\n", chunked)]
    {
        stage.ide.take();
        let mut talk = stage.talk();
        for byte in post(fields, body).bytes() {
            talk.say([byte]);
        }
        talk.answer();
        assert_eq!(stage.ide.take_one().body.content, b"hello");
    }
}

#[test]
fn a_thousand_tiny_chunks_arrive() {
    let stage = Stage::set();
    let body = format!("{}0\r\n\r\n", "3\r\nabc\r\n".repeat(1000));
    let (seen, _) = stage.pass(post("Transfer-Encoding: chunked\r\n", &body));
    assert_eq!(seen.body.content, "abc".repeat(1000).as_bytes());
}

#[test]
fn three_megabytes_arrive_in_either_framing() {
    let content: String = ('a'..='z').cycle().take(3_000_000).collect();
    let stage = Stage::set();
    let (seen, _) = stage.pass(post(&format!("Content-Length: {}\r\n", content.len()), &content));
    assert!(seen.body.content == content.as_bytes());
    let chunked = format!("{:X}\r\n{content}\r\n0\r\n\r\n", content.len());
    let (seen, _) = stage.pass(post("Transfer-Encoding: chunked\r\n", &chunked));
    assert!(seen.body.content == content.as_bytes());
}

#[test]
fn any_method_may_have_a_body() {
    let methods = ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "X"];
    let stage = Stage::set();
    each(
        &methods,
        |method| (*method).to_owned(),
        |method| {
            let line = format!("{method} / HTTP/1.1");
            let (seen, _) = stage.pass(request(&line, "Content-Length: 5\r\n") + "hello");
            assert_eq!((seen.line(), seen.body.content), (line, b"hello".to_vec()));
        },
    );
}

#[test]
fn any_method_may_have_none() {
    let methods = ["POST", "PUT", "DELETE", "PATCH"];
    let stage = Stage::set();
    each(
        &methods,
        |method| (*method).to_owned(),
        |method| {
            let (seen, _) = stage.pass(request(&format!("{method} / HTTP/1.1"), ""));
            assert!(matches!(seen.body.framing, Framing::None | Framing::Length(0)));
        },
    );
}

#[test]
fn a_length_that_is_stated_stays_stated() {
    let stage = Stage::set();
    let (seen, _) = stage.pass(post("Content-Length: 5\r\n", "hello"));
    assert_eq!(seen.body.framing, Framing::Length(5));
    let (seen, _) = stage.pass(post("Content-Length: 0\r\n", ""));
    assert_eq!(seen.body.framing, Framing::Length(0));
}

#[test]
fn get_without_a_body_gets_none() {
    let stage = Stage::set();
    let (seen, _) = stage.pass(request("GET / HTTP/1.1", ""));
    assert_eq!(seen.body.framing, Framing::None);
}

#[test]
fn a_body_may_be_encoded() {
    let stage = Stage::set();
    let (seen, _) =
        stage.pass(post("Content-Encoding: gzip\r\nContent-Length: 4\r\n", "\x1f\x0b\x08\0"));
    assert_eq!(
        (seen.head.all("content-encoding"), seen.body.content),
        (vec!["gzip".into()], b"\x1f\x0b\x08\0".to_vec())
    );
}

/// An answer that does not wait for the body leaves it on the wire: it must not be read as the
/// next request.
#[test]
fn a_body_that_nobody_reads_is_no_request() {
    let hidden = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let lines = [
        ("an API that is not there", "POST /api/nothing HTTP/1.1", ""),
        ("a method that is not allowed", "PUT /api HTTP/1.1", ""),
        ("another page's request", "POST /x HTTP/1.1", "Origin: http://evil.example\r\n"),
        ("a host that is not allowed", "POST http://evil.example/ HTTP/1.1", ""),
    ];
    let stage = Stage::set();
    each(
        &lines,
        |(name, ..)| (*name).to_owned(),
        |(_, line, fields)| {
            stage.ide.take();
            let mut talk = stage.talk();
            let length = format!("{fields}Content-Length: {}\r\n", hidden.len());
            talk.say(request(line, &length) + hidden);
            assert!((400..500).contains(&talk.answer().status));
            talk.say(request("GET /last HTTP/1.1", "Connection: close\r\n"));
            if let Ok(answer) = talk.try_answer(false) {
                assert_eq!(answer.text(), "GET /last HTTP/1.1");
            }
            assert!(stage.ide.take().iter().all(|seen| seen.target() != "/hidden"));
        },
    );
}

#[test]
fn a_chunked_body_that_nobody_reads_is_no_request() {
    let hidden = "2a\r\nGET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n\r\n0\r\n\r\n";
    let stage = Stage::set();
    let mut talk = stage.talk();
    talk.say(request("POST /api/nothing HTTP/1.1", "Transfer-Encoding: chunked\r\n") + hidden);
    assert_eq!(talk.answer().status, 404);
    talk.say(request("GET /last HTTP/1.1", "Connection: close\r\n"));
    if let Ok(answer) = talk.try_answer(false) {
        assert_eq!(answer.text(), "GET /last HTTP/1.1");
    }
    assert!(stage.ide.take().iter().all(|seen| seen.target() != "/hidden"));
}
