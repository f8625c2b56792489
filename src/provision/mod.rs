//! Making the home right, as far as this process may. With root's rights, and before they are
//! dropped; nothing here follows a symbolic link or trusts a path twice.

pub mod hooks;
pub mod layout;
pub mod ownership;
pub mod passwd;
pub mod skeleton;

use std::io;
use std::path::{Path, PathBuf};

use crate::environment::host::Host;
use crate::settings::Extent;
use crate::site::{Account, Site};
use crate::sys::dirfd::Dir;
use crate::sys::paths;
use ownership::judgement::Rules;
use ownership::record;

/// What could not be done, with the file, the reason and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{path}: can't {action}: {reason}. {remedy}")]
pub struct ProvisionError {
    /// The file.
    pub path: String,
    /// What was to be done with it.
    pub action: &'static str,
    /// What the kernel said.
    pub reason: io::Error,
    /// What to do about it.
    pub remedy: String,
}

impl ProvisionError {
    fn new(path: &Path, action: &'static str, reason: io::Error) -> Self {
        let remedy = remedy(&reason).to_owned();
        ProvisionError { path: path.display().to_string(), action, reason, remedy }
    }
}

/// What an admin changes, by what the kernel said.
fn remedy(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::ELOOP) => {
            "A symbolic link stands on the way, and links are not followed here: give the path \
             that it points to as --home (WAIIDE_HOME) or --workspace (WAIIDE_WORKSPACE)."
        }
        Some(libc::ENOTDIR) => {
            "Something on the way is no directory: move it away, or give another --home \
             (WAIIDE_HOME)."
        }
        Some(libc::EACCES | libc::EPERM) => {
            "Start the container as root with its usual rights (--cap-add CHOWN --cap-add \
             DAC_OVERRIDE --cap-add FOWNER where they were dropped), or mount a volume that the \
             user may write to (Docker: chown it on the host; Kubernetes: \
             securityContext.fsGroup)."
        }
        Some(libc::EROFS) => "The file system is mounted read-only: mount it for writing.",
        Some(libc::ENOSPC | libc::EDQUOT) => {
            "The file system is full, or over its quota: make room there."
        }
        Some(libc::ESTALE) => "The network file system has lost it: mount it again.",
        _ => "Give a home that is an ordinary directory on a local or mounted file system.",
    }
}

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
    let rules = rules(site);
    layout::make_as_root(&site.home, &rules, &mut report.made)?;
    if let Err(error) = passwd::update(&site.account, &site.home.path) {
        report.warnings.push(error);
    }
    remember(site);
    if is_all_new(site, &report.made) {
        return Ok(report);
    }
    match ownership::start(site, rules) {
        Ok(helper) => report.helper = helper,
        Err(error) => report.warnings.push(format!(
            "The home's files could not be given to the user: {error}. They stay as they are."
        )),
    }
    Ok(report)
}

/// Whose files the user is given.
fn rules(site: &Site) -> Rules {
    let Account { uid, gid, .. } = site.account;
    let home = Dir::open(&site.home.path);
    Rules { uid, gid, earlier: home.map(|home| record::earlier(&home, uid)).unwrap_or_default() }
}

/// Notes in the home whose it is. Where that can't be written, its files will count as a
/// stranger's should the user get another id.
pub fn remember(site: &Site) {
    if site.home.chown == Extent::Never {
        return;
    }
    let Account { uid, gid, .. } = site.account;
    let home = Dir::open(&site.home.path);
    if let Err(error) = home.and_then(|home| record::begin(&home, uid, gid)) {
        tracing::debug!("{}: can't note whose it is: {error}", site.home.path.display());
    }
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
    match fill_home(site, &mut report) {
        Err(error) if is_optional => report.warnings.push(error.to_string()),
        other => other?,
    }
    Ok(report)
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
    match paths::may_write(&site.home.path) {
        true => Ok(()),
        false => {
            let refused = io::Error::from_raw_os_error(libc::EACCES);
            Err(ProvisionError::new(&site.home.path, "write there", refused))
        }
    }
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
    crate::run_dir::make(&site.run_dir, uid, gid).map_err(|reason| ProvisionError {
        path: site.run_dir.display().to_string(),
        action: "make the run directory",
        reason,
        remedy: "Give another --run-dir (WAIIDE_RUN_DIR): a directory that is this program's \
                 alone, or the name of a new one in a directory that is there."
            .to_owned(),
    })
}
