//! Connections on both sides: kept, used again, and broken off together.

use std::io::Read;
use std::sync::Mutex;
use std::sync::mpsc;

use crate::support::backend::Backend;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};
use crate::support::{PATIENCE, eventually};

fn before(backend: &Backend) -> (Control, Gateway) {
    let control = Control::ready();
    let mut config = config(&control, backend.address);
    // A client that hung up looks like one that ended its own side alone.
    config.timeouts.half_closed = 50;
    let gateway = Gateway::start(&config);
    (control, gateway)
}

#[test]
fn many_requests_go_over_one_connection_on_either_side() {
    let backend = Backend::hello();
    let (_control, gateway) = before(&backend);
    let mut client = gateway.connect();
    for _ in 0..20 {
        client.send_head("GET / HTTP/1.1\r\n");
        assert_eq!(client.reply().text(), "hello");
    }
    assert_eq!(backend.connections(), 1);
    assert_eq!(gateway.get("/").text(), "hello");
    assert_eq!(backend.connections(), 1);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let backend = Backend::start(|mut served| {
        while let Some(head) = served.head() {
            let path = head.split(' ').nth(1).unwrap().to_owned();
            served.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{path}", path.len()));
        }
    });
    let (_control, gateway) = before(&backend);
    let mut client = gateway.connect();
    client.send(
        "GET /1 HTTP/1.1\r\nHost: a.localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: a.localhost\r\n\r\n",
    );
    assert_eq!((client.reply().text(), client.reply().text()), ("/1", "/2"));
}

#[test]
fn a_connection_that_went_stale_is_replaced_without_a_word() {
    // Each connection answers once, and hangs up without saying so when it is asked again.
    let backend = Backend::start(|mut served| {
        served.head();
        served.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        served.head();
    });
    let (_control, gateway) = before(&backend);
    for _ in 0..5 {
        assert_eq!(gateway.get("/").text(), "hello");
    }
    assert_eq!(backend.connections(), 5);
}

/// What lies idle is hung up on before Node would do it, without anybody asking again: it holds a
/// descriptor on either side.
#[test]
fn connections_that_nobody_needs_any_more_are_closed() {
    let (ended, heard) = mpsc::channel();
    let ended = Mutex::new(ended);
    let backend = Backend::start(move |mut served| {
        served.head();
        served.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        served.head();
        let _ = ended.lock().unwrap().send(());
    });
    let (_control, gateway) = before(&backend);
    assert_eq!(gateway.get("/").text(), "hello");
    heard.recv_timeout(PATIENCE).expect("the connection to the IDE is closed");
}

#[test]
fn a_request_that_may_not_be_sent_twice_is_not() {
    let backend = Backend::start(|mut served| {
        served.head();
    });
    let (_control, gateway) = before(&backend);
    let reply = gateway.ask("POST / HTTP/1.1\r\nContent-Length: 0\r\n");
    assert_eq!((reply.status, reply.error_code().as_str()), (502, "bad_gateway"));
    assert_eq!(backend.heads().len(), 1);
}

#[test]
fn an_answer_that_breaks_off_is_not_ended_cleanly() {
    for answer in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
    ] {
        let backend = Backend::start(move |mut served| {
            served.head();
            served.send(answer);
        });
        let (_control, gateway) = before(&backend);
        let mut client = gateway.connect();
        client.send_head("GET / HTTP/1.1\r\n");
        client.head();
        let mut rest = Vec::new();
        let _ = client.stream.read_to_end(&mut rest);
        let rest = String::from_utf8(rest).unwrap();
        assert!(rest.contains("hello") && !rest.contains("0\r\n\r\n"), "{rest:?}");
    }
}

#[test]
fn when_a_client_goes_the_ide_hears_of_it() {
    for sent in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"] {
        let (gone, heard) = mpsc::channel();
        let backend = Backend::start(move |mut served| {
            served.head();
            served.send(sent);
            let _ = served.stream.read(&mut [0]);
            let _ = gone.send(());
        });
        let (_control, gateway) = before(&backend);
        let mut client = gateway.connect();
        client.send_head("GET / HTTP/1.1\r\n");
        eventually("the IDE is asked", || !backend.heads().is_empty());
        if !sent.is_empty() {
            client.head();
        }
        drop(client);
        heard.recv_timeout(PATIENCE).expect("the IDE hears of it");
    }
}

#[test]
fn an_upload_that_breaks_off_is_not_ended_cleanly() {
    let (read, heard) = mpsc::channel();
    let backend = Backend::start(move |mut served| {
        served.head();
        let mut body = Vec::new();
        let _ = served.stream.read_to_end(&mut body);
        let _ = read.send(String::from_utf8(body).unwrap());
    });
    let (_control, gateway) = before(&backend);
    let mut client = gateway.connect();
    client.send_head("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n");
    client.send("5\r\nhello\r\n");
    eventually("the IDE is asked", || !backend.heads().is_empty());
    drop(client);
    let body = heard.recv_timeout(PATIENCE).unwrap();
    assert!(!body.contains("0\r\n\r\n"), "{body:?}");
}
