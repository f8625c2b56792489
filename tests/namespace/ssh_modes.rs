//! `~/.ssh` after a mount that gave the group every right.

use crate::harness::{Spec, text};

/// As Kubernetes' fsGroup leaves it.
const KEYS: &str = "mkdir -p /home/calliope/.ssh; cd /home/calliope/.ssh
    ssh-keygen -q -t ed25519 -N '' -f id_ed25519; touch known_hosts config
    chown -R 1000:100 /home/calliope; chmod -R g+rwX,o+rX /home/calliope; chmod g+s .; cd /";
const SHOW: &str =
    "cd; stat -c '%a %n' .ssh .ssh/*; ssh-keygen -y -f .ssh/id_ed25519 | cut -c 1-11";

#[test]
fn ssh_can_use_the_keys_again_and_the_log_says_what_was_changed() {
    let output = Spec::new(&["--log", "info", "--", "sh", "-c", SHOW]).prepare(KEYS).run();
    assert_eq!(
        text(&output.stdout),
        "2700 .ssh\n644 .ssh/config\n600 .ssh/id_ed25519\n644 .ssh/id_ed25519.pub\n644 .ssh/known_hosts\nssh-ed25519\n"
    );
    let error = text(&output.stderr);
    assert!(error.contains("~/.ssh/id_ed25519: 0664 becomes 0600"), "{error}");
    assert_eq!(error.lines().filter(|line| line.contains("becomes")).count(), 1, "{error}");
}

#[test]
fn a_config_that_ssh_takes_is_not_written() {
    let output =
        Spec::new(&["--log", "info", "--", "stat", "-c", "%a", "/home/calliope/.ssh/config"])
            .prepare(KEYS)
            .prepare("cd /home/calliope/.ssh; chmod 700 .; chmod 600 *; chmod 644 config; cd /")
            .run();
    assert_eq!(text(&output.stdout), "644\n");
    assert!(!text(&output.stderr).contains("becomes"), "{}", text(&output.stderr));
}

/// As CIFS and some FUSE file systems do.
#[test]
fn a_file_system_that_takes_the_change_and_does_nothing_is_a_warning() {
    let output = Spec::new(&["--log", "info", "--", "echo", "ran"])
        .prepare(KEYS)
        .through(&[
            "strace",
            "-f",
            "-q",
            "-o",
            "/dev/null",
            "-e",
            "trace=fchmod,fchmodat",
            "-e",
            "inject=fchmod,fchmodat:retval=0",
        ])
        .run();
    assert_eq!(text(&output.stdout), "ran\n");
    let error = text(&output.stderr);
    assert!(error.contains("5 permissions can't be changed, first ~/.ssh: 2775"), "{error}");
    assert!(error.contains("it still is 2775") && !error.contains("that ssh refuses"), "{error}");
}

#[test]
fn files_that_are_right_are_not_written() {
    let list = "find /home/calliope/.ssh -printf '%p %m %C@\\n' | sort";
    let right = "chmod 700 /home/calliope/.ssh; chmod 600 /home/calliope/.ssh/*";
    let output =
        Spec::new(&["--", "sh", "-c", &format!("{list} | cmp - /run/before && echo same")])
            .prepare(KEYS)
            .prepare(&format!("{right}; {list} > /run/before"))
            .run();
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("same\n".into(), String::new()));
}

#[test]
fn links_lead_nowhere_and_roots_files_stay() {
    let output = Spec::new(&["--chown", "never", "--", "stat", "-c", "%a", "/home/victim", "/home/calliope/.ssh/roots"])
        .prepare(KEYS)
        .prepare("touch /home/victim /home/calliope/.ssh/roots; chmod 666 /home/victim /home/calliope/.ssh/roots
            chown 1000 /home/victim; ln -s /home/victim /home/calliope/.ssh/link
            ln /home/victim /home/calliope/.ssh/hard")
        .run();
    assert_eq!(text(&output.stdout), "666\n666\n");
}

#[test]
fn a_directory_that_is_a_link_is_left_alone() {
    let output = Spec::new(&["--", "stat", "-c", "%a", "/home/other", "/home/other/id"])
        .prepare(
            "mkdir -p /home/calliope /home/other; touch /home/other/id; chmod -R 777 /home/other
            chown -R 1000:100 /home/other; ln -s /home/other /home/calliope/.ssh",
        )
        .run();
    assert_eq!(text(&output.stdout), "777\n777\n");
}

#[test]
fn what_cannot_be_changed_is_a_warning() {
    let output = Spec::new(&["--", "echo", "ran"])
        .prepare(KEYS)
        .prepare("cp -a /home/calliope/.ssh /run/keys; chmod 755 /run
            mount -n --bind /run/keys /home/calliope/.ssh; mount -n -o remount,bind,ro /home/calliope/.ssh")
        .run();
    assert_eq!(text(&output.stdout), "ran\n");
    let error = text(&output.stderr);
    let told = "/home/calliope/.ssh: 5 permissions can't be changed, first ~/.ssh: ";
    assert!(error.contains(told) && error.contains("Read-only"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}
