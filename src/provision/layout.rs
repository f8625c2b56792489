//! The directories that are always there.

use std::io;
use std::path::{Component, Path, PathBuf};

use super::ProvisionError;
use super::error::{GIVE, GIVE_NEW};
use crate::settings::Extent;
use crate::site::{Account, HomePlan};
use crate::sys::dirfd::{Dir, Kind};

const MODE: u32 = 0o755;

/// With root's rights: makes the home itself and what is planned outside of it, and gives what is
/// root's to the user. What is missing inside the home, the user makes ([`make_as_user`]): that
/// works where root may not write, and can't be led astray by what lies in the home.
///
/// # Errors
/// A component that is a link or a file, or what the kernel said.
pub fn make_as_root(
    home: &HomePlan,
    owner: &Account,
    made: &mut Vec<PathBuf>,
) -> Result<(), ProvisionError> {
    for path in &home.directories {
        if path != &home.path && path.starts_with(&home.path) {
            take_over_inside(home, path, owner);
            continue;
        }
        match make_outside(home, path, owner) {
            // A server or a file system of the user's keeps root out: then the user tries, and
            // what is in the way shows.
            Err(error) if is_refusal(&error) => {}
            is_new => made.extend(is_new?.then(|| path.clone())),
        }
    }
    Ok(())
}

/// Whether root was refused, and has left nothing behind.
fn is_refusal(error: &ProvisionError) -> bool {
    error.action != GIVE_NEW && error.reason.kind() == io::ErrorKind::PermissionDenied
}

/// What is missing in the home, or a link of the user's, is none of root's business.
fn take_over_inside(home: &HomePlan, path: &Path, owner: &Account) {
    if home.chown != Extent::Never {
        let _ = descend(path, false).and_then(|(dir, _)| take_over(&dir, owner));
    }
}

fn make_outside(home: &HomePlan, path: &Path, owner: &Account) -> Result<bool, ProvisionError> {
    let (dir, is_new) = make(path)?;
    let (owned, action) = match (is_new, home.chown) {
        (true, _) => (dir.give_to(owner.uid, owner.gid), GIVE_NEW),
        (false, Extent::Never) => (Ok(()), GIVE),
        (false, _) => (take_over(&dir, owner), GIVE),
    };
    owned.map_err(|reason| ProvisionError::new(path, action, reason))?;
    Ok(is_new)
}

/// With the user's rights: makes a directory where it is missing. Returns whether it was.
///
/// # Errors
/// See [`make_as_root`]. A link that the user put in the place of a directory in the home is
/// left alone: it is theirs.
pub fn make_as_user(home: &HomePlan, path: &Path) -> Result<bool, ProvisionError> {
    match make(path) {
        Ok((_, is_new)) => Ok(is_new),
        Err(_) if is_users_link(home, path) => Ok(false),
        Err(error) => Err(error),
    }
}

fn make(path: &Path) -> Result<(Dir, bool), ProvisionError> {
    descend(path, true).map_err(|error| ProvisionError::new(path, "make the directory", error))
}

/// Opens a directory from the root on, without following a link; with `make`, makes it and those
/// above it where they are missing. Returns whether it is new.
fn descend(path: &Path, make: bool) -> io::Result<(Dir, bool)> {
    let mut found = (Dir::root()?, false);
    for component in path.components() {
        let Component::Normal(name) = component else {
            continue;
        };
        found = match found.0.directory(name) {
            Err(error) if make && error.kind() == io::ErrorKind::NotFound => {
                (found.0.make_directory(name, MODE)?, true)
            }
            dir => (dir?, false),
        };
    }
    Ok(found)
}

fn take_over(dir: &Dir, owner: &Account) -> io::Result<()> {
    match dir.meta()?.uid {
        0 => dir.give_to(owner.uid, owner.gid),
        _ => Ok(()),
    }
}

fn is_users_link(home: &HomePlan, path: &Path) -> bool {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return false;
    };
    path != home.path
        && path.starts_with(&home.path)
        && Dir::open(parent)
            .and_then(|parent| parent.peek(name))
            .is_ok_and(|meta| meta.kind == Kind::Symlink)
}
