//! What hooks find in their environment, and what they set for what follows.

use super::with_hook;
use crate::harness::{Spec, text};

#[test]
fn what_one_sets_the_later_ones_and_the_program_see() {
    let spec = Spec::new(&["--", "sh", "-c", "echo $A $B $C; echo \"$D|$E\""]);
    let spec =
        with_hook(spec, "init.d/1", "echo 'A=of root' > $WAIIDE_ENV_FILE; test ! -s /dev/null");
    let spec = with_hook(
        spec,
        "init.d/2",
        "test -f $WAIIDE_ENV_FILE -a ! -s $WAIIDE_ENV_FILE
        printf '# x\\n\\nB=%s-2\\nD=\"q\" \\nE=x' \"$A\" >> $WAIIDE_ENV_FILE",
    );
    let spec = with_hook(spec, "user.d/1", "printf 'C=%s-3\\nE=\\n' \"$B\" > $WAIIDE_ENV_FILE");
    let output = spec.run();
    assert_eq!(text(&output.stdout), "of root of root-2 of root-2-3\n\"q\" |\n");
}

#[test]
fn every_service_sees_it_and_the_gateway_does_not() {
    let spec = with_hook(Spec::with_ide(&[]), "user.d/a", "echo FROM_HOOK=yes > $WAIIDE_ENV_FILE");
    let container = spec.start();
    container.wait_until_healthy();
    let environment = |service| {
        container.sh(&format!("tr '\\0' '\\n' < /proc/{}/environ", container.pid_of(service)))
    };
    assert!(environment("ide").contains("FROM_HOOK=yes\n"));
    assert_eq!(environment("gateway"), "");
}

#[test]
fn a_search_path_that_is_set_is_searched() {
    let script = "mkdir -p ~/bin; printf '#!/bin/sh\\necho found' > ~/bin/mine; chmod +x ~/bin/mine
        echo PATH=$HOME/bin:$PATH > $WAIIDE_ENV_FILE";
    let output = with_hook(Spec::new(&["--", "mine"]), "user.d/path", script).run();
    assert_eq!(text(&output.stdout), "found\n");
}

#[test]
fn they_are_told_what_was_decided_and_no_secret_of_ours() {
    let show = "umask 0; env >> /tmp/env";
    let spec = Spec::new(&["--mode", "standalone", "--", "cat", "/tmp/env"])
        .env("WAIIDE_TOKEN", "hunter2")
        .env("WAIIDE_LOG", "info")
        .env("JUPYTERHUB_API_TOKEN", "hub-secret")
        .env("ADMINS", "own");
    let root = text(&with_hook(spec, "init.d/a", show).run().stdout);
    for line in [
        "WAIIDE_MODE=standalone",
        "WAIIDE_USER=calliope",
        "WAIIDE_UID=1000",
        "WAIIDE_GID=100",
        "WAIIDE_HOME=/home/calliope",
        "WAIIDE_WORKSPACE=/home/calliope/workspace",
        "JUPYTERHUB_API_TOKEN=hub-secret",
        "ADMINS=own",
        "HOME=/root",
    ] {
        assert!(root.lines().any(|found| found == line), "{line} in\n{root}");
    }
    assert!(!root.contains("hunter2") && !root.contains("WAIIDE_LOG"), "{root}");
}

#[test]
fn the_hubs_secrets_are_kept_from_the_users_hooks() {
    let spec = Spec::new(&["--", "sh", "-c", "cat /tmp/env; echo; env"])
        .env("JUPYTERHUB_API_TOKEN", "hub-secret")
        .env("JPY_API_TOKEN", "another-one");
    let output = text(&with_hook(spec, "user.d/a", "env > /tmp/env").run().stdout);
    let (hook, program) = output.split_once("\n\n").unwrap();
    assert!(hook.contains("WAIIDE_ENV_FILE=") && !hook.contains("hub-secret"), "{hook}");
    assert!(!hook.contains("another-one"), "{hook}");
    assert!(program.contains("hub-secret") && program.contains("another-one"), "{program}");
    assert!(!program.contains("WAIIDE_ENV_FILE"), "{program}");
}

#[test]
fn roots_file_is_roots_alone_and_nothing_of_it_stays() {
    let look = "umask 0; stat -c '%u %a' $WAIIDE_ENV_FILE $(dirname $WAIIDE_ENV_FILE) >> /tmp/ran
        echo SECRET=x > $WAIIDE_ENV_FILE";
    let script = "cat /tmp/ran; find /run /tmp /dev/shm -name 'waiide-hook*' 2>/dev/null";
    let spec = with_hook(Spec::new(&["--", "sh", "-c", script]), "init.d/a", look);
    let output = with_hook(spec, "user.d/a", look).run();
    assert_eq!(text(&output.stdout), "0 600\n0 700\n1000 600\n1000 700\n");
}

#[test]
fn a_file_that_was_replaced_or_removed_counts_as_it_is() {
    let replace = "echo A=new > $WAIIDE_ENV_FILE.new; mv $WAIIDE_ENV_FILE.new $WAIIDE_ENV_FILE";
    let spec = with_hook(Spec::new(&["--", "sh", "-c", "echo $A"]), "init.d/1", replace);
    let output = with_hook(spec, "init.d/2", "rm $WAIIDE_ENV_FILE").run();
    assert_eq!(text(&output.stdout), "new\n");
}

#[test]
fn what_is_no_variable_stops_the_start_with_its_line() {
    for (text_of_file, part) in [
        ("A=1\\nnonsense\\n", "line 2"),
        ("export A=1\\n", "without `export`"),
        ("WAIIDE_PORT=9000\\n", "WAIIDE_PORT would be a setting"),
        ("A=1\\nNB_UID=2000\\n", "line 2 of WAIIDE_ENV_FILE: NB_UID would be a setting"),
        ("JUPYTERHUB_SERVICE_PREFIX=/x/\\n", "JUPYTERHUB_SERVICE_PREFIX is the Hub's"),
        ("JUPYTERHUB_API_TOKEN=secret\\n", "JUPYTERHUB_API_TOKEN is the Hub's"),
        ("A=\\000\\n", "NUL"),
        ("HOME=/elsewhere\\n", "HOME"),
    ] {
        let script = format!("printf '{text_of_file}' > $WAIIDE_ENV_FILE");
        let output = with_hook(Spec::new(&["--", "echo", "started"]), "init.d/a", &script).run();
        assert_eq!(output.status.code(), Some(3), "{text_of_file}");
        let said = text(&output.stderr);
        assert!(said.contains("/etc/waiide/init.d/a") && said.contains(part), "{said}");
        assert_eq!(text(&output.stdout), "");
    }
}

#[test]
fn a_file_that_is_too_large_or_none_stops_the_start() {
    for script in [
        "head -c 70000 /dev/zero | tr '\\0' '#' > $WAIIDE_ENV_FILE",
        "rm $WAIIDE_ENV_FILE; ln -s /etc/passwd $WAIIDE_ENV_FILE",
        "rm $WAIIDE_ENV_FILE; mkfifo $WAIIDE_ENV_FILE",
    ] {
        let output = with_hook(Spec::new(&["--", "true"]), "user.d/a", script).run();
        assert_eq!(output.status.code(), Some(3), "{script}");
        assert!(text(&output.stderr).contains("WAIIDE_ENV_FILE"));
    }
}
