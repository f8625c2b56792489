//! What could not be done, for people: the file, the reason, and what an admin changes.
//!
//! [`facts`] looks at what stands in the way, and [`remedy`] makes words of it.

pub mod facts;
mod refused;
mod remedy;
#[cfg(test)]
mod tests;
mod words;

use std::io;
use std::path::{Path, PathBuf};

use crate::site::{Site, Started};
use crate::sys::caps;
use facts::Facts;
use words::shown;

/// What could not be done, with the file, the reason and the remedy.
#[derive(Debug, thiserror::Error)]
#[error("{}: can't {action}: {reason}.{}{remedy}", shown(path), space_before(remedy))]
pub struct ProvisionError {
    /// The file.
    pub path: PathBuf,
    /// What was to be done with it.
    pub action: &'static str,
    /// What the kernel said.
    pub reason: io::Error,
    /// What to do about it; empty until [`ProvisionError::explained`] has looked.
    pub remedy: String,
}

/// What is done to a directory of root's that was there.
pub(super) const GIVE: &str = "give it to the user";
/// What is done to one that root has just made.
pub(super) const GIVE_NEW: &str = "give the new directory to the user";

impl ProvisionError {
    /// For somebody who knows the place to explain.
    pub(super) fn new(path: &Path, action: &'static str, reason: io::Error) -> Self {
        ProvisionError { path: path.to_owned(), action, reason, remedy: String::new() }
    }

    /// With the remedy: looks at what is in the way, as it is now and with the rights of now.
    pub(super) fn explained(mut self, site: &Site) -> Self {
        if self.remedy.is_empty() {
            let mut facts = Facts::look(site, &self.path, self.reason.raw_os_error());
            facts.is_about_ownership = [GIVE, GIVE_NEW].contains(&self.action);
            self.remedy = remedy::remedy(&facts);
        }
        self
    }
}

impl ProvisionError {
    /// With the remedy for the run directory.
    pub(super) fn explained_as_run_dir(mut self, started: &Started) -> Self {
        let is_refused = self.reason.raw_os_error() == Some(libc::EPERM);
        let may_give = started.uid != 0 || started.capabilities & caps::CHOWN != 0;
        self.remedy = match is_refused && !may_give {
            true => format!("{}.", words::add_chown(started.is_pod)),
            false => "Give another --run-dir (WAIIDE_RUN_DIR): a directory that is this program's \
                      alone, or the name of a new one in a directory that is there."
                .into(),
        };
        self
    }
}

fn space_before(remedy: &str) -> &'static str {
    if remedy.is_empty() { "" } else { " " }
}
