//! From facts to what an admin reads. Pure: no file is looked at here.

use super::facts::{Facts, Found, Thing};
use super::refused;
use super::words::{is_own_root, quoted, sentences, shown};

/// What is wrong and what to change.
pub fn remedy(facts: &Facts) -> String {
    match facts.errno {
        Some(libc::ELOOP) => link(facts),
        Some(libc::ENOTDIR) => no_directory(facts),
        Some(libc::EACCES | libc::EPERM) => refused::remedy(facts),
        Some(libc::EROFS) => read_only(facts),
        Some(libc::ENOSPC) => full(facts),
        Some(libc::EDQUOT) => over_quota(facts),
        Some(libc::EOVERFLOW | libc::EINVAL) if facts.is_about_ownership => refused::remedy(facts),
        Some(libc::ESTALE | libc::ENOTCONN | libc::EHOSTDOWN) => {
            "The server behind the file system has lost it, or can't be reached: have the host \
             mount it again, then start the container anew."
                .into()
        }
        Some(libc::EIO) => {
            "The disk has errors, or the server behind the file system: the host's kernel log \
             (dmesg) says more."
                .into()
        }
        _ => format!(
            "Give a home that is an ordinary directory on a local or mounted file system: {}.",
            facts.setting_in_full()
        ),
    }
}

fn link(facts: &Facts) -> String {
    let what = match &facts.found {
        Some(Found { path, kind: Thing::Link(target), .. }) => {
            format!("{} is a symbolic link to {}", shown(path), shown(target))
        }
        _ => "A symbolic link stands on the way".into(),
    };
    let to = match &facts.resolved {
        Some(path) => format!("{} {}", facts.setting(), shown(path)),
        None => format!("the path that it points to as {}", facts.setting_in_full()),
    };
    format!("{what}, and links are not followed here: give {to}, or replace it by a directory.")
}

fn no_directory(facts: &Facts) -> String {
    let Some(Found { path, kind: Thing::Other(kind), .. }) = &facts.found else {
        let setting = facts.setting_in_full();
        return format!(
            "Something on the way is no directory: move it away, or give another {setting}."
        );
    };
    let what = format!("{} is no directory but a {kind}", shown(path));
    let is_mounted = facts.mount.as_ref().is_some_and(|mount| mount.point == *path);
    match (is_mounted, facts.started.is_pod) {
        (false, _) => format!(
            "{what}: move it away (mv {0} {0}.old), or give another {1}.",
            quoted(path),
            facts.setting_in_full()
        ),
        (true, false) => format!("{what}, mounted there: give docker run -v a directory instead."),
        (true, true) => format!(
            "{what}, mounted there: give volumeMounts a volume that is a directory, without a \
             subPath that is a file."
        ),
    }
}

fn read_only(facts: &Facts) -> String {
    let Some(mount) = &facts.mount else { return "Mount the file system for writing.".into() };
    if is_own_root(mount) {
        return read_only_root(facts);
    }
    let point = shown(&mount.point);
    match (mount.is_read_only && !mount.is_file_system_read_only, facts.started.is_pod) {
        (true, false) => format!(
            "The volume at {point} is mounted read-only: mount it for writing (docker run -v \
             …:{point} without :ro, or --mount without readonly)."
        ),
        (true, true) => format!(
            "The volume at {point} is mounted read-only: mount it for writing (volumeMounts and \
             the volume itself, readOnly: false)."
        ),
        (false, _) => format!(
            "The file system at {point} ({} of {}) is read-only itself: mount it for writing on \
             the host. Errors of the disk also make it so (dmesg says), and so does a server that \
             exports it read-only.",
            mount.kind,
            shown(mount.source.as_ref())
        ),
    }
}

fn read_only_root(facts: &Facts) -> String {
    let volume = facts.mount_a_volume();
    let (home, user) = (shown(&facts.home), (facts.account.uid, facts.account.gid));
    match facts.started.is_pod {
        true => format!(
            "The container's root is read-only (securityContext.readOnlyRootFilesystem) and \
             {home} is on it: {volume} for writing. An emptyDir does, where the home may go with \
             the pod."
        ),
        false => format!(
            "The container's root is read-only (docker run --read-only) and {home} is on it: \
             {volume} for writing. Where the home may go with the container: --tmpfs \
             {home}:exec,mode=755,uid={},gid={}.",
            user.0, user.1
        ),
    }
}

fn full(facts: &Facts) -> String {
    let room = facts.room.map(|room| format!(" ({room})")).unwrap_or_default();
    let Some(mount) = &facts.mount else {
        return format!("The file system is full{room}: make room there.");
    };
    let point = shown(&mount.point);
    let where_from = match (facts.started.is_pod, is_own_root(mount), mount.kind.as_str()) {
        (false, true, _) => {
            "delete what the host no longer needs (docker system df, docker \
             system prune), or keep the home on a volume (docker run -v)"
        }
        (false, false, "tmpfs") => "delete files, or give --tmpfs a larger size= and nr_inodes=",
        (false, false, _) => "delete files on the host, or enlarge the volume",
        (true, true, _) => {
            "raise resources.limits.ephemeral-storage, or keep the home on a \
             volume (volumeMounts)"
        }
        (true, false, _) => {
            "delete files, or enlarge the volume (the claim's \
             resources.requests.storage, an emptyDir's sizeLimit)"
        }
    };
    format!("The file system at {point} is full{room}: make room there: {where_from}.")
}

fn over_quota(facts: &Facts) -> String {
    let outside = facts.user_outside();
    let source = match &facts.mount {
        Some(mount) => format!(" of {} ({})", shown(mount.source.as_ref()), mount.kind),
        None => String::new(),
    };
    sentences(&[
        &format!("A quota{source} is used up, of user or group {outside} or of the directory:"),
        "make room there, or have it raised where the file system is served (setquota(8), \
         xfs_quota(8), zfs set quota, btrfs qgroup limit).",
    ])
}
