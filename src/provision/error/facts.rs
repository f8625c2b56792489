//! What a remedy depends on.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::settings::Extent;
use crate::site::{Account, Site, Started};
use crate::sys::idmap::IdMaps;
use crate::sys::mounts::{self, Mount, Room};

/// All that is known of a failure and of the place where it came about.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The kernel's number for the reason (errno(3)).
    pub errno: Option<i32>,
    /// The file that something was to be done with.
    pub path: PathBuf,
    /// Whether that was to give it to the user.
    pub is_about_ownership: bool,
    /// The deepest part of `path` that can be looked at.
    pub found: Option<Found>,
    /// The next part, where it can't be looked at for another reason than that it is missing.
    pub closed: Option<PathBuf>,
    /// Where `path` leads when links are followed.
    pub resolved: Option<PathBuf>,
    /// What `closed` or `found` is on.
    pub mount: Option<Mount>,
    /// How full that is.
    pub room: Option<Room>,
    /// The home.
    pub home: PathBuf,
    /// Whether files of root's are given to the user.
    pub chown: Extent,
    /// Whom everything of the user's runs as.
    pub account: Account,
    /// How the container was started.
    pub started: Started,
    /// What the user namespace knows.
    pub ids: IdMaps,
}

/// An existing part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub kind: Thing,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// The permission bits.
    pub mode: u32,
}

/// What a part of a path is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// A directory.
    Directory,
    /// A symbolic link, and what it holds.
    Link(PathBuf),
    /// Anything else, with its name.
    Other(&'static str),
}

impl Facts {
    /// Looks, as the user that this process is now.
    pub fn look(site: &Site, path: &Path, errno: Option<i32>) -> Self {
        let (found, closed) = Found::deepest(path);
        let on = closed.as_deref().or(found.as_ref().map(|found| found.path.as_path()));
        Facts {
            errno,
            path: path.to_owned(),
            is_about_ownership: false,
            resolved: fs::canonicalize(path).ok(),
            mount: on.and_then(mounts::of),
            room: on.and_then(|on| Room::of(on).ok()),
            home: site.home.path.clone(),
            chown: site.home.chown,
            account: site.account.clone(),
            started: site.started.clone(),
            ids: IdMaps::read(),
            found,
            closed,
        }
    }

    /// Whether the container was started as root.
    pub(super) fn was_root(&self) -> bool {
        self.started.uid == 0
    }

    /// Whether root had this capability at the start.
    pub(super) fn had(&self, capability: u64) -> bool {
        self.started.capabilities & capability != 0
    }
}

impl Found {
    /// Goes down a path as far as it is there and no link. Returns the part behind that, too, where
    /// it is not just missing.
    fn deepest(path: &Path) -> (Option<Self>, Option<PathBuf>) {
        let mut parts: Vec<_> = path.ancestors().collect();
        parts.reverse();
        let mut deepest: Option<Self> = None;
        for part in parts {
            match Found::look(part) {
                Ok(found) => deepest = Some(found),
                Err(error) => {
                    let is_missing = error.kind() == io::ErrorKind::NotFound;
                    return (deepest, (!is_missing).then(|| part.to_owned()));
                }
            }
            if deepest.as_ref().is_some_and(|found| found.kind != Thing::Directory) {
                break;
            }
        }
        (deepest, None)
    }

    fn look(path: &Path) -> io::Result<Self> {
        let meta = fs::symlink_metadata(path)?;
        Ok(Found {
            path: path.to_owned(),
            kind: Thing::of(path, meta.mode()),
            uid: meta.uid(),
            gid: meta.gid(),
            mode: meta.mode() & 0o7777,
        })
    }

    /// Whether the permission bits let somebody do this: 4 read, 2 write, 1 enter.
    pub(super) fn permits(&self, uid: u32, groups: &[u32], bits: u32) -> bool {
        let shift = match (self.uid == uid, groups.contains(&self.gid)) {
            (true, _) => 6,
            (false, true) => 3,
            (false, false) => 0,
        };
        self.mode >> shift & bits == bits
    }
}

impl Thing {
    fn of(path: &Path, mode: u32) -> Self {
        match mode & libc::S_IFMT {
            libc::S_IFDIR => Thing::Directory,
            libc::S_IFLNK => Thing::Link(fs::read_link(path).unwrap_or_default()),
            libc::S_IFREG => Thing::Other("file"),
            libc::S_IFIFO => Thing::Other("pipe"),
            libc::S_IFSOCK => Thing::Other("socket"),
            _ => Thing::Other("device"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_looks_as_deep_as_one_can() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        fs::create_dir(root.join("a")).unwrap();
        fs::write(root.join("a/file"), "").unwrap();
        std::os::unix::fs::symlink("/etc", root.join("a/link")).unwrap();
        let deepest = |path: &str| {
            let found = Found::deepest(&root.join(path)).0.unwrap();
            (found.path.strip_prefix(&root).unwrap().to_owned(), found.kind)
        };
        assert_eq!(deepest("a/b/c"), ("a".into(), Thing::Directory));
        assert_eq!(deepest("a/file/c"), ("a/file".into(), Thing::Other("file")));
        assert_eq!(deepest("a/link/passwd"), ("a/link".into(), Thing::Link("/etc".into())));
    }

    #[test]
    fn the_first_of_owner_group_and_others_that_fits_counts() {
        let found =
            |mode| Found { path: "/x".into(), kind: Thing::Directory, uid: 1000, gid: 100, mode };
        assert!(found(0o700).permits(1000, &[], 7));
        assert!(!found(0o077).permits(1000, &[100], 1));
        assert!(found(0o770).permits(7, &[5, 100], 3));
        assert!(!found(0o707).permits(7, &[100], 1));
        assert!(found(0o707).permits(7, &[5], 7));
    }
}
