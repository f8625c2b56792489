//! Paths: what this process may do with them, and how they are shown.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{AccessFlags, eaccess};

/// Whether it can make files in a directory.
pub fn may_write(path: &Path) -> bool {
    path.is_dir() && check_directory(path).is_ok()
}

/// How many symbolic links a path may lead through (path_resolution(7)).
const MOST_LINKS: usize = 40;

/// The path without the symbolic links that root alone can have made, such as `/var/run`: those lead
/// nobody astray. From the first directory on that is not root's alone, it stays as it is.
pub fn without_roots_links(path: &Path) -> PathBuf {
    let parts = |path: &Path| -> Vec<OsString> {
        path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
    };
    let (mut at, mut left, mut links) = (PathBuf::new(), parts(path), 0);
    while let Some(part) = left.pop() {
        let next = at.join(&part);
        match fs::read_link(&next) {
            Ok(target) if is_roots_alone(&at) && links < MOST_LINKS => {
                links += 1;
                left.extend(parts(&target));
            }
            _ if part == ".." => drop(at.pop()),
            _ => at = next,
        }
    }
    at
}

/// Whether root alone can make something in a directory; there is none above the root directory.
fn is_roots_alone(path: &Path) -> bool {
    path.parent().is_none_or(is_roots_alone)
        && path.metadata().is_ok_and(|meta| meta.uid() == 0 && meta.mode() & 0o022 == 0)
}

/// A name or a path that leaves a line or a terminal as it is, whatever it holds.
pub fn one_line(name: &OsStr) -> String {
    let escaped = |character: char| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    name.to_string_lossy().chars().map(escaped).collect()
}

/// Asks whether it can make files in a directory (faccessat(2) with `AT_EACCESS`): that takes the
/// right to search it as well.
///
/// # Errors
/// Why not: `EACCES`, `EROFS` or what else the kernel said.
pub fn check_directory(path: &Path) -> io::Result<()> {
    Ok(eaccess(path, AccessFlags::W_OK | AccessFlags::X_OK)?)
}

/// Asks whether it can write to a file (faccessat(2) with `AT_EACCESS`).
///
/// # Errors
/// See [`check_directory`].
pub fn check_file(path: &Path) -> io::Result<()> {
    Ok(eaccess(path, AccessFlags::W_OK)?)
}

/// Whether a directory can be this process's own.
pub fn may_enter(path: &Path) -> bool {
    path.is_dir() && eaccess(path, AccessFlags::X_OK).is_ok()
}

/// Finds a program as a shell does: a word with a slash is a path, any other is looked for in the
/// directories of `search`.
///
/// # Errors
/// `EACCES` where one was found that can't be executed, `ENOENT` where none was found. (execvp(3)
/// says `EACCES` as well where a directory on the way can't be searched.)
pub fn find(word: &OsStr, search: &OsStr) -> io::Result<PathBuf> {
    if word.as_encoded_bytes().contains(&b'/') || word.is_empty() {
        return Ok(word.into());
    }
    let candidates = std::env::split_paths(search).map(|dir| dir.join(word));
    let found: Vec<_> = candidates.filter(|path| path.is_file()).collect();
    let is_executable = |path: &&PathBuf| {
        path.metadata().is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0)
            && eaccess(path.as_path(), AccessFlags::X_OK).is_ok()
    };
    match (found.iter().find(is_executable), found.is_empty()) {
        (Some(path), _) => Ok(path.clone()),
        (None, false) => Err(Errno::EACCES.into()),
        (None, true) => Err(Errno::ENOENT.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not even root may execute a file that nobody may, and a directory is asked for that right.
    #[test]
    fn a_file_is_not_asked_for_what_a_directory_needs() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(file.path(), mode).unwrap();
        assert!(check_file(file.path()).is_ok());
        assert!(check_directory(file.path()).is_err());
        assert!(check_directory(file.path().parent().unwrap()).is_ok());
    }

    #[test]
    fn the_first_that_can_be_executed_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        for (dir, mode) in [(&one, 0o644), (&two, 0o755)] {
            std::fs::create_dir(dir).unwrap();
            std::fs::write(dir.join("tool"), "").unwrap();
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(dir.join("tool"), mode).unwrap();
        }
        let search = std::env::join_paths([&one, &two]).unwrap();
        assert_eq!(find(OsStr::new("tool"), &search).unwrap(), two.join("tool"));
        let error =
            |search: &OsStr, word: &str| find(OsStr::new(word), search).unwrap_err().raw_os_error();
        assert_eq!(error(one.as_os_str(), "tool"), Some(libc::EACCES));
        assert_eq!(error(&search, "other"), Some(libc::ENOENT));
        assert_eq!(find(OsStr::new("./x"), &search).unwrap(), Path::new("./x"));
    }
}
