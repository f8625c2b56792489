//! `/api`: what it answers, and what it refuses.

use waiide_init::control::protocol::{Request, State, Verb};

use crate::support::backend::{Backend, values};
use crate::support::control::{Control, service};
use crate::support::eventually;
use crate::support::gateway::{Gateway, config};

fn started() -> (Control, Backend, Gateway) {
    let (control, backend) = (Control::ready(), Backend::hello());
    let gateway = Gateway::start(&config(&control, backend.address));
    eventually("the state is known", || gateway.get("/api/services").status == 200);
    (control, backend, gateway)
}

#[test]
fn it_says_what_it_is() {
    let (_control, _backend, gateway) = started();
    let about = gateway.get("/api?x=1").json();
    assert_eq!(about["name"], "waiide-init");
    assert_eq!(about["mode"], "standalone");
    assert_eq!(about["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn services_are_shown_with_an_uptime_that_goes_on() {
    let (_control, _backend, gateway) = started();
    let all = gateway.get("/api/services").json();
    assert_eq!(all["services"][0]["name"], "ide");
    assert_eq!(all["services"][0]["state"], "running");
    assert_eq!(all["services"][0]["last_exit"], serde_json::Value::Null);
    assert!(all["services"][0].get("memory_bytes").is_none());
    let uptime = || gateway.get("/api/services/ide").json()["uptime_seconds"].as_f64().unwrap();
    let first = uptime();
    std::thread::sleep(std::time::Duration::from_millis(5));
    assert!(first > 1.5 && uptime() > first);
    let with_memory = gateway.get("/api/services/ide?memory=1").json();
    assert!(with_memory["memory_bytes"].as_u64().unwrap() > 1_000_000);
}

#[test]
fn a_command_reaches_pid_1_and_is_answered_with_the_service() {
    let (control, _backend, gateway) = started();
    for command in ["restart", "start", "stop"] {
        let reply = gateway.ask(&format!("POST /api/services/ide/{command} HTTP/1.1\r\n"));
        assert_eq!(reply.status, 202);
        assert_eq!(reply.json()["name"], "ide");
    }
    let control_of = |verb| Request::Control { verb, service: "ide".to_owned() };
    let expected = [Verb::Restart, Verb::Start, Verb::Stop].map(control_of);
    assert_eq!(control.requests(), expected);
    let unknown = gateway.ask("POST /api/services/nobody/restart HTTP/1.1\r\n");
    assert_eq!((unknown.status, unknown.error_code().as_str()), (404, "not_found"));
}

#[test]
fn another_sites_page_cannot_command() {
    let (control, _backend, gateway) = started();
    for headers in [
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
    ] {
        let reply = gateway.ask(&format!("POST /api/services/ide/restart HTTP/1.1\r\n{headers}"));
        assert_eq!((reply.status, reply.error_code().as_str()), (403, "origin_not_allowed"));
    }
    assert!(control.requests().is_empty());
    let own = "POST /api/services/ide/restart HTTP/1.1\r\nOrigin: http://localhost\r\n";
    assert_eq!(gateway.ask(own).status, 202);
}

#[test]
fn an_origin_that_is_let_in_reads_and_stops_nothing() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let mut config = config(&control, backend.address);
    config.allowed_origins = vec!["https://portal.example.com".into()];
    let gateway = Gateway::start(&config);
    let from_guest = |line: &str| {
        gateway.ask(&format!("{line} HTTP/1.1\r\nOrigin: https://portal.example.com\r\n"))
    };
    eventually("it may read", || from_guest("GET /api/services").status == 200);
    for verb in ["start", "stop", "restart"] {
        let reply = from_guest(&format!("POST /api/services/ide/{verb}"));
        assert_eq!((reply.status, reply.error_code().as_str()), (403, "origin_not_allowed"));
    }
    assert_eq!(from_guest("GET /api/services/ide/stop").status, 405);
    assert!(control.requests().is_empty());
}

#[test]
fn logs_are_plain_text() {
    let (_control, _backend, gateway) = started();
    let reply = gateway.get("/api/services/ide/logs?lines=2");
    assert_eq!(reply.text(), "line 2 <of> ide\nline 3 <of> ide\n");
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(gateway.get("/api/services/ide/logs?lines=x").error_code(), "bad_request");
    assert_eq!(gateway.get("/api/services/nobody/logs").error_code(), "not_found");
}

#[test]
fn a_wrong_path_is_404_and_a_wrong_method_405() {
    let (_control, backend, gateway) = started();
    for path in ["/api/", "/api/nothing", "/api/services/nobody", "/api/status", "/api/sign-in"] {
        let reply = gateway.get(path);
        assert_eq!((reply.status, reply.error_code().as_str()), (404, "not_found"), "{path}");
    }
    assert_eq!(gateway.ask("TRACE /api/nothing HTTP/1.1\r\n").status, 404);
    for (method, path, allow) in [
        ("POST", "/api", "GET, HEAD"),
        ("DELETE", "/api/services/ide", "GET, HEAD"),
        ("GET", "/api/services/ide/restart", "POST"),
        ("OPTIONS", "/api/health", "GET, HEAD"),
        ("TRACE", "/api/health", "GET, HEAD"),
        ("TRACE", "/api/services/ide/stop", "POST"),
    ] {
        let reply = gateway.ask(&format!("{method} {path} HTTP/1.1\r\n"));
        assert_eq!((reply.status, reply.header("allow")), (405, Some(allow)), "{method} {path}");
        assert_eq!(reply.error_code(), "method_not_allowed");
    }
    assert_eq!(backend.connections(), 0);
}

#[test]
fn only_api_itself_and_what_is_below_is_ours() {
    let (_control, backend, gateway) = started();
    for path in ["/apis", "/api-docs", "/API", "//api", "/%61pi", "/x/api"] {
        assert_eq!(gateway.get(path).text(), "hello", "{path}");
        assert!(backend.last_head().starts_with(&format!("GET {path} HTTP/1.1\r\n")));
    }
}

#[test]
fn head_is_answered_like_get_without_the_body() {
    let (_control, _backend, gateway) = started();
    for path in ["/api", "/api/health", "/api/openapi.json", "/api/services/ide/logs"] {
        let get = gateway.get(path);
        let mut client = gateway.connect();
        client.send_head(&format!("HEAD {path} HTTP/1.1\r\nConnection: close\r\n"));
        let head = client.reply_without_body();
        assert_eq!(head.status, 200);
        assert_eq!(head.header("content-length"), get.header("content-length"), "{path}");
        assert!(client.is_at_end(), "{path}");
    }
}

#[test]
fn a_browser_gets_the_status_page() {
    let (_control, _backend, gateway) = started();
    let page = gateway.navigate("/api/status");
    assert!(page.status == 200 && page.is_page());
    let policies = values(&page.head, "content-security-policy").join(", ");
    for part in ["default-src 'none'", "script-src 'sha256-", "frame-ancestors 'self'"] {
        assert!(policies.contains(part), "{policies}");
    }
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("server"), None);
}

#[test]
fn metrics_count_and_openapi_describes() {
    let (_control, _backend, gateway) = started();
    gateway.get("/");
    let metrics = gateway.get("/api/metrics");
    for line in [
        "waiide_service_up{service=\"ide\"} 1",
        "waiide_service_ready{service=\"ide\"} 1",
        "waiide_service_restarts_total{service=\"ide\"} 0",
        "waiide_gateway_websockets 0",
        "waiide_gateway_upstream_errors_total 0",
        "# TYPE waiide_gateway_requests_total counter",
    ] {
        assert!(metrics.text().lines().any(|found| found == line), "{line}\n{}", metrics.text());
    }
    let openapi = gateway.get("/api/openapi.json").json();
    assert_eq!(openapi["openapi"], "3.1.0");
    assert_eq!(openapi["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn without_pid_1_the_api_says_so_and_recovers() {
    let (control, _backend, gateway) = started();
    let mut ide = service("ide", State::Running, true);
    ide.restarts = 3;
    control.set(ide);
    eventually("a change arrives", || gateway.get("/api/services/ide").json()["restarts"] == 3);
    control.hang_up();
    eventually("it subscribes again", || gateway.get("/api/services").status == 200);

    let nowhere = tempfile::tempdir().unwrap();
    let mut lonely = config(&control, "127.0.0.1:9".parse().unwrap());
    lonely.control_socket = nowhere.path().join("control.sock");
    let gateway = Gateway::start(&lonely);
    assert_eq!(gateway.get("/api/services").error_code(), "unavailable");
    assert_eq!(gateway.get("/api/services/ide/logs").error_code(), "unavailable");
    assert_eq!(gateway.get("/api").status, 200);
}
