//! Files with several names: whoever is given one of the names is given the file.

use crate::harness::{Spec, text};

/// What proc(5) says is covered by a file that says the contrary.
const UNPROTECTED: &str =
    "echo 0 > /run/zero; mount -n --bind /run/zero /proc/sys/fs/protected_hardlinks";

/// Prepares, starts, and shows the owners of some files in the home, and what was warned of.
fn owners(prepare: &[&str], names: &str) -> (String, String) {
    let show = format!("cd; stat -c '%u %n' {names}");
    let mut spec = Spec::new(&["--log", "warn", "--", "sh", "-c", &show]);
    for script in prepare {
        spec = spec.prepare(script);
    }
    let output = spec.run();
    (text(&output.stdout), text(&output.stderr))
}

const LINKED: &str = "mkdir -p /home/calliope/in /home/others; touch /home/others/secret
    ln /home/others/secret /home/calliope/link; ln /home/others/secret /home/calliope/in/link
    touch /home/calliope/plain";

#[test]
fn a_name_of_a_file_outside_is_left_and_told() {
    for protection in ["true", UNPROTECTED] {
        let (owners, told) = owners(&[LINKED, protection], "link in/link plain");
        assert_eq!(owners, "0 link\n0 in/link\n1000 plain\n");
        assert!(told.contains("2 of the home's files have other names"), "{told}");
        assert!(told.contains("/home/calliope/link") && told.contains("/in/link"), "{told}");
    }
}

#[test]
fn a_file_all_names_of_which_are_roots_and_in_the_home_is_taken() {
    let prepare = "mkdir -p /home/calliope/pkgs/a /home/calliope/envs; cd /home/calliope
        touch pkgs/a/lib; ln pkgs/a/lib envs/lib; ln pkgs/a/lib envs/again; cd /";
    let (owners, told) = owners(&[prepare, UNPROTECTED], "pkgs/a/lib envs/lib envs/again");
    assert_eq!(owners, "1000 pkgs/a/lib\n1000 envs/lib\n1000 envs/again\n");
    assert!(!told.contains("other names"), "{told}");
}

#[test]
fn names_that_the_user_could_have_moved_about_do_not_count() {
    let prepare = "mkdir -p /home/calliope/mine /home/calliope/roots; cd /home/calliope
        touch mine/one; ln mine/one roots/two; chown 1000:100 mine; cd /";
    let (owners, told) = owners(&[prepare], "mine/one roots/two");
    assert_eq!(owners, "0 mine/one\n0 roots/two\n");
    assert!(told.contains("2 of the home's files have other names"), "{told}");
}

#[test]
fn the_users_own_are_nobodys_business() {
    let prepare = "mkdir -p /home/calliope/a; touch /home/calliope/a/x; ln /home/calliope/a/x \
        /home/calliope/y; chown -R 1000:100 /home/calliope";
    let (owners, told) = owners(&[prepare], "a/x y");
    assert_eq!(owners, "1000 a/x\n1000 y\n");
    assert!(!told.contains("other names"), "{told}");
}

#[test]
fn a_name_that_two_ways_lead_to_counts_once() {
    // The same directory in two places, with enough in it to be at work in both at a time.
    let prepare = "mkdir -p /home/calliope/project/sub /home/calliope/workspace /home/others
        touch /home/others/secret; cd /home/calliope/project/sub; ln /home/others/secret x
        touch $(seq 30000); cd /; mount -n --bind /home/calliope/project /home/calliope/workspace";
    let show = "stat -c %u /home/others/secret; find ~ ! -user 1000";
    let arguments = ["--chown", "always", "--log", "warn", "--", "sh", "-c", show];
    let output = Spec::new(&arguments).prepare(prepare).run();
    let printed = text(&output.stdout);
    let left = ["/home/calliope/project/sub/x", "/home/calliope/workspace/sub/x"];
    let mut lines: Vec<_> = printed.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, [left[0], left[1], "0"]);
}

/// A user who gives up the own name of a file of root's, and takes it back, again and again. Who
/// may write to a file may link to it.
const GIVE_UP: &str = r#"
import os
os.chdir('/home/calliope')
names = os.listdir()
open('/run/ready/now', 'w')
while True:
    for name in names:
        os.unlink(name)
        os.link('/home/others/' + name, name)
"#;

#[test]
fn a_name_that_is_given_up_meanwhile_still_counts() {
    let show = "find /home/others -user 1000 | wc -l";
    let spec = Spec::new(&["--chown", "always", "--", "sh", "-c", show]);
    spec.file("give-up.py", GIVE_UP);
    let prepare = r#"mkdir -m 777 /run/ready; mkdir -p /home/calliope /home/others; cd /home/others
        touch $(seq 100); chmod 666 *; ln * ../calliope; cd /; chown 1000:100 /home/calliope
        setpriv --reuid 1000 --regid 100 --clear-groups /usr/bin/python3 "$SCRATCH/give-up.py" &
        until [ -e /run/ready/now ]; do sleep 0.01; done"#;
    // The moment between opening and looking, made a long one.
    let output = spec.prepare(prepare).slowed("statx", 1_000).run();
    assert_eq!(text(&output.stdout), "0\n", "{}", text(&output.stderr));
}
