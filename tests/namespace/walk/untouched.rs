//! A tree that is right is only read.

use std::os::unix::fs::MetadataExt;

use crate::harness::{INIT, Spec, text};

const TREE: &str =
    "mkdir -p /home/calliope/a/b/c /home/calliope/workspace /home/calliope/.jupyter \
    /home/calliope/.WAIIDE-server; cd /home/calliope; touch a/x a/b/y a/b/c/z; ln -s x a/link
    chown -Rh 1000:100 .; cd /";

#[test]
fn no_inode_of_it_is_written_nor_its_time_of_access() {
    // A time of access is written at the next one where it is older than the last change.
    let old = "find /home/calliope -exec touch -h -a -d '2001-01-01' {} +";
    let names = "/home/calliope/a /home/calliope/a/b /home/calliope/a/b/c /home/calliope/a/x \
        /home/calliope/a/b/y /home/calliope/a/b/c/z /home/calliope/a/link";
    let (read, changed) = (format!("stat -c %X {names}"), format!("stat -c '%n %z' {names}"));
    let output = Spec::new(&[])
        .prepare("mount -n -t tmpfs -o strictatime,mode=755 tmpfs /home")
        .prepare(TREE)
        .prepare(&format!("{old}; {changed} > /run/before"))
        .instead(&[
            "bash",
            "-c",
            &format!(
                "sleep 0.05; {INIT} --chown always -- true; {read}; {changed} | cmp - /run/before"
            ),
        ])
        .run();
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{printed}{}", text(&output.stderr));
    // 2001-01-01 in whatever zone this machine is in.
    assert!(printed.lines().all(|time| time.starts_with("978")), "{printed}");
    assert_eq!(printed.lines().count(), 7, "{printed}");
}

#[test]
fn nothing_of_it_is_copied_up() {
    let scratch = tempfile::Builder::new().prefix("waiide-").tempdir_in("/var/tmp").unwrap();
    let root = scratch.path().display();
    let prepare = format!(
        "mkdir -p {root}/low {root}/up {root}/work; mount -n --bind {root}/low /home\n{TREE}\n\
         umount /home; mount -n -t overlay overlay -o \
         lowerdir={root}/low,upperdir={root}/up,workdir={root}/work /home"
    );
    let output = Spec::new(&["--chown", "always", "--", "stat", "-c", "%u", "/home/calliope/a"])
        .prepare(&prepare)
        .run();
    assert_eq!(text(&output.stdout), "1000\n");
    let copied = walkdir(&scratch.path().join("up"));
    // The home itself, for its record.
    assert_eq!(copied, ["calliope", "calliope/.waiide-owners"]);
}

#[test]
fn a_wrong_file_on_a_lower_layer_is_copied_up_alone() {
    let scratch = tempfile::Builder::new().prefix("waiide-").tempdir_in("/var/tmp").unwrap();
    let root = scratch.path().display();
    let prepare = format!(
        "mkdir -p {root}/low {root}/up {root}/work; mount -n --bind {root}/low /home\n{TREE}\n\
         chown 0 /home/calliope/a/b/y; umount /home; mount -n -t overlay overlay -o \
         lowerdir={root}/low,upperdir={root}/up,workdir={root}/work /home"
    );
    Spec::new(&["--chown", "always", "--", "true"]).prepare(&prepare).run();
    let up = scratch.path().join("up");
    let files: Vec<_> = walkdir(&up).into_iter().filter(|name| up.join(name).is_file()).collect();
    assert_eq!(files, ["calliope/.waiide-owners", "calliope/a/b/y"]);
    assert_eq!(up.join("calliope/a/b/y").metadata().unwrap().uid(), 1000);
}

/// Every path beneath a directory.
fn walkdir(top: &std::path::Path) -> Vec<String> {
    let script = format!("cd {} && find . -mindepth 1 -printf '%P\\n'", top.display());
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    let mut names: Vec<_> = text(&output.stdout).lines().map(str::to_owned).collect();
    names.sort();
    names
}
