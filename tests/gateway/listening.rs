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
fn a_crowd_that_says_nothing_leaves_room_for_who_is_in() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let gateway = Gateway::start_with_few_descriptors(&config(&control, backend.address), 100);
    let mut person = gateway.connect();
    let crowd: Vec<_> = (0..60).map(|_| gateway.connect()).collect();
    eventually("all places are taken", || gateway.log().contains("docker run --ulimit nofile"));
    for _ in 0..3 {
        person.send_head("GET / HTTP/1.1\r\n");
        assert_eq!(person.reply().text(), "hello");
    }
    drop(crowd);
    eventually("it goes on", || gateway.get("/").text() == "hello");
    assert!(!gateway.log().contains("Too many open files"), "{}", gateway.log());
}

/// A soft limit is often far below the hard one: 1024 and 524288 by systemd-system.conf(5).
#[test]
fn it_may_have_as_many_as_the_system_lets_it() {
    let (control, backend) = (Control::ready(), Backend::hello());
    let wrapper = ["sh", "-c", "ulimit -Sn 100; exec \"$0\" gateway"];
    let gateway = Gateway::start_within(&config(&control, backend.address), &wrapper);
    let crowd: Vec<_> = (0..200).map(|_| gateway.connect()).collect();
    eventually("all are in", || gateway.descriptors() > crowd.len());
    assert_eq!(gateway.get("/").text(), "hello");
}
