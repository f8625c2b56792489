//! Making the home right, as far as this process may. With root's rights, and before they are
//! dropped ([`roots`]), then with the user's ([`users`]); nothing here follows a symbolic link or
//! trusts a path twice.

pub mod accounts;
pub mod error;
pub mod hooks;
pub mod layout;
pub mod ownership;
pub mod roots;
pub mod served;
pub mod skeleton;
pub mod ssh;
pub mod survey;
pub mod users;

use std::path::PathBuf;

pub use error::ProvisionError;

use crate::site::{Account, Site};
use crate::sys::dirfd::Dir;
use ownership::record;
use served::Record;
use survey::Survey;

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

/// Notes in the home whose it is. Where that can't be written, its files will count as a
/// stranger's should the user get another id.
pub fn remember(site: &Site, survey: &Survey) {
    if !survey.is_to_be_the_users() {
        return;
    }
    let Account { uid, gid, .. } = site.account;
    let home = Dir::open(&site.home.path);
    if let Err(error) = home.and_then(|home| record::begin(&home, uid, gid)) {
        tracing::debug!("{}: can't note whose it is: {error}", site.home.path.display());
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
