//! What will be done to the home, decided by reading alone. [`super::roots`] and
//! [`super::users`] carry it out, and `waiide-init plan` shows it.

mod directories;
mod ownership;
mod show;

use std::path::{Path, PathBuf};

use super::accounts::{self, Weight};
use super::ownership::judgement::Rules;
use super::served::{Past, Visit};
use super::skeleton::{self, Fill};
use super::ssh::{self, Fix};
use crate::environment::host::Host;
use crate::privilege;
use crate::site::Site;
pub use directories::may_write;
use directories::{Place, State};
use ownership::Ownership;

/// What was found, and what follows from it.
#[derive(Debug, Clone)]
pub struct Survey {
    /// The home, and what is planned in and outside of it.
    pub directories: Vec<Place>,
    /// Whose files may be given to the user.
    pub rules: Rules,
    /// Whether they are.
    pub ownership: Ownership,
    /// The home's first files.
    pub fill: Fill,
    /// Edits of `/etc/passwd` and `/etc/group`.
    pub accounts: Vec<accounts::Step>,
    /// Permissions in `~/.ssh`, as they are now: root may still give more of it to the user.
    pub ssh: Vec<Fix>,
    /// What this container was started for before.
    pub past: Past,
    /// Why the user can't be become; none: they can.
    pub refusal: Option<String>,
}

/// Looks, and changes nothing. What this process may not see is left out.
pub fn look(site: &Site, host: &Host) -> Survey {
    let is_root = host.uid == 0;
    let past = Past::read(is_root);
    let home = &site.home.path;
    let rules = ownership::rules(site);
    let fill = skeleton::survey(site, host, &past);
    Survey {
        directories: directories::look(site, host, &rules),
        ownership: ownership::look(site, host, &rules, fill.newness),
        rules,
        fill,
        accounts: accounts::survey(&site.account, home, is_root),
        ssh: ssh::survey(home, site.account.uid).unwrap_or_default(),
        past,
        refusal: privilege::check(&site.account).err().map(|error| error.to_string()),
    }
}

impl Survey {
    /// Whether files may have to be given to the user.
    pub fn has_something_to_give(&self) -> bool {
        matches!(self.ownership, Ownership::From { .. })
    }

    /// Whether a directory is somebody else's, and will be given to the user.
    pub fn is_to_be_given(&self, path: &Path) -> bool {
        let is_given = |place: &Place| matches!(place.state, State::Given { .. });
        self.directories.iter().any(|place| place.path == path && is_given(place))
    }

    /// Whether the home is the user's or becomes that: neither another's nor left as it is.
    pub fn is_to_be_the_users(&self) -> bool {
        !matches!(self.ownership, Ownership::Never | Ownership::OfAnother { .. })
    }

    /// The home that the image gave the user, to be remembered: passwd(5) is about to change.
    pub fn home_to_remember(&self) -> Option<&Path> {
        self.fill.image_home.as_deref()
    }

    /// What has to be said where the same container is started for another home or user.
    pub fn change_of_user(&self, site: &Site) -> Option<String> {
        let now = Visit::of(site);
        let before = self.past.other_before(&now)?;
        let (who, outside) = match (&before.user, &now.user) {
            (Some(before), Some(user)) if before != user => {
                (format!("the user {before} before, and is for {user} now"), "a mounted volume")
            }
            _ => {
                let (before, home) = (before.home.display(), now.home.display());
                (format!("the home {before} before, and is for {home} now"), "that home")
            }
        };
        let uid = site.account.uid;
        Some(format!(
            "This container was started for {who}. What was left outside of {outside}, in /tmp \
             and in the container's own files, is still there and belongs to the same id ({uid}). \
             Give each user a container of their own: with DockerSpawner, \
             c.DockerSpawner.remove = True, or a name_template with {{username}} and \
             {{servername}} in it."
        ))
    }

    /// What will fail, in the words in which the failure will be told.
    pub fn problems(&self) -> Vec<String> {
        // A start ends at the first directory that can't be used.
        let directory = self.directories.iter().find_map(|place| place.problem.clone());
        let accounts = self.accounts.iter().filter(|step| step.weight() != Weight::Detail);
        let accounts = accounts.filter_map(accounts::Step::problem);
        self.refusal.clone().into_iter().chain(directory).chain(accounts).collect()
    }

    /// The paths that a new home gets a copy of; none where it is not new.
    fn copied(&self) -> &[PathBuf] {
        match self.fill.newness.is_new() {
            true => &self.fill.sources,
            false => &[],
        }
    }
}
