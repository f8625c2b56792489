//! SIGTERM: what is being answered is still answered, and then it is over.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::support::backend::Backend;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};
use crate::support::{PATIENCE, eventually};

#[test]
fn an_idle_gateway_ends_at_once_and_well() {
    let control = Control::ready();
    let mut config = config(&control, "127.0.0.1:9".parse().unwrap());
    // Nobody waits for it: there is nothing to answer.
    config.timeouts.drain = 10 * u64::try_from(PATIENCE.as_millis()).unwrap();
    let mut gateway = Gateway::start(&config);
    let mut idle = gateway.connect();
    idle.send_head("GET /api HTTP/1.1\r\n");
    idle.reply();
    let mut events = gateway.connect();
    events.send_head("GET /api/events HTTP/1.1\r\n");
    events.head();
    let told = Instant::now();
    gateway.signal(Signal::SIGTERM);
    assert_eq!(gateway.wait().code(), Some(0));
    assert!(told.elapsed() < PATIENCE, "{:?}", told.elapsed());
    assert!(idle.is_at_end());
}

#[test]
fn an_answer_on_its_way_arrives_and_nobody_new_is_let_in() {
    let backend = Backend::start(|mut served| {
        served.head();
        std::thread::sleep(Duration::from_millis(150));
        served.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    });
    let control = Control::ready();
    let mut config = config(&control, backend.address);
    config.timeouts.drain = u64::try_from(PATIENCE.as_millis()).unwrap();
    let mut gateway = Gateway::start(&config);
    let mut client = gateway.connect();
    client.send_head("GET / HTTP/1.1\r\n");
    eventually("the IDE is asked", || !backend.heads().is_empty());
    gateway.signal(Signal::SIGTERM);
    eventually("it does not listen", || TcpStream::connect(gateway.address()).is_err());
    assert_eq!(client.reply().text(), "hello");
    assert_eq!(gateway.wait().code(), Some(0));
}

#[test]
fn an_answer_that_takes_too_long_is_given_up() {
    let backend = Backend::start(|mut served| {
        served.head();
        // It never answers.
        let _ = served.stream.read_to_end(&mut Vec::new());
    });
    let control = Control::ready();
    let mut config = config(&control, backend.address);
    config.timeouts.drain = 100;
    let mut gateway = Gateway::start(&config);
    let mut client = gateway.connect();
    client.send_head("GET / HTTP/1.1\r\n");
    eventually("the IDE is asked", || !backend.heads().is_empty());
    gateway.signal(Signal::SIGTERM);
    assert_eq!(gateway.wait().code(), Some(0));
}
