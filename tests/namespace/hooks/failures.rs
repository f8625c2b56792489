//! Hooks that fail, hang, or are interrupted.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::{with_file, with_hook};
use crate::harness::{Spec, text};

/// Runs it with one hook and a program; asserts that the start fails. Returns what was said.
fn failing(hook: &str, script: &str, args: &[&str]) -> String {
    let args = [args, &["--", "echo", "started"]].concat();
    let output = with_hook(Spec::new(&args), hook, script).run();
    assert_eq!(output.status.code(), Some(3), "{script}");
    assert_eq!(text(&output.stdout), "", "{script}");
    text(&output.stderr)
}

/// What it says as its last words.
fn last_words(said: &str) -> &str {
    said.split_once("waiide-init: ").unwrap().1
}

#[test]
fn its_name_ending_and_output_are_said_and_nothing_is_started() {
    for hook in ["init.d/10-bad", "user.d/10-bad"] {
        let script = "for n in $(seq 30); do echo line $n; done; printf 'no end' >&2; exit 7";
        let said = failing(hook, script, &[]);
        let error = last_words(&said);
        assert!(error.contains(&format!("/etc/waiide/{hook}: ended with exit code 7")), "{error}");
        assert!(error.contains("  line 30\n  no end\n") && !error.contains("line 11\n"), "{error}");
        assert!(error.contains("chmod -x"), "{error}");
        assert!(said.contains(r#""message":"line 1""#), "{said}");
    }
}

#[test]
fn its_last_words_are_heard_even_if_something_it_left_holds_the_pipe() {
    let said = failing("init.d/a", "sleep 1000 & printf 'last words'; exit 1", &[]);
    assert!(last_words(&said).contains("  last words\n"), "{said}");
}

#[test]
fn no_service_and_no_later_hook_is_started_after_it() {
    let spec = Spec::with_ide_script("echo ide began; sleep 1000", &[]);
    let spec = with_hook(spec, "init.d/1", "exit 1");
    let spec = with_hook(with_hook(spec, "init.d/2", "echo later"), "user.d/1", "echo later");
    let output = spec.run();
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stdout);
    assert!(!said.contains("ide began") && !said.contains("later"), "{said}");
}

#[test]
fn a_signal_that_ended_it_is_named() {
    assert!(failing("init.d/a", "kill -SEGV $$", &[]).contains("was ended by SIGSEGV"));
    assert!(failing("user.d/a", "kill -KILL $$", &[]).contains("was ended by SIGKILL"));
}

#[test]
fn what_cannot_be_executed_is_said_with_the_remedy() {
    for (file, mode, part) in [
        ("#!/no/such/interpreter\n", "755", "interpreter"),
        ("#!/bin/sh\r\necho\r\n", "755", "Windows"),
        ("#!/bin/sh\n", "700", "chmod a+rx"),
        ("#!/etc/passwd\n", "755", "chmod a+rx"),
    ] {
        let spec = Spec::new(&["--", "echo", "started"]);
        let output = with_file(spec, "user.d/a", file, mode).run();
        assert_eq!(output.status.code(), Some(3), "{file:?}");
        let said = text(&output.stderr);
        assert!(said.contains("/etc/waiide/user.d/a") && said.contains(part), "{said}");
    }
}

#[test]
fn a_directory_that_cannot_be_read_is_said() {
    let spec = with_hook(Spec::new(&["--", "true"]), "user.d/a", "true");
    let output = spec.prepare("chmod 700 /etc/waiide/user.d").run();
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output.stderr);
    assert!(said.contains("/etc/waiide/user.d") && said.contains("chmod a+rx"), "{said}");
}

#[test]
fn one_that_hangs_is_ended_when_its_time_is_up() {
    for hook in ["init.d/hangs", "user.d/hangs"] {
        let began = Instant::now();
        let script = "trap 'echo told to end; exit 0' TERM; echo working; sleep 1000 & wait";
        let said = failing(hook, script, &["--hook-timeout", "300ms"]);
        assert!(began.elapsed() < Duration::from_secs(8));
        let error = last_words(&said);
        assert!(error.contains(hook) && error.contains("within 300ms"), "{error}");
        assert!(error.contains("WAIIDE_HOOK_TIMEOUT") && error.contains("  working\n"), "{error}");
        assert!(said.contains(r#""message":"told to end""#), "{said}");
    }
}

#[test]
fn one_that_ignores_its_end_is_killed() {
    let began = Instant::now();
    let script = "trap '' TERM; while :; do sleep 0.05; done";
    let args = ["--hook-timeout", "200ms", "--stop-timeout", "300ms"];
    let said = failing("init.d/a", script, &args);
    assert!(said.contains("did not end in time and was killed"), "{said}");
    assert!(began.elapsed() < Duration::from_secs(8));
}

#[test]
fn a_request_to_stop_ends_it_and_is_no_failure() {
    for (hook, signal) in [
        ("init.d/a", Signal::SIGTERM),
        ("init.d/a", Signal::SIGINT),
        ("user.d/a", Signal::SIGQUIT),
        ("user.d/a", Signal::SIGTERM),
    ] {
        let script = "trap 'echo told to end; exit 5' TERM; echo working; sleep 1000 & wait";
        let spec = with_hook(Spec::with_ide_script("echo ide began", &[]), hook, script);
        let mut container = spec.start();
        container.wait_for_log("working");
        container.signal(signal);
        let (code, took) = container.wait();
        assert_eq!(code, 0, "{hook} {signal}");
        assert!(took < Duration::from_secs(2), "{took:?}");
        let log = container.log();
        assert!(log.contains("told to end") && !log.contains("ide began"), "{log}");
    }
}

#[test]
fn a_request_to_stop_is_not_held_up_by_one_that_ignores_it() {
    let script = "trap '' TERM; echo working; while :; do sleep 0.05; done";
    let args = ["--stop-timeout", "300ms", "--", "true"];
    let mut container = with_hook(Spec::new(&args), "user.d/a", script).start();
    container.wait_for_log("working");
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 143);
    assert!(took >= Duration::from_millis(250) && took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_second_request_kills_at_once() {
    let script = "trap 'echo told to end' TERM; echo working; while :; do sleep 0.05; done";
    let spec = with_hook(Spec::new(&["--stop-timeout", "1m"]), "init.d/a", script);
    let mut container = spec.start();
    container.wait_for_log("working");
    container.signal(Signal::SIGTERM);
    container.wait_for_log("told to end");
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn where_it_is_not_pid_1_nobody_outlives_a_failure_either() {
    let script = "setsid sleep 12345 & echo $! > /tmp/left; exit 1";
    let command =
        "/mnt/waiide-init -- true; code=$?; kill -0 $(cat /tmp/left) && exit 99; exit $code";
    let spec = Spec::new(&[]).instead(&["bash", "-c", command]);
    let output = with_hook(spec, "init.d/a", script).run();
    assert_eq!(output.status.code(), Some(3));
}
