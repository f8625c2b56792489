//! Each remedy by its facts.

use std::path::PathBuf;

use super::facts::{Facts, Found, Thing};
use super::remedy::remedy;
use crate::settings::Extent;
use crate::site::{Account, Started};
use crate::sys::caps;
use crate::sys::idmap::{IdMap, IdMaps};
use crate::sys::mounts::{Mount, Room};

const HOME: &str = "/home/calliope";

/// A volume of another's, for a container that was started as root with all rights.
fn facts(errno: i32) -> Facts {
    Facts {
        errno: Some(errno),
        path: HOME.into(),
        is_about_ownership: false,
        found: Some(found(1001, 1002, 0o755)),
        closed: None,
        resolved: None,
        mount: Some(mount("ext4", "/dev/sda1", "/srv/homes/my alice")),
        room: None,
        home: HOME.into(),
        chown: Extent::Auto,
        account: Account { name: "calliope".into(), uid: 1000, gid: 100, shell: "/bin/sh".into() },
        started: Started { capabilities: u64::MAX, ..Started::default() },
        ids: maps("0 0 4294967295"),
    }
}

fn found(uid: u32, gid: u32, mode: u32) -> Found {
    Found { path: HOME.into(), kind: Thing::Directory, uid, gid, mode }
}

fn mount(kind: &str, source: &str, root: &str) -> Mount {
    Mount {
        point: HOME.into(),
        root: root.into(),
        kind: kind.into(),
        source: source.into(),
        is_read_only: false,
        is_file_system_read_only: false,
    }
}

fn own_root() -> Option<Mount> {
    Some(Mount { point: "/".into(), ..mount("overlay", "overlay", "/") })
}

fn maps(text: &str) -> IdMaps {
    let map = IdMap::parse(text).unwrap();
    IdMaps { uids: map.clone(), gids: map, may_set_groups: true }
}

fn as_user(uid: u32, gid: u32) -> Started {
    Started { uid, gid, ..Started::default() }
}

fn in_a_pod(facts: Facts) -> Facts {
    let started = Started { is_pod: true, ..facts.started.clone() };
    Facts { started, ..facts }
}

#[track_caller]
fn says(facts: &Facts, parts: &[&str]) {
    let text = remedy(facts);
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in: {text}");
    }
}

#[test]
fn a_pod_is_told_of_fields_and_an_engine_of_flags_whatever_the_reason() {
    let user = || Facts { started: as_user(1000, 100), ..facts(libc::EACCES) };
    let without_chown = Facts {
        found: Some(found(0, 0, 0o755)),
        started: Started { capabilities: !caps::CHOWN, ..Started::default() },
        ..facts(libc::EPERM)
    };
    let missing = Facts {
        found: Some(Found { path: "/home".into(), ..found(0, 0, 0o755) }),
        mount: own_root(),
        ..user()
    };
    let read_only = Facts { mount: own_root(), ..facts(libc::EROFS) };
    let squashed = Facts { found: Some(found(0, 0, 0o755)), ..facts(libc::EPERM) };
    let refused = Facts { found: Some(found(1000, 100, 0o755)), ..facts(libc::EACCES) };
    let never = Facts { chown: Extent::Never, ..squashed.clone() };
    let unmapped = Facts {
        found: Some(found(65534, 65534, 0o755)),
        ids: maps("0 231072 65536"),
        ..facts(libc::EACCES)
    };
    let full = facts(libc::ENOSPC);
    let known = [facts(libc::EACCES), user(), without_chown, missing, read_only, full];
    for each in known.into_iter().chain([squashed, refused, never, unmapped]) {
        let engine = remedy(&each);
        let pod = remedy(&in_a_pod(each));
        assert!(!pod.contains("docker") && !pod.contains("--cap-add"), "{pod}");
        for field in ["securityContext", "volumeMounts", "init container"] {
            assert!(!engine.contains(field), "{engine}");
        }
        for text in [&engine, &pod] {
            let is_sound = text.ends_with('.') && !text.contains(" or .") && !text.contains("  ");
            assert!(is_sound && !text.contains(".."), "{text}");
        }
    }
}

#[test]
fn the_path_on_the_host_is_a_word_of_a_shells() {
    says(&facts(libc::EACCES), &["chown -R 1000:100 '/srv/homes/my alice'"]);
}

#[test]
fn nobody_is_told_to_change_the_owner_of_all_the_host() {
    let mut disk = facts(libc::EACCES);
    disk.mount = Some(mount("xfs", "/dev/sdb", "/"));
    says(&disk, &["chown -R 1000:100 where the xfs of /dev/sdb is"]);
    disk.mount = Some(mount("tmpfs", "tmpfs", "/"));
    says(&disk, &["uid=1000,gid=100"]);
    for facts in [disk, Facts { mount: None, ..facts(libc::EACCES) }] {
        assert!(!remedy(&facts).contains("100 /."), "{}", remedy(&facts));
    }
}

#[test]
fn a_server_is_where_its_owners_are_changed() {
    let mut served = Facts { is_about_ownership: true, ..facts(libc::EPERM) };
    served.mount = Some(mount("nfs4", "nas:/export/alice", "/"));
    served.found = Some(found(0, 0, 0o755));
    says(&served, &["root_squash", "nfs4 of nas:/export/alice", "chown -R 1000:100 there"]);
}

#[test]
fn bits_that_would_do_are_not_blamed() {
    let mut own = facts(libc::EACCES);
    own.found = Some(found(1000, 100, 0o755));
    says(&own, &["That would do", "SELinux", ":Z"]);
    own.mount = Some(mount("nfs4", "nas:/x", "/"));
    says(&own, &["That would do", "all_squash"]);
    own.found = Some(found(1000, 100, 0o455));
    says(&own, &["mode 0455", "chmod u+rwx /home/calliope"]);
}

#[test]
fn supplementary_groups_count_for_who_was_started_with_them() {
    let mut shared = facts(libc::EACCES);
    shared.found = Some(found(0, 2000, 0o775));
    shared.started = Started { groups: vec![100, 2000], ..as_user(1000, 100) };
    says(&shared, &["(also in 2000)", "That would do"]);
    shared.found = Some(found(0, 2000, 0o755));
    says(&shared, &["chmod -R g+rwX"]);
}

#[test]
fn an_image_for_any_user_gives_its_home_to_roots_group() {
    let any =
        Facts { mount: own_root(), started: as_user(1_000_660_000, 0), ..facts(libc::EACCES) };
    let account = Account { uid: 1_000_660_000, gid: 0, ..any.account.clone() };
    says(&Facts { account, ..any }, &["RUN chgrp -R 0 /home/calliope && chmod -R g=u"]);
}

#[test]
fn ids_are_the_hosts_where_a_command_runs_on_the_host() {
    let mut mapped = Facts { ids: maps("0 2000 1\n1 100000 65536"), ..facts(libc::EACCES) };
    says(&mapped, &["belongs to 1001:1002", "chown -R 100999:100099 '/srv"]);
    mapped.found = Some(found(65534, 65534, 0o755));
    says(&mapped, &["0-65536", "chown -R 100999:100099 it", "keep-id:uid=1000,gid=100"]);
    mapped.ids = maps("0 1 1000\n1000 0 1");
    says(&mapped, &["podman unshare chown -R 0:101 it"]);
    mapped.ids = maps("0 0 4294967295");
    says(&mapped, &["belongs to 65534:65534", "--uid 65534"]);
}

#[test]
fn how_full_it_is_is_told() {
    let room = Room { bytes: 4096, free_bytes: 0, inodes: 7, free_inodes: 3 };
    let full = Facts { room: Some(room), ..facts(libc::ENOSPC) };
    says(&full, &["(0 B of 4.0 KiB and 3 of 7 inodes free)", "enlarge the volume"]);
    says(&Facts { mount: own_root(), ..full }, &["docker system df"]);
    let over = Facts { ids: maps("0 2000 1\n1 100000 65536"), ..facts(libc::EDQUOT) };
    says(&over, &["user or group 100999:100099", "setquota(8)", "/dev/sda1 (ext4)"]);
}

#[test]
fn a_volume_or_its_file_system_is_read_only() {
    let mut read_only = facts(libc::EROFS);
    let mount = read_only.mount.as_mut().unwrap();
    mount.is_read_only = true;
    says(&read_only, &["The volume at /home/calliope is mounted read-only", "without :ro"]);
    says(&in_a_pod(read_only.clone()), &["readOnly: false"]);
    read_only.mount.as_mut().unwrap().is_file_system_read_only = true;
    says(&read_only, &["ext4 of /dev/sda1", "dmesg"]);
}

#[test]
fn a_link_or_a_file_is_named_with_the_setting_that_takes_another_path() {
    let mut link = facts(libc::ELOOP);
    link.path = "/mnt/work".into();
    let target = PathBuf::from("/srv/a\nb");
    link.found =
        Some(Found { path: link.path.clone(), kind: Thing::Link(target), ..found(0, 0, 0o777) });
    says(&link, &["/mnt/work is a symbolic link to /srv/a\\nb", "--workspace (WAIIDE_WORKSPACE)"]);
    link.resolved = Some("/srv/work".into());
    says(&link, &["--workspace /srv/work"]);
    let mut file = facts(libc::ENOTDIR);
    file.found = Some(Found { kind: Thing::Other("socket"), ..found(0, 0, 0o644) });
    file.mount = own_root();
    says(&file, &["no directory but a socket", "mv /home/calliope /home/calliope.old"]);
}

#[test]
fn where_not_even_a_look_is_allowed_the_mount_is_named() {
    let mut closed = facts(libc::EACCES);
    closed.found = Some(Found { path: "/home".into(), ..found(0, 0, 0o755) });
    closed.closed = Some(HOME.into());
    closed.mount = Some(mount("fuse.sshfs", "alice@box:", "/"));
    says(&closed, &["fuse.sshfs of alice@box:", "allow_other"]);
}
