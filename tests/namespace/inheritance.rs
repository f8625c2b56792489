//! PID 1 is started with signals blocked and ignored and with descriptors that are none of its
//! business: nothing that it starts inherits any of it.

use crate::harness::{Container, Spec, text};

/// Starts the program as badly as can be: every signal blocked and ignored, strays open, among
/// them some that no loop up to 1024 finds.
pub const BADLY: &str = r#"
import os, resource, signal, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
everything = set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}
for number in everything - {signal.SIGCHLD}: signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, everything)
stray = os.open('/etc/passwd', os.O_RDONLY)
for number in [3, 4, 5, 9, 10, 77, 900, 1023, 1024, 5000]: os.dup2(stray, number, inheritable=True)
os.execvp(sys.argv[1], sys.argv[1:])
"#;

pub fn badly(spec: Spec) -> Spec {
    let wrapper = spec.file("badly.py", BADLY);
    spec.through(&["/usr/bin/python3", &wrapper])
}

/// What a process of a container has open, as `number -> what`.
fn open_in(container: &Container, pid: i32) -> String {
    container.sh(&format!("ls -l /proc/{pid}/fd | sed -n 's/.* \\([0-9]* -> .*\\)/\\1/p'"))
}

fn assert_default_signals(container: &Container, pid: i32) {
    let status = container.sh(&format!("cat /proc/{pid}/status"));
    for set in ["SigBlk", "SigIgn"] {
        let line = status.lines().find_map(|line| line.strip_prefix(set)).unwrap();
        // Rust ignores SIGPIPE by itself, and Python SIGXFSZ as well.
        let mask = u64::from_str_radix(line.trim_start_matches(':').trim(), 16).unwrap();
        assert_eq!(mask & !(1 << 12 | 1 << 24), 0, "{pid}: {set}: {mask:x}");
    }
}

#[test]
fn services_start_clean() {
    let script = "ls -l /proc/$$/fd; cat /proc/self/status; echo end; exec sleep 1000";
    let container = badly(Spec::with_ide_script(script, &[])).start();
    container.wait_for_log("\"end\"");
    container.wait_for_log("gateway is ready");
    let (ide, gateway) = (container.pid_of("ide"), container.pid_of("gateway"));
    let open = open_in(&container, ide);
    let numbers: Vec<_> = open.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(numbers, ["0", "1", "2"], "{open}");
    assert!(open.contains("0 -> /dev/null") && open.matches("-> pipe:").count() == 2, "{open}");
    let open = open_in(&container, gateway);
    assert!(!open.contains("/etc/passwd"), "{open}");
    for pid in [ide, gateway] {
        assert_default_signals(&container, pid);
    }
    let log = container.log();
    // Already when it began, and not only after its exec.
    assert!(log.contains("SigBlk:\\t0000000000000000"), "{log}");
    assert!(log.contains("SigIgn:\\t0000000000000000"), "{log}");
    assert!(!log.contains("-> /etc/passwd"), "{log}");
}

#[test]
fn a_restarted_service_starts_just_as_clean() {
    let container = badly(Spec::with_ide(&[])).start();
    container.wait_until_healthy();
    for service in ["ide", "gateway"] {
        let old = container.pid_of(service);
        container.sh(&format!("kill -9 {old}"));
        let new = container.wait_for_another(service, old);
        container.wait_until_healthy();
        let open = open_in(&container, new);
        assert!(!open.contains("/etc/passwd"), "{service}: {open}");
        assert_default_signals(&container, new);
    }
}

#[test]
fn a_program_starts_clean() {
    // Not through a pipe, which would be open in the shell for a moment.
    let script = "ls -l /proc/$$/fd > /tmp/open; grep -c -e '->' /tmp/open
        grep -E 'SigBlk|SigIgn' /proc/self/status";
    let output = badly(Spec::new(&["--", "bash", "-c", script])).run();
    let printed = text(&output.stdout);
    // bash keeps one open for itself, on the script that it was given with -c: none at all here.
    let expected = "3\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n";
    assert_eq!(printed, expected);
}

#[test]
fn the_stop_works_in_spite_of_it() {
    let mut container = badly(Spec::with_ide(&[])).start();
    container.wait_until_healthy();
    container.signal(nix::sys::signal::SIGTERM);
    assert_eq!(container.wait().0, 0);
}
