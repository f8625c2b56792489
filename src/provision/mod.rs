//! Making the home right, as far as this process may. With root's rights, and before they are
//! dropped; nothing here follows a symbolic link or trusts a path twice.

pub mod layout;
pub mod ownership;
pub mod passwd;
pub mod skeleton;

use std::io;
use std::path::{Path, PathBuf};

use crate::environment::host::Host;
use crate::plan::{Account, Plan};

/// What could not be done, with the file, the reason and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{path}: can't {action}: {source}. {remedy}")]
pub struct ProvisionError {
    /// The file.
    pub path: String,
    /// What was to be done with it.
    pub action: &'static str,
    /// What the kernel said.
    pub source: io::Error,
    /// What to do about it.
    pub remedy: String,
}

impl ProvisionError {
    fn new(path: &Path, action: &'static str, source: io::Error) -> Self {
        let remedy = remedy(&source).to_owned();
        ProvisionError {
            path: path.display().to_string(),
            action,
            source,
            remedy,
        }
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
            "Start the container as root, or mount a volume that the user may write to (Docker: \
             chown it on the host; Kubernetes: securityContext.fsGroup)."
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

/// Carries out the plan's part of the home.
///
/// # Errors
/// A home that can't be used. With `is_optional`, that too is a warning.
pub fn provision(plan: &Plan, host: &Host, is_optional: bool) -> Result<Report, ProvisionError> {
    let mut report = Report::default();
    match make_home(plan, host, &mut report) {
        Err(error) if is_optional => report.warnings.push(error.to_string()),
        other => other?,
    }
    if host.uid == 0 {
        if let Err(error) = passwd::update(&plan.account, &plan.home.path) {
            report.warnings.push(error);
        }
        match ownership::start(plan) {
            Ok(helper) => report.helper = helper,
            Err(error) => report.warnings.push(format!(
                "The home's files could not be given to the user: {error}. They stay as they are."
            )),
        }
    }
    Ok(report)
}

fn make_home(plan: &Plan, host: &Host, report: &mut Report) -> Result<(), ProvisionError> {
    let owner = (host.uid == 0).then_some(&plan.account);
    let maker = layout::Maker {
        home: &plan.home,
        owner,
    };
    for path in &plan.home.directories {
        let was_made = maker.ensure(path)?;
        if was_made {
            report.made.push(path.clone());
        }
        if path == &plan.home.path {
            copy_skeleton(plan, owner, report)?;
        }
    }
    if host.uid != 0 && !host.can_have_home(&plan.home.path) {
        let refused = io::Error::from_raw_os_error(libc::EACCES);
        return Err(ProvisionError::new(&plan.home.path, "write", refused));
    }
    Ok(())
}

fn copy_skeleton(
    plan: &Plan,
    owner: Option<&Account>,
    report: &mut Report,
) -> Result<(), ProvisionError> {
    let Some(skeleton) = &plan.home.skeleton else {
        return Ok(());
    };
    let home = &plan.home.path;
    report.copied_skeleton = skeleton::copy_into_empty(skeleton, home, owner)
        .map_err(|error| ProvisionError::new(home, "copy the skeleton", error))?;
    Ok(())
}

/// Makes the run directory for the user.
///
/// # Errors
/// It can't be made, or can't be trusted.
pub fn make_run_dir(plan: &Plan) -> Result<(), ProvisionError> {
    let Account { uid, gid, .. } = plan.account;
    crate::run_dir::make(&plan.run_dir, uid, gid)
        .map_err(|error| ProvisionError::new(&plan.run_dir, "make the run directory", error))
}
