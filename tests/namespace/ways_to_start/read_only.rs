//! What can't be written to, and a file where a directory should be.

use super::{AS_USER, assert_says, printed, refused};
use crate::harness::Spec;

/// As `docker run --read-only --tmpfs /tmp --tmpfs /run` makes it: /home is not a mount, and on
/// the root that is read-only.
const READ_ONLY_ROOT: &str = "umount -n /home; mount -n -o remount,bind,ro /";

#[test]
fn a_read_only_root_without_a_volume_is_told_with_both_ways_out() {
    // A home that this machine has none of, on the machine's own root.
    let spec = Spec::new(&["run", "--home", "/home/waiide-nobody"]).prepare(READ_ONLY_ROOT);
    let message = refused(spec, 3);
    assert_says(&message, &["docker run --read-only", "-v NAME:/home/waiide-nobody"]);
    assert_says(&message, &["--tmpfs /home/waiide-nobody:exec,mode=755,uid=1000,gid=100"]);
}

#[test]
fn the_same_in_a_pod() {
    let spec = Spec::new(&["run", "--home", "/home/waiide-nobody"])
        .env("KUBERNETES_SERVICE_HOST", "10.0.0.1")
        .prepare(READ_ONLY_ROOT);
    let message = refused(spec, 3);
    assert_says(
        &message,
        &["readOnlyRootFilesystem", "mountPath: /home/waiide-nobody", "emptyDir"],
    );
    assert!(!message.contains("docker"), "{message}");
}

/// With everything in it that is ever made: no directory fails, and what shows is the errno of
/// writing itself.
const COMPLETE: &str = "cd /home/calliope; mkdir workspace .jupyter .WAIIDE-server
    chown -R 1000:100 .; cd /";

#[test]
fn a_volume_that_is_mounted_read_only() {
    for wrapper in [&AS_USER[..], &["env"]] {
        let spec = Spec::new(&["run"])
            .prepare("mkdir /home/calliope; mount -n --bind /home/calliope /home/calliope")
            .prepare(COMPLETE)
            .prepare("mount -n -o remount,bind,ro /home/calliope")
            .through(wrapper);
        let message = refused(spec, 3);
        assert_says(&message, &["Read-only file system", "The volume at /home/calliope", ":ro"]);
    }
}

#[test]
fn a_file_system_that_is_read_only_itself() {
    let spec = Spec::new(&["run"])
        .prepare("mkdir /home/calliope; mount -n -t tmpfs vol /home/calliope")
        .prepare(COMPLETE)
        .prepare("mount -n -o remount,ro /home/calliope");
    assert_says(&refused(spec, 3), &["Read-only file system", "tmpfs of vol", "dmesg"]);
}

#[test]
fn a_file_that_was_mounted_in_the_homes_place() {
    let spec = Spec::new(&["run"])
        .prepare("touch /home/file /home/calliope; mount -n --bind /home/file /home/calliope");
    let message = refused(spec, 3);
    assert_says(&message, &["no directory but a file", "docker run -v a directory"]);
}

#[test]
fn a_file_above_the_home() {
    let spec = Spec::new(&["run", "--home", "/home/file/calliope"]).prepare("touch /home/file");
    assert_says(&refused(spec, 3), &["/home/file is no directory but a file", "mv /home/file"]);
}

#[test]
fn a_link_is_named_with_where_it_leads() {
    let spec = Spec::new(&["run"]).prepare("mkdir /run/target; ln -s /run/target /home/calliope");
    let message = refused(spec, 3);
    assert_says(&message, &["/home/calliope is a symbolic link to /run/target"]);
    assert_says(&message, &["--home /run/target"]);
    let spec = Spec::new(&["--home", "/run/target", "--", "pwd"])
        .prepare("mkdir /run/target; ln -s /run/target /home/calliope");
    assert_eq!(printed(spec), "/run/target\n");
}

#[test]
fn a_name_that_holds_a_line_end_makes_no_second_line() {
    let spec =
        Spec::new(&["run"]).prepare("ln -s $'/run/a\\nwaiide-init: all is well' /home/calliope");
    assert_says(&refused(spec, 3), &[r"/run/a\nwaiide-init: all is well"]);
}
