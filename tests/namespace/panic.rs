//! A fault of PID 1's own: services end as in a stop, and the container with 1.

use crate::harness::{Container, Spec};

#[test]
fn a_panic_ends_everything_in_order_and_says_where() {
    let script = "trap 'echo saved; exit 0' TERM; echo ready; while :; do sleep 0.02; done";
    let mut container = Spec::with_ide_script(script, &[]).start();
    container.wait_for_log("\"message\":\"ready\"");
    container.wait_for_log("gateway is ready");
    ask_for_it(&container);
    assert_eq!(container.wait().0, 1);
    let log = container.log();
    assert!(log.contains("a bug in waiide-init") && log.contains("requests.rs"), "{log}");
    for line in log.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect(line);
    }
}

#[test]
fn what_ignores_term_does_not_hold_a_panic_up() {
    let script = "trap '' TERM; echo ready; while :; do sleep 0.02; done";
    let mut container = Spec::with_ide_script(script, &["--stop-timeout", "500ms"]).start();
    container.wait_for_log("\"message\":\"ready\"");
    ask_for_it(&container);
    assert_eq!(container.wait().0, 1);
}

/// Debug builds panic on request.
fn ask_for_it(container: &Container) {
    container.sh_as(
        1000,
        r#"/usr/bin/python3 -c 'import socket
s = socket.socket(socket.AF_UNIX)
s.connect("/run/waiide/control.sock")
s.sendall(b"{\"op\":\"panic\"}\n")
s.recv(100)'"#,
    );
}
