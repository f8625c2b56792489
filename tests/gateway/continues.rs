//! `Expect: 100-continue`: the IDE decides whether the body is sent.

use std::time::Duration;

use crate::support::backend::{Backend, values};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

const HEAD: &str = "PUT /x HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n";

#[test]
fn the_body_is_asked_for_when_the_ide_asks_for_it() {
    let backend = Backend::start(|mut served| {
        served.head();
        std::thread::sleep(Duration::from_millis(100));
        served.send("HTTP/1.1 100 Continue\r\n\r\n");
        let body = served.read(5);
        served.send([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", &body[..]].concat());
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let mut client = gateway.connect();
    client.send_head(HEAD);
    assert!(client.head().starts_with("HTTP/1.1 100 "));
    assert_eq!(values(&backend.last_head(), "expect"), ["100-continue"]);
    client.send("hello");
    assert_eq!(client.reply().text(), "hello");
}

#[test]
fn a_refusal_comes_before_the_body() {
    let backend = Backend::answering("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let mut client = gateway.connect();
    client.send_head(HEAD);
    let reply = client.reply();
    assert_eq!((reply.status, reply.text()), (413, "no"));
}

#[test]
fn an_ide_that_does_not_know_of_it_gets_the_body_anyway() {
    let backend = Backend::start(|mut served| {
        served.head();
        let body = served.read(5);
        served.send([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", &body[..]].concat());
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let mut client = gateway.connect();
    client.send_head(HEAD);
    assert!(client.head().starts_with("HTTP/1.1 100 "));
    client.send("hello");
    assert_eq!(client.reply().text(), "hello");
}
