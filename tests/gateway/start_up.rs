//! What people and programs get while the IDE is not ready.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use waiide_init::control::protocol::State;

use crate::support::backend::Backend;
use crate::support::control::{Control, service};
use crate::support::eventually;
use crate::support::gateway::{Gateway, config};

#[test]
fn a_navigation_gets_a_page_that_turns_into_the_ide() {
    let (control, backend) = (Control::start(State::Starting, false), Backend::hello());
    let gateway = Gateway::start(&config(&control, backend.address));
    let page = gateway.navigate("/some/folder/?folder=/w");
    assert!(page.status == 200 && page.is_page());
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.text().contains("data-base=\"../../\""));
    assert!(page.text().contains("<noscript><meta http-equiv=\"refresh\""));
    assert_eq!(backend.connections(), 0);
    control.set(service("ide", State::Running, true));
    eventually("the page is the IDE", || gateway.navigate("/").text() == "hello");
}

#[test]
fn anything_else_gets_503_and_when_to_try_again() {
    let (control, backend) = (Control::start(State::Starting, false), Backend::hello());
    let gateway = Gateway::start(&config(&control, backend.address));
    for head in [
        "GET / HTTP/1.1\r\nAccept: */*\r\n",
        "POST / HTTP/1.1\r\nAccept: text/html\r\nContent-Length: 2\r\n",
        "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAccept: text/html\r\n",
    ] {
        let reply = gateway.ask(head);
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")), "{head}");
        assert_eq!(reply.error_code(), "ide_not_ready");
    }
}

#[test]
fn a_person_whom_the_ide_hangs_up_on_sees_the_page_and_a_program_an_error() {
    let backend = Backend::start(|mut served| drop(served.head()));
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let page = gateway.navigate("/");
    assert!(page.status == 200 && page.is_page() && page.text().contains("Starting your IDE"));
    let error = gateway.get("/");
    assert_eq!((error.status, error.error_code().as_str()), (502, "bad_gateway"));
}

#[test]
fn a_request_waits_out_a_short_restart() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let gateway = Gateway::start(&config(&control, backend.address));
    eventually("the IDE answers", || gateway.get("/").text() == "hello");
    control.set(service("ide", State::Backoff, false));
    eventually("it is away", || gateway.navigate("/").is_page());
    let back = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        control.set(service("ide", State::Running, true));
        control
    });
    let asked = Instant::now();
    assert_eq!(gateway.get("/").text(), "hello");
    assert!(asked.elapsed() >= Duration::from_millis(250));
    back.join().unwrap();
}

#[test]
fn a_refused_connection_is_like_an_ide_that_is_not_ready() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, free));
    assert!(gateway.navigate("/").is_page());
    assert_eq!(gateway.get("/").error_code(), "ide_not_ready");
    let metrics = gateway.get("/api/metrics");
    assert!(!metrics.text().contains("upstream_errors_total 0"), "{}", metrics.text());
}
