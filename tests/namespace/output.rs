//! What services print: every line, with its service, and never a wait for the reader.

use std::io::Read;

use crate::harness::Spec;

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
    let (mut container, _unread) = Spec::with_ide_script(script, &[]).start_piped();
    std::thread::sleep(std::time::Duration::from_millis(500));
    container.signal(nix::sys::signal::SIGTERM);
    assert_eq!(container.wait().0, 0);
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

#[test]
fn a_reader_that_goes_away_takes_no_service_with_it() {
    let script = "while :; do echo line; sleep 0.05; done";
    let (container, mut output) = Spec::with_ide_script(script, &[]).start_piped();
    let mut some = [0; 400];
    output.read_exact(&mut some).unwrap();
    drop(output);
    std::thread::sleep(std::time::Duration::from_millis(500));
    let status = container.sh("$INIT status");
    assert!(status.contains("ide      starting"), "{status}");
    assert!(!status.contains("SIGPIPE"), "{status}");
}

#[test]
fn a_service_that_never_stops_printing_holds_neither_clients_nor_the_stop_up() {
    let mut container = Spec::with_ide_script("exec yes", &["--stop-timeout", "5s"]).start();
    container.wait_for_log("gateway is ready");
    let status = container.output_as(0, "$INIT status");
    assert!(status.status.success());
    container.signal(nix::sys::signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < std::time::Duration::from_secs(4), "{took:?}");
}
