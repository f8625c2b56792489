//! Answers are compressed on their way, as far as the client takes it, and nothing else changes.

use std::io::Read;
use std::sync::Mutex;
use std::sync::mpsc;

use crate::support::backend::{Backend, values};
use crate::support::client::Reply;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

fn before(backend: &Backend) -> (Control, Gateway) {
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    (control, gateway)
}

/// Text that compresses, and in which a missing or doubled piece shows.
pub fn text(length: usize) -> String {
    let lines = (0..).map(|line| format!("line {line} of a script that says much\n"));
    lines.flat_map(|line| line.into_bytes()).take(length).map(char::from).collect()
}

/// A backend that says this of every request, with a body of its own.
pub fn saying(lines: &'static str, body: String) -> Backend {
    Backend::start(move |mut served| {
        while served.head().is_some() {
            served.send(format!(
                "HTTP/1.1 200 OK\r\n{lines}Content-Length: {}\r\n\r\n{body}",
                body.len()
            ));
        }
    })
}

/// Takes a coding off, as a browser would.
pub fn decoded(coding: Option<&str>, body: &[u8]) -> String {
    let mut content = Vec::new();
    match coding {
        None => content.extend_from_slice(body),
        Some("gzip") => {
            flate2::read::GzDecoder::new(body).read_to_end(&mut content).unwrap();
        }
        Some("br") => {
            brotli::Decompressor::new(body, 4096).read_to_end(&mut content).unwrap();
        }
        Some("zstd") => {
            let most = 64 << 20;
            content = Vec::with_capacity(most);
            zstd_safe::decompress(&mut content, body).unwrap();
        }
        Some(other) => panic!("a coding that was not asked for: {other}"),
    }
    String::from_utf8(content).unwrap()
}

pub fn content(reply: &Reply) -> String {
    decoded(reply.header("content-encoding"), &reply.body)
}

#[test]
fn the_client_gets_the_coding_that_it_takes() {
    let body = text(100_000);
    let backend = saying("Content-Type: text/javascript\r\nETag: \"a\"\r\n", body.clone());
    let (_control, gateway) = before(&backend);
    for (accepted, coding) in [
        ("gzip", Some("gzip")),
        ("gzip, deflate, br, zstd", Some("zstd")),
        ("br", Some("br")),
        ("zstd;q=0, gzip;q=0.5, br;q=0.1", Some("gzip")),
        ("deflate", None),
        ("identity, gzip;q=0", None),
        ("", None),
    ] {
        let line = format!("Accept-Encoding: {accepted}\r\n");
        let reply = gateway.ask(&format!("GET /x HTTP/1.1\r\nHost: localhost\r\n{line}"));
        assert_eq!(reply.header("content-encoding"), coding, "{accepted}");
        assert!(content(&reply) == body, "{accepted}");
        assert_eq!(reply.header("vary"), Some("Accept-Encoding"), "{accepted}");
        let tag = coding.map_or("\"a\"".to_owned(), |coding| format!("\"a--{coding}\""));
        assert_eq!(reply.header("etag"), Some(tag.as_str()));
        assert!(coding.is_none() || reply.body.len() < body.len() / 4);
    }
}

#[test]
fn what_is_not_worth_it_or_is_encoded_already_passes() {
    for lines in [
        "Content-Type: image/png\r\n",
        "Content-Type: text/plain\r\nContent-Encoding: x-own\r\n",
        "Content-Type: text/plain\r\nCache-Control: no-transform\r\n",
        "",
    ] {
        let body = text(5000);
        let backend = saying(lines, body.clone());
        let (_control, gateway) = before(&backend);
        let reply = gateway.ask("GET /x HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n");
        assert_eq!(reply.text(), body, "{lines}");
        assert_eq!(reply.header("content-length"), Some("5000"), "{lines}");
    }
}

#[test]
fn head_says_what_get_would() {
    let backend = saying("Content-Type: text/css\r\n", text(5000));
    let (_control, gateway) = before(&backend);
    let ask = |method: &str| {
        let mut client = gateway.connect();
        client.send_head(&format!("{method} /x HTTP/1.1\r\nAccept-Encoding: zstd\r\n"));
        if method == "HEAD" { client.reply_without_body() } else { client.reply() }
    };
    let (get, head) = (ask("GET"), ask("HEAD"));
    for name in ["content-encoding", "vary", "content-type", "content-length"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    assert_eq!(head.header("content-encoding"), Some("zstd"));
}

#[test]
fn a_slow_answer_is_not_held_back() {
    let (go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let backend = Backend::start(move |mut served| {
        served.head();
        served.send("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>first</p>");
        let _ = wait.lock().unwrap().recv();
        served.send("<p>last</p>");
    });
    let (_control, gateway) = before(&backend);
    let mut client = gateway.connect();
    client.send_head("GET /x HTTP/1.1\r\nAccept-Encoding: gzip\r\n");
    assert_eq!(values(&client.head(), "content-encoding"), ["gzip"]);
    let (mut got, mut shown) = (Vec::new(), Vec::new());
    while shown != b"<p>first</p>" {
        got.extend(client.chunk());
        shown = vec![0; 100];
        let read = flate2::read::GzDecoder::new(&got[..]).read(&mut shown).unwrap_or(0);
        shown.truncate(read);
    }
    go.send(()).unwrap();
    loop {
        let chunk = client.chunk();
        if chunk.is_empty() {
            break;
        }
        got.extend(chunk);
    }
    assert_eq!(decoded(Some("gzip"), &got), "<p>first</p><p>last</p>");
}

#[test]
fn the_ide_gets_its_own_tag_back() {
    let backend = Backend::start(|mut served| {
        while let Some(head) = served.head() {
            assert_eq!(values(&head, "if-none-match"), ["\"a\""]);
            served
                .send("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nContent-Type: text/css\r\n\r\n");
        }
    });
    let (_control, gateway) = before(&backend);
    let mut client = gateway.connect();
    client.send_head("GET /x HTTP/1.1\r\nAccept-Encoding: zstd\r\nIf-None-Match: \"a--zstd\"\r\n");
    let reply = client.reply_without_body();
    assert_eq!((reply.status, reply.header("etag")), (304, Some("\"a--zstd\"")));
}

#[test]
fn a_part_is_passed_on_as_it_is() {
    let backend = Backend::answering(
        "HTTP/1.1 206 Partial Content\r\nContent-Type: text/css\r\nContent-Range: bytes 0-4/5000\r\n\
         Content-Length: 5\r\n\r\nhello",
    );
    let (_control, gateway) = before(&backend);
    let lines = "Accept-Encoding: gzip\r\nRange: bytes=0-4\r\n";
    let reply = gateway.ask(&format!("GET /x HTTP/1.1\r\nHost: localhost\r\n{lines}"));
    assert_eq!((reply.status, reply.text()), (206, "hello"));
    assert_eq!(values(&backend.last_head(), "range"), ["bytes=0-4"]);
}

#[test]
fn an_answer_that_breaks_off_is_not_ended_cleanly() {
    let body = text(40_000);
    let backend = Backend::start(move |mut served| {
        served.head();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nContent-Length: 50000\r\n\r\n";
        served.send(format!("{head}{body}"));
    });
    let (_control, gateway) = before(&backend);
    let mut client = gateway.connect();
    client.send_head("GET /x HTTP/1.1\r\nAccept-Encoding: gzip\r\n");
    client.head();
    let mut rest = Vec::new();
    let _ = client.stream.read_to_end(&mut rest);
    assert!(!rest.ends_with(b"0\r\n\r\n"));
}

#[test]
fn an_old_client_gets_it_too_and_then_the_end() {
    let body = text(5000);
    let backend = saying("Content-Type: text/css\r\n", body.clone());
    let (_control, gateway) = before(&backend);
    let mut client = gateway.connect();
    client.send("GET /x HTTP/1.0\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n");
    let head = client.head();
    assert_eq!(values(&head, "content-encoding"), ["gzip"]);
    assert!(values(&head, "transfer-encoding").is_empty());
    let mut rest = Vec::new();
    client.stream.read_to_end(&mut rest).unwrap();
    assert_eq!(decoded(Some("gzip"), &rest), body);
}
