//! Request targets reach the IDE byte for byte.

use crate::support::backend::Backend;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

const TARGETS: [&str; 9] = [
    "/",
    "/a%2Fb%3Fc%23d/%2e%2e/x",
    "//double//slashes/",
    "/a/../b/./c",
    "/?",
    "/x?y=%20+%2B&z=http://h/?q",
    "/%E4%BD%A0/~alice/@x",
    "/a;b=c,d!$&'()*+=:@",
    "/{braces}|pipe\"quote\"",
];

#[test]
fn nothing_is_decoded_or_tidied_up() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let gateway = Gateway::start(&config(&control, backend.address));
    for target in TARGETS {
        assert_eq!(gateway.get(target).text(), "hello", "{target}");
        let expected = format!("GET {target} HTTP/1.1\r\n");
        assert!(backend.last_head().starts_with(&expected), "{}", backend.last_head());
    }
}

#[test]
fn the_same_under_a_base_path() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let mut config = config(&control, backend.address);
    config.base_path = "/user/alice/".into();
    let gateway = Gateway::start(&config);
    for target in TARGETS {
        assert_eq!(gateway.get(&format!("/user/alice{target}")).text(), "hello", "{target}");
        assert!(backend.last_head().starts_with(&format!("GET {target} HTTP/1.1\r\n")));
    }
}

#[test]
fn a_whole_url_is_taken_by_its_path_and_host() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let gateway = Gateway::start(&config(&control, backend.address));
    let own = gateway.ask("GET http://localhost:8070/x?y HTTP/1.1\r\nHost: other.example\r\n");
    assert_eq!(own.text(), "hello");
    assert!(backend.last_head().starts_with("GET /x?y HTTP/1.1\r\n"));
    assert!(backend.last_head().contains("Host: localhost:8070\r\n"));
    let foreign = gateway.ask("GET http://other.example/ HTTP/1.1\r\nHost: localhost\r\n");
    assert_eq!(foreign.status, 403);
}

#[test]
fn what_is_no_path_is_not_served() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let gateway = Gateway::start(&config(&control, backend.address));
    assert_eq!(gateway.ask("GET * HTTP/1.1\r\n").status, 400);
    assert_eq!(gateway.ask("CONNECT localhost:22 HTTP/1.1\r\nHost: localhost:22\r\n").status, 405);
    assert_eq!(backend.connections(), 0);
}
