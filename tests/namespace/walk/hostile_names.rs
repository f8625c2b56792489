//! Entries that are not what a walk expects: neither do they lead it astray nor hold it up.

use std::time::Duration;

use crate::harness::{Container, Spec, text, wait_at_most, wait_for};

fn walked(container: &Container) {
    let patience = Duration::from_secs(60);
    let status = || container.sh("/mnt/waiide-init status --json");
    wait_at_most(patience, "the walk", || status().contains(r#""state":"done""#).then_some(()));
}

#[test]
fn files_that_are_no_files_neither_block_nor_harm() {
    let show = "cd; stat -c '%u %F' pipe socket null";
    let output = Spec::new(&["--log", "warn", "--", "sh", "-c", show])
        .prepare("mkdir /home/calliope; cd /home/calliope; mkfifo pipe; mknod null c 1 3
            /usr/bin/python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"socket\")'; cd /")
        .run();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "1000 fifo\n1000 socket\n0 character special file\n");
    // Whoever owns a device has what is behind it.
    assert!(text(&output.stderr).contains("1 of the home's files are devices"));
    assert!(text(&output.stderr).contains("/home/calliope/null"));
}

#[test]
fn names_that_are_no_text_are_given_too() {
    let output = Spec::new(&["--", "sh", "-c", "find ~ -not -user 1000 | wc -l; ls ~ | wc -l"])
        .prepare(r"mkdir /home/calliope; cd /home/calliope; touch $'a\377b' $'new\nline' -- -rf '*'; cd /")
        .run();
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).starts_with("0\n"), "{}", text(&output.stdout));
}

/// A tree of root's that is so many levels deep, each directory in the one before it.
fn deep(levels: u32) -> String {
    let make = format!(
        "import os\nos.makedirs('/home/calliope'); os.chdir('/home/calliope')\n\
        for _ in range({levels}): os.mkdir('d'); os.chdir('d')"
    );
    format!("/usr/bin/python3 -c \"{make}\"")
}

fn levels_of_the_user(container: &Container) -> String {
    let count = "import os\nos.chdir('/home/calliope')\nn = 0\n\
        while os.path.isdir('d') and os.stat('d').st_uid == 1000: os.chdir('d'); n += 1\nprint(n)";
    container.sh(&format!("/usr/bin/python3 -c \"{count}\"")).trim().to_owned()
}

#[test]
fn a_tree_of_two_thousand_levels_is_given_to_its_ground() {
    let container = Spec::with_ide(&["--chown", "always"]).prepare(&deep(2000)).start();
    container.wait_until_healthy();
    assert_eq!(levels_of_the_user(&container), "2000");
    assert!(!container.log().contains("could not be given"), "{}", container.log());
}

#[test]
fn a_tree_deeper_than_may_be_opened_is_told_of_and_does_not_hold_it_up() {
    let container = Spec::with_ide(&["--chown", "always"])
        .prepare(&format!("ulimit -n 1024; {}", deep(3000)))
        .start();
    container.wait_until_healthy();
    let log = container.log();
    assert!(log.contains("1 of the home's files could not be given to the user"), "{log}");
    assert!(log.contains("Too many open files"), "{log}");
    assert_ne!(levels_of_the_user(&container), "0");
}

#[test]
fn four_hundred_thousand_files_hold_services_up_for_no_longer_than_the_budget() {
    let make = "import os\nos.mkdir('/home/calliope')\nfor d in range(400):\n    \
        os.mkdir(f'/home/calliope/{d}')\n    \
        for f in range(1000): os.close(os.open(f'/home/calliope/{d}/{f}', os.O_CREAT))";
    let container = Spec::with_ide(&["--chown-budget", "1ms"])
        .prepare(&format!("/usr/bin/python3 -c \"{make}\""))
        .start();
    container.wait_for_log("going on in the background");
    let began = std::time::Instant::now();
    container.wait_until_healthy();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    walked(&container);
    container.wait_for_log("400400 given to the user");
    assert_eq!(container.sh("find /home/calliope -not -user 1000 | wc -l").trim(), "0");
    wait_for("the helper was reaped", || (container.zombies() == 0).then_some(()));
}
