//! `/proxy/<port>/` and `/absproxy/<port>/`: what the user starts on loopback.

use crate::support::backend::{Backend, values};
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

fn before(ide: &Backend, base_path: &str) -> (Control, Gateway) {
    let control = Control::ready();
    let mut config = config(&control, ide.address);
    (config.base_path, config.public_path) = (base_path.into(), base_path.into());
    config.own_ports = vec![ide.address.port()];
    let gateway = Gateway::start(&config);
    (control, gateway)
}

#[test]
fn the_server_there_sees_the_path_behind_the_port() {
    let (ide, user) = (Backend::hello(), Backend::hello());
    let (_control, gateway) = before(&ide, "/user/alice/");
    let port = user.address.port();
    for behind in ["/", "/a%2Fb//c?d=/e", "/?", "/x/../y"] {
        assert_eq!(gateway.get(&format!("/user/alice/proxy/{port}{behind}")).text(), "hello");
        let head = user.last_head();
        assert!(head.starts_with(&format!("GET {behind} HTTP/1.1\r\n")), "{head}");
        let prefix = format!("/user/alice/proxy/{port}");
        assert_eq!(values(&head, "x-forwarded-prefix"), [prefix]);
    }
    assert_eq!(ide.heads().len(), 0);
}

#[test]
fn under_absproxy_it_sees_the_whole_path() {
    let (ide, user) = (Backend::hello(), Backend::hello());
    let (_control, gateway) = before(&ide, "/user/alice/");
    let path = format!("/user/alice/absproxy/{}/a?b", user.address.port());
    assert_eq!(gateway.get(&path).text(), "hello");
    assert!(user.last_head().starts_with(&format!("GET {path} HTTP/1.1\r\n")));
    assert!(values(&user.last_head(), "x-forwarded-prefix").is_empty());
}

/// A logout of what the user has started there is not the IDE's, nor is its service worker.
#[test]
fn what_a_server_there_says_of_the_whole_origin_stays_there() {
    const SAID: &str = "HTTP/1.1 200 OK\r\nClear-Site-Data: \"*\"\r\n\
        Strict-Transport-Security: max-age=9\r\nAlt-Svc: h2=\":1\"\r\nNEL: {}\r\nReport-To: {}\r\n\
        Service-Worker-Allowed: /\r\nX-Other: kept\r\nContent-Length: 0\r\n\r\n";
    let user = Backend::start(|mut served| {
        served.head();
        served.send(SAID);
    });
    let (ide, port) = (Backend::hello(), user.address.port());
    let (_control, gateway) = before(&ide, "/user/alice/");
    for (name, worker) in
        [("proxy", Some(format!("/user/alice/proxy/{port}/"))), ("absproxy", None)]
    {
        let reply = gateway.get(&format!("/user/alice/{name}/{port}/"));
        for kept_back in
            ["clear-site-data", "strict-transport-security", "alt-svc", "nel", "report-to"]
        {
            assert_eq!(reply.header(kept_back), None, "{kept_back}");
        }
        assert_eq!(reply.header("service-worker-allowed"), worker.as_deref());
        assert_eq!(reply.header("x-other"), Some("kept"));
    }
}

#[test]
fn a_missing_slash_is_put_there() {
    let (ide, user) = (Backend::hello(), Backend::hello());
    let (_control, gateway) = before(&ide, "/");
    let port = user.address.port();
    let reply = gateway.get(&format!("/proxy/{port}?a=b"));
    let place = format!("/proxy/{port}/?a=b");
    assert_eq!((reply.status, reply.header("location")), (307, Some(place.as_str())));
}

#[test]
fn head_stays_head_and_credentials_stay_here() {
    let (ide, user) = (Backend::hello(), Backend::hello());
    let (_control, gateway) = before(&ide, "/");
    let port = user.address.port();
    let lines = "Authorization: Bearer x\r\nCookie: a=b; waiide-session-1=c\r\n";
    let mut client = gateway.connect();
    client.send_head(&format!("HEAD /proxy/{port}/ HTTP/1.1\r\n{lines}"));
    assert_eq!(client.reply_without_body().status, 200);
    let head = user.last_head();
    assert!(head.starts_with("HEAD / HTTP/1.1\r\n"), "{head}");
    assert!(values(&head, "authorization").is_empty());
    assert_eq!(values(&head, "cookie"), ["a=b"]);
}

#[test]
fn our_own_ports_are_not_served() {
    let ide = Backend::hello();
    let (_control, gateway) = before(&ide, "/");
    let port = ide.address.port();
    for path in [format!("/proxy/{port}/"), format!("/absproxy/{port}/x")] {
        assert_eq!(gateway.get(&path).status, 403, "{path}");
    }
    assert_eq!(ide.heads().len(), 0);
    let own: u16 = gateway.address().port();
    assert_eq!(gateway.get(&format!("/proxy/{own}/")).status, 403);
}

#[test]
fn nobody_who_listens_is_told_of() {
    let ide = Backend::hello();
    let (_control, gateway) = before(&ide, "/");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let reply = gateway.get(&format!("/proxy/{free}/"));
    assert_eq!(reply.status, 502);
    assert!(reply.text().contains(&format!("port {free}")), "{}", reply.text());
}

#[test]
fn what_is_no_port_is_the_ides() {
    let ide = Backend::hello();
    let (_control, gateway) = before(&ide, "/");
    for path in ["/proxy/", "/proxy/x/", "/proxy/65536/", "/proxy/0/", "/absproxy"] {
        assert_eq!(gateway.get(path).text(), "hello", "{path}");
        assert!(ide.last_head().starts_with(&format!("GET {path} HTTP/1.1\r\n")));
    }
}

/// What is compressed on its way gets a tag of its own; the server knows its own alone.
#[test]
fn a_server_there_gets_its_own_tags_back() {
    let user = Backend::answering(format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"1-abc\"\r\n\
         Content-Length: 2000\r\n\r\n{}",
        "7".repeat(2000)
    ));
    let ide = Backend::hello();
    let (_control, gateway) = before(&ide, "/");
    let path = format!("/proxy/{}/doc", user.address.port());
    let reply = gateway.ask(&format!("GET {path} HTTP/1.1\r\nAccept-Encoding: gzip\r\n"));
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    let tag = reply.header("etag").unwrap().to_owned();
    assert_ne!(tag, "\"1-abc\"");
    for (method, field) in [("GET", "If-None-Match"), ("PUT", "If-Match"), ("DELETE", "If-Match")] {
        gateway.ask(&format!("{method} {path} HTTP/1.1\r\n{field}: {tag}\r\n"));
        assert_eq!(values(&user.last_head(), field), ["\"1-abc\""], "{method}");
    }
}

/// Frameworks make addresses and `Secure` cookies by it.
#[test]
fn a_server_there_is_told_that_the_browser_speaks_https() {
    let (ide, user) = (Backend::hello(), Backend::hello());
    let (_control, gateway) = before(&ide, "/");
    let path = format!("/proxy/{}/", user.address.port());
    for (said, told) in [("https", "https"), ("http", "http"), ("gopher", "http")] {
        gateway.ask(&format!("GET {path} HTTP/1.1\r\nX-Forwarded-Proto: {said}\r\n"));
        assert_eq!(values(&user.last_head(), "x-forwarded-proto"), [told]);
    }
}
