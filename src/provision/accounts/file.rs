//! The files themselves: read without waiting, replaced or added to at once.

use std::ffi::{CString, OsStr};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::edit::{Edit, What, fits};
use crate::environment::accounts;
use crate::sys::dirfd::{Dir, Kind, give_file_to};
use crate::sys::{files, paths};

/// Why a file can't be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// It is no regular file, or too large.
    Odd(String),
    /// It is a link: the file behind it may be anything.
    Link,
    /// It is mounted on its own, so that it can't be replaced.
    Mounted,
    /// Only root may replace it, and nobody else may add to it.
    NotRoot,
    /// The home's path would break the line.
    Unfit,
    /// What the kernel said.
    Kernel(i32, String),
}

impl From<io::Error> for Obstacle {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(libc::EBUSY) => Obstacle::Mounted,
            Some(number) => Obstacle::Kernel(number, error.to_string()),
            None => Obstacle::Odd(error.to_string()),
        }
    }
}

/// A file as it is.
#[derive(Debug)]
pub struct Found {
    /// Its text; empty where there is none.
    pub text: Vec<u8>,
    is_link: bool,
    is_mounted: bool,
}

/// Reads a file. One behind a link is what the C library reads as well.
///
/// # Errors
/// It can't be read.
pub fn look(path: &Path) -> Result<Found, Obstacle> {
    let text = accounts::read(path)?;
    let (dir, name) = split(path)?;
    let is_link = dir.peek(name).is_ok_and(|meta| meta.kind == Kind::Symlink);
    let entry = dir.entry_on_same_mount(&CString::new(name.as_bytes()).map_err(io::Error::from)?);
    let is_mounted = entry.is_err_and(|error| error.raw_os_error() == Some(libc::EXDEV));
    Ok(Found { text, is_link, is_mounted })
}

impl Found {
    /// What keeps an edit from being made, as far as that can be told beforehand.
    pub fn obstacle_for(&self, path: &Path, edit: &Edit, is_root: bool) -> Option<Obstacle> {
        let can_append = !edit.added.is_empty() && paths::check_file(path).is_ok();
        let directory = path.parent().unwrap_or(path);
        match is_root {
            _ if self.is_link => Some(Obstacle::Link),
            _ if !is_fit(edit) => Some(Obstacle::Unfit),
            false => (!can_append).then_some(Obstacle::NotRoot),
            true if self.is_mounted => Some(Obstacle::Mounted),
            true => paths::check_directory(directory).err().map(Obstacle::from),
        }
    }
}

fn is_fit(edit: &Edit) -> bool {
    match &edit.what {
        What::Home { new, .. } => fits(new.as_os_str()),
        // The line holds the home as its sixth field, and has seven.
        What::UserName { .. } => {
            let colons = edit.line.iter().filter(|byte| **byte == b':').count();
            colons == 6 && !edit.line.iter().any(u8::is_ascii_control)
        }
        What::GroupName { .. } => true,
    }
}

/// Writes a new file beside the old one and renames it: a reader sees the one or the other.
///
/// It is not waited for until the text is on the disk (fsync(2)): that takes 0.3 to 6 ms on an idle
/// disk, without a bound on a busy one, and services wait for it. What it would save is a container
/// that outlives a crash of its machine right after its first start, on a file system that renames
/// before it writes (ext4 does not); the next start puts the user's line back even there.
pub fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let (etc, name) = split(path)?;
    let new = format!(".{}.waiide-init", name.to_string_lossy());
    let new = OsStr::new(&new);
    let (mode, uid, gid) = match etc.peek(name) {
        Ok(meta) => (meta.mode, meta.uid, meta.gid),
        Err(_) => (0o644, 0, 0),
    };
    // One that a start before this one was interrupted in.
    let _ = etc.remove(new);
    let mut file = etc.create(new, mode)?;
    let renamed = file
        .write_all(text)
        .and_then(|()| give_file_to(&file, uid, gid))
        // As it was, whatever the umask.
        .and_then(|()| file.set_permissions(PermissionsExt::from_mode(mode)))
        .and_then(|()| etc.rename(new, name));
    renamed.inspect_err(|_| {
        let _ = etc.remove(new);
    })
}

/// Adds to a file's end.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    files::append(&files::open_to_append(path)?, bytes)
}

fn split(path: &Path) -> io::Result<(Dir, &OsStr)> {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Ok((Dir::open(parent)?, name)),
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}
