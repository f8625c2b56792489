//! The stop: in order, within its time, and with nothing left over.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::harness::{INIT, Spec, text, wait_for};

#[test]
fn each_stop_signal_ends_it_with_0_and_nothing_left() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGQUIT] {
        let mut container = Spec::with_ide(&[]).start();
        container.wait_until_healthy();
        container.signal(signal);
        let (code, took) = container.wait();
        assert_eq!(code, 0, "{signal}");
        assert!(took < Duration::from_secs(4), "{signal}: {took:?}");
    }
}

#[test]
fn the_gateway_is_told_before_the_ide() {
    let script =
        "trap 'ps -eo args | grep -c \"[w]aiide-init gateway\" > /home/calliope/count; exit' TERM
        echo ready; while :; do sleep 0.02; done";
    let mut container = Spec::with_ide_script(script, &[]).prepare("mkdir /home/keep").start();
    container.wait_for_log("ready");
    container.wait_for_log("gateway is ready");
    let keep = std::fs::File::open(format!("/proc/{}/root/home/calliope", container.pid)).unwrap();
    container.signal(Signal::SIGTERM);
    assert_eq!(container.wait().0, 0);
    let path = format!("/proc/self/fd/{}/count", std::os::fd::AsRawFd::as_raw_fd(&keep));
    assert_eq!(std::fs::read_to_string(path).unwrap().trim(), "0");
}

#[test]
fn one_that_ignores_term_is_killed_in_time_and_named() {
    let script = "trap '' TERM; echo ready; while :; do sleep 0.05; done";
    let mut container = Spec::with_ide_script(script, &["--stop-timeout", "600ms"]).start();
    container.wait_for_log("ready");
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took >= Duration::from_millis(500) && took < Duration::from_secs(3), "{took:?}");
    let log = container.log();
    assert!(log.contains("was killed") && log.contains("sh ("), "{log}");
}

#[test]
fn a_second_stop_signal_kills_at_once() {
    let script = "trap '' TERM; echo ready; while :; do sleep 0.05; done";
    let mut container = Spec::with_ide_script(script, &["--stop-timeout", "15s"]).start();
    container.wait_for_log("ready");
    container.signal(Signal::SIGTERM);
    container.wait_for_log("stopping");
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn orphans_in_sessions_of_their_own_do_not_outlive_it_or_hold_it_up() {
    let script =
        "setsid sh -c 'echo orphan; sleep 1000' & setsid sh -c 'trap \"\" TERM; sleep 1000' &
        echo ready; exec sleep 1000";
    let mut container = Spec::with_ide_script(script, &["--stop-timeout", "800ms"]).start();
    container.wait_for_log("ready");
    container.wait_for_log("orphan");
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[test]
fn a_service_that_dies_while_it_is_stopped_is_not_started_again() {
    let script = "trap 'sleep 0.3; exit 1' TERM; echo started; while :; do sleep 0.05; done";
    let mut container = Spec::with_ide_script(script, &[]).start();
    container.wait_for_log("started");
    container.signal(Signal::SIGTERM);
    assert_eq!(container.wait().0, 0);
    assert_eq!(container.log().matches("started").count(), 1);
}

/// The signal is sent at moments spread over the whole start: before services, in provisioning,
/// while they come up. It must end the program each time.
#[test]
fn a_term_at_any_moment_of_the_start_is_not_lost() {
    for moment in 0..40 {
        let mut container = Spec::with_ide_script("exec sleep 1000", &[]).start();
        // The shell that prepares has become waiide-init; main may not have begun yet.
        wait_for("the signals to be blocked", || {
            let status = std::fs::read_to_string(format!("/proc/{}/status", container.pid)).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("SigBlk:"))?.trim();
            (u64::from_str_radix(line, 16).ok()? & (1 << 14) != 0).then_some(())
        });
        std::thread::sleep(Duration::from_micros(moment * 500));
        container.signal(Signal::SIGTERM);
        assert_eq!(container.wait().0, 0, "moment {moment}");
    }
}

#[test]
fn a_stop_that_comes_while_a_service_waits_for_its_restart_ends_at_once() {
    let mut container = Spec::with_ide_script("exit 1", &[]).start();
    container.wait_for_log("again in");
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn not_pid_1_it_still_takes_its_descendants_along() {
    let inner = format!(
        "{} --stop-timeout 500ms & sleep 1; kill -TERM $!; wait $!; echo code $?; ps -eo args | grep -c '[s]leep 7777'",
        INIT
    );
    let output = Spec::with_ide_script("setsid sleep 7777 & exec sleep 7777", &[])
        .through(&["bash", "-c", &inner, "--"])
        .run();
    let printed = text(&output.stdout);
    assert!(printed.contains("code 0\n0\n"), "{printed}");
}

#[test]
fn a_stop_before_a_program_was_started_is_no_success_of_the_program() {
    let mut container = Spec::new(&["--chown", "always", "--", "sh", "-c", "exit 5"])
        .prepare("mkdir -p /home/calliope/big; cd /home/calliope/big; for i in $(seq 60); do mkdir $i; (cd $i; touch $(seq 1000)); done; cd /")
        .start();
    wait_for("the signals to be blocked", || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", container.pid)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("SigBlk:"))?.trim();
        (u64::from_str_radix(line, 16).ok()? & (1 << 14) != 0).then_some(())
    });
    container.signal(Signal::SIGTERM);
    assert_eq!(container.wait().0, 143);
}

#[test]
fn a_service_that_takes_its_time_is_told_once() {
    let script = "trap 'echo got TERM; n=1' TERM; echo ready; n=; for i in $(seq 400); do sleep 0.02; \
        [ -n \"$n\" ] && n=$((n+1)); [ \"${n:-0}\" -gt 60 ] && exit 0; done";
    let mut container = Spec::with_ide_script(script, &["--stop-timeout", "3s"]).start();
    container.wait_for_log("ready");
    container.signal(Signal::SIGTERM);
    assert_eq!(container.wait().0, 0);
    assert_eq!(container.log().matches("got TERM").count(), 1, "{}", container.log());
}

#[test]
fn one_that_was_stopped_is_set_going_to_end() {
    let mut container = Spec::with_ide(&["--stop-timeout", "10s"]).start();
    container.wait_until_healthy();
    container.sh(&format!("kill -STOP {}", container.pid_of("ide")));
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(4), "{took:?}");
}

/// What `docker exec` starts is nobody's child in the container.
#[test]
fn what_others_have_started_in_the_container_is_told_to_end_too() {
    let mut container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let guest = std::process::Command::new("nsenter")
        .args(["--target", &container.pid.to_string(), "--pid", "--mount", "--net"])
        .args(["--setuid", "1000", "--setgid", "100", "--", "sh", "-c"])
        // It outlives all services, whose ends are heard of.
        .arg("trap 'echo told; sleep 0.7; exit 7' TERM; echo ready; while :; do sleep 0.02; done")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("the guest", || container.sh("ps -eo args").contains("echo told").then_some(()));
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(
        took < Duration::from_secs(4),
        "nobody is left, and the rest of 8 s is waited for: {took:?}"
    );
    assert_eq!(container.log().matches("gateway is ready").count(), 1, "{}", container.log());
    let output = guest.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(7), "ready\ntold\n"));
}

/// The kernel cuts a name after 15 bytes, within a character too.
#[test]
fn one_whose_name_is_no_text_is_told_to_end_too() {
    let child = "printf 'a\\377' > /proc/$$/comm; trap 'echo told; exit 0' TERM; echo ready; \
                 while :; do sleep 0.02; done";
    let script = format!("setsid sh -c \"{}\" & wait", child.replace('$', "\\$"));
    let mut container = Spec::with_ide_script(&script, &[]).start();
    container.wait_for_log("\"message\":\"ready\"");
    container.signal(Signal::SIGTERM);
    assert_eq!(container.wait().0, 0);
    assert!(container.log().contains("\"told\""), "{}", container.log());
}

#[test]
fn nobody_gets_a_second_term() {
    let child = "trap 'echo told' TERM; for i in $(seq 40); do sleep 0.02; done; exit 0";
    let script = format!("(trap '' TERM; sleep 0.01; {child}) & echo ready; wait");
    let mut container = Spec::with_ide_script(&script, &[]).start();
    container.wait_for_log("\"message\":\"ready\"");
    std::thread::sleep(Duration::from_millis(100));
    container.signal(Signal::SIGTERM);
    assert_eq!(container.wait().0, 0);
    assert_eq!(container.log().matches("\"told\"").count(), 1, "{}", container.log());
}

#[test]
fn a_supervisor_whose_parent_ignores_its_children_hears_of_its_own() {
    let ignoring = "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); \
        os.execvp(sys.argv[1], sys.argv[1:])";
    for (words, code) in [(["true", ""], 0), (["no-such-program", ""], 127)] {
        let output =
            Spec::new(&["--", words[0]]).through(&["/usr/bin/python3", "-c", ignoring]).run();
        assert_eq!(output.status.code(), Some(code));
    }
}
