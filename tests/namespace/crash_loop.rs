//! A service that ends again and again: restarts get slower, and after the eleventh end the
//! container ends, and says why. With the real times this takes two minutes, asleep.

use std::time::Duration;

use crate::harness::Spec;

/// 0, 0.5, 1, 2, 4, 8, 16, 30, 30 and 30 s, each at most a tenth longer.
const SHORTEST: f64 = 121.5;
const LONGEST: Duration = Duration::from_secs(150);

#[test]
fn a_service_that_crashes_for_ever_ends_the_container_with_1_and_its_last_20_lines() {
    let script = "for i in $(seq 30); do echo \"last words $i\"; done; exit 9";
    let began = std::time::Instant::now();
    let mut container = Spec::with_ide_script(script, &["--stop-timeout", "5s"]).start();
    container.wait_for_log("gateway is ready");
    let gateway = container.pid_of("gateway");
    container.wait_for_log("again in");
    assert_eq!(container.pid_of("gateway"), gateway, "the others are left alone");
    assert_eq!(container.wait_at_most(LONGEST), 1);
    let took = began.elapsed().as_secs_f64();
    assert!((SHORTEST..SHORTEST * 1.15).contains(&took), "{took} s");
    let log = container.log();
    assert_eq!(log.matches("\"message\":\"last words 30\"").count(), 11, "{log}");
    assert_eq!(log.matches("exited with code 9").count(), 10, "{log}");
    assert_delays(&log);
    assert_report(&log);
    // The gateway heeds its TERM: nothing was left that had to be killed.
    assert!(!log.contains("was killed"), "{log}");
}

/// Each delay that the log tells of is the one before it doubled, up to 30 s and its tenth.
fn assert_delays(log: &str) {
    let told: Vec<Duration> = log
        .lines()
        .filter_map(|line| line.split_once("starting it again in ")?.1.split('"').next())
        .map(|length| humantime::parse_duration(length).unwrap())
        .collect();
    let wanted = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0];
    assert_eq!(told.len(), wanted.len(), "{told:?}");
    for (told, wanted) in told.iter().zip(wanted) {
        assert!((wanted..=wanted * 1.1).contains(&told.as_secs_f64()), "{told:?} {wanted}");
    }
}

/// At the end stand the reason and the last twenty lines, as errors of PID 1's own.
fn assert_report(log: &str) {
    let errors = errors(log);
    let (reason, last) = errors.split_first().expect(log);
    assert!(reason.contains("ide") && reason.contains("given up"), "{reason}");
    let expected: Vec<_> = (11..=30).map(|number| format!("  last words {number}")).collect();
    assert_eq!(last, expected);
}

/// PID 1's own messages that are errors.
fn errors(log: &str) -> Vec<String> {
    let lines = log.lines().map(|line| serde_json::from_str(line).expect(line));
    lines
        .filter(|line: &serde_json::Value| line["level"] == "error")
        .map(|line| line["message"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_report_says_what_to_do_about_a_port_that_is_taken() {
    // As node says it.
    let words = "Error: listen EADDRINUSE: address already in use 127.0.0.1:8071";
    let mut container =
        Spec::with_ide_script(&format!("echo '{words}' >&2; exit 1"), &["--stop-timeout", "5s"])
            .start();
    assert_eq!(container.wait_at_most(LONGEST), 1);
    let errors = errors(&container.log());
    assert!(errors.iter().any(|line| line.contains(words)), "{errors:?}");
    let remedy = errors.iter().find(|line| !line.contains(words) && line.contains("--ide-port"));
    assert!(remedy.is_some(), "no remedy: {errors:?}");
}
