//! Requests whose length can be read in two ways are refused, and end their connection.

use crate::support::backend::{Backend, values};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

const HIDDEN: &str = "0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn started() -> (Control, Backend, Gateway) {
    let backend = Backend::start(|mut served| {
        while let Some(head) = served.head() {
            if values(&head, "transfer-encoding") == ["chunked"] {
                served.read_chunked();
            }
            served.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        }
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    (control, backend, gateway)
}

#[test]
fn ambiguous_lengths_are_refused() {
    let (_control, backend, gateway) = started();
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: \r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: \x0bchunked\r\n",
        "X: y\r\n Transfer-Encoding: chunked\r\n",
        "Content-Length : 5\r\n",
    ] {
        let mut client = gateway.connect();
        client.send(format!("POST / HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n{HIDDEN}"));
        let reply = client.reply();
        assert_eq!(reply.status, 400, "{fields:?}");
        assert!(client.is_at_end(), "{fields:?}");
    }
    assert_eq!(backend.heads().len(), 0, "{:?}", backend.heads());
}

#[test]
fn a_later_request_on_a_connection_is_looked_at_too() {
    let (_control, backend, gateway) = started();
    let mut client = gateway.connect();
    client.send_head("GET / HTTP/1.1\r\n");
    assert_eq!(client.reply().status, 200);
    client.send_head("POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n");
    client.send(HIDDEN);
    assert_eq!(client.reply().status, 400);
    assert!(client.is_at_end());
    assert_eq!(backend.heads().len(), 1);
}

#[test]
fn what_follows_a_chunked_body_is_a_request_of_its_own() {
    let (_control, backend, gateway) = started();
    let mut client = gateway.connect();
    client.send_head("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n");
    client.send(HIDDEN);
    assert_eq!(client.reply().status, 200);
    assert_eq!(client.reply().status, 200);
    assert_eq!(backend.heads().len(), 2);
    assert!(backend.last_head().starts_with("GET /hidden HTTP/1.1\r\n"));
}

#[test]
fn transfer_encoding_in_http_1_0_is_refused() {
    let (_control, _backend, gateway) = started();
    let mut client = gateway.connect();
    client.send_head("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n");
    client.send(HIDDEN);
    assert_eq!(client.reply().status, 400);
}
