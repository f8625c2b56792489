//! Started without root: what can be done is done, and what can't be is said.

use crate::harness::{Spec, text};

const AS_USER: [&str; 4] = ["setpriv", "--reuid=1000", "--regid=100", "--clear-groups"];

#[test]
fn with_a_home_of_its_own_all_works() {
    let container = Spec::with_ide(&[])
        .prepare("mkdir /home/calliope; chown 1000:100 /home/calliope")
        .through(&AS_USER)
        .start();
    container.wait_until_healthy();
    assert_eq!(container.sh("stat -c %u /home/calliope/workspace").trim(), "1000");
    assert!(container.sh("ls -d /tmp/waiide-1000").contains("/tmp/waiide-1000"));
    assert_eq!(container.sh_as(1000, "$INIT healthcheck"), "healthy\n");
}

#[test]
fn a_home_that_cannot_be_made_is_named_with_the_remedy() {
    let output = Spec::new(&["--home", "/home/nowhere"]).through(&AS_USER).run();
    assert_eq!(output.status.code(), Some(3));
    let error = text(&output.stderr);
    assert!(error.contains("/home/nowhere") && error.contains("docker run -v"), "{error}");
}

#[test]
fn another_home_that_can_be_written_is_taken_and_said_so() {
    let output = Spec::new(&["plan", "--json"])
        .env("JUPYTERHUB_USER", "alice")
        .env("WAIIDE_MODE", "standalone")
        .prepare("mkdir /home/calliope; chown 1000:100 /home/calliope")
        .through(&AS_USER)
        .run();
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(plan["home"]["path"], "/home/calliope");
    assert!(plan["warnings"][0].as_str().unwrap().contains("/home/alice"), "{plan}");
}

#[test]
fn a_program_runs_even_without_a_home() {
    let output = Spec::new(&["--", "id", "-u"])
        .through(&["setpriv", "--reuid=4321", "--regid=4321", "--clear-groups"])
        .run();
    assert_eq!(text(&output.stdout), "4321\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn no_new_privileges_even_so() {
    let output =
        Spec::new(&["--", "grep", "NoNewPrivs", "/proc/self/status"]).through(&AS_USER).run();
    assert_eq!(text(&output.stdout), "NoNewPrivs:\t1\n");
}

/// A control socket that is left from an earlier run belongs to the user, and root without
/// DAC_OVERRIDE may not connect to it.
#[test]
fn a_socket_that_root_may_not_use_makes_it_nobody_else() {
    let stale = "mkdir -p /run/waiide; /usr/bin/python3 -c \"import socket; s = socket.socket(socket.AF_UNIX); s.bind('/run/waiide/control.sock')\"
        chmod 600 /run/waiide/control.sock; chown -R 1000:100 /run/waiide; mkdir -p /etc/waiide/init.d
        printf '#!/bin/sh\\necho hook of $(id -u)\\n' > /etc/waiide/init.d/a; chmod 755 /etc/waiide/init.d/a";
    let container = Spec::with_ide(&[])
        .prepare(stale)
        .through(&["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"])
        .start();
    container.wait_until_healthy();
    container.wait_for_log("hook of 0");
    let facts = container.sh(&format!(
        "grep -E '^(Groups|CapBnd)' /proc/{}/status | tr '\\n\\t' '  '",
        container.pid_of("ide")
    ));
    assert_eq!(
        facts.split_whitespace().collect::<Vec<_>>(),
        ["Groups:", "100", "CapBnd:", "0000000000000000"]
    );
}
