//! A program that can't be executed: the log and `status` say which, why and what to do.

use crate::harness::{Spec, text};

/// Starts an IDE that can't be executed; asserts what is said of it, and that the rest goes on.
fn assert_told(prepare: &str, program: &str, reason: &str, remedy: &str) {
    let container = Spec::new(&["--ide-command", program]).prepare(prepare).start();
    container.wait_for_log("gateway is ready");
    let ide = container.wait_for_service("ide", |ide| ide["last_exit"].is_object());
    let message = ide["last_exit"]["message"].as_str().unwrap();
    for told in [message, &container.log(), &container.sh("$INIT status")] {
        for part in [program, reason, remedy] {
            assert!(told.contains(part), "{part:?} is missing in:\n{told}");
        }
    }
    assert!(ide["pid"].is_null(), "{ide}");
    assert_eq!(container.output_as(0, "$INIT healthcheck").status.code(), Some(1));
    assert_eq!(container.service("gateway")["ready"], true);
}

#[test]
fn one_that_is_not_there() {
    assert_told("", "/no/such/ide", "No such file", "install it");
}

#[test]
fn one_that_is_not_executable() {
    let prepare = "echo '#!/bin/sh' > /run/plain; chmod 644 /run/plain";
    assert_told(prepare, "/run/plain", "Permission denied", "chmod");
}

#[test]
fn one_below_a_directory_that_the_user_cannot_enter() {
    let prepare = "mkdir -m 700 /run/closed; cp /bin/sleep /run/closed/ide";
    assert_told(prepare, "/run/closed/ide", "Permission denied", "chmod");
}

#[test]
fn one_on_a_mount_that_allows_no_programs() {
    let prepare =
        "mkdir /run/n; mount -n -t tmpfs -o noexec,mode=755 tmpfs /run/n; cp /bin/sleep /run/n/ide";
    assert_told(prepare, "/run/n/ide", "Permission denied", "noexec");
}

#[test]
fn one_that_is_no_program() {
    let prepare = "echo just words > /run/words; chmod 755 /run/words";
    assert_told(prepare, "/run/words", "Exec format error", "#!");
}

#[test]
fn a_script_whose_interpreter_is_missing() {
    let prepare = "echo '#!/no/such/interpreter' > /run/script; chmod 755 /run/script";
    assert_told(prepare, "/run/script", "No such file", "interpreter");
}

#[test]
fn one_that_somebody_is_still_writing() {
    let prepare = "cp /bin/sleep /run/busy; chmod 755 /run/busy; sleep 1000 7<>/run/busy &";
    assert_told(prepare, "/run/busy", "Text file busy", "writing");
}

/// The kernel takes an eighth of a megabyte in any case, and more only where the stack may grow.
#[test]
fn arguments_and_environment_that_are_too_long_together() {
    let long = "x".repeat(100_000);
    let container = Spec::with_ide(&[]).env("ONE", &long).env("OTHER", &long).start();
    container.wait_until_healthy();
    let (ide, gateway) = (container.pid_of("ide"), container.pid_of("gateway"));
    container.limit("--stack=400000");
    container.sh(&format!("kill -9 {ide}"));
    container.wait_for_log("too long together");
    let told = container.service("ide")["last_exit"]["message"].to_string();
    assert!(told.contains("Argument list too long"), "{told}");
    assert_eq!(container.pid_of("gateway"), gateway);
    container.limit("--stack=8388608");
    container.wait_until_healthy();
}

#[test]
fn for_a_program_the_exit_code_says_so_too() {
    let prepare = "echo '#!/no/such/interpreter' > /run/script; chmod 755 /run/script
        cp /bin/sleep /run/busy; chmod 755 /run/busy; sleep 1000 7<>/run/busy &";
    for (program, code, reason) in [
        ("/run/script", 127, "interpreter"),
        ("/run/busy", 126, "Text file busy"),
        ("/etc/passwd/x", 127, "Not a directory"),
    ] {
        let output = Spec::new(&["--stop-timeout", "300ms", "--", program]).prepare(prepare).run();
        assert_eq!(output.status.code(), Some(code), "{program}");
        let error = text(&output.stderr);
        assert!(error.contains(program) && error.contains(reason), "{error}");
    }
}

#[test]
fn a_program_that_is_no_program_ends_with_126() {
    let output = Spec::new(&["--", "/run/words"])
        .prepare("echo just words > /run/words; chmod 755 /run/words")
        .run();
    assert_eq!(output.status.code(), Some(126));
    assert!(text(&output.stderr).contains("Exec format error"), "{}", text(&output.stderr));
}
