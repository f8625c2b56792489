//! Making the home right, as far as this process may. With root's rights, and before they are
//! dropped; nothing here follows a symbolic link or trusts a path twice.

pub mod error;
pub mod hooks;
pub mod layout;
pub mod ownership;
pub mod passwd;
pub mod skeleton;

use std::path::PathBuf;

pub use error::ProvisionError;

use crate::environment::host::Host;
use crate::settings::Extent;
use crate::site::{Account, Site};
use crate::sys::dirfd::Dir;
use crate::sys::idmap::IdMaps;
use crate::sys::mounts::{self, Room};
use crate::sys::paths;

/// What provisioning did.
#[derive(Debug, Default)]
pub struct Report {
    /// What could not be done, and is no reason to stop.
    pub warnings: Vec<String>,
    /// Directories that were made.
    pub made: Vec<PathBuf>,
    /// Whether the skeleton was copied.
    pub copied_skeleton: bool,
    /// The helper that goes on with the ownership walk.
    pub helper: Option<ownership::Helper>,
}

/// What only root can do, while this process still is root; otherwise nothing.
///
/// # Errors
/// A home that can't be made.
pub fn as_root(site: &Site, host: &Host) -> Result<Report, ProvisionError> {
    let mut report = Report::default();
    if host.uid != 0 {
        return Ok(report);
    }
    report.warnings.extend(persons_home(site));
    layout::make_as_root(&site.home, &site.account, &mut report.made)
        .map_err(|error| error.explained(site))?;
    if let Err(error) = passwd::update(&site.account, &site.home.path) {
        report.warnings.push(error);
    }
    if is_all_new(site, &report.made) {
        return Ok(report);
    }
    // Where root may not even look, the user's own rights have to do.
    if Dir::open(&site.home.path).and_then(|home| home.meta()).is_err() {
        return Ok(report);
    }
    match ownership::start(site) {
        Ok(helper) => report.helper = helper,
        Err(error) => report.warnings.push(format!(
            "The home's files could not be given to the user: {error}. They stay as they are."
        )),
    }
    Ok(report)
}

/// What has to be said before a home of root's becomes the user's where root is a person: to them,
/// on the host, it is theirs no more.
fn persons_home(site: &Site) -> Option<String> {
    let (home, ids) = (&site.home.path, IdMaps::read());
    let person = ids.person_behind_root()?;
    let is_mounted = mounts::of(home).is_some_and(|mount| mount.point == *home);
    let is_persons =
        || Dir::open(home).and_then(|home| home.meta()).is_ok_and(|meta| meta.uid == 0);
    let Account { uid, gid, .. } = site.account;
    let taken = site.home.chown != Extent::Never && is_mounted && is_persons();
    taken.then(|| {
        format!(
            "{}: it is user {person}'s on the host, and is given to user {}, as whom user {uid} is \
             known there. To leave it: podman run --userns=keep-id:uid={uid},gid={gid}.",
            home.display(),
            ids.uids.outside(uid).unwrap_or(uid)
        )
    })
}

/// Whether there is nothing yet that could belong to anybody: the home was made just now.
fn is_all_new(site: &Site, made: &[PathBuf]) -> bool {
    let home = &site.home.path;
    made.contains(home) && site.home.directories.iter().all(|path| path.starts_with(home))
}

/// What the user does in the home. With `is_optional`, a home that can't be used is a warning.
///
/// # Errors
/// A home that can't be used.
pub fn as_user(site: &Site, is_optional: bool) -> Result<Report, ProvisionError> {
    let mut report = Report::default();
    match fill_home(site, &mut report).map_err(|error| error.explained(site)) {
        Err(error) if is_optional => report.warnings.push(error.to_string()),
        Err(error) => return Err(error),
        Ok(()) => report.warnings.extend(fullness(site)),
    }
    Ok(report)
}

/// What has to be said of a home in which all is there that services need, and room for no more:
/// who is to make room needs them.
fn fullness(site: &Site) -> Option<String> {
    let home = &site.home.path;
    let room = Room::of(home).ok().filter(Room::is_used_up)?;
    Some(format!(
        "{}: the file system is full ({room}): programs fail to save until files are deleted in a \
         terminal, or the volume is enlarged.",
        home.display()
    ))
}

fn fill_home(site: &Site, report: &mut Report) -> Result<(), ProvisionError> {
    for path in &site.home.directories {
        if layout::make_as_user(&site.home, path)? {
            report.made.push(path.clone());
        }
        if path == &site.home.path {
            copy_skeleton(site, report);
        }
    }
    let home = &site.home.path;
    paths::check_write(home).map_err(|error| ProvisionError::new(home, "write there", error))
}

/// A home without the skeleton is a poorer one, and a home.
fn copy_skeleton(site: &Site, report: &mut Report) {
    let Some(skeleton) = &site.home.skeleton else {
        return;
    };
    match skeleton::copy_into_empty(skeleton, &site.home.path) {
        Ok(is_new) => report.copied_skeleton = is_new,
        Err(error) => report.warnings.push(format!(
            "{}: can't copy {} into it: {error}",
            site.home.path.display(),
            skeleton.display()
        )),
    }
}

/// Makes the run directory for the user.
///
/// # Errors
/// It can't be made, or can't be trusted.
pub fn make_run_dir(site: &Site) -> Result<(), ProvisionError> {
    let Account { uid, gid, .. } = site.account;
    crate::run_dir::make(&site.run_dir, uid, gid).map_err(|reason| {
        let failed = ProvisionError::new(&site.run_dir, "make the run directory", reason);
        failed.explained_as_run_dir(&site.started)
    })
}
