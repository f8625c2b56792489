//! JupyterHub mode: behind jupyter-server-proxy, on a Unix socket.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use tempfile::TempDir;
use waiide_init::gateway::config::Listen;

use crate::support::backend::{Backend, values};
use crate::support::client::{Client, Reply};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, below, config};

fn started(backend: &Backend) -> (Control, TempDir, Gateway) {
    let (control, directory) = (Control::ready(), tempfile::tempdir().unwrap());
    let mut config = config(&control, backend.address);
    config.mode = "jupyterhub".into();
    config.public_path = "/user/alice/ide/".into();
    config.listen = Listen::Unix(below(&directory, "gateway.sock"));
    let gateway = Gateway::start(&config);
    (control, directory, gateway)
}

fn ask(directory: &TempDir, head: &str) -> Reply {
    let mut client = Client::connect_unix(&below(directory, "gateway.sock"));
    client.send_head(head);
    client.reply()
}

#[test]
fn what_jupyter_server_proxy_says_of_the_client_is_passed_on() {
    let backend = Backend::hello();
    let (_control, directory, _gateway) = started(&backend);
    let reply = ask(
        &directory,
        "GET / HTTP/1.1\r\nHost: hub.example.com\r\nX-Forwarded-For: 192.0.2.7, 10.0.0.1\r\n\
         X-Forwarded-Host: hub.example.com\r\nX-Forwarded-Proto: https\r\n\
         X-Forwarded-Prefix: /user/alice/ide\r\nX-ProxyContextPath: /user/alice/ide\r\n\
         Authorization: token t\r\nCookie: jupyterhub-user-alice=x; _xsrf=y; vscode-tkn=z\r\n",
    );
    assert_eq!(reply.text(), "hello");
    let head = backend.last_head();
    for (name, value) in [
        ("host", "hub.example.com"),
        ("x-forwarded-for", "192.0.2.7, 10.0.0.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-prefix", "/user/alice/ide"),
        ("cookie", "vscode-tkn=z"),
    ] {
        assert_eq!(values(&head, name), [value], "{name}");
    }
    assert!(values(&head, "authorization").is_empty());
}

/// What jupyter-server-proxy has taken off the path is where the browser has the port's server.
#[test]
fn a_port_is_below_the_path_that_the_browser_has() {
    let user = Backend::start(|mut served| {
        served.head();
        served.send(
            "HTTP/1.1 302 Found\r\nLocation: /login\r\nSet-Cookie: a=b; Path=/\r\n\
             Content-Length: 0\r\n\r\n",
        );
    });
    let (ide, port) = (Backend::hello(), user.address.port());
    let (_control, directory, _gateway) = started(&ide);
    let asked = |path: &str| {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: hub.example.com\r\nX-Forwarded-Proto: https\r\n\
             X-Forwarded-Prefix: /user/alice/ide\r\nX-ProxyContextPath: /user/alice/ide\r\n"
        );
        ask(&directory, &head)
    };
    let prefix = format!("/user/alice/ide/proxy/{port}");
    let bare = asked(&format!("/proxy/{port}?q"));
    assert_eq!(bare.header("location"), Some(format!("{prefix}/?q").as_str()));
    let reply = asked(&format!("/proxy/{port}/x"));
    assert_eq!(reply.header("location"), Some(format!("{prefix}/login").as_str()));
    assert!(reply.header("set-cookie").unwrap().contains(&format!("Path={prefix}/")));
    let head = user.last_head();
    assert!(head.starts_with("GET /x HTTP/1.1\r\n"), "{head}");
    assert_eq!(values(&head, "x-forwarded-prefix"), [prefix]);
    assert_eq!(values(&head, "x-forwarded-proto"), ["https"]);
    asked(&format!("/absproxy/{port}/x"));
    let head = user.last_head();
    assert!(head.starts_with(&format!("GET /user/alice/ide/absproxy/{port}/x HTTP")), "{head}");
    for name in ["x-forwarded-prefix", "x-proxycontextpath"] {
        assert!(values(&head, name).is_empty(), "the target is whole: {head}");
    }
}

#[test]
fn the_origin_may_be_the_forwarded_hosts_or_the_hosts() {
    let backend = Backend::hello();
    let (_control, directory, _gateway) = started(&backend);
    for (origin, status) in [
        ("https://hub.example.com", 200),
        ("http://inner:8888", 200),
        ("https://evil.example", 403),
    ] {
        let reply = ask(
            &directory,
            &format!(
                "GET / HTTP/1.1\r\nHost: inner:8888\r\nX-Forwarded-Host: hub.example.com\r\n\
                 Origin: {origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            ),
        );
        assert_eq!(reply.status, status, "{origin}");
    }
}

#[test]
fn the_socket_is_its_group_s_and_a_stale_one_is_replaced() {
    let (backend, directory) = (Backend::hello(), tempfile::tempdir().unwrap());
    let path = below(&directory, "gateway.sock");
    drop(UnixListener::bind(&path).unwrap());
    let control = Control::ready();
    let mut config = config(&control, backend.address);
    config.mode = "jupyterhub".into();
    config.listen = Listen::Unix(path.clone());
    let _gateway = Gateway::start(&config);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    assert_eq!(ask(&directory, "GET /api HTTP/1.1\r\n").json()["mode"], "jupyterhub");
}

#[test]
fn a_file_that_is_no_socket_stays() {
    let (control, directory) = (Control::ready(), tempfile::tempdir().unwrap());
    let path = below(&directory, "precious");
    std::fs::write(&path, "data").unwrap();
    let mut config = config(&control, "127.0.0.1:9".parse().unwrap());
    config.listen = Listen::Unix(path.clone());
    let (status, said) = Gateway::fail(&config);
    assert!(!status.success() && said.contains("precious") && said.contains("--run-dir"), "{said}");
    assert_eq!(std::fs::read(&path).unwrap(), b"data");
}
