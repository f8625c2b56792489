//! Trailers go through in both directions.

use crate::support::backend::{Backend, values};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

#[test]
fn a_requests_trailers_reach_the_ide() {
    let backend = Backend::start(|mut served| {
        served.head();
        let body = served.read_chunked();
        served.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()));
    });
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let mut client = gateway.connect();
    client.send_head("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n");
    client.send("5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n");
    assert_eq!(client.reply().text().to_lowercase(), "5\r\nhello\r\n0\r\nx-sum: 42\r\n\r\n");
    assert_eq!(values(&backend.last_head(), "trailer"), ["X-Sum"]);
}

#[test]
fn an_answers_trailers_reach_a_client_that_takes_them() {
    let backend = Backend::answering(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
         5\r\nhello\r\n0\r\nX-Sum: 42\r\n\r\n",
    );
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let mut client = gateway.connect();
    client.send_head("GET / HTTP/1.1\r\nTE: trailers\r\nConnection: TE\r\n");
    client.head();
    assert_eq!((client.chunk(), client.chunk()), (b"hello".to_vec(), Vec::new()));
    assert_eq!(client.line().to_lowercase(), "x-sum: 42");
    assert_eq!(client.line(), "");
    assert_eq!(values(&backend.last_head(), "te"), ["trailers"]);
}
