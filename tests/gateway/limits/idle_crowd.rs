//! Ten thousand connections that are open and silent, and a thousand that come at once.

use std::net::TcpStream;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;

use super::{Scene, answer};
use crate::support::PATIENCE;
use crate::support::talk::Talk;

const COUNT: usize = 10_000;
/// Both the clients' ends, which are this process's, and the gateway's need a descriptor each.
const NEEDED: u64 = COUNT as u64 + 500;

/// Raises the limit of open files, which the gateway inherits. Says why where that is not possible.
fn room_for_all() -> Result<(), String> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(|error| error.to_string())?;
    if soft >= NEEDED {
        return Ok(());
    }
    let hard = hard.max(NEEDED);
    setrlimit(Resource::RLIMIT_NOFILE, NEEDED, hard)
        .map_err(|error| format!("{NEEDED} open files are not allowed here: {error}"))
}

#[test]
fn they_cost_little_and_others_are_answered() {
    if let Err(reason) = room_for_all() {
        println!("skipped: {reason}");
        return;
    }
    let scene = Scene::patient(answer);
    scene.others_are_answered();
    let before = scene.gateway.memory("VmRSS");
    let mut crowd: Vec<Talk> = Vec::new();
    while crowd.len() < COUNT {
        crowd.extend((0..100).map(|_| scene.talk()));
        // Who comes last is answered once all before it were let in: the system drops what does not
        // find a place in the queue, and tries again only after a second.
        scene.others_are_answered();
    }
    // Each has been answered once: what an exchange takes has to be given back.
    for talk in &mut crowd {
        talk.say("GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    for talk in &mut crowd {
        assert_eq!(talk.answer().status, 200);
    }
    let each = scene.gateway.memory("VmRSS").saturating_sub(before) / COUNT as u64;
    println!("{each} bytes for each");
    assert!(each < 12 * 1024, "{each} bytes for each");
    scene.others_are_answered();
    for talk in crowd.iter_mut().step_by(500) {
        talk.goes_on();
    }
}

/// The system drops a connection for which there is no place in the queue, and its client tries
/// again only after a second.
#[test]
fn a_thousand_that_come_at_once_find_a_place_in_the_queue() {
    let most = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    if most.trim().parse::<usize>().unwrap() < 1000 || room_for_all().is_err() {
        println!("skipped: the system has no queue for a thousand");
        return;
    }
    let scene = Scene::patient(answer);
    scene.others_are_answered();
    // Nobody is let in meanwhile.
    scene.gateway.signal(Signal::SIGSTOP);
    let address = scene.gateway.address();
    let waiting: Vec<_> =
        (0..1000).map_while(|_| TcpStream::connect_timeout(&address, PATIENCE / 10).ok()).collect();
    scene.gateway.signal(Signal::SIGCONT);
    assert_eq!(waiting.len(), 1000);
    scene.others_are_answered();
}
