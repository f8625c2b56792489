//! The stop, begun at awkward moments and held up by awkward processes.

use std::fs;
use std::io::Read;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::harness::{Container, Spec, text, wait_for};

const SOON: Duration = Duration::from_secs(4);

/// An IDE that takes connections and never says a word.
const MUTE: &str = r#"
import socket
listener = socket.create_server(('127.0.0.1', 8071), backlog=100)
kept = []
print('listening', flush=True)
while True: kept.append(listener.accept())
"#;

/// A tree that takes its walker seconds, in the user's home.
const BIG_TREE: &str = r#"mkdir -p /home/calliope/big; /usr/bin/python3 -c "
import os
for d in range(100):
    os.mkdir(f'/home/calliope/big/{d}')
    for f in range(1000): os.close(os.open(f'/home/calliope/big/{d}/{f}', os.O_CREAT))
""#;

fn wait_until_signals_are_blocked(container: &Container) {
    wait_for("the signals to be blocked", || {
        let status = fs::read_to_string(format!("/proc/{}/status", container.pid)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("SigBlk:"))?.trim();
        (u64::from_str_radix(line, 16).ok()? & (1 << 14) != 0).then_some(())
    });
}

#[test]
fn a_service_that_ends_before_its_time_is_up_is_not_waited_for_and_not_killed() {
    let script =
        "trap 'sleep 0.7; echo all saved; exit 0' TERM; echo ready; while :; do sleep 0.02; done";
    let mut container = Spec::with_ide_script(script, &["--stop-timeout", "15s"]).start();
    container.wait_for_log("ready");
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took >= Duration::from_millis(650) && took < Duration::from_secs(6), "{took:?}");
    let log = container.log();
    assert!(log.contains("all saved") && !log.contains("killed"), "{log}");
}

#[test]
fn an_orphan_that_holds_a_services_pipe_is_not_waited_for_longer_than_the_budget() {
    let script = "setsid sh -c 'trap \"\" TERM; echo orphan; while :; do sleep 0.1; done' &
        trap 'exit 0' TERM; while :; do sleep 0.02; done";
    let spec = Spec::with_ide_script(script, &["--stop-timeout", "1s", "--log-format", "text"]);
    let (mut container, mut output) = spec.start_piped();
    wait_for("the orphan", || container.sh("$INIT logs ide").contains("orphan").then_some(()));
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took >= Duration::from_millis(900) && took < SOON, "{took:?}");
    // Nobody has the container's own output open any more either: this comes to an end.
    let mut printed = Vec::new();
    output.read_to_end(&mut printed).unwrap();
    let printed = text(&printed);
    assert!(printed.contains("killed") && printed.contains("sh ("), "{printed}");
}

#[test]
fn an_orphan_that_holds_a_services_pipe_and_heeds_term_costs_no_time() {
    let script = "setsid sleep 1000 & echo ready; exec sleep 1000";
    let mut container = Spec::with_ide_script(script, &["--stop-timeout", "15s"]).start();
    container.wait_for_log("ready");
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < SOON, "{took:?}");
}

#[test]
fn a_stop_in_the_middle_of_the_ownership_walk_ends_at_once() {
    let mut container =
        Spec::with_ide_script("echo started; exec sleep 1000", &["--chown", "always"])
            .prepare(BIG_TREE)
            .start();
    wait_until_signals_are_blocked(&container);
    let tree = fs::File::open(format!("/proc/{}/root/home/calliope", container.pid)).unwrap();
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < SOON, "{took:?}");
    assert!(!container.log().contains("\"started\""), "{}", container.log());
    // The walk did not go on to its end, which is what makes this test one of its middle.
    let fd = std::os::fd::AsRawFd::as_raw_fd(&tree);
    let last = fs::metadata(format!("/proc/self/fd/{fd}/big/99/999"));
    let first = fs::metadata(format!("/proc/self/fd/{fd}/big/0/0"));
    use std::os::unix::fs::MetadataExt;
    let owners = [first.unwrap().uid(), last.unwrap().uid()];
    assert_ne!(owners, [1000, 1000], "the walk was over already");
}

#[test]
fn a_stop_while_a_probe_hangs_is_not_held_up_by_it() {
    let mut container = Spec::with_ide_python(MUTE, &["--stop-timeout", "15s"]).start();
    container.wait_for_log("did not answer within");
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < SOON, "{took:?}");
}

#[test]
fn a_stop_in_a_long_backoff_ends_at_once() {
    let mut container = Spec::with_ide_script("exit 1", &["--stop-timeout", "15s"]).start();
    container.wait_for_log("again in 2s");
    assert_eq!(container.service("ide")["state"], "backoff");
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < SOON, "{took:?}");
}

#[test]
fn a_third_and_a_fourth_signal_change_nothing_about_the_end() {
    let script = "trap '' TERM INT QUIT; echo ready; while :; do sleep 0.05; done";
    for second in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGQUIT] {
        let mut container = Spec::with_ide_script(script, &["--stop-timeout", "15s"]).start();
        container.wait_for_log("ready");
        container.signal(Signal::SIGTERM);
        container.wait_for_log("stopping");
        for signal in [second, Signal::SIGTERM, Signal::SIGINT] {
            let init = nix::unistd::Pid::from_raw(container.pid);
            // It may be gone after the first of them.
            let _ = nix::sys::signal::kill(init, signal);
        }
        let (code, took) = container.wait();
        assert_eq!(code, 0, "{second}");
        assert!(took < SOON, "{second}: {took:?}");
    }
}
