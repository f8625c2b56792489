//! Whether root may run a file: it and everything on the way to it belong to root, and nobody
//! else may write to any of it.
//!
//! The way is walked from the root directory, link by link: whoever can write to a directory that
//! a link stands in decides what is run. Only root can change what was found good, so that it is
//! still so when the file is executed.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;

use super::error::HookError;
use super::interpreter;
use crate::sys::paths::one_line;

/// More links than this are a loop (path_resolution(7)).
const MOST_LINKS: usize = 40;
/// execve(2) takes no more scripts that interpret each other (`exec_binprm` in fs/exec.c).
const MOST_INTERPRETERS: usize = 6;

/// Why root doesn't run a file.
#[derive(Debug, thiserror::Error)]
pub enum Distrust {
    /// Something on the way, or the file itself, is not root's alone.
    #[error("{path} {fault}", path = one_line(path.as_os_str()))]
    Fault {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong with it.
        fault: Fault,
    },
    /// Something on the way can't be looked at.
    #[error("{path}: {error}", path = one_line(path.as_os_str()))]
    Unseen {
        /// The file or directory.
        path: PathBuf,
        /// What the kernel said.
        error: io::Error,
    },
}

/// What is wrong with a file's owner or permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It isn't root's.
    #[error("belongs to user {0}")]
    Owner(u32),
    /// Its group may write to it.
    #[error("can be written by its group {0}")]
    Group(u32),
    /// Anybody may write to it.
    #[error("can be written by anybody")]
    Anybody,
}

impl Distrust {
    /// What makes a hook one that root runs, in words that follow the reason.
    pub fn remedy(&self) -> &'static str {
        match self {
            Distrust::Unseen { .. } => "",
            Distrust::Fault { fault: Fault::Owner(_), .. } => "; chown -h root:root it",
            Distrust::Fault { fault: Fault::Group(_), .. } => "; chmod g-w it",
            Distrust::Fault { fault: Fault::Anybody, .. } => {
                "; chmod go-w it, or mount the hook by itself (Kubernetes: subPath) in place of \
                 the whole directory"
            }
        }
    }
}

/// The file that a hook leads to and that root may run. Its interpreter is root's alone, too, and
/// that one's, where it is a script itself.
///
/// # Errors
/// Somebody else could decide what is run.
pub fn executable(hook: &Path) -> Result<PathBuf, HookError> {
    let path = || hook.to_owned();
    let distrusted = |reason| HookError::Distrusted { path: path(), reason };
    let found = resolve(hook).map_err(distrusted)?;
    let mut file = found.clone();
    for _ in 0..MOST_INTERPRETERS {
        let named = interpreter::of(&file)
            .map_err(|error| distrusted(Distrust::Unseen { path: file, error }))?;
        file = match named.as_deref().map(resolve) {
            None => break,
            Some(Ok(interpreter)) => interpreter,
            // execve(2) says so as well, and its error has the remedy.
            Some(Err(Distrust::Unseen { error, .. })) if is_missing(&error) => break,
            Some(Err(reason)) => return Err(HookError::Interpreter { path: path(), reason }),
        };
    }
    Ok(found)
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// The file that a path leads to, without any link in it.
///
/// # Errors
/// Somebody else could decide what is found there.
pub fn resolve(path: &Path) -> Result<PathBuf, Distrust> {
    let mut found = PathBuf::from("/");
    let mut rest = names_reversed(path);
    let mut links = 0;
    check(&found)?;
    while let Some(name) = rest.pop() {
        if name == ".." {
            found.pop();
            continue;
        }
        let next = found.join(name);
        if !check(&next)?.is_symlink() {
            found = next;
            continue;
        }
        links += 1;
        let target = match links <= MOST_LINKS {
            true => fs::read_link(&next),
            false => Err(Errno::ELOOP.into()),
        };
        let target = target.map_err(|error| Distrust::Unseen { path: next, error })?;
        if target.is_absolute() {
            found = "/".into();
        }
        rest.extend(names_reversed(&target));
    }
    Ok(found)
}

fn names_reversed(path: &Path) -> Vec<OsString> {
    let steps = path.components().rev();
    let steps = steps.filter(|step| matches!(step, Component::Normal(_) | Component::ParentDir));
    steps.map(|step| step.as_os_str().to_owned()).collect()
}

fn check(path: &Path) -> Result<Metadata, Distrust> {
    let meta = fs::symlink_metadata(path)
        .map_err(|error| Distrust::Unseen { path: path.to_owned(), error })?;
    // Everybody may do everything with a link, says its mode, and nobody can.
    let mode = if meta.is_symlink() { 0 } else { meta.mode() };
    match fault(meta.uid(), meta.gid(), mode) {
        None => Ok(meta),
        Some(fault) => Err(Distrust::Fault { path: path.to_owned(), fault }),
    }
}

/// What keeps a file from being root's alone. A sticky directory is no exception: anybody can put
/// something new into it. Where access control lists grant somebody writing, the group's bit is
/// set (acl(5)).
fn fault(uid: u32, gid: u32, mode: u32) -> Option<Fault> {
    match (uid, mode) {
        (1.., _) => Some(Fault::Owner(uid)),
        (0, mode) if mode & 0o002 != 0 => Some(Fault::Anybody),
        (0, mode) if mode & 0o020 != 0 => Some(Fault::Group(gid)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_roots_own_is_trusted() {
        for mode in [0o755, 0o700, 0o4755, 0o555] {
            assert_eq!(fault(0, 7, mode), None, "{mode:o}");
        }
        assert_eq!(fault(0, 7, 0o775), Some(Fault::Group(7)));
        assert_eq!(fault(0, 0, 0o775), Some(Fault::Group(0)));
        assert_eq!(fault(0, 7, 0o757), Some(Fault::Anybody));
        assert_eq!(fault(0, 7, 0o1777), Some(Fault::Anybody));
        assert_eq!(fault(1000, 0, 0o700), Some(Fault::Owner(1000)));
        assert_eq!(fault(u32::MAX, 0, 0o700), Some(Fault::Owner(u32::MAX)));
    }

    #[test]
    fn names_come_in_the_order_in_which_they_are_popped() {
        let names = names_reversed(Path::new("/a/./b/../c"));
        assert_eq!(names, ["c", "..", "b", "a"]);
    }

    #[test]
    fn whatever_lies_below_a_directory_of_everybodys_is_not_trusted() {
        let dir = tempfile::tempdir_in("/tmp").unwrap();
        fs::write(dir.path().join("hook"), "").unwrap();
        let error = resolve(&dir.path().join("hook")).unwrap_err().to_string();
        assert!(error.starts_with("/tmp "), "{error}");
    }

    #[test]
    fn what_is_not_there_is_said_so() {
        let error = resolve(Path::new("/no/such/hook")).unwrap_err();
        assert!(matches!(error, Distrust::Unseen { path, .. } if path == Path::new("/no")));
    }
}
