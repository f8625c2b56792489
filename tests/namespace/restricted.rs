//! Containers that are allowed less than usual.

use crate::harness::{Spec, text};

#[test]
fn an_arbitrary_user_in_roots_group() {
    // As OpenShift does it: the home is root's, and its group may write.
    let container = Spec::with_ide(&[])
        .prepare("mkdir /home/calliope; chmod 770 /home/calliope")
        .through(&["setpriv", "--reuid=1000660000", "--regid=0", "--clear-groups"])
        .start();
    container.wait_until_healthy();
    let ide = container.pid_of("ide");
    let status = container.sh(&format!("grep -E '^[UG]id' /proc/{ide}/status | tr -s '\\t' ' '"));
    assert_eq!(status, "Uid: 1000660000 1000660000 1000660000 1000660000\nGid: 0 0 0 0\n");
    assert_eq!(container.sh_as(1_000_660_000, "$INIT healthcheck"), "healthy\n");
}

#[test]
fn a_user_without_any_capability_and_without_new_privileges() {
    let container = Spec::with_ide(&[])
        .prepare("mkdir /home/calliope; chown 1000:100 /home/calliope")
        .through(&[
            "setpriv",
            "--reuid=1000",
            "--regid=100",
            "--clear-groups",
            "--bounding-set=-all",
            "--inh-caps=-all",
            "--no-new-privs",
        ])
        .start();
    container.wait_until_healthy();
    assert_eq!(container.get("/x"), "ide /x 200");
}

#[test]
fn root_without_any_capability_is_told_which_to_add() {
    let drop_all = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
    let output = Spec::new(&["run"]).through(&drop_all).run();
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    for part in ["SETUID", "SETGID", "--cap-add"] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
}

#[test]
fn root_without_the_right_to_change_owners_is_told_which_to_add() {
    let few = ["setpriv", "--bounding-set=-all,+setuid,+setgid", "--inh-caps=-all"];
    let output = Spec::new(&["run"]).through(&few).run();
    assert!(matches!(output.status.code(), Some(2 | 3)), "{:?}", output.status);
    let error = text(&output.stderr);
    for part in ["CHOWN", "--cap-add"] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
}

#[test]
fn root_without_new_privileges() {
    let container = Spec::with_ide(&[]).through(&["setpriv", "--no-new-privs"]).start();
    container.wait_until_healthy();
}

/// Everything is read-only but the home and /tmp, as with `docker run --read-only`.
const READ_ONLY: &str = "mkdir /home/calliope; mount -n -t tmpfs tmpfs /home/calliope
    chmod 755 /home/calliope; mount -n -o remount,ro /run; mount -n -o remount,ro /etc
    mount -n -o remount,ro /home; mount -n -o remount,bind,ro /";

#[test]
fn a_read_only_root_for_root() {
    let container = Spec::with_ide(&[]).prepare(READ_ONLY).start();
    container.wait_until_healthy();
    assert_eq!(container.get("/x"), "ide /x 200");
    assert_eq!(container.sh("stat -c %u /home/calliope/workspace"), "1000\n");
}

#[test]
fn a_read_only_root_for_a_user() {
    let container = Spec::with_ide(&[])
        .prepare(&READ_ONLY.replace("chmod 755", "chown 1000:100"))
        .through(&["setpriv", "--reuid=1000", "--regid=100", "--clear-groups"])
        .start();
    container.wait_until_healthy();
    assert_eq!(container.get("/x"), "ide /x 200");
}

#[test]
fn without_proc_it_says_what_is_missing_or_works() {
    let output = Spec::new(&["--", "id", "-u"]).prepare("umount -n -l /proc").run();
    let (printed, error) = (text(&output.stdout), text(&output.stderr));
    let works = printed == "1000\n" && output.status.success();
    let is_told = output.status.code() == Some(2) && error.contains("/proc");
    assert!(works || is_told, "{printed}{error}");
}
