//! HEAD: the IDE is asked with GET, since a VS Code server refuses anything else.

use crate::support::backend::{Backend, values};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

#[test]
fn the_ide_sees_get_and_the_client_sees_the_head_alone() {
    for (answer, length) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: x\r\n\r\nhello", Some("5")),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: x\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            None,
        ),
    ] {
        let (control, backend) = (Control::ready(), Backend::answering(answer));
        let gateway = Gateway::start(&config(&control, backend.address));
        let mut client = gateway.connect();
        client.send_head("HEAD /x HTTP/1.1\r\n");
        let reply = client.reply_without_body();
        assert_eq!((reply.status, reply.header("etag")), (200, Some("x")));
        assert_eq!(reply.header("content-length"), length);
        assert!(backend.last_head().starts_with("GET /x HTTP/1.1\r\n"));
        // The connection goes on: the next answer is not mixed up with a body.
        client.send_head("GET /y HTTP/1.1\r\nConnection: close\r\n");
        assert_eq!(client.reply().text(), "hello");
        assert!(values(&backend.last_head(), "connection").is_empty());
    }
}
