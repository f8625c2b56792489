//! Under a base path, what a backend that does not know of it says is made to fit.

use std::io::Write;

use crate::compression::content;
use crate::support::backend::{Backend, values};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

const PAGE: &str = concat!(
    r#"<!doctype html><base href="/"><script src="/static/app.js"></script>"#,
    r#"<a href="/a?b">x</a><a href="//cdn.example/y">y</a><a href="z">z</a>"#,
    r#"<img srcset="/1.png 1x, /2.png 2x"><a href="/user/alice/known">k</a>"#,
    r#"<meta http-equiv="refresh" content="5; url=/next"><p>/static/ stays</p>"#,
    r#"<script>const path = "/static/";</script>"#,
);

const REWRITTEN: &str = concat!(
    r#"<!doctype html><base href="/user/alice/"><script src="/user/alice/static/app.js"></script>"#,
    r#"<a href="/user/alice/a?b">x</a><a href="//cdn.example/y">y</a><a href="z">z</a>"#,
    r#"<img srcset="/user/alice/1.png 1x, /user/alice/2.png 2x"><a href="/user/alice/known">k</a>"#,
    r#"<meta http-equiv="refresh" content="5; url=/user/alice/next"><p>/static/ stays</p>"#,
    r#"<script>const path = "/static/";</script>"#,
);

fn before(backend: &Backend, base_path: &str) -> (Control, Gateway) {
    let control = Control::ready();
    let mut config = config(&control, backend.address);
    (config.base_path, config.public_path) = (base_path.into(), base_path.into());
    let gateway = Gateway::start(&config);
    (control, gateway)
}

fn answering(lines: String, body: Vec<u8>) -> Backend {
    Backend::start(move |mut served| {
        while served.head().is_some() {
            let head = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: {}\r\n\r\n", body.len());
            served.send([head.as_bytes(), &body].concat());
        }
    })
}

#[test]
fn a_page_is_made_to_fit() {
    let backend = answering("Content-Type: text/html\r\n".into(), PAGE.into());
    let (_control, gateway) = before(&backend, "/user/alice/");
    assert_eq!(content(&gateway.get("/user/alice/")), REWRITTEN);
    assert_eq!(values(&backend.last_head(), "x-forwarded-prefix"), ["/user/alice"]);
    let (_control, gateway) = before(&backend, "/");
    assert_eq!(gateway.get("/").text(), PAGE);
}

#[test]
fn what_fits_already_stays_as_it_is() {
    let backend = answering("Content-Type: text/html\r\n".into(), REWRITTEN.into());
    let (_control, gateway) = before(&backend, "/user/alice/");
    assert_eq!(content(&gateway.get("/user/alice/")), REWRITTEN);
}

#[test]
fn a_compressed_page_is_made_to_fit_too() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(PAGE.as_bytes()).unwrap();
    let lines = "Content-Type: text/html\r\nContent-Encoding: gzip\r\n";
    let backend = answering(lines.into(), gzip.finish().unwrap());
    let (_control, gateway) = before(&backend, "/user/alice/");
    for accepted in ["gzip", "zstd, gzip", "br"] {
        let line = format!("Accept-Encoding: {accepted}\r\n");
        let reply = gateway.ask(&format!("GET /user/alice/ HTTP/1.1\r\nHost: localhost\r\n{line}"));
        assert_eq!(content(&reply), REWRITTEN, "{accepted}");
    }
}

#[test]
fn a_stylesheet_and_a_manifest_are_made_to_fit() {
    for (content_type, body, expected) in [
        ("text/css", "a { background: url(/x.png) }", "a { background: url(/user/alice/x.png) }"),
        (
            "application/manifest+json",
            r#"{"start_url": "/", "icons": [{"src": "/i.png"}]}"#,
            r#"{"start_url": "/user/alice/", "icons": [{"src": "/user/alice/i.png"}]}"#,
        ),
        ("text/javascript", r#"import "/x.js""#, r#"import "/x.js""#),
    ] {
        let backend = answering(format!("Content-Type: {content_type}\r\n"), body.into());
        let (_control, gateway) = before(&backend, "/user/alice/");
        assert_eq!(content(&gateway.get("/user/alice/x")), expected);
    }
}

#[test]
fn the_settings_of_the_workbench_are_made_to_fit() {
    let settings = |prefix: &str| {
        format!(
            "<meta id=\"vscode-workbench-web-configuration\" data-settings=\"{{&quot;\
             serverBasePath&quot;:&quot;{prefix}/&quot;,&quot;remoteAuthority&quot;:&quot;localhost\
             &quot;,&quot;callbackRoute&quot;:&quot;{prefix}/callback&quot;}}\">"
        )
    };
    let backend = answering("Content-Type: text/html\r\n".into(), settings("").into_bytes());
    let (_control, gateway) = before(&backend, "/user/alice/");
    assert_eq!(content(&gateway.get("/user/alice/")), settings("/user/alice"));
}

#[test]
fn redirects_and_cookies_are_made_to_fit() {
    let backend = Backend::answering(
        "HTTP/1.1 302 Found\r\nLocation: /login?next=/x\r\nSet-Cookie: a=b; Path=/; HttpOnly\r\n\
         Set-Cookie: c=d\r\nLink: </app.css>; rel=preload\r\nContent-Length: 0\r\n\r\n",
    );
    let (_control, gateway) = before(&backend, "/user/alice/");
    let reply = gateway.get("/user/alice/");
    assert_eq!(reply.header("location"), Some("/user/alice/login?next=/x"));
    let cookies = values(&reply.head, "set-cookie");
    assert_eq!(cookies, ["a=b; Path=/user/alice/; HttpOnly", "c=d"]);
    assert_eq!(reply.header("link"), Some("</user/alice/app.css>; rel=preload"));
}

#[test]
fn a_port_of_the_users_has_its_redirects_and_cookies_made_to_fit() {
    let user = Backend::answering(
        "HTTP/1.1 302 Found\r\nLocation: /login\r\nSet-Cookie: a=b; Path=/\r\n\
         Content-Length: 0\r\n\r\n",
    );
    let ide = Backend::hello();
    let (_control, gateway) = before(&ide, "/user/alice/");
    let prefix = format!("/user/alice/proxy/{}", user.address.port());
    let reply = gateway.get(&format!("{prefix}/"));
    assert_eq!(reply.header("location"), Some(format!("{prefix}/login").as_str()));
    assert_eq!(values(&reply.head, "set-cookie"), [format!("a=b; Path={prefix}/")]);
}
