//! The directories that each start makes, as they are now.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::environment::host::Host;
use crate::privilege::groups_of;
use crate::provision::ownership::judgement::{Rules, Verdict};
use crate::provision::{ProvisionError, layout};
use crate::settings::Extent;
use crate::site::{Account, Site};
use crate::sys::dirfd::{Dir, Kind, Meta};
use crate::sys::paths;

/// A directory, what will be done with it, and what is in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The directory.
    pub path: PathBuf,
    /// What it is now, and what will be done.
    #[serde(flatten)]
    pub state: State,
    /// What will fail; none: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What a directory is now, and what will be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum State {
    /// The user's, and left as it is.
    There,
    /// It will be made.
    Missing,
    /// Root's, or somebody's whose the home was before: it will be given to the user.
    Given {
        /// Whose it is.
        uid: u32,
    },
    /// Somebody else's, and left as it is.
    Foreign {
        /// Whose.
        uid: u32,
    },
    /// A link of the user's in the home: left as it is.
    Link,
    /// Root may not look there; the user will.
    Unseen,
    /// It can't be used.
    Unusable,
}

impl State {
    /// For people.
    pub fn in_words(self) -> String {
        match self {
            State::There => "is there".into(),
            State::Missing => "will be made".into(),
            State::Given { uid } => format!("belongs to user {uid}, will be given to the user"),
            State::Foreign { uid } => format!("belongs to user {uid}, stays so"),
            State::Link => "is a link of the user's, stays so".into(),
            State::Unseen => "can't be looked at by root, the user will".into(),
            State::Unusable => "can't be used".into(),
        }
    }
}

/// Looks at each of them.
pub fn look(site: &Site, host: &Host, rules: &Rules) -> Vec<Place> {
    site.home.directories.iter().map(|path| place(path, site, host, rules)).collect()
}

fn place(path: &Path, site: &Site, host: &Host, rules: &Rules) -> Place {
    let found = layout::descend(path, false).and_then(|(dir, _)| dir.meta());
    let (state, problem) = match found {
        Ok(meta) => there(path, &meta, site, host, rules),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            (State::Missing, cannot_make(path, site, host))
        }
        Err(error) if host.uid == 0 && error.kind() == io::ErrorKind::PermissionDenied => {
            (State::Unseen, None)
        }
        Err(_) if layout::is_users_link(&site.home, path) => (State::Link, None),
        Err(error) => (State::Unusable, Some(failure(path, "make the directory", error, site))),
    };
    Place { path: path.to_owned(), state, problem }
}

fn there(
    path: &Path,
    meta: &Meta,
    site: &Site,
    host: &Host,
    rules: &Rules,
) -> (State, Option<String>) {
    let may_give = host.uid == 0 && site.home.chown != Extent::Never;
    let state = match rules.judge(meta) {
        Verdict::Right => State::There,
        Verdict::Take if may_give => State::Given { uid: meta.uid },
        _ => State::Foreign { uid: meta.uid },
    };
    let is_home = path == site.home.path;
    let refused = match is_home && !matches!(state, State::Given { .. }) {
        true => cannot_write(path, meta, site, host),
        false => None,
    };
    (state, refused.map(|error| failure(path, "write there", error, site)))
}

/// Why the user can't write to a directory. Root's own rights say nothing of theirs.
fn cannot_write(path: &Path, meta: &Meta, site: &Site, host: &Host) -> Option<io::Error> {
    match paths::check_directory(path) {
        Err(error) if host.uid != 0 || error.raw_os_error() == Some(libc::EROFS) => Some(error),
        Ok(()) if host.uid == 0 && !may_write((meta.uid, meta.gid), meta.mode, &site.account) => {
            Some(io::Error::from_raw_os_error(libc::EACCES))
        }
        _ => None,
    }
}

/// What a directory's permission bits say of the user (path_resolution(7)). Access control lists may
/// say otherwise.
pub fn may_write((uid, gid): (u32, u32), mode: u32, account: &Account) -> bool {
    let is_member = || groups_of(&account.name, account.gid).contains(&gid);
    let needed = match uid == account.uid {
        true => 0o300,
        false if is_member() => 0o030,
        false => 0o003,
    };
    mode & needed == needed
}

/// What keeps a directory from being made: of those above it, the lowest that is there counts. In
/// a home of the user's, root's rights don't.
fn cannot_make(path: &Path, site: &Site, host: &Host) -> Option<String> {
    let parent = path.ancestors().skip(1).find(|path| path.exists())?;
    let is_in_home = parent.starts_with(&site.home.path);
    let refused = match is_in_home {
        true => return None, // What the home itself lacks is told of the home.
        false => paths::check_directory(parent).err(),
    };
    let kind = Dir::open(parent).and_then(|dir| dir.meta()).map(|meta| meta.kind);
    let is_root = host.uid == 0;
    let error = match (refused, kind) {
        (_, Err(error)) => error,
        (_, Ok(kind)) if kind != Kind::Directory => io::Error::from_raw_os_error(libc::ENOTDIR),
        (Some(error), _) if !is_root || error.raw_os_error() == Some(libc::EROFS) => error,
        _ => return None,
    };
    Some(failure(path, "make the directory", error, site))
}

fn failure(path: &Path, action: &'static str, error: io::Error, site: &Site) -> String {
    ProvisionError::new(path, action, error).explained(site).to_string()
}
