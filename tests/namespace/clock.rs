//! The machine's clock is set while it runs: every delay and budget keeps its length.
//!
//! libfaketime stands between the program and the C library, and shows it another time of day;
//! the monotonic clock and the machine's own stay as they are. That needs a program with a
//! dynamic loader, which the one under test here is.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::harness::{Container, Spec};

/// The library, wherever this machine keeps it.
fn library() -> String {
    let found = std::fs::read_dir("/usr/lib")
        .unwrap()
        .filter_map(|entry| Some(entry.ok()?.path().join("faketime/libfaketime.so.1")))
        .chain(["/usr/lib/faketime/libfaketime.so.1".into()])
        .find(|path| path.exists());
    found.expect("libfaketime is needed: install the package faketime").display().to_string()
}

/// A container whose time of day is the machine's plus what [`set`] says.
fn with_a_clock(spec: Spec) -> Container {
    spec.env("LD_PRELOAD", &library())
        .env("FAKETIME_TIMESTAMP_FILE", "/mnt/clock")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("FAKETIME_NO_CACHE", "1")
        .prepare("echo +0 > /mnt/clock; chmod 644 /mnt/clock")
        .start()
}

fn set(container: &Container, offset: &str) {
    container.sh(&format!("echo {offset} > /mnt/clock.new; mv /mnt/clock.new /mnt/clock"));
}

/// The hour that the container has it, from its log.
fn last_time(container: &Container) -> std::time::SystemTime {
    let log = container.log();
    let line: serde_json::Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    humantime::parse_rfc3339(line["time"].as_str().unwrap()).unwrap()
}

fn assert_the_clock_was_set(container: &Container, ahead: bool) {
    let (time, now) = (last_time(container), std::time::SystemTime::now());
    let apart = if ahead { time.duration_since(now) } else { now.duration_since(time) };
    let apart = apart.expect("the time of day in the log went the other way");
    assert!(apart > Duration::from_secs(3000), "the log's time of day did not change: {apart:?}");
}

const STEPS: [(&str, bool); 2] = [("+3600", true), ("-3600", false)];

#[test]
fn a_backoff_keeps_its_length() {
    for (offset, ahead) in STEPS {
        let container = with_a_clock(Spec::with_ide_script("echo up; exit 1", &[]));
        container.wait_for_log("again in 2s");
        let began = Instant::now();
        set(&container, offset);
        let starts = container.log().matches("\"up\"").count();
        crate::harness::wait_for("the next start", || {
            (container.log().matches("\"up\"").count() > starts).then_some(())
        });
        let took = began.elapsed();
        let is_right = took > Duration::from_millis(1500) && took < Duration::from_secs(5);
        assert!(is_right, "{offset}: {took:?}");
        assert_the_clock_was_set(&container, ahead);
    }
}

#[test]
fn the_stop_keeps_its_budget() {
    for (offset, ahead) in STEPS {
        let script = "trap '' TERM; echo ready; while :; do sleep 0.05; done";
        let mut container =
            with_a_clock(Spec::with_ide_script(script, &["--stop-timeout", "1500ms"]));
        container.wait_for_log("\"ready\"");
        container.signal(Signal::SIGTERM);
        container.wait_for_log("stopping");
        set(&container, offset);
        let (code, took) = container.wait();
        assert_eq!(code, 0);
        let is_right = took > Duration::from_secs(1) && took < Duration::from_secs(4);
        assert!(is_right, "{offset}: {took:?}");
        assert_the_clock_was_set(&container, ahead);
    }
}

#[test]
fn uptime_is_time_that_passed() {
    let container = with_a_clock(Spec::with_ide(&[]));
    container.wait_until_healthy();
    for (offset, _) in STEPS {
        let before = container.service("ide")["uptime_seconds"].as_f64().unwrap();
        set(&container, offset);
        let after = container.service("ide")["uptime_seconds"].as_f64().unwrap();
        assert!((before..before + 20.0).contains(&after), "{offset}: {before} {after}");
        container.wait_until_healthy();
    }
    let ide = container.pid_of("ide");
    assert!(container.output_as(0, "$INIT restart ide").status.success());
    container.wait_for_another("ide", ide);
    container.wait_until_healthy();
}
