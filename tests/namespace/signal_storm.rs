//! More signals than can be counted.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::harness::{IDE, Spec};

/// Sends PID 1 100,000 signals of all kinds that don't stop it, real-time ones and children's
/// included. Those that don't fit into the kernel's queue any more are refused (EAGAIN).
const STORM: &str = r#"
import os, signal
ends = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL, signal.SIGSTOP}
kinds = sorted(set(signal.valid_signals()) - ends)
sent = 0
while sent < 100_000:
    for kind in kinds:
        try: os.kill(1, kind)
        except BlockingIOError: pass
        sent += 1
print('sent')
"#;

#[test]
fn a_hundred_thousand_signals_disturb_neither_answers_nor_the_stop() {
    // Those that are forwarded must not end the IDE: that would be another test.
    let ignoring = "import signal\nfor s in set(signal.valid_signals()) - {9, 15, 17, 19}: \
        signal.signal(s, signal.SIG_IGN)\n";
    let mut container = Spec::with_ide_python(&format!("{ignoring}{IDE}"), &[]).start();
    container.wait_until_healthy();
    let (ide, gateway) = (container.pid_of("ide"), container.pid_of("gateway"));
    let before = container.fact("VmRSS");
    let sent = container.sh_as(0, &format!("/usr/bin/python3 -c \"{STORM}\""));
    assert_eq!(sent, "sent\n");
    let asked = Instant::now();
    assert!(container.output_as(0, "$INIT status").status.success());
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?} for an answer", asked.elapsed());
    assert_eq!(container.get("/x"), "ide /x 200");
    assert_eq!((container.pid_of("ide"), container.pid_of("gateway")), (ide, gateway));
    let grown = container.fact("VmRSS").saturating_sub(before);
    assert!(grown < 8 * 1024, "{grown} kB more");
    container.signal(Signal::SIGTERM);
    let (code, took) = container.wait();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_child_that_ends_in_the_storm_is_not_missed() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let ide = container.pid_of("ide");
    // Those that PID 1 keeps to itself: a new process would not ignore the others yet.
    let kept = "kinds = [signal.SIGCHLD, signal.SIGPIPE, signal.SIGTSTP, signal.SIGTTIN]";
    let storm = STORM.replace("sent = 0", &format!("{kept}\nsent = 0"));
    let at_half = storm.replace("while sent", &format!("os.kill({ide}, 9)\nwhile sent"));
    container.sh_as(0, &format!("/usr/bin/python3 -c \"{at_half}\""));
    container.wait_for_another("ide", ide);
    container.wait_until_healthy();
}
