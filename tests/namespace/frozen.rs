//! A service that was stopped (SIGSTOP) and does nothing any more.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::harness::{Container, Spec, wait_at_most, wait_for};

/// A ready service is asked every ten seconds, and three answers have to be missing.
const NOTICED: Duration = Duration::from_secs(40);

/// Stops a process, and waits until it has.
fn stop(container: &Container, pid: i32) {
    container.sh(&format!("kill -STOP {pid}"));
    wait_for("it to be stopped", || {
        container.sh(&format!("ps -o stat= -p {pid}")).starts_with('T').then_some(())
    });
}

#[test]
fn it_is_not_ready_and_ready_again_once_it_goes_on() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let ide = container.pid_of("ide");
    stop(&container, ide);
    wait_at_most(NOTICED, "the IDE not to be ready", || {
        std::thread::sleep(Duration::from_millis(200));
        (container.service("ide")["ready"] == false).then_some(())
    });
    let health = container.output_as(0, "$INIT healthcheck");
    assert_eq!(health.status.code(), Some(1));
    container.sh(&format!("kill -CONT {ide}"));
    container.wait_until_healthy();
}

#[test]
fn the_stop_ends_each_of_them_within_its_time() {
    for service in ["ide", "gateway"] {
        let mut container = Spec::with_ide(&["--stop-timeout", "10s"]).start();
        container.wait_until_healthy();
        stop(&container, container.pid_of(service));
        container.signal(Signal::SIGTERM);
        let (code, took) = container.wait();
        assert_eq!(code, 0, "{service}");
        assert!(took < Duration::from_secs(5), "{service}: {took:?}");
        assert!(!container.log().contains("was killed"), "{}", container.log());
    }
}

#[test]
fn one_that_ignores_term_as_well_is_killed_in_time() {
    let script = "trap '' TERM; echo ready; while :; do sleep 0.05; done";
    let mut container = Spec::with_ide_script(script, &["--stop-timeout", "800ms"]).start();
    container.wait_for_log("ready");
    stop(&container, container.pid_of("ide"));
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[test]
fn a_restart_on_request_gets_it_going() {
    let container = Spec::with_ide(&["--stop-timeout", "3s"]).start();
    container.wait_until_healthy();
    let ide = container.pid_of("ide");
    stop(&container, ide);
    assert!(container.output_as(0, "$INIT restart ide").status.success());
    container.wait_for_another("ide", ide);
    container.wait_until_healthy();
}

#[test]
fn a_stopped_child_of_a_service_is_left_alone() {
    let script = "sleep 4321 & echo ready; exec sleep 1000";
    let container = Spec::with_ide_script(script, &[]).start();
    container.wait_for_log("ready");
    container.sh("pkill -STOP -f 'sleep 4321'");
    wait_for("it to be stopped", || {
        container.sh("ps -eo stat,args").contains("T    sleep 4321").then_some(())
    });
    // PID 1 has heard of it (SIGCHLD) by the time it has answered.
    assert!(container.output_as(0, "$INIT status").status.success());
    assert!(container.sh("ps -eo stat,args").contains("T    sleep 4321"));
}
