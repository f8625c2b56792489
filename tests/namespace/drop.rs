//! The way from root to the user is complete.

use crate::harness::{Spec, text};

const SHOW: &str = "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs)' /proc/self/status";

fn assert_dropped(status: &str) {
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect(status);
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(field("Uid:"), "1000 1000 1000 1000");
    assert_eq!(field("Gid:"), "100 100 100 100");
    assert_eq!(field("Groups:"), "100");
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] {
        assert_eq!(field(set), "0000000000000000", "{set}");
    }
    assert_eq!(field("NoNewPrivs:"), "1");
}

#[test]
fn a_program_has_no_right_of_roots_left() {
    let output = Spec::new(&["--", "bash", "-c", SHOW]).run();
    assert_dropped(&text(&output.stdout));
}

#[test]
fn pid_1_itself_has_none_either_and_is_one_thread() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    let status = container.sh("cat /proc/1/status");
    assert_dropped(&status);
    assert!(status.contains("Threads:\t1\n"), "{status}");
    for service in ["ide", "gateway"] {
        let pid = container.pid_of(service);
        assert_dropped(&container.sh(&format!("cat /proc/{pid}/status")));
    }
}

#[test]
fn groups_of_the_user_in_etc_group_are_kept_and_roots_are_not() {
    let spec = Spec::new(&["--", "id", "-G"])
        .prepare("printf 'root:x:0:calliope\\nvideo:x:44:calliope\\n' > /etc/group");
    assert_eq!(text(&spec.run().stdout), "100 44\n");
}

#[test]
fn nobody_becomes_root_again() {
    let script = "import os\ntry:\n os.setuid(0)\nexcept PermissionError:\n print('refused')";
    let output = Spec::new(&["--", "/usr/bin/python3", "-c", script]).run();
    assert_eq!(text(&output.stdout), "refused\n");
}

#[test]
fn pid_1s_environment_and_memory_are_closed_to_the_user() {
    let container = Spec::with_ide(&[]).env("WAIIDE_TOKEN", "hunter2").start();
    container.wait_until_healthy();
    let read = container.sh_as(1000, "cat /proc/1/environ /proc/1/maps");
    assert!(!read.contains("hunter2") && read.contains("Permission denied"), "{read}");
    let ide = container.pid_of("ide");
    let environ = container.sh(&format!("tr '\\0' '\\n' < /proc/{ide}/environ"));
    assert!(environ.contains("HOME=/home/calliope\n"), "{environ}");
    assert!(!environ.contains("hunter2"), "{environ}");
}

#[test]
fn root_without_the_right_to_become_somebody_is_told_so() {
    let spec = Spec::new(&["--", "true"]).through(&[
        "setpriv",
        "--bounding-set=-setuid",
        "--inh-caps=-setuid",
    ]);
    let output = spec.run();
    assert_eq!(output.status.code(), Some(2));
    let error = text(&output.stderr);
    assert!(error.contains("SETUID") && error.contains("--cap-add"), "{error}");
}

#[test]
fn with_just_the_three_capabilities_that_it_needs_it_works() {
    let keep = "-all,+chown,+setuid,+setgid";
    let spec = Spec::new(&["--", "bash", "-c", SHOW]).through(&[
        "setpriv",
        "--bounding-set",
        keep,
        "--inh-caps=-all",
    ]);
    let status = text(&spec.run().stdout);
    assert!(status.contains("CapPrm:\t0000000000000000"), "{status}");
    assert!(status.contains("CapEff:\t0000000000000000"), "{status}");
    assert!(status.contains("Uid:\t1000\t1000\t1000\t1000"), "{status}");
}

#[test]
fn with_just_those_capabilities_a_private_home_of_the_users_is_no_hindrance() {
    let keep = "-all,+chown,+setuid,+setgid";
    let output = Spec::new(&["--", "bash", "-c", "id -u; cd; ls -A | sort | tr '\\n' ' '"])
        .prepare("mkdir -m 700 /home/calliope; chown 1000:100 /home/calliope")
        .through(&["setpriv", "--bounding-set", keep, "--inh-caps=-all"])
        .run();
    assert_eq!(text(&output.stdout), "1000\n.WAIIDE-server .jupyter .waiide-owners workspace ");
}
