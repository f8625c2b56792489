//! What is known of the walk that gives the home's files to the user, as clients see it. The
//! helper that walks writes the same, a line of JSON at a time.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the walk stands, or how it ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Ownership {
    /// Whether it goes on.
    pub state: State,
    /// For how long it has walked, or walked in all.
    pub seconds: f64,
    /// Entries that were looked at.
    pub looked_at: u64,
    /// Entries that were given to the user.
    pub changed: u64,
    /// Entries of other users', which stay theirs.
    pub foreign: Found,
    /// Files with other names as well, perhaps outside the home: left alone.
    pub hard_links: Found,
    /// Devices: left alone, since whoever owns one has what is behind it.
    pub devices: Found,
    /// Entries where something else is mounted: left alone.
    pub mounts: Found,
    /// Entries that could not be looked at or given.
    pub failed: Found,
}

/// Whether the walk goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// What services need is being walked; they have not been started.
    #[default]
    Preparing,
    /// Another walk of the same home is waited for, or whoever else has locked it (flock(2)).
    Waiting,
    /// It goes on.
    Running,
    /// It came to its end.
    Done,
    /// It ended before its end.
    Failed,
}

/// Entries of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// How many.
    pub count: u64,
    /// The first few, for people.
    pub first: Vec<String>,
}

impl State {
    /// Whether there is more to come.
    pub fn is_going_on(self) -> bool {
        matches!(self, State::Preparing | State::Waiting | State::Running)
    }
}

impl Ownership {
    /// What was left as it is although somebody may have expected otherwise, a sentence for each
    /// kind.
    pub fn left(&self) -> Vec<String> {
        let kinds = [
            (
                &self.foreign,
                "belong to other users and stay theirs (chown them where they lie, if they are to \
                 be the user's)",
            ),
            (
                &self.hard_links,
                "have other names, perhaps outside the home, and stay as they are (give them to \
                 the user by hand where that is right)",
            ),
            (&self.devices, "are devices and stay as they are"),
            (&self.failed, "could not be given to the user (chown them where they lie)"),
        ];
        let found = kinds.into_iter().filter(|(found, _)| found.count > 0);
        found
            .map(|(found, what)| format!("{} of the home's files {what}: {found}", found.count))
            .collect()
    }
}

impl fmt::Display for Ownership {
    /// In one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ownership { looked_at, changed, seconds, .. } = self;
        let digits = if *seconds < 1.0 { 3 } else { 1 };
        write!(f, "{looked_at} looked at, {changed} given to the user in {seconds:.digits$} s")?;
        match self.state {
            State::Preparing | State::Running => write!(f, ", going on"),
            State::Waiting => write!(
                f,
                ", waiting: somebody has locked the home (flock), perhaps another container that \
                 walks it"
            ),
            State::Done => Ok(()),
            State::Failed => write!(f, ", then the walk ended early"),
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.first.join(", "))?;
        match self.count > self.first.len() as u64 {
            true => f.write_str(", …"),
            false => Ok(()),
        }
    }
}
