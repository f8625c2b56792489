//! Header fields: what the IDE is told, and what it is not.

use crate::support::backend::{Backend, values};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

#[test]
fn the_client_is_described_once_and_cannot_describe_itself() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let mut config = config(&control, backend.address);
    config.base_path = "/user/alice/".into();
    let gateway = Gateway::start(&config);
    gateway.ask(
        "GET /user/alice/ HTTP/1.1\r\nHost: localhost:8070\r\nX-Forwarded-For: 6.6.6.6\r\n\
         X-Forwarded-For: 7.7.7.7\r\nX-Forwarded-Host: evil.example\r\nForwarded: for=6.6.6.6\r\n\
         X-Forwarded-Prefix: /evil\r\nX-Forwarded-Proto: gopher\r\nX-Real-IP: 6.6.6.6\r\n\
         X-Original-Host: evil.example\r\nX-Forwarded-Port: 1\r\nX-Forwarded-Server: x\r\n",
    );
    let head = backend.last_head();
    for (name, value) in [
        ("host", "localhost:8070"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", "localhost:8070"),
        ("x-forwarded-port", "8070"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-prefix", "/user/alice"),
    ] {
        assert_eq!(values(&head, name), [value], "{name}");
    }
    for name in ["forwarded", "x-real-ip", "x-original-host", "x-forwarded-server"] {
        assert!(values(&head, name).is_empty(), "{name}");
    }
}

#[test]
fn credentials_stay_here() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let gateway = Gateway::start(&config(&control, backend.address));
    gateway.ask(
        "GET / HTTP/1.1\r\nAuthorization: token hub-secret\r\n\
         Cookie: jupyterhub-user-alice=s; vscode-tkn=1; _xsrf=2; waiide-session-8070=3\r\n",
    );
    let head = backend.last_head();
    assert!(values(&head, "authorization").is_empty());
    assert_eq!(values(&head, "cookie"), ["vscode-tkn=1"]);
}

#[test]
fn hop_by_hop_fields_end_with_their_hop() {
    let backend = Backend::answering(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\n\
         Keep-Alive: timeout=5\r\nProxy-Authenticate: x\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nhello",
    );
    let control = Control::ready();
    let gateway = Gateway::start(&config(&control, backend.address));
    let reply = gateway.ask(
        "GET / HTTP/1.1\r\nConnection: keep-alive, X-Private\r\nX-Private: 1\r\nKeep-Alive: 5\r\n\
         TE: gzip\r\nUpgrade: h2c\r\nProxy-Authorization: x\r\nProxy-Connection: close\r\nX-End: 1\r\n",
    );
    let head = backend.last_head();
    for name in ["connection", "x-private", "keep-alive", "te", "upgrade", "proxy-authorization"] {
        assert!(values(&head, name).is_empty(), "{name}");
    }
    assert_eq!(values(&head, "x-end"), ["1"]);
    for name in ["x-mine", "keep-alive", "proxy-authenticate"] {
        assert_eq!(reply.header(name), None, "{name}");
    }
    assert_eq!(values(&reply.head, "set-cookie"), ["a=1", "b=2"]);
}

#[test]
fn there_is_one_permissions_policy_whoever_answers() {
    let ours = "microphone=(self), camera=(self)";
    let control = Control::ready();
    for (own, expected) in [
        ("", ours),
        ("Permissions-Policy: microphone=()\r\n", "microphone=(), camera=(self)"),
        (
            "Permissions-Policy: microphone=*, usb=()\r\n",
            "microphone=(self), usb=(), camera=(self)",
        ),
        (
            "Permissions-Policy: camera=()\r\nX: y\r\nPermissions-Policy: usb=(), camera=(self)\r\n",
            "camera=(self), usb=(), microphone=(self)",
        ),
        ("Permissions-Policy: microphone self\r\n", ours),
        ("Feature-Policy: microphone 'none'; usb *\r\n", "microphone=(), camera=(self)"),
        (
            "Feature-Policy: microphone 'none'\r\nPermissions-Policy: microphone=(self)\r\n",
            "microphone=(self), camera=(self)",
        ),
    ] {
        let backend =
            Backend::answering(format!("HTTP/1.1 200 OK\r\n{own}Content-Length: 0\r\n\r\n"));
        let mut config = config(&control, backend.address);
        config.permissions_policy = Some(ours.into());
        let gateway = Gateway::start(&config);
        assert_eq!(values(&gateway.get("/").head, "permissions-policy"), [expected], "{own}");
        assert_eq!(values(&gateway.get("/api").head, "permissions-policy"), [ours]);
        // And with the policy off they are as they were.
        config.permissions_policy = None;
        let gateway = Gateway::start(&config);
        let kept = own.matches("Permissions-Policy").count();
        assert_eq!(values(&gateway.get("/").head, "permissions-policy").len(), kept, "{own}");
    }
}

#[test]
fn a_page_may_hear_a_stream_and_nothing_else_of_its_policy_changes() {
    let control = Control::ready();
    let backend = Backend::answering(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\
         Content-Security-Policy: default-src 'none'; script-src 'nonce-a' 'sha256-b='; frame-ancestors 'self'\r\n\
         X: y\r\nContent-Security-Policy: img-src data:\r\n\r\n",
    );
    let mut config = config(&control, backend.address);
    config.permissions_policy = Some("microphone=(self)".into());
    let policies = |config: &_| {
        let reply = Gateway::start(config).get("/");
        let found = values(&reply.head, "content-security-policy");
        found.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        policies(&config),
        [
            "default-src 'none'; script-src 'nonce-a' 'sha256-b='; frame-ancestors 'self'; media-src mediastream: blob:",
            "img-src data:"
        ]
    );
    config.permissions_policy = None;
    assert_eq!(
        policies(&config),
        [
            "default-src 'none'; script-src 'nonce-a' 'sha256-b='; frame-ancestors 'self'",
            "img-src data:"
        ]
    );
}
