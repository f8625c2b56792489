//! `/api/events`: every service, then each change at once.

use waiide_init::control::protocol::State;

use crate::support::backend::values;
use crate::support::control::{Control, service};
use crate::support::gateway::{Gateway, config};

#[test]
fn every_service_comes_first_and_each_change_as_it_happens() {
    let services = ["ide", "database"].map(|name| service(name, State::Starting, false));
    let control = Control::with(services.to_vec());
    let gateway = Gateway::start(&config(&control, "127.0.0.1:9".parse().unwrap()));
    let mut client = gateway.connect();
    client.send_head("GET /api/events HTTP/1.1\r\nAccept: text/event-stream\r\n");
    let head = client.head();
    assert_eq!(values(&head, "content-type"), ["text/event-stream"]);
    assert_eq!(values(&head, "cache-control"), ["no-store"]);
    let mut told = String::new();
    let mut until = |wanted: &str| {
        while !told.contains(wanted) {
            told.push_str(std::str::from_utf8(&client.chunk()).unwrap());
        }
        told.clone()
    };
    let first = until("event: service\ndata: {\"name\":\"database\"");
    assert!(
        first.starts_with("retry: ") && first.contains("event: service\ndata: {\"name\":\"ide\"")
    );
    control.set(service("ide", State::Running, true));
    let second = until("\"state\":\"running\"");
    assert!(second.contains("event: service\ndata: {\"name\":\"ide\""));
    control.set(service("ide", State::Failed, false));
    until("\"state\":\"failed\"");
}

/// It ends with the connection, since HTTP/1.0 has no chunks: nothing may follow.
#[test]
fn to_http_1_0_nobody_promises_to_keep_the_connection() {
    let control = Control::start(State::Starting, false);
    let gateway = Gateway::start(&config(&control, "127.0.0.1:9".parse().unwrap()));
    let mut client = gateway.connect();
    client.send_head("GET /api/events HTTP/1.0\r\nConnection: keep-alive\r\n");
    assert_eq!(values(&client.head(), "connection"), ["close"]);
}
