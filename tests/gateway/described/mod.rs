//! `/api/openapi.json`, held against what the endpoints really answer: every status, media type and
//! member of an answer has to be described, and every operation is asked at least once.

mod schema;

use std::collections::BTreeSet;

use serde_json::Value;
use waiide_init::control::protocol::{Exit, State};

use self::schema::Document;
use crate::support::backend::Backend;
use crate::support::client::Reply;
use crate::support::control::{Control, service};
use crate::support::eventually;
use crate::support::gateway::{Gateway, config, with_token};

/// A gateway, its description, and what of that has been seen.
struct Described<'a> {
    gateway: &'a Gateway,
    document: &'a Document,
    seen: BTreeSet<String>,
}

impl Described<'_> {
    /// Sends a request and holds the answer against the description of `path`.
    fn ask(&mut self, method: &str, path: &str, target: &str, headers: &str) -> Reply {
        let head = format!("{method} {target} HTTP/1.1\r\n{headers}");
        let endless = target == "/api/events" && self.beginning_of(&head).status == 200;
        let reply = if endless { self.beginning_of(&head) } else { self.gateway.ask(&head) };
        self.check(method, path, &reply);
        reply
    }

    /// An answer that has no end.
    fn beginning_of(&self, head: &str) -> Reply {
        let mut client = self.gateway.connect();
        client.send_head(head);
        client.reply_without_body()
    }

    fn check(&mut self, method: &str, path: &str, reply: &Reply) {
        let operation = format!("{} {path}", method.to_lowercase());
        let media_type = reply.header("content-type").and_then(|text| text.split(';').next());
        let body = match media_type {
            Some("application/json") => reply.json(),
            _ => Value::String(reply.text().to_owned()),
        };
        let described = self.document.answer(&operation, reply.status, media_type, &body);
        assert_eq!(described, Ok(()), "{operation}: {} {media_type:?} {body}", reply.status);
        self.seen.insert(operation);
    }
}

fn services() -> Vec<waiide_init::control::protocol::ServiceStatus> {
    let mut failed = service("database", State::Failed, false);
    failed.optional = true;
    failed.detail = Some("127.0.0.1:5432 does not answer".into());
    failed.last_exit = Some(Exit {
        code: Some(1),
        signal: None,
        message: "exited with code 1".into(),
        at: "2026-01-01T00:00:00Z".into(),
    });
    vec![service("ide", State::Running, true), failed]
}

fn document(gateway: &Gateway, headers: &str) -> Document {
    let reply = gateway.ask(&format!("GET /api/openapi.json HTTP/1.1\r\n{headers}"));
    Document::new(reply.json())
}

const PAGE: &str = "Accept: text/html\r\n";
const STRANGER: &str = "Origin: http://evil.example\r\n";

#[test]
fn every_answer_is_described_and_every_operation_answers() {
    let (control, backend) = (Control::with(services()), Backend::hello());
    let mut config = config(&control, backend.address);
    let user = Backend::hello();
    config.own_ports = vec![backend.address.port()];
    let gateway = Gateway::start(&config);
    eventually("the state is known", || gateway.get("/api/services").status == 200);
    let document = document(&gateway, "");
    let mut described = Described { gateway: &gateway, document: &document, seen: BTreeSet::new() };
    let user = user.address.port();
    for (path, target) in [
        ("/api", "/api".to_owned()),
        ("/api/services", "/api/services".into()),
        ("/api/services", "/api/services?memory=1".into()),
        ("/api/services/{name}", "/api/services/ide?memory=1".into()),
        ("/api/services/{name}", "/api/services/database".into()),
        ("/api/services/{name}", "/api/services/nobody".into()),
        ("/api/services/{name}/logs", "/api/services/ide/logs?lines=2".into()),
        ("/api/services/{name}/logs", "/api/services/ide/logs?lines=x".into()),
        ("/api/services/{name}/logs", "/api/services/nobody/logs".into()),
        ("/api/health", "/api/health".into()),
        ("/api/events", "/api/events".into()),
        ("/api/metrics", "/api/metrics".into()),
        ("/api/openapi.json", "/api/openapi.json".into()),
        ("/api/status", "/api/status".into()),
        ("/api/voice-check", "/api/voice-check".into()),
        ("/api/voice-check/frame", "/api/voice-check/frame?inner".into()),
        ("/api/sign-in", "/api/sign-in".into()),
        ("/proxy/{port}/", format!("/proxy/{user}/")),
        ("/proxy/{port}/", format!("/proxy/{}/", backend.address.port())),
        ("/proxy/{port}/", "/proxy/1/".into()),
        ("/absproxy/{port}/", format!("/absproxy/{user}/")),
    ] {
        for headers in ["", PAGE, STRANGER, "Host: evil.example\r\n"] {
            described.ask("GET", path, &target, headers);
        }
    }
    for command in ["start", "stop", "restart"] {
        let path = format!("/api/services/{{name}}/{command}");
        for (name, headers) in [("ide", ""), ("nobody", ""), ("ide", STRANGER)] {
            described.ask("POST", &path, &format!("/api/services/{name}/{command}"), headers);
        }
    }
    described.ask("POST", "/api/sign-in", "/api/sign-in", "");
    assert_eq!(described.seen, document.operations());
}

#[test]
fn what_a_token_changes_is_described() {
    let (control, backend) = (Control::with(services()), Backend::hello());
    let gateway = Gateway::start(&with_token(config(&control, backend.address), "hunter2"));
    let bearer = "Authorization: Bearer hunter2\r\n";
    let known = || gateway.ask(&format!("GET /api/services HTTP/1.1\r\n{bearer}")).status == 200;
    eventually("the state is known", known);
    let document = document(&gateway, bearer);
    let mut described = Described { gateway: &gateway, document: &document, seen: BTreeSet::new() };
    let about = described.ask("GET", "/api", "/api", bearer).json();
    assert_eq!(about["authentication"], "token");
    for path in ["/api", "/api/services", "/api/health", "/api/events", "/api/status"] {
        for headers in ["", PAGE, STRANGER] {
            described.ask("GET", path, path, headers);
        }
    }
    for token in ["hunter2", "wrong"] {
        let form = format!("token={token}");
        let length = format!("Content-Length: {}\r\n", form.len());
        for accept in ["", PAGE] {
            let mut client = gateway.connect();
            client.send_head(&format!("POST /api/sign-in HTTP/1.1\r\n{length}{accept}"));
            client.send(&form);
            described.check("POST", "/api/sign-in", &client.reply());
        }
    }
    let guess = "Authorization: Bearer guess\r\n";
    let refused = || described.ask("GET", "/api", "/api", guess).status == 429;
    eventually("guessing is refused", refused);
}

#[test]
fn what_is_said_without_pid_1_is_described() {
    let (control, backend) = (Control::with(services()), Backend::hello());
    let mut lonely = config(&control, backend.address);
    let nowhere = tempfile::tempdir().unwrap();
    lonely.control_socket = nowhere.path().join("control.sock");
    let gateway = Gateway::start(&lonely);
    let document = document(&gateway, "");
    let mut described = Described { gateway: &gateway, document: &document, seen: BTreeSet::new() };
    for (path, target) in [
        ("/api/services", "/api/services"),
        ("/api/services/{name}", "/api/services/ide"),
        ("/api/services/{name}/logs", "/api/services/ide/logs"),
        ("/api/health", "/api/health"),
    ] {
        assert_eq!(described.ask("GET", path, target, "").status, 503, "{target}");
    }
    let path = "/api/services/{name}/restart";
    assert_eq!(described.ask("POST", path, "/api/services/ide/restart", "").status, 503);
}
