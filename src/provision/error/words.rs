//! Parts of sentences that several remedies share.

use std::path::{Path, PathBuf};

use super::facts::{Facts, Found};
use crate::sys::mounts::Mount;
use crate::sys::paths::one_line;

/// File systems whose permissions a server decides on.
const NETWORK: [&str; 7] = ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs"];

/// See [`one_line`].
pub fn shown(path: &Path) -> String {
    one_line(path.as_os_str())
}

/// The same, as a word of a shell's command.
pub fn quoted(path: &Path) -> String {
    shell_words::quote(&shown(path)).into_owned()
}

/// Whether a mount is the container's own root: nobody has mounted a volume.
pub fn is_own_root(mount: &Mount) -> bool {
    mount.point == Path::new("/")
}

pub fn is_network(mount: &Mount) -> bool {
    NETWORK.contains(&mount.kind.as_str()) || mount.kind.starts_with("fuse")
}

/// What root that may not change owners is to be given; without a full stop.
pub fn add_chown(is_pod: bool) -> String {
    let how = match is_pod {
        true => "securityContext.capabilities.add: [CHOWN]",
        false => "docker run --cap-add CHOWN",
    };
    format!("Root may change no owners here: start the container with {how}")
}

impl Facts {
    /// What in the way is meant: the file itself needs no second naming.
    pub fn it(&self, found: &Found) -> String {
        match found.path == self.path {
            true => "It".into(),
            false => shown(&found.path),
        }
    }

    /// `1000:100`, as the container knows the user.
    pub fn user(&self) -> String {
        format!("{}:{}", self.account.uid, self.account.gid)
    }

    /// The same, as the host knows it.
    pub fn user_outside(&self) -> String {
        let (uid, gid) = (self.account.uid, self.account.gid);
        let uid = self.ids.uids.outside(uid).unwrap_or(uid);
        let gid = self.ids.gids.outside(gid).unwrap_or(gid);
        format!("{uid}:{gid}")
    }

    /// What root needs to be allowed.
    pub fn add_chown(&self) -> String {
        add_chown(self.started.is_pod)
    }

    /// How a volume gets to where the home is to be.
    pub fn mount_a_volume(&self) -> String {
        let home = shown(&self.home);
        match self.started.is_pod {
            true => format!("mount a volume there (volumes and volumeMounts, mountPath: {home})"),
            false => format!("mount a volume there (docker run -v NAME:{home})"),
        }
    }

    /// The setting that takes another path instead.
    pub fn setting(&self) -> &'static str {
        match self.home.starts_with(&self.path) || self.path.starts_with(&self.home) {
            true => "--home",
            false => "--workspace",
        }
    }

    /// The same, with its variable.
    pub fn setting_in_full(&self) -> &'static str {
        match self.setting() {
            "--home" => "--home (WAIIDE_HOME)",
            _ => "--workspace (WAIIDE_WORKSPACE)",
        }
    }

    /// The command that gives this to the user, where it is to be run: on the host.
    pub fn chown_outside(&self, what: &str) -> String {
        let podman = if self.ids.is_nested() { "podman unshare " } else { "" };
        format!("{podman}chown -R {} {what}", self.user_outside())
    }

    /// Where and how files are given to the user by hand.
    pub fn chown_by_hand(&self, found: &Found) -> String {
        let (inside, path) = (self.user(), quoted(&found.path));
        let Some(mount) = &self.mount else { return format!("chown -R {inside} {path}") };
        if is_own_root(mount) && self.account.gid == 0 {
            // Any user may be the next: the group stays.
            return format!(
                "have the image's Dockerfile RUN chgrp -R 0 {path} && chmod -R g=u {path}"
            );
        }
        if is_own_root(mount) {
            return format!("have the image's Dockerfile RUN chown -R {inside} {path}");
        }
        if is_network(mount) {
            let source = shown(Path::new(&mount.source));
            return format!(
                "chown it on the host that serves {source}: {}",
                self.chown_outside("there")
            );
        }
        if self.started.is_pod {
            return format!(
                "have an init container that runs as root do this: chown -R {inside} {path}"
            );
        }
        let is_top = mount.root == Path::new("/") && mount.point == found.path;
        if mount.kind == "tmpfs" && is_top {
            let (uid, gid, point) = (self.account.uid, self.account.gid, shown(&mount.point));
            return format!(
                "chown it on the host, or mount the tmpfs at {point} with uid={uid},gid={gid}"
            );
        }
        let there = match on_host(mount, &found.path) {
            Some(path) => quoted(&path),
            None => format!("where the {} of {} is", mount.kind, shown(Path::new(&mount.source))),
        };
        format!("chown it on the host: {}", self.chown_outside(&there))
    }
}

/// What the host calls a path, where that can be told: on the file system of the host's root. None
/// for the top of a file system, which can't be the host's `/` and is somewhere else.
fn on_host(mount: &Mount, path: &Path) -> Option<PathBuf> {
    let outside = match path.strip_prefix(&mount.point) {
        Ok(rest) if !rest.as_os_str().is_empty() => mount.root.join(rest),
        _ => mount.root.clone(),
    };
    (mount.root != Path::new("/")).then_some(outside)
}

/// Sentences in a row.
pub fn sentences(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}
