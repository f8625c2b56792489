//! Where root's hooks look for programs: only where nobody but root can put one.

use std::collections::BTreeSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::trust::{self, Distrust};
use crate::sys::paths::one_line;

/// Why a directory is not searched.
#[derive(Debug, thiserror::Error)]
pub enum LeftOut {
    /// What it means depends on where a hook is at the moment.
    #[error("it is no absolute path")]
    Relative,
    /// Somebody else could put programs there.
    #[error("{0}")]
    Distrusted(Distrust),
}

/// The search path of root's hooks, and what has been said of it.
#[derive(Debug, Default)]
pub struct SearchPath {
    told: BTreeSet<PathBuf>,
}

impl SearchPath {
    /// The part of a `PATH` that root may search; none where nothing of it is left. What is left
    /// out is warned of, once.
    pub fn of(&mut self, given: &OsStr) -> Option<OsString> {
        let (kept, left_out) = split(given);
        for (entry, reason) in left_out {
            if self.told.insert(entry.clone()) {
                tracing::warn!(
                    "{:?} in PATH is left out for root's start hooks, since {reason}",
                    one_line(entry.as_os_str())
                );
            }
        }
        // An entry holds no colon, as it was split at these.
        env::join_paths(&kept).ok().filter(|_| !kept.is_empty())
    }
}

fn split(given: &OsStr) -> (Vec<PathBuf>, Vec<(PathBuf, LeftOut)>) {
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for entry in env::split_paths(given) {
        match fault(&entry) {
            None => kept.push(entry),
            Some(reason) => left_out.push((entry, reason)),
        }
    }
    (kept, left_out)
}

fn fault(entry: &Path) -> Option<LeftOut> {
    if !entry.is_absolute() {
        return Some(LeftOut::Relative);
    }
    match trust::resolve(entry) {
        Ok(_) => None,
        // All that is there of the way is root's alone, so that only root can make the rest.
        Err(Distrust::Unseen { error, .. }) if error.kind() == io::ErrorKind::NotFound => None,
        Err(reason) => Some(LeftOut::Distrusted(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_roots_alone_is_searched() {
        let given = OsStr::new("/tmp/bin:/usr/bin:bin::/tmp:/:/no/such/place");
        let (kept, left_out) = split(given);
        assert_eq!(kept, ["/usr/bin", "/", "/no/such/place"].map(PathBuf::from));
        let entries: Vec<_> = left_out.iter().map(|(entry, _)| entry.to_str().unwrap()).collect();
        assert_eq!(entries, ["/tmp/bin", "bin", "", "/tmp"]);
        assert_eq!(left_out[0].1.to_string(), "/tmp can be written by anybody");
        assert_eq!(left_out[2].1.to_string(), "it is no absolute path");
    }

    #[test]
    fn nothing_left_is_no_path_since_an_empty_one_means_the_working_directory() {
        for given in ["", "/tmp", ".", ":"] {
            assert_eq!(SearchPath::default().of(OsStr::new(given)), None, "{given:?}");
        }
        let path = SearchPath::default().of(OsStr::new("/usr/bin:/tmp:/bin"));
        assert_eq!(path.unwrap(), "/usr/bin:/bin");
    }
}
