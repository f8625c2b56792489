//! What a copy came to, in words.

use std::path::{Path, PathBuf};

use super::UNFILLED;

/// What came of copying.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Files, directories and links that are new.
    pub made: u64,
    /// Those that could not be copied.
    pub failed: u64,
    /// The first of them, and why.
    pub first_failure: Option<String>,
    /// Whether there was no room: then the next start goes on.
    pub is_out_of_room: bool,
    /// Whether it was to stop before all was copied: likewise.
    pub is_stopped: bool,
    /// Why [`UNFILLED`] is still there although all was copied.
    pub still_marked: Option<String>,
}

impl Copied {
    /// For the log; none where nothing was copied.
    pub fn in_words(&self, home: &Path, sources: &[PathBuf]) -> Option<String> {
        let sources: Vec<_> = sources.iter().map(|path| path.display().to_string()).collect();
        let (made, home, sources) = (self.made, home.display(), sources.join(", then "));
        (made > 0).then(|| format!("{made} entries copied into the new home {home}: {sources}"))
    }

    /// What has to be said; nothing where all is well.
    pub fn warnings(&self, home: &Path) -> impl Iterator<Item = String> {
        self.loss(home).into_iter().chain(self.repetition(home))
    }

    /// What comes of a mark that stays.
    fn repetition(&self, home: &Path) -> Option<String> {
        let (error, mark) = (self.still_marked.as_ref()?, home.join(UNFILLED));
        Some(format!(
            "{0}: can't be removed: {error}. All is copied, but each start will take the home for \
             a new one and bring back what the user has deleted, until it is gone: rm -r {0}",
            mark.display()
        ))
    }

    /// What could not be copied; none where all could.
    fn loss(&self, home: &Path) -> Option<String> {
        let first = self.first_failure.as_ref()?;
        let remedy = match self.is_out_of_room {
            true => "Make room there: the next start goes on.",
            false => "It stays without; have the image let the user read it.",
        };
        let (failed, home) = (self.failed, home.display());
        Some(format!("{home}: {failed} entries can't be copied into it, first {first}. {remedy}"))
    }
}
