//! Making the home right, as far as this process may. With root's rights, and before they are
//! dropped; nothing here follows a symbolic link or trusts a path twice.

pub mod accounts;
pub mod hooks;
pub mod layout;
pub mod ownership;
pub mod served;
pub mod skeleton;
pub mod ssh;
pub mod survey;

use std::io;
use std::path::{Path, PathBuf};

use served::Record;
use survey::Survey;

use crate::environment::host::Host;
use crate::settings::Extent;
use crate::site::{Account, Site};
use crate::sys::dirfd::Dir;
use crate::sys::{files, signal};
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
    /// Other things that were done, in words.
    pub done: Vec<String>,
    /// The helper that goes on with the ownership walk.
    pub helper: Option<ownership::Helper>,
    /// Where it is written down which homes this container was started for.
    pub record: Option<Record>,
}

/// What only root can do, while this process still is root. Without root: a name for the user,
/// where everybody may add one.
///
/// # Errors
/// A home that can't be made.
pub fn as_root(site: &Site, host: &Host, survey: &Survey) -> Result<Report, ProvisionError> {
    let mut report = Report::default();
    if host.uid != 0 {
        edit_accounts(survey, &mut report);
        return Ok(report);
    }
    layout::make_as_root(&site.home, &survey.rules, &mut report.made)?;
    report.record = begin_record(site, survey);
    edit_accounts(survey, &mut report);
    remember(site);
    if survey.has_nothing_to_give() {
        return Ok(report);
    }
    match ownership::start(site, survey.rules.clone()) {
        Ok(helper) => report.helper = helper,
        Err(error) => report.warnings.push(format!(
            "The home's files could not be given to the user: {error}. They stay as they are."
        )),
    }
    Ok(report)
}

/// Before passwd(5) names this home: afterwards nobody could tell it from the image's own.
fn begin_record(site: &Site, survey: &Survey) -> Option<Record> {
    let begun = Record::begin(&survey.past, &site.home.path, survey.home_to_remember());
    begun.inspect_err(|error| tracing::debug!("the container's homes: {error}")).ok()
}

fn edit_accounts(survey: &Survey, report: &mut Report) {
    for step in &survey.accounts {
        match step.carry_out() {
            Ok(()) => report.done.push(step.in_words()),
            Err(error) if survey.is_told(step) => report.warnings.push(error),
            Err(error) => tracing::debug!("{error}"),
        }
    }
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

/// What the user does in the home. `record` is root's, from [`as_root`]. With `is_optional`, a
/// home that can't be used is a warning.
///
/// # Errors
/// A home that can't be used.
pub fn as_user(
    site: &Site,
    survey: &Survey,
    record: Option<&Record>,
    is_optional: bool,
) -> Result<Report, ProvisionError> {
    let mut report = Report::default();
    match fill_home(site, survey, record, &mut report) {
        Err(error) if is_optional => report.warnings.push(error.to_string()),
        other => other?,
    }
    Ok(report)
}

fn fill_home(
    site: &Site,
    survey: &Survey,
    record: Option<&Record>,
    report: &mut Report,
) -> Result<(), ProvisionError> {
    for path in &site.home.directories {
        if layout::make_as_user(&site.home, path)? {
            report.made.push(path.clone());
        }
        if path == &site.home.path {
            let writable = files::check_write(path);
            writable.map_err(|error| ProvisionError::new(path, "write there", error))?;
            copy_skeletons(site, survey, record, report);
        }
    }
    fix_ssh(site, report);
    Ok(())
}

/// A home without the skeletons is a poorer one, and a home.
fn copy_skeletons(site: &Site, survey: &Survey, record: Option<&Record>, report: &mut Report) {
    let (home, fill) = (&site.home.path, &survey.fill);
    if !skeleton::settle(fill, site, &survey.past).is_new() {
        return;
    }
    let must_stop = || signal::pending_stop().is_some();
    match skeleton::fill(home, &fill.sources, fill.image_home.as_deref(), must_stop) {
        Ok(copied) if copied.is_stopped => return,
        Ok(copied) => {
            report.done.extend(copied.in_words(home, &fill.sources));
            report.warnings.extend(copied.warning(home));
        }
        Err(error) => report.warnings.push(format!(
            "{}: can't copy the skeleton into it: {error}. It stays without; the next start tries \
             again if it is empty then.",
            home.display()
        )),
    }
    let noted = record.map(|record| record.filled(&survey.past, home));
    if let Some(Err(error)) = noted {
        tracing::debug!("the container's homes: {error}");
    }
}

fn fix_ssh(site: &Site, report: &mut Report) {
    let (home, uid) = (&site.home.path, site.account.uid);
    let mut failures = Vec::new();
    for fix in ssh::survey(home, uid).unwrap_or_default() {
        match ssh::carry_out(home, uid, &fix) {
            Ok(()) => report.done.push(format!("{}, for ssh to use it", fix.in_words())),
            Err(error) => failures.push(format!("{}: {error}", fix.in_words())),
        }
    }
    if let Some(first) = failures.first() {
        report.warnings.push(format!(
            "{}/.ssh: {} permissions can't be changed, first {first}. ssh will refuse such keys: \
             chmod them where that file system lies, or mount one that keeps permissions.",
            home.display(),
            failures.len()
        ));
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
