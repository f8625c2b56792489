//! Which names are answered, and whose pages may do something.

use crate::support::backend::Backend;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

fn started() -> (Control, Backend, Gateway) {
    let (control, backend) = (Control::ready(), Backend::hello());
    let mut config = config(&control, backend.address);
    config.allowed_hosts = vec!["ide.example.com".into(), "*.lab.example".into()];
    config.allowed_origins = vec!["https://portal.example.com".into()];
    let gateway = Gateway::start(&config);
    (control, backend, gateway)
}

#[test]
fn names_that_are_safe_or_allowed_are_answered() {
    let (_control, _backend, gateway) = started();
    for (host, status) in [
        ("localhost:8070", 200),
        ("x.localhost", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8070", 200),
        ("10.1.2.3", 200),
        ("ide.example.com", 200),
        ("a.lab.example:443", 200),
        ("evil.example", 403),
        ("lab.example", 403),
        ("localhost.evil.example", 403),
        ("user@localhost", 400),
        ("local host", 400),
        ("", 400),
    ] {
        let reply = gateway.ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n"));
        assert_eq!(reply.status, status, "{host}");
        let api = gateway.ask(&format!("GET /api/health HTTP/1.1\r\nHost: {host}\r\n"));
        assert_eq!(api.status, status, "{host}");
    }
}

#[test]
fn a_refused_name_is_told_how_it_could_be_allowed() {
    let (_control, backend, gateway) = started();
    let json = gateway.ask("GET / HTTP/1.1\r\nHost: my.ide:8070\r\n");
    assert_eq!(json.error_code(), "host_not_allowed");
    assert!(json.text().contains("WAIIDE_ALLOWED_HOSTS=my.ide"));
    let page = gateway.ask("GET / HTTP/1.1\r\nHost: my.ide:8070\r\nAccept: text/html\r\n");
    assert!(page.is_page() && page.status == 403);
    assert!(page.text().contains("--allowed-hosts my.ide<"));
    assert_eq!(backend.connections(), 0);
}

#[test]
fn one_host_header_is_needed() {
    let (_control, _backend, gateway) = started();
    for head in [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost, evil.example\r\n\r\n",
    ] {
        let mut client = gateway.connect();
        client.send(head);
        assert_eq!(client.reply().status, 400, "{head}");
    }
}

#[test]
fn only_our_own_pages_and_allowed_ones_may_do_something() {
    let (_control, _backend, gateway) = started();
    for (fields, allowed) in [
        ("", true),
        ("Origin: http://localhost:8070\r\n", true),
        ("Origin: https://portal.example.com\r\n", true),
        ("Origin: http://portal.example.com\r\n", false),
        ("Origin: http://evil.example\r\n", false),
        ("Origin: http://localhost:9999\r\n", false),
        ("Origin: null\r\n", false),
        ("Origin: http://localhost:8070\r\nOrigin: http://evil.example\r\n", false),
        ("Sec-Fetch-Site: same-origin\r\n", true),
        ("Sec-Fetch-Site: cross-site\r\n", false),
    ] {
        let host = "Host: localhost:8070\r\n";
        let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
        for head in [
            format!("POST / HTTP/1.1\r\n{host}{fields}"),
            format!("DELETE / HTTP/1.1\r\n{host}{fields}"),
            format!("GET / HTTP/1.1\r\n{host}{upgrade}{fields}"),
        ] {
            let status = gateway.ask(&head).status;
            assert_eq!(status, if allowed { 200 } else { 403 }, "{head}");
        }
        // A page can embed what it may not read, and there are answers that must not be embedded.
        let status = gateway.ask(&format!("GET / HTTP/1.1\r\n{host}{fields}")).status;
        assert_eq!(status, if allowed { 200 } else { 403 }, "{fields}");
    }
}
