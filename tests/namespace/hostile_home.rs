//! Homes that were made to lead root astray, or to keep it busy.

use std::time::Duration;

use crate::harness::{Container, Spec, text, wait_at_most};

/// For a user at work in the home while root walks it: names change places without end, one a
/// directory or a file of root's, the other a link to what is not the user's.
const SWAP: &str = r#"
import ctypes, os
libc = ctypes.CDLL(None)
os.chdir(os.path.expanduser('~'))
names = [name for name in os.listdir() if name.startswith('swap') and not name.endswith('.link')]
print('swapping', flush=True)
while True:
    for name in names:
        # renameat2(2), RENAME_EXCHANGE: at no moment is one of them missing.
        libc.renameat2(-100, name.encode(), -100, (name + '.link').encode(), 2)
"#;

fn walked(container: &Container) {
    let patience = Duration::from_secs(60);
    wait_at_most(patience, "the walk", || container.log().contains("looked at").then_some(()));
}

/// What is looked at is opened a moment later: strace(1) makes the moment a long one, so that most
/// names are something else by then.
const SLOWED: [&str; 11] = [
    "strace",
    "-D",
    "-f",
    "-q",
    "--seccomp-bpf",
    "-o",
    "/dev/null",
    "-e",
    "trace=openat2",
    "-e",
    "inject=openat2:delay_enter=1000",
];

#[test]
fn names_that_change_places_all_the_time_lead_nowhere() {
    // The first half keeps root busy until the user is at work in the second.
    let prepare = r#"
        mkdir -p /run/victim/deep /home/calliope; touch /run/victim/file /run/victim/deep/file
        cd /home/calliope; chown 1000:100 .
        mkdir first; (cd first; touch $(seq 1500))
        for n in $(seq 20); do
            mkdir swap$n; (cd swap$n; mkdir deep; touch file deep/file)
            ln -s /run/victim swap$n.link
            touch swapfile$n; ln -s /run/victim/file swapfile$n.link
        done; cd /"#;
    let container = Spec::with_ide_python(SWAP, &["--chown-budget", "1ms"])
        .prepare(prepare)
        .through(&SLOWED)
        .start();
    container.wait_for_log("swapping");
    assert!(!container.log().contains("looked at"), "the walk was over already");
    walked(&container);
    let owners = container.sh("find /run/victim -printf '%U:%G\\n' | sort -u");
    assert_eq!(owners, "0:0\n");
}

const LINKED: &str = "mkdir -p /home/calliope /home/others; touch /home/others/secret
    ln /home/others/secret /home/calliope/link; touch /home/calliope/plain";
const SHOW: &str = "cd; stat -c '%u %n' link plain";

#[test]
fn a_hard_link_is_left_alone_and_told_where_anybody_could_have_made_it() {
    // What proc(5) says is covered by a file that says the contrary.
    let output = Spec::new(&["--log", "warn", "--", "sh", "-c", SHOW])
        .prepare(LINKED)
        .prepare("echo 0 > /run/zero; mount -n --bind /run/zero /proc/sys/fs/protected_hardlinks")
        .run();
    assert_eq!(text(&output.stdout), "0 link\n1000 plain\n");
    let error = text(&output.stderr);
    assert!(error.contains("1 files in the home have other names"), "{error}");
}

#[test]
fn files_that_are_no_files_neither_block_nor_harm() {
    let output = Spec::new(&["--", "sh", "-c", "cd; stat -c '%u %F' pipe socket null"])
        .prepare("mkdir /home/calliope; cd /home/calliope; mkfifo pipe; mknod null c 1 3
            /usr/bin/python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"socket\")'; cd /")
        .run();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "1000 fifo\n1000 socket\n1000 character special file\n");
}

#[test]
fn names_that_are_no_text_are_given_too() {
    let output = Spec::new(&["--", "sh", "-c", "find ~ -not -user 1000 | wc -l; ls ~ | wc -l"])
        .prepare(r"mkdir /home/calliope; cd /home/calliope; touch $'a\377b' $'new\nline' -- -rf '*'; cd /")
        .run();
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).starts_with("0\n"), "{}", text(&output.stdout));
}

#[test]
fn a_tree_deeper_than_any_path_does_not_hold_it_up() {
    let deep = "import os\nos.makedirs('/home/calliope'); os.chdir('/home/calliope')\n\
        for _ in range(3000): os.mkdir('d'); os.chdir('d')";
    let container = Spec::with_ide(&["--chown", "always"])
        .prepare(&format!("ulimit -n 1024; /usr/bin/python3 -c \"{deep}\""))
        .start();
    container.wait_until_healthy();
    walked(&container);
    let log = container.log();
    let count = "import os\nos.chdir('/home/calliope')\nn = 0\n\
        while os.path.isdir('d') and os.stat('d').st_uid == 1000: os.chdir('d'); n += 1\nprint(n)";
    let owned = container.sh(&format!("/usr/bin/python3 -c \"{count}\""));
    // All of it, or a warning that says what was left.
    let is_told = log.contains("could not be given to the user");
    assert!(owned.trim() == "3000" || is_told, "{owned}{log}");
}

#[test]
fn two_hundred_thousand_files_hold_services_up_for_no_longer_than_the_budget() {
    let make = "import os\nos.mkdir('/home/calliope')\nfor d in range(200):\n    \
        os.mkdir(f'/home/calliope/{d}')\n    \
        for f in range(1000): os.close(os.open(f'/home/calliope/{d}/{f}', os.O_CREAT))";
    let container = Spec::with_ide(&["--chown-budget", "200ms"])
        .prepare(&format!("/usr/bin/python3 -c \"{make}\""))
        .start();
    container.wait_for_log("going on in the background");
    let began = std::time::Instant::now();
    container.wait_until_healthy();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    walked(&container);
    container.wait_for_log("200200 given to the user");
    assert_eq!(container.sh("find /home/calliope -not -user 1000 | wc -l").trim(), "0");
    assert_eq!(container.zombies(), 0, "the helper was reaped");
}
