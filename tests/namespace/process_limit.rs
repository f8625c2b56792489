//! No more processes are allowed: PID 1 goes on, and so do services once more are.

use crate::harness::{Spec, wait_for};

/// A user of this test's own: the kernel counts a user's processes on the whole machine.
const USER: &str = "23456";

#[test]
fn fork_that_fails_is_told_and_tried_again_and_orphans_are_reaped_meanwhile() {
    let container = Spec::with_ide(&["--uid", USER]).start();
    container.wait_until_healthy();
    let (ide, gateway) = (container.pid_of("ide"), container.pid_of("gateway"));
    container.limit("--nproc=1");
    container.sh(&format!("kill -9 {ide}"));
    let told = container.wait_for_service("ide", |ide| {
        ide["last_exit"]["message"].as_str().is_some_and(|told| told.contains("pids limit"))
    });
    assert!(told["last_exit"]["message"].as_str().unwrap().contains("temporarily unavailable"));
    let health = container.output_as(0, "$INIT healthcheck");
    assert_eq!(health.status.code(), Some(1));
    // Somebody else's orphans, as `docker exec` leaves them behind.
    container.sh("for i in $(seq 100); do (sleep 0.05 &); done");
    wait_for("no orphans", || {
        let left = container.sh("pgrep -c sleep; true");
        (left.trim() == "0" && container.zombies() == 0).then_some(())
    });
    assert_eq!(container.pid_of("gateway"), gateway);
    container.limit("--nproc=500");
    container.wait_until_healthy();
    assert_eq!(container.get("/x"), "ide /x 200");
}

#[test]
fn a_limit_that_is_there_from_the_start_is_told_and_lifted() {
    let mut container = Spec::with_ide(&["--uid", USER, "--chown", "never"])
        .prepare(&format!("mkdir -p /home/calliope; chown {USER} /home/calliope; ulimit -Su 1"))
        .start();
    container.wait_for_log("pids limit");
    let state = container.service("gateway")["state"].clone();
    assert!(state == "backoff" || state == "starting", "{state}");
    container.limit("--nproc=500");
    container.wait_until_healthy();
    container.signal(nix::sys::signal::SIGTERM);
    assert_eq!(container.wait().0, 0);
}
