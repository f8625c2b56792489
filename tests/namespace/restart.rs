//! What ends is started again.

use crate::harness::{Spec, wait_for};

#[test]
fn a_killed_service_is_there_again_and_the_others_stay() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let (ide, gateway) = (container.pid_of("ide"), container.pid_of("gateway"));
    container.sh(&format!("kill -9 {ide}"));
    let new = wait_for("a new process", || {
        Some(container.pid_of("ide")).filter(|pid| *pid != ide && *pid != 0)
    });
    assert_ne!(new, ide);
    container.wait_until_healthy();
    assert_eq!(container.pid_of("gateway"), gateway);
    let page = container.sh("curl -s http://127.0.0.1:8070/x");
    assert_eq!(page, "ide /x");
    assert!(container.log().contains("SIGKILL"), "{}", container.log());
}

#[test]
fn an_ide_that_ends_with_0_is_started_again() {
    let container = Spec::with_ide_script("echo up; sleep 0.2; exit 0", &[]).start();
    wait_for("a second start", || (container.log().matches("up\"").count() >= 2).then_some(()));
}

#[test]
fn a_gateway_that_ends_is_started_again() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let gateway = container.pid_of("gateway");
    container.sh(&format!("kill -9 {gateway}"));
    wait_for("a new gateway", || {
        Some(container.pid_of("gateway")).filter(|pid| *pid != gateway && *pid != 0)
    });
    container.wait_until_healthy();
    assert_eq!(container.sh("curl -s http://127.0.0.1:8070/"), "ide /");
}

#[test]
fn what_a_killed_service_leaves_behind_is_ended() {
    let container = Spec::with_ide_script("sleep 4321 & echo ready; exec sleep 1234", &[]).start();
    container.wait_for_log("ready");
    let ide = container.pid_of("ide");
    container.sh(&format!("kill -9 {ide}"));
    wait_for("one child alone", || {
        (container.sh("ps -eo args | grep -c '[s]leep 4321'").trim() == "1").then_some(())
    });
}

#[test]
fn orphans_are_reaped() {
    let script =
        "for i in $(seq 300); do (sh -c 'sleep 0.1 &' &); done; echo ready; exec sleep 1000";
    let container = Spec::with_ide_script(script, &[]).start();
    container.wait_for_log("ready");
    wait_for("no zombies", || {
        (container.sh("ps -eo stat | grep -c '^Z'; ps -eo args | grep -c '[s]leep 0.1'").trim()
            == "0\n0")
            .then_some(())
    });
}

#[test]
fn a_program_that_is_not_there_is_named_with_the_remedy() {
    let container = Spec::new(&["--ide-command", "/no/such/ide --port {ide_port}"]).start();
    container.wait_for_log("/no/such/ide can't be started: No such file or directory");
}

#[test]
fn a_hangup_reaches_the_ide_and_not_the_gateway() {
    let container = Spec::with_ide_script(
        "trap 'echo got HUP' HUP; echo ready; while :; do sleep 0.02; done",
        &[],
    )
    .start();
    container.wait_for_log("ready");
    container.wait_for_log("gateway is ready");
    let gateway = container.pid_of("gateway");
    container.signal(nix::sys::signal::SIGHUP);
    container.wait_for_log("got HUP");
    assert_eq!(container.pid_of("gateway"), gateway);
}
