//! `/api/health`: one word for everything.

use waiide_init::control::protocol::State;

use crate::support::control::{Control, service};
use crate::support::eventually;
use crate::support::gateway::{Gateway, config};

#[track_caller]
fn health(services: Vec<waiide_init::control::protocol::ServiceStatus>) -> (u16, String) {
    let control = Control::with(services);
    let gateway = Gateway::start(&config(&control, "127.0.0.1:9".parse().unwrap()));
    eventually("the state is known", || gateway.get("/api/services").status == 200);
    let reply = gateway.get("/api/health");
    reply.json();
    (reply.status, reply.text().to_owned())
}

#[test]
fn all_running_and_ready_is_ok() {
    let services =
        vec![service("ide", State::Running, true), service("gateway", State::Running, true)];
    assert_eq!(health(services), (200, r#"{"status":"ok"}"#.into()));
}

#[test]
fn what_starts_is_named() {
    let services =
        vec![service("ide", State::Starting, false), service("gateway", State::Running, true)];
    let expected = r#"{"status":"starting","service":"ide","state":"starting"}"#;
    assert_eq!(health(services), (503, expected.into()));
}

#[test]
fn trouble_counts_before_what_starts() {
    for state in [State::Backoff, State::Failed, State::Stopped, State::Stopping] {
        let services =
            vec![service("ide", State::Starting, false), service("singleuser", state, false)];
        let word = state.as_str();
        let expected =
            format!(r#"{{"status":"degraded","service":"singleuser","state":"{word}"}}"#);
        assert_eq!(health(services), (503, expected));
    }
}

#[test]
fn without_pid_1_nothing_is_healthy() {
    let (control, nowhere) = (Control::ready(), tempfile::tempdir().unwrap());
    let mut lonely = config(&control, "127.0.0.1:9".parse().unwrap());
    lonely.control_socket = nowhere.path().join("control.sock");
    assert_eq!(Gateway::start(&lonely).get("/api/health").status, 503);
}
