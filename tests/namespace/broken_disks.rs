//! A home or a run directory that can't be written, each for its own reason: exit code 3, with
//! the file, the kernel's reason and the remedy.

use std::process::Output;

use crate::harness::{Spec, text};

fn assert_named(output: &Output, path: &str, reason: &str, remedy: &str) {
    assert_eq!(output.status.code(), Some(3));
    let error = text(&output.stderr);
    for part in [path, reason, remedy] {
        assert!(error.contains(part), "{part:?} is missing in:\n{error}");
    }
}

/// The home, and what of root's there is in it.
const IN_HOME: [&str; 3] = ["/home", "/home/calliope", "/home/calliope/roots"];

/// Has a system call on the home or a file in it fail in the kernel's stead.
fn failing(call: &str, errno: &str, args: &[&str]) -> Spec {
    let inject = format!("inject={call}:error={errno}");
    let trace = format!("trace={call}");
    // -D keeps the program where it is: as PID 1, and not as a child of strace.
    let mut strace = vec!["strace", "-D", "-f", "-q", "-o", "/dev/null"];
    strace.extend(["-e", &trace, "-e", &inject]);
    strace.extend(IN_HOME.iter().flat_map(|path| ["-P", path]));
    Spec::new(args).through(&strace)
}

#[test]
fn a_read_only_home() {
    let output = Spec::new(&["run"]).prepare("mount -n -o remount,ro /home").run();
    assert_named(&output, "/home/calliope", "Read-only file system", "for writing");
}

#[test]
fn a_read_only_home_that_is_there_already() {
    let output = Spec::new(&["run"])
        .prepare(
            "mkdir /home/calliope; chown 1000:100 /home/calliope; mount -n -o remount,ro /home",
        )
        .run();
    assert_named(&output, "/home/calliope", "Read-only file system", "for writing");
}

#[test]
fn a_full_home() {
    let output = Spec::new(&["run"])
        .prepare("mkdir /home/calliope; mount -n -t tmpfs -o nr_inodes=1 tmpfs /home/calliope")
        .run();
    assert_named(&output, "/home/calliope/", "No space left", "make room");
}

#[test]
fn a_home_that_is_full_but_complete_is_no_hindrance() {
    let container = Spec::with_ide(&[])
        .prepare(
            "mkdir /home/calliope; mount -n -t tmpfs -o size=64k tmpfs /home/calliope
            cd /home/calliope; mkdir workspace .jupyter .WAIIDE-server; chown -R 1000:100 .; cd /
            cat /dev/zero > /home/calliope/all 2>/dev/null || true",
        )
        .start();
    container.wait_until_healthy();
}

#[test]
fn a_home_over_its_quota() {
    let output = failing("mkdirat,mkdir", "EDQUOT", &["run"]).run();
    assert_named(&output, "/home/calliope", "quota", "make room");
}

#[test]
fn a_home_that_its_server_has_lost() {
    let output = failing("mkdirat,mkdir", "ESTALE", &["run"]).run();
    assert_named(&output, "/home/calliope", "Stale", "mount it again");
}

#[test]
fn a_home_whose_disk_has_errors() {
    let output = failing("mkdirat,mkdir", "EIO", &["run"]).run();
    assert_named(&output, "/home/calliope", "Input/output error", "");
}

#[test]
fn a_run_directory_that_cannot_be_made() {
    for (prepare, reason) in [
        ("mkdir /run/x; mount -n -t tmpfs -o nr_inodes=1 tmpfs /run/x", "No space left"),
        ("mkdir /run/x; mount -n -t tmpfs -o ro tmpfs /run/x", "Read-only file system"),
    ] {
        let output = Spec::new(&["run", "--run-dir", "/run/x/y"]).prepare(prepare).run();
        assert_named(&output, "/run/x/y", reason, "--run-dir");
    }
}

#[test]
fn a_run_directory_without_room_for_the_socket() {
    let output = Spec::new(&["run", "--run-dir", "/run/x"])
        .prepare("mkdir /run/x; mount -n -t tmpfs -o nr_inodes=1,mode=755 tmpfs /run/x")
        .run();
    assert_named(&output, "/run/x/control.sock", "No space left", "--run-dir");
}

#[test]
fn a_run_directory_without_room_for_the_jupyter_configuration() {
    let output = Spec::new(&["jupyterhub-singleuser"])
        .env("WAIIDE_RUN_DIR", "/run/x")
        .env("JUPYTERHUB_USER", "alice")
        .env("JUPYTERHUB_SERVICE_PREFIX", "/user/alice/")
        .env("JUPYTERHUB_SERVICE_URL", "http://0.0.0.0:8888/user/alice/")
        .env("JUPYTERHUB_API_TOKEN", "s3cret")
        .env("JUPYTERHUB_API_URL", "http://127.0.0.1:1/hub/api")
        .env("JUPYTERHUB_CLIENT_ID", "jupyterhub-user-alice")
        .prepare("mkdir /run/x; mount -n -t tmpfs -o nr_inodes=1,mode=755 tmpfs /run/x")
        .run();
    assert_named(&output, "/run/x/jupyter", "No space left", "--run-dir");
}

#[test]
fn a_server_that_lets_root_change_no_owner_is_a_warning_where_the_home_is_the_users() {
    // As NFS does with root_squash: chown is refused, and the rest works.
    let output = failing(
        "fchownat,fchown",
        "EPERM",
        &["--stop-timeout", "300ms", "--", "sh", "-c", "id -u; ls -A ~"],
    )
    .prepare("mkdir /home/calliope; touch /home/calliope/roots; chown 1000:100 /home/calliope")
    .run();
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).starts_with("1000\n"), "{}", text(&output.stdout));
    let error = text(&output.stderr);
    assert!(error.contains("could not be given to the user") && error.contains("roots"), "{error}");
}

#[test]
fn a_server_that_lets_root_change_no_owner_is_named_where_the_home_would_be_new() {
    let output = failing("fchownat,fchown", "EPERM", &["run"]).run();
    assert_named(&output, "/home/calliope", "Operation not permitted", "chown it on the host");
}
