//! Homes on file systems that keep root out. An NFS server needs a kernel that can mount what it
//! exports; the nearest to that is a file system of these tests' own (`root_squash.py`), which
//! treats root as nobody as `root_squash` does, and one that a user has mounted for nobody else.

use super::{assert_says, printed, refused};
use crate::harness::Spec;

const SERVER: &str = include_str!("root_squash.py");

/// Root is nobody there, and everybody else is themselves.
const SQUASHED: &str = "user_id=0,group_id=0,allow_other";
/// FUSE's own rule: whoever did not mount it may not even look at it (fuse(4)).
const USERS_ALONE: &str = "user_id=1000,group_id=100";

/// With a served home, made by this script in the directory that is served.
fn served(spec: Spec, options: &str, make: &str) -> Spec {
    let server = spec.file("server.py", SERVER);
    spec.prepare(&format!(
        "test -e /dev/fuse || {{ echo 'no /dev/fuse'; exit 99; }}
        mkdir /run/served /home/calliope; cd /run/served; chown 1000:100 .; {make}; cd /
        /usr/bin/python3 {server} /run/served /home/calliope {options} > /run/server.log 2>&1 &
        for i in $(seq 200); do grep -q . /run/server.log && break; sleep 0.02; done
        grep -q mounted /run/server.log || {{ cat /run/server.log; exit 99; }}"
    ))
}

/// Whether this machine can mount one; says so where it can't.
fn can_serve() -> bool {
    let there = std::path::Path::new("/dev/fuse").exists();
    if !there {
        println!("skipped: there is no /dev/fuse");
    }
    there
}

fn shell(script: &str) -> Spec {
    Spec::new(&["--stop-timeout", "300ms", "--", "sh", "-c", script])
}

#[test]
fn a_home_of_the_users_works() {
    for options in [SQUASHED, USERS_ALONE] {
        if !can_serve() {
            return;
        }
        let script =
            "id -u; cd; echo more > workspace/new; cat old workspace/new; stat -c %u workspace";
        let spec = served(shell(script), options, "echo mine > old; chown 1000:100 old");
        assert_eq!(printed(spec), "1000\nmine\nmore\n1000\n", "{options}");
    }
}

#[test]
fn a_private_home_of_the_users_works() {
    if !can_serve() {
        return;
    }
    let spec = served(shell("id -u; cd; ls -A"), SQUASHED, "chmod 700 .");
    assert_eq!(printed(spec), "1000\n.WAIIDE-server\n.jupyter\n.waiide-owners\nworkspace\n");
}

#[test]
fn a_home_of_anothers_is_told_with_the_server_and_both_ids() {
    if !can_serve() {
        return;
    }
    let spec = served(Spec::new(&["run"]), SQUASHED, "chown 1001:1001 .");
    let message = refused(spec, 3);
    assert_says(&message, &["1001:1001", "1000:100", "--uid 1001", "nas:/export"]);
}

#[test]
fn a_home_of_roots_is_told_with_what_squashes() {
    if !can_serve() {
        return;
    }
    let spec = served(Spec::new(&["run"]), SQUASHED, "chown 0:0 .");
    let message = refused(spec, 3);
    assert_says(&message, &["0:0", "root_squash", "chown -R 1000:100", "nas:/export"]);
}

#[test]
fn one_that_somebody_else_has_mounted_for_nobody_is_told() {
    if !can_serve() {
        return;
    }
    let spec = served(Spec::new(&["run"]), "user_id=4321,group_id=100", "true");
    assert_says(&refused(spec, 3), &["/home/calliope", "fuse", "allow_other"]);
}
