//! A base path in standalone mode.

use crate::support::backend::Backend;
use crate::support::control::Control;
use crate::support::gateway::{Gateway, config};

fn started() -> (Control, Backend, Gateway) {
    let (control, backend) = (Control::ready(), Backend::hello());
    let mut config = config(&control, backend.address);
    config.base_path = "/user/alice/".into();
    let gateway = Gateway::start(&config);
    (control, backend, gateway)
}

#[test]
fn without_its_last_slash_it_is_completed_and_the_query_kept() {
    let (_control, _backend, gateway) = started();
    let reply = gateway.get("/user/alice?folder=/w%2Fx&a");
    assert_eq!(reply.status, 307);
    assert_eq!(reply.header("location"), Some("/user/alice/?folder=/w%2Fx&a"));
}

#[test]
fn the_api_is_under_it() {
    let (_control, _backend, gateway) = started();
    assert_eq!(gateway.get("/user/alice/api").json()["name"], "waiide-init");
    assert_eq!(gateway.get("/api").error_code(), "not_found");
}

#[test]
fn what_is_elsewhere_is_told_where_it_is() {
    let (_control, backend, gateway) = started();
    for path in ["/", "/user", "/user/alicex/", "/user/bob/", "/x"] {
        let reply = gateway.get(path);
        assert_eq!((reply.status, reply.error_code().as_str()), (404, "not_found"), "{path}");
        assert!(reply.text().contains("/user/alice/"));
    }
    let page = gateway.navigate("/user/bob/");
    assert!(page.status == 404 && page.is_page() && page.text().contains("href=\"/user/alice/\""));
    let root = gateway.navigate("/");
    assert_eq!((root.status, root.header("location")), (302, Some("/user/alice/")));
    assert_eq!(backend.connections(), 0);
}
