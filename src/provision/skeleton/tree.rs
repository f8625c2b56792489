//! A tree that is copied into another one, entry by entry, by descriptor, following no link.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::copied::Copied;
use super::staging::{MODE, Staging};
use crate::sys::dirfd::{Dir, Kind, Meta, Reading};

/// So that a directory can be filled.
const OWNER: u32 = 0o700;
const SET_GROUP_ID: u32 = 0o2000;

/// Copies trees into one home.
pub struct Copier<'a> {
    /// Where files are written first.
    pub staging: &'a Staging,
    /// Whether to end early.
    pub must_stop: &'a dyn Fn() -> bool,
    /// Whether what is mounted in the source is left out.
    pub stays_on_mount: bool,
    /// What has come of it so far.
    pub copied: Copied,
}

/// A directory that is being copied.
struct Level {
    from: Dir,
    to: Dir,
    path: PathBuf,
    names: Vec<OsString>,
    /// What the copy's permissions are to be in the end; none where it was there before.
    mode: Option<u32>,
}

impl Copier<'_> {
    /// Copies what is in a directory. Deep trees cost descriptors, and no stack.
    pub fn tree(&mut self, from: &Dir, to: &Dir, path: &Path, is_copied: fn(&OsStr) -> bool) {
        let mut open = Vec::new();
        match Level::top(from, to, path) {
            Ok(mut top) => {
                top.names.retain(|name| is_copied(name));
                open.push(top);
            }
            Err(error) => self.failed(path, &error),
        }
        while let Some(level) = open.last_mut() {
            let Some(name) = level.names.pop() else {
                let done = open.pop();
                done.into_iter().for_each(|level| self.close(&level));
                continue;
            };
            if (self.must_stop)() {
                self.copied.is_stopped = true;
                return;
            }
            match self.entry(level, &name) {
                Ok(inner) => open.extend(inner),
                Err(error) => self.failed(&level.path.join(&name), &error),
            }
        }
    }

    /// Copies an entry; returns it if it is a directory to go on in.
    fn entry(&mut self, level: &Level, name: &OsStr) -> io::Result<Option<Level>> {
        let meta = level.from.peek(name)?;
        let copied = match meta.kind {
            Kind::Directory => return self.directory(level, name, meta),
            Kind::File => self.staging.copy(&level.from, &level.to, name),
            Kind::Symlink => {
                level.from.read_link(name).and_then(|link| level.to.make_symlink(name, &link))
            }
            Kind::Device | Kind::Other => return Ok(None),
        };
        match copied {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => {
                other?;
                self.copied.made += 1;
            }
        }
        Ok(None)
    }

    fn directory(&mut self, level: &Level, name: &OsStr, meta: Meta) -> io::Result<Option<Level>> {
        let from = match self.stays_on_mount {
            true => CString::new(name.as_bytes())
                .map_err(io::Error::from)
                .and_then(|name| level.from.directory_on_same_mount(&name, Reading::Usual)),
            false => level.from.directory(name),
        };
        let from = match from {
            Err(error) if error.raw_os_error() == Some(libc::EXDEV) => return Ok(None),
            other => other?,
        };
        // A directory that can't be read leaves nothing behind.
        let names = from.names()?;
        let mode = meta.mode & MODE;
        let (to, mode) = match level.to.make_directory(name, mode | OWNER) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                match level.to.directory(name) {
                    Ok(there) => (there, None),
                    // Something else is there, and stays.
                    Err(_) => return Ok(None),
                }
            }
            made => (made?, Some(mode)),
        };
        self.copied.made += u64::from(mode.is_some());
        Ok(Some(Level::new(from, to, level.path.join(name), names, mode)))
    }

    /// A directory that the copy has made gets its own permissions once it is full.
    fn close(&mut self, level: &Level) {
        let Some(mode) = level.mode.filter(|mode| mode & OWNER != OWNER) else { return };
        let set = level.to.meta().and_then(|meta| {
            // New directories inherit this bit where the group is to be inherited.
            level.to.set_mode(mode | meta.mode & SET_GROUP_ID)
        });
        if let Err(error) = set {
            self.failed(&level.path, &error);
        }
    }

    /// Counts what could not be copied.
    pub fn failed(&mut self, path: &Path, error: &io::Error) {
        self.copied.failed += 1;
        self.copied.is_out_of_room |=
            matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::EDQUOT));
        let text = || format!("{}: {error}", path.display());
        self.copied.first_failure.get_or_insert_with(text);
    }
}

impl Level {
    fn top(from: &Dir, to: &Dir, path: &Path) -> io::Result<Self> {
        let names = from.names()?;
        Ok(Level::new(reopened(from)?, reopened(to)?, path.to_owned(), names, None))
    }

    /// The names are taken from the end of the list, in their order.
    fn new(from: Dir, to: Dir, path: PathBuf, names: Vec<OsString>, mode: Option<u32>) -> Self {
        let mut level = Level { from, to, path, names, mode };
        level.names.sort_unstable_by(|one, other| other.cmp(one));
        level
    }
}

fn reopened(dir: &Dir) -> io::Result<Dir> {
    dir.directory(OsStr::new("."))
}
