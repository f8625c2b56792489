//! What services print: every line, with its service, and never a wait for the reader.

use std::process::Stdio;

use crate::harness::{Spec, wait_for};

#[test]
fn lines_are_json_objects_with_their_service() {
    let container = Spec::with_ide_script(
        "echo 'a \"quoted\" line'; printf '\\377\\n' >&2; exec sleep 1000",
        &[],
    )
    .start();
    container.wait_for_log("quoted");
    container.wait_for_log("\u{fffd}");
    for line in container.log().lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect(line);
        assert!(line["time"].is_string() && line["service"].is_string(), "{line}");
    }
    assert!(container.log().contains(r#""message":"a \"quoted\" line","service":"ide""#));
}

#[test]
fn text_has_the_service_in_front() {
    let container =
        Spec::with_ide_script("echo hello; exec sleep 1000", &["--log-format", "text"]).start();
    container.wait_for_log(" ide | hello\n");
}

#[test]
fn a_very_long_line_comes_in_pieces() {
    let script = "head -c 5000000 /dev/zero | tr '\\0' x; echo; echo end; exec sleep 1000";
    let container = Spec::with_ide_script(script, &[]).start();
    container.wait_for_log("\"message\":\"end\"");
    assert!(container.log().matches('x').count() >= 5_000_000);
}

#[test]
fn a_reader_that_stops_reading_holds_nothing_up() {
    let script = "while :; do echo a line that nobody reads, again and again; done";
    let mut child =
        Spec::with_ide_script(script, &[]).command().stdout(Stdio::piped()).spawn().unwrap();
    let children = format!("/proc/{0}/task/{0}/children", child.id());
    let pid = wait_for("PID 1", || {
        let pid = std::fs::read_to_string(&children).ok()?.trim().to_owned();
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
        (name.trim() == "waiide-init").then_some(pid)
    });
    std::thread::sleep(std::time::Duration::from_millis(500));
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(pid.parse().unwrap()),
        nix::sys::signal::SIGTERM,
    )
    .unwrap();
    let status = wait_for("the end", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
}

#[test]
fn logs_shows_the_last_lines_and_follows() {
    let script =
        "for i in 1 2 3 4 5; do echo line $i; done; while :; do sleep 0.2; echo more; done";
    let container = Spec::with_ide_script(script, &[]).start();
    container.wait_for_log("more");
    let shown = container.sh("$INIT logs ide --lines 1000 | grep -c 'line '");
    assert_eq!(shown.trim(), "5");
    let followed = container.sh("timeout 2 $INIT logs ide --lines 1 --follow | grep -c more");
    assert!(followed.trim().parse::<i32>().unwrap() >= 3, "{followed}");
    let unknown = container.output_as(0, "$INIT logs nobody");
    assert_eq!(unknown.status.code(), Some(1));
}
