//! Homes that are full, or over a quota.

use super::{assert_says, refused};
use crate::harness::Spec;

const FULL_OF_BYTES: &str = "mkdir /home/calliope
    mount -n -t tmpfs -o size=128k,mode=755,uid=1000,gid=100 tmpfs /home/calliope
    cd /home/calliope; mkdir workspace .jupyter .WAIIDE-server; chown -R 1000:100 .; cd /
    cat /dev/zero > /home/calliope/all 2>/dev/null || true";
const FULL_OF_INODES: &str = "mkdir /home/calliope
    mount -n -t tmpfs -o nr_inodes=5,mode=755,uid=1000,gid=100 tmpfs /home/calliope
    cd /home/calliope; mkdir workspace .jupyter .WAIIDE-server; chown -R 1000:100 .; touch a; cd /";

#[test]
fn a_home_that_is_full_but_complete_starts_with_one_warning() {
    for (prepare, says) in
        [(FULL_OF_BYTES, "0 B of 128.0 KiB"), (FULL_OF_INODES, "0 of 5 inodes free")]
    {
        let container = Spec::with_ide(&[]).prepare(prepare).start();
        container.wait_until_healthy();
        let log = container.log();
        let warnings: Vec<_> = log.lines().filter(|line| line.contains("is full")).collect();
        assert_eq!(warnings.len(), 1, "{log}");
        assert_says(warnings[0], &["warn", "/home/calliope", says, "deleted in a terminal"]);
    }
}

#[test]
fn a_home_with_room_is_not_called_full() {
    let container = Spec::with_ide(&[]).start();
    container.wait_until_healthy();
    assert!(!container.log().contains("is full"), "{}", container.log());
}

#[test]
fn a_full_home_in_which_something_is_missing_is_told_with_how_full_it_is() {
    let spec = Spec::new(&["run"])
        .prepare(FULL_OF_INODES)
        .prepare("rmdir /home/calliope/workspace; touch /home/calliope/b");
    let message = refused(spec, 3);
    assert_says(&message, &["/home/calliope/workspace", "0 of 5 inodes free", "nr_inodes="]);
}

/// Btrfs has its quotas built in; this kernel's ext4 may have been built without.
#[test]
fn a_home_over_a_real_quota() {
    let Some(reason) = missing_for_btrfs() else {
        let spec = Spec::new(&["run"]).prepare(
            "truncate -s 128M /run/disk; mkfs.btrfs -q /run/disk; mkdir /home/calliope
            mount -n -o loop /run/disk /home/calliope; cd /home/calliope; chown 1000:100 .
            btrfs quota enable . && btrfs quota rescan -w . >/dev/null && btrfs qgroup limit 64K . >&2
            (head -c 1M /dev/zero > all) 2>/dev/null || true; sync; cd /",
        );
        let message = refused(spec, 3);
        assert_says(&message, &["quota", "of user or group 1000:100", "(btrfs)", "qgroup limit"]);
        return;
    };
    println!("skipped: {reason}");
}

fn missing_for_btrfs() -> Option<&'static str> {
    let systems = std::fs::read_to_string("/proc/filesystems").unwrap();
    let has = |path: &str| std::path::Path::new(path).exists();
    if !systems.lines().any(|line| line.trim() == "btrfs") {
        return Some("this kernel has no btrfs");
    }
    if !has("/usr/bin/mkfs.btrfs") && !has("/usr/sbin/mkfs.btrfs") && !has("/sbin/mkfs.btrfs") {
        return Some("there is no mkfs.btrfs: install btrfs-progs");
    }
    (!has("/dev/loop-control")).then_some("there is no /dev/loop-control")
}
