//! Ports that are taken, clients that dawdle, descriptors that run out.

use std::net::TcpListener;

use waiide_init::gateway::config::Listen;

use crate::support::backend::Backend;
use crate::support::control::Control;
use crate::support::eventually;
use crate::support::gateway::{Gateway, config};

#[test]
fn a_port_in_use_is_an_error_with_a_remedy() {
    let (control, taken) = (Control::ready(), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = taken.local_addr().unwrap();
    let mut config = config(&control, "127.0.0.1:9".parse().unwrap());
    config.listen = Listen::Tcp(address);
    let (status, said) = Gateway::fail(&config);
    assert!(!status.success());
    for part in [&address.to_string(), "os error 98", "--port", "WAIIDE_PORT"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn an_address_that_is_not_ours_is_one_too() {
    let control = Control::ready();
    let mut config = config(&control, "127.0.0.1:9".parse().unwrap());
    config.listen = Listen::Tcp("192.0.2.1:8070".parse().unwrap());
    let (status, said) = Gateway::fail(&config);
    assert!(!status.success() && said.contains("os error 99") && said.contains("--bind"), "{said}");
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let control = Control::ready();
    let mut bad = config(&control, "127.0.0.1:9".parse().unwrap());
    bad.allowed_origins = vec!["portal.example.com".into()];
    let (status, said) = Gateway::fail(&bad);
    assert!(!status.success() && said.contains("\"portal.example.com\""), "{said}");
    assert!(said.contains("--allowed-origins"), "{said}");
}

#[test]
fn running_out_of_descriptors_is_got_over() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let gateway = Gateway::start_with_few_descriptors(&config(&control, backend.address), 40);
    let crowd: Vec<_> = (0..60).map(|_| gateway.connect()).collect();
    eventually("it has run out", || gateway.log().contains("cannot accept a connection"));
    drop(crowd);
    eventually("it goes on", || gateway.get("/").text() == "hello");
}
