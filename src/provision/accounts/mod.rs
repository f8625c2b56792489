//! The user's line in `/etc/passwd`, and the group's in `/etc/group`. Programs such as ssh take the
//! home directory from there and not from HOME, and many fail for an id without a name.
//!
//! [`survey`] decides by reading alone; [`Step::carry_out`] does what was decided.

mod edit;
mod file;
mod words;

use std::path::Path;

use crate::environment::accounts::{GROUP, PASSWD};
use crate::site::Account;
use edit::{Edit, What};
use file::Obstacle;

/// A line that is to be changed or added, and what is in the way.
#[derive(Debug, Clone)]
pub struct Step {
    file: &'static str,
    edit: Edit,
    obstacle: Option<Obstacle>,
    is_root: bool,
}

/// Decides what has to be changed in both files; nothing where they are right. Changes nothing.
pub fn survey(account: &Account, home: &Path, is_root: bool) -> Vec<Step> {
    let passwd = step(PASSWD, is_root, |text| edit::passwd(text, account, home));
    let group = step(GROUP, is_root, |text| edit::group(text, account));
    passwd.into_iter().chain(group).collect()
}

fn step(file: &'static str, is_root: bool, edit: impl Fn(&[u8]) -> Option<Edit>) -> Option<Step> {
    match file::look(Path::new(file)) {
        // What libc can't find there either has no name.
        Err(odd) => edit(b"").map(|edit| Step { file, edit, obstacle: Some(odd), is_root }),
        Ok(found) => edit(&found.text).map(|edit| {
            let obstacle = found.obstacle_for(Path::new(file), &edit, is_root);
            Step { file, edit, obstacle, is_root }
        }),
    }
}

/// How a failure is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// As a warning.
    Warning,
    /// To whoever reads what is done.
    Note,
    /// To whoever looks for it.
    Detail,
}

impl Step {
    /// Changes the file: by root it is replaced by a new one, otherwise a line is added.
    ///
    /// # Errors
    /// In words: what could not be done, what will not work, and what to change.
    pub fn carry_out(&self) -> Result<(), String> {
        let path = Path::new(self.file);
        let done = match (&self.obstacle, self.is_root) {
            (Some(obstacle), _) => return Err(words::warning(self, obstacle)),
            (None, true) => file::replace(path, &self.edit.text),
            (None, false) => file::append(path, &self.edit.added),
        };
        done.map_err(|error| words::warning(self, &Obstacle::from(error)))
    }

    /// What will be done.
    pub fn in_words(&self) -> String {
        format!("{}: {}", self.file, self.edit.what.in_words())
    }

    /// What will fail, as [`Step::carry_out`] would say.
    pub fn problem(&self) -> Option<String> {
        self.obstacle.as_ref().map(|obstacle| words::warning(self, obstacle))
    }

    /// How a failure is to be told. Without root, nobody expects a name for each group; and an
    /// entry with another home is how an image with many users is started, at each start anew:
    /// HOME is right, and nothing in the container could be mended.
    pub fn weight(&self) -> Weight {
        match self.edit.what {
            _ if self.is_root => Weight::Warning,
            What::GroupName { .. } => Weight::Detail,
            What::Home { .. } => Weight::Note,
            What::UserName { .. } => Weight::Warning,
        }
    }
}
