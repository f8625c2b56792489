//! What a service inherits: nothing but what it was given.

use crate::harness::Spec;

#[test]
fn descriptors_signals_session_and_environment_are_as_they_should_be() {
    let script = "ls -l /proc/self/fd | wc -l; grep -E 'SigBlk|SigIgn' /proc/self/status; \
        ps -o pid=,sid=,pgid=,tty= -p $$; env | sort; pwd; echo done; exec sleep 1000";
    let container = Spec::with_ide_script(script, &[])
        .env("SOME_THING", "kept")
        .env("JUPYTERHUB_USER", "")
        .start();
    container.wait_for_log("done\"");
    let log = container.log();
    // A heading, 0 to 2, and the one that ls reads the directory by.
    assert!(log.contains("\"message\":\"5\""), "{log}");
    assert!(log.contains("SigBlk:\\t0000000000000000"), "{log}");
    assert!(log.contains("SigIgn:\\t0000000000000000"), "{log}");
    assert!(log.contains("SOME_THING=kept"), "{log}");
    assert!(!log.contains("WAIIDE_IDE_COMMAND="), "{log}");
    assert!(log.contains("\"message\":\"/home/calliope/workspace\""), "{log}");
    let ide = container.pid_of("ide");
    let stat = container.sh(&format!("ps -o sid=,pgid=,tty= -p {ide}"));
    let fields: Vec<&str> = stat.split_whitespace().collect();
    assert_eq!(fields, [ide.to_string().as_str(), ide.to_string().as_str(), "?"]);
}

#[test]
fn ignored_signals_are_not_inherited() {
    let script = "grep SigIgn /proc/self/status; exec sleep 1000";
    let container = Spec::with_ide_script(script, &[])
        .through(&["bash", "-c", "trap '' HUP USR1 PIPE; exec \"$@\"", "--"])
        .start();
    container.wait_for_log("SigIgn:\\t0000000000000000");
}
