//! Readiness probes, and what PID 1 hears of them.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Instant;

use waiide_init::control::protocol::{SIGN_OF_LIFE, State};

use crate::support::backend::Backend;
use crate::support::control::{Control, service};
use crate::support::eventually;
use crate::support::gateway::{Gateway, config, probe};

/// An IDE whose status a test can change.
fn changeable(status: u16) -> (Backend, Arc<AtomicU16>) {
    let status = Arc::new(AtomicU16::new(status));
    let shown = status.clone();
    let backend = Backend::start(move |mut served| {
        served.head();
        let status = shown.load(Ordering::SeqCst);
        served
            .send(format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    });
    (backend, status)
}

#[test]
fn a_service_is_ready_when_it_answers_as_it_should() {
    let (control, (backend, status)) = (Control::start(State::Starting, false), changeable(500));
    let mut config = config(&control, backend.address);
    config.probes = vec![probe(backend.address)];
    let _gateway = Gateway::start(&config);
    eventually("a wrong status is told", || {
        control.reports("ide").iter().any(|(ready, reason)| {
            !ready
                && reason
                    .as_deref()
                    .is_some_and(|text| text.contains("answered 500 to GET /version"))
        })
    });
    status.store(200, Ordering::SeqCst);
    eventually("it is ready", || control.reports("ide").contains(&(true, None)));
    assert!(backend.last_head().starts_with("GET /version HTTP/1.1\r\n"));
}

#[test]
fn that_it_does_not_listen_yet_goes_without_saying() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let control = Control::start(State::Starting, false);
    let mut config = config(&control, free);
    config.probes = vec![probe(free)];
    let _gateway = Gateway::start(&config);
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(control.reports("ide"), []);
    let listener = TcpListener::bind(free).unwrap();
    std::thread::spawn(move || {
        use std::io::Write;
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }
    });
    eventually("it is ready", || control.reports("ide").contains(&(true, None)));
}

#[test]
fn a_port_that_another_process_holds_is_named() {
    let mut sleeper =
        Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().expect("sleep starts");
    let mut ide = service("ide", State::Starting, false);
    ide.pid = i32::try_from(sleeper.id()).ok();
    let (control, backend) = (Control::with(vec![ide]), Backend::hello());
    let mut config = config(&control, backend.address);
    config.probes = vec![probe(backend.address)];
    let gateway = Gateway::start(&config);
    let expected = format!("port {} is held by another process (pid ", backend.address.port());
    eventually("the foreign holder is told", || {
        let reports = control.reports("ide");
        reports
            .iter()
            .any(|(_, reason)| reason.as_deref().is_some_and(|r| r.starts_with(&expected)))
    });
    assert!(control.reports("ide").iter().all(|(ready, _)| !ready));
    let health = gateway.get("/api/health").json();
    assert!(health["detail"].as_str().unwrap().starts_with(&expected));
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
}

#[test]
fn three_failures_in_a_row_make_a_ready_service_not_ready() {
    let (control, (backend, status)) = (Control::ready(), changeable(503));
    let mut config = config(&control, backend.address);
    config.probes = vec![probe(backend.address)];
    let _gateway = Gateway::start(&config);
    eventually("it is not ready", || control.reports("ide").iter().any(|(ready, _)| !ready));
    assert_eq!(backend.heads().len(), 3);
    status.store(200, Ordering::SeqCst);
    eventually("it is ready again", || control.reports("ide").contains(&(true, None)));
}

#[test]
fn the_gateway_says_that_it_is_ready_itself() {
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, "127.0.0.1:9".parse().unwrap()));
    let mut own = service("gateway", State::Starting, false);
    own.pid = Some(gateway.pid());
    eventually("it gives a sign of life", || control.reports("gateway").contains(&(true, None)));
    let (before, since) = (control.reports("gateway").len(), Instant::now());
    control.set(own);
    eventually("it says so again", || control.reports("gateway").len() > before);
    assert!(since.elapsed() < SIGN_OF_LIFE / 2, "it was not asked for");
}
