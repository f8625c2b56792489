//! The directories that are always there.

use std::io;
use std::path::{Component, Path, PathBuf};

use super::ProvisionError;
use super::error::{GIVE, GIVE_NEW};
use super::ownership::judgement::{Rules, Verdict};
use crate::settings::Extent;
use crate::site::HomePlan;
use crate::sys::creds::FileRights;
use crate::sys::dirfd::{Dir, Kind};

const MODE: u32 = 0o755;

/// With root's rights: makes the home itself and what is planned outside of it, and gives what may
/// be taken over to the user. What is missing inside the home, the user makes ([`make_as_user`]): that
/// works where root may not write, and can't be led astray by what lies in the home.
///
/// # Errors
/// A component that is a link or a file, or what the kernel said.
pub fn make_as_root(
    home: &HomePlan,
    rules: &Rules,
    made: &mut Vec<PathBuf>,
) -> Result<(), ProvisionError> {
    for path in &home.directories {
        if path != &home.path && path.starts_with(&home.path) {
            take_over_inside(home, path, rules);
            continue;
        }
        match make_outside(home, path, rules) {
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
fn take_over_inside(home: &HomePlan, path: &Path, rules: &Rules) {
    if home.chown == Extent::Never {
        return;
    }
    let try_it = || descend(path, false).and_then(|(dir, _)| take_over(&dir, rules));
    if try_it().is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied) {
        // Root may be refused where the user is not. What is left, the walk tells.
        let _ = FileRights::of(rules.uid, rules.gid).and_then(|_rights| try_it());
    }
}

fn make_outside(home: &HomePlan, path: &Path, rules: &Rules) -> Result<bool, ProvisionError> {
    let (dir, is_new) = make(path)?;
    let (owned, action) = match (is_new, home.chown) {
        (true, _) => (dir.give_to(rules.uid, rules.gid), GIVE_NEW),
        (false, Extent::Never) => (Ok(()), GIVE),
        (false, _) => (take_over(&dir, rules), GIVE),
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
pub(super) fn descend(path: &Path, make: bool) -> io::Result<(Dir, bool)> {
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

fn take_over(dir: &Dir, rules: &Rules) -> io::Result<()> {
    match rules.judge(&dir.meta()?) {
        Verdict::Take => dir.give_to(rules.uid, rules.gid),
        _ => Ok(()),
    }
}

/// Whether a path is, or leads through, a link in the home, where only the user puts any.
pub(super) fn is_users_link(home: &HomePlan, path: &Path) -> bool {
    let in_home = path.ancestors().take_while(|path| *path != home.path);
    path.starts_with(&home.path) && in_home.into_iter().any(is_link)
}

fn is_link(path: &Path) -> bool {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return false;
    };
    let found = Dir::open(parent).and_then(|parent| parent.peek(name));
    found.is_ok_and(|meta| meta.kind == Kind::Symlink)
}
