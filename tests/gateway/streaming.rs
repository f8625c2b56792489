//! Bodies go through as they come.

use crate::support::backend::{Backend, values};
use crate::support::control::Control;
use crate::support::eventually;
use crate::support::gateway::{Gateway, config};

#[test]
fn the_first_byte_does_not_wait_for_the_last() {
    let backend = Backend::start(|mut served| {
        served.head();
        served.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
        // The rest only comes when the client has the first part and says so.
        served.read(2);
        served.send("4\r\nlast\r\n0\r\n\r\n");
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let mut client = gateway.connect();
    client.send_head("POST / HTTP/1.1\r\nContent-Length: 2\r\n");
    assert_eq!(values(&client.head(), "transfer-encoding"), ["chunked"]);
    assert_eq!(client.chunk(), b"first");
    client.send("ok");
    assert_eq!(client.chunk(), b"last");
    assert_eq!(client.chunk(), b"");
}

#[test]
fn a_response_without_a_length_ends_where_the_ides_does() {
    let backend = Backend::start(|mut served| {
        served.head();
        served.send("HTTP/1.0 200 OK\r\n\r\nall there is");
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    eventually("it is up", || gateway.get("/").text() == "all there is");
}
