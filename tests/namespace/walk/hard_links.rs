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
